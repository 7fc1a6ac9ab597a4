//! An object that is being read.

use std::error::Error;

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use portdelta_app::ports::blobs::{BlobChunks, BlobError, BlobKey};

/// The longest chunk given on; what the connection holds is a part of it.
const CHUNK: usize = 4 * 1024 * 1024;

/// The body of one answer, so of one version of the object.
pub(super) struct S3Chunks {
    key: BlobKey,
    /// What is still to come, by what the answer said first.
    missing: u64,
    body: ByteStream,
    /// What was received and is too long for one chunk.
    rest: Vec<u8>,
}

impl S3Chunks {
    pub(super) fn new(key: BlobKey, bytes: u64, body: ByteStream) -> Self {
        Self { key, missing: bytes, body, rest: Vec::new() }
    }

    fn broken(&self, source: Box<dyn Error + Send + Sync>) -> BlobError {
        BlobError::Unavailable { operation: "get", what: self.key.to_string(), source }
    }
}

#[async_trait]
impl BlobChunks for S3Chunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        while self.rest.is_empty() {
            let received = match self.body.next().await {
                None if self.missing == 0 => return Ok(None),
                None => {
                    let source = format!("the answer ended {} bytes early", self.missing);
                    return Err(self.broken(source.into()));
                }
                Some(Err(error)) => return Err(self.broken(Box::new(error))),
                Some(Ok(received)) => received,
            };
            let Some(missing) = self.missing.checked_sub(received.len() as u64) else {
                return Err(self.broken("the answer is longer than it said".into()));
            };
            self.missing = missing;
            self.rest = received.into();
        }
        let later = self.rest.split_off(self.rest.len().min(CHUNK));
        Ok(Some(std::mem::replace(&mut self.rest, later)))
    }
}
