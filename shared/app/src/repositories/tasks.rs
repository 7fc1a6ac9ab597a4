//! What became of the tasks of a run: marks, counters, and who has or refused them.

use std::collections::BTreeMap;

use portdelta_core::ids::{Order, ResultId, RunId};
use portdelta_core::reconcile::Tally;
use portdelta_core::run::TaskCounts;
use portdelta_core::{Block, UnixTime};
use portdelta_protocol::agent::task_key;
use serde::{Deserialize, Serialize};

use super::scan_runs::{OPEN, run_key, run_partition};
use super::version::LOCK;
use super::{ResultRecord, ResultStatus, all_items};
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Condition, Cursor, Item, Key, Query};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;

/// Counters of a run are spread over so many items, as many agents may finish at once.
const SHARDS: u32 = 8;

/// The number of a task that was put off.
const TASK: &str = "task";

/// So many items are removed at once.
const MOST_ACTIONS: usize = 50;

/// Warnings that a mark keeps.
const MOST_WARNINGS: usize = 20;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskEnd {
    /// Covered as asked.
    Complete,
    /// Some of it is covered, or none.
    Partial,
    /// No agent of the site may or can do it.
    Unscannable,
}

impl TaskEnd {
    fn counter(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Unscannable => "unscannable",
        }
    }
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskMark {
    /// Its number.
    pub task: u32,
    /// How it ended.
    pub end: TaskEnd,
    /// When the mark was written last.
    pub at: UnixTime,
    /// The agent whose result decided.
    pub agent: Option<String>,
    /// All results, the one that decided too.
    pub results: Vec<ResultId>,
    /// Where the deltas of all results are.
    pub batches: Vec<(Block, Order)>,
    /// Changes of all results by the name of their kind, first looks left out.
    pub changes: BTreeMap<String, u64>,
    /// Seen where nothing had looked before, by all results.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// Up or open before and now, of the result that decided.
    pub unchanged: Tally,
    /// Addresses that the result that decided is evidence about.
    pub covered: u64,
    /// (code, message) of the result that decided.
    pub warnings: Vec<(String, String)>,
    /// Why no agent could scan it: (agent, code, message).
    pub reasons: Vec<(String, String, String)>,
}

/// Who began a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// The agent.
    pub agent: String,
    /// When it first began; what it says about earlier times is corrected to this.
    pub first: UnixTime,
    /// When it last began.
    pub last: UnixTime,
}

/// Who will never do a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRefusal {
    /// The task.
    pub task: u32,
    /// The agent.
    pub agent: String,
    /// Stable: `target_not_allowed`, `needs_root`, ...
    pub code: String,
    /// A sentence.
    pub message: String,
    /// When.
    pub at: UnixTime,
}

/// What became of an attempt to mark a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marked {
    /// It counts towards its run.
    Counted,
    /// The run was closed before: it stands beside its report.
    Late,
    /// It had been marked so before.
    Before,
}

impl TaskMark {
    /// A mark that says nothing yet.
    #[must_use]
    pub fn of(task: u32, end: TaskEnd, at: UnixTime) -> Self {
        Self {
            task,
            end,
            at,
            agent: None,
            results: Vec::new(),
            batches: Vec::new(),
            changes: BTreeMap::new(),
            first_looks: Tally::default(),
            superseded: Tally::default(),
            unchanged: Tally::default(),
            covered: 0,
            warnings: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// This mark with what another result of the same task says: deltas of both stand, and the better one decides.
    fn joined(self, other: Self) -> Self {
        let rank = |end| match end {
            TaskEnd::Complete => 2,
            TaskEnd::Partial => 1,
            TaskEnd::Unscannable => 0,
        };
        let better = (rank(other.end), other.covered) > (rank(self.end), self.covered);
        let (mut kept, added) = if better { (other, self) } else { (self, other) };
        // In the order in which they came, whichever decided.
        let (first, second) = if better { (&added, &kept) } else { (&kept, &added) };
        let results = first.results.iter().chain(&second.results).copied().collect();
        let batches = first.batches.iter().chain(&second.batches).copied().collect();
        kept.results = results;
        kept.batches = batches;
        for (kind, count) in added.changes {
            *kept.changes.entry(kind).or_default() += count;
        }
        kept.first_looks += added.first_looks;
        kept.superseded += added.superseded;
        kept
    }

    fn read(item: &Item) -> Result<Self, StoredError> {
        unpack("task mark", VERSION, &item.value)
    }
}

fn mark_key(run: &RunId, task: u32) -> Key {
    Key::new(run_partition(run), format!("TASK#{}", task_key(task)))
}

/// Where a page of the marks of a run ends that ends with this task.
pub(crate) fn cursor_behind_task(run: &RunId, task: u32) -> Cursor {
    Cursor { key: mark_key(run, task), index: None }
}

fn lent_key(run: &RunId, task: u32, agent: &str) -> Key {
    Key::new(run_partition(run), format!("LENT#{}#{agent}", task_key(task)))
}

fn put_off_key(run: &RunId, task: u32) -> Key {
    Key::new(run_partition(run), format!("PUTOFF#{}", task_key(task)))
}

fn refused_prefix(task: u32) -> String {
    format!("REFUSED#{}#", task_key(task))
}

impl App {
    /// Marks a task, once for each result: the mark, its counter and the end of the result's record are one
    /// transaction, and a run that was closed meanwhile does not change.
    pub(crate) async fn mark_task(
        &self,
        run: &RunId,
        mark: TaskMark,
        record: Option<&ResultRecord>,
    ) -> Result<Marked, AppError> {
        let operation = || format!("mark task {} of run {run}", task_key(mark.task));
        let mark = TaskMark { warnings: mark.warnings.iter().take(MOST_WARNINGS).cloned().collect(), ..mark };
        for _ in 0..MOST_TRIES {
            if let Some(record) = record {
                let known = self.result(&record.site, record.id).await?;
                if known.is_some_and(|known| known.status != ResultStatus::Stored) {
                    return Ok(Marked::Before);
                }
            }
            let mut actions = Vec::new();
            if let Some(record) = record {
                actions.push(record.mark_action()?);
            }
            let state = self.table.get(&run_key(run)).await.during(operation)?;
            let is_open = state.is_some_and(|item| item.number(OPEN) == Some(1));
            if is_open {
                let Some(counted) = self.counted_actions(run, mark.clone()).await? else {
                    return Ok(Marked::Before);
                };
                actions.extend(counted);
                actions.push(Action::check(run_key(run), Condition::equals(OPEN, 1)));
            } else if let Some(record) = record {
                let key = Key::new(run_partition(run), format!("LATE#{}#{}", task_key(mark.task), record.id));
                let item = Item::new(key, pack(VERSION, &mark).during(operation)?);
                actions.push(Action::put(item).when(Condition::MustNotExist));
            } else {
                return Ok(Marked::Before);
            }
            if self.all_or_nothing(actions, operation).await? {
                return Ok(if is_open { Marked::Counted } else { Marked::Late });
            }
        }
        Err(AppError::Contended {
            what: format!("task {} of run {run}", task_key(mark.task)),
            tries: MOST_TRIES,
        })
    }

    /// The mark that a new one gives with what is there, and what it counts; `None` where it says nothing new.
    async fn counted_actions(&self, run: &RunId, mark: TaskMark) -> Result<Option<Vec<Action>>, AppError> {
        let operation = || format!("mark task {} of run {run}", task_key(mark.task));
        let key = mark_key(run, mark.task);
        let counter = |end: TaskEnd, by| {
            let name = format!("COUNT#{}-{}", mark.task % SHARDS, end.counter());
            Action::add(Key::new(run_partition(run), name), end.counter(), by)
        };
        let known = self.table.get(&key).await.during(operation)?;
        let Some(item) = known else {
            let item = Item::new(key, pack(VERSION, &mark).during(operation)?).with(LOCK, 1);
            return Ok(Some(vec![Action::put(item).when(Condition::MustNotExist), counter(mark.end, 1)]));
        };
        let known = TaskMark::read(&item).during(operation)?;
        if mark.end == TaskEnd::Unscannable
            || mark.results.iter().all(|result| known.results.contains(result))
        {
            return Ok(None);
        }
        let version = item.number(LOCK).unwrap_or(0);
        let before = known.end;
        let joined = known.joined(mark.clone());
        let bytes = pack(VERSION, &joined).during(operation)?;
        let item = Item::new(key, bytes).with(LOCK, version + 1);
        let mut actions = vec![Action::put(item).when(Condition::equals(LOCK, version))];
        if joined.end != before {
            actions.extend([counter(joined.end, 1), counter(before, -1)]);
        }
        Ok(Some(actions))
    }

    /// How many tasks of a run have ended.
    pub async fn task_counts(&self, run: &RunId) -> Result<TaskCounts, AppError> {
        let query = Query::partition(run_partition(run)).prefix("COUNT#");
        let items = all_items(&*self.table, query, false).await;
        let items = items.during(|| format!("count the tasks of run {run}"))?;
        let sum = |end: TaskEnd| {
            let sum: i64 = items.iter().filter_map(|item| item.number(end.counter())).sum();
            u32::try_from(sum).unwrap_or(0)
        };
        Ok(TaskCounts {
            complete: sum(TaskEnd::Complete),
            partial: sum(TaskEnd::Partial),
            unscannable: sum(TaskEnd::Unscannable),
        })
    }

    /// The mark of a task.
    pub async fn task_mark(&self, run: &RunId, task: u32) -> Result<Option<TaskMark>, AppError> {
        let operation = || format!("read task {} of run {run}", task_key(task));
        let item = self.table.get(&mark_key(run, task)).await.during(operation)?;
        item.map(|item| TaskMark::read(&item).during(operation)).transpose()
    }

    /// A page of the marks of a run by task.
    pub async fn task_marks(
        &self,
        run: &RunId,
        after: Option<Cursor>,
    ) -> Result<(Vec<TaskMark>, Option<Cursor>), AppError> {
        self.marks_page(run, "TASK#", after).await
    }

    /// What came after the run was closed, by task.
    pub async fn late_marks(&self, run: &RunId) -> Result<Vec<TaskMark>, AppError> {
        let (mut marks, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = self.marks_page(run, "LATE#", after).await?;
            marks.extend(page);
            if next.is_none() {
                return Ok(marks);
            }
            after = next;
        }
    }

    async fn marks_page(
        &self,
        run: &RunId,
        prefix: &str,
        after: Option<Cursor>,
    ) -> Result<(Vec<TaskMark>, Option<Cursor>), AppError> {
        let operation = || format!("read the tasks of run {run}");
        let query = Query::partition(run_partition(run)).prefix(prefix).after(after);
        let page = self.table.query(&query).await.during(operation)?;
        let marks: Result<Vec<_>, AppError> =
            page.items.iter().map(|item| TaskMark::read(item).during(operation)).collect();
        Ok((marks?, page.next))
    }

    /// Notes that an agent begins a task.
    pub(crate) async fn lend_task(&self, run: &RunId, task: u32, agent: &str) -> Result<(), AppError> {
        let operation = || format!("lend task {} of run {run}", task_key(task));
        let now = self.clock.now();
        let first = self.lent(run, task, agent).await?.map_or(now, |lent| lent.first.min(now));
        let lent = Lent { agent: agent.to_owned(), first, last: now };
        let item = Item::new(lent_key(run, task, agent), pack(VERSION, &lent).during(operation)?);
        self.table.transact(vec![Action::put(item)]).await.during(operation)
    }

    /// When an agent began a task; `None` where it never did.
    pub async fn lent(&self, run: &RunId, task: u32, agent: &str) -> Result<Option<Lent>, AppError> {
        let operation = || format!("read who has task {} of run {run}", task_key(task));
        let item = self.table.get(&lent_key(run, task, agent)).await.during(operation)?;
        item.map(|item| unpack("lent mark", VERSION, &item.value).during(operation)).transpose()
    }

    /// Who began a task, by agent.
    pub async fn lent_to(&self, run: &RunId, task: u32) -> Result<Vec<Lent>, AppError> {
        let operation = || format!("read who has task {} of run {run}", task_key(task));
        let query = Query::partition(run_partition(run)).prefix(format!("LENT#{}#", task_key(task)));
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        items.iter().map(|item| unpack("lent mark", VERSION, &item.value).during(operation)).collect()
    }

    /// Notes that a task waits for the end of a blackout window.
    pub(crate) async fn put_off_task(&self, run: &RunId, task: u32) -> Result<(), AppError> {
        let operation = || format!("put off task {} of run {run}", task_key(task));
        let item = Item::new(put_off_key(run, task), Vec::new()).with(TASK, i64::from(task));
        self.table.transact(vec![Action::put(item)]).await.during(operation)
    }

    /// The tasks of a run that wait for the end of a blackout window, ascending.
    pub(crate) async fn put_off_tasks(&self, run: &RunId) -> Result<Vec<u32>, AppError> {
        let query = Query::partition(run_partition(run)).prefix("PUTOFF#");
        let items = all_items(&*self.table, query, false).await;
        let items = items.during(|| format!("list tasks of run {run} that were put off"))?;
        Ok(items.iter().filter_map(|item| u32::try_from(item.number(TASK)?).ok()).collect())
    }

    /// They were sent again, or are done.
    pub(crate) async fn forget_put_off(&self, run: &RunId, tasks: &[u32]) -> Result<(), AppError> {
        for some in tasks.chunks(MOST_ACTIONS) {
            let gone = some.iter().map(|task| Action::delete(put_off_key(run, *task))).collect();
            let operation = || format!("note that tasks of run {run} were sent again");
            self.table.transact(gone).await.during(operation)?;
        }
        Ok(())
    }

    /// Keeps an agent's refusal of a task.
    pub(crate) async fn keep_task_refusal(&self, run: &RunId, refusal: &TaskRefusal) -> Result<(), AppError> {
        let operation = || format!("note who refused task {} of run {run}", task_key(refusal.task));
        let key = Key::new(run_partition(run), refused_prefix(refusal.task) + &refusal.agent);
        let item = Item::new(key, pack(VERSION, refusal).during(operation)?);
        self.table.transact(vec![Action::put(item)]).await.during(operation)
    }

    /// Who refused a task, or any task of a run, by task and agent.
    pub async fn task_refusals(&self, run: &RunId, task: Option<u32>) -> Result<Vec<TaskRefusal>, AppError> {
        let operation = || format!("read who refused tasks of run {run}");
        let prefix = task.map_or_else(|| "REFUSED#".to_owned(), refused_prefix);
        let query = Query::partition(run_partition(run)).prefix(prefix);
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        items.iter().map(|item| unpack("task refusal", VERSION, &item.value).during(operation)).collect()
    }
}

/// Whether it can be read.
pub(crate) fn check_mark(item: &Item) -> Result<(), StoredError> {
    unpack::<TaskMark>("task mark", VERSION, &item.value).map(drop)
}

/// Whether it can be read.
pub(crate) fn check_lent(item: &Item) -> Result<(), StoredError> {
    unpack::<Lent>("lent mark", VERSION, &item.value).map(drop)
}

/// Whether it can be read.
pub(crate) fn check_task_refusal(item: &Item) -> Result<(), StoredError> {
    unpack::<TaskRefusal>("task refusal", VERSION, &item.value).map(drop)
}
