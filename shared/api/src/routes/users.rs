//! Users.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use portdelta_app::password::check_password;
use portdelta_app::{AppError, NewUser, repositories};
use portdelta_core::UnixTime;
use portdelta_protocol::admin::{self, CreatedUser, Invited, Page, Time, User, UserChange};

use crate::Api;
use crate::answer::{Answer, Created, etag};
use crate::by_name::ByName;
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query, if_match};

/// All users by name
#[utoipa::path(get, path = "/users", operation_id = "users", tag = "people", params(ByName, Paging), responses(
    (status = 200, body = Page<User>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(by): Query<ByName>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<User>>, ApiError> {
    let users = api.service.app().users().await?;
    let users = users.iter().filter(|(user, _)| by.wants(&[&user.name]));
    let users = users.map(|(user, seen)| view(user, *seen)).collect();
    page_of(users, &paging, &format!("users {by:?}"), |user: &User| user.name.to_ascii_lowercase())
        .map(Answer)
}

/// Makes a user, who is invited to set a password where none is given
#[utoipa::path(post, path = "/users", operation_id = "create_user", tag = "people", request_body = admin::NewUser,
    responses((status = 201, body = CreatedUser, headers(("ETag" = String, description = "The user's version.")))))]
pub(crate) async fn create(
    State(api): State<Api>,
    Json(admin::NewUser { name, role, password }): Json<admin::NewUser>,
) -> Result<Response, ApiError> {
    let password = match password {
        Some(password) => {
            check_password("password", &password, &name).map_err(AppError::from)?;
            Some(api.passwords.hash(password).await?)
        }
        None => None,
    };
    let (user, invited) = api.service.app().create_user(NewUser { name, role, password }).await?;
    let invitation = invited.map(|invited| invited.invitation);
    let tag = etag(user.version);
    Ok((tag, Created(CreatedUser { user: view(&user, None), invitation })).into_response())
}

/// One user
#[utoipa::path(get, path = "/users/{user}", operation_id = "user", tag = "people", params(
    ("user" = String, Path),
), responses((status = 200, body = User, headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn one(State(api): State<Api>, Named(id): Named<String>) -> Result<Response, ApiError> {
    let user = api.service.app().user(&id).await?;
    let user = user.ok_or_else(|| ApiError::unknown(format!("user {id}")))?;
    answer(&api, &user).await
}

/// Changes a user
///
/// Who is disabled is signed out at once. Somebody who can sign in stays an administrator.
#[utoipa::path(put, path = "/users/{user}", operation_id = "edit_user", tag = "people", params(
    ("user" = String, Path), ("If-Match" = String, Header, description = "The `ETag` of what is replaced."),
), request_body = UserChange, responses(
    (status = 200, body = User, headers(("ETag" = String, description = "Its version."))),
))]
pub(crate) async fn edit(
    State(api): State<Api>,
    Named(id): Named<String>,
    headers: HeaderMap,
    Json(UserChange { name, role, disabled }): Json<UserChange>,
) -> Result<Response, ApiError> {
    let version = if_match(&headers)?;
    let user = api.service.app().edit_user(&id, version, &name, role, disabled).await?;
    answer(&api, &user).await
}

/// Removes a user, who is signed out at once
#[utoipa::path(delete, path = "/users/{user}", operation_id = "delete_user", tag = "people", params(
    ("user" = String, Path),
), responses((status = 204)))]
pub(crate) async fn remove(State(api): State<Api>, Named(id): Named<String>) -> Result<StatusCode, ApiError> {
    api.service.app().remove_user(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invites a user to set a password; what was sent before is void
#[utoipa::path(post, path = "/users/{user}/invitation", operation_id = "invite_user", tag = "people", params(
    ("user" = String, Path),
), responses((status = 201, body = Invited)))]
pub(crate) async fn invite(
    State(api): State<Api>,
    Named(id): Named<String>,
) -> Result<Created<Invited>, ApiError> {
    let app = api.service.app();
    let invited = app.invite_user(&id).await?;
    let user = view(&invited.user, app.last_sign_in(&id).await?);
    Ok(Created(Invited { user, invitation: invited.invitation, expires: Time(invited.expires) }))
}

async fn answer(api: &Api, user: &repositories::User) -> Result<Response, ApiError> {
    let seen = api.service.app().last_sign_in(&user.id).await?;
    Ok((etag(user.version), Answer(view(user, seen))).into_response())
}

fn view(user: &repositories::User, seen: Option<UnixTime>) -> User {
    User {
        id: user.id.clone(),
        name: user.name.clone(),
        role: user.role,
        disabled: user.disabled,
        created: Time(user.created),
        last_sign_in: seen.map(Time),
        has_password: user.has_password(),
        single_sign_on: user.identity.is_some(),
        invited_until: user.invited_until().map(Time),
    }
}
