//! What happens to every request before and after its handler.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portdelta_protocol::{BASE_PATH, problem};

use crate::Api;
use crate::access::{self, Caller, Need};
use crate::answer::json_response;
use crate::audit;
use crate::error::{ApiError, STOPPING};
use crate::forwarded;
use crate::once;
use crate::rates::TooOften;

/// What every answer carries: nobody but our own programs has a use for them in a browser.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who asks, as the log names them.
#[derive(Clone)]
struct CallerName(String);

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// 404
pub(crate) async fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "route.unknown", "there is nothing at this address")
        .hint("GET /api/v1/openapi.json says what there is.")
}

/// 405
pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "route.method", "this address knows no such method")
        .hint("GET /api/v1/openapi.json says what it knows.")
}

/// Outermost: gives the request its id, turns errors and panics into problems, sets headers, writes the log.
pub(crate) async fn finish(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let id = api.settings.ids.new_id();
    let began = Instant::now();
    let method = request.method().clone();
    let path = template(&request).unwrap_or("-").to_owned();
    let is_tls = api.settings.public_url.starts_with("https:");
    request.headers_mut().remove(REQUEST_ID);
    let mut response = next.run(request).await;
    let caller = response.extensions_mut().remove::<CallerName>();
    let error = response.extensions_mut().remove::<ApiError>();
    // What axum refuses by itself, and what a layer does, becomes a problem as well.
    let error = error.or_else(|| {
        let status = response.status();
        (status.is_client_error() || status.is_server_error())
            .then(|| ApiError::new(status, "http", status.canonical_reason().unwrap_or("error")))
    });
    if let Some(error) = &error {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = json_response(error.status, problem::MEDIA_TYPE, &error.problem(&id));
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if let Some(seconds) = error.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if error.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
    }
    let headers = response.headers_mut();
    headers.extend(HEADERS);
    if is_tls {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let caller = caller.map_or_else(|| "-".to_owned(), |CallerName(name)| name);
    let code = error.as_ref().map_or("", |error| error.code.as_str());
    match &error {
        // Agents that wait are sent away at every stop.
        Some(error) if error.status.is_server_error() && error.code != STOPPING => {
            let cause = portdelta_core::escape::escape(error.cause.as_deref().unwrap_or("")).into_owned();
            tracing::error!(request = id, %method, path, status, code, caller, took_ms, cause, "request {id} failed");
        }
        _ => tracing::debug!(request = id, %method, path, status, code, caller, took_ms, "request {id}"),
    }
    response
}

/// 500: a handler panicked. What it said is written to standard error by Rust itself.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::ours("panic", "a handler panicked").into_response()
}

/// Before every handler: who asks, may they, how often, how much, how long.
pub(crate) async fn guard(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let path = template(&request).map(str::to_owned);
    let need = match &path {
        Some(path) => access::need(request.method().as_str(), path),
        // Nothing is there: its handler says so.
        None => Need::Anybody,
    };
    let peer = forwarded::from(&api.settings.trusted_proxies, peer(&request), request.headers());
    request.extensions_mut().insert(Peer(peer));
    let caller = match access::caller(&api, need, request.method(), request.headers()).await {
        Ok(caller) => caller,
        // Guessing is slow, however many guesses come.
        Err(refused) => {
            return match api.rates.peer(peer) {
                Ok(()) => refused.into_response(),
                Err(too_often) => denied(too_often),
            };
        }
    };
    let within_rate = match &caller {
        Some(caller) => api.rates.token(&caller.rate_key()),
        None => api.rates.peer(peer),
    };
    if let Err(too_often) = within_rate {
        return denied(too_often);
    }
    let (max_bytes, patience) = api.settings.limits.of(path.as_deref().unwrap_or_default());
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > max_bytes as u64)
    {
        return crate::extract::too_large().into_response();
    }
    DefaultBodyLimit::max(max_bytes).apply(&mut request);
    let name = caller.as_ref().map(|caller| CallerName(caller.name()));
    let begun = once::begin(&api, (caller.as_ref(), path.as_deref()), request, max_bytes).await;
    let (mut request, once) = match begun {
        Ok(begun) => begun,
        Err(answer) => return with_caller(answer, name),
    };
    let change = audit::attempt(&mut request, path.as_deref()).await;
    match &caller {
        Some(Caller::Agent(agent)) => drop(request.extensions_mut().insert(agent.clone())),
        Some(Caller::Person(person)) => drop(request.extensions_mut().insert(person.clone())),
        None => {}
    }
    if let Some(caller) = caller.clone() {
        request.extensions_mut().insert(caller);
    }
    // What changes something goes on to its note in the audit trail, also where whoever asked hangs up meanwhile.
    let is_change = change.is_some() || once.is_some() || audit::may_change(path.as_deref());
    let noted = (api.clone(), change.clone(), caller.clone());
    let answer = answer_and_note(api, (caller, change, once), request, next);
    let answer = async {
        if is_change {
            tokio::spawn(answer).await.unwrap_or_else(|broken| gone(&broken))
        } else {
            answer.await
        }
    };
    let response = if let Ok(response) = tokio::time::timeout(patience, answer).await {
        response
    } else {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let late = ApiError::new(status, "timeout", "this took too long").retry_after(5).into_response();
        // It goes on, and is noted at its end; but a function may be stopped once it has answered.
        match noted {
            (api, Some(change), caller) => audit::note(&api, change, caller.as_ref(), late).await,
            _ => late,
        }
    };
    with_caller(response, name)
}

/// The handler's answer, when what it changed is in the audit trail.
async fn answer_and_note(
    api: Api,
    (caller, change, once): (Option<Caller>, Option<audit::Attempt>, Option<once::Once>),
    request: Request,
    next: Next,
) -> Response {
    let mut response = if let Some(change) = change {
        // A handler that panics may have changed something before.
        let response = tokio::spawn(next.run(request)).await.unwrap_or_else(|broken| gone(&broken));
        audit::note(&api, change, caller.as_ref(), response).await
    } else {
        next.run(request).await
    };
    if let Some(arrived) = response.extensions_mut().remove::<audit::Arrived>() {
        audit::note_arrival(&api, arrived).await;
    }
    if let Some(once) = once {
        response = once::end(&api, once, response).await;
    }
    response
}

/// 500: the task of a handler panicked.
fn gone(broken: &tokio::task::JoinError) -> Response {
    ApiError::ours("panic", broken.to_string()).into_response()
}

/// Tells the log who asked.
fn with_caller(mut response: Response, name: Option<CallerName>) -> Response {
    if let Some(name) = name {
        response.extensions_mut().insert(name);
    }
    response
}

fn denied(TooOften(wait): TooOften) -> Response {
    let seconds = wait.as_secs() + 1;
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate.too_many", "too many requests")
        .hint(format!("Wait {seconds} s."))
        .retry_after(seconds)
        .into_response()
}

/// The template of the path below the base path: `/sites/{site}`.
fn template(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>()?.as_str().strip_prefix(BASE_PATH)
}

fn peer(request: &Request) -> IpAddr {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip())
}
