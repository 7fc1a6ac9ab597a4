//! What to read of a partition, page by page.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::item::{Item, Key};
use super::limits::TableLimits;

/// A part of a partition, and which page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The partition, or the index's partition.
    pub partition: String,
    /// Which sort keys.
    pub range: SortRange,
    /// From which end.
    pub direction: Direction,
    /// Most items of a page; `None` for as many as fit.
    pub limit: Option<NonZeroUsize>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// A stretch of sort keys, compared by their UTF-8 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SortRange {
    /// All of them.
    #[default]
    All,
    /// Those that begin with this text; with an empty one, all.
    Prefix(String),
    /// From the first to the second, both included; none where the first is greater.
    Between(String, String),
    /// This one and greater ones.
    AtLeast(String),
    /// Smaller ones than this.
    Below(String),
}

/// Which end of the range comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Smallest sort key first.
    #[default]
    Forward,
    /// Greatest sort key first.
    Backward,
}

/// The place between two pages. Serialisable, so that it can travel to a browser and back; every adapter refuses
/// one that does not fit its query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The last item of the page before.
    pub key: Key,
    /// That item's place in the index, where the index was queried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<Key>,
}

/// A stretch of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In the order of the query.
    pub items: Vec<Item>,
    /// Where the next page begins; `None` when this is the last one. The next page may be empty.
    pub next: Option<Cursor>,
}

impl Query {
    /// The first page of a whole partition, forward.
    pub fn partition(partition: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            range: SortRange::All,
            direction: Direction::Forward,
            limit: None,
            after: None,
        }
    }

    /// This query within a range.
    #[must_use]
    pub fn range(mut self, range: SortRange) -> Self {
        self.range = range;
        self
    }

    /// This query for sort keys that begin with `prefix`.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        self.range(SortRange::Prefix(prefix.into()))
    }

    /// This query from the greatest sort key down.
    #[must_use]
    pub fn backward(mut self) -> Self {
        self.direction = Direction::Backward;
        self
    }

    /// This query with at most `items` items a page.
    #[must_use]
    pub fn limit(mut self, items: NonZeroUsize) -> Self {
        self.limit = Some(items);
        self
    }

    /// The page of the partition behind a sort key, whether or not an item has it.
    #[must_use]
    pub fn behind(self, sort: Option<&str>) -> Self {
        let cursor = sort.map(|sort| Cursor { key: Key::new(self.partition.as_str(), sort), index: None });
        self.after(cursor)
    }

    /// The page after the one that ended with this cursor.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }
}

impl SortRange {
    /// Whether a sort key lies in the range.
    #[must_use]
    pub fn contains(&self, sort: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => sort.starts_with(prefix.as_str()),
            Self::Between(from, to) => (from.as_str()..=to.as_str()).contains(&sort),
            Self::AtLeast(from) => sort >= from.as_str(),
            Self::Below(end) => sort < end.as_str(),
        }
    }

    /// The smallest text that is not in the range any more though it is greater than all texts in it; `None`
    /// where there is none. For stores that know ranges and no prefixes.
    #[must_use]
    pub fn end(&self) -> Option<String> {
        match self {
            Self::All | Self::AtLeast(_) => None,
            Self::Prefix(prefix) => after_prefix(prefix),
            // Nothing lies between a text and the same text with a NUL behind it.
            Self::Between(_, to) => Some(format!("{to}\0")),
            Self::Below(end) => Some(end.clone()),
        }
    }

    /// The smallest text that can be in the range; empty where there is no lower bound.
    #[must_use]
    pub fn start(&self) -> &str {
        match self {
            Self::All | Self::Below(_) => "",
            Self::Prefix(from) | Self::Between(from, _) | Self::AtLeast(from) => from,
        }
    }
}

/// The smallest text greater than every text that begins with `prefix`. UTF-8 orders bytes as code points.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The range iterator steps over the surrogates, which are no characters.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Fills a page up to its limits; for adapters whose store has no such limits of its own.
#[derive(Debug)]
pub struct PageBuilder {
    items: Vec<Item>,
    bytes: usize,
    most_items: usize,
    most_bytes: usize,
    of_index: bool,
    full: bool,
}

impl PageBuilder {
    /// An empty page for a query.
    #[must_use]
    pub fn new(query: &Query, limits: &TableLimits) -> Self {
        Self {
            items: Vec::new(),
            bytes: 0,
            most_items: query.limit.map_or(usize::MAX, NonZeroUsize::get),
            most_bytes: limits.page_bytes,
            of_index: false,
            full: false,
        }
    }

    /// An empty page for a query of the index.
    #[must_use]
    pub fn of_index(query: &Query, limits: &TableLimits) -> Self {
        Self { of_index: true, ..Self::new(query, limits) }
    }

    /// Takes the next item of the query; `false` when the page is full and the item was left for the next.
    pub fn offer(&mut self, item: Item) -> bool {
        let bytes = self.bytes.saturating_add(item.size_bytes());
        // The first item always fits, else a query could never get past it.
        self.full =
            self.items.len() >= self.most_items || (bytes > self.most_bytes && !self.items.is_empty());
        if !self.full {
            self.bytes = bytes;
            self.items.push(item);
        }
        !self.full
    }

    /// The page; it has a cursor if an item was left for the next.
    #[must_use]
    pub fn finish(self) -> Page {
        let next = self.items.last().filter(|_| self.full).map(|last| Cursor {
            key: last.key.clone(),
            index: last.index.clone().filter(|_| self.of_index),
        });
        Page { items: self.items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text_without_it() {
        let end = |prefix: &str| SortRange::Prefix(prefix.to_owned()).end();
        assert_eq!(end("D#"), Some("D$".to_owned()));
        assert_eq!(end(""), None);
        assert_eq!(end("a\u{10ffff}"), Some("b".to_owned()));
        assert_eq!(end("\u{10ffff}"), None);
        assert_eq!(end("\u{d7ff}"), Some("\u{e000}".to_owned()));
        assert_eq!(end("\u{7f}"), Some("\u{80}".to_owned()));
    }

    #[test]
    fn a_page_ends_before_the_item_that_does_not_fit() {
        let limits = TableLimits { page_bytes: 100, ..TableLimits::DYNAMODB };
        let item = |sort: &str| Item::new(Key::new("p", sort), vec![0; 40]);
        let mut page = PageBuilder::new(&Query::partition("p"), &limits);
        assert!(page.offer(item("a")));
        assert!(page.offer(item("b")));
        assert!(!page.offer(item("c")));
        let page = page.finish();
        assert_eq!(page.items.len(), 2);
        assert_eq!(page.next, Some(Cursor { key: Key::new("p", "b"), index: None }));
    }
}
