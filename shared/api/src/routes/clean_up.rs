//! Cleaning up: a site, a network of it or some addresses, as if nothing had ever looked there.

use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use portdelta_app::CleanUpDraft;
use portdelta_app::repositories::{self, CleanUpScope};
use portdelta_protocol::admin::{CleanUp, CleanUpCounts, CleanUpPreview, NewCleanUp, Page, Time};

use crate::Api;
use crate::access::Caller;
use crate::answer::{Answer, json_response};
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query};

/// How long is counted what would go; where there is much, that is a part of it.
pub(super) const COUNTED: Duration = Duration::from_secs(5);

/// How long a first slice goes on; most clean-ups are done by then.
const FIRST_SLICE: Duration = Duration::from_secs(5);

/// How long an answer waits for it where a single step takes long.
const ANSWERED: Duration = Duration::from_secs(8);

/// What a clean-up would remove; nothing is
#[utoipa::path(post, path = "/clean-up/preview", operation_id = "preview_clean_up", tag = "server",
    request_body = NewCleanUp, responses((status = 200, body = CleanUpPreview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Json(wanted): Json<NewCleanUp>,
) -> Result<Answer<CleanUpPreview>, ApiError> {
    let began = Instant::now();
    let goes_on = || began.elapsed() < COUNTED;
    let preview = api.service.app().preview_clean_up(&read(wanted)?, &goes_on).await?;
    Ok(Answer(CleanUpPreview { counts: counts(preview.counts), at_least: preview.at_least }))
}

/// Cleans up a site, a network of it or some addresses
///
/// As if nothing had ever looked there: the next scan is a first look. What is set up stays: networks, scans, agents. 202
/// where it is too much for one request: the server goes on with it.
#[utoipa::path(post, path = "/clean-up", operation_id = "clean_up", tag = "server", request_body = NewCleanUp,
    responses((status = 200, body = CleanUp), (status = 202, body = CleanUp)))]
pub(crate) async fn begin(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Json(wanted): Json<NewCleanUp>,
) -> Result<Response, ApiError> {
    let app = api.service.app();
    let mut clean_up = app.begin_clean_up(&read(wanted)?, &caller.name()).await?;
    // It happens from here on: whoever asked for it is told so, and the trail as well, whatever comes in between.
    let began = Instant::now();
    let goes_on = || began.elapsed() < FIRST_SLICE;
    match tokio::time::timeout(ANSWERED, app.clean_first_slice(&mut clean_up, &goes_on)).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(error)) => {
            let error = portdelta_core::causes::told(&error);
            tracing::warn!(clean_up = clean_up.id, error, "a clean-up goes on later");
        }
    }
    let status = if clean_up.is_done() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(json_response(status, "application/json", &view(&clean_up)))
}

/// Clean-ups that go on, and those of the last 90 days; newest first
#[utoipa::path(get, path = "/clean-up", operation_id = "clean_ups", tag = "server", params(Paging),
    responses((status = 200, body = Page<CleanUp>)))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<CleanUp>>, ApiError> {
    let all: Vec<CleanUp> = api.service.app().clean_ups().await?.iter().map(view).collect();
    // In the order of the list, so that it goes on behind one that is forgotten.
    let place = |clean_up: &CleanUp| format!("{:020} {}", i64::MAX - clean_up.at.0.seconds(), clean_up.id);
    page_of(all, &paging, "clean-ups", place).map(Answer)
}

/// One clean-up: how far it is
#[utoipa::path(get, path = "/clean-up/{clean_up}", operation_id = "clean_up_state", tag = "server", params(
    ("clean_up" = String, Path),
), responses((status = 200, body = CleanUp)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<CleanUp>, ApiError> {
    let found = api.service.app().clean_up_of(&id).await?;
    found.map(|clean_up| Answer(view(&clean_up))).ok_or_else(|| ApiError::unknown("such clean-up"))
}

fn read(wanted: NewCleanUp) -> Result<CleanUpDraft, ApiError> {
    let NewCleanUp { site, network, targets } = wanted;
    let site = site.parse().map_err(|_| {
        ApiError::invalid("site", "site_unknown", "that is no id of a site")
            .hint("Give the id of a site, as the list of sites has it.")
    })?;
    Ok(CleanUpDraft { site, network, targets })
}

fn counts(counts: repositories::CleanUpCounts) -> CleanUpCounts {
    let repositories::CleanUpCounts { hosts, open_ports, deltas, alerts, notes, runs, results, bytes } =
        counts;
    CleanUpCounts { hosts, open_ports, deltas, alerts, notes, runs, results, bytes }
}

fn view(clean_up: &repositories::CleanUp) -> CleanUp {
    let (network, targets) = match &clean_up.scope {
        CleanUpScope::Site => (None, None),
        CleanUpScope::Network(name) => (Some(name.clone()), None),
        CleanUpScope::Addresses => (None, Some(clean_up.addresses.to_string())),
    };
    CleanUp {
        id: clean_up.id.clone(),
        site: clean_up.site.to_string(),
        network,
        targets,
        who: clean_up.who.clone(),
        at: Time(clean_up.at),
        done: clean_up.is_done(),
        removed: counts(clean_up.removed),
    }
}
