//! The bytes of a result: in memory where they are few, else in a blob, of which only a window is read at a time.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use async_trait::async_trait;
use portdelta_formats::{
    CollectedFile, Format, ReadOptions, Refusal, ResultLimits, collect, unpacked_chunks,
};
use sha2::{Digest, Sha256};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::BlobKey;
use crate::ports::blobs::{Behind, BlobChunks, BlobError, PutMode, Whole};
use crate::repositories::Judgement;

/// What has more bytes is not held in memory.
pub const MOST_HELD_BYTES: usize = 4 << 20;

/// How the keys of what is staged begin.
pub(crate) const STAGING: &str = "staging/";

/// So many chunks are on their way from the store to the reader.
const AHEAD: usize = 4;

/// The bytes of a result, packed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// In memory.
    Held(Vec<u8>),
    /// A blob that stays as it is until the result was taken in.
    Staged {
        /// Its name.
        key: BlobKey,
        /// Bytes before the result.
        skip: u64,
        /// Bytes of the result.
        bytes: u64,
    },
}

impl From<Vec<u8>> for Raw {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Held(bytes)
    }
}

impl Raw {
    /// How many there are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Staged { bytes, .. } => *bytes,
        }
    }
}

impl App {
    /// Keeps the bytes of a result until it is taken in; [`unstage`](Self::unstage) is for the caller to call then. What a
    /// crash leaves, the sweep removes.
    pub async fn stage(&self, content: &mut dyn BlobChunks) -> Result<Raw, AppError> {
        let name = format!("{STAGING}{}", self.ids.new_id());
        let key: BlobKey =
            name.parse().map_err(|_| AppError::Missing { what: format!("a place for {name}") })?;
        let operation = || format!("keep {key}");
        let mut counted = Counted { inner: content, bytes: 0 };
        self.blobs.put_from(&key, &mut counted, PutMode::Overwrite).await.during(operation)?;
        Ok(Raw::Staged { bytes: counted.bytes, key, skip: 0 })
    }

    /// They were taken in, or nobody wants them any more.
    pub async fn unstage(&self, key: &BlobKey) -> Result<(), AppError> {
        self.blobs.delete(key).await.during(|| format!("remove {key}"))
    }

    /// Copies a raw result to where it stays; what is there already stays.
    pub(crate) async fn keep_raw(&self, key: &BlobKey, raw: &Raw) -> Result<(), AppError> {
        let operation = || format!("keep {key}");
        match raw {
            Raw::Held(bytes) => {
                self.blobs.put(key, bytes.clone(), PutMode::CreateOnly).await.during(operation)?;
            }
            Raw::Staged { .. } => {
                let mut chunks = self.chunks(raw).await?;
                self.blobs.put_from(key, &mut *chunks, PutMode::CreateOnly).await.during(operation)?;
            }
        }
        Ok(())
    }

    /// SHA-256 of a result's uncompressed bytes, by which the same result is known however it was packed. What can't
    /// be unpacked whole is named by its packed bytes; the reader will say why it is refused.
    pub(crate) async fn content_digest(&self, raw: &Raw) -> Result<[u8; 32], AppError> {
        if let Raw::Held(bytes) = raw {
            return Ok(digest_held(bytes, &self.limits));
        }
        let mut chunks = self.chunks(raw).await?;
        digest_chunks(&mut *chunks, &self.limits).await.during(|| "read a result".to_owned())
    }

    /// Reads a result as what its judgement says.
    pub(crate) async fn read_raw(
        &self,
        raw: &Raw,
        judgement: &Judgement,
    ) -> Result<Result<CollectedFile, Refusal>, AppError> {
        let options = options_of(judgement);
        match raw {
            Raw::Held(bytes) => Ok(collect(&bytes[..], &options, &self.limits)),
            Raw::Staged { .. } => {
                let mut chunks = self.chunks(raw).await?;
                let limits = self.limits.clone();
                let read = move |input: Pieces| collect(input, &options, &limits);
                on_a_thread(&mut *chunks, &mut |_| false, read).await.during(|| "read a result".to_owned())
            }
        }
    }

    async fn chunks(&self, raw: &Raw) -> Result<Box<dyn BlobChunks>, AppError> {
        match raw {
            Raw::Held(bytes) => Ok(Box::new(Whole::new(bytes.clone()))),
            Raw::Staged { key, skip, .. } => {
                let reader = self.blobs.open(key).await.during(|| format!("read {key}"))?;
                let reader = reader.ok_or_else(|| AppError::Missing { what: format!("blob {key}") })?;
                Ok(Box::new(Behind::new(reader.chunks, *skip)))
            }
        }
    }
}

/// Content that is counted on its way.
struct Counted<'a> {
    inner: &'a mut dyn BlobChunks,
    bytes: u64,
}

#[async_trait]
impl BlobChunks for Counted<'_> {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        let chunk = self.inner.next().await?;
        self.bytes += chunk.as_ref().map_or(0, Vec::len) as u64;
        Ok(chunk)
    }
}

fn options_of(judgement: &Judgement) -> ReadOptions {
    ReadOptions {
        format: judgement.format.as_deref().and_then(Format::from_name),
        time_zone: jiff::tz::TimeZone::get(&judgement.time_zone).unwrap_or(jiff::tz::TimeZone::UTC),
    }
}

/// The digest of what is in memory, see [`App::content_digest`].
pub(crate) fn digest_held(bytes: &[u8], limits: &ResultLimits) -> [u8; 32] {
    unpacked_digest(bytes, limits).unwrap_or_else(|| Sha256::digest(bytes).into())
}

/// The same of what comes piece by piece; all of it is read.
pub(crate) async fn digest_chunks(
    chunks: &mut dyn BlobChunks,
    limits: &ResultLimits,
) -> Result<[u8; 32], BlobError> {
    let (mut packed, limits) = (Sha256::new(), limits.clone());
    let mut look = |chunk: &[u8]| {
        packed.update(chunk);
        true
    };
    let unpacked = on_a_thread(chunks, &mut look, move |input| unpacked_digest(input, &limits)).await?;
    Ok(unpacked.unwrap_or_else(|| packed.finalize().into()))
}

/// `None` where it can't be unpacked.
fn unpacked_digest(input: impl Read, limits: &ResultLimits) -> Option<[u8; 32]> {
    let (mut hash, mut any) = (Sha256::new(), false);
    let readable = unpacked_chunks(input, limits, |chunk| {
        any = true;
        hash.update(chunk);
    });
    (readable.is_ok() && any).then(|| hash.finalize().into())
}

/// Gives what comes piece by piece to a reader on a thread of its own. `look` sees each piece, and says whether it wants
/// more when the reader does not.
async fn on_a_thread<T: Send + 'static>(
    chunks: &mut dyn BlobChunks,
    look: &mut (dyn FnMut(&[u8]) -> bool + Send),
    read: impl FnOnce(Pieces) -> T + Send + 'static,
) -> Result<T, BlobError> {
    let (sender, receiver) = sync_channel(AHEAD);
    let reader = std::thread::spawn(move || read(Pieces { receiver, piece: Vec::new(), at: 0 }));
    let failed = feed(chunks, sender, look).await.err();
    let read = reader.join();
    match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Ok(read)) => Ok(read),
        (None, Err(panic)) => std::panic::resume_unwind(panic),
    }
}

async fn feed(
    chunks: &mut dyn BlobChunks,
    sender: SyncSender<io::Result<Vec<u8>>>,
    look: &mut (dyn FnMut(&[u8]) -> bool + Send),
) -> Result<(), BlobError> {
    let mut wanted = true;
    loop {
        match chunks.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(chunk)) => {
                let goes_on = look(&chunk);
                // This waits for the reader, which waits for nobody else.
                wanted = wanted && sender.send(Ok(chunk)).is_ok();
                if !wanted && !goes_on {
                    return Ok(());
                }
            }
            Err(error) => {
                // The reader must not take it for the end.
                let _ = sender.send(Err(io::Error::other("the store failed")));
                return Err(error);
            }
        }
    }
}

/// What was read from a store, as bytes to read on.
struct Pieces {
    receiver: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.receiver.recv() {
                Ok(piece) => (self.piece, self.at) = (piece?, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
