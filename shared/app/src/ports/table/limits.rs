//! How much a table takes.

use std::collections::HashMap;

use super::action::{Action, Change, Condition};
use super::error::TableError;
use super::item::{Attributes, Item, Key, names};
use super::query::Query;

/// The most of everything. Adapters over stores with wider limits enforce these all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableLimits {
    /// Bytes of one item, names and values.
    pub item_bytes: usize,
    /// Actions of one transaction.
    pub transaction_actions: usize,
    /// Bytes of all items of one transaction.
    pub transaction_bytes: usize,
    /// Bytes of all items of one page.
    pub page_bytes: usize,
    /// Bytes of a partition key, in the table and in the index.
    pub partition_bytes: usize,
    /// Bytes of a sort key, in the table and in the index.
    pub sort_bytes: usize,
}

/// Longest name of an attribute, in bytes.
const ATTRIBUTE_NAME_BYTES: usize = 64;

impl TableLimits {
    /// What DynamoDB allows.
    pub const DYNAMODB: Self = Self {
        item_bytes: 400 * 1024,
        transaction_actions: 100,
        transaction_bytes: 4 * 1024 * 1024,
        page_bytes: 1024 * 1024,
        partition_bytes: 2048,
        sort_bytes: 1024,
    };

    /// Refuses a transaction that DynamoDB would refuse before looking at any item.
    pub fn check_transaction(&self, actions: &[Action]) -> Result<(), TableError> {
        if actions.len() > self.transaction_actions {
            return Err(TableError::TooManyActions {
                actions: actions.len(),
                limit: self.transaction_actions,
            });
        }
        let mut seen = HashMap::with_capacity(actions.len());
        let mut bytes = 0;
        for (position, action) in actions.iter().enumerate() {
            bytes += self.check_action(action)?;
            if let Some(first) = seen.insert(action.key(), position) {
                let key = action.key().clone();
                return Err(TableError::DuplicateAction { first, second: position, key });
            }
        }
        if bytes > self.transaction_bytes {
            return Err(TableError::TransactionTooLarge { bytes, limit: self.transaction_bytes });
        }
        Ok(())
    }

    /// Refuses a key that no item can have.
    pub fn check_key(&self, key: &Key) -> Result<(), TableError> {
        part("partition", &key.partition, self.partition_bytes)?;
        part("sort", &key.sort, self.sort_bytes)
    }

    /// Refuses a query of a partition that can't be, or whose cursor is from another query.
    pub fn check_query(&self, query: &Query) -> Result<(), TableError> {
        part("partition", &query.partition, self.partition_bytes)?;
        let Some(cursor) = &query.after else { return Ok(()) };
        self.check_key(&cursor.key)?;
        if cursor.index.is_some() || !is_in(&cursor.key, query) {
            return Err(TableError::BadCursor);
        }
        Ok(())
    }

    /// Refuses a query of the index that can't be, or whose cursor is from another query.
    pub fn check_index_query(&self, query: &Query) -> Result<(), TableError> {
        part("index partition", &query.partition, self.partition_bytes)?;
        let Some(cursor) = &query.after else { return Ok(()) };
        self.check_key(&cursor.key)?;
        match &cursor.index {
            Some(index) if is_in(index, query) => self.check_index(index),
            _ => Err(TableError::BadCursor),
        }
    }

    /// Bytes that the action counts towards its transaction.
    fn check_action(&self, action: &Action) -> Result<usize, TableError> {
        self.check_key(action.key())?;
        if let Condition::Equals { attribute, .. } = &action.condition {
            check_attribute(attribute)?;
        }
        match &action.change {
            Change::Put(item) => self.check_item(item),
            Change::Add { key, attribute, .. } => {
                check_attribute(attribute)?;
                Ok(key.size_bytes() + attribute.len())
            }
            Change::Delete(key) | Change::Check(key) => Ok(key.size_bytes()),
        }
    }

    /// Refuses an item that is too large or has an unusable key or attribute, and says how many bytes it has.
    ///
    /// [`check_transaction`](Self::check_transaction) does this for items that are put. What a counter makes of
    /// an item is known to the adapter only.
    pub fn check_item(&self, item: &Item) -> Result<usize, TableError> {
        self.check_key(&item.key)?;
        if let Some(index) = &item.index {
            self.check_index(index)?;
        }
        check_attributes(&item.attributes)?;
        let bytes = item.size_bytes();
        if bytes > self.item_bytes {
            return Err(TableError::ItemTooLarge { key: item.key.clone(), bytes, limit: self.item_bytes });
        }
        Ok(bytes)
    }

    fn check_index(&self, index: &Key) -> Result<(), TableError> {
        part("index partition", &index.partition, self.partition_bytes)?;
        part("index sort", &index.sort, self.sort_bytes)
    }
}

impl Default for TableLimits {
    fn default() -> Self {
        Self::DYNAMODB
    }
}

fn is_in(place: &Key, query: &Query) -> bool {
    place.partition == query.partition && query.range.contains(&place.sort)
}

fn part(part: &'static str, text: &str, limit: usize) -> Result<(), TableError> {
    if text.is_empty() || text.len() > limit {
        return Err(TableError::InvalidKey { part, bytes: text.len(), limit });
    }
    Ok(())
}

fn check_attributes(attributes: &Attributes) -> Result<(), TableError> {
    attributes.keys().try_for_each(|name| check_attribute(name))
}

fn check_attribute(name: &str) -> Result<(), TableError> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let fits = (1..=ATTRIBUTE_NAME_BYTES).contains(&name.len());
    if !fits || !name.bytes().all(allowed) || names::RESERVED.contains(&name) {
        return Err(TableError::InvalidAttribute { name: name.to_owned() });
    }
    Ok(())
}
