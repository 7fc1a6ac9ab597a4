//! How things are stored: bytes with a format version, each version with a golden file.

mod block;
pub(crate) mod ports;

pub use block::{
    HEAD_LAYERS, Scopes, StoredBody, StoredHead, StoredLayer, head_layers, join, split, with_layers,
};

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

/// Stored bytes that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The item was written by a later version of Portdelta.
    #[error(
        "a stored {what} has format version {version}, and this version of Portdelta knows up to {known}"
    )]
    Newer {
        /// What was read.
        what: &'static str,
        /// The version that it has.
        version: u8,
        /// The newest version that is known.
        known: u8,
    },
    /// The bytes are damaged.
    #[error("a stored {what} is damaged: {detail}")]
    Damaged {
        /// What was read.
        what: &'static str,
        /// What is wrong.
        detail: String,
    },
}

/// The largest unpacked item; a stored item is at most 400 KB, and state packs about threefold.
const MAX_UNPACKED_BYTES: usize = 64 << 20;

/// How much values are packed.
const LEVEL: i32 = 3;

thread_local! {
    /// Kept: to make one asks the processor what it can do, for which a virtual machine has to ask its host. That takes
    /// longer than all the rest, and a page may read thousands of values.
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Decompressor<'static>> = RefCell::default();
}

fn compress(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        let mut own = packer.take().map_or_else(|| Compressor::new(LEVEL), Ok)?;
        let packed = own.compress(plain);
        *packer = Some(own);
        packed
    })
}

fn decompress(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    // Otherwise it takes room for the largest value each time.
    let said = get_frame_content_size(packed).ok().flatten().and_then(|size| usize::try_from(size).ok());
    let room = said.map_or(MAX_UNPACKED_BYTES, |size| size.min(MAX_UNPACKED_BYTES));
    UNPACKER.with_borrow_mut(|unpacker| unpacker.decompress(packed, room))
}

/// `value` in postcard, packed, behind a format version.
pub(crate) fn pack(version: u8, value: &impl Serialize) -> Result<Vec<u8>, StoredError> {
    let damaged = |detail: String| StoredError::Damaged { what: "value", detail };
    let plain = postcard::to_stdvec(value).map_err(|error| damaged(error.to_string()))?;
    let mut bytes = vec![version];
    let packed = compress(&plain).map_err(|error| damaged(error.to_string()))?;
    bytes.extend_from_slice(&packed);
    Ok(bytes)
}

/// The format version of packed bytes; 0 where there are none.
pub(crate) fn version_of(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or(0)
}

/// The value that [`pack`] packed.
pub(crate) fn unpack<T: DeserializeOwned>(
    what: &'static str,
    known: u8,
    bytes: &[u8],
) -> Result<T, StoredError> {
    let damaged = |detail: String| StoredError::Damaged { what, detail };
    let (&version, packed) = bytes.split_first().ok_or_else(|| damaged("it is empty".to_owned()))?;
    if version > known {
        return Err(StoredError::Newer { what, version, known });
    }
    let plain = decompress(packed).map_err(|error| damaged(error.to_string()))?;
    postcard::from_bytes(&plain).map_err(|error| damaged(error.to_string()))
}
