//! What a table holds.

use std::collections::BTreeMap;
use std::fmt;

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

/// Names that the parts of an item have where a store needs names; they count towards its size.
pub mod names {
    /// The key's partition.
    pub const PARTITION: &str = "pk";
    /// The key's sort part.
    pub const SORT: &str = "sk";
    /// The value.
    pub const VALUE: &str = "v";
    /// The expiry.
    pub const EXPIRES: &str = "ttl";
    /// The index key's partition.
    pub const INDEX_PARTITION: &str = "ipk";
    /// The index key's sort part.
    pub const INDEX_SORT: &str = "isk";

    /// All of them; an attribute can't have one of these names.
    pub const RESERVED: [&str; 6] = [PARTITION, SORT, VALUE, EXPIRES, INDEX_PARTITION, INDEX_SORT];
}

/// Where an item lies: unique in its table. Ordered by the bytes of the partition, then of the sort part.
///
/// Any text but the empty one, e.g. `RUN#8f2` / `TASK#00017`; the length is limited by
/// [`TableLimits`](super::TableLimits).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Items of one partition can be queried together.
    pub partition: String,
    /// Orders the items of a partition.
    pub sort: String,
}

impl Key {
    /// The key with these parts.
    pub fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { partition: partition.into(), sort: sort.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.partition, self.sort)
    }
}

/// A value that conditions and counters can look into.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attribute {
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Attribute {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// The attributes of an item by name. A name has 1 to 64 characters of `a-z`, `0-9` and `_`, and is none of
/// [`names::RESERVED`].
pub type Attributes = BTreeMap<String, Attribute>;

/// One item of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its place.
    pub key: Key,
    /// Bytes that the table does not look into.
    pub value: Vec<u8>,
    /// What conditions can refer to.
    pub attributes: Attributes,
    /// From this second on the item does not exist any more.
    pub expires: Option<UnixTime>,
    /// Its place in the index; without one it is in no index. Not unique.
    pub index: Option<Key>,
}

impl Item {
    /// An item without attributes, expiry or place in the index.
    pub fn new(key: Key, value: impl Into<Vec<u8>>) -> Self {
        Self { key, value: value.into(), attributes: Attributes::new(), expires: None, index: None }
    }

    /// This item with an attribute more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, attribute: impl Into<Attribute>) -> Self {
        self.attributes.insert(name.into(), attribute.into());
        self
    }

    /// This item, existing up to, not including, `time`.
    #[must_use]
    pub fn expiring(mut self, time: UnixTime) -> Self {
        self.expires = Some(time);
        self
    }

    /// This item with a place in the index.
    #[must_use]
    pub fn indexed(mut self, index: Key) -> Self {
        self.index = Some(index);
        self
    }

    /// The number in attribute `name`; `None` where there is none, or a text.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.attributes.get(name)? {
            Attribute::Number(number) => Some(*number),
            Attribute::Text(_) => None,
        }
    }

    /// The text in attribute `name`; `None` where there is none, or a number.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name)? {
            Attribute::Text(text) => Some(text),
            Attribute::Number(_) => None,
        }
    }

    /// Whether the item is gone at `now`.
    #[must_use]
    pub fn is_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Bytes of the item as DynamoDB counts them: all names and all values.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let attributes: usize =
            self.attributes.iter().map(|(name, value)| name.len() + value.size_bytes()).sum();
        let expires = self
            .expires
            .map_or(0, |time| names::EXPIRES.len() + Attribute::Number(time.seconds()).size_bytes());
        let index = self.index.as_ref().map_or(0, |index| {
            names::INDEX_PARTITION.len() + index.partition.len() + names::INDEX_SORT.len() + index.sort.len()
        });
        self.key.size_bytes() + names::VALUE.len() + self.value.len() + attributes + expires + index
    }
}

impl Key {
    /// Bytes of the key with the names of its parts.
    pub(super) fn size_bytes(&self) -> usize {
        names::PARTITION.len() + self.partition.len() + names::SORT.len() + self.sort.len()
    }
}

impl Attribute {
    /// A number takes a byte for every two significant digits and one more, a text its UTF-8 bytes.
    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(number) => {
                let digits = number.unsigned_abs().to_string();
                let significant = digits.trim_end_matches('0').len();
                significant.div_ceil(2) + 1 + usize::from(*number < 0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_counts_names_and_values() {
        let plain = Item::new(Key::new("abc", "de"), vec![0; 10]);
        // pk + abc, sk + de, v + 10
        assert_eq!(plain.size_bytes(), 5 + 4 + 11);
        let full = plain
            .with("n", -1_200)
            .with("t", "ä")
            .expiring(UnixTime::from_seconds(1_999_999_999).expect("a printable year"))
            .indexed(Key::new("i", "j"));
        // n + (12: 1 byte, +1, sign +1), t + 2, ttl + (10 digits: 5, +1), ipk + i, isk + j
        assert_eq!(full.size_bytes(), 20 + 4 + 3 + 9 + 8);
    }
}
