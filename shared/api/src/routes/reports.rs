//! Reports of finished runs.

use std::num::NonZeroUsize;

use axum::extract::State;
use portdelta_app::repositories::ReportFilter;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::score::{RunStatus, ScoreClass};
use portdelta_protocol::admin::{self, Page, Time};
use serde::Deserialize;

use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::views::runs::report;

/// Which reports are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only of this scan, by its id.
    scan: Option<String>,
    /// Only those that touched this network.
    network: Option<String>,
    /// Only with this status: `stable`, `changes` or `critical`.
    #[param(value_type = Option<String>)]
    status: Option<RunStatus>,
    /// Only with a score of this class: `excellent`, `good`, `monitor` or `critical`.
    #[param(value_type = Option<String>)]
    class: Option<ScoreClass>,
    /// Only with this text in the scan's name.
    name: Option<String>,
    /// Only with a change of this kind: `port-opened`, ...
    kind: Option<String>,
    /// Only those that were finished since then.
    since: Option<Time>,
}

/// Reports, newest first
#[utoipa::path(get, path = "/reports", operation_id = "reports", tag = "reports", params(Wanted, Paging), responses(
    (status = 200, body = Page<admin::Report>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Report>>, ApiError> {
    let of = format!("reports {wanted:?}");
    let limit = NonZeroUsize::new(paging.limit()?).unwrap_or(NonZeroUsize::MIN);
    let after: Option<String> = paging.place(&of)?;
    let filter = ReportFilter {
        scan: wanted.scan,
        site: wanted.site,
        network: wanted.network,
        status: wanted.status,
        class: wanted.class,
        name: wanted.name,
        kind: wanted.kind,
        since: wanted.since.map(|Time(time)| time),
    };
    let page = api.service.app().reports(&filter, limit, after.as_deref()).await?;
    let next = page.next.and_then(|next| cursor(&of, &next));
    Ok(Answer(Page { items: page.reports.iter().map(report).collect(), next }))
}

/// One report
#[utoipa::path(get, path = "/reports/{run}", operation_id = "report", tag = "reports", params(
    ("run" = String, Path),
), responses((status = 200, body = admin::Report)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Named(run): Named<RunId>,
) -> Result<Answer<admin::Report>, ApiError> {
    let app = api.service.app();
    let found = app.report(&run).await?;
    let found = found.ok_or_else(|| ApiError::unknown(format!("report of run {run}")))?;
    let view = admin::Report { posture: app.report_postures(&found).await?, ..report(&found) };
    Ok(Answer(view))
}
