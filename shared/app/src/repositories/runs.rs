//! Runs: one execution of a scan at one site, or one import.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use portdelta_core::ids::{ResultId, RunId, SiteId};
use portdelta_core::reconcile::Tally;
use serde::{Deserialize, Serialize};

use super::all_items;
use super::scan_runs::{self, ScanRun};
use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Cursor, Item, Key, Query, TableError};
use crate::stored::{StoredError, pack, unpack, version_of};
use crate::work::Due;

/// The format of imports and scans of the command line; runs of saved scans are [`ScanRun`]s.
const VERSION: u8 = 1;
/// The sort key of a run.
pub(super) const RUN_SORT: &str = "RUN";

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Begun, and its report is not written yet.
    Running,
    /// All that was asked was covered.
    Complete,
    /// Something was applied, not all covered.
    Partial,
    /// Nothing was applied.
    Expired,
    /// Somebody cancelled it.
    Cancelled,
}

impl RunState {
    /// `running`, `complete`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One run, with what its report counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// Its site.
    pub site: SiteId,
    /// What ran, for people: `scan 192.0.2.0/24`, `import office.xml`.
    pub title: String,
    /// When it began.
    pub started: UnixTime,
    /// When its report was written.
    pub finished: Option<UnixTime>,
    /// How far it is.
    pub state: RunState,
    /// Its results.
    pub results: Vec<ResultId>,
    /// Up or open before and now, covered both times, without a delta.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// Changes by the name of their kind.
    pub changes: BTreeMap<String, u64>,
    /// (code, message).
    pub warnings: Vec<(String, String)>,
    /// The saved scan that it is of, and why it was due; `None` for imports and scans of the command line, of which this
    /// is stored.
    #[serde(skip)]
    pub of_scan: Option<(String, Due)>,
}

/// A stretch of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunPage {
    /// Newest first, by when they were made.
    pub runs: Vec<RunRecord>,
    /// Where a page ends that ends with one of them, in the same order.
    pub ends: Vec<Cursor>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

impl RunRecord {
    /// A run that begins.
    #[must_use]
    pub fn begun(id: RunId, site: SiteId, title: String, started: UnixTime) -> Self {
        Self {
            id,
            site,
            title,
            started,
            finished: None,
            state: RunState::Running,
            results: Vec::new(),
            unchanged: Tally::default(),
            first_looks: Tally::default(),
            superseded: Tally::default(),
            changes: BTreeMap::new(),
            warnings: Vec::new(),
            of_scan: None,
        }
    }

    fn key(id: &RunId) -> Key {
        Key::new(format!("RUN#{id}"), RUN_SORT)
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        if version_of(&item.value) == VERSION {
            return unpack("run", VERSION, &item.value);
        }
        unpack("run", scan_runs::VERSION, &item.value).map(|run: ScanRun| run.record())
    }
}

/// The place of a run in the list of its site.
pub(super) fn run_index(site: &SiteId, started: UnixTime, id: &RunId) -> Key {
    Key::new(format!("RUNS#{site}"), format!("{:012}#{id}", started.seconds()))
}

impl App {
    /// Stores a run as it is now, unless somebody else wrote it since `version` was read: then `false`.
    ///
    /// `version` is `None` where there was no such run.
    ///
    /// `more` is done with it, or not at all.
    pub(crate) async fn commit_run(
        &self,
        run: &RunRecord,
        version: Option<i64>,
        more: Vec<Action>,
    ) -> Result<bool, AppError> {
        let operation = || format!("store run {}", run.id);
        let index = run_index(&run.site, run.started, &run.id);
        let item = Item::new(RunRecord::key(&run.id), pack(VERSION, run).during(operation)?)
            .with(LOCK, version.unwrap_or(0) + 1)
            .indexed(index);
        let unchanged = at_version(version);
        let mut actions = vec![Action::put(item).when(unchanged)];
        actions.extend(more);
        match self.table.transact(actions).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(operation),
        }
    }

    /// A run by its id, one of a saved scan too.
    pub async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, AppError> {
        let operation = || format!("read run {id}");
        let item = self.table.get(&RunRecord::key(id)).await.during(operation)?;
        item.map(|item| RunRecord::read(&item).during(operation)).transpose()
    }

    /// An import's run, and the version that [`App::commit_run`] wants.
    pub(crate) async fn loaded_run(&self, id: &RunId) -> Result<Option<(RunRecord, i64)>, AppError> {
        let operation = || format!("read run {id}");
        let Some(item) = self.table.get(&RunRecord::key(id)).await.during(operation)? else {
            return Ok(None);
        };
        if version_of(&item.value) == scan_runs::VERSION {
            return Err(AppError::Exists { what: format!("run {id} of a saved scan") });
        }
        let run = unpack("run", VERSION, &item.value).during(operation)?;
        Ok(Some((run, item.number(LOCK).unwrap_or(0))))
    }

    /// The runs of a site, newest first.
    pub async fn runs(
        &self,
        site: &SiteId,
        limit: Option<NonZeroUsize>,
        after: Option<Cursor>,
    ) -> Result<RunPage, AppError> {
        let operation = || format!("list the runs of site {site}");
        let mut query = Query::partition(format!("RUNS#{site}")).backward().after(after);
        query.limit = limit;
        let page = self.table.query_index(&query).await.during(operation)?;
        let runs = page.items.iter().map(|item| RunRecord::read(item).during(operation));
        let ends = page.items.iter().map(|item| Cursor { key: item.key.clone(), index: item.index.clone() });
        Ok(RunPage { runs: runs.collect::<Result<_, _>>()?, ends: ends.collect(), next: page.next })
    }

    /// The runs of a site that were made since then, oldest first.
    pub(crate) async fn runs_since(
        &self,
        site: &SiteId,
        since: UnixTime,
    ) -> Result<Vec<RunRecord>, AppError> {
        let operation = || format!("list the runs of site {site}");
        let range = SortRange::AtLeast(format!("{:012}", since.seconds()));
        let query = Query::partition(format!("RUNS#{site}")).range(range);
        let items = all_items(&*self.table, query, true).await.during(operation)?;
        items.iter().map(|item| RunRecord::read(item).during(operation)).collect()
    }

    /// A page of the runs of a site below a position, newest first, each with its position.
    pub(crate) async fn runs_below(
        &self,
        site: &SiteId,
        below: Option<&str>,
        after: Option<Cursor>,
    ) -> Result<(Vec<(String, RunRecord)>, Option<Cursor>), AppError> {
        let operation = || format!("list the runs of site {site}");
        let mut query = Query::partition(format!("RUNS#{site}")).backward().after(after);
        if let Some(below) = below {
            query = query.range(SortRange::Below(below.to_owned()));
        }
        let page = self.table.query_index(&query).await.during(operation)?;
        let mut runs = Vec::new();
        for item in &page.items {
            let position = item.index.as_ref().map(|index| index.sort.clone()).unwrap_or_default();
            runs.push((position, RunRecord::read(item).during(operation)?));
        }
        Ok((runs, page.next))
    }
}
