//! What a transaction does, and on what condition.

use portdelta_core::UnixTime;

use super::error::TableError;
use super::item::{Attribute, Attributes, Item, Key};

/// One step of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub change: Change,
    /// What must hold before.
    pub condition: Condition,
}

/// What is done to one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The item becomes exactly this one.
    Put(Item),
    /// The item is gone; fine where there was none.
    Delete(Key),
    /// A number attribute grows by `by`, from 0 where it was absent. Makes an item with an empty value where there
    /// was none. The rest of the item stays.
    ///
    /// An item that has expired and can still be found fails the action like a condition would: give every
    /// period of a counter a key of its own.
    Add {
        /// The item.
        key: Key,
        /// The attribute's name.
        attribute: String,
        /// What is added; may be negative.
        by: i64,
        /// The new expiry; `None` leaves it as it is.
        expires: Option<UnixTime>,
    },
    /// Nothing; only the condition counts.
    Check(Key),
}

/// What must hold of an item, as it was before the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    Always,
    /// There is no such item.
    MustNotExist,
    /// There is such an item.
    MustExist,
    /// There is such an item, and the attribute has this type and value.
    Equals {
        /// The attribute's name.
        attribute: String,
        /// The type and value it must have.
        value: Attribute,
    },
    /// There is such an item, and it does not have the attribute.
    Lacks {
        /// The attribute's name.
        attribute: String,
    },
}

impl Action {
    /// Puts an item.
    #[must_use]
    pub fn put(item: Item) -> Self {
        Change::Put(item).into()
    }

    /// Deletes an item.
    #[must_use]
    pub fn delete(key: Key) -> Self {
        Change::Delete(key).into()
    }

    /// Adds to a counter and leaves the item's expiry.
    pub fn add(key: Key, attribute: impl Into<String>, by: i64) -> Self {
        Change::Add { key, attribute: attribute.into(), by, expires: None }.into()
    }

    /// Checks an item that the transaction does not change.
    #[must_use]
    pub fn check(key: Key, condition: Condition) -> Self {
        Self { change: Change::Check(key), condition }
    }

    /// This action, on a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// The item it is about.
    #[must_use]
    pub fn key(&self) -> &Key {
        match &self.change {
            Change::Put(item) => &item.key,
            Change::Delete(key) | Change::Add { key, .. } | Change::Check(key) => key,
        }
    }
}

impl From<Change> for Action {
    fn from(change: Change) -> Self {
        Self { change, condition: Condition::Always }
    }
}

impl Condition {
    /// The attribute must have this type and value.
    pub fn equals(attribute: impl Into<String>, value: impl Into<Attribute>) -> Self {
        Self::Equals { attribute: attribute.into(), value: value.into() }
    }

    /// The item must be there without the attribute.
    pub fn lacks(attribute: impl Into<String>) -> Self {
        Self::Lacks { attribute: attribute.into() }
    }

    /// Whether it holds of an item with these attributes; `None` stands for no item, or an expired one.
    #[must_use]
    pub fn holds(&self, existing: Option<&Attributes>) -> bool {
        match self {
            Self::Always => true,
            Self::MustNotExist => existing.is_none(),
            Self::MustExist => existing.is_some(),
            Self::Equals { attribute, value } => {
                existing.and_then(|attributes| attributes.get(attribute)) == Some(value)
            }
            Self::Lacks { attribute } => {
                existing.is_some_and(|attributes| !attributes.contains_key(attribute))
            }
        }
    }
}

impl Change {
    /// Adds `by` to a counter among `attributes`, as [`Change::Add`] says.
    ///
    /// Fails with [`TableError::NotACounter`] on a text, or where the sum leaves the range of `i64`.
    pub fn add_to(
        attributes: &mut Attributes,
        key: &Key,
        attribute: &str,
        by: i64,
    ) -> Result<(), TableError> {
        let unusable = || TableError::NotACounter { key: key.clone(), attribute: attribute.to_owned() };
        let sum = match attributes.get(attribute) {
            None => by,
            Some(Attribute::Number(number)) => number.checked_add(by).ok_or_else(unusable)?,
            Some(Attribute::Text(_)) => return Err(unusable()),
        };
        attributes.insert(attribute.to_owned(), Attribute::Number(sum));
        Ok(())
    }
}
