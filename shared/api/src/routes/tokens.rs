//! Tokens of people and programs.

use axum::extract::State;
use axum::http::StatusCode;
use portdelta_app::repositories::Token;
use portdelta_core::UnixTime;
use portdelta_protocol::admin::{self, CreatedToken, NewToken, Page, Time};

use crate::Api;
use crate::answer::{Answer, Created};
use crate::by_name::ByName;
use crate::cursor::{Paging, page_of};
use crate::error::ApiError;
use crate::extract::{Json, Named, Query};

/// All tokens of people and programs, oldest first
#[utoipa::path(get, path = "/tokens", operation_id = "tokens", tag = "tokens", params(ByName, Paging), responses(
    (status = 200, body = Page<admin::Token>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(by): Query<ByName>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<admin::Token>>, ApiError> {
    let tokens = api.service.app().tokens().await?.into_iter();
    let tokens = tokens.filter(|(token, _)| by.wants(&[&token.name]));
    let tokens = tokens.map(|(token, used)| view(token, used)).collect();
    // In the order of the list, so that it goes on behind one that is gone.
    let place = |token: &admin::Token| format!("{:020} {}", token.created.0.seconds(), token.id);
    page_of(tokens, &paging, &format!("tokens {by:?}"), place).map(Answer)
}

/// Makes a token for a person or program
#[utoipa::path(post, path = "/tokens", operation_id = "create_token", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = CreatedToken)))]
pub(crate) async fn create(
    State(api): State<Api>,
    Json(new): Json<NewToken>,
) -> Result<Created<CreatedToken>, ApiError> {
    let made = api.service.app().create_token(&new.name, new.role, new.expires_days).await?;
    Ok(Created(CreatedToken { token: view(made.token, None), secret: made.secret }))
}

/// Voids a token at once
#[utoipa::path(delete, path = "/tokens/{token}", operation_id = "revoke_token", tag = "tokens", params(
    ("token" = String, Path),
), responses((status = 204)))]
pub(crate) async fn revoke(State(api): State<Api>, Named(id): Named<String>) -> Result<StatusCode, ApiError> {
    api.service.app().revoke_token(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(token: Token, used: Option<UnixTime>) -> admin::Token {
    admin::Token {
        id: token.id,
        name: token.name,
        role: token.role,
        created: Time(token.created),
        expires: token.expires.map(Time),
        last_used: used.map(Time),
    }
}
