//! Signing in and out, and who asks.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use portdelta_app::password::check_password;
use portdelta_app::{NewSession, SignInAttempt};
use portdelta_protocol::admin::{
    ChangePassword, Me, Session, SessionUser, SignIn, SignInOptions, SingleSignOnName,
};

use crate::Api;
use crate::access::Person;
use crate::answer::{Answer, Created};
use crate::cookie;
use crate::error::ApiError;
use crate::extract::Json;
use crate::passwords::Looked;
use crate::rates::neighbourhood;
use crate::request::Peer;

/// Who asks
#[utoipa::path(get, path = "/me", tag = "people", responses((status = 200, body = Me)))]
pub(crate) async fn me(Extension(person): Extension<Person>) -> Answer<Me> {
    let Person { kind, id, name, role, .. } = person;
    Answer(Me { kind, id, name, role })
}

/// The ways in
#[utoipa::path(get, path = "/sign-in", operation_id = "sign_in_options", tag = "people", responses(
    (status = 200, body = SignInOptions),
))]
pub(crate) async fn options(State(api): State<Api>) -> Result<Answer<SignInOptions>, ApiError> {
    let app = api.service.app();
    let (settings, _) = app.people_settings().await?;
    Ok(Answer(SignInOptions {
        needs_set_up: !app.has_working_admin().await?,
        self_registration: settings.self_registration,
        single_sign_on: settings
            .single_sign_on
            .filter(|_| api.settings.identities.is_some())
            .map(|provider| SingleSignOnName { name: provider.name }),
    }))
}

/// Signs in
///
/// The session that the browser held ends. After some failures one must wait, longer each time.
#[utoipa::path(post, path = "/session", operation_id = "sign_in", tag = "people", request_body = SignIn, responses(
    (status = 200, body = Session, headers(("Set-Cookie" = String, description = "The session."))),
))]
pub(crate) async fn sign_in(
    State(api): State<Api>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Json(SignIn { name, password }): Json<SignIn>,
) -> Result<Response, ApiError> {
    let app = api.service.app();
    let peer = neighbourhood(peer).to_string();
    let attempt = app.begin_sign_in(&name, &peer, api.passwords.cost()).await?;
    let Looked { right, anew } = look(&api, &attempt, password).await?;
    let session = app.end_sign_in(attempt, right, anew, cookie::held(&headers)).await?;
    Ok((cookie::give(&session), Answer(view(&session))).into_response())
}

/// Who is signed in
#[utoipa::path(get, path = "/session", operation_id = "session", tag = "people", responses(
    (status = 200, body = Session),
))]
pub(crate) async fn one(Extension(person): Extension<Person>) -> Result<Answer<Session>, ApiError> {
    let csrf = person.csrf.ok_or_else(no_session)?;
    let user = SessionUser { id: person.id, name: person.name, role: person.role };
    Ok(Answer(Session { user, csrf }))
}

/// Signs out
#[utoipa::path(delete, path = "/session", operation_id = "sign_out", tag = "people", responses((status = 204)))]
pub(crate) async fn sign_out(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    person.csrf.ok_or_else(no_session)?;
    api.service.app().sign_out(cookie::held(&headers).unwrap_or_default()).await?;
    Ok((cookie::take_away(), StatusCode::NO_CONTENT).into_response())
}

/// Signs out everywhere
#[utoipa::path(delete, path = "/sessions", operation_id = "sign_out_everywhere", tag = "people", responses(
    (status = 204),
))]
pub(crate) async fn sign_out_everywhere(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
) -> Result<Response, ApiError> {
    person.csrf.ok_or_else(no_session)?;
    api.service.app().sign_out_everywhere(&person.id).await?;
    Ok((cookie::take_away(), StatusCode::NO_CONTENT).into_response())
}

/// Changes the password of who is signed in
///
/// All their other sessions end.
#[utoipa::path(put, path = "/me/password", operation_id = "change_password", tag = "people",
    request_body = ChangePassword, responses((status = 204)))]
pub(crate) async fn change_password(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Json(ChangePassword { current, new }): Json<ChangePassword>,
) -> Result<StatusCode, ApiError> {
    let held = cookie::held(&headers).filter(|_| person.csrf.is_some()).ok_or_else(no_session)?;
    check_password("new", &new, &person.name).map_err(portdelta_app::AppError::from)?;
    let app = api.service.app();
    let peer = neighbourhood(peer).to_string();
    let attempt = app.begin_sign_in(&person.name, &peer, api.passwords.cost()).await?;
    let Looked { right, .. } = look(&api, &attempt, current).await?;
    let hash = api.passwords.hash(new).await;
    if right && hash.is_err() {
        app.give_up_sign_in(&attempt).await;
    }
    app.end_password_change(attempt, right, &hash?, held).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks at the password of an attempt; who is sent away before that guessed nothing.
async fn look(api: &Api, attempt: &SignInAttempt, password: String) -> Result<Looked, ApiError> {
    let looked = api.passwords.look(attempt, password).await;
    if looked.is_err() {
        api.service.app().give_up_sign_in(attempt).await;
    }
    looked
}

fn no_session() -> ApiError {
    let detail = "a token has no session and no password";
    ApiError::new(StatusCode::CONFLICT, "session.none", detail).hint("Sign in with name and password.")
}

pub(crate) fn view(session: &NewSession) -> Session {
    let user = &session.user;
    let user = SessionUser { id: user.id.clone(), name: user.name.clone(), role: user.role };
    Session { user, csrf: session.csrf.clone() }
}

/// The answer to who just made themselves known.
pub(crate) fn welcome(session: &NewSession) -> Response {
    (cookie::give(session), Created(view(session))).into_response()
}
