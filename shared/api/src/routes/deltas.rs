//! What changed.

use axum::extract::State;
use portdelta_app::ports::Cursor;
use portdelta_app::repositories::{Batch, RunRecord};
use portdelta_core::delta::Kind;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::{AddressSet, UnixTime};
use portdelta_protocol::admin::{self, Page, Time};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

use super::sites;
use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::views::{self, addresses, kinds};

/// How many batches are read at once; what a cursor skips is read again.
const BATCHES: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

/// How many runs one request looks through.
const MOST_RUNS: usize = 50;

/// How many runs are read at once, and how often: those that ended before what is wanted are not looked through.
const RUNS: NonZeroUsize = NonZeroUsize::new(50).expect("not zero");
const MOST_PAGES: usize = 20;

/// A result says when its scan ended. That is no later than a day after its run did, even where it came late and by another
/// clock; and no run goes on for longer than the longest deadline, of seven days.
const LATEST_SECONDS: i64 = 86_400;
const LONGEST_SECONDS: i64 = 8 * 86_400;

/// How many stretches of batches one request looks through.
const MOST_STRETCHES: usize = 64;

/// Which changes are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only at these addresses, as targets.
    targets: Option<String>,
    /// Only these kinds, joined by commas: `port-opened,host-new`.
    kind: Option<String>,
    /// Only what was seen since then.
    #[param(value_type = Option<Time>)]
    since: Option<Time>,
    /// Also what was seen for the first time, which is no change.
    first_looks: Option<bool>,
}

/// The same, understood.
struct Filter {
    addresses: Option<AddressSet>,
    kinds: Vec<Kind>,
    since: UnixTime,
    first_looks: bool,
}

impl Wanted {
    fn understood(&self) -> Result<Filter, ApiError> {
        Ok(Filter {
            addresses: self.targets.as_deref().map(|text| addresses("targets", text)).transpose()?,
            kinds: kinds("kind", self.kind.as_deref())?,
            since: self.since.map_or(UnixTime::EPOCH, |Time(time)| time),
            first_looks: self.first_looks.unwrap_or(false),
        })
    }
}

impl Filter {
    /// Whether all that a run says, and all that was made before it says, is older than what is wanted.
    fn is_behind(&self, run: &RunRecord) -> bool {
        run.started.shifted(LONGEST_SECONDS) < self.since
    }

    /// Whether all that a run says is older than what is wanted.
    fn is_over(&self, run: &RunRecord) -> bool {
        run.finished.is_some_and(|finished| finished.shifted(LATEST_SECONDS) < self.since)
    }

    fn of_batch(&self, batch: &Batch) -> Vec<admin::Delta> {
        if batch.withdrawn {
            return Vec::new();
        }
        let wanted = batch.deltas.iter().filter(|delta| {
            (self.first_looks || !delta.first_look)
                && delta.time >= self.since
                && self.addresses.as_ref().is_none_or(|set| set.contains(delta.address))
                && (self.kinds.is_empty() || self.kinds.contains(&delta.kind))
        });
        wanted.map(|delta| views::delta_of(batch, delta)).collect()
    }
}

/// A place among the changes of a run: so many of those of the batch behind the cursor were given. Batches that come
/// meanwhile move nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct InRun {
    after: Option<Cursor>,
    given: usize,
}

/// A place among the changes of a site.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct InSite {
    /// The run of which some was given: runs that began meanwhile stand before it.
    current: Option<RunId>,
    /// Where that one stands, or else the one before.
    run: Option<Cursor>,
    place: InRun,
}

/// The changes of a site, newest run first
#[utoipa::path(get, path = "/sites/{site}/deltas", operation_id = "deltas", tag = "deltas", params(
    ("site" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::Delta>)))]
pub(crate) async fn of_site(
    State(api): State<Api>,
    Named(site): Named<SiteId>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Delta>>, ApiError> {
    let site = sites::find(&api, &site).await?.id;
    let filter = wanted.understood()?;
    let of = format!("deltas {site} {wanted:?}");
    let limit = paging.limit()?;
    let InSite { current, run: mut after, place } = paging.place(&of)?.unwrap_or_default();
    let mut items = Vec::new();
    if let Some(run) = current
        && let Some(place) = in_run(&api, &run, &filter, place, limit, &mut items).await?
    {
        let place = InSite { current: Some(run), run: after, place };
        return Ok(Answer(Page { items, next: cursor(&of, &place) }));
    }
    let mut looked_through = 0;
    for _ in 0..MOST_PAGES {
        let page = api.service.app().runs(&site, Some(RUNS), after.clone()).await?;
        for (run, end) in page.runs.into_iter().zip(page.ends) {
            if filter.is_behind(&run) {
                return Ok(Answer(Page { items, next: None }));
            }
            if filter.is_over(&run) {
                after = Some(end);
                continue;
            }
            let left = limit - items.len();
            if left == 0 || looked_through == MOST_RUNS {
                return Ok(Answer(Page { items, next: between_runs(&of, after) }));
            }
            looked_through += 1;
            let unfinished = in_run(&api, &run.id, &filter, InRun::default(), left, &mut items).await?;
            after = Some(end);
            if let Some(place) = unfinished {
                let place = InSite { current: Some(run.id), run: after, place };
                return Ok(Answer(Page { items, next: cursor(&of, &place) }));
            }
        }
        let Some(next) = page.next else { return Ok(Answer(Page { items, next: None })) };
        after = Some(next);
    }
    Ok(Answer(Page { items, next: between_runs(&of, after) }))
}

/// The text of the place behind a run, where nothing of the next one was given.
fn between_runs(of: &str, run: Option<Cursor>) -> Option<String> {
    cursor(of, &InSite { run, ..InSite::default() })
}

/// The changes of a run, by address
#[utoipa::path(get, path = "/runs/{run}/deltas", operation_id = "run_deltas", tag = "deltas", params(
    ("run" = String, Path), Wanted, Paging,
), responses((status = 200, body = Page<admin::Delta>)))]
pub(crate) async fn of_run(
    State(api): State<Api>,
    Named(run): Named<RunId>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Delta>>, ApiError> {
    let filter = wanted.understood()?;
    let of = format!("run deltas {run} {wanted:?}");
    let limit = paging.limit()?;
    let place = paging.place(&of)?.unwrap_or_default();
    super::runs::find(&api, &run).await?;
    let mut items = Vec::new();
    let next = in_run(&api, &run, &filter, place, limit, &mut items).await?;
    Ok(Answer(Page { items, next: next.and_then(|place| cursor(&of, &place)) }))
}

/// Adds at most `limit` changes from a place on; gives the place to go on from, or `None` at the end of the run.
async fn in_run(
    api: &Api,
    run: &RunId,
    filter: &Filter,
    mut place: InRun,
    limit: usize,
    items: &mut Vec<admin::Delta>,
) -> Result<Option<InRun>, ApiError> {
    let enough = items.len() + limit;
    for _ in 0..MOST_STRETCHES {
        let page = api.service.app().run_batches(run, Some(BATCHES), place.after.clone()).await?;
        for batch in &page.batches {
            let found = filter.of_batch(batch);
            let (count, room) = (found.len(), enough - items.len());
            items.extend(found.into_iter().skip(place.given).take(room));
            if place.given + room < count {
                place.given += room;
                return Ok(Some(place));
            }
            place = InRun { after: Some(batch.end_in_run()), given: 0 };
        }
        let Some(after) = page.next else { return Ok(None) };
        place = InRun { after: Some(after), given: 0 };
        if items.len() == enough {
            break;
        }
    }
    Ok(Some(place))
}
