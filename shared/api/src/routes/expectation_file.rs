//! Expectations as a file for version control.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use portdelta_app::{AppliedFile, Applying};
use portdelta_protocol::admin::AppliedExpectations;
use serde::Deserialize;

use super::expectations::view;
use crate::Api;
use crate::access::Caller;
use crate::answer::Answer;
use crate::audit::Detail;
use crate::error::ApiError;
use crate::extract::{self, Query};

const MEDIA: &str = "application/yaml";

/// How a file is applied.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// What the file does not name is removed.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    prune: bool,
}

/// All expectations as a file
///
/// YAML, by id, those that expired too. `PUT` takes it back.
#[utoipa::path(get, path = "/expectation-file", operation_id = "expectation_file", tag = "expectations",
    responses((status = 200, description = "The file.", content((serde_json::Value = "application/yaml")))))]
pub(crate) async fn export(State(api): State<Api>) -> Result<Response, ApiError> {
    let file = api.service.app().expectation_file().await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"expectations.yaml\"")),
    ];
    Ok((headers, file).into_response())
}

/// Lets expectations be what a file says
///
/// What it names is made or changed; the rest stays, unless `prune`. A file with a mistake changes nothing, and is refused
/// with the line and column of the mistake.
#[utoipa::path(put, path = "/expectation-file", operation_id = "apply_expectation_file", tag = "expectations",
    params(How), request_body(content_type = "application/yaml", content = String),
    responses((status = 200, body = AppliedExpectations)))]
pub(crate) async fn apply(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Query(how): Query<How>,
    body: Body,
) -> Result<(Extension<Detail>, Answer<AppliedExpectations>), ApiError> {
    let done = applied((&api, &caller), how, false, body).await?;
    Ok((Extension(detail(&done)), Answer(done)))
}

/// What applying a file would do
#[utoipa::path(post, path = "/expectation-file/preview", operation_id = "preview_expectation_file",
    tag = "expectations", params(How), request_body(content_type = "application/yaml", content = String),
    responses((status = 200, body = AppliedExpectations)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Query(how): Query<How>,
    body: Body,
) -> Result<Answer<AppliedExpectations>, ApiError> {
    applied((&api, &caller), how, true, body).await.map(Answer)
}

/// What a file did, for the audit trail: what is gone is known from nowhere else.
fn detail(done: &AppliedExpectations) -> Detail {
    let AppliedExpectations { made, changed, removed, unchanged } = done;
    let counts = [removed, made, changed].map(Vec::len);
    let head =
        format!("{} removed, {} made, {} changed, {unchanged} as before", counts[0], counts[1], counts[2]);
    let all = [("removed", removed), ("made", made), ("changed", changed)].into_iter();
    Detail::listing(
        head,
        all.flat_map(|(word, list)| list.iter().map(move |one| format!("{word} {}", one.id))),
    )
}

async fn applied(
    (api, caller): (&Api, &Caller),
    How { prune }: How,
    dry_run: bool,
    body: Body,
) -> Result<AppliedExpectations, ApiError> {
    let bytes = extract::bytes(body, api.settings.limits.max_json_bytes).await?;
    let file = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let read = String::from_utf8_lossy(&error.as_bytes()[..place]);
        let line = read.matches('\n').count() + 1;
        ApiError::invalid("file", "file_not_utf8", format!("line {line}: this is no UTF-8"))
            .hint("Save the file as UTF-8.")
    })?;
    let how = Applying { prune, dry_run };
    let AppliedFile { made, changed, removed, unchanged } =
        api.service.app().apply_expectations(&file, how, Some(&caller.name())).await?;
    Ok(AppliedExpectations {
        made: made.into_iter().map(view).collect(),
        changed: changed.into_iter().map(view).collect(),
        removed: removed.into_iter().map(view).collect(),
        unchanged: unchanged as u64,
    })
}
