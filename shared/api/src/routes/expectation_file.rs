//! Expectations as a file for version control.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use portdelta_app::{AppliedFile, Applying};
use portdelta_protocol::admin::AppliedExpectations;
use serde::Deserialize;

use super::expectations::view;
use crate::Api;
use crate::access::Caller;
use crate::answer::{Answer, etag};
use crate::audit::Detail;
use crate::error::ApiError;
use crate::extract::{self, Query, if_match};

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
#[utoipa::path(get, path = "/expectation-file", operation_id = "expectation_file", tag = "expectations", responses(
    (status = 200, description = "The file.", content((serde_json::Value = "application/yaml")),
        headers(("ETag" = String, description = "The version of all that is expected."))),
))]
pub(crate) async fn export(State(api): State<Api>) -> Result<Response, ApiError> {
    let (file, version) = api.service.app().expectation_file().await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"expectations.yaml\"")),
    ];
    Ok((etag(version), headers, file).into_response())
}

/// Lets expectations be what a file says
///
/// What it names is made or changed; the rest stays, unless `prune`. A file with a mistake changes nothing, and is refused
/// with the line and column of the mistake. With `prune` it must say which version it replaces, or it would remove what
/// somebody else made meanwhile.
#[utoipa::path(put, path = "/expectation-file", operation_id = "apply_expectation_file", tag = "expectations",
    params(How, ("If-Match" = Option<String>, Header,
        description = "The `ETag` of the file or of a preview; needed with `prune`.")),
    request_body(content_type = "application/yaml", content = String), responses(
    (status = 200, body = AppliedExpectations,
        headers(("ETag" = String, description = "The version of all that is expected."))),
))]
pub(crate) async fn apply(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Query(How { prune }): Query<How>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let is_asked = prune || headers.contains_key(header::IF_MATCH);
    let seen = is_asked.then(|| if_match(&headers)).transpose()?;
    let (version, done) = applied((&api, &caller), Applying { prune, dry_run: false, seen }, body).await?;
    Ok((etag(version), Extension(detail(&done)), Answer(done)).into_response())
}

/// What applying a file would do
#[utoipa::path(post, path = "/expectation-file/preview", operation_id = "preview_expectation_file",
    tag = "expectations", params(How), request_body(content_type = "application/yaml", content = String), responses(
    (status = 200, body = AppliedExpectations,
        headers(("ETag" = String, description = "The version of all that is expected now."))),
))]
pub(crate) async fn preview(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Query(How { prune }): Query<How>,
    body: Body,
) -> Result<Response, ApiError> {
    let how = Applying { prune, dry_run: true, seen: None };
    let (version, would) = applied((&api, &caller), how, body).await?;
    Ok((etag(version), Answer(would)).into_response())
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

/// The version of all expectations, and what was done or would be.
async fn applied(
    (api, caller): (&Api, &Caller),
    how: Applying,
    body: Body,
) -> Result<(i64, AppliedExpectations), ApiError> {
    let bytes = extract::bytes(body, api.settings.limits.max_json_bytes).await?;
    let file = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        let read = String::from_utf8_lossy(&error.as_bytes()[..place]);
        let line = read.matches('\n').count() + 1;
        ApiError::invalid("file", "file_not_utf8", format!("line {line}: this is no UTF-8"))
            .hint("Save the file as UTF-8.")
    })?;
    let AppliedFile { made, changed, removed, unchanged, version } =
        api.service.app().apply_expectations(&file, how, Some(&caller.name())).await?;
    let applied = AppliedExpectations {
        made: made.into_iter().map(view).collect(),
        changed: changed.into_iter().map(view).collect(),
        removed: removed.into_iter().map(view).collect(),
        unchanged: unchanged as u64,
    };
    Ok((version, applied))
}
