//! What an export is made of: frames, each of which can be checked and applied alone.

use std::collections::BTreeMap;

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::MoveError;
use crate::ports::table::Attribute;
use crate::ports::{Item, Key};

/// The format of files and frames.
pub(super) const VERSION: u8 = 1;

/// The largest sealed frame. Functions take requests of 6 MB, in which bytes are written as Base64.
pub const MOST_FRAME_BYTES: usize = 4_000_000;

/// The largest frame unpacked.
const MOST_PLAIN_BYTES: usize = 16 << 20;

/// What is packed into one frame, about: an item of the largest size more still fits.
pub(super) const FRAME_BYTES: usize = 2 << 20;

/// And at most so many entries: a function has half a minute to write them.
pub(super) const FRAME_ENTRIES: usize = 2_000;

/// Blobs are cut into parts of so many bytes.
pub(super) const PART_BYTES: usize = 1 << 20;

const HASH_BYTES: usize = 32;

/// A piece of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Frame {
    /// The first one.
    Head(MoveHead),
    /// What is moved, in the order in which it has to be written.
    Entries(Vec<Entry>),
    /// The last one.
    End(MoveEnd),
}

/// What an export is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MoveHead {
    /// Names it: a UUID.
    pub id: String,
    /// When it was made.
    pub made: UnixTime,
    /// The version of Portdelta that wrote it.
    pub program: String,
    /// Raw results are in it.
    pub results: bool,
    /// Secrets of channels and tokens are in it.
    pub secrets: bool,
    /// The sites as they are stored.
    pub sites: Vec<MovedItem>,
}

/// How an export ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MoveEnd {
    /// How many frames there are, this one too.
    pub frames: u32,
    /// [`chained`] over the hashes of all frames before.
    pub chain: [u8; HASH_BYTES],
    /// Raw results of before this time are not in it, nor anywhere else where it is imported.
    pub gone: Option<UnixTime>,
    /// How much of what kind there is.
    pub counts: BTreeMap<String, u64>,
}

/// One thing that is moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Entry {
    /// An item.
    Item(MovedItem),
    /// A part of a blob; comes before the item that names it.
    Blob(BlobPart),
}

/// An item as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MovedItem {
    key: (String, String),
    value: Vec<u8>,
    attributes: Vec<(String, MovedAttribute)>,
    expires: Option<UnixTime>,
    index: Option<(String, String)>,
}

/// An attribute; the one of [`Attribute`] is for JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum MovedAttribute {
    Number(i64),
    Text(String),
}

/// A part of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlobPart {
    /// The blob's key.
    pub key: String,
    /// Which part, from 0.
    pub number: u32,
    /// SHA-256 of the whole blob, in its last part.
    pub whole: Option<[u8; HASH_BYTES]>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl From<&Item> for MovedItem {
    fn from(item: &Item) -> Self {
        let attribute = |(name, value): (&String, &Attribute)| {
            let value = match value {
                Attribute::Number(number) => MovedAttribute::Number(*number),
                Attribute::Text(text) => MovedAttribute::Text(text.clone()),
            };
            (name.clone(), value)
        };
        let key = |key: &Key| (key.partition.clone(), key.sort.clone());
        Self {
            key: key(&item.key),
            value: item.value.clone(),
            attributes: item.attributes.iter().map(attribute).collect(),
            expires: item.expires,
            index: item.index.as_ref().map(key),
        }
    }
}

impl MovedItem {
    pub(super) fn item(self) -> Item {
        let attribute = |(name, value): (String, MovedAttribute)| {
            let value = match value {
                MovedAttribute::Number(number) => Attribute::Number(number),
                MovedAttribute::Text(text) => Attribute::Text(text),
            };
            (name, value)
        };
        Item {
            key: Key::new(self.key.0, self.key.1),
            value: self.value,
            attributes: self.attributes.into_iter().map(attribute).collect(),
            expires: self.expires,
            index: self.index.map(|(partition, sort)| Key::new(partition, sort)),
        }
    }
}

impl Frame {
    /// The frame packed, behind a hash of its number and content.
    pub(super) fn seal(&self, number: u32) -> Result<Vec<u8>, MoveError> {
        let failed = |detail: String| MoveError::damaged(number, detail);
        let plain = postcard::to_stdvec(self).map_err(|error| failed(error.to_string()))?;
        let packed = zstd::bulk::compress(&plain, 3).map_err(|error| failed(error.to_string()))?;
        let mut sealed = hash(number, &packed).to_vec();
        sealed.extend_from_slice(&packed);
        if sealed.len() > MOST_FRAME_BYTES {
            return Err(failed(format!("it has {} bytes", sealed.len())));
        }
        Ok(sealed)
    }

    /// The frame that [`seal`](Self::seal) sealed.
    pub(super) fn open(number: u32, sealed: &[u8]) -> Result<Self, MoveError> {
        let damaged = |detail: &str| MoveError::damaged(number, detail);
        if sealed.len() > MOST_FRAME_BYTES {
            return Err(damaged("it is too large"));
        }
        let (seal, packed) = sealed.split_at_checked(HASH_BYTES).ok_or_else(|| damaged("it is too short"))?;
        if seal != hash(number, packed) {
            return Err(damaged("its checksum is not that of its content"));
        }
        let plain =
            zstd::bulk::decompress(packed, MOST_PLAIN_BYTES).map_err(|_| damaged("it can't be unpacked"))?;
        let (frame, rest) =
            postcard::take_from_bytes(&plain).map_err(|error| damaged(&format!("it is none: {error}")))?;
        if rest.is_empty() { Ok(frame) } else { Err(damaged("something stands behind it")) }
    }
}

/// The hash in a sealed frame.
pub(super) fn seal_of(sealed: &[u8]) -> &[u8] {
    sealed.get(..HASH_BYTES).unwrap_or_default()
}

/// What frames up to one hash to, and the next one.
pub(super) fn chained(chain: [u8; HASH_BYTES], sealed: &[u8]) -> [u8; HASH_BYTES] {
    Sha256::new().chain_update(chain).chain_update(seal_of(sealed)).finalize().into()
}

fn hash(number: u32, packed: &[u8]) -> [u8; HASH_BYTES] {
    let hash = Sha256::new().chain_update(b"portdelta move").chain_update([VERSION]);
    hash.chain_update(number.to_be_bytes()).chain_update(packed).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let item = Item::new(Key::new("SITES", "office"), vec![1, 2, 3]).with("n", -7).with("t", "ä");
        let item = item.expiring(UnixTime::EPOCH.shifted(5)).indexed(Key::new("i", "j"));
        let part = BlobPart { key: "bodies/a".to_owned(), number: 3, whole: None, bytes: vec![9; 40] };
        Frame::Entries(vec![Entry::Item(MovedItem::from(&item)), Entry::Blob(part)])
    }

    #[test]
    fn frames_read_back_at_their_number_only_and_whole_only() {
        let sealed = frame().seal(7).expect("it fits");
        assert_eq!(Frame::open(7, &sealed).expect("it is whole"), frame());
        assert_eq!(Frame::open(8, &sealed).expect_err("another place").code(), "move.damaged");
        for place in 0..sealed.len() {
            let mut other = sealed.clone();
            other[place] ^= 1;
            assert_eq!(Frame::open(7, &other).expect_err("damaged").code(), "move.damaged", "{place}");
            assert!(Frame::open(7, &sealed[..place]).is_err(), "{place}");
        }
    }

    #[test]
    fn items_are_the_same_on_the_other_side() {
        let item = Item::new(Key::new("a", "b"), vec![0; 9]).with("n", i64::MIN).with("t", "");
        let item = item.expiring(UnixTime::EPOCH.shifted(5)).indexed(Key::new("i", "j"));
        assert_eq!(MovedItem::from(&item).item(), item);
    }

    #[test]
    fn a_frame_that_unpacks_to_too_much_is_refused() {
        let plain = vec![0_u8; MOST_PLAIN_BYTES + 1];
        let packed = zstd::bulk::compress(&plain, 3).expect("it packs");
        let mut sealed = hash(0, &packed).to_vec();
        sealed.extend_from_slice(&packed);
        assert!(sealed.len() < MOST_FRAME_BYTES);
        assert_eq!(Frame::open(0, &sealed).expect_err("a bomb").code(), "move.damaged");
    }
}
