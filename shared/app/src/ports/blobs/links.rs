//! Blobs that somebody fetches without us.

use std::time::Duration;

use async_trait::async_trait;

use super::{BlobError, BlobKey};

/// How a blob is given to whoever follows a link: as values of the headers of HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Download {
    /// `Content-Type`.
    pub media_type: Option<String>,
    /// `Content-Disposition`.
    pub disposition: Option<String>,
    /// `Content-Encoding`, where the blob is packed.
    pub encoding: Option<String>,
}

/// A store whose blobs can be fetched from it directly.
#[async_trait]
pub trait BlobLinks: Send + Sync {
    /// An address of HTTP from which anybody who knows it fetches this one blob, for so long; also where there is no such
    /// blob. It holds no other right and nothing of ours besides.
    async fn link(&self, key: &BlobKey, how: &Download, lasts: Duration) -> Result<String, BlobError>;
}
