//! Answers that are written while they are sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::Api;
use crate::error::ApiError;

/// The code of what nobody reads any more.
const UNREAD: &str = "export.unread";

/// A reader that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_mins(1);

/// So many pieces wait for a slow reader.
const PIECES: usize = 2;

/// What comes out of a channel.
struct Pieces {
    receiver: mpsc::Receiver<Bytes>,
    is_whole: Arc<AtomicBool>,
    is_over: bool,
}

impl Stream for Pieces {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(self.receiver.poll_recv(context));
        let is_over = std::mem::replace(&mut self.is_over, next.is_none());
        Poll::Ready(match next {
            Some(piece) => Some(Ok(piece)),
            None if is_over || self.is_whole.load(Ordering::Acquire) => None,
            None => Some(Err(std::io::Error::other("the file is not whole"))),
        })
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

/// Where a file goes. One whose end was not told, for whatever reason, breaks off, so that nobody takes it for whole.
pub(crate) struct Out {
    sender: mpsc::Sender<Bytes>,
    is_whole: Arc<AtomicBool>,
}

impl Out {
    pub(crate) fn new() -> (Self, Body) {
        let (sender, receiver) = mpsc::channel(PIECES);
        let is_whole = Arc::new(AtomicBool::new(false));
        let pieces = Pieces { receiver, is_whole: Arc::clone(&is_whole), is_over: false };
        (Self { sender, is_whole }, Body::from_stream(pieces))
    }

    /// Sends a piece, as soon as the reader took those before.
    pub(crate) async fn send(&self, piece: Vec<u8>) -> Result<(), ApiError> {
        if piece.is_empty() {
            return Ok(());
        }
        let sent = tokio::time::timeout(PATIENCE, self.sender.send(piece.into())).await;
        if matches!(sent, Ok(Ok(()))) { Ok(()) } else { Err(ApiError::ours(UNREAD, "nobody reads")) }
    }

    /// That is all, where it could be written.
    pub(crate) fn end(self, written: Result<(), ApiError>) {
        match written {
            Ok(()) => self.is_whole.store(true, Ordering::Release),
            Err(error) if error.code == UNREAD => {}
            Err(error) => {
                let cause = portdelta_core::escape::escape(error.cause.as_deref().unwrap_or("")).into_owned();
                tracing::warn!(code = error.code, cause, "a file could not be written to its end");
            }
        }
    }
}

/// A place among those that write a file; held until it is written.
pub(crate) fn permit(api: &Api) -> Result<OwnedSemaphorePermit, ApiError> {
    Arc::clone(&api.exports).try_acquire_owned().map_err(|_| {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        ApiError::new(status, "exports.too_many", "too many exports go on")
            .hint("Wait until one of them is done.")
            .retry_after(10)
    })
}
