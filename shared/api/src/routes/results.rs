//! What stands behind the ids by which changes name results.

use axum::extract::State;
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_protocol::admin::ResultView;

use crate::Api;
use crate::answer::Answer;
use crate::error::ApiError;
use crate::extract::Both;

/// A result: who scanned what with what, and what is kept of it
#[utoipa::path(get, path = "/sites/{site}/results/{result}", operation_id = "result", tag = "results", params(
    ("site" = String, Path), ("result" = String, Path, description = "As `why` of a change names it."),
), responses((status = 200, body = ResultView)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Both(site, id): Both<SiteId, ResultId>,
) -> Result<Answer<ResultView>, ApiError> {
    let found = api.service.app().provenance(&site, id).await?;
    let found = found.ok_or_else(|| {
        ApiError::unknown(format!("result {} at site {site}", id.short())).hint(
            "Of files with several documents that came before they were noted, only the first is known.",
        )
    })?;
    Ok(Answer(found.view(id)))
}
