//! Things that are wrong now, and the ports that are watched.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use portdelta_app::notify::views::{action_in, alert_out, state_in, watched_in, watched_out};
use portdelta_app::notify::{AlertFilter, WatchedPortDraft};
use portdelta_core::ids::SiteId;
use portdelta_core::watch::{self, WatchRule};
use portdelta_protocol::admin::{
    self, AlertAction, AlertState, BulkAction, BulkLine, BulkOutcome, Page, Severity, WatchedPort,
};
use serde::Deserialize;

use crate::Api;
use crate::access::Caller;
use crate::answer::{Answer, etag};
use crate::audit::{self, Detail};
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query, if_match};

/// Which alerts are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only in this state; where absent, all that are not resolved.
    state: Option<AlertState>,
    /// At least so severe.
    severity: Option<Severity>,
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Only at an address of this network.
    network: Option<String>,
    /// Only of this rule, or this kind of trouble.
    rule: Option<String>,
    /// Only at this address.
    #[param(value_type = Option<String>)]
    address: Option<IpAddr>,
}

/// What is wrong, newest first
#[utoipa::path(get, path = "/alerts", operation_id = "alerts", tag = "alerts", params(Wanted, Paging), responses(
    (status = 200, body = Page<admin::Alert>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Alert>>, ApiError> {
    let of = format!("alerts {wanted:?}");
    let limit = NonZeroUsize::new(paging.limit()?).unwrap_or(NonZeroUsize::MIN);
    let after: Option<String> = paging.place(&of)?;
    let filter = AlertFilter {
        states: wanted.state.map(state_in).into_iter().collect(),
        min_severity: wanted.severity.and_then(|severity| watch::Severity::from_name(severity.name())),
        site: wanted.site,
        network: wanted.network,
        rule: wanted.rule,
        address: wanted.address,
    };
    let app = api.service.app();
    let page = app.alerts(&filter, limit, after.as_deref()).await?;
    let items = page.alerts.iter().map(|alert| alert_out(alert, app.now(), false)).collect();
    Ok(Answer(Page { items, next: page.next.and_then(|next| cursor(&of, &next)) }))
}

/// One alert, with its history
#[utoipa::path(get, path = "/alerts/{alert}", operation_id = "alert", tag = "alerts", params(
    ("alert" = String, Path),
), responses((status = 200, body = admin::Alert)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Named(id): Named<portdelta_core::alert::AlertId>,
) -> Result<Answer<admin::Alert>, ApiError> {
    let app = api.service.app();
    let alert = app.alert(id).await?.ok_or_else(|| ApiError::unknown("such alert"))?;
    Ok(Answer(alert_out(&alert, app.now(), true)))
}

/// Does something about an alert
#[utoipa::path(post, path = "/alerts/{alert}/actions", operation_id = "act_on_alert", tag = "alerts", params(
    ("alert" = String, Path),
), request_body = AlertAction, responses((status = 200, body = admin::Alert)))]
pub(crate) async fn act(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Named(id): Named<String>,
    Json(action): Json<AlertAction>,
) -> Result<(Extension<Detail>, Answer<admin::Alert>), ApiError> {
    let app = api.service.app();
    let alert = app.act_on_alert(&id, &caller.name(), action_in(&action)).await?;
    Ok((Extension(Detail::new(words(&action))), Answer(alert_out(&alert, app.now(), true))))
}

/// Does the same about several alerts
#[utoipa::path(post, path = "/alerts/actions", operation_id = "act_on_alerts", tag = "alerts",
    request_body = BulkAction, responses((status = 200, body = BulkOutcome)))]
pub(crate) async fn act_on_all(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Json(bulk): Json<BulkAction>,
) -> Result<(Extension<Detail>, Answer<BulkOutcome>), ApiError> {
    let app = api.service.app();
    let lines = app.act_on_alerts(&bulk.alerts, &caller.name(), &action_in(&bulk.action)).await?;
    let now = app.now();
    let changed: Vec<String> =
        lines.iter().filter(|line| line.outcome.is_ok()).map(|line| line.alert.clone()).collect();
    let head = format!("{} {} of {} alerts", words(&bulk.action), changed.len(), lines.len());
    let detail = Detail::listing(head, changed);
    let line = |line: portdelta_app::notify::BulkLine| match line.outcome {
        Ok(alert) => {
            BulkLine { alert: line.alert, state: Some(alert_out(&alert, now, false).state), problem: None }
        }
        Err(error) => {
            let problem = ApiError::from(error).problem("");
            BulkLine { alert: line.alert, state: None, problem: Some(problem) }
        }
    };
    Ok((Extension(detail), Answer(BulkOutcome { outcomes: lines.into_iter().map(line).collect() })))
}

/// `ignore until 2027-01-31T12:00:00Z`
fn words(action: &AlertAction) -> String {
    match action {
        AlertAction::Acknowledge { .. } => "acknowledge".to_owned(),
        AlertAction::Action { .. } => "action".to_owned(),
        AlertAction::Ignore { until, .. } => format!("ignore until {until}"),
        AlertAction::Reopen { .. } => "reopen".to_owned(),
    }
}

/// The ports that are watched
#[utoipa::path(get, path = "/watched-ports", operation_id = "watched_ports", tag = "alerts", responses(
    (status = 200, body = Vec<WatchedPort>, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn watched(State(api): State<Api>) -> Result<Response, ApiError> {
    let (rules, version) = api.service.app().versioned_watched_ports().await?;
    Ok((etag(version), watched_answer(&rules)).into_response())
}

/// Replaces the ports that are watched
#[utoipa::path(put, path = "/watched-ports", operation_id = "set_watched_ports", tag = "alerts",
    params(("If-Match" = String, Header, description = "The `ETag` of what is replaced.")),
    request_body = Vec<WatchedPort>, responses(
    (status = 200, body = Vec<WatchedPort>, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn watch(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(ports): Json<Vec<WatchedPort>>,
) -> Result<Response, ApiError> {
    let seen = if_match(&headers)?;
    let drafts: Vec<WatchedPortDraft> = ports.iter().map(watched_in).collect();
    let app = api.service.app();
    let (before, _) = app.versioned_watched_ports().await?;
    let (rules, version) = app.replace_watched_ports(Some(seen), &drafts).await?;
    let detail = audit::settings::watched_ports(&before, &rules);
    Ok((etag(version), Extension(detail), watched_answer(&rules)).into_response())
}

fn watched_answer(rules: &[WatchRule]) -> Answer<Vec<WatchedPort>> {
    Answer(rules.iter().map(watched_out).collect())
}
