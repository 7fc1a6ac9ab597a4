//! A schedule fires: a run becomes due at each of the scan's sites.

use portdelta_core::UnixTime;

use crate::Service;
use crate::error::AppError;
use crate::repositories::{ScanNote, run_id};
use crate::schedule::DueSchedule;
use crate::work::{Due, WorkMessage};

impl Service {
    /// Sends a message for the run at each site of the scan, and notes what was missed. Again after a crash it sends
    /// the same once more, which begins no second run. Fine where the scan is gone by now.
    pub async fn fire_schedule(&self, due: &DueSchedule) -> Result<(), AppError> {
        let Some(scan) = self.app().scan(&due.scan).await? else { return Ok(()) };
        for site in &scan.draft.sites {
            if let (Some(first), Some(last)) = (due.missed.first(), due.missed.last()) {
                let id = run_id(&scan.id, site, &Due::At(*last))?;
                let message = missed(due.missed_count, *first, *last, due.missed.len());
                self.app().judge_schedule(&scan, site, Some(&message)).await?;
                let code = "schedule.missed".to_owned();
                let note = ScanNote { at: self.app().now(), site: site.clone(), code, message };
                self.app().keep_note(&scan.id, &id, &note, Vec::new()).await?;
            } else {
                self.app().judge_schedule(&scan, site, None).await?;
            }
            let begin =
                WorkMessage::Begin { scan: scan.id.clone(), site: site.clone(), due: Due::At(due.at) };
            self.send_work(begin).await?;
        }
        Ok(())
    }
}

impl Service {
    /// Begins the runs of a scan whose schedule has come, for a scheduler of its own that keeps no account of what
    /// it fired. Again with the same time it begins no second run.
    ///
    /// `time` is the scheduled time as RFC 3339. Where it is none, as not every scheduler tells it, it is the latest one
    /// of the scan's schedule: several firings of one time still mean one run.
    pub async fn fire_scheduled(&self, scan: &str, time: &str) -> Result<(), AppError> {
        let Some(known) = self.app().scan(scan).await? else { return Ok(()) };
        let told =
            time.parse().ok().and_then(|time: jiff::Timestamp| UnixTime::from_seconds(time.as_second()));
        let latest = || {
            let entry = known.schedule_entry()?;
            entry.read().ok()?.last_until(entry.since, self.app().now())
        };
        // One whose schedule was taken away meanwhile.
        let Some(at) = told.or_else(latest) else { return Ok(()) };
        let due = DueSchedule { scan: known.id, at, missed: Vec::new(), missed_count: 0 };
        self.fire_schedule(&due).await
    }
}

/// `3 runs were missed, from 2026-06-01T01:00:00Z to 2026-06-01T03:00:00Z: the server did not run`
fn missed(count: u64, first: UnixTime, last: UnixTime, named: usize) -> String {
    let show = |time: UnixTime| jiff::Timestamp::from_second(time.seconds()).unwrap_or_default();
    let why = "the server did not run";
    match count {
        1 => format!("the run of {} was missed: {why}", show(last)),
        count if count == named as u64 => {
            format!("{count} runs were missed, from {} to {}: {why}", show(first), show(last))
        }
        count => format!("{count} runs or more were missed, the last one of {}: {why}", show(last)),
    }
}
