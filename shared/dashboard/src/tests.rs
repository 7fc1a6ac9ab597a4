use std::borrow::Cow;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use rust_embed::{EmbeddedFile, Metadata};

use super::*;

/// Files as a build leaves them.
struct Some3;

impl Files for Some3 {
    fn file(path: &str) -> Option<EmbeddedFile> {
        let text = match path {
            "index.html" => "<!doctype html><title>Portdelta</title>",
            "icon.svg" => "<svg/>",
            "assets/index-1a2b.js" => "export {}",
            _ => return None,
        };
        let mut hash = [0; 32];
        hash[0] = u8::try_from(text.len()).expect("a short text");
        let metadata = Metadata::__rust_embed_new(hash, None, None);
        Some(EmbeddedFile { data: Cow::Borrowed(text.as_bytes()), metadata })
    }
}

/// Nothing was built.
struct Nothing;

impl Files for Nothing {
    fn file(_: &str) -> Option<EmbeddedFile> {
        None
    }
}

fn api() -> Router {
    Router::new()
        .route("/api/v1/health", get(async || "fine"))
        .fallback(async || (StatusCode::NOT_FOUND, "no such route"))
}

async fn ask<F: Files>(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, axum::http::HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = with_files::<F>(api(), true).oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn every_address_outside_of_the_api_is_the_page() {
    for path in ["/", "/networks/Office", "/sites/local/hosts/192.0.2.7", "/apis", "/..%2fetc/passwd"] {
        let (status, headers, text) = ask::<Some3>("GET", path, &[BROWSER]).await;
        assert_eq!(
            (status, headers[header::CACHE_CONTROL].as_bytes()),
            (StatusCode::OK, &b"no-cache"[..]),
            "{path}"
        );
        assert!(text.contains("<title>Portdelta"), "{path}");
    }
}

#[tokio::test]
async fn the_api_answers_for_itself() {
    for (path, expected) in
        [("/api/v1/health", "fine"), ("/api/v1/none", "no such route"), ("/api", "no such route")]
    {
        let (_, headers, text) = ask::<Some3>("GET", path, &[BROWSER]).await;
        assert_eq!(text, expected);
        assert!(headers.get(header::CONTENT_SECURITY_POLICY).is_none(), "the API has a policy of its own");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_others_are_asked_for_again() {
    let (status, headers, _) = ask::<Some3>("GET", "/assets/index-1a2b.js", &[("accept", "*/*")]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");

    let (_, headers, _) = ask::<Some3>("GET", "/icon.svg", &[]).await;
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    let etag = headers[header::ETAG].to_str().expect("a text").to_owned();
    let (status, _, text) = ask::<Some3>("GET", "/icon.svg", &[("if-none-match", &etag)]).await;
    assert_eq!((status, text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let (status, ..) = ask::<Some3>("GET", "/icon.svg", &[("if-none-match", "W/\"another\"")]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn files_that_are_gone_are_no_pages() {
    let (status, ..) = ask::<Some3>("GET", "/assets/index-0000.js", &[BROWSER]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, ..) =
        ask::<Some3>("GET", "/favicon.ico", &[("accept", "image/avif,image/webp,*/*;q=0.8")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    for (method, path) in [("GET", "/"), ("GET", "/assets/none.js"), ("POST", "/"), ("GET", "/icon.svg")] {
        let (_, headers, _) = ask::<Some3>(method, path, &[]).await;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("a text");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(headers[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
    }
}

#[tokio::test]
async fn pages_take_nothing() {
    let (status, headers, _) = ask::<Some3>("POST", "/networks", &[]).await;
    assert_eq!(
        (status, &headers[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"GET, HEAD".parse().expect("a value"))
    );
    let (status, _, text) = ask::<Some3>("HEAD", "/", &[]).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn without_pages_a_plain_message_says_so_and_the_api_works() {
    let (status, headers, text) = ask::<Nothing>("GET", "/", &[BROWSER]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(text.contains("cargo xtask setup"), "{text}");
    assert_eq!(ask::<Nothing>("GET", "/api/v1/health", &[]).await.0, StatusCode::OK);
}
