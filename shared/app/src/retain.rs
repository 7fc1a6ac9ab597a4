//! How long things are kept, and what goes.
//!
//! For ever, unless somebody wants otherwise. Raw results are nearly all of the bytes; without them nothing can be
//! rebuilt, which needs every result from the first on: it is refused from then on. Runs go with their reports, tasks and
//! deltas. What is believed, alerts and the records of results stay.

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;

use crate::error::{AppError, Invalid};
use crate::repositories::{Retention, RunRemoval};
use crate::steps::Steps;
use crate::sweep::GoesOn;
use crate::{App, Service};

/// A day, in seconds.
const DAY: i64 = 86_400;

/// The longest time that can be asked for, in days: a century.
const MOST_DAYS: u32 = 36_500;

/// Steps of one sweep; the next one goes on.
const STEPS_OF_A_SWEEP: u32 = 5_000;

/// What went, or would.
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

/// What would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionPreview {
    /// How much of what.
    pub retired: Retired,
    /// There is more than was counted: it is too much to look through now.
    pub at_least: bool,
}

/// Where a pass stopped that had no steps left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The site that it was at; those before are done.
    pub site: SiteId,
    /// The last of its results that is done; `None` where it was at its runs, which come first.
    pub result: Option<String>,
}

/// One pass over what is old.
struct Pass<'a> {
    /// Whether it goes; else it is counted only.
    removes: bool,
    steps: Steps<'a>,
    retired: Retired,
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

    /// What would go now with this retention, as far as there is time to count it: a little of each kind always is.
    /// Nothing is removed.
    pub async fn preview_retention(
        &self,
        retention: Retention,
        goes_on: GoesOn<'_>,
    ) -> Result<RetentionPreview, AppError> {
        checked(retention)?;
        let mut pass = Pass::new(retention, self.now(), Steps::unlimited(goes_on));
        let mut all = true;
        for site in self.sites().await? {
            all &= self.old_runs(&site.id, &mut pass).await?;
            all &= self.old_results(&site.id, None, &mut pass).await?.is_none();
            if !all {
                break;
            }
        }
        Ok(RetentionPreview { retired: pass.retired, at_least: !all })
    }

    /// Goes over all sites, or on from where a pass before stopped; says where this one did.
    async fn go_over(&self, pass: &mut Pass<'_>, from: Option<Reached>) -> Result<Option<Reached>, AppError> {
        let sites = self.sites().await?.into_iter().map(|site| site.id);
        for site in sites.filter(|site| from.as_ref().is_none_or(|from| *site >= from.site)) {
            if !self.old_runs(&site, pass).await? {
                return Ok(Some(Reached { site, result: None }));
            }
            let result = from.as_ref().filter(|from| from.site == site).and_then(|from| from.result.clone());
            if let Some(result) = self.old_results(&site, result, pass).await? {
                return Ok(Some(Reached { site, result: Some(result) }));
            }
        }
        Ok(None)
    }

    /// Goes over the runs of a site that ended before a time; `false` where it did not come to the end.
    async fn old_runs(&self, site: &SiteId, pass: &mut Pass<'_>) -> Result<bool, AppError> {
        let Some(before) = pass.retired.runs_before else { return Ok(true) };
        let mut behind = None;
        loop {
            pass.steps.take(2);
            let page = self.ended_runs(site, before, behind.as_deref()).await?;
            for (_, run) in &page.runs {
                let removal = if pass.removes {
                    self.remove_run(run, &mut pass.steps).await?
                } else {
                    RunRemoval::Removed
                };
                pass.retired.runs += u64::from(removal == RunRemoval::Removed);
                if removal == RunRemoval::Begun || !pass.steps.any() {
                    return Ok(false);
                }
            }
            if page.next.is_none() {
                return Ok(true);
            }
            // Who removes has no place here to go on from, and little to pass by: what began so long ago has ended.
            if !pass.removes && !pass.steps.any() {
                return Ok(false);
            }
            behind = page.next;
        }
    }

    /// Goes over what a site received before a time, from behind a result on; the last one that is done where it did not
    /// come to the end.
    async fn old_results(
        &self,
        site: &SiteId,
        mut behind: Option<String>,
        pass: &mut Pass<'_>,
    ) -> Result<Option<String>, AppError> {
        let Some(before) = pass.retired.before else { return Ok(None) };
        loop {
            pass.steps.take(1);
            let (results, next) = self.settled_results(site, behind.as_deref()).await?;
            for result in results {
                if result.received < before {
                    if pass.removes {
                        if pass.retired.results == 0 {
                            self.note_results_gone(before).await?;
                        }
                        self.remove_raw(site, result.id).await?;
                        pass.steps.take(3);
                    }
                    pass.retired.results += 1;
                    pass.retired.bytes += result.bytes;
                }
                if !pass.steps.any() {
                    return Ok(Some(result.id.to_string()));
                }
            }
            // Of most that is there the raw bytes may have gone long ago.
            if next.is_none() || !pass.steps.any() {
                return Ok(next);
            }
            behind = next;
        }
    }
}

impl<'a> Pass<'a> {
    /// One that counts.
    fn new(retention: Retention, now: UnixTime, steps: Steps<'a>) -> Self {
        let (before, runs_before) = (cut(retention.results_days, now), cut(retention.runs_days, now));
        Self { removes: false, steps, retired: Retired { before, runs_before, ..Retired::default() } }
    }
}

impl Service {
    /// Applies the retention for as long as there is time: what went, and where it stopped.
    pub(crate) async fn retire(
        &self,
        now: UnixTime,
        from: Option<Reached>,
        goes_on: GoesOn<'_>,
    ) -> Result<(Retired, Option<Reached>), AppError> {
        let app = self.app();
        let steps = Steps::new(STEPS_OF_A_SWEEP, goes_on);
        let mut pass = Pass { removes: true, ..Pass::new(app.retention().await?, now, steps) };
        let stopped = app.go_over(&mut pass, from).await?;
        Ok((pass.retired, stopped))
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
