//! Runs: they begin with their first result, and end with the sum of what their results did.

use portdelta_core::UnixTime;
use portdelta_core::run::{CloseReason, RunOutcome, TaskCounts};

use crate::App;
use crate::close_run::change_counts;
use crate::error::AppError;
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Item};
use crate::repositories::{
    Report, ResultRecord, ResultStatus, RunRecord, RunState, RunTotals, day_actions, untold_key,
};

/// Warnings that a report keeps.
const MOST_WARNINGS: usize = 100;

/// Whether somebody is to be told of a run that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Whoever asked sees it, and there may be no server.
    Nobody,
    /// A server tells its channels of it, now or after a crash.
    Later,
}

/// The report of a run that was no scan of a server's: it has no scan, and its results are its tasks.
fn report_of_import(run: &RunRecord, record: &ResultRecord, now: UnixTime) -> Report {
    let results = u32::try_from(run.results.len()).unwrap_or(u32::MAX);
    let (outcome, tasks) = match run.state {
        RunState::Complete => {
            (RunOutcome::Complete, TaskCounts { complete: results, ..TaskCounts::default() })
        }
        RunState::Expired => (RunOutcome::Expired, TaskCounts::default()),
        RunState::Cancelled => (RunOutcome::Cancelled, TaskCounts::default()),
        RunState::Running | RunState::Partial => {
            (RunOutcome::Partial, TaskCounts { partial: results, ..TaskCounts::default() })
        }
    };
    let counts = change_counts(&run.changes);
    let score = counts.score();
    Report {
        run: run.id.clone(),
        scan: String::new(),
        scan_name: run.title.clone(),
        site: run.site.clone(),
        networks: Vec::new(),
        started: run.started,
        finished: now,
        outcome,
        reason: CloseReason::Settled,
        tasks,
        tasks_total: results,
        totals: RunTotals {
            changes: run.changes.clone(),
            unchanged: run.unchanged,
            first_looks: run.first_looks,
            superseded: run.superseded,
            // What a file does not say it was to cover, nobody can hold against it.
            coverage_percent: if outcome == RunOutcome::Complete { 100 } else { 0 },
            warnings: run.warnings.len() as u64,
        },
        counts,
        score: score.value(),
        class: score.class(),
        status: counts.status(),
        first_look_digest: record.judgement.scan.is_none(),
        warnings: run.warnings.iter().take(MOST_WARNINGS).cloned().collect(),
        missing: Vec::new(),
        agents: Vec::new(),
    }
}

impl App {
    /// Enters a result into its run, which begins with it where there is none.
    pub(crate) async fn begin_run(&self, record: &ResultRecord, title: String) -> Result<(), AppError> {
        let id = &record.judgement.run;
        for _ in 0..MOST_TRIES {
            let (mut run, version) = match self.loaded_run(id).await? {
                Some((run, _)) if run.results.contains(&record.id) => return Ok(()),
                Some((run, version)) => (run, Some(version)),
                None => {
                    let (site, title) = (record.site.clone(), title.clone());
                    (RunRecord::begun(id.clone(), site, title, record.received), None)
                }
            };
            run.results.push(record.id);
            if self.commit_run(&run, version, Vec::new()).await? {
                return Ok(());
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }

    /// Adds up the results of a run and ends it at `now`, with its report; one that stands there just so keeps its end.
    ///
    /// Where somebody is to be told of it, the run is noted as one that nobody was told of: whatever happens next, the
    /// sweep finds it.
    ///
    /// Results of one run may end at once: whoever marks last reads all marks, for a version that others wrote
    /// meanwhile is read again.
    pub(crate) async fn finish_run_of(
        &self,
        record: &ResultRecord,
        now: UnixTime,
        telling: Telling,
    ) -> Result<(), AppError> {
        let id = &record.judgement.run;
        for _ in 0..MOST_TRIES {
            let Some((run, version)) = self.loaded_run(id).await? else { return Ok(()) };
            let mut summed = self.summed(&run).await?;
            summed.finished = run.finished.or(Some(now));
            if summed == run {
                return Ok(());
            }
            summed.finished = Some(now);
            let mut more = vec![Action::put(report_of_import(&summed, record, now).item()?)];
            // What was scanned last week changed last week, whenever it is imported.
            let seen = record.evidence_time();
            more.extend(day_actions(&run.site, seen, &summed.changes, run.finished.map(|_| &run.changes)));
            if telling == Telling::Later {
                more.push(Action::put(Item::new(untold_key(id), Vec::new()).with("at", now.seconds())));
            }
            if self.commit_run(&summed, Some(version), more).await? {
                return Ok(());
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }

    /// The run with what its results say by now.
    async fn summed(&self, run: &RunRecord) -> Result<RunRecord, AppError> {
        let begun = RunRecord::begun(run.id.clone(), run.site.clone(), run.title.clone(), run.started);
        let mut run = RunRecord { results: run.results.clone(), finished: run.finished, ..begun };
        let (mut complete, mut any) = (true, false);
        for &id in &run.results {
            match self.result(&run.site, id).await?.map(|record| record.status) {
                Some(ResultStatus::Applied(applied)) => {
                    any = true;
                    complete &= applied.complete;
                    run.unchanged += applied.unchanged;
                    run.first_looks += applied.first_looks;
                    run.superseded += applied.superseded;
                    run.warnings.extend(applied.warnings);
                    for (kind, count) in applied.changes {
                        *run.changes.entry(kind).or_default() += count;
                    }
                }
                Some(ResultStatus::Refused { code, message }) => {
                    complete = false;
                    run.warnings.push((code, message));
                }
                Some(ResultStatus::Stored) | None => complete = false,
            }
        }
        run.state = match (any, complete) {
            (true, true) => RunState::Complete,
            (true, false) => RunState::Partial,
            (false, _) => RunState::Expired,
        };
        Ok(run)
    }
}
