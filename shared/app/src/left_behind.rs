//! Uploads and staged results that nobody took: their message was lost, or who worked on them died.

use std::num::NonZeroUsize;

use portdelta_core::UnixTime;

use crate::error::{AppError, During};
use crate::ports::blobs::BlobPrefix;
use crate::ports::{Action, BlobKey, Item, Key};
use crate::raw::STAGING;
use crate::sweep::{GoesOn, SweepReport, UPLOADS};
use crate::{App, Service};

/// An upload that nobody took for so long is taken by the sweep, in seconds.
const LEFT_BEHIND: i64 = 180;

/// Something staged that nobody took in for so long was left by a process that died, in seconds.
const NEVER_TAKEN: i64 = 6 * 3_600;

/// Uploads looked at by one sweep.
const MOST_UPLOADS: usize = 1_000;

impl Service {
    /// Takes uploads whose message was lost. A blob has no time: the first sweep that sees one notes it.
    pub(crate) async fn sweep_uploads(
        &self,
        now: UnixTime,
        goes_on: GoesOn<'_>,
        report: &mut SweepReport,
    ) -> Result<(), AppError> {
        let app = self.app();
        let operation = || "list uploads".to_owned();
        let Ok(prefix) = "uploads/".parse::<BlobPrefix>() else { return Ok(()) };
        self.sweep_staged(now).await?;
        let (mut after, mut looked_at) = (None, 0);
        while looked_at < MOST_UPLOADS {
            let limit = NonZeroUsize::MIN.saturating_add(99);
            let page = app.blobs.list(&prefix, after.as_ref(), limit).await.during(operation)?;
            for entry in &page.entries {
                if !goes_on() {
                    report.cut_off = true;
                    return Ok(());
                }
                looked_at += 1;
                if app.is_left_behind(&entry.key, now, LEFT_BEHIND).await? {
                    // One that takes longer than there is time, again and again, must not keep the rest from its turn.
                    if !report.may_be_cut {
                        self.begin_with(UPLOADS + 1).await?;
                        report.may_be_cut = true;
                    }
                    match self.take_upload_while(&entry.key, goes_on).await {
                        Ok(_) => report.uploads += 1,
                        Err(error) => report.failures.push(error),
                    }
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        Ok(())
    }

    /// Removes what was staged by a process that died before it was taken in.
    async fn sweep_staged(&self, now: UnixTime) -> Result<(), AppError> {
        let app = self.app();
        let operation = || "list what is staged".to_owned();
        let Ok(prefix) = STAGING.parse::<BlobPrefix>() else { return Ok(()) };
        let limit = NonZeroUsize::MIN.saturating_add(99);
        for entry in app.blobs.list(&prefix, None, limit).await.during(operation)?.entries {
            if app.is_left_behind(&entry.key, now, NEVER_TAKEN).await? {
                app.unstage(&entry.key).await?;
            }
        }
        Ok(())
    }
}

impl App {
    /// Whether an upload has been there for so long; notes it where it is new.
    async fn is_left_behind(&self, upload: &BlobKey, now: UnixTime, seconds: i64) -> Result<bool, AppError> {
        let operation = || format!("look at upload {upload}");
        let key = Key::new("STAGED", upload.as_str());
        let seen = self.table.get(&key).await.during(operation)?.and_then(|item| item.number("seen"));
        if let Some(seen) = seen {
            return Ok(now.seconds() - seen >= seconds);
        }
        let item = Item::new(key, Vec::new()).with("seen", now.seconds());
        let note = Action::put(item.expiring(now.shifted(86_400)));
        self.table.transact(vec![note]).await.during(operation)?;
        Ok(false)
    }
}
