//! What comes in with a request, refused with a problem where it is wrong.

use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A body of JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(ApiError::new(status, "body.not_json", "the body is not said to be JSON")
                .hint("Send the header `Content-Type: application/json`."));
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                status => ApiError::new(status, "body.unreadable", "the body did not arrive whole"),
            })?;
        parse(&bytes).map(Self)
    }
}

/// A body of JSON, or none at all.
pub(crate) struct MaybeJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_empty = request.headers().get(header::CONTENT_TYPE).is_none()
            && request.headers().get(header::TRANSFER_ENCODING).is_none()
            && request.headers().get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
        if is_empty {
            return Ok(Self(T::default()));
        }
        Json::from_request(request, state).await.map(|Json(value)| Self(value))
    }
}

/// The value in a body. A field that nobody knows is refused: misspelt exclusions must not be lost.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let hint = "GET /api/v1/openapi.json says what it should be.";
    let wrong = |error: serde_json::Error| {
        let code = if error.is_data() { "json.shape" } else { "json.syntax" };
        ApiError::new(StatusCode::BAD_REQUEST, code, format!("the body is not what it should be: {error}"))
            .hint(hint)
    };
    let mut unknown = None;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_ignored::deserialize(&mut reader, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    let value = value.map_err(wrong)?;
    reader.end().map_err(wrong)?;
    match unknown {
        None => Ok(value),
        Some(field) => {
            Err(ApiError::invalid(&field, "json.unknown_field", "there is no such field").hint(hint))
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = named.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// 413
pub(crate) fn too_large() -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", "the body is larger than is allowed here")
}

/// A body of bytes as a whole, at most `limit` of them.
pub(crate) async fn bytes(body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    let whole = axum::body::to_bytes(body, limit).await;
    whole.map(Vec::from).map_err(|error| {
        // The limit is the only error that has its own type inside.
        if format!("{error:?}").contains("LengthLimitError") {
            too_large()
        } else {
            ApiError::new(StatusCode::BAD_REQUEST, "body.unreadable", "the body did not arrive whole")
        }
    })
}

/// What stands in the query.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                Err(ApiError::new(StatusCode::BAD_REQUEST, "query.invalid", rejection.body_text()))
            }
        }
    }
}

/// What stands in the path, as a type that cannot be wrong; what is wrong names nothing.
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let all = segments(parts, state).await?;
        let last = all.last().ok_or_else(nothing_there)?;
        last.parse().map(Self).map_err(|_| nothing_there())
    }
}

/// Two things that stand in the path.
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<S: Send + Sync, A: FromStr + Send, B: FromStr + Send> FromRequestParts<S> for Both<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let all = segments(parts, state).await?;
        let [first, second] = &all[..] else { return Err(nothing_there()) };
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(nothing_there()),
        }
    }
}

/// No id or name is longer, in bytes.
const MOST_SEGMENT_BYTES: usize = 512;

/// All that stands in the path.
pub(crate) struct Segments(pub(crate) Vec<String>);

impl<S: Send + Sync> FromRequestParts<S> for Segments {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        segments(parts, state).await.map(Self)
    }
}

async fn segments<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, ApiError> {
    let path = axum::extract::RawPathParams::from_request_parts(parts, state).await;
    let path = path.map_err(|_| nothing_there())?;
    // No store has such keys: whoever asks for one made it up.
    if path.iter().any(|(_, value)| value.len() > MOST_SEGMENT_BYTES) {
        return Err(nothing_there());
    }
    Ok(path.iter().map(|(_, value)| value.to_owned()).collect())
}

fn nothing_there() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "unknown", "there is nothing of this name")
}

/// The version in `If-Match: "3"`.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<i64, ApiError> {
    let hint = "Send the `ETag` that GET gave as `If-Match`.";
    let Some(value) = headers.get(header::IF_MATCH) else {
        let status = StatusCode::PRECONDITION_REQUIRED;
        return Err(ApiError::new(status, "if_match.missing", "which version is to be replaced?").hint(hint));
    };
    let text = value.to_str().unwrap_or_default().trim();
    let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let number: Option<u64> = number.and_then(|number| number.parse().ok());
    // No version is so high that it can't be counted on.
    number.map(|number| i64::try_from(number).unwrap_or(i64::MAX - 1)).ok_or_else(|| {
        ApiError::invalid("If-Match", "if_match.invalid", "If-Match is no version of this").hint(hint)
    })
}

/// `Idempotency-Key`: 1 to 200 visible characters of ASCII.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let is_good = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_good {
        return Ok(Some(text.to_owned()));
    }
    let message = "Idempotency-Key has 1 to 200 visible characters of ASCII";
    Err(ApiError::invalid("Idempotency-Key", "idempotency_key.invalid", message))
}
