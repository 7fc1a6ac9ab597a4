//! Agents, and how they come in.

use axum::extract::State;
use axum::http::StatusCode;
use portdelta_app::AgentFilter;
use portdelta_app::AgentView;
use portdelta_app::repositories::Enrolment;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{self, CreatedEnrolment, MoveAgent, NewEnrolment, Page, Time};
use portdelta_protocol::enrolment::EnrolmentToken;
use serde::Deserialize;

use crate::Api;
use crate::answer::{Answer, Created};
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query};

/// Which agents are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only at this site.
    #[param(value_type = Option<String>)]
    site: Option<SiteId>,
    /// Also those that are hidden.
    hidden: Option<bool>,
}

/// All agents, in the order in which they enrolled
#[utoipa::path(get, path = "/agents", operation_id = "agents", tag = "agents", params(Wanted, Paging), responses(
    (status = 200, body = Page<admin::Agent>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Agent>>, ApiError> {
    let of = format!("agents {wanted:?}");
    let filter = AgentFilter { site: wanted.site, hidden: wanted.hidden.unwrap_or(false) };
    let agents = api.service.app().agents(&filter).await?.iter().map(view).collect();
    page_of(agents, &paging, &of, |agent: &admin::Agent| agent.id.clone()).map(Answer)
}

/// One agent
#[utoipa::path(get, path = "/agents/{agent}", operation_id = "agent", tag = "agents", params(
    ("agent" = String, Path),
), responses((status = 200, body = admin::Agent)))]
pub(crate) async fn one(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Agent>, ApiError> {
    Ok(Answer(view(&api.service.app().known_agent(&id).await?)))
}

/// Lets an agent work
#[utoipa::path(post, path = "/agents/{agent}/approve", operation_id = "approve_agent", tag = "agents", params(
    ("agent" = String, Path),
), responses((status = 200, body = admin::Agent)))]
pub(crate) async fn approve(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Agent>, ApiError> {
    api.service.app().approve_agent(&id).await?;
    one(State(api), Named(id)).await
}

/// Shuts an agent out at once and for good
#[utoipa::path(post, path = "/agents/{agent}/revoke", operation_id = "revoke_agent", tag = "agents", params(
    ("agent" = String, Path),
), responses((status = 200, body = admin::Agent)))]
pub(crate) async fn revoke(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Agent>, ApiError> {
    api.service.app().revoke_agent(&id).await?;
    one(State(api), Named(id)).await
}

/// Leaves an agent out of lists
#[utoipa::path(post, path = "/agents/{agent}/hide", operation_id = "hide_agent", tag = "agents", params(
    ("agent" = String, Path),
), responses((status = 200, body = admin::Agent)))]
pub(crate) async fn hide(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Agent>, ApiError> {
    api.service.app().hide_agent(&id, true).await?;
    one(State(api), Named(id)).await
}

/// Shows an agent in lists again
#[utoipa::path(post, path = "/agents/{agent}/show", operation_id = "show_agent", tag = "agents", params(
    ("agent" = String, Path),
), responses((status = 200, body = admin::Agent)))]
pub(crate) async fn show(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Answer<admin::Agent>, ApiError> {
    api.service.app().hide_agent(&id, false).await?;
    one(State(api), Named(id)).await
}

/// Lets an agent work for another site
#[utoipa::path(post, path = "/agents/{agent}/move", operation_id = "move_agent", tag = "agents", params(
    ("agent" = String, Path),
), request_body = MoveAgent, responses((status = 200, body = admin::Agent)))]
pub(crate) async fn relocate(
    State(api): State<Api>,
    Named(id): Named<String>,
    Json(ask): Json<MoveAgent>,
) -> Result<Answer<admin::Agent>, ApiError> {
    api.service.app().move_agent(&id, &ask.site).await?;
    one(State(api), Named(id)).await
}

/// Enrolments that nobody has used yet
#[utoipa::path(get, path = "/enrolments", operation_id = "enrolments", tag = "agents", params(Paging), responses(
    (status = 200, body = Page<admin::Enrolment>),
))]
pub(crate) async fn enrolments(
    State(api): State<Api>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Enrolment>>, ApiError> {
    let all = api.service.app().enrolments().await?.into_iter().map(enrolment).collect();
    page_of(all, &paging, "enrolments", |one: &admin::Enrolment| one.id.clone()).map(Answer)
}

/// Makes an enrolment: a token that lets one agent in
#[utoipa::path(post, path = "/enrolments", operation_id = "create_enrolment", tag = "agents",
    request_body = NewEnrolment, responses((status = 201, body = CreatedEnrolment)))]
pub(crate) async fn enrol(
    State(api): State<Api>,
    Json(new): Json<NewEnrolment>,
) -> Result<Created<CreatedEnrolment>, ApiError> {
    let made = api.service.app().make_enrolment(&new.site, new.expires_minutes).await?;
    let token = EnrolmentToken {
        server: api.settings.public_url.clone(),
        secret: made.secret,
        pin: api.settings.pin.clone(),
    };
    Ok(Created(CreatedEnrolment { enrolment: enrolment(made.enrolment), token: token.to_string() }))
}

/// Voids an enrolment
#[utoipa::path(delete, path = "/enrolments/{enrolment}", operation_id = "delete_enrolment", tag = "agents", params(
    ("enrolment" = String, Path),
), responses((status = 204)))]
pub(crate) async fn unenrol(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<StatusCode, ApiError> {
    api.service.app().delete_enrolment(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn enrolment(known: Enrolment) -> admin::Enrolment {
    let Enrolment { id, site, created, expires, .. } = known;
    admin::Enrolment { id, site, created: Time(created), expires: Time(expires) }
}

fn view(known: &AgentView) -> admin::Agent {
    let AgentView { agent, status, seen } = known;
    let seen = seen.as_ref();
    admin::Agent {
        id: agent.id.clone(),
        name: agent.name.clone(),
        site: agent.site.clone(),
        status: *status,
        hidden: agent.hidden,
        enrolled: Time(agent.enrolled),
        approved: agent.approved.map(Time),
        last_seen: seen.map(|seen| Time(seen.at)),
        key: agent.key.short(),
        facts: agent.facts.clone(),
        clock_ahead: seen.map(|seen| seen.clock_ahead),
        tasks: seen.map(|seen| seen.tasks.clone()).unwrap_or_default(),
        spooled: seen.map(|seen| seen.spooled).unwrap_or_default(),
        load: seen.map(|seen| seen.load).unwrap_or_default(),
    }
}
