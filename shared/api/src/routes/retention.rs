//! What is kept how long.

use std::time::Instant;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use portdelta_app::{Retired, repositories};
use portdelta_protocol::admin::{Retention, RetentionPreview, Time};

use super::clean_up::COUNTED;
use crate::Api;
use crate::answer::{Answer, etag};
use crate::audit;
use crate::error::ApiError;
use crate::extract::{Json, if_match};

/// What is kept how long
#[utoipa::path(get, path = "/retention", operation_id = "retention", tag = "server", responses(
    (status = 200, body = Retention, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn one(State(api): State<Api>) -> Result<Response, ApiError> {
    let (kept, version) = api.service.app().versioned_retention().await?;
    Ok((etag(version), Answer(view(kept))).into_response())
}

/// Sets what is kept how long; the next sweep applies it
#[utoipa::path(put, path = "/retention", operation_id = "set_retention", tag = "server",
    params(("If-Match" = String, Header, description = "The `ETag` of what is replaced.")),
    request_body = Retention, responses(
    (status = 200, body = Retention, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn set(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(wanted): Json<Retention>,
) -> Result<Response, ApiError> {
    let seen = if_match(&headers)?;
    let kept = read(&wanted);
    let app = api.service.app();
    let (before, _) = app.versioned_retention().await?;
    let version = app.set_retention(kept, Some(seen)).await?;
    let detail = audit::settings::retention(before, kept);
    Ok((etag(version), Extension(detail), Answer(view(kept))).into_response())
}

/// What would go with a retention; nothing does
#[utoipa::path(post, path = "/retention/preview", operation_id = "preview_retention", tag = "server",
    request_body = Retention, responses((status = 200, body = RetentionPreview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Json(wanted): Json<Retention>,
) -> Result<Answer<RetentionPreview>, ApiError> {
    let began = Instant::now();
    let goes_on = || began.elapsed() < COUNTED;
    let preview = api.service.app().preview_retention(read(&wanted), &goes_on).await?;
    let Retired { before, results, bytes, runs_before, runs } = preview.retired;
    let (before, runs_before) = (before.map(Time), runs_before.map(Time));
    Ok(Answer(RetentionPreview { before, results, bytes, runs_before, runs, at_least: preview.at_least }))
}

fn read(wanted: &Retention) -> repositories::Retention {
    repositories::Retention { results_days: wanted.results_days, runs_days: wanted.runs_days }
}

fn view(kept: repositories::Retention) -> Retention {
    Retention { results_days: kept.results_days, runs_days: kept.runs_days }
}
