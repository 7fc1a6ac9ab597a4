//! Answers that are written while they are sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use tokio::sync::mpsc;

/// So many pieces wait for a slow reader.
const PIECES: usize = 2;

/// What comes out of a channel.
struct Pieces(mpsc::Receiver<std::io::Result<Bytes>>);

impl Stream for Pieces {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// Says of an answer that it is a file which may be of any size: a runtime that can't stream hands it over elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct AnySize;

/// An answer that is a file.
pub(crate) fn file(body: Body, media: &'static str, name: HeaderValue) -> Response {
    let media = (header::CONTENT_TYPE, HeaderValue::from_static(media));
    (Extension(AnySize), [media, (header::CONTENT_DISPOSITION, name)], body).into_response()
}

/// A body, and where its pieces go in. An error breaks it off in a way that clients see.
pub(crate) fn body() -> (mpsc::Sender<std::io::Result<Bytes>>, Body) {
    let (sender, receiver) = mpsc::channel(PIECES);
    (sender, Body::from_stream(Pieces(receiver)))
}
