//! Schedules as rows of the table, fired by whoever asks what is due.

use std::sync::Arc;

use async_trait::async_trait;
use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

use super::due::{DueTimes, due};
use crate::error::{AppError, During};
use crate::ports::{
    Action, Clock, Condition, Item, Key, Query, ScheduleEntry, ScheduleError, Schedules, Table, TableError,
};
use crate::repositories::{LOCK, all_items};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "SCHEDULES";

/// How often a change is tried again that others came before.
const MOST_TRIES: u32 = 20;

/// The scheduler of one machine: a loop asks [`due`](Self::due), fires, and says so with [`fired`](Self::fired).
pub struct TableSchedules {
    table: Arc<dyn Table>,
    clock: Arc<dyn Clock>,
}

/// A schedule that is to be fired now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueSchedule {
    /// The scan.
    pub scan: String,
    /// The scheduled time, without its spread.
    pub at: UnixTime,
    /// Times before it that nobody fired, and that are not fired any more.
    pub missed: Vec<UnixTime>,
    /// How many; more than `missed` has after a long stop.
    pub missed_count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    scan: String,
    expression: String,
    time_zone: String,
    spread_minutes: u16,
    enabled: bool,
    since: UnixTime,
    /// Up to when everything was fired, or was not to be.
    handled: UnixTime,
    version: i64,
}

impl Stored {
    fn entry(&self) -> ScheduleEntry {
        ScheduleEntry {
            scan: self.scan.clone(),
            expression: self.expression.clone(),
            time_zone: self.time_zone.clone(),
            spread_minutes: self.spread_minutes,
            enabled: self.enabled,
            since: self.since,
        }
    }

    /// What becomes of the row when a schedule is put. What was due and not fired stays due only where the times are
    /// the same: a new expression, or one that was switched on again, begins now.
    fn put(before: Option<&Self>, entry: &ScheduleEntry, now: UnixTime) -> Self {
        let goes_on = before.filter(|before| {
            let same = (&before.expression, &before.time_zone, before.since);
            before.enabled && entry.enabled && same == (&entry.expression, &entry.time_zone, entry.since)
        });
        Self {
            scan: entry.scan.clone(),
            expression: entry.expression.clone(),
            time_zone: entry.time_zone.clone(),
            spread_minutes: entry.spread_minutes,
            enabled: entry.enabled,
            since: entry.since,
            handled: goes_on.map_or(now, |before| before.handled),
            version: before.map_or(1, |before| before.version + 1),
        }
    }
}

impl TableSchedules {
    /// The schedules in a table; what is due is so by `clock`.
    #[must_use]
    pub fn new(table: Arc<dyn Table>, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    /// What is to be fired now, by scan. The same again until [`fired`](Self::fired) says that it was.
    pub async fn due(&self) -> Result<Vec<DueSchedule>, AppError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for stored in self.all().await? {
            // What was stored was checked: it can be wrong only where a time zone has vanished from the database.
            let Ok(times) = due(&stored.entry(), stored.handled, now) else { continue };
            let DueTimes { fire: Some(at), missed, missed_count } = times else { continue };
            found.push(DueSchedule { scan: stored.scan, at, missed, missed_count });
        }
        Ok(found)
    }

    /// Notes that a schedule was fired, and what came before it dealt with.
    pub async fn fired(&self, due: &DueSchedule) -> Result<(), AppError> {
        let operation = || format!("note that the schedule of scan {} was fired", due.scan);
        for _ in 0..MOST_TRIES {
            let Some(before) = self.read(&due.scan).await.during(operation)? else { return Ok(()) };
            if before.handled >= due.at {
                return Ok(());
            }
            let after = Stored { handled: due.at, version: before.version + 1, ..before.clone() };
            if self.write(&after, Condition::equals(LOCK, before.version)).await? {
                return Ok(());
            }
        }
        Err(AppError::Contended { what: format!("the schedule of scan {}", due.scan), tries: MOST_TRIES })
    }

    async fn all(&self) -> Result<Vec<Stored>, AppError> {
        let operation = || "list schedules".to_owned();
        let items = all_items(&*self.table, Query::partition(PARTITION), false).await.during(operation)?;
        items.iter().map(|item| read(item).during(operation)).collect()
    }

    async fn read(&self, scan: &str) -> Result<Option<Stored>, TableError> {
        let item = self.table.get(&Key::new(PARTITION, scan)).await?;
        // A row that can't be read is told by listing; putting the schedule again mends it.
        Ok(item.and_then(|item| read(&item).ok()))
    }

    async fn write(&self, stored: &Stored, condition: Condition) -> Result<bool, AppError> {
        let operation = || format!("store the schedule of scan {}", stored.scan);
        let value = pack(VERSION, stored).during(operation)?;
        let item = Item::new(Key::new(PARTITION, stored.scan.as_str()), value).with(LOCK, stored.version);
        match self.table.transact(vec![Action::put(item).when(condition)]).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(operation),
        }
    }
}

fn read(item: &Item) -> Result<Stored, StoredError> {
    unpack("schedule", VERSION, &item.value)
}

fn unavailable(operation: &'static str, error: &dyn std::error::Error) -> ScheduleError {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
    ScheduleError::Unavailable { operation, reason: format!("{error}{cause}") }
}

#[async_trait]
impl Schedules for TableSchedules {
    async fn put(&self, entry: &ScheduleEntry) -> Result<(), ScheduleError> {
        const OPERATION: &str = "store a schedule";
        entry.check()?;
        for _ in 0..MOST_TRIES {
            let before = self.read(&entry.scan).await.map_err(|error| unavailable(OPERATION, &error))?;
            let after = Stored::put(before.as_ref(), entry, self.clock.now());
            let condition = match &before {
                Some(before) if before.entry() == *entry => return Ok(()),
                Some(before) => Condition::equals(LOCK, before.version),
                None => Condition::Always,
            };
            if self.write(&after, condition).await.map_err(|error| unavailable(OPERATION, &error))? {
                return Ok(());
            }
        }
        let reason = "others were changing it all the time".to_owned();
        Err(ScheduleError::Unavailable { operation: OPERATION, reason })
    }

    async fn delete(&self, scan: &str) -> Result<(), ScheduleError> {
        let gone = self.table.transact(vec![Action::delete(Key::new(PARTITION, scan))]).await;
        gone.map_err(|error| unavailable("remove a schedule", &error))
    }

    async fn list(&self) -> Result<Vec<ScheduleEntry>, ScheduleError> {
        let all = self.all().await.map_err(|error| unavailable("list schedules", &error))?;
        Ok(all.iter().map(Stored::entry).collect())
    }
}
