//! What a clean-up goes over besides blocks, one page after the other: counted only, or removed as well.
//!
//! All of it may be done twice, and by two at once: each counts what it removed itself. Whoever has no steps left stops
//! behind what was done, and goes on from there; what was skipped is not read again.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portdelta_core::UnixTime;
use portdelta_core::alert::Alert;
use portdelta_core::ids::RunId;

use crate::App;
use crate::error::AppError;
use crate::repositories::{ALERT_PARTITIONS, CleanUp, NotedHost, ResultRecord, ResultStatus, RunRemoval};
use crate::steps::Steps;

/// One call that goes over things.
pub(super) struct Pass<'a> {
    /// Whether they go; else they are counted only.
    pub removes: bool,
    /// How much it may do.
    pub steps: Steps<'a>,
    /// Runs by whether they are over, as far as it was asked: results come in no order of them.
    over: BTreeMap<RunId, bool>,
}

impl<'a> Pass<'a> {
    pub fn removing(steps: Steps<'a>) -> Self {
        Self { removes: true, steps, over: BTreeMap::new() }
    }

    pub fn counting(steps: Steps<'a>) -> Self {
        Self { removes: false, steps, over: BTreeMap::new() }
    }
}

impl App {
    /// Goes over alerts; `false` where it did not come to the end, as with all of these.
    pub(super) async fn pass_alerts(
        &self,
        clean_up: &mut CleanUp,
        pass: &mut Pass<'_>,
    ) -> Result<bool, AppError> {
        let behind = clean_up.from.as_deref();
        let begun = behind.and_then(|id| ALERT_PARTITIONS.iter().position(|name| is_in(name, id)));
        for partition in ALERT_PARTITIONS.into_iter().skip(begun.unwrap_or(0)) {
            let mut behind = clean_up.from.clone().filter(|id| is_in(partition, id));
            loop {
                pass.steps.take(1);
                let (alerts, next) = self.alerts_behind(partition, behind.as_deref()).await?;
                for (alert, version) in alerts {
                    if is_of(clean_up, &alert) {
                        let goes = !pass.removes || self.remove_alert(&alert, version).await?;
                        clean_up.removed.alerts += u64::from(goes && alert.episode > 0);
                        pass.steps.take(1);
                    }
                    clean_up.from = Some(alert.id().to_string());
                    if !pass.steps.any() {
                        return Ok(false);
                    }
                }
                if next.is_none() {
                    break;
                }
                behind = next;
            }
        }
        Ok(true)
    }

    /// Goes over the notes of hosts.
    pub(super) async fn pass_notes(
        &self,
        clean_up: &mut CleanUp,
        pass: &mut Pass<'_>,
    ) -> Result<bool, AppError> {
        let site = clean_up.site.clone();
        let ranges = clean_up.addresses.ranges();
        let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { return Ok(true) };
        let ends = (first.first(), last.last());
        loop {
            pass.steps.take(1);
            let (hosts, next) = self.noted_hosts(&site, ends, clean_up.from.as_deref()).await?;
            for NotedHost { position, address, changed, version } in hosts {
                if is_old_note(clean_up, address, changed) {
                    let goes = !pass.removes || self.remove_host_note(&site, address, version).await?;
                    clean_up.removed.notes += u64::from(goes);
                    pass.steps.take(1);
                }
                clean_up.from = Some(position);
                if !pass.steps.any() {
                    return Ok(false);
                }
            }
            if next.is_none() {
                return Ok(true);
            }
            clean_up.from = next;
        }
    }

    /// Goes over the runs that ended, and of which everybody was told: others are about to be needed.
    pub(super) async fn pass_runs(
        &self,
        clean_up: &mut CleanUp,
        pass: &mut Pass<'_>,
    ) -> Result<bool, AppError> {
        loop {
            pass.steps.take(2);
            let before = clean_up.at.shifted(1);
            let page = self.ended_runs(&clean_up.site, before, clean_up.from.as_deref()).await?;
            for (position, run) in page.runs {
                let removal = if pass.removes {
                    self.remove_run(&run, &mut pass.steps).await?
                } else {
                    RunRemoval::Removed
                };
                match removal {
                    RunRemoval::Begun => return Ok(false),
                    RunRemoval::Removed => clean_up.removed.runs += 1,
                    RunRemoval::Gone => {}
                }
                pass.over.insert(run, true);
                clean_up.from = Some(position);
                if !pass.steps.any() {
                    return Ok(false);
                }
            }
            if page.next.is_none() {
                return Ok(true);
            }
            clean_up.from = page.next;
        }
    }

    /// Goes over the raw results that are needed by nothing that goes on.
    pub(super) async fn pass_results(
        &self,
        clean_up: &mut CleanUp,
        pass: &mut Pass<'_>,
    ) -> Result<bool, AppError> {
        let site = clean_up.site.clone();
        loop {
            pass.steps.take(1);
            let (records, next) = self.results_behind(&site, clean_up.from.as_deref()).await?;
            for record in records {
                if self.is_old_result(&record, clean_up.at, pass).await? {
                    let goes = !pass.removes || self.remove_result(&site, record.id).await?;
                    clean_up.removed.results += u64::from(goes);
                    clean_up.removed.bytes += if goes { record.bytes } else { 0 };
                    pass.steps.take(1);
                }
                clean_up.from = Some(record.id.to_string());
                if !pass.steps.any() {
                    return Ok(false);
                }
            }
            if next.is_none() {
                return Ok(true);
            }
            clean_up.from = next;
        }
    }

    /// Whether a result was received by then and is needed by nothing that goes on.
    async fn is_old_result(
        &self,
        record: &ResultRecord,
        at: UnixTime,
        pass: &mut Pass<'_>,
    ) -> Result<bool, AppError> {
        if record.status == ResultStatus::Stored || record.received > at {
            return Ok(false);
        }
        let run = &record.judgement.run;
        if let Some(&is_over) = pass.over.get(run) {
            return Ok(is_over);
        }
        pass.steps.take(1);
        let is_over = self.run(run).await?.is_none_or(|run| run.finished.is_some());
        pass.over.insert(run.clone(), is_over);
        Ok(is_over)
    }
}

/// Whether an alert with this id is in a partition.
fn is_in(partition: &str, id: &str) -> bool {
    id.get(..1).is_some_and(|digit| partition.ends_with(digit))
}

/// Whether an alert is about one of the addresses, and nothing was heard of it since.
fn is_of(clean_up: &CleanUp, alert: &Alert) -> bool {
    let is_here = alert.subject.address().is_some_and(|address| clean_up.addresses.contains(address));
    is_here && alert.subject.site() == Some(&clean_up.site) && alert.heard() <= clean_up.at
}

/// Whether a note is of one of the addresses, and was not written since.
fn is_old_note(clean_up: &CleanUp, address: IpAddr, changed: Option<UnixTime>) -> bool {
    clean_up.addresses.contains(address) && changed.is_none_or(|changed| changed <= clean_up.at)
}
