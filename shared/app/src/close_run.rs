//! Closes runs and writes their reports, each once.

use std::collections::{BTreeMap, BTreeSet};

use portdelta_core::UnixTime;
use portdelta_core::delta::Kind;
use portdelta_core::ids::RunId;
use portdelta_core::run::{CloseReason, RunEvent, RunMachine, TaskCounts, step};
use portdelta_core::score::ChangeCounts;
use portdelta_core::tasks::TaskCutter;

use crate::error::AppError;
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Condition, Item};
use crate::repositories::{
    Missing, Plan, Report, ReportAgent, RunTotals, ScanRun, TaskEnd, TaskMark, day_actions, untold_key,
};
use crate::work::WorkMessage;
use crate::{App, Service};

/// Warnings that a report keeps.
const MOST_WARNINGS: usize = 100;

/// Tasks that a report names as not covered.
const MOST_MISSING: usize = 100;

/// Agents that a report names.
const MOST_AGENTS: usize = 100;

/// Results that nobody sent and that a warning names.
const MOST_NAMED: usize = 5;

impl Service {
    /// Ends a run: nothing counts towards it any more, nobody begins its tasks, and its report says what came so far.
    ///
    /// Its results are kept and not applied. A run that has ended stays as it is.
    pub async fn cancel_run(&self, run: &RunId) -> Result<ScanRun, AppError> {
        let Some(known) = self.app().scan_run(run).await? else {
            return Err(match self.app().run(run).await? {
                Some(_) => AppError::Refused {
                    code: "run.not_cancellable",
                    message: format!("run {run} is not one of a saved scan"),
                    hint: "Only runs of saved scans can be cancelled.",
                },
                None => AppError::Unknown { what: format!("run {run}") },
            });
        };
        if known.machine.is_open() || known.machine.outcome().is_none() {
            self.close_run(run, RunEvent::Cancel, None).await?;
        }
        self.app().scan_run(run).await?.ok_or_else(|| AppError::Unknown { what: format!("run {run}") })
    }

    /// Looks whether all tasks of a run have ended, and finishes it if so.
    pub(crate) async fn count_run(&self, run: &RunId) -> Result<(), AppError> {
        let counts = self.app().task_counts(run).await?;
        self.close_run(run, RunEvent::Counted(counts), None).await
    }

    /// Lets an event happen to a run, and writes its report where that closed it, now or before a crash.
    pub(crate) async fn close_run(
        &self,
        id: &RunId,
        event: RunEvent,
        replaced_by: Option<&RunId>,
    ) -> Result<(), AppError> {
        let app = self.app();
        for _ in 0..MOST_TRIES {
            let Some((mut run, version)) = app.loaded_scan_run(id).await? else { return Ok(()) };
            let (machine, _) = step(run.machine, event);
            if machine == run.machine {
                return match event {
                    _ if machine.closed().is_some() => self.conclude(id).await,
                    RunEvent::Counted(counts) => self.ask_on(&run, counts).await,
                    _ => Ok(()),
                };
            }
            run.machine = machine;
            run.closed = Some(app.now());
            run.touched = app.now();
            run.replaced_by = replaced_by.cloned();
            if app.commit_scan_run(&run, version, Vec::new()).await? {
                return self.conclude(id).await;
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }

    /// Writes the report of a closed run, lets the next one begin, and tells of it. Once, however often it is called.
    pub(crate) async fn conclude(&self, id: &RunId) -> Result<(), AppError> {
        let app = self.app();
        for _ in 0..MOST_TRIES {
            let Some((mut run, version)) = app.loaded_scan_run(id).await? else { return Ok(()) };
            let Some(reason) = run.machine.closed() else { return Ok(()) };
            if run.machine.outcome().is_some() {
                // The process that wrote the report may have died before it told of it.
                if app.is_untold(id).await? {
                    self.wake_next(&run).await?;
                    self.send_untold(id).await?;
                }
                return Ok(());
            }
            let plan = app.known_plan(id).await?;
            let tally = app.tally_marks(id, &plan).await?;
            let (machine, _) = step(run.machine, RunEvent::Reported(tally.counts));
            let now = app.now();
            run.finished = Some(now);
            run.touched = now;
            let agents = app.named_agents(&tally.agents).await?;
            let report = Report { agents, ..report_of(&run, &plan, tally, machine, (reason, now)) };
            run.totals = Some(report.totals.clone());
            run.machine = machine;
            let mut actions = app.leave_slot(&run).await?;
            actions.push(run.ended(now));
            actions.push(Action::put(report.item()?).when(Condition::MustNotExist));
            actions.push(Action::put(Item::new(untold_key(id), Vec::new()).with("at", now.seconds())));
            actions.extend(day_actions(&run.site, now, &report.totals.changes, None));
            if app.commit_scan_run(&run, version, actions).await? {
                self.wake_next(&run).await?;
                return self.send_work(WorkMessage::RunFinished { run: id.clone(), from: None }).await;
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }
}

impl Service {
    /// Sends the first tasks of the run that waited for this one.
    async fn wake_next(&self, run: &ScanRun) -> Result<(), AppError> {
        let app = self.app();
        let (slot, _) = app.slot(&run.scan, &run.site).await?;
        let Some(next) = slot.current.filter(|next| *next != run.id) else { return Ok(()) };
        if app.scan_run(&next).await?.is_some_and(|next| next.is_waiting()) {
            self.send_work(WorkMessage::Slice { run: next }).await?;
        }
        Ok(())
    }
}

/// The marks of a run, added up.
#[derive(Default)]
struct MarkTally {
    counts: TaskCounts,
    totals: RunTotals,
    covered: u128,
    warnings: Vec<(String, String)>,
    more_warnings: u64,
    missing: Vec<Missing>,
    /// By id.
    agents: BTreeSet<String>,
    /// Tasks of which nobody sent a result.
    absent: u64,
}

impl MarkTally {
    fn warn(&mut self, warning: (String, String)) {
        if self.warnings.contains(&warning) {
            return;
        }
        if self.warnings.len() < MOST_WARNINGS {
            self.warnings.push(warning);
        } else {
            self.more_warnings += 1;
        }
    }

    fn miss(&mut self, cutter: &TaskCutter, task: u32, reasons: Vec<String>) {
        if self.missing.len() == MOST_MISSING {
            return;
        }
        let Some(part) = cutter.task(task) else { return };
        self.missing.push(Missing {
            task,
            targets: part.addresses.to_string(),
            ports: part.ports.map(|ports| ports.to_string()).unwrap_or_default(),
            reasons,
        });
    }

    fn add(&mut self, cutter: &TaskCutter, mark: TaskMark) {
        let counter = match mark.end {
            TaskEnd::Complete => &mut self.counts.complete,
            TaskEnd::Partial => &mut self.counts.partial,
            TaskEnd::Unscannable => &mut self.counts.unscannable,
        };
        *counter += 1;
        if self.agents.len() < MOST_AGENTS {
            self.agents.extend(mark.agent);
        }
        for (kind, count) in mark.changes {
            *self.totals.changes.entry(kind).or_default() += count;
        }
        self.totals.unchanged += mark.unchanged;
        self.totals.first_looks += mark.first_looks;
        self.totals.superseded += mark.superseded;
        if let Some(part) = cutter.task(mark.task) {
            let addresses = part.addresses.count().max(1);
            self.covered += u128::from(part.weight()) * u128::from(mark.covered).min(addresses) / addresses;
        }
        for warning in mark.warnings {
            self.warn(warning);
        }
        if mark.end == TaskEnd::Unscannable {
            let sentence =
                |(agent, _, message): (String, String, String)| format!("agent {agent}: {message}");
            self.miss(cutter, mark.task, mark.reasons.into_iter().map(sentence).collect());
        }
    }
}

impl App {
    /// Reads all marks of a run, page by page, and names the tasks that have none.
    async fn tally_marks(&self, run: &RunId, plan: &Plan) -> Result<MarkTally, AppError> {
        let cutter = plan.cutter();
        let mut tally = MarkTally::default();
        let (mut next_task, mut after) = (0, None);
        loop {
            let (marks, next) = self.task_marks(run, after).await?;
            for mark in marks {
                for absent in next_task..mark.task.min(plan.tasks) {
                    self.miss_task(run, &cutter, absent, &mut tally).await?;
                }
                next_task = mark.task.saturating_add(1);
                tally.add(&cutter, mark);
            }
            if next.is_none() {
                break;
            }
            after = next;
        }
        for absent in next_task..plan.tasks {
            self.miss_task(run, &cutter, absent, &mut tally).await?;
        }
        let weight = u128::from(cutter.weight()).max(1);
        let percent = u8::try_from(tally.covered * 100 / weight).unwrap_or(100).min(100);
        tally.totals.coverage_percent = percent;
        Ok(tally)
    }

    /// What agents are called, by name.
    async fn named_agents(&self, ids: &BTreeSet<String>) -> Result<Vec<ReportAgent>, AppError> {
        let mut agents = Vec::new();
        for id in ids {
            let name = self.agent(id).await?.map_or_else(|| id.clone(), |agent| agent.name);
            agents.push(ReportAgent { id: id.clone(), name });
        }
        agents.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Ok(agents)
    }

    async fn miss_task(
        &self,
        run: &RunId,
        cutter: &TaskCutter,
        task: u32,
        tally: &mut MarkTally,
    ) -> Result<(), AppError> {
        tally.absent += 1;
        // Who had it is asked for as many as are named, no more.
        if tally.missing.len() < MOST_NAMED {
            let last = self.lent_to(run, task).await?.into_iter().max_by_key(|lent| lent.last);
            let reason = last.map(|lent| format!("agent {} began it and sent no result", lent.agent));
            tally.miss(cutter, task, reason.into_iter().collect());
        } else {
            tally.miss(cutter, task, Vec::new());
        }
        Ok(())
    }
}

fn report_of(
    run: &ScanRun,
    plan: &Plan,
    mut tally: MarkTally,
    machine: RunMachine,
    (reason, now): (CloseReason, UnixTime),
) -> Report {
    let mut first = Vec::new();
    match (reason, &run.replaced_by) {
        (CloseReason::Cancelled, _) => first.push(("run_cancelled", "somebody cancelled the run".to_owned())),
        (CloseReason::Replaced, by) => {
            let by = by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
            first.push(("run_replaced", format!("a later run{by} took its place")));
        }
        (CloseReason::Overdue, _) if tally.counts.settled() < plan.tasks => {
            first.push(("run_overdue", format!("its deadline of {} minutes passed", run.deadline_minutes)));
        }
        _ => {}
    }
    let of = |count: u64, rest: &str| format!("{count} of {} tasks {rest}", plan.tasks);
    if tally.counts.unscannable > 0 {
        let rest = "could not be scanned by any agent of the site";
        first.push(("tasks_unscannable", of(tally.counts.unscannable.into(), rest)));
    }
    if tally.absent > 0 {
        first.push(("tasks_missing", of(tally.absent, "brought no result")));
    }
    if tally.counts.partial > 0 {
        first.push(("tasks_partial", of(tally.counts.partial.into(), "were covered in part only")));
    }
    let first: Vec<_> = first.into_iter().map(|(code, message)| (code.to_owned(), message)).collect();
    if tally.more_warnings > 0 {
        tally.warnings.push(("more_warnings".to_owned(), format!("and {} more", tally.more_warnings)));
    }
    let warnings: Vec<_> = first.into_iter().chain(tally.warnings).collect();
    tally.totals.warnings = warnings.len() as u64;
    let counts = change_counts(&tally.totals.changes);
    let score = counts.score();
    Report {
        run: run.id.clone(),
        scan: run.scan.clone(),
        scan_name: run.scan_name.clone(),
        site: run.site.clone(),
        networks: plan.networks.clone(),
        started: run.began.unwrap_or(run.created),
        finished: now,
        // A closed machine that was reported to has an outcome.
        outcome: machine.outcome().unwrap_or(portdelta_core::run::RunOutcome::Partial),
        reason,
        tasks: tally.counts,
        tasks_total: plan.tasks,
        totals: tally.totals,
        counts,
        score: score.value(),
        class: score.class(),
        status: counts.status(),
        first_look_digest: plan.first_look_digest,
        warnings,
        missing: tally.missing,
        agents: Vec::new(),
    }
}

/// Changes by the name of their kind as what they count for.
pub(crate) fn change_counts(changes: &BTreeMap<String, u64>) -> ChangeCounts {
    let mut counts = ChangeCounts::default();
    for kind in Kind::ALL {
        let count = changes.get(kind.name()).copied().unwrap_or(0);
        *match kind {
            Kind::PortOpened | Kind::PortReopened => &mut counts.opened,
            Kind::PortClosed => &mut counts.closed,
            Kind::ServiceChanged => &mut counts.service_changes,
            Kind::HostNew | Kind::HostBack => &mut counts.new_hosts,
            Kind::HostGone => &mut counts.hosts_gone,
            _ => &mut counts.other,
        } += count;
    }
    counts
}
