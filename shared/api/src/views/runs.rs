//! Runs, tasks and reports.

use std::collections::BTreeMap;

use portdelta_app::repositories::{Report, ReportAgent, RunRecord, RunState, TaskEnd, TaskMark};
use portdelta_app::{Due, RunStage, RunView};
use portdelta_core::run::RunOutcome;
use portdelta_core::tasks::TaskPart;
use portdelta_protocol::admin::{
    self, Coverage, Missing, Run, RunProgress, Score, TaskState, TaskView, Time, Warning,
};

use super::{address_text, tally, warnings};

pub(crate) fn state(state: RunState) -> admin::RunState {
    match state {
        RunState::Running => admin::RunState::Running,
        RunState::Complete => admin::RunState::Complete,
        RunState::Partial => admin::RunState::Partial,
        RunState::Expired => admin::RunState::Expired,
        RunState::Cancelled => admin::RunState::Cancelled,
    }
}

/// How a finished run ended.
pub(crate) fn outcome(outcome: RunOutcome) -> admin::RunState {
    match outcome {
        RunOutcome::Complete => admin::RunState::Complete,
        RunOutcome::Partial => admin::RunState::Partial,
        RunOutcome::Cancelled => admin::RunState::Cancelled,
        RunOutcome::Expired => admin::RunState::Expired,
    }
}

/// A run of a list, or one that has no tasks.
pub(crate) fn run(run: &RunRecord) -> Run {
    let (scan, due) = run.of_scan.as_ref().map(|(scan, due)| (scan.clone(), due)).unzip();
    Run {
        id: run.id.clone(),
        site: run.site.clone(),
        scan,
        title: run.title.clone(),
        replaced_by: None,
        state: state(run.state),
        scheduled: match due {
            Some(Due::At(time)) => Some(Time(*time)),
            Some(Due::Now(_)) | None => None,
        },
        started: Time(run.started),
        deadline: None,
        held_until: None,
        finished: run.finished.map(Time),
        progress: None,
        changes: run.changes.clone(),
        unchanged: tally(run.unchanged),
        first_looks: tally(run.first_looks),
        superseded: tally(run.superseded),
        warnings: warnings(&run.warnings),
    }
}

/// A run with its progress.
pub(crate) fn view(view: &RunView) -> Run {
    let mut run = run(&view.record);
    run.state = match view.stage {
        RunStage::Waiting => admin::RunState::Waiting,
        RunStage::Dispatching => admin::RunState::Dispatching,
        RunStage::Running => admin::RunState::Running,
        RunStage::Ended(ended) => state(ended),
    };
    run.held_until = view.held_until.map(Time);
    if let Some(known) = &view.scan_run {
        run.replaced_by.clone_from(&known.replaced_by);
        run.deadline = known.deadline.map(Time);
    }
    run.progress = view.progress.map(|progress| RunProgress {
        tasks: progress.total.into(),
        sent: progress.sent.into(),
        done: progress.counts.complete.into(),
        partial: progress.counts.partial.into(),
        unscannable: progress.counts.unscannable.into(),
        percent: progress.percent,
        queued: None,
        estimated_end: progress.estimated_end.map(Time),
    });
    run
}

/// What is known of a task.
pub(crate) struct KnownTask {
    pub(crate) number: u32,
    pub(crate) part: TaskPart,
    pub(crate) mark: Option<TaskMark>,
    /// Who began it last, and when.
    pub(crate) lent: Option<(String, portdelta_core::UnixTime)>,
}

/// A piece of a run; nobody works on it any more where the run has ended.
pub(crate) fn task(known: KnownTask, is_open: bool) -> TaskView {
    let KnownTask { number, part, mark, lent } = known;
    let state = match (&mark, &lent) {
        (Some(mark), _) => match mark.end {
            TaskEnd::Complete => TaskState::Done,
            TaskEnd::Partial => TaskState::Partial,
            TaskEnd::Unscannable => TaskState::Unscannable,
        },
        (None, Some(_)) if is_open => TaskState::Active,
        (None, _) => TaskState::Waiting,
    };
    let mut told = mark.as_ref().map(|mark| warnings(&mark.warnings)).unwrap_or_default();
    told.extend(mark.iter().flat_map(|mark| &mark.reasons).map(|(agent, code, message)| Warning {
        code: code.clone(),
        message: format!("{agent}: {message}"),
    }));
    let (began_by, began) = lent.unzip();
    TaskView {
        number,
        targets: address_text(&part.addresses),
        ports: part.ports.map(|ports| ports.to_string()).unwrap_or_default(),
        state,
        agent: mark.as_ref().and_then(|mark| mark.agent.clone()).or(began_by),
        began: began.map(Time),
        results: mark.iter().flat_map(|mark| &mark.results).map(ToString::to_string).collect(),
        warnings: told,
    }
}

fn agent(agent: &ReportAgent) -> admin::ReportAgent {
    admin::ReportAgent { id: agent.id.clone(), name: agent.name.clone() }
}

/// A report.
pub(crate) fn report(report: &Report) -> admin::Report {
    let missing = report.missing.iter().map(|missing| Missing {
        task: missing.task,
        targets: missing.targets.clone(),
        ports: missing.ports.clone(),
        reasons: missing.reasons.clone(),
    });
    admin::Report {
        run: report.run.clone(),
        scan: report.scan.clone(),
        scan_name: report.scan_name.clone(),
        site: report.site.clone(),
        networks: report.networks.clone(),
        agents: report.agents.iter().map(agent).collect(),
        started: Time(report.started),
        finished: Time(report.finished),
        state: outcome(report.outcome),
        score: Score {
            value: report.score,
            class: report.class.name().to_owned(),
            status: report.status.name().to_owned(),
        },
        posture: BTreeMap::new(),
        changes: report.totals.changes.clone(),
        unchanged: tally(report.totals.unchanged),
        first_looks: tally(report.totals.first_looks),
        superseded: tally(report.totals.superseded),
        coverage: Coverage {
            percent: report.totals.coverage_percent,
            tasks: report.tasks_total.into(),
            done: report.tasks.complete.into(),
            partial: report.tasks.partial.into(),
            unscannable: report.tasks.unscannable.into(),
            missing: missing.collect(),
        },
        warnings: warnings(&report.warnings),
    }
}
