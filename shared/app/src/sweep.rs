//! What is done again and again, so that nothing that was begun stands still.

use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_core::run::{RunEvent, RunPhase};

use crate::Service;
use crate::agents::AgentFilter;
use crate::error::{AppError, During};
use crate::ports::blobs::BlobPrefix;
use crate::ports::queue::QueueDepth;
use crate::ports::{Action, BlobKey, Item, Key, QueueError, QueueName};
use crate::raw::STAGING;
use crate::repositories::{ScanRun, untold_key};
use crate::retain::Retired;
use crate::work::WorkMessage;

/// What has not moved for so long is taken up by the sweep, in seconds.
const STANDS_STILL: i64 = 120;

/// An upload that nobody took for so long is taken by the sweep, in seconds.
const LEFT_BEHIND: i64 = 180;

/// Something staged that nobody took in for so long was left by a process that died, in seconds.
const NEVER_TAKEN: i64 = 6 * 3_600;

/// A finished run that nobody was told of for so long is told of again, in seconds.
const UNTOLD_AFTER: i64 = 300;

/// What puts that never ended left is looked for so often, and removed when it is so old, in seconds.
const DAY: i64 = 86_400;

/// Uploads looked at by one sweep.
const MOST_UPLOADS: usize = 1_000;

/// What a sweep did, and what it could not do.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// Runs whose deadline had passed.
    pub overdue: Vec<RunId>,
    /// Runs whose dispatch or report stood still, or whose tasks were lost.
    pub resumed: Vec<RunId>,
    /// Finished runs whose notification was sent again.
    pub told: Vec<RunId>,
    /// Uploads that nobody had taken.
    pub uploads: usize,
    /// Expired items, and files of puts that never ended, that were removed.
    pub purged: u64,
    /// What went because it is older than wanted.
    pub retired: Retired,
    /// What failed; the next sweep tries again.
    pub failures: Vec<AppError>,
}

impl SweepReport {
    fn note(&mut self, outcome: Result<(), AppError>) {
        self.failures.extend(outcome.err());
    }
}

impl Service {
    /// Goes over everything that may stand still. What fails does not keep the rest from being done.
    pub async fn sweep(&self, now: UnixTime) -> SweepReport {
        let mut report = SweepReport::default();
        let outcome = self.sweep_schedules().await;
        report.note(outcome);
        let outcome = self.sweep_runs(now, &mut report).await;
        report.note(outcome);
        let outcome = self.sweep_untold(now, &mut report).await;
        report.note(outcome);
        let outcome = self.sweep_uploads(now, &mut report).await;
        report.note(outcome);
        let outcome = self.sweep_troubles().await;
        report.note(outcome);
        let outcome = self.sweep_leftovers(now, &mut report).await;
        report.note(outcome);
        let outcome = self.sweep_site_queues().await;
        report.note(outcome);
        let outcome = self.app().sweep_alerts().await;
        report.note(outcome);
        let outcome = self.app().sweep_expectations().await;
        report.note(outcome);
        let outcome = self.app().note_postures().await;
        report.note(outcome);
        let outcome = self.app().note_what_is_left().await;
        report.note(outcome);
        report
    }

    /// Removes what nobody can reach any more, and once a day what the retention says. Raw results go only where
    /// somebody wants that: they are the truth from which state is rebuilt.
    async fn sweep_leftovers(&self, now: UnixTime, report: &mut SweepReport) -> Result<(), AppError> {
        let app = self.app();
        report.purged += app.table.tidy().await.during(|| "remove expired items".to_owned())?;
        self.sweep_retired(now, report).await?;
        let key = Key::new("SWEEP", "blobs");
        let item = app.table.get(&key).await.during(|| "read when leftovers were removed".to_owned())?;
        let last = item.and_then(|item| item.number("at")).unwrap_or(0);
        if now.seconds() - last >= DAY {
            let before = now.shifted(-DAY);
            report.purged += app.blobs.tidy(before).await.during(|| "remove leftovers".to_owned())?;
            let done = Action::put(Item::new(key, Vec::new()).with("at", now.seconds()));
            let noted = app.table.transact(vec![done]).await;
            noted.during(|| "note that leftovers were removed".to_owned())?;
        }
        Ok(())
    }

    /// Removes the queues of sites that nobody uses any more: no run begins there and none goes on, no agent is left that
    /// would make it again, and it holds nothing.
    async fn sweep_site_queues(&self) -> Result<(), AppError> {
        let app = self.app();
        let mut unused: Vec<_> = app.sites().await?.into_iter().filter(|site| !site.active).collect();
        if unused.is_empty() {
            return Ok(());
        }
        for id in app.open_runs().await? {
            let Some(run) = app.scan_run(&id).await? else { continue };
            unused.retain(|site| site.id != run.site);
        }
        for site in unused {
            let filter = AgentFilter { site: Some(site.id.clone()), hidden: true };
            if app.agents(&filter).await?.iter().any(|view| view.agent.revoked.is_none()) {
                continue;
            }
            let queue = QueueName::Tasks(site.id);
            match self.queue().depth(&queue).await {
                Ok(depth) if depth == QueueDepth::default() => {
                    self.queue().remove(&queue).await.during(|| format!("remove {queue}"))?;
                }
                Ok(_) | Err(QueueError::NoQueue { .. }) => {}
                Err(source) => {
                    return Err(AppError::Queue { operation: format!("count messages of {queue}"), source });
                }
            }
        }
        Ok(())
    }

    /// A pass a day over all results; one that has more to do goes on with the next sweep.
    async fn sweep_retired(&self, now: UnixTime, report: &mut SweepReport) -> Result<(), AppError> {
        let app = self.app();
        let key = Key::new("SWEEP", "retention");
        let operation = || "read when the retention was applied".to_owned();
        let item = app.table.get(&key).await.during(operation)?;
        let last = item.and_then(|item| item.number("at")).unwrap_or(0);
        if now.seconds() - last < DAY {
            return Ok(());
        }
        let retired = self.retire(now).await?;
        report.retired = retired;
        if retired.is_through() {
            let done = Action::put(Item::new(key, Vec::new()).with("at", now.seconds()));
            let noted = app.table.transact(vec![done]).await;
            noted.during(|| "note that the retention was applied".to_owned())?;
        }
        Ok(())
    }

    async fn sweep_runs(&self, now: UnixTime, report: &mut SweepReport) -> Result<(), AppError> {
        for id in self.app().open_runs().await? {
            let Some(run) = self.app().scan_run(&id).await? else { continue };
            let outcome = self.sweep_run(now, &run, report).await;
            report.note(outcome);
        }
        Ok(())
    }

    async fn sweep_run(
        &self,
        now: UnixTime,
        run: &ScanRun,
        report: &mut SweepReport,
    ) -> Result<(), AppError> {
        let stands_still = now.since(run.touched) >= STANDS_STILL;
        match run.machine.phase {
            RunPhase::Finished(..) => return Ok(()),
            RunPhase::Closing(_) => {
                report.resumed.push(run.id.clone());
                return self.conclude(&run.id).await;
            }
            _ => {}
        }
        if run.deadline.is_some_and(|deadline| deadline <= now) {
            report.overdue.push(run.id.clone());
            return self.close_run(&run.id, RunEvent::Overdue, None).await;
        }
        // A process may have died between the last mark and the report.
        self.count_run(&run.id).await?;
        let mut refused: Vec<u32> = Vec::new();
        for refusal in self.app().task_refusals(&run.id, None).await? {
            if refused.last() != Some(&refusal.task) {
                refused.push(refusal.task);
            }
        }
        for task in refused {
            // Agents that did not refuse may be gone by now.
            self.judge_refusals(run, task).await?;
        }
        if self.send_put_off(&run.id).await? > 0 {
            report.resumed.push(run.id.clone());
            return Ok(());
        }
        if run.machine.cursor().is_some() && stands_still {
            let (slot, _) = self.app().slot(&run.scan, &run.site).await?;
            if slot.current.as_ref() == Some(&run.id) {
                report.resumed.push(run.id.clone());
                return self.send_work(WorkMessage::Slice { run: run.id.clone() }).await;
            }
        }
        if self.send_lost(&run.id).await? > 0 {
            report.resumed.push(run.id.clone());
        }
        Ok(())
    }

    async fn sweep_untold(&self, now: UnixTime, report: &mut SweepReport) -> Result<(), AppError> {
        for id in self.app().untold_runs().await? {
            let key = untold_key(&id);
            let item = self.app().table.get(&key).await.during(|| format!("read run {id}"))?;
            let Some(since) = item.and_then(|item| item.number("at")) else { continue };
            if now.seconds() - since < UNTOLD_AFTER {
                continue;
            }
            self.send_work(WorkMessage::RunFinished { run: id.clone() }).await?;
            // Not again with every sweep: whoever is told may be slow.
            let later = Item::new(key, Vec::new()).with("at", now.seconds());
            let again = Action::put(later).when(crate::ports::Condition::MustExist);
            self.app()
                .all_or_nothing(vec![again], || format!("note that run {id} was told of again"))
                .await?;
            report.told.push(id);
        }
        Ok(())
    }

    /// Takes uploads whose message was lost. A blob has no time: the first sweep that sees one notes it.
    async fn sweep_uploads(&self, now: UnixTime, report: &mut SweepReport) -> Result<(), AppError> {
        let app = self.app();
        let operation = || "list uploads".to_owned();
        let Ok(prefix) = "uploads/".parse::<BlobPrefix>() else { return Ok(()) };
        self.sweep_staged(now).await?;
        let (mut after, mut looked_at) = (None, 0);
        while looked_at < MOST_UPLOADS {
            let limit = NonZeroUsize::MIN.saturating_add(99);
            let page = app.blobs.list(&prefix, after.as_ref(), limit).await.during(operation)?;
            for entry in &page.entries {
                looked_at += 1;
                if app.is_left_behind(&entry.key, now, LEFT_BEHIND).await? {
                    match self.take_upload(&entry.key).await {
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

    /// Puts schedules right that a crash between a scan and its schedule left wrong.
    pub(crate) async fn sweep_schedules(&self) -> Result<(), AppError> {
        let known = self.schedules().list().await.during(|| "list schedules".to_owned())?;
        let scans = self.app().scans().await?;
        for scan in &scans {
            let entry = scan.schedule_entry();
            if known.iter().find(|known| known.scan == scan.id) != entry.as_ref() {
                self.set_schedule(scan).await?;
            }
        }
        for entry in known.iter().filter(|entry| scans.iter().all(|scan| scan.id != entry.scan)) {
            let gone = self.schedules().delete(&entry.scan).await;
            gone.during(|| format!("remove the schedule of scan {}", entry.scan))?;
        }
        Ok(())
    }
}

impl crate::App {
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
