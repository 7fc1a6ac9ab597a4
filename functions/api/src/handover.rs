//! Files that are too large for an answer of Lambda: they go into the bucket while they are written, and whoever asked for
//! one is led there.

#[cfg(test)]
pub mod tests;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, BodyDataStream};
use axum::http::response::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_core::Stream as _;
use portdelta_api::AnySize;
use portdelta_app::ports::Ids;
use portdelta_app::ports::blobs::{
    BlobChunks, BlobError, BlobKey, BlobLinks, Blobs, Download, NotABlobKey, PutMode,
};
use portdelta_protocol::problem::{MEDIA_TYPE, Problem};
use tokio::time::{Instant, timeout_at};

/// Files up to so many bytes are answers. Lambda passes 6 MB on, in which a text is quoted and other bytes are base64
/// (Lambda quotas, "invocation payload"): either makes it twice as long at the utmost.
const MOST_HELD_BYTES: usize = 2 << 20;

/// So much is gathered before it is passed on.
const CHUNK_BYTES: usize = 256 * 1024;

/// A link is followed at once; whoever finds it later, in a history or a log, finds nothing.
const LINK_LASTS: Duration = Duration::from_mins(5);

/// Why a file did not get to the bucket.
#[derive(Debug, thiserror::Error)]
enum NotDelivered {
    #[error("the file did not come whole")]
    Broken(#[source] axum::Error),
    #[error("the bucket did not take the file")]
    Blobs(#[from] BlobError),
    #[error("an id is no name of a blob")]
    Key(#[from] NotABlobKey),
}

/// Takes large files to the bucket.
pub struct Handover {
    blobs: Arc<dyn Blobs>,
    links: Arc<dyn BlobLinks>,
    ids: Arc<dyn Ids>,
    patience: Duration,
}

impl Handover {
    /// To blobs that can be linked to. Whoever asked is told after `patience` that it takes too long.
    pub fn new(
        blobs: Arc<dyn Blobs>,
        links: Arc<dyn BlobLinks>,
        ids: Arc<dyn Ids>,
        patience: Duration,
    ) -> Self {
        Self { blobs, links, ids, patience }
    }

    /// The answer as it may go through Lambda: a file that is too large has become a redirection to it. It was asked for
    /// at `began`.
    pub async fn deliver(&self, answer: Response, began: Instant) -> Response {
        if answer.extensions().get::<AnySize>().is_none() {
            return answer;
        }
        let (mut parts, body) = answer.into_parts();
        let delivered = timeout_at(began + self.patience, self.carry(&parts, body)).await;
        let (status, code, detail, hint) = match delivered {
            Ok(Ok(Carried::Held(bytes))) => return Response::from_parts(parts, Body::from(bytes)),
            Ok(Ok(Carried::Linked(place))) => {
                forget_file(&mut parts);
                parts.status = StatusCode::SEE_OTHER;
                parts.headers.insert(header::LOCATION, place);
                return Response::from_parts(parts, Body::empty());
            }
            Ok(Err(error)) => {
                let cause = portdelta_core::causes::with_causes(&error);
                tracing::error!(cause, "a file could not be handed over");
                let detail = "the file could not be written to its end";
                (StatusCode::SERVICE_UNAVAILABLE, "export.broken", detail, "Try again.")
            }
            Err(_) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "export.too_large",
                "the file takes longer to write than an answer may take here",
                "Ask for less, as for one report, or with a filter; or read page by page, as `portdelta` does.",
            ),
        };
        refused(parts, status, code, detail, hint)
    }

    async fn carry(&self, parts: &Parts, body: Body) -> Result<Carried, NotDelivered> {
        let mut file = File { body: body.into_data_stream(), first: Vec::new() };
        let mut held = Vec::new();
        while held.len() <= MOST_HELD_BYTES {
            match file.gather().await.map_err(NotDelivered::Broken)? {
                Some(chunk) => held.extend(chunk),
                None => return Ok(Carried::Held(held)),
            }
        }
        file.first = held;
        let key: BlobKey = format!("exports/{}", self.ids.new_id()).parse()?;
        self.blobs.put_from(&key, &mut file, PutMode::CreateOnly).await?;
        let text = |name: HeaderName| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
        let how = Download {
            media_type: text(header::CONTENT_TYPE),
            disposition: text(header::CONTENT_DISPOSITION),
            encoding: text(header::CONTENT_ENCODING),
        };
        let place = self.links.link(&key, &how, LINK_LASTS).await?;
        let unwritable = |error| BlobError::Backend {
            operation: "link",
            what: key.to_string(),
            source: Box::new(error) as Box<dyn std::error::Error + Send + Sync>,
        };
        Ok(Carried::Linked(HeaderValue::try_from(place).map_err(unwritable)?))
    }
}

/// What became of a file.
enum Carried {
    /// It is small enough.
    Held(Vec<u8>),
    /// It is in the bucket, at this address.
    Linked(HeaderValue),
}

/// A file that is being written.
struct File {
    body: BodyDataStream,
    /// Read, and given on later.
    first: Vec<u8>,
}

impl File {
    async fn gather(&mut self) -> Result<Option<Vec<u8>>, axum::Error> {
        if !self.first.is_empty() {
            return Ok(Some(std::mem::take(&mut self.first)));
        }
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK_BYTES {
            let next = std::future::poll_fn(|context| Pin::new(&mut self.body).poll_next(context)).await;
            let Some(piece) = next else { break };
            chunk.extend_from_slice(&piece?);
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}

#[async_trait]
impl BlobChunks for File {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        self.gather().await.map_err(|error| BlobError::Source(error.into()))
    }
}

/// What told of the file in an answer that is not it.
fn forget_file(parts: &mut Parts) {
    for name in
        [header::CONTENT_TYPE, header::CONTENT_DISPOSITION, header::CONTENT_ENCODING, header::CONTENT_LENGTH]
    {
        parts.headers.remove(name);
    }
}

fn refused(mut parts: Parts, status: StatusCode, code: &str, detail: &str, hint: &str) -> Response {
    let request = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or("Error").to_owned(),
        status: status.as_u16(),
        detail: detail.to_owned(),
        code: code.to_owned(),
        hint: Some(hint.to_owned()),
        field: None,
        position: None,
        request,
    };
    forget_file(&mut parts);
    parts.status = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    let text = serde_json::to_string(&problem).unwrap_or_default();
    Response::from_parts(parts, Body::from(text))
}
