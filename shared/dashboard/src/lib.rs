#![doc = include_str!("../README.md")]

mod files;
mod headers;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;

use files::Files;

/// The pages beside the API, whose paths begin with `/api`.
///
/// `is_tls` says that people reach this by HTTPS, and tells their browsers to stay with it.
pub fn around(api: Router, is_tls: bool) -> Router {
    with_files::<files::Built>(api, is_tls)
}

/// Whether the pages were there when this was built; else a plain message stands in their place.
#[must_use]
pub fn is_built() -> bool {
    files::Built::file(files::PAGE).is_some()
}

fn with_files<F: Files>(api: Router, is_tls: bool) -> Router {
    let pages = Router::new()
        .fallback(async |request: Request| files::answer::<F>(&request))
        .layer(CompressionLayer::new().gzip(true))
        .layer(axum::middleware::map_response(move |mut response: Response| {
            headers::complete(&mut response, is_tls);
            std::future::ready(response)
        }));
    Router::new().fallback(move |request: Request| {
        let router = if is_api(request.uri().path()) { api.clone() } else { pages.clone() };
        async move { router.oneshot(request).await.into_response() }
    })
}

fn is_api(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
