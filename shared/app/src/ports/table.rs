//! Partitioned, sorted items with conditional transactions: the narrowest thing that both DynamoDB and an SQL
//! database do well.
//!
//! Keys, layouts and transactions are written once, in the repositories, and an adapter stays small. All
//! adapters keep DynamoDB's limits ([`TableLimits`]), so that what works on one works on the other.

mod action;
mod error;
mod item;
mod limits;
mod query;

use async_trait::async_trait;

pub use action::{Action, Change, Condition};
pub use error::TableError;
pub use item::{Attribute, Attributes, Item, Key, names};
pub use limits::TableLimits;
pub use query::{Cursor, Direction, Page, PageBuilder, Query, SortRange};

/// A table of [`Item`]s.
///
/// An item whose expiry has come is gone for every operation, whether or not its bytes still exist.
#[async_trait]
pub trait Table: Send + Sync {
    /// The item with this key as of the latest transaction that was acknowledged anywhere, or `None`.
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError>;

    /// One page of a partition, ordered by the bytes of the sort key, each item once.
    ///
    /// As fresh as [`get`](Self::get), page by page: items that change between two pages are seen as they are
    /// when their page is read. A page may hold fewer items than asked for, even none, while
    /// [`Page::next`] is set; the end is `next == None`, nothing else.
    async fn query(&self, query: &Query) -> Result<Page, TableError>;

    /// One page of the items whose [`Item::index`] lies in the partition of the query, ordered by the bytes of
    /// the index's sort key.
    ///
    /// May lag behind: an item just written can be missing, one just deleted can still be there. Items with equal
    /// index keys come in an order of the adapter's choice, the same on every page. The index holds a copy of the
    /// whole item: keep indexed items small.
    async fn query_index(&self, query: &Query) -> Result<Page, TableError>;

    /// Does all of the actions, or none of them.
    ///
    /// Every condition is judged by the state before the transaction. No actions at all is a success. After an
    /// error other than [`TableError::Unavailable`] nothing was changed; after that one the outcome is unknown, and
    /// a repetition must be made harmless by a condition. Nothing is repeated inside: a repeated delivery of
    /// the same actions is done again unless a condition forbids it.
    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError>;

    /// Removes the bytes of some thousands of expired items, where the store does not do so by itself; how many.
    async fn tidy(&self) -> Result<u64, TableError> {
        Ok(0)
    }
}
