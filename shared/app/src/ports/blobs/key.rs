//! Names of blobs that are safe as object keys and as paths of every file system.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// Longest key, in bytes. With a data folder's path before it, it still fits what file systems take.
const KEY_BYTES: usize = 512;
/// Longest piece between two slashes, in bytes; leaves room for what a store appends while writing.
const SEGMENT_BYTES: usize = 128;

/// The name of a blob, e.g. `results/lab/0190f3c2/00017.xml.zst`.
///
/// At most 512 bytes: pieces of 1 to 128 characters of `a-z`, `0-9`, `-`, `_` and `.`, joined by `/`. No piece
/// begins or ends with a dot or is the name of a device. Ordered by bytes. A key that is a folder of
/// another key (`a` and `a/b`) is refused by stores that keep files: don't make such.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BlobKey {
    type Err = NotABlobKey;

    fn from_str(text: &str) -> Result<Self, NotABlobKey> {
        if text.len() > KEY_BYTES || !text.split('/').all(is_segment) {
            return Err(NotABlobKey);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for BlobKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// How the keys of a listing begin: any beginning of a [`BlobKey`], also in the middle of a piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobPrefix(String);

impl BlobPrefix {
    /// The text; empty for all blobs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BlobPrefix {
    type Err = NotABlobKey;

    fn from_str(text: &str) -> Result<Self, NotABlobKey> {
        // What can be continued to a key by one more letter is the beginning of a key.
        let beginning = text.strip_suffix('/').unwrap_or(text).trim_end_matches('.');
        if !text.is_empty() && (text.len() > KEY_BYTES || beginning.is_empty()) {
            return Err(NotABlobKey);
        }
        if !beginning.is_empty() {
            format!("{text}0").parse::<BlobKey>().map_err(|_| NotABlobKey)?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// The text is not a usable name of a blob.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "not a blob key: pieces of a-z, 0-9, '-', '_' and inner '.' joined by '/', at most 128 bytes each and 512 \
     together, are allowed"
)]
pub struct NotABlobKey;

fn is_segment(segment: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    (1..=SEGMENT_BYTES).contains(&segment.len())
        && segment.bytes().all(allowed)
        && !segment.starts_with('.')
        && !segment.ends_with('.')
        && !is_device(segment)
}

/// Windows keeps these names for devices, with or without an ending.
fn is_device(segment: &str) -> bool {
    matches!(
        segment.split('.').next().unwrap_or(segment).as_bytes(),
        b"con" | b"prn" | b"aux" | b"nul" | [b'c', b'o', b'm', b'0'..=b'9'] | [b'l', b'p', b't', b'0'..=b'9']
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside_their_folder() {
        let long_segment = "a".repeat(129);
        let long_key = "ab/".repeat(200);
        let hostile = [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            ".a",
            "a.",
            "a/.hidden",
            "A",
            "a b",
            "a\\b",
            "a\0",
            "c:a",
            "ä",
            "a%2e",
            "nul",
            "x/con.txt",
            "lpt1.xml",
            "a#1",
            "~",
            &long_segment,
            &long_key,
        ];
        for text in hostile {
            assert_eq!(text.parse::<BlobKey>(), Err(NotABlobKey), "{text:?}");
        }
        for text in ["a", "a/b", "results/lab/0190f3c2-7b1e/00017.xml.zst", "contract", "nulls/com", "a..b"] {
            assert!(text.parse::<BlobKey>().is_ok(), "{text:?}");
        }
    }

    #[test]
    fn prefixes_are_beginnings_of_keys() {
        for text in ["", "a", "a/", "a/b.", "results/lab/01"] {
            assert!(text.parse::<BlobPrefix>().is_ok(), "{text:?}");
        }
        for text in ["/", "..", "../", "a/../", "a//", ".", "A", "a\\"] {
            assert!(text.parse::<BlobPrefix>().is_err(), "{text:?}");
        }
    }
}
