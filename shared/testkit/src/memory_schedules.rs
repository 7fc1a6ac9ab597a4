//! Schedules in memory, which nobody fires.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portdelta_app::ports::{ScheduleEntry, ScheduleError, Schedules};

use crate::faults::{Faults, InjectedFault};

/// Schedules that last as long as they are held.
#[derive(Default)]
pub struct MemorySchedules {
    faults: Arc<Faults>,
    entries: Mutex<BTreeMap<String, ScheduleEntry>>,
}

impl MemorySchedules {
    /// These schedules, failing where `faults` says so.
    #[must_use]
    pub fn obeying(mut self, faults: Arc<Faults>) -> Self {
        self.faults = faults;
        self
    }

    /// All schedules by scan, without counting as an operation: for assertions.
    #[must_use]
    pub fn entries(&self) -> Vec<ScheduleEntry> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, ScheduleEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn operate<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut BTreeMap<String, ScheduleEntry>) -> T,
    ) -> Result<T, ScheduleError> {
        let told = |fault: InjectedFault| ScheduleError::Unavailable { operation, reason: fault.to_string() };
        let ending = self.faults.begin().map_err(told)?;
        let result = work(&mut self.lock());
        ending.reached().map_err(told)?;
        Ok(result)
    }
}

#[async_trait]
impl Schedules for MemorySchedules {
    async fn put(&self, entry: &ScheduleEntry) -> Result<(), ScheduleError> {
        entry.check()?;
        self.operate("store a schedule", |entries| {
            entries.insert(entry.scan.clone(), entry.clone());
        })
    }

    async fn delete(&self, scan: &str) -> Result<(), ScheduleError> {
        self.operate("remove a schedule", |entries| {
            entries.remove(scan);
        })
    }

    async fn list(&self) -> Result<Vec<ScheduleEntry>, ScheduleError> {
        self.operate("list schedules", |entries| entries.values().cloned().collect())
    }
}
