//! How long things are kept, and what goes.
//!
//! Raw results only, and only where somebody wants that: they are nearly all of the bytes. Beliefs, changes, runs,
//! reports and the records of results stay. What is lost is the rebuild, which needs every result from the first on: it
//! is refused from then on.

use portdelta_core::UnixTime;

use crate::error::{AppError, Invalid};
use crate::repositories::Retention;
use crate::{App, Service};

/// A day, in seconds.
const DAY: i64 = 86_400;

/// The longest time that can be asked for, in days: a century.
const MOST_DAYS: u32 = 36_500;

/// The most raw results that one sweep removes; the next one goes on.
const MOST_REMOVED: u64 = 1_000;

/// What goes, or would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// What was received before this; `None` where nothing goes.
    pub before: Option<UnixTime>,
    /// Raw results.
    pub results: u64,
    /// Their bytes, as received.
    pub bytes: u64,
}

impl Retired {
    /// Whether the pass of the sweep that removed this came to its end.
    pub(crate) fn is_through(&self) -> bool {
        self.results < MOST_REMOVED
    }
}

fn cut(retention: Retention, now: UnixTime) -> Option<UnixTime> {
    retention.results_days.map(|days| now.shifted(-i64::from(days) * DAY))
}

impl App {
    /// Sets what is kept how long, 1 to 36,500 days; the next sweep applies it.
    pub async fn set_retention(&self, retention: Retention) -> Result<Retention, AppError> {
        checked(retention)?;
        self.store_retention(retention).await?;
        Ok(retention)
    }

    /// What would go now with this retention. Nothing is removed.
    pub async fn preview_retention(&self, retention: Retention) -> Result<Retired, AppError> {
        checked(retention)?;
        let Some(before) = cut(retention, self.now()) else { return Ok(Retired::default()) };
        self.each_retired(before, u64::MAX, false).await
    }

    /// Goes over what was received before a time; removes it where that is wanted, at most so many.
    async fn each_retired(&self, before: UnixTime, most: u64, remove: bool) -> Result<Retired, AppError> {
        let mut retired = Retired { before: Some(before), ..Retired::default() };
        for site in self.sites().await? {
            let mut after = None;
            loop {
                let (results, next) = self.settled_results(&site.id, after).await?;
                for result in results.iter().filter(|result| result.received < before) {
                    if retired.results == most {
                        return Ok(retired);
                    }
                    if remove {
                        if retired.results == 0 {
                            self.note_results_gone(before).await?;
                        }
                        self.remove_raw(&site.id, result.id).await?;
                    }
                    retired.results += 1;
                    retired.bytes += result.bytes;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(retired)
    }
}

impl Service {
    /// Applies the retention; what went. Again and again until nothing is left that should go.
    pub(crate) async fn retire(&self, now: UnixTime) -> Result<Retired, AppError> {
        let app = self.app();
        let Some(before) = cut(app.retention().await?, now) else { return Ok(Retired::default()) };
        app.each_retired(before, MOST_REMOVED, true).await
    }
}

fn checked(retention: Retention) -> Result<(), Invalid> {
    match retention.results_days {
        Some(days) if !(1..=MOST_DAYS).contains(&days) => {
            let message = format!("{days} is not from 1 to {MOST_DAYS} days");
            Err(Invalid::field("results_days", "out_of_range", message, "leave it out to keep them for ever"))
        }
        _ => Ok(()),
    }
}
