//! How people come in.

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use portdelta_app::password::check_password;
use portdelta_app::repositories::User;
use portdelta_app::{AppError, check_user_name};
use portdelta_protocol::admin::{AcceptInvitation, PeopleSettings, Registration, Session};

use crate::Api;
use crate::answer::{Answer, etag};
use crate::audit;
use crate::cookie;
use crate::error::ApiError;
use crate::extract::{Json, if_match};
use crate::rates::neighbourhood;
use crate::request::Peer;
use crate::routes::session::welcome;
use crate::routes::single_sign_on::redirect_url;

/// Sets a password by an invitation, and signs in
#[utoipa::path(post, path = "/invitations/accept", operation_id = "accept_invitation", tag = "people",
    request_body = AcceptInvitation, responses(
    (status = 201, body = Session, headers(("Set-Cookie" = String, description = "The session."))),
))]
pub(crate) async fn accept(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(AcceptInvitation { invitation, password }): Json<AcceptInvitation>,
) -> Result<Response, ApiError> {
    let app = api.service.app();
    let user = app.invited(&invitation).await?;
    check_password("password", &password, &user.name).map_err(AppError::from)?;
    let hash = api.passwords.hash(password).await?;
    let user = app.accept_invitation(&invitation, &hash).await?;
    begin(&api, &user, &headers).await
}

/// Makes a viewer of who asks, where that is switched on, and signs in
#[utoipa::path(post, path = "/registrations", operation_id = "register", tag = "people",
    request_body = Registration, responses(
    (status = 201, body = Session, headers(("Set-Cookie" = String, description = "The session."))),
))]
pub(crate) async fn register(
    State(api): State<Api>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Json(Registration { name, password }): Json<Registration>,
) -> Result<Response, ApiError> {
    let app = api.service.app();
    app.check_registration().await?;
    let name = check_user_name(&name).map_err(AppError::from)?;
    check_password("password", &password, &name).map_err(AppError::from)?;
    app.count_registration(&neighbourhood(peer).to_string()).await?;
    let hash = api.passwords.hash(password).await?;
    let user = app.register(&name, hash).await?;
    begin(&api, &user, &headers).await
}

/// Signs in who has a password from now on, whether or not that works.
async fn begin(api: &Api, user: &User, headers: &HeaderMap) -> Result<Response, ApiError> {
    let session = api.service.app().open_session(user, cookie::held(headers)).await;
    let before = || vec![format!("user {} has a password", user.name)];
    Ok(welcome(&session.map_err(|error| ApiError::from(error).after(before(), 2))?))
}

/// How people come in
#[utoipa::path(get, path = "/settings/people", operation_id = "people_settings", tag = "people", responses(
    (status = 200, body = PeopleSettings, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn settings(State(api): State<Api>) -> Result<Response, ApiError> {
    let (settings, version) = api.service.app().people_settings().await?;
    Ok((etag(version), Answer(shown(&api, settings))).into_response())
}

/// Changes how people come in
///
/// A client secret that is absent stays, as long as the provider and the client do.
#[utoipa::path(put, path = "/settings/people", operation_id = "set_people_settings", tag = "people", params(
    ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = PeopleSettings, responses(
    (status = 200, body = PeopleSettings, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn set(
    State(api): State<Api>,
    headers: HeaderMap,
    Json(wanted): Json<PeopleSettings>,
) -> Result<Response, ApiError> {
    let version = if_match(&headers)?;
    let app = api.service.app();
    let (before, _) = app.people_settings().await?;
    let (settings, version) = app.set_people_settings(&wanted, version).await?;
    let has_new_secret = wanted.single_sign_on.is_some_and(|provider| provider.client_secret.is_some());
    let detail = audit::settings::people(&before, &settings, has_new_secret);
    Ok((etag(version), Extension(detail), Answer(shown(&api, settings))).into_response())
}

/// With what only the server knows of itself.
fn shown(api: &Api, settings: PeopleSettings) -> PeopleSettings {
    PeopleSettings { redirect_url: redirect_url(api), ..settings }
}
