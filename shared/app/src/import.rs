//! Takes in on a server what was scanned elsewhere.

use crate::Service;
use crate::error::AppError;
use crate::finish::Telling;
use crate::ingest::{IngestReport, Upload};

impl Service {
    /// Takes a result in as [`App::ingest`](crate::App::ingest) does, and lets people be told of it as of any run: it
    /// has a report, its changes raise and settle alerts, and each channel gets one digest.
    ///
    /// The same result again changes nothing, and nobody is told a second time.
    pub async fn import(
        &self,
        upload: Upload,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<IngestReport, AppError> {
        let report = self.app().ingest_telling(upload, progress, Telling::Later).await?;
        let run = &report.record.judgement.run;
        // Also where an earlier try died before it said so.
        if self.app().is_untold(run).await? {
            self.send_untold(run).await?;
        }
        Ok(report)
    }
}
