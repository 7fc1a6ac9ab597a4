//! The audit trail: who changed what, written as it happens.

use portdelta_core::escape::{escape, escape_within};

use crate::App;
use crate::error::AppError;
use crate::repositories::AuditEntry;

/// The longest texts of an entry, in columns.
const MAX_TEXT: usize = 300;

/// Something that was changed just now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Who: `user anna`.
    pub who: String,
    /// What: `scan.created`.
    pub what: String,
    /// The thing, by the id or name that the API knows it by.
    pub object: String,
    /// What else is good to know; never a secret.
    pub detail: String,
}

impl Change {
    /// Whether nothing of a text is cut off where it is noted.
    #[must_use]
    pub fn has_room_for(text: &str) -> bool {
        escape_within(text, MAX_TEXT).to_string() == escape(text)
    }
}

impl App {
    /// Notes a change in the audit trail. Texts become harmless lines of limited length.
    pub async fn note_change(&self, change: &Change) -> Result<(), AppError> {
        let text = |text: &str| escape_within(text, MAX_TEXT).to_string();
        let entry = AuditEntry {
            id: self.ids.new_id(),
            time: self.now(),
            who: text(&change.who),
            what: change.what.clone(),
            object: text(&change.object),
            detail: text(&change.detail),
        };
        self.add_audit(&entry).await
    }
}
