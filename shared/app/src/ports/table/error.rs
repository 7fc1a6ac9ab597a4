//! Why a table refused or failed.

use std::error::Error;

use super::item::Key;
use crate::ports::ErrorClass;

/// Why an operation on a table did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Conditions did not hold, and nothing was changed. The usual answer to a repetition and to a lost race.
    #[error("the conditions of actions {failed:?} did not hold")]
    ConditionFailed {
        /// Positions in the list of actions, from 0, ascending: all that failed.
        failed: Vec<usize>,
    },
    /// Somebody else was writing the same items; nothing was changed.
    #[error("another transaction was writing the same items")]
    Conflict,
    /// An item is larger than a table holds.
    #[error("item {key} has {bytes} bytes, more than {limit}")]
    ItemTooLarge {
        /// The item.
        key: Key,
        /// Its size as counted by [`Item::size_bytes`](super::Item::size_bytes).
        bytes: usize,
        /// The largest allowed.
        limit: usize,
    },
    /// A transaction has too many actions.
    #[error("the transaction has {actions} actions, more than {limit}")]
    TooManyActions {
        /// How many it has.
        actions: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The items of a transaction are larger together than allowed.
    #[error("the transaction has {bytes} bytes, more than {limit}")]
    TransactionTooLarge {
        /// Size of all its items.
        bytes: usize,
        /// The largest allowed.
        limit: usize,
    },
    /// Two actions of one transaction are about the same item.
    #[error("actions {first} and {second} of the transaction are both about item {key}")]
    DuplicateAction {
        /// Position of the first, from 0.
        first: usize,
        /// Position of the second, from 0.
        second: usize,
        /// The item.
        key: Key,
    },
    /// A part of a key is empty or too long.
    #[error("a {part} key has {bytes} bytes; it must have 1 to {limit}")]
    InvalidKey {
        /// Which part: `partition`, `sort`, `index partition` or `index sort`.
        part: &'static str,
        /// Its length.
        bytes: usize,
        /// The longest allowed.
        limit: usize,
    },
    /// An attribute's name is reserved, empty, too long or has other characters than `a-z`, `0-9` and `_`.
    #[error("{name:?} can't be the name of an attribute")]
    InvalidAttribute {
        /// The name.
        name: String,
    },
    /// A counter was to be added to a text, or beyond the range of a 64-bit number.
    #[error("attribute {attribute} of item {key} can't be added to")]
    NotACounter {
        /// The item.
        key: Key,
        /// The attribute.
        attribute: String,
    },
    /// A cursor does not belong to the query it came with.
    #[error("the cursor does not belong to this query")]
    BadCursor,
    /// There is no room left to write.
    #[error("the store is full")]
    StoreFull {
        /// What the store said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store was last written by a newer version of the program.
    #[error("the store has format {found}, and this version knows formats up to {supported}")]
    NewerSchema {
        /// The format of the store.
        found: i64,
        /// The newest format known.
        supported: i64,
    },
    /// What was opened is something else.
    #[error("{what} is not a store of Portdelta")]
    NotAStore {
        /// The file or table that was opened.
        what: String,
    },
    /// Somebody else has the store open who does not want others beside, or the other way round.
    #[error("another process is working on {what}")]
    InUse {
        /// The file that was opened.
        what: String,
    },
    /// The store is damaged: what it holds can't be what was written.
    #[error("{what} is damaged")]
    Corrupt {
        /// The file or table.
        what: String,
        /// What the driver said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store did not answer in time or can't be reached; the operation may or may not have taken effect.
    #[error("the store did not answer when asked to {operation}")]
    Unavailable {
        /// What was asked for, as a verb: `get`, `query`, `transact` ...
        operation: &'static str,
        /// What the driver said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store failed in a way that no other variant names.
    #[error("the store failed to {operation}")]
    Backend {
        /// What was asked for, as a verb: `get`, `query`, `transact` ...
        operation: &'static str,
        /// What the driver said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl TableError {
    /// A name of the cause that stays the same from version to version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConditionFailed { .. } => "table.condition_failed",
            Self::Conflict => "table.conflict",
            Self::ItemTooLarge { .. } => "table.item_too_large",
            Self::TooManyActions { .. } => "table.too_many_actions",
            Self::TransactionTooLarge { .. } => "table.transaction_too_large",
            Self::DuplicateAction { .. } => "table.duplicate_action",
            Self::InvalidKey { .. } => "table.invalid_key",
            Self::InvalidAttribute { .. } => "table.invalid_attribute",
            Self::NotACounter { .. } => "table.not_a_counter",
            Self::BadCursor => "table.bad_cursor",
            Self::StoreFull { .. } => "table.store_full",
            Self::NewerSchema { .. } => "table.newer_schema",
            Self::NotAStore { .. } => "table.not_a_store",
            Self::InUse { .. } => "table.in_use",
            Self::Corrupt { .. } => "table.corrupt",
            Self::Unavailable { .. } => "table.unavailable",
            Self::Backend { .. } => "table.backend",
        }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::ConditionFailed { .. }
            | Self::Conflict
            | Self::StoreFull { .. }
            | Self::Unavailable { .. } => ErrorClass::Retry,
            Self::BadCursor | Self::NewerSchema { .. } | Self::NotAStore { .. } | Self::InUse { .. } => {
                ErrorClass::Caller
            }
            Self::ItemTooLarge { .. }
            | Self::TooManyActions { .. }
            | Self::TransactionTooLarge { .. }
            | Self::DuplicateAction { .. }
            | Self::InvalidKey { .. }
            | Self::InvalidAttribute { .. }
            | Self::NotACounter { .. }
            | Self::Corrupt { .. }
            | Self::Backend { .. } => ErrorClass::Bug,
        }
    }

    /// What to do about it, as a sentence; `None` where nobody outside the program can do anything.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::ConditionFailed { .. } | Self::Conflict => Some("Read again and try again."),
            Self::ItemTooLarge { .. } => Some("Keep the value in a blob, and its name in the item."),
            Self::TooManyActions { .. } | Self::TransactionTooLarge { .. } => {
                Some("Cut the work into several transactions.")
            }
            Self::BadCursor => Some("Start again with the first page."),
            Self::StoreFull { .. } => Some("Free some disk space; nothing that was acknowledged is lost."),
            Self::NewerSchema { .. } => {
                Some("Use the version of Portdelta that wrote the store, or a newer one.")
            }
            Self::NotAStore { .. } => Some("Give the data folder of Portdelta, or an empty folder."),
            Self::InUse { .. } => Some("End it or wait until it is done, and try again."),
            Self::Corrupt { .. } => Some(
                "Check the disk, then take the data folder from a backup, or rebuild it from the raw results.",
            ),
            Self::Unavailable { .. } => Some("Try again later."),
            Self::Backend { .. } => Some(
                "Look at the cause; check that the data folder is readable, writable and on a sound disk.",
            ),
            Self::DuplicateAction { .. }
            | Self::InvalidKey { .. }
            | Self::InvalidAttribute { .. }
            | Self::NotACounter { .. } => None,
        }
    }
}
