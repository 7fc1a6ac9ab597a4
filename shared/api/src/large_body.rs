//! Bodies that are too large to be held in memory, on their way into the store.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use futures_core::Stream as _;
use portdelta_app::ports::blobs::{BlobChunks, BlobError};
use portdelta_app::{AppError, MOST_HELD_BYTES};
use portdelta_core::ids::RunId;
use portdelta_protocol::upload::Inspection;

use crate::error::ApiError;
use crate::extract::too_large;

/// So much is gathered before it is written; a connection gives some KiB at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// A body that brings nothing for so long is broken off: others wait for its turn.
const STALLED: Duration = Duration::from_secs(30);

/// A body that is read piece by piece, at most so many bytes of it.
pub(crate) struct LargeBody {
    body: BodyDataStream,
    /// Read and given on later.
    first: Vec<u8>,
    left: usize,
    /// Why it was refused.
    refused: Option<ApiError>,
}

impl LargeBody {
    pub(crate) fn new(body: Body, limit: usize) -> Self {
        Self { body: body.into_data_stream(), first: Vec::new(), left: limit, refused: None }
    }

    /// The whole of a body whose limit is small enough to be held.
    pub(crate) async fn whole(&mut self) -> Result<Vec<u8>, ApiError> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.gather().await? {
            whole.extend(chunk);
        }
        Ok(whole)
    }

    /// The whole of a body that is small enough to be held; `None` where it is larger, of which nothing is lost.
    pub(crate) async fn held(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        let mut whole = Vec::new();
        while whole.len() <= MOST_HELD_BYTES {
            match self.gather().await? {
                Some(chunk) => whole.extend(chunk),
                None => return Ok(Some(whole)),
            }
        }
        self.first = whole;
        Ok(None)
    }

    /// What the store says of a body that it could not take, or what was wrong with the body itself.
    pub(crate) fn why(&mut self, error: AppError) -> ApiError {
        self.refused.take().unwrap_or_else(|| error.into())
    }

    async fn gather(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        if !self.first.is_empty() {
            return Ok(Some(std::mem::take(&mut self.first)));
        }
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK_BYTES {
            let piece = std::future::poll_fn(|context| Pin::new(&mut self.body).poll_next(context));
            let piece = tokio::time::timeout(STALLED, piece).await.map_err(|_| stalled())?;
            let Some(piece) = piece else { break };
            let piece = piece.map_err(|_| {
                ApiError::new(StatusCode::BAD_REQUEST, "body.unreadable", "the body did not arrive whole")
            })?;
            self.left = self.left.checked_sub(piece.len()).ok_or_else(too_large)?;
            chunk.extend_from_slice(&piece);
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}

/// 408
fn stalled() -> ApiError {
    let detail = format!("nothing of the body came for {} s", STALLED.as_secs());
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "body.stalled", detail).hint("Send it again.")
}

#[async_trait]
impl BlobChunks for LargeBody {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        self.gather().await.map_err(|error| {
            let source = BlobError::Source(error.code.clone().into());
            self.refused = Some(error);
            source
        })
    }
}

/// An agent's upload, which must be what its address says.
pub(crate) struct LargeUpload<'a> {
    pub(crate) body: LargeBody,
    pub(crate) run: &'a RunId,
    pub(crate) task: u32,
    /// The first digits of its digest.
    pub(crate) name: &'a str,
    pub(crate) inspection: Inspection,
}

impl LargeUpload<'_> {
    /// Holds what was read to its address.
    fn check(&mut self) -> Result<(), ApiError> {
        let inspected = std::mem::take(&mut self.inspection).finish();
        if inspected.digest[..16] != *self.name {
            let message = "the name of the upload does not fit its content";
            return Err(ApiError::invalid("name", "upload.damaged", message).hint("Send it again."));
        }
        let note = inspected.note.map_err(|error| {
            ApiError::invalid("body", error.code(), error.to_string()).hint("Send it again.")
        })?;
        if note.run != *self.run || note.task != self.task {
            let message = "what the upload says about itself does not fit its address";
            return Err(ApiError::invalid("body", "upload.elsewhere", message));
        }
        Ok(())
    }
}

#[async_trait]
impl BlobChunks for LargeUpload<'_> {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        let chunk = self.body.next().await?;
        match &chunk {
            Some(chunk) => {
                self.inspection.update(chunk);
            }
            None => self.check().map_err(|error| {
                let source = BlobError::Source(error.code.clone().into());
                self.body.refused = Some(error);
                source
            })?,
        }
        Ok(chunk)
    }
}
