//! Names of things that state and deltas refer to.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::UnixTime;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 64 characters of `a-z`, `0-9`, `-`, `_` and `.`, so that it can stand in any key.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "CompactString")]
        pub struct $name(CompactString);

        /// What comes in by serde is checked as well: ids stand in requests.
        impl TryFrom<CompactString> for $name {
            type Error = NotAnId;

            fn try_from(text: CompactString) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
                if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
                    return Err(NotAnId);
                }
                Ok(Self(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

text_id! {
    /// A vantage point.
    SiteId
}
text_id! {
    /// One execution of a scan at one site; an import is a run of its own.
    RunId
}

/// The text is not a usable id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an id: 1 to 64 characters of a-z, 0-9, '-', '_' and '.' are allowed")]
pub struct NotAnId;

/// SHA-256 of a result's uncompressed bytes with its site and task: the same upload has the same id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResultId(pub [u8; 32]);

impl ResultId {
    /// The id of document `number` (from 0) of a file whose uncompressed bytes have the digest `content`.
    #[must_use]
    pub fn derive(content: [u8; 32], site: &SiteId, task: Option<&str>, number: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(content);
        for part in [site.as_str(), task.unwrap_or("")] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        if number > 0 {
            hash.update(number.to_be_bytes());
        }
        Self(hash.finalize().into())
    }

    /// The first 12 hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for ResultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ResultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl FromStr for ResultId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let mut bytes = [0; 32];
        // As it is written, and in no other way: one result has one id.
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotAnId);
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NotAnId)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NotAnId)?;
        }
        Ok(Self(bytes))
    }
}

/// How a result looks for hosts.
///
/// A result of a scan: the scan and its discovery options. An import: tool, discovery options and scan types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LensId([u8; 8]);

impl LensId {
    /// The lens that the parts describe; equal parts in equal order give the same lens.
    #[must_use]
    pub fn derive<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Self(id)
    }
}

/// The place of a result's evidence in time, in one block: by time, then by result id. Arrival plays no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// The latest end of a host that the result lists in the block, else the result's start.
    pub time: UnixTime,
    /// The result.
    pub result: ResultId,
}

impl Order {
    /// Before every result.
    pub const BEGINNING: Self = Self { time: UnixTime::EPOCH, result: ResultId([0; 32]) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_ids_follow_content_site_task_and_document() {
        let office: SiteId = "office".parse().expect("a valid id");
        let first = ResultId::derive([1; 32], &office, None, 0);
        assert_eq!(first, ResultId::derive([1; 32], &office, None, 0));
        assert_ne!(first, ResultId::derive([1; 32], &office, None, 1));
        assert_ne!(first, ResultId::derive([1; 32], &office, Some("t"), 0));
        assert_eq!(first.to_string().parse(), Ok(first));
        for wrong in [String::new(), "F".repeat(64), "+f".repeat(32), "0".repeat(63), "é".repeat(32)] {
            assert_eq!(wrong.parse::<ResultId>(), Err(NotAnId), "{wrong}");
        }
    }

    #[test]
    fn ids_can_stand_in_keys() {
        for text in ["", "A", "a#b", "a/b", "ä", &"a".repeat(65)] {
            assert_eq!(text.parse::<SiteId>(), Err(NotAnId), "{text}");
            let by_serde =
                SiteId::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text));
            assert!(by_serde.is_err(), "{text}");
        }
    }
}
