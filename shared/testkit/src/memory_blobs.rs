//! Blobs in memory.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portdelta_app::ports::blobs::{
    BlobChunks, BlobEntry, BlobError, BlobKey, BlobPage, BlobPrefix, BlobReader, Blobs, PutMode, PutOutcome,
};

use crate::faults::{Faults, InjectedFault};

/// Size of the chunks that a blob is read in; small, so that tests see several.
const CHUNK_BYTES: usize = 64 * 1024;

/// A store of blobs that lasts as long as it is held.
#[derive(Default)]
pub struct MemoryBlobs {
    faults: Arc<Faults>,
    blobs: Mutex<BTreeMap<BlobKey, Arc<Vec<u8>>>>,
}

impl MemoryBlobs {
    /// This store, failing where `faults` says so.
    #[must_use]
    pub fn obeying(mut self, faults: Arc<Faults>) -> Self {
        self.faults = faults;
        self
    }

    /// All keys in their order, without counting as an operation: for assertions.
    #[must_use]
    pub fn keys(&self) -> Vec<BlobKey> {
        self.lock().keys().cloned().collect()
    }

    fn find(&self, key: &BlobKey) -> Option<Arc<Vec<u8>>> {
        self.lock().get(key).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BlobKey, Arc<Vec<u8>>>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, key: &BlobKey, content: Vec<u8>, mode: PutMode) -> Result<PutOutcome, BlobError> {
        let ending = self.faults.begin().map_err(unavailable("put", key.as_str()))?;
        let outcome = {
            let mut blobs = self.lock();
            if mode == PutMode::CreateOnly && blobs.contains_key(key) {
                PutOutcome::AlreadyExists
            } else {
                blobs.insert(key.clone(), Arc::new(content));
                PutOutcome::Created
            }
        };
        if outcome == PutOutcome::Created {
            self.faults.wrote();
        }
        ending.reached().map_err(unavailable("put", key.as_str()))?;
        Ok(outcome)
    }

    async fn put_from(
        &self,
        key: &BlobKey,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        let mut whole = Vec::new();
        while let Some(chunk) = content.next().await? {
            whole.extend(chunk);
        }
        self.put(key, whole, mode).await
    }

    async fn get(&self, key: &BlobKey, max_bytes: u64) -> Result<Option<Vec<u8>>, BlobError> {
        let ending = self.faults.begin().map_err(unavailable("get", key.as_str()))?;
        let found = self.find(key);
        ending.reached().map_err(unavailable("get", key.as_str()))?;
        let Some(content) = found else { return Ok(None) };
        let bytes = content.len() as u64;
        if bytes > max_bytes {
            return Err(BlobError::TooLarge { key: key.clone(), bytes, limit: max_bytes });
        }
        Ok(Some(content.to_vec()))
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, BlobError> {
        let ending = self.faults.begin().map_err(unavailable("get", key.as_str()))?;
        let found = self.find(key);
        ending.reached().map_err(unavailable("get", key.as_str()))?;
        Ok(found.map(|content| BlobReader {
            bytes: content.len() as u64,
            chunks: Box::new(Chunks {
                faults: Arc::clone(&self.faults),
                key: key.clone(),
                content,
                position: 0,
            }),
        }))
    }

    async fn list(
        &self,
        prefix: &BlobPrefix,
        after: Option<&BlobKey>,
        limit: NonZeroUsize,
    ) -> Result<BlobPage, BlobError> {
        let ending = self.faults.begin().map_err(unavailable("list", prefix.as_str()))?;
        let mut page = BlobPage::default();
        {
            let blobs = self.lock();
            let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.as_str()));
            let found = blobs.range::<str, _>((from, Bound::Unbounded));
            for (key, content) in found.filter(|(key, _)| key.as_str().starts_with(prefix.as_str())) {
                if page.entries.len() == limit.get() {
                    page.next = page.entries.last().map(|entry| entry.key.clone());
                    break;
                }
                page.entries.push(BlobEntry { key: key.clone(), bytes: content.len() as u64 });
            }
        }
        ending.reached().map_err(unavailable("list", prefix.as_str()))?;
        Ok(page)
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let ending = self.faults.begin().map_err(unavailable("delete", key.as_str()))?;
        self.lock().remove(key);
        self.faults.wrote();
        ending.reached().map_err(unavailable("delete", key.as_str()))
    }
}

struct Chunks {
    faults: Arc<Faults>,
    key: BlobKey,
    content: Arc<Vec<u8>>,
    position: usize,
}

#[async_trait]
impl BlobChunks for Chunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        let ending = self.faults.begin().map_err(unavailable("get", self.key.as_str()))?;
        ending.reached().map_err(unavailable("get", self.key.as_str()))?;
        let end = self.content.len().min(self.position + CHUNK_BYTES);
        let chunk = &self.content[self.position..end];
        self.position = end;
        Ok((!chunk.is_empty()).then(|| chunk.to_vec()))
    }
}

fn unavailable(operation: &'static str, what: &str) -> impl FnOnce(InjectedFault) -> BlobError + use<> {
    let what = what.to_owned();
    move |fault| BlobError::Unavailable { operation, what, source: Box::new(fault) }
}
