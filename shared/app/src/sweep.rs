//! What is done again and again, so that nothing that was begun stands still.

use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_core::run::{RunEvent, RunPhase};

use crate::Service;
use crate::agents::AgentFilter;
use crate::error::{AppError, During};
use crate::ports::queue::QueueDepth;
use crate::ports::{Action, Item, Key, QueueError, QueueName};
use crate::repositories::{ScanRun, untold_key};
use crate::retain::{Reached, Retired};
use crate::work::WorkMessage;

/// What has not moved for so long is taken up by the sweep, in seconds.
const STANDS_STILL: i64 = 120;

/// A finished run that nobody was told of for so long is told of again, in seconds.
const UNTOLD_AFTER: i64 = 300;

/// What puts that never ended left is looked for so often, and removed when it is so old, in seconds.
const DAY: i64 = 86_400;

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
    /// Whether there was no time for all of it.
    pub cut_off: bool,
    /// Where the next one begins is noted, should this one be broken off.
    pub(crate) may_be_cut: bool,
    /// What failed; the next sweep tries again.
    pub failures: Vec<AppError>,
}

impl SweepReport {
    fn note(&mut self, outcome: Result<(), AppError>) {
        self.failures.extend(outcome.err());
    }
}

/// Whether there is time to begin something more.
pub type GoesOn<'a> = &'a (dyn Fn() -> bool + Send + Sync);

/// How many parts a sweep has.
const PARTS: usize = 12;

/// The part that takes uploads.
pub(crate) const UPLOADS: usize = 3;

impl Service {
    /// Goes over everything that may stand still. What fails does not keep the rest from being done.
    pub async fn sweep(&self, now: UnixTime) -> SweepReport {
        self.sweep_while(now, &|| true).await
    }

    /// The same as long as there is time: the next sweep begins with what this one did not come to, so that each part
    /// has its turn.
    pub async fn sweep_while(&self, now: UnixTime, goes_on: GoesOn<'_>) -> SweepReport {
        let mut report = SweepReport::default();
        let first = self.first_part().await.unwrap_or_else(|error| {
            report.failures.push(error);
            0
        });
        for part in (0..PARTS).map(|step| (first + step) % PARTS) {
            if !goes_on() {
                report.cut_off = true;
                let outcome = self.begin_with(part).await;
                report.note(outcome);
                return report;
            }
            let outcome = self.sweep_part(part, now, goes_on, &mut report).await;
            report.note(outcome);
        }
        if first > 0 || report.may_be_cut {
            let outcome = self.begin_with(0).await;
            report.note(outcome);
        }
        report
    }

    /// One of the parts; what is most urgent first.
    async fn sweep_part(
        &self,
        part: usize,
        now: UnixTime,
        goes_on: GoesOn<'_>,
        report: &mut SweepReport,
    ) -> Result<(), AppError> {
        match part {
            0 => self.sweep_schedules().await,
            1 => self.sweep_runs(now, goes_on, report).await,
            2 => self.sweep_untold(now, report).await,
            UPLOADS => self.sweep_uploads(now, goes_on, report).await,
            4 => self.sweep_troubles().await,
            5 => self.sweep_leftovers(now, goes_on, report).await,
            6 => self.sweep_site_queues().await,
            7 => self.app().sweep_alerts().await,
            8 => self.app().sweep_expectations().await,
            9 => self.app().note_postures().await,
            10 => self.app().sweep_clean_ups(now, goes_on).await,
            _ => self.app().note_what_is_left().await,
        }
    }

    /// The part that the last sweep did not come to.
    async fn first_part(&self) -> Result<usize, AppError> {
        let item = self.app().table.get(&first_part_key()).await;
        let item = item.during(|| "read where the last sweep stopped".to_owned())?;
        let part = item.and_then(|item| item.number("part")).and_then(|part| usize::try_from(part).ok());
        Ok(part.filter(|part| *part < PARTS).unwrap_or(0))
    }

    /// Notes with which part the next sweep begins.
    pub(crate) async fn begin_with(&self, part: usize) -> Result<(), AppError> {
        let part = i64::try_from(part).unwrap_or(0);
        let note = Action::put(Item::new(first_part_key(), Vec::new()).with("part", part));
        let noted = self.app().table.transact(vec![note]).await;
        noted.during(|| "note where the sweep stopped".to_owned())
    }

    /// Removes what nobody can reach any more, and once a day what the retention says. Raw results go only where
    /// somebody wants that: they are the truth from which state is rebuilt.
    async fn sweep_leftovers(
        &self,
        now: UnixTime,
        goes_on: GoesOn<'_>,
        report: &mut SweepReport,
    ) -> Result<(), AppError> {
        let app = self.app();
        report.purged += app.table.tidy().await.during(|| "remove expired items".to_owned())?;
        self.sweep_retired(now, goes_on, report).await?;
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

    /// A pass a day over all runs and results; one that has more to do goes on with the next sweep.
    async fn sweep_retired(
        &self,
        now: UnixTime,
        goes_on: GoesOn<'_>,
        report: &mut SweepReport,
    ) -> Result<(), AppError> {
        let app = self.app();
        let key = Key::new("SWEEP", "retention");
        let operation = || "read when the retention was applied".to_owned();
        let item = app.table.get(&key).await.during(operation)?;
        let last = item.as_ref().and_then(|item| item.number("at")).unwrap_or(0);
        if now.seconds() - last < DAY {
            return Ok(());
        }
        let from = item.and_then(|item| {
            let result = item.text("result").map(str::to_owned);
            Some(Reached { site: item.text("site")?.parse().ok()?, result })
        });
        let (retired, stopped) = self.retire(now, from, goes_on).await?;
        report.retired = retired;
        let note = Item::new(key, Vec::new());
        let note = match stopped {
            None => note.with("at", now.seconds()),
            Some(Reached { site, result }) => {
                let note = note.with("at", last).with("site", site.as_str());
                result.into_iter().fold(note, |note, result| note.with("result", result))
            }
        };
        let noted = app.table.transact(vec![Action::put(note)]).await;
        noted.during(|| "note how far the retention was applied".to_owned())
    }

    async fn sweep_runs(
        &self,
        now: UnixTime,
        goes_on: GoesOn<'_>,
        report: &mut SweepReport,
    ) -> Result<(), AppError> {
        let mut open = self.app().open_runs().await?;
        let from = self.first_run().await?;
        let before = open.partition_point(|id| from.as_ref().is_some_and(|from| id < from));
        open.rotate_left(before);
        for id in open {
            if !goes_on() {
                report.cut_off = true;
                return self.begin_with_run(&id).await;
            }
            let Some(run) = self.app().scan_run(&id).await? else { continue };
            let outcome = self.sweep_run(now, &run, report).await;
            report.note(outcome);
        }
        Ok(())
    }

    /// The run that the last sweep that was cut off did not come to.
    async fn first_run(&self) -> Result<Option<RunId>, AppError> {
        let item = self.app().table.get(&first_run_key()).await;
        let item = item.during(|| "read at which run the last sweep stopped".to_owned())?;
        Ok(item.and_then(|item| item.text("run")?.parse().ok()))
    }

    async fn begin_with_run(&self, id: &RunId) -> Result<(), AppError> {
        let note = Action::put(Item::new(first_run_key(), Vec::new()).with("run", id.as_str()));
        let noted = self.app().table.transact(vec![note]).await;
        noted.during(|| format!("note that the sweep stopped at run {id}"))
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
            self.send_untold(&id).await?;
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

fn first_part_key() -> Key {
    Key::new("SWEEP", "part")
}

fn first_run_key() -> Key {
    Key::new("SWEEP", "run")
}
