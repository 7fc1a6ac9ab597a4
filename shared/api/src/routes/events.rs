//! What happens, as it happens.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::Api;
use crate::access::{Person, Proof};
use crate::error::ApiError;
use crate::events;

/// The header in which who comes again names the last event that it saw.
const LAST_EVENT_ID: &str = "last-event-id";

/// What happens, as server-sent events
///
/// `system`, `run.progress`, `run.finished`, `agent.status`, `alert.opened`, `alert.changed`, `alert.closed`; the data of each is
/// JSON. First comes what happened since, of the last hour, for who sends `Last-Event-ID`; some of it may come twice.
/// Then what is so now: every run that goes on and every agent; then `system` with the code `ready`. Where answers can't
/// be streamed, the answer ends there, and `retry` says when to ask again. A viewer gets no `agent.status`, but `system`
/// with the code `agents` where an agent is not as it was.
#[utoipa::path(get, path = "/events", operation_id = "events", tag = "overview", params(
    ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was seen."),
), responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(crate) async fn events(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body: Body = match api.settings.limits.event_interval {
        Some(every) => events::stream(&api, (Proof::of(&headers), person.role), every, last).await?,
        None => events::answer(&api, person.role, last).await?,
    };
    let media = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that collect answers would collect for ever.
    let pass_on = (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([media, pass_on], body).into_response())
}
