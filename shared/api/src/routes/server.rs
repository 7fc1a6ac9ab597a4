//! The server itself.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use portdelta_protocol::admin::{Health, Time};
use portdelta_protocol::{OLDEST_AGENT, PROTOCOL};

use crate::Api;
use crate::answer::Answer;
use crate::error::ApiError;

/// Whether the server can work
#[utoipa::path(get, path = "/health", tag = "server", responses(
    (status = 200, description = "It can.", body = Health),
))]
pub(crate) async fn health(State(api): State<Api>) -> Result<Answer<Health>, ApiError> {
    let app = api.service.app();
    app.sites().await.map_err(|error| {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "store.unreadable", "the store can't be read")
            .hint("The server's log says more: look for the id of this request.")
            .cause(portdelta_core::causes::with_causes(&error))
    })?;
    Ok(Answer(Health {
        status: "ok".to_owned(),
        protocol: PROTOCOL,
        oldest_agent: OLDEST_AGENT,
        time: Time(app.now()),
    }))
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "server", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object),
))]
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi::TEXT).into_response()
}
