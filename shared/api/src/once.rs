//! Creates with an `Idempotency-Key`: whoever repeats one, as the answer was lost, makes nothing a second time.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portdelta_app::repositories::{AskedOnce, KeptAnswer, KeyUse};

use crate::Api;
use crate::access::Caller;
use crate::error::ApiError;
use crate::extract::{bytes, idempotency_key};

/// Answers that are larger are not kept; none of what is made is so large.
const MOST_ANSWER_BYTES: usize = 256 << 10;

/// Says that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What is made by a POST, and whether the answer holds a secret. Elsewhere a repetition does no harm, or the endpoint has
/// a way of its own.
const CREATES: [(&str, bool); 11] = [
    ("/channels", false),
    ("/clean-up", false),
    ("/enrolments", true),
    ("/expectations", false),
    ("/networks", false),
    ("/scans", false),
    ("/scans/{scan}/clone", false),
    ("/sites", false),
    ("/tokens", true),
    ("/users", true),
    ("/users/{user}/invitation", true),
];

/// Whether an endpoint takes a key here.
pub(crate) fn takes_key(method: &str, template: &str) -> bool {
    method == "POST" && CREATES.iter().any(|(create, _)| *create == template)
}

/// A request that is done for the first time with its key.
pub(crate) struct Once {
    asked: AskedOnce,
    has_secret: bool,
}

/// Looks whether a request was there before. Gives it on with what [`end`] needs, or the answer that it had.
pub(crate) async fn begin(
    api: &Api,
    (caller, template): (Option<&Caller>, Option<&str>),
    request: Request,
    max_bytes: usize,
) -> Result<(Request, Option<Once>), Response> {
    let create = CREATES.iter().find(|(create, _)| Some(*create) == template);
    let (Some(caller), Some((_, has_secret)), &Method::POST) = (caller, create, request.method()) else {
        return Ok((request, None));
    };
    let Some(key) = idempotency_key(request.headers()).map_err(IntoResponse::into_response)? else {
        return Ok((request, None));
    };
    let (parts, body) = request.into_parts();
    let body = bytes(body, max_bytes).await.map_err(IntoResponse::into_response)?;
    let asked = AskedOnce::new(&caller.name(), &format!("POST {}", parts.uri.path()), &key, &body);
    let known = api.service.app().begin_once(&asked).await;
    match known.map_err(|error| ApiError::from(error).into_response())? {
        KeyUse::New => {
            let once = Once { asked, has_secret: *has_secret };
            Ok((Request::from_parts(parts, Body::from(body)), Some(once)))
        }
        KeyUse::Done(answer) => Err(again(answer)),
        KeyUse::Begun => Err(conflict(
            "idempotency_key.unfinished",
            "a request with this Idempotency-Key was begun, and how it ended is not known",
            "Ask again in a moment. If this stays, look whether it was done; if not, use another key.",
        )),
        KeyUse::OtherBody => Err(conflict(
            "idempotency_key.reused",
            "this Idempotency-Key stands for a request with another body",
            "Use a new key for each thing that is to be made.",
        )),
    }
}

/// Keeps the answer of what was made. What was refused made nothing: its key is free again. Of what failed on our side
/// nobody knows how far it came, so its key stays taken.
pub(crate) async fn end(api: &Api, once: Once, response: Response) -> Response {
    let app = api.service.app();
    let status = response.status();
    let kept = if status.is_success() {
        let (parts, body) = response.into_parts();
        let body = match axum::body::to_bytes(body, MOST_ANSWER_BYTES).await {
            Ok(body) => body,
            Err(error) => return ApiError::ours("answer", error.to_string()).into_response(),
        };
        let etag = parts.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let answer = KeptAnswer {
            status: status.as_u16(),
            etag: etag.map(str::to_owned),
            body: (!once.has_secret).then(|| body.to_vec()),
        };
        let kept = app.end_once(&once.asked, answer).await;
        return told(kept, Response::from_parts(parts, Body::from(body)));
    } else if status.is_client_error() {
        app.forget_once(&once.asked).await
    } else {
        Ok(())
    };
    told(kept, response)
}

/// What was done stays done, and is answered: only a repetition will not be.
fn told(kept: Result<(), portdelta_app::AppError>, response: Response) -> Response {
    if let Err(error) = kept {
        let cause = portdelta_core::causes::with_causes(&error);
        tracing::warn!(cause, "the answer of an idempotency key could not be kept");
    }
    response
}

fn again(answer: KeptAnswer) -> Response {
    let Some(body) = answer.body else {
        return conflict(
            "idempotency_key.secret",
            "this was done before, and its answer held a secret that is kept nowhere",
            "If the answer was lost: remove what was made, and ask with another key.",
        );
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::CREATED);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    let etag = answer.etag.and_then(|etag| HeaderValue::try_from(etag).ok());
    response.headers_mut().extend(etag.map(|etag| (header::ETAG, etag)));
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn conflict(code: &str, detail: &str, hint: &str) -> Response {
    ApiError::new(StatusCode::CONFLICT, code, detail).hint(hint).into_response()
}
