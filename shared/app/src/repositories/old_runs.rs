//! Runs that ended long ago, and taking them out.

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};

use super::reports::REPORT_SORT;
use super::runs::RUN_SORT;
use super::scan_runs::{run_key, run_partition, run_pointer};
use super::{BLOB, RunRecord, all_items, position, uncount_report};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Cursor, Item, Key, Query, TableError};

/// Items that one transaction removes; far below what a transaction may hold.
const AT_ONCE: usize = 25;

impl App {
    /// A page of the runs of a site that began and ended before a time, and that need no message any more; oldest first.
    pub(crate) async fn ended_runs(
        &self,
        site: &SiteId,
        before: UnixTime,
        after: Option<Cursor>,
    ) -> Result<(Vec<RunId>, Option<Cursor>), AppError> {
        let operation = || format!("list the old runs of site {site}");
        let range = SortRange::Below(format!("{:012}", before.seconds()));
        let query = Query::partition(format!("RUNS#{site}")).range(range).after(after);
        let page = self.table.query_index(&query).await.during(operation)?;
        let untold = self.untold_runs().await?;
        let mut ended = Vec::new();
        for item in &page.items {
            let run = RunRecord::read(item).during(operation)?;
            let is_over = run.finished.is_some_and(|finished| finished < before);
            if is_over && !untold.contains(&run.id) {
                ended.push(run.id);
            }
        }
        Ok((ended, page.next))
    }

    /// Removes a run with its report, its tasks and its deltas. The run itself goes last: what a crash leaves is found
    /// again.
    pub(crate) async fn remove_run(&self, id: &RunId) -> Result<(), AppError> {
        let operation = || format!("remove run {id}");
        let batches =
            all_items(&*self.table, Query::partition(run_partition(id)), true).await.during(operation)?;
        for name in batches.iter().filter_map(|batch| batch.text(BLOB)) {
            // A batch names its run and its result: no other one has the same bytes. Plans may be shared, and stay.
            let key = name.parse().map_err(|_| AppError::Missing { what: format!("blob {name}") })?;
            self.blobs.delete(&key).await.during(operation)?;
        }
        let own =
            all_items(&*self.table, Query::partition(run_partition(id)), false).await.during(operation)?;
        let run = self.scan_run(id).await?;
        let report = self.report(id).await?;
        // The report goes with the run: it is counted as long as it is there.
        let is_last = |item: &Item| item.key.sort == RUN_SORT || item.key.sort == REPORT_SORT;
        let rest: Vec<Item> = own.into_iter().filter(|item| !is_last(item)).collect();
        for items in batches.chunks(AT_ONCE).chain(rest.chunks(AT_ONCE)) {
            let gone = items.iter().map(|item| Action::delete(item.key.clone())).collect();
            self.table.transact(gone).await.during(operation)?;
        }
        if let Some(report) = &report {
            self.forget_run_in_networks(&report.site, &position(report.finished, id)).await?;
        }
        let pointer = run.map(|run| Action::delete(run_pointer(&run)));
        let mut last: Vec<_> = pointer.into_iter().chain([Action::delete(run_key(id))]).collect();
        if let Some(report) = &report {
            // Of two who remove it, one takes it out of the count.
            let gone = Action::delete(Key::new(run_partition(id), REPORT_SORT)).when(Condition::MustExist);
            last.extend([gone, uncount_report(&report.site)]);
        }
        match self.table.transact(last).await {
            Err(TableError::ConditionFailed { .. }) => Ok(()),
            done => done.during(operation),
        }
    }
}
