//! An upload as it is read once: its note, its checksum, and what stands in it.

use async_trait::async_trait;
use portdelta_formats::ResultLimits;
use portdelta_protocol::upload::{Inspected, Inspection};

use crate::ports::BlobKey;
use crate::ports::blobs::{BlobChunks, BlobError, BlobReader};
use crate::raw::{MOST_HELD_BYTES, Raw, digest_chunks, digest_held};

/// An upload that was read once.
pub(crate) struct LookedOver {
    /// All of it.
    pub whole: Raw,
    pub inspected: Inspected,
    /// SHA-256 of the scanner's output.
    pub content: [u8; 32],
}

impl LookedOver {
    pub async fn of(key: &BlobKey, mut reader: BlobReader, limits: &ResultLimits) -> Result<Self, BlobError> {
        let bytes = reader.bytes;
        if bytes > MOST_HELD_BYTES as u64 {
            let mut sealed = Sealed { inner: reader.chunks, inspection: Inspection::default() };
            let content = digest_chunks(&mut sealed, limits).await?;
            let whole = Raw::Staged { key: key.clone(), skip: 0, bytes };
            return Ok(Self { whole, inspected: sealed.inspection.finish(), content });
        }
        let (mut whole, mut inspection) = (Vec::new(), Inspection::default());
        while let Some(chunk) = reader.chunks.next().await? {
            whole.extend(chunk);
        }
        let content = digest_held(inspection.update(&whole), limits);
        Ok(Self { whole: Raw::Held(whole), inspected: inspection.finish(), content })
    }

    /// The scanner's output without the note before it.
    pub fn packed(self) -> Raw {
        let skip = self.inspected.skip;
        match self.whole {
            Raw::Held(mut whole) => {
                let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(whole.len());
                Raw::Held(whole.split_off(skip))
            }
            Raw::Staged { key, bytes, .. } => Raw::Staged { key, skip, bytes: bytes.saturating_sub(skip) },
        }
    }
}

/// What stands behind the note of an upload, which is looked over meanwhile.
struct Sealed {
    inner: Box<dyn BlobChunks>,
    inspection: Inspection,
}

#[async_trait]
impl BlobChunks for Sealed {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        while let Some(mut chunk) = self.inner.next().await? {
            let packed = self.inspection.update(&chunk).len();
            if packed > 0 {
                return Ok(Some(chunk.split_off(chunk.len() - packed)));
            }
        }
        Ok(None)
    }
}
