//! Runs: they begin with their first result, and end with the sum of what their results did.

use portdelta_core::UnixTime;

use crate::App;
use crate::error::AppError;
use crate::ingest::MOST_TRIES;
use crate::repositories::{ResultRecord, ResultStatus, RunRecord, RunState};

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
            if self.commit_run(&run, version).await? {
                return Ok(());
            }
        }
        Err(AppError::Contended { what: format!("run {id}"), tries: MOST_TRIES })
    }

    /// Adds up the results of a run and ends it at `now`; one that stands there just so keeps its end.
    ///
    /// Results of one run may end at once: whoever marks last reads all marks, for a version that others wrote
    /// meanwhile is read again.
    pub(crate) async fn finish_run_of(&self, record: &ResultRecord, now: UnixTime) -> Result<(), AppError> {
        let id = &record.judgement.run;
        for _ in 0..MOST_TRIES {
            let Some((run, version)) = self.loaded_run(id).await? else { return Ok(()) };
            let mut summed = self.summed(&run).await?;
            summed.finished = run.finished.or(Some(now));
            if summed == run {
                return Ok(());
            }
            summed.finished = Some(now);
            if self.commit_run(&summed, Some(version)).await? {
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
