//! Answers as JSON.

use axum::body::Body;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

use crate::error::ApiError;

/// Answers above this are packed; shorter ones fit into a packet of the network as they are.
const PACKED_BYTES: u64 = 1_400;

/// JSON that is harmless wherever it is shown: what steers a terminal is escaped, whatever a host or agent said.
pub(crate) struct Answer<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, "application/json", &self.0)
    }
}

/// `201 Created`.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json_response(StatusCode::CREATED, "application/json", &self.0)
    }
}

/// Packs what is long for those who take it: the map of a /20 is half a megabyte of addresses that are much alike.
/// Only JSON: news must not wait for more of it, and what is written for files has its own way.
pub(crate) fn packed() -> CompressionLayer<impl Predicate> {
    let json = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        headers.get(header::CONTENT_TYPE).is_some_and(|media_type| media_type == "application/json")
    };
    let layer = CompressionLayer::new().gzip(true);
    layer.compress_when(SizeAbove::new(PACKED_BYTES).and(json))
}

/// `ETag: "3"`
pub(crate) fn etag(version: i64) -> [(header::HeaderName, HeaderValue); 1] {
    let text = format!("\"{version}\"");
    [(header::ETAG, HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\"")))]
}

pub(crate) fn json_response(
    status: StatusCode,
    media_type: &'static str,
    value: &impl Serialize,
) -> Response {
    match portdelta_formats::report::to_line(value) {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = status;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            response
        }
        Err(error) => ApiError::ours("json.unwritable", error.to_string()).into_response(),
    }
}
