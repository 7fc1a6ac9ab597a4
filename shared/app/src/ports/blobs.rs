//! Large values by name: results as uploaded, bodies and batches that outgrow an item.

mod content;
mod error;
mod key;
mod links;

use std::num::NonZeroUsize;

use async_trait::async_trait;
use portdelta_core::UnixTime;

pub use content::{Behind, Whole};
pub use error::BlobError;
pub use key::{BlobKey, BlobPrefix, NotABlobKey};
pub use links::{BlobLinks, Download};

/// What to do where the key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutMode {
    /// Leave the blob that is there.
    CreateOnly,
    /// Replace it as a whole.
    Overwrite,
}

/// What a put did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// The blob is now the given content.
    Created,
    /// The key was taken, and nothing was changed; only with [`PutMode::CreateOnly`].
    AlreadyExists,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobEntry {
    /// Its name.
    pub key: BlobKey,
    /// Its size.
    pub bytes: u64,
}

/// A stretch of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobPage {
    /// By the bytes of their keys, ascending, each once.
    pub entries: Vec<BlobEntry>,
    /// The key to list after for the next page; `None` when this is the last one. The next page may be empty.
    pub next: Option<BlobKey>,
}

/// A blob that is being read.
pub struct BlobReader {
    /// Size of the whole blob.
    pub bytes: u64,
    /// Its content, from the beginning.
    pub chunks: Box<dyn BlobChunks>,
}

/// The content of a blob, piece by piece.
#[async_trait]
pub trait BlobChunks: Send {
    /// The next bytes, never none and never more than a few MiB; `None` at the end.
    ///
    /// All chunks are of one version of the blob, also when it is replaced or deleted meanwhile. After an error
    /// the reading starts again with [`Blobs::open`].
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError>;
}

/// A store of blobs.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Stores `content` under `key`.
    ///
    /// All or nothing, for readers and after a crash alike, and on disk when this returns. Of several
    /// create-only puts at once exactly one gets [`PutOutcome::Created`]. After [`BlobError::Unavailable`] the
    /// outcome is unknown.
    async fn put(&self, key: &BlobKey, content: Vec<u8>, mode: PutMode) -> Result<PutOutcome, BlobError>;

    /// The same with content that comes piece by piece, of which only some MiB are in memory at once.
    ///
    /// Where the content fails, as with [`BlobError::Source`], nothing is stored and nothing stays behind; neither
    /// where the call is dropped half way, but for what [`tidy`](Self::tidy) removes. Where the key is taken, the
    /// content may have been read or not.
    async fn put_from(
        &self,
        key: &BlobKey,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError>;

    /// The blob as a whole, or `None` where there is none.
    ///
    /// Refuses one of more than `max_bytes` with [`BlobError::TooLarge`] before holding it in memory.
    async fn get(&self, key: &BlobKey, max_bytes: u64) -> Result<Option<Vec<u8>>, BlobError>;

    /// The blob piece by piece, or `None` where there is none.
    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, BlobError>;

    /// At most `limit` blobs whose keys begin with `prefix`, after the key `after`.
    ///
    /// Blobs put or deleted between two pages may be seen or not. Other files in the same place are left out.
    async fn list(
        &self,
        prefix: &BlobPrefix,
        after: Option<&BlobKey>,
        limit: NonZeroUsize,
    ) -> Result<BlobPage, BlobError>;

    /// Removes a blob; fine where there is none.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Removes what puts that never ended left before `before`, where the store does not do so by itself; how much.
    async fn tidy(&self, _before: UnixTime) -> Result<u64, BlobError> {
        Ok(0)
    }
}
