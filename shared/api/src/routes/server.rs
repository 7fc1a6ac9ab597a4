//! The server itself.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use portdelta_protocol::admin::{Health, Time};
use portdelta_protocol::{OLDEST_AGENT, PROTOCOL};

use crate::Api;
use crate::answer::json_response;

/// Whether the server can work
#[utoipa::path(get, path = "/health", tag = "server", responses(
    (status = 200, description = "It can.", body = Health),
    (status = 503, description = "The store can't be read.", body = Health),
))]
pub(crate) async fn health(State(api): State<Api>) -> Response {
    let app = api.service.app();
    let works = app.sites().await.inspect_err(|error| {
        let cause = error.to_string();
        tracing::error!(cause, "the store can't be read");
    });
    let (status, word) = match works {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    let health = Health {
        status: word.to_owned(),
        protocol: PROTOCOL,
        oldest_agent: OLDEST_AGENT,
        time: Time(app.now()),
    };
    json_response(status, "application/json", &health)
}

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "server", responses(
    (status = 200, description = "OpenAPI 3.1", body = Object),
))]
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi::TEXT).into_response()
}
