//! The files, and which of them answers a request.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `cargo xtask web` built.
#[derive(RustEmbed)]
#[folder = "../../apps/web/dist"]
#[allow_missing = true]
pub(crate) struct Built;

/// Where files come from.
pub(crate) trait Files: 'static {
    /// The file of this path, which has no slash at its beginning.
    fn file(path: &str) -> Option<EmbeddedFile>;
}

impl Files for Built {
    fn file(path: &str) -> Option<EmbeddedFile> {
        Self::get(path)
    }
}

/// What every address outside of the API shows.
pub(crate) const PAGE: &str = "index.html";

/// Their names carry the hash of what is in them.
const HASHED: &str = "assets/";

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
                         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                         <title>Portdelta</title>\n\
                         <h1>This Portdelta was built without its dashboard</h1>\n\
                         <p>The API below <code>/api/v1</code> works, and so does the command line.</p>\n\
                         <p>To have the dashboard, run <code>cargo xtask setup</code> where Portdelta is built, \
                         build it again and start it again. That needs Node.js, or Python to get it with.</p>\n\
                         </html>\n";

/// Answers with a file, with the page, or with what is wrong.
pub(crate) fn answer<F: Files>(request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allowed = [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))];
        return (StatusCode::METHOD_NOT_ALLOWED, allowed, "there are only pages here\n").into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(file) = F::file(path) {
        return send(path, &file, request.headers());
    }
    // A program that was replaced while a page was open: the page loads itself again when it hears this.
    if path.starts_with(HASHED) || !takes_pages(request.headers()) {
        return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, ASK_AGAIN)], "there is no such file\n")
            .into_response();
    }
    if let Some(page) = F::file(PAGE) {
        return send(PAGE, &page, request.headers());
    }
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, html), (header::CACHE_CONTROL, ASK_AGAIN)];
    (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response()
}

/// Pictures and scripts that are not there are better told so than given a page.
fn takes_pages(headers: &HeaderMap) -> bool {
    let Some(accepted) = headers.get(header::ACCEPT) else { return true };
    accepted.to_str().is_ok_and(|accepted| accepted.contains("text/html") || accepted.contains("*/*"))
        // Browsers ask for pictures with `image/...,*/*;q=0.8`.
        && !headers.get(header::ACCEPT).is_some_and(|accepted| accepted.as_bytes().starts_with(b"image/"))
}

fn send(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    // Weak, for the same file is sent packed and unpacked.
    let etag = format!("W/\"{}\"", &HEXLOWER.encode(&file.metadata.sha256_hash())[..32]);
    let is_known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|known| known.split(',').any(|one| one.trim() == etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match &file.data {
            Cow::Borrowed(bytes) => Body::from(*bytes),
            Cow::Owned(bytes) => Body::from(bytes.clone()),
        };
        ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)))], body).into_response()
    };
    let headers = response.headers_mut();
    let cache = if path.starts_with(HASHED) { FOR_EVER } else { ASK_AGAIN };
    headers.insert(header::CACHE_CONTROL, cache);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Only what the build writes.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
