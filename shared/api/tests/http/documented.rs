//! Every answer that a test gets is held to the document: its status, and the media type of its body.

use std::sync::OnceLock;

use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// The document as it is served.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let read = || serde_json::from_str(include_str!("../../openapi.json")).expect("JSON");
    DOCUMENT.get_or_init(read)
}

/// Fails where an operation answers with what the document does not tell of it.
#[track_caller]
pub fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap) {
    let name = if *method == Method::HEAD { Method::GET } else { method.clone() };
    let Some(item) = path.strip_prefix("/api/v1").and_then(item) else { return };
    let operation = &item[name.as_str().to_lowercase()];
    if operation.is_null() {
        return;
    }
    let told = &operation["responses"][status.as_str()];
    let told = match told["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
        Some(place) => document().pointer(place).expect("it is in the document"),
        None => told,
    };
    assert!(!told.is_null(), "{method} {path} answered {status}, which the document does not tell");
    let Some(media) = headers.get("content-type").filter(|_| *method != Method::HEAD) else { return };
    let media = media.to_str().expect("text").split(';').next().unwrap_or_default();
    let is_told = told["content"].as_object().is_some_and(|content| content.contains_key(media));
    assert!(is_told, "{method} {path} answered {status} with {media}, which the document does not tell");
}

/// What the document says of a path: of those with places in them the one with the fewest.
fn item(path: &str) -> Option<&'static Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let paths = document()["paths"].as_object().expect("paths").iter();
    let fitting = paths.filter(|(template, _)| {
        let places: Vec<&str> = template.split('/').collect();
        places.len() == parts.len()
            && places.iter().zip(&parts).all(|(place, part)| place.starts_with('{') || place == part)
    });
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(_, item)| item)
}
