//! What calls the dispatcher at its time.

use async_trait::async_trait;
use portdelta_core::UnixTime;

use super::ErrorClass;

/// A schedule of one scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleEntry {
    /// The scan's id; one schedule a scan. 1 to 64 characters of `a-z`, `A-Z`, `0-9`, `-`, `_` and `.`, which is what
    /// EventBridge Scheduler takes as a name.
    pub scan: String,
    /// In EventBridge Scheduler's dialect: `rate(15 minutes)`, `cron(0 3 ? * MON-FRI *)`, `at(2026-12-24T18:00:00)`.
    pub expression: String,
    /// IANA name of the zone in which `cron` and `at` are read.
    pub time_zone: String,
    /// Each firing is put off by a random time up to this, 0 to 1,440 minutes.
    pub spread_minutes: u16,
    /// A disabled schedule is kept and does not fire.
    pub enabled: bool,
    /// From when `rate` counts.
    pub since: UnixTime,
}

/// Why a schedule was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// The expression, the zone or the spread is wrong.
    #[error("{message}")]
    Invalid {
        /// A sentence.
        message: String,
    },
    /// It can't be reached; the outcome is unknown.
    #[error("the scheduler could not {operation}: {reason}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// Why.
        reason: String,
    },
}

impl ScheduleError {
    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Invalid { .. } => ErrorClass::Caller,
            Self::Unavailable { .. } => ErrorClass::Retry,
        }
    }
}

/// Schedules that fire at least once for each of their times. A firing names the scan and the scheduled time.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Makes or replaces the schedule of a scan.
    async fn put(&self, entry: &ScheduleEntry) -> Result<(), ScheduleError>;

    /// Removes the schedule of a scan; fine where there is none.
    async fn delete(&self, scan: &str) -> Result<(), ScheduleError>;

    /// All schedules, by scan.
    async fn list(&self) -> Result<Vec<ScheduleEntry>, ScheduleError>;
}
