//! How long things are kept, and what goes.
//!
//! For ever, unless somebody wants otherwise. Raw results are nearly all of the bytes; without them nothing can be
//! rebuilt, which needs every result from the first on: it is refused from then on. Runs go with their reports, tasks and
//! deltas. What is believed, alerts and the records of results stay.

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;

use crate::error::{AppError, Invalid};
use crate::repositories::Retention;
use crate::{App, Service};

/// A day, in seconds.
const DAY: i64 = 86_400;

/// The longest time that can be asked for, in days: a century.
const MOST_DAYS: u32 = 36_500;

/// The most raw results that one sweep removes; the next one goes on.
const MOST_RESULTS: u64 = 1_000;

/// The most runs that one sweep removes: each may have thousands of tasks.
const MOST_RUNS: u64 = 50;

/// What goes, or would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Raw results that were received before this go; `None` where none do.
    pub before: Option<UnixTime>,
    /// Raw results.
    pub results: u64,
    /// Their bytes, as received.
    pub bytes: u64,
    /// Runs that ended before this go; `None` where none do.
    pub runs_before: Option<UnixTime>,
    /// Runs, with all that belongs to them.
    pub runs: u64,
}

impl Retired {
    /// Whether the pass of the sweep that removed this came to its end.
    pub(crate) fn is_through(&self) -> bool {
        self.results < MOST_RESULTS && self.runs < MOST_RUNS
    }
}

/// How a pass goes.
#[derive(Clone, Copy)]
enum Pass {
    /// Counts everything.
    Count,
    /// Removes a part.
    Remove,
}

fn cut(days: Option<u32>, now: UnixTime) -> Option<UnixTime> {
    days.map(|days| now.shifted(-i64::from(days) * DAY))
}

impl App {
    /// Sets what is kept how long, 1 to 36,500 days, and gives its version; the next sweep applies it. Fails with
    /// [`AppError::Stale`] where it is not the one that was `seen`.
    pub async fn set_retention(&self, retention: Retention, seen: Option<i64>) -> Result<i64, AppError> {
        checked(retention)?;
        self.store_retention(retention, seen).await
    }

    /// What would go now with this retention. Nothing is removed.
    pub async fn preview_retention(&self, retention: Retention) -> Result<Retired, AppError> {
        checked(retention)?;
        self.pass(retention, self.now(), Pass::Count).await
    }

    async fn pass(&self, retention: Retention, now: UnixTime, pass: Pass) -> Result<Retired, AppError> {
        let before = cut(retention.results_days, now);
        let runs_before = cut(retention.runs_days, now);
        let mut retired = Retired { before, runs_before, ..Retired::default() };
        for site in self.sites().await? {
            if let Some(before) = before {
                self.old_results(&site.id, before, pass, &mut retired).await?;
            }
            if let Some(before) = runs_before {
                self.old_runs(&site.id, before, pass, &mut retired).await?;
            }
        }
        Ok(retired)
    }

    /// Goes over what a site received before a time.
    async fn old_results(
        &self,
        site: &SiteId,
        before: UnixTime,
        pass: Pass,
        retired: &mut Retired,
    ) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let (results, next) = self.settled_results(site, after).await?;
            for result in results.iter().filter(|result| result.received < before) {
                if matches!(pass, Pass::Remove) {
                    if retired.results == MOST_RESULTS {
                        return Ok(());
                    }
                    if retired.results == 0 {
                        self.note_results_gone(before).await?;
                    }
                    self.remove_raw(site, result.id).await?;
                }
                retired.results += 1;
                retired.bytes += result.bytes;
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Goes over the runs of a site that ended before a time.
    async fn old_runs(
        &self,
        site: &SiteId,
        before: UnixTime,
        pass: Pass,
        retired: &mut Retired,
    ) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let (runs, next) = self.ended_runs(site, before, after).await?;
            for run in &runs {
                if matches!(pass, Pass::Remove) {
                    if retired.runs == MOST_RUNS {
                        return Ok(());
                    }
                    self.remove_run(run).await?;
                }
                retired.runs += 1;
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

impl Service {
    /// Applies the retention; what went. Again and again until nothing is left that should go.
    pub(crate) async fn retire(&self, now: UnixTime) -> Result<Retired, AppError> {
        let app = self.app();
        let retention = app.retention().await?;
        app.pass(retention, now, Pass::Remove).await
    }
}

fn checked(retention: Retention) -> Result<(), Invalid> {
    let fields = [("results_days", retention.results_days), ("runs_days", retention.runs_days)];
    for (field, days) in fields {
        if let Some(days) = days
            && !(1..=MOST_DAYS).contains(&days)
        {
            let message = format!("{days} is not from 1 to {MOST_DAYS} days");
            return Err(Invalid::field(field, "out_of_range", message, "leave it out to keep them for ever"));
        }
    }
    Ok(())
}
