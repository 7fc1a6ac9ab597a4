//! How often somebody began to read a large upload: one that kills who reads it is given up.

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, BlobKey, Item, Key};

/// So often it is begun.
pub(crate) const MOST_READINGS: i64 = 3;

/// After so long nobody tries any more, in seconds.
const KEPT_SECONDS: i64 = 30 * 86_400;

const READINGS: &str = "readings";

fn key_of(upload: &BlobKey) -> Key {
    Key::new("READING", upload.as_str())
}

impl App {
    /// Notes that an upload is about to be read; `false` where that was begun too often and never came to an end.
    pub(crate) async fn begin_reading(&self, upload: &BlobKey) -> Result<bool, AppError> {
        let operation = || format!("note that upload {upload} is read");
        let item = self.table.get(&key_of(upload)).await.during(operation)?;
        let begun = item.and_then(|item| item.number(READINGS)).unwrap_or(0);
        if begun >= MOST_READINGS {
            return Ok(false);
        }
        let item = Item::new(key_of(upload), Vec::new()).with(READINGS, begun + 1);
        let note = Action::put(item.expiring(self.now().shifted(KEPT_SECONDS)));
        self.table.transact(vec![note]).await.during(operation)?;
        Ok(true)
    }

    /// It was read to its end, or nobody wants it any more.
    pub(crate) async fn ended_reading(&self, upload: &BlobKey) -> Result<(), AppError> {
        let gone = self.table.transact(vec![Action::delete(key_of(upload))]).await;
        gone.during(|| format!("note that upload {upload} was read"))
    }
}
