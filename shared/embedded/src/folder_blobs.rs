//! The blobs port over a folder.

mod leftovers;
mod listing;
mod staged;

use std::error::Error as StdError;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt, PutMode as StoreMode, PutPayload};
use portdelta_app::ports::blobs::{
    BlobChunks, BlobError, BlobKey, BlobPage, BlobPrefix, BlobReader, Blobs, PutMode, PutOutcome,
};
use portdelta_core::UnixTime;

use self::staged::StagedFile;
use crate::folder;

/// Size of the chunks that a blob is read in.
const CHUNK_BYTES: u64 = 256 * 1024;

/// A store of blobs as files below a folder, each under its key. A blob gets its name when it is complete and
/// on disk; what a crash leaves behind has a name that no key can have.
pub struct FolderBlobs {
    root: PathBuf,
    files: LocalFileSystem,
}

impl FolderBlobs {
    /// Opens the folder, and makes it where it is missing. Blocks.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let failed = |source: Box<dyn StdError + Send + Sync>| BlobError::Backend {
            operation: "open the folder",
            what: root.display().to_string(),
            source,
        };
        folder::create_private(root).map_err(|error| failed(error.into()))?;
        let files = LocalFileSystem::new_with_prefix(root).map_err(|error| failed(error.into()))?;
        // Uploads have folders of their own: without it their empty folders would add up.
        let files = files.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self { root: root.to_owned(), files })
    }

    /// The open file and its size.
    async fn find(&self, key: &BlobKey) -> Result<Option<(File, u64)>, BlobError> {
        let found = match self.files.get(&path(key)).await {
            Err(error) if is_missing(&error) => return Ok(None),
            other => other.map_err(|error| failed("get", key.as_str(), error.into()))?,
        };
        match found.payload {
            GetResultPayload::File(file, _) => Ok(Some((file, found.meta.size))),
            GetResultPayload::Stream(_) => Err(failed("get", key.as_str(), "it is not a file".into())),
        }
    }
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, key: &BlobKey, content: Vec<u8>, mode: PutMode) -> Result<PutOutcome, BlobError> {
        let mode = match mode {
            PutMode::CreateOnly => StoreMode::Create,
            PutMode::Overwrite => StoreMode::Overwrite,
        };
        match self.files.put_opts(&path(key), PutPayload::from(content), mode.into()).await {
            Ok(_) => Ok(PutOutcome::Created),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(PutOutcome::AlreadyExists),
            Err(error) => match io_cause(&error) {
                Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                    Err(BlobError::StoreFull { key: key.clone(), source: Box::new(error) })
                }
                _ => Err(failed("put", key.as_str(), error.into())),
            },
        }
    }

    async fn put_from(
        &self,
        key: &BlobKey,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        let (root, place) = (self.root.clone(), self.root.join(key.as_str()));
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                BlobError::StoreFull { key: key.clone(), source: Box::new(error) }
            }
            _ => failed("put", key.as_str(), error.into()),
        };
        let mut staged = working(move || StagedFile::beside(root, place)).await.map_err(failed)?;
        while let Some(chunk) = content.next().await? {
            staged = working(move || staged.write(&chunk).map(|()| staged)).await.map_err(failed)?;
        }
        working(move || staged.name(mode)).await.map_err(failed)
    }

    async fn get(&self, key: &BlobKey, max_bytes: u64) -> Result<Option<Vec<u8>>, BlobError> {
        let Some((file, bytes)) = self.find(key).await? else { return Ok(None) };
        if bytes > max_bytes {
            return Err(BlobError::TooLarge { key: key.clone(), bytes, limit: max_bytes });
        }
        let (_, content) = read(key, file, bytes).await?;
        Ok(Some(content))
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, BlobError> {
        let Some((file, bytes)) = self.find(key).await? else { return Ok(None) };
        let chunks = Box::new(FileChunks { key: key.clone(), file: Some(file) });
        Ok(Some(BlobReader { bytes, chunks }))
    }

    async fn list(
        &self,
        prefix: &BlobPrefix,
        after: Option<&BlobKey>,
        limit: NonZeroUsize,
    ) -> Result<BlobPage, BlobError> {
        let (root, wanted, after) = (self.root.clone(), prefix.clone(), after.cloned());
        let job = tokio::task::spawn_blocking(move || listing::page(&root, &wanted, after.as_ref(), limit));
        let page = job.await.map_err(|error| failed("list", prefix.as_str(), error.into()))?;
        page.map_err(|error| failed("list", prefix.as_str(), error.into()))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        match self.files.delete(&path(key)).await {
            Ok(()) => Ok(()),
            // A folder of other keys is no blob.
            Err(error) if is_missing(&error) || io_cause(&error) == Some(io::ErrorKind::IsADirectory) => {
                Ok(())
            }
            Err(error) => Err(failed("delete", key.as_str(), error.into())),
        }
    }

    async fn tidy(&self, before: UnixTime) -> Result<u64, BlobError> {
        let root = self.root.clone();
        let job = tokio::task::spawn_blocking(move || leftovers::remove(&root, before));
        let removed = job.await.map_err(|error| failed("tidy", "leftovers", error.into()))?;
        removed.map_err(|error| failed("tidy", "leftovers", error.into()))
    }
}

/// An open file; a blob that is replaced or deleted meanwhile gets a new file, and this one stays readable.
struct FileChunks {
    key: BlobKey,
    /// `None` after an error.
    file: Option<File>,
}

#[async_trait]
impl BlobChunks for FileChunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        let file =
            self.file.take().ok_or_else(|| failed("get", self.key.as_str(), "it failed before".into()))?;
        let (file, chunk) = read(&self.key, file, CHUNK_BYTES).await?;
        self.file = Some(file);
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}

/// At most `most` bytes from where the file stands.
async fn read(key: &BlobKey, file: File, most: u64) -> Result<(File, Vec<u8>), BlobError> {
    let job = tokio::task::spawn_blocking(move || {
        let mut content = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
        (&file).take(most).read_to_end(&mut content).map(|_| (file, content))
    });
    let read = job.await.map_err(|error| failed("get", key.as_str(), error.into()))?;
    read.map_err(|error| failed("get", key.as_str(), error.into()))
}

/// Does on a thread of its own what blocks.
async fn working<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn path(key: &BlobKey) -> ObjectPath {
    ObjectPath::from(key.as_str())
}

/// Whether there is no such blob; that a part of its path is a file is another way to say so.
fn is_missing(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. })
        || matches!(io_cause(error), Some(io::ErrorKind::NotADirectory))
}

fn io_cause(error: &object_store::Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

fn failed(operation: &'static str, what: &str, source: Box<dyn StdError + Send + Sync>) -> BlobError {
    BlobError::Backend { operation, what: what.to_owned(), source }
}
