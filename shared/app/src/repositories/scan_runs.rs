//! Runs of saved scans: a small record under a lock, an immutable plan, and what points to them.

use std::collections::BTreeMap;

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::reconcile::Tally;
use portdelta_core::run::{CloseReason, RunMachine, RunOutcome, RunPhase};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::runs::{RUN_SORT, run_index};
use super::version::{LOCK, at_version};
use super::{RunRecord, RunState, all_items};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Query, TableError};
use crate::stored::{pack, unpack};
use crate::work::Due;

/// The format of runs of scans; 1 is that of imports.
pub(super) const VERSION: u8 = 2;
const SLOT_VERSION: u8 = 1;
/// 1 while marks count towards the run, else 0.
pub(crate) const OPEN: &str = "open";

/// A run of a saved scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRun {
    /// Its id.
    pub id: RunId,
    /// The scan.
    pub scan: String,
    /// The scan's name when the run was made.
    pub scan_name: String,
    /// Where it runs.
    pub site: SiteId,
    /// Why it was due.
    pub due: Due,
    /// When it was made.
    pub created: UnixTime,
    /// When its first tasks were sent; `None` while it waits for another run.
    pub began: Option<UnixTime>,
    /// Its results must be there by then; counted from when it began.
    pub deadline: Option<UnixTime>,
    /// How long it may take.
    pub deadline_minutes: u32,
    /// How far it is.
    pub machine: RunMachine,
    /// When this was written last.
    pub touched: UnixTime,
    /// When nothing was waited for any more.
    pub closed: Option<UnixTime>,
    /// When its report was written.
    pub finished: Option<UnixTime>,
    /// The run that took its place.
    pub replaced_by: Option<RunId>,
    /// What its report counts, once it is written.
    pub totals: Option<RunTotals>,
}

/// What a report counts, for lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTotals {
    /// Changes by the name of their kind, first looks and late results left out.
    pub changes: BTreeMap<String, u64>,
    /// Up or open before and now.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// How much of what was asked was covered, 0 to 100; 100 only if all of it was.
    pub coverage_percent: u8,
    /// How many warnings the report has.
    pub warnings: u64,
}

/// Which runs of a scan go on at a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// The one that is being worked on.
    pub current: Option<RunId>,
    /// The one that comes next.
    pub waiting: Option<RunId>,
}

impl Slot {
    /// The slot with this content, unless it was changed since `version`; `None` where there was none.
    pub fn action(&self, scan: &str, site: &SiteId, version: Option<i64>) -> Result<Action, AppError> {
        let bytes = pack(SLOT_VERSION, self).during(|| format!("store which runs of scan {scan} go on"))?;
        let item = Item::new(slot_key(scan, site), bytes).with(LOCK, version.unwrap_or(0) + 1);
        Ok(Action::put(item).when(Self::unchanged(version)))
    }

    /// Checks that it was not changed since `version`.
    pub fn check(scan: &str, site: &SiteId, version: Option<i64>) -> Action {
        Action::check(slot_key(scan, site), Self::unchanged(version))
    }

    fn unchanged(version: Option<i64>) -> Condition {
        at_version(version)
    }
}

/// The id of the run that is due: the same question gives the same run, however often it is asked.
pub(crate) fn run_id(scan: &str, site: &SiteId, due: &Due) -> Result<RunId, AppError> {
    let mut hash = Sha256::new();
    for part in [scan.as_bytes(), site.as_str().as_bytes()] {
        hash.update(part);
        hash.update([0]);
    }
    let digits = |hash: Sha256, count: usize| -> String {
        hash.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).take(count).map(hexadecimal).collect()
    };
    let text = match due {
        Due::At(time) => {
            hash.update(time.seconds().to_be_bytes());
            let stamp = jiff::Timestamp::from_second(time.seconds()).unwrap_or_default();
            format!("{}-{}", stamp.strftime("%Y%m%dt%H%M%S"), digits(hash, 12))
        }
        Due::Now(key) => {
            hash.update(key.as_bytes());
            format!("now-{}", digits(hash, 24))
        }
    };
    text.parse().map_err(|_| AppError::Unknown { what: format!("run {text}") })
}

fn hexadecimal(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0')
}

pub(crate) fn run_partition(id: &RunId) -> String {
    format!("RUN#{id}")
}

pub(crate) fn run_key(id: &RunId) -> Key {
    Key::new(run_partition(id), RUN_SORT)
}

/// Where a scan lists the run.
pub(super) fn run_pointer(run: &ScanRun) -> Key {
    Key::new(format!("SCAN#{}", run.scan), format!("RUN#{:012}#{}", run.created.seconds(), run.id))
}

fn slot_key(scan: &str, site: &SiteId) -> Key {
    Key::new(format!("SCAN#{scan}"), format!("ACTIVE#{site}"))
}

/// When a run of a scan last ended at a site.
fn ended_key(scan: &str, site: &SiteId) -> Key {
    Key::new(format!("SCAN#{scan}"), format!("ENDED#{site}"))
}

fn open_key(id: &RunId) -> Key {
    Key::new("OPEN", id.as_str())
}

pub(crate) fn untold_key(id: &RunId) -> Key {
    Key::new("UNTOLD", id.as_str())
}

impl ScanRun {
    /// As lists of all runs show it.
    #[must_use]
    pub fn record(&self) -> RunRecord {
        let totals = self.totals.clone().unwrap_or_default();
        let state = match self.machine.phase {
            RunPhase::Finished(_, RunOutcome::Complete) => RunState::Complete,
            RunPhase::Finished(_, RunOutcome::Partial) => RunState::Partial,
            RunPhase::Finished(_, RunOutcome::Cancelled) => RunState::Cancelled,
            RunPhase::Finished(_, RunOutcome::Expired) => RunState::Expired,
            _ => RunState::Running,
        };
        RunRecord {
            id: self.id.clone(),
            site: self.site.clone(),
            title: format!("scan {}", self.scan_name),
            started: self.began.unwrap_or(self.created),
            finished: self.finished,
            state,
            results: Vec::new(),
            unchanged: totals.unchanged,
            first_looks: totals.first_looks,
            superseded: totals.superseded,
            changes: totals.changes,
            warnings: Vec::new(),
            of_scan: Some((self.scan.clone(), self.due.clone())),
        }
    }

    /// Notes that it ended.
    pub(crate) fn ended(&self, now: UnixTime) -> Action {
        let item = Item::new(ended_key(&self.scan, &self.site), Vec::new());
        Action::put(item.with("at", now.seconds()))
    }

    /// Whether it waits for another run of its scan.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.machine.phase == RunPhase::Planned && self.began.is_none()
    }

    /// Whether its results are not applied any more.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.machine.closed() == Some(CloseReason::Cancelled)
    }

    fn item(&self, version: i64) -> Result<Item, AppError> {
        let bytes = pack(VERSION, self).during(|| format!("store run {}", self.id))?;
        let item = Item::new(run_key(&self.id), bytes).with(LOCK, version);
        Ok(item.with(OPEN, i64::from(self.machine.is_open())).indexed(run_index(
            &self.site,
            self.created,
            &self.id,
        )))
    }
}

impl App {
    /// A run of a scan, and the version that [`App::commit_scan_run`] wants; `None` where there is none, or it is
    /// an import's.
    pub(crate) async fn loaded_scan_run(&self, id: &RunId) -> Result<Option<(ScanRun, i64)>, AppError> {
        let operation = || format!("read run {id}");
        let item = self.table.get(&run_key(id)).await.during(operation)?;
        let Some(item) = item.filter(|item| crate::stored::version_of(&item.value) != 1) else {
            return Ok(None);
        };
        let run = unpack("run", VERSION, &item.value).during(operation)?;
        Ok(Some((run, item.number(LOCK).unwrap_or(0))))
    }

    /// A run of a scan by its id.
    pub async fn scan_run(&self, id: &RunId) -> Result<Option<ScanRun>, AppError> {
        Ok(self.loaded_scan_run(id).await?.map(|(run, _)| run))
    }

    /// Makes a run with all that belongs to it, or nothing; `false` where the run is there or the slot changed.
    pub(crate) async fn create_scan_run(
        &self,
        run: &ScanRun,
        plan: Item,
        (slot, slot_version): (&Slot, Option<i64>),
    ) -> Result<bool, AppError> {
        let actions = vec![
            Action::put(run.item(1)?).when(Condition::MustNotExist),
            Action::put(plan).when(Condition::MustNotExist),
            Action::put(Item::new(open_key(&run.id), Vec::new())),
            Action::put(Item::new(run_pointer(run), Vec::new()).with("run", run.id.as_str())),
            slot.action(&run.scan, &run.site, slot_version)?,
        ];
        self.all_or_nothing(actions, || format!("make run {}", run.id)).await
    }

    /// Stores a run unless somebody else wrote it since `version` was read: then `false`, and nothing is done.
    pub(crate) async fn commit_scan_run(
        &self,
        run: &ScanRun,
        version: i64,
        more: Vec<Action>,
    ) -> Result<bool, AppError> {
        let mut actions = vec![Action::put(run.item(version + 1)?).when(Condition::equals(LOCK, version))];
        if run.machine.outcome().is_some() {
            actions.push(Action::delete(open_key(&run.id)));
        }
        actions.extend(more);
        self.all_or_nothing(actions, || format!("store run {}", run.id)).await
    }

    /// The actions that free the place of a finished run for the one that waits.
    pub(crate) async fn leave_slot(&self, run: &ScanRun) -> Result<Vec<Action>, AppError> {
        let (mut slot, version) = self.slot(&run.scan, &run.site).await?;
        if slot.current.as_ref() == Some(&run.id) {
            slot.current = slot.waiting.take();
        } else if slot.waiting.as_ref() == Some(&run.id) {
            slot.waiting = None;
        } else {
            return Ok(Vec::new());
        }
        Ok(vec![slot.action(&run.scan, &run.site, version)?])
    }

    /// When a run of a scan last ended at a site; all of its results are from no later second.
    pub(crate) async fn last_end(&self, scan: &str, site: &SiteId) -> Result<Option<UnixTime>, AppError> {
        let operation = || format!("read when a run of scan {scan} last ended");
        let item = self.table.get(&ended_key(scan, site)).await.during(operation)?;
        Ok(item.and_then(|item| item.number("at")).and_then(UnixTime::from_seconds))
    }

    /// Which runs of a scan go on at a site.
    pub(crate) async fn slot(&self, scan: &str, site: &SiteId) -> Result<(Slot, Option<i64>), AppError> {
        let operation = || format!("read which runs of scan {scan} go on");
        let Some(item) = self.table.get(&slot_key(scan, site)).await.during(operation)? else {
            return Ok((Slot::default(), None));
        };
        Ok((unpack("slot", SLOT_VERSION, &item.value).during(operation)?, item.number(LOCK)))
    }

    /// The runs whose reports are not written yet, by id.
    pub async fn open_runs(&self) -> Result<Vec<RunId>, AppError> {
        self.ids_in("OPEN").await
    }

    /// The finished runs that nobody was told of yet, by id.
    pub async fn untold_runs(&self) -> Result<Vec<RunId>, AppError> {
        self.ids_in("UNTOLD").await
    }

    /// Whether nobody was told of a finished run yet.
    pub(crate) async fn is_untold(&self, id: &RunId) -> Result<bool, AppError> {
        let item = self.table.get(&untold_key(id)).await;
        Ok(item.during(|| format!("read whether run {id} was told of"))?.is_some())
    }

    /// Notes that a finished run was told of; [`Service::sweep`](crate::Service::sweep) sends its message again until
    /// then.
    pub async fn run_was_told(&self, id: &RunId) -> Result<(), AppError> {
        let gone = vec![Action::delete(untold_key(id))];
        self.table.transact(gone).await.during(|| format!("note that run {id} was told of"))
    }

    async fn ids_in(&self, partition: &'static str) -> Result<Vec<RunId>, AppError> {
        let operation = || format!("list {} runs", partition.to_lowercase());
        let items = all_items(&*self.table, Query::partition(partition), false).await.during(operation)?;
        Ok(items.iter().filter_map(|item| item.key.sort.parse().ok()).collect())
    }

    /// Which of these runs nobody wants results of any more.
    pub async fn unwanted_runs(&self, runs: &[RunId]) -> Result<Vec<RunId>, AppError> {
        let mut unwanted = Vec::new();
        for id in runs {
            let run = self.scan_run(id).await?;
            let wanted = run.is_some_and(|run| run.machine.is_open());
            if !wanted && !unwanted.contains(id) {
                unwanted.push(id.clone());
            }
        }
        Ok(unwanted)
    }

    /// Does all of the actions; `false`, and nothing is done, where a condition does not hold.
    pub(crate) async fn all_or_nothing(
        &self,
        actions: Vec<Action>,
        operation: impl Fn() -> String,
    ) -> Result<bool, AppError> {
        match self.table.transact(actions).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(operation),
        }
    }
}

/// Whether it can be read.
pub(crate) fn check_slot(item: &Item) -> Result<(), crate::stored::StoredError> {
    unpack::<Slot>("slot", SLOT_VERSION, &item.value).map(drop)
}

/// A run that goes on as one whose time is over at `now`, so that whoever has it next ends it with what it has; `None`
/// for any other.
pub(crate) fn out_of_time(item: &Item, now: UnixTime) -> Result<Option<Item>, AppError> {
    let operation = || format!("read {}", item.key);
    if item.key.sort != RUN_SORT || crate::stored::version_of(&item.value) == 1 {
        return Ok(None);
    }
    let run: ScanRun = unpack("run", VERSION, &item.value).during(operation)?;
    if !run.machine.is_open() {
        return Ok(None);
    }
    let deadline = Some(run.deadline.map_or(now, |deadline| deadline.min(now)));
    ScanRun { deadline, ..run }.item(item.number(LOCK).unwrap_or(0)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_scan_site_and_time() {
        let site: SiteId = "office".parse().expect("an id");
        let id = |scan: &str, due: Due| run_id(scan, &site, &due).expect("an id").to_string();
        let time = Due::At(UnixTime::EPOCH.shifted(1_767_225_600));
        assert!(id("s", time.clone()).starts_with("20260101t000000-"), "{}", id("s", time.clone()));
        assert_eq!(id("s", time.clone()), id("s", time.clone()));
        assert_ne!(id("s", time.clone()), id("t", time));
        assert_eq!(id("s", Due::Now("k".to_owned())).len(), 28);
        assert_ne!(id("s", Due::Now("k".to_owned())), id("s", Due::Now("l".to_owned())));
    }
}
