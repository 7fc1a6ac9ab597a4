//! Runs that ended long ago, and taking them out.

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};

use super::reports::REPORT_SORT;
use super::runs::RUN_SORT;
use super::scan_runs::{run_key, run_partition, run_pointer};
use super::{BLOB, RunRecord, position, uncount_report};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Cursor, Item, Key, Query, TableError};
use crate::steps::{READ_AT_ONCE, Steps};

/// Some of the runs that ended.
pub(crate) struct EndedRuns {
    /// Oldest first, each with its position.
    pub runs: Vec<(String, RunId)>,
    /// The position behind which the next page begins; `None` when this is the last one.
    pub next: Option<String>,
}

/// What became of a run that was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunRemoval {
    /// It is gone.
    Removed,
    /// Somebody else removed it meanwhile.
    Gone,
    /// There were no steps for all of it, or somebody else was at it: the next call goes on.
    Begun,
}

/// Where a page of the runs of a site ends: a position has the id of its run.
fn behind(site: &SiteId, position: &str) -> Option<Cursor> {
    let (_, id) = position.split_once('#')?;
    let key = run_key(&id.parse().ok()?);
    Some(Cursor { key, index: Some(Key::new(format!("RUNS#{site}"), position)) })
}

impl App {
    /// A page of the runs of a site that began and ended before a time, and that need no message any more, behind a
    /// position.
    pub(crate) async fn ended_runs(
        &self,
        site: &SiteId,
        before: UnixTime,
        after: Option<&str>,
    ) -> Result<EndedRuns, AppError> {
        let operation = || format!("list the old runs of site {site}");
        let range = SortRange::Below(format!("{:012}", before.seconds()));
        let query = Query::partition(format!("RUNS#{site}")).range(range).limit(READ_AT_ONCE);
        let query = query.after(after.and_then(|position| behind(site, position)));
        let page = self.table.query_index(&query).await.during(operation)?;
        let untold = self.untold_runs().await?;
        let mut runs = Vec::new();
        for item in &page.items {
            let run = RunRecord::read(item).during(operation)?;
            let is_over = run.finished.is_some_and(|finished| finished < before);
            if is_over && !untold.contains(&run.id) {
                let position = item.index.as_ref().map(|index| index.sort.clone()).unwrap_or_default();
                runs.push((position, run.id));
            }
        }
        let next = page.next.and_then(|next| next.index).map(|index| index.sort);
        Ok(EndedRuns { runs, next })
    }

    /// Removes a run with its report, its tasks and its deltas. The run itself goes last: what a crash leaves, and what
    /// there were no steps for, is found again.
    pub(crate) async fn remove_run(&self, id: &RunId, steps: &mut Steps<'_>) -> Result<RunRemoval, AppError> {
        let operation = || format!("remove run {id}");
        if !self.remove_batches_of(id, steps).await? || !self.remove_parts_of(id, steps).await? {
            return Ok(RunRemoval::Begun);
        }
        let run = self.scan_run(id).await?;
        let report = self.report(id).await?;
        if let Some(report) = &report {
            self.forget_run_in_networks(&report.site, &position(report.finished, id)).await?;
        }
        // Of two who remove it, one does, and takes its report out of the count.
        let gone = Action::delete(run_key(id)).when(Condition::MustExist);
        let pointer = run.map(|run| Action::delete(run_pointer(&run)));
        let mut last: Vec<_> = pointer.into_iter().chain([gone]).collect();
        if let Some(report) = &report {
            let gone = Action::delete(Key::new(run_partition(id), REPORT_SORT)).when(Condition::MustExist);
            last.extend([gone, uncount_report(&report.site)]);
        }
        steps.take(1);
        match self.table.transact(last).await {
            Ok(()) => Ok(RunRemoval::Removed),
            Err(TableError::ConditionFailed { .. }) => Ok(RunRemoval::Gone),
            Err(TableError::Conflict) => Ok(RunRemoval::Begun),
            Err(error) => Err(error).during(operation),
        }
    }

    /// Removes the deltas of a run with their blobs; `false` where it did not come to all of them.
    async fn remove_batches_of(&self, id: &RunId, steps: &mut Steps<'_>) -> Result<bool, AppError> {
        let operation = || format!("remove the deltas of run {id}");
        let mut query = Query::partition(run_partition(id)).limit(READ_AT_ONCE);
        loop {
            let page = self.table.query_index(&query).await.during(operation)?;
            for name in page.items.iter().filter_map(|batch| batch.text(BLOB)) {
                // A batch names its run and its result: no other one has the same bytes. Plans may be shared, and stay.
                let key = name.parse().map_err(|_| AppError::Missing { what: format!("blob {name}") })?;
                self.blobs.delete(&key).await.during(operation)?;
                steps.take(1);
            }
            let is_gone = self.remove_items(page.items.iter(), steps).await.during(operation)?;
            let Some(next) = page.next else { return Ok(is_gone) };
            if !is_gone || !steps.any() {
                return Ok(false);
            }
            query = query.after(Some(next));
        }
    }

    /// Removes the tasks of a run, and all else of it but its report, which is counted as long as it is there, and itself;
    /// `false` where it did not come to all of that.
    async fn remove_parts_of(&self, id: &RunId, steps: &mut Steps<'_>) -> Result<bool, AppError> {
        let operation = || format!("remove the tasks of run {id}");
        let mut query = Query::partition(run_partition(id)).limit(READ_AT_ONCE);
        loop {
            let page = self.table.query(&query).await.during(operation)?;
            let is_last = |item: &&Item| item.key.sort == RUN_SORT || item.key.sort == REPORT_SORT;
            let rest = page.items.iter().filter(|item| !is_last(item));
            let is_gone = self.remove_items(rest, steps).await.during(operation)?;
            let Some(next) = page.next else { return Ok(is_gone) };
            if !is_gone || !steps.any() {
                return Ok(false);
            }
            query = query.after(Some(next));
        }
    }

    /// Removes the items of a page in one transaction; `false` where somebody else was at them.
    async fn remove_items<'a>(
        &self,
        items: impl Iterator<Item = &'a Item>,
        steps: &mut Steps<'_>,
    ) -> Result<bool, TableError> {
        let gone: Vec<_> = items.map(|item| Action::delete(item.key.clone())).collect();
        steps.take(2);
        match self.table.transact(gone).await {
            Ok(()) => Ok(true),
            Err(TableError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
