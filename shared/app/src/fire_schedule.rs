//! A schedule fires: a run becomes due at each of the scan's sites.

use portdelta_core::UnixTime;

use crate::Service;
use crate::error::AppError;
use crate::repositories::{ScanNote, run_id};
use crate::schedule::DueSchedule;
use crate::work::{Due, WorkMessage};

impl Service {
    /// Sends a message for the run at each site of the scan, and notes what was missed. Again after a crash it sends
    /// the same once more, which begins no second run. Fine where the scan is gone by now. A time in a blackout window of
    /// the scan is none: it neither begins a run nor is missed.
    pub async fn fire_schedule(&self, due: &DueSchedule) -> Result<(), AppError> {
        let Some(scan) = self.app().scan(&due.scan).await? else { return Ok(()) };
        let windows = scan.blackout_windows();
        let not_fired: Vec<UnixTime> =
            due.missed.iter().copied().filter(|time| !windows.holds(*time)).collect();
        let left_out = due.missed.len() - not_fired.len();
        let count = due.missed_count.saturating_sub(left_out as u64);
        for site in &scan.draft.sites {
            if let (Some(first), Some(last)) = (not_fired.first(), not_fired.last()) {
                let id = run_id(&scan.id, site, &Due::At(*last))?;
                let message = missed(count, *first, *last, not_fired.len());
                self.app().judge_schedule(&scan, site, Some(&message)).await?;
                let code = "schedule.missed".to_owned();
                let note = ScanNote { at: self.app().now(), site: site.clone(), code, message };
                self.app().keep_note(&scan.id, &id, &note, Vec::new()).await?;
            } else {
                self.app().judge_schedule(&scan, site, None).await?;
            }
            if windows.holds(due.at) {
                continue;
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
