//! To a provider of OpenID Connect and back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portdelta_app::ports::{Identities, IdentityError, ProvenIdentity};
use portdelta_app::{Arrival, JOURNEY_SECONDS};
use portdelta_protocol::BASE_PATH;
use portdelta_protocol::admin::SingleSignOn;
use serde::Deserialize;

use crate::Api;
use crate::audit::Arrived;
use crate::cookie;
use crate::error::ApiError;
use crate::extract::Query;

/// What a browser holds between going and coming back.
const COOKIE: &str = "__Host-portdelta-sso";

/// The page to come back to.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// A page of the dashboard: `/scans`.
    #[serde(default)]
    to: Option<String>,
}

/// What a provider sends back.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Back {
    /// Proves to the provider who asks.
    #[serde(default)]
    code: Option<String>,
    /// What the browser was sent there with.
    #[serde(default)]
    state: Option<String>,
}

/// Leads the browser to the provider
#[utoipa::path(get, path = "/single-sign-on/start", operation_id = "start_single_sign_on", tag = "people",
    params(Wanted), responses((status = 302, description = "To the provider.")))]
pub(crate) async fn start(State(api): State<Api>, Query(wanted): Query<Wanted>) -> Response {
    match begin(&api, wanted.to.as_deref().unwrap_or("/")).await {
        Ok((url, held)) => {
            let cookie = cookie::set(COOKIE, &held, JOURNEY_SECONDS);
            (StatusCode::FOUND, location(&url), cookie).into_response()
        }
        Err(error) => back_to_sign_in(&error),
    }
}

async fn begin(api: &Api, to: &str) -> Result<(String, String), ApiError> {
    let (provider, identities) = provider(api).await?;
    let journey = identities.begin(&provider, &redirect_url(api)).await.map_err(|error| unproven(&error))?;
    let held = api.service.app().begin_single_sign_on(&journey, to).await?;
    Ok((journey.url, held))
}

/// Takes the browser back from the provider, and signs in
///
/// Leads to the page that was wanted, or to `/sign-in?error=CODE`.
#[utoipa::path(get, path = "/single-sign-on/callback", operation_id = "end_single_sign_on", tag = "people",
    params(Back), responses((status = 302, description = "To a page of the dashboard.")))]
pub(crate) async fn callback(
    State(api): State<Api>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    let (to, provider, proven) = match prove(&api, &headers, back).await {
        Ok(proven) => proven,
        Err(error) => return back_to_sign_in(&error),
    };
    let Arrival { user, news } = match api.service.app().user_by_single_sign_on(&provider, &proven).await {
        Ok(arrival) => arrival,
        Err(error) => {
            let error = ApiError::from(error);
            let mut response = back_to_sign_in(&error);
            if let (true, Some(email)) = (error.status.is_server_error(), proven.verified_email) {
                response.extensions_mut().insert(Arrived::Unknown { email, status: error.status });
            }
            return response;
        }
    };
    let session = api.service.app().open_session(&user, cookie::held(&headers)).await;
    let is_in = session.is_ok();
    let mut response = match session {
        Ok(session) => {
            let [held] = cookie::give(&session);
            let [gone] = cookie::set(COOKIE, "", 0);
            let cookies = axum::response::AppendHeaders([held, gone]);
            (StatusCode::FOUND, location(&to), cookies).into_response()
        }
        Err(error) => back_to_sign_in(&error.into()),
    };
    response.extensions_mut().insert(Arrived::Known { user: Box::new(user), news, is_in });
    response
}

/// The page that they want who came back, and who the provider says they are.
async fn prove(
    api: &Api,
    headers: &HeaderMap,
    Back { code, state }: Back,
) -> Result<(String, SingleSignOn, ProvenIdentity), ApiError> {
    let app = api.service.app();
    let (provider, identities) = provider(api).await?;
    let returned = app
        .end_single_sign_on(state.as_deref().unwrap_or_default(), cookie::of_name(headers, COOKIE))
        .await?;
    // Without a code the provider, or somebody there, said no.
    let code = code.ok_or_else(|| unproven(&IdentityError::Refused("there is no code".to_owned())))?;
    let proven =
        identities.finish(&provider, &redirect_url(api), &code, &returned.nonce, &returned.verifier).await;
    let proven = proven.map_err(|error| unproven(&error))?;
    Ok((returned.to, provider, proven))
}

async fn provider(api: &Api) -> Result<(SingleSignOn, Arc<dyn Identities>), ApiError> {
    let off = || ApiError::new(StatusCode::NOT_FOUND, "sso.off", "there is no single sign-on here");
    let identities = api.settings.identities.clone().ok_or_else(off)?;
    Ok((api.service.app().single_sign_on().await?.ok_or_else(off)?, identities))
}

/// Where the provider sends browsers back to.
pub(super) fn redirect_url(api: &Api) -> String {
    format!("{}{BASE_PATH}/single-sign-on/callback", api.settings.public_url)
}

fn unproven(error: &IdentityError) -> ApiError {
    let (status, code) = match error {
        IdentityError::Unreachable(_) => (StatusCode::BAD_GATEWAY, "sso.unreachable"),
        IdentityError::Refused(_) => (StatusCode::FORBIDDEN, "sso.refused"),
    };
    ApiError::new(status, code, "the provider proves nobody").cause(error.to_string())
}

fn location(to: &str) -> [(HeaderName, HeaderValue); 1] {
    [(header::LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/")))]
}

/// A person looks at this, so the page for people tells what went wrong; the log says more.
fn back_to_sign_in(error: &ApiError) -> Response {
    let cause = portdelta_core::escape::escape(error.cause.as_deref().unwrap_or_default()).into_owned();
    let code = error.code.as_str();
    tracing::warn!(code, cause, "a single sign-on did not succeed");
    // Codes are letters, dots and underscores.
    (StatusCode::FOUND, location(&format!("/sign-in?error={code}"))).into_response()
}
