//! What people changed, one item a change: written once, never changed, never removed.

use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Item, Key, Query};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "AUDIT";

/// The most entries that one page looks through for those that are wanted.
const MOST_LOOKED_THROUGH: usize = 5_000;

/// Something that somebody changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// A UUID.
    pub id: String,
    /// When.
    pub time: UnixTime,
    /// Who: `user anna`, `token 7fq2…`.
    pub who: String,
    /// What: `scan.created`.
    pub what: String,
    /// The thing that was changed, by the id or name that the API knows it by; empty where there is one of its kind.
    pub object: String,
    /// What else is good to know, `name=Weekly role=admin`; never a secret.
    pub detail: String,
}

/// Which entries are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// With this text in who did it, whatever its case.
    pub who: Option<String>,
    /// Whose word begins so: `scan` or `scan.created`.
    pub what: Option<String>,
}

/// A stretch of the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first; may be few, or none, although more follow.
    pub entries: Vec<AuditEntry>,
    /// What to ask for the next page; `None` when this is the last one.
    pub next: Option<String>,
}

impl AuditEntry {
    fn position(&self) -> String {
        format!("{:012}#{}", self.time.seconds(), self.id)
    }

    fn read(item: &Item) -> Result<Self, StoredError> {
        unpack("audit entry", VERSION, &item.value)
    }
}

impl AuditFilter {
    fn wants(&self, entry: &AuditEntry) -> bool {
        let who = self.who.as_ref();
        let what = self.what.as_ref();
        who.is_none_or(|who| entry.who.to_lowercase().contains(&who.to_lowercase()))
            && what.is_none_or(|what| entry.what.starts_with(what.as_str()))
    }
}

impl App {
    pub(crate) async fn add_audit(&self, entry: &AuditEntry) -> Result<(), AppError> {
        let operation = || format!("note {}", entry.what);
        let value = pack(VERSION, entry).during(operation)?;
        let item = Item::new(Key::new(PARTITION, entry.position()), value);
        let action = Action::put(item).when(Condition::MustNotExist);
        self.table.transact(vec![action]).await.during(operation)
    }

    /// What people changed, newest first. `after` is [`AuditPage::next`] of the page before.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        limit: NonZeroUsize,
        after: Option<&str>,
    ) -> Result<AuditPage, AppError> {
        let operation = || "list what people changed".to_owned();
        let mut query = Query::partition(PARTITION).backward();
        if let Some(after) = after.filter(|after| !after.is_empty()) {
            query = query.range(SortRange::Below(after.to_owned()));
        }
        let (mut page, mut looked_at) = (AuditPage::default(), 0);
        loop {
            let found = self.table.query(&query).await.during(operation)?;
            let count = found.items.len();
            for (number, item) in found.items.iter().enumerate() {
                let entry = AuditEntry::read(item).during(operation)?;
                let position = entry.position();
                looked_at += 1;
                if filter.wants(&entry) {
                    page.entries.push(entry);
                }
                let is_last = number + 1 == count && found.next.is_none();
                if (page.entries.len() == limit.get() || looked_at >= MOST_LOOKED_THROUGH) && !is_last {
                    page.next = Some(position);
                    return Ok(page);
                }
            }
            let Some(next) = found.next else { return Ok(page) };
            query = query.after(Some(next));
        }
    }
}
