//! Content that is given on piece by piece.

use async_trait::async_trait;

use super::{BlobChunks, BlobError};

/// Content that is in memory already, as one chunk.
pub struct Whole(Option<Vec<u8>>);

impl Whole {
    /// This content.
    #[must_use]
    pub fn new(content: Vec<u8>) -> Self {
        Self(Some(content).filter(|content| !content.is_empty()))
    }
}

#[async_trait]
impl BlobChunks for Whole {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        Ok(self.0.take())
    }
}

/// What comes behind the first bytes of other content.
pub struct Behind {
    inner: Box<dyn BlobChunks>,
    skip: u64,
}

impl Behind {
    /// The content without its first `skip` bytes.
    #[must_use]
    pub fn new(inner: Box<dyn BlobChunks>, skip: u64) -> Self {
        Self { inner, skip }
    }
}

#[async_trait]
impl BlobChunks for Behind {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        while let Some(mut chunk) = self.inner.next().await? {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
            self.skip -= skipped as u64;
            if skipped < chunk.len() {
                chunk.drain(..skipped);
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }
}
