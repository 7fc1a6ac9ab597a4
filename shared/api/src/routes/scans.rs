//! Saved scans.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portdelta_app::repositories::Scan;
use portdelta_app::{Due, RunBegun};
use portdelta_protocol::admin::{
    self, AskOptions, AskSchedule, CloneScan, OptionsPreview, Page, ScanDraft, ScanPreview, SchedulePreview,
    StartRuns, StartedRun, StartedRuns, Time,
};
use serde::Deserialize;

use crate::Api;
use crate::answer::{self, Answer, Created, json_response};
use crate::audit::Detail;
use crate::by_name::ByName;
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, MaybeJson, Named, Query, idempotency_key, if_match};
use crate::views::scan_options;
use crate::views::scans::{draft_of, note, preview as preview_of, schedule_preview, view, windows};

/// Times of a schedule that a preview shows.
const SHOWN_TIMES: usize = 5;

/// The longest text of options that is read field by field, in bytes.
const MAX_OPTIONS_BYTES: usize = 8 * 1024;

/// Which scans are wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only those that are active, or that are not.
    active: Option<bool>,
}

/// All scans, oldest first
#[utoipa::path(get, path = "/scans", operation_id = "scans", tag = "scans", params(Wanted, ByName, Paging), responses(
    (status = 200, body = Page<admin::Scan>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(by): Query<ByName>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Scan>>, ApiError> {
    let mut scans = api.service.app().scans().await?;
    scans.retain(|scan| {
        wanted.active.is_none_or(|active| scan.active == active) && by.wants(&[&scan.draft.name])
    });
    let page = page_of(scans, &paging, &format!("scans {wanted:?} {by:?}"), |scan| scan.id.clone())?;
    let now = api.service.app().now();
    let items = page.items.iter().map(|scan| view(scan, now, &[])).collect();
    Ok(Answer(Page { items, next: page.next }))
}

/// Makes a scan
#[utoipa::path(post, path = "/scans", operation_id = "create_scan", tag = "scans", request_body = ScanDraft, responses(
    (status = 201, body = admin::Scan, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn create(
    State(api): State<Api>,
    Json(draft): Json<ScanDraft>,
) -> Result<Response, ApiError> {
    let scan = api.service.create_scan(&draft_of(draft)).await?;
    Ok((etag(&scan), Created(view(&scan, api.service.app().now(), &[]))).into_response())
}

/// What a scan would do
#[utoipa::path(post, path = "/scans/preview", operation_id = "preview_scan", tag = "scans", request_body = ScanDraft,
    responses((status = 200, body = ScanPreview)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Json(draft): Json<ScanDraft>,
) -> Result<Answer<ScanPreview>, ApiError> {
    let app = api.service.app();
    let windows = windows(&draft.blackout_windows)?;
    let (schedule, now) = (draft.schedule.as_ref(), app.now());
    let schedule =
        schedule.map(|schedule| schedule_preview(schedule, &windows, now, now, SHOWN_TIMES)).transpose()?;
    let checked = app.check_scan(&draft_of(draft)).await?;
    Ok(Answer(preview_of(&checked, schedule, &windows)))
}

/// When a schedule fires
#[utoipa::path(post, path = "/schedules/preview", operation_id = "preview_schedule", tag = "scans",
    request_body = AskSchedule, responses((status = 200, body = SchedulePreview)))]
pub(crate) async fn preview_times(
    State(api): State<Api>,
    Json(ask): Json<AskSchedule>,
) -> Result<Answer<SchedulePreview>, ApiError> {
    if !(1..=50).contains(&ask.count) {
        return Err(ApiError::invalid("count", "out_of_range", "count is not from 1 to 50"));
    }
    let now = api.service.app().now();
    let since = ask.since.map_or(now, |since| since.0);
    schedule_preview(&ask.schedule, &windows(&ask.blackout_windows)?, since, now, ask.count as usize)
        .map(Answer)
}

/// Options of a scan as fields and as text
///
/// Either is made of the other. What cannot be read stays as it was written, and is named.
#[utoipa::path(post, path = "/scan-options/preview", operation_id = "preview_scan_options", tag = "scans",
    request_body = AskOptions, responses((status = 200, body = OptionsPreview)))]
pub(crate) async fn preview_options(Json(ask): Json<AskOptions>) -> Result<Answer<OptionsPreview>, ApiError> {
    let AskOptions { text, fields } = ask;
    let written = fields.map(scan_options::written);
    let text =
        written.into_iter().chain([text]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    if text.len() > MAX_OPTIONS_BYTES {
        let message =
            format!("the options have {} bytes, and at most {MAX_OPTIONS_BYTES} are read", text.len());
        return Err(ApiError::invalid("text", "text_too_long", message));
    }
    Ok(Answer(scan_options::read(text)))
}

/// One scan
#[utoipa::path(get, path = "/scans/{scan}", operation_id = "scan", tag = "scans", params(
    ("scan" = String, Path),
), responses((status = 200, body = admin::Scan, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(State(api): State<Api>, Named(id): Named<String>) -> Result<Response, ApiError> {
    let app = api.service.app();
    let scan = find(&api, &id).await?;
    let notes = app.scan_notes(&id).await?;
    Ok((etag(&scan), Answer(view(&scan, app.now(), &notes))).into_response())
}

/// Changes a scan, from its next run on
#[utoipa::path(put, path = "/scans/{scan}", operation_id = "edit_scan", tag = "scans", params(
    ("scan" = String, Path), ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = ScanDraft, responses(
    (status = 200, body = admin::Scan, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn edit(
    State(api): State<Api>,
    Named(id): Named<String>,
    headers: HeaderMap,
    Json(draft): Json<ScanDraft>,
) -> Result<Response, ApiError> {
    let version = if_match(&headers)?;
    let scan = api.service.edit_scan(&id, version, &draft_of(draft)).await?;
    Ok((etag(&scan), Answer(view(&scan, api.service.app().now(), &[]))).into_response())
}

/// Lets a scan never run again
///
/// Its history stays.
#[utoipa::path(delete, path = "/scans/{scan}", operation_id = "deactivate_scan", tag = "scans", params(
    ("scan" = String, Path),
), responses((status = 204)))]
pub(crate) async fn deactivate(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<StatusCode, ApiError> {
    api.service.deactivate_scan(&id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a scan like another one, with its schedule switched off
#[utoipa::path(post, path = "/scans/{scan}/clone", operation_id = "clone_scan", tag = "scans", params(
    ("scan" = String, Path),
), request_body = CloneScan, responses((status = 201, body = admin::Scan)))]
pub(crate) async fn clone(
    State(api): State<Api>,
    Named(id): Named<String>,
    MaybeJson(wanted): MaybeJson<CloneScan>,
) -> Result<Response, ApiError> {
    let scan = api.service.clone_scan(&id, wanted.name.as_deref()).await?;
    Ok((etag(&scan), Created(view(&scan, api.service.app().now(), &[]))).into_response())
}

/// Lets the schedule of a scan not fire
#[utoipa::path(post, path = "/scans/{scan}/pause", operation_id = "pause_scan", tag = "scans", params(
    ("scan" = String, Path),
), responses((status = 200, body = admin::Scan)))]
pub(crate) async fn pause(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Scan>, ApiError> {
    let scan = api.service.pause_scan(&id, true).await?;
    Ok(Answer(view(&scan, api.service.app().now(), &[])))
}

/// Lets the schedule of a scan fire again
#[utoipa::path(post, path = "/scans/{scan}/resume", operation_id = "resume_scan", tag = "scans", params(
    ("scan" = String, Path),
), responses((status = 200, body = admin::Scan)))]
pub(crate) async fn resume(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Scan>, ApiError> {
    let scan = api.service.pause_scan(&id, false).await?;
    Ok(Answer(view(&scan, api.service.app().now(), &[])))
}

/// Runs a scan now
///
/// One run for each site; the same `Idempotency-Key` again gives the same runs.
#[utoipa::path(post, path = "/scans/{scan}/runs", operation_id = "start_runs", tag = "scans", params(
    ("scan" = String, Path),
    ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 visible characters, random."),
), request_body = StartRuns, responses((status = 202, body = StartedRuns)))]
pub(crate) async fn start(
    State(api): State<Api>,
    Named(id): Named<String>,
    headers: HeaderMap,
    MaybeJson(wanted): MaybeJson<StartRuns>,
) -> Result<Response, ApiError> {
    let scan = find(&api, &id).await?;
    let key = idempotency_key(&headers)?.unwrap_or_else(|| api.settings.ids.new_id());
    if let Some(other) = wanted.sites.iter().find(|site| !scan.draft.sites.contains(site)) {
        let message = format!("this scan does not run at site {other}");
        return Err(ApiError::invalid("sites", "site_not_of_scan", message));
    }
    let held = scan.blackout_windows().until(api.service.app().now());
    let sites = scan.draft.sites.iter();
    let sites: Vec<_> = sites.filter(|site| wanted.sites.is_empty() || wanted.sites.contains(site)).collect();
    let mut runs: Vec<StartedRun> = Vec::new();
    for site in &sites {
        let begun = api.service.begin_run(&scan.id, site, &Due::Now(key.clone())).await;
        let before = || runs.iter().map(words).collect();
        let begun = begun.map_err(|error| ApiError::from(error).after(before(), sites.len()))?;
        let (id, waiting, note) = match begun {
            RunBegun::Begun(id) => (Some(id), false, None),
            RunBegun::Waiting(id) => (Some(id), true, None),
            RunBegun::Skipped(why) => (None, false, Some(note(&why))),
        };
        let held_until = id.as_ref().and(held).map(Time);
        runs.push(StartedRun { site: (*site).clone(), id, waiting, held_until, note });
    }
    let detail = Detail::listing("", runs.iter().map(words));
    let answer = json_response(StatusCode::ACCEPTED, "application/json", &StartedRuns { runs });
    Ok((Extension(detail), answer).into_response())
}

/// `run 20260131t120000-0123456789ab at office`
fn words(started: &StartedRun) -> String {
    match &started.id {
        Some(id) => format!("run {id} at {}", started.site),
        None => format!("no run at {}", started.site),
    }
}

/// The scan of an id; 404 where there is none.
pub(crate) async fn find(api: &Api, id: &str) -> Result<Scan, ApiError> {
    api.service.app().scan(id).await?.ok_or_else(|| ApiError::unknown(format!("scan {id}")))
}

fn etag(scan: &Scan) -> [(header::HeaderName, HeaderValue); 1] {
    answer::etag(scan.version)
}
