//! Items as DynamoDB holds them: the parts under their reserved names, attributes under their own.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use portdelta_app::ports::table::{Attribute, names};
use portdelta_app::ports::{Cursor, Item, Key, TableError};
use portdelta_core::UnixTime;

pub(super) type Attributes = HashMap<String, AttributeValue>;

/// An item that cannot have been written by us.
#[derive(Debug, thiserror::Error)]
#[error("attribute {name} of item {key} is not what was written")]
struct Strange {
    name: String,
    key: String,
}

/// The key of an item.
pub(super) fn key(key: &Key) -> Attributes {
    pair(names::PARTITION, names::SORT, key).into()
}

pub(super) fn write(item: Item) -> Attributes {
    let mut attributes: Attributes =
        item.attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    attributes.extend(pair(names::PARTITION, names::SORT, &item.key));
    attributes.insert(names::VALUE.to_owned(), AttributeValue::B(Blob::new(item.value)));
    if let Some(expires) = item.expires {
        attributes.insert(names::EXPIRES.to_owned(), time(expires));
    }
    if let Some(index) = &item.index {
        attributes.extend(pair(names::INDEX_PARTITION, names::INDEX_SORT, index));
    }
    attributes
}

/// The item in these attributes of `table`.
pub(super) fn read(mut found: Attributes, table: &str) -> Result<Item, TableError> {
    let key = take_key(&mut found, names::PARTITION, names::SORT)
        .ok_or_else(|| strange(names::PARTITION, &Key::new("?", "?"), table))?;
    let mut item = Item::new(key, Vec::new());
    // An item that a counter made has no value.
    if let Some(value) = found.remove(names::VALUE) {
        let AttributeValue::B(value) = value else { return Err(strange(names::VALUE, &item.key, table)) };
        item.value = value.into_inner();
    }
    if let Some(expires) = found.remove(names::EXPIRES) {
        let seconds = expires.as_n().ok().and_then(|number| number.parse().ok());
        let time = seconds.and_then(UnixTime::from_seconds);
        item.expires = Some(time.ok_or_else(|| strange(names::EXPIRES, &item.key, table))?);
    }
    item.index = take_key(&mut found, names::INDEX_PARTITION, names::INDEX_SORT);
    for (name, value) in found {
        let attribute = match value {
            AttributeValue::S(text) => Some(Attribute::Text(text)),
            AttributeValue::N(number) => number.parse().ok().map(Attribute::Number),
            _ => None,
        };
        let attribute = attribute.ok_or_else(|| strange(&name, &item.key, table))?;
        item.attributes.insert(name, attribute);
    }
    Ok(item)
}

/// The place between two pages, of the table or of the index.
pub(super) fn read_cursor(mut found: Attributes, table: &str) -> Result<Cursor, TableError> {
    let index = take_key(&mut found, names::INDEX_PARTITION, names::INDEX_SORT);
    let key = take_key(&mut found, names::PARTITION, names::SORT);
    let key = key.ok_or_else(|| strange(names::PARTITION, &Key::new("?", "?"), table))?;
    Ok(Cursor { key, index })
}

pub(super) fn write_cursor(cursor: &Cursor) -> Attributes {
    let mut attributes = key(&cursor.key);
    if let Some(index) = &cursor.index {
        attributes.extend(pair(names::INDEX_PARTITION, names::INDEX_SORT, index));
    }
    attributes
}

pub(super) fn attribute(value: &Attribute) -> AttributeValue {
    match value {
        Attribute::Number(number) => AttributeValue::N(number.to_string()),
        Attribute::Text(text) => AttributeValue::S(text.clone()),
    }
}

pub(super) fn time(time: UnixTime) -> AttributeValue {
    AttributeValue::N(time.seconds().to_string())
}

fn pair(partition: &str, sort: &str, key: &Key) -> [(String, AttributeValue); 2] {
    [
        (partition.to_owned(), AttributeValue::S(key.partition.clone())),
        (sort.to_owned(), AttributeValue::S(key.sort.clone())),
    ]
}

fn take_key(found: &mut Attributes, partition: &str, sort: &str) -> Option<Key> {
    match (found.remove(partition), found.remove(sort)) {
        (Some(AttributeValue::S(partition)), Some(AttributeValue::S(sort))) => Some(Key { partition, sort }),
        _ => None,
    }
}

fn strange(name: &str, key: &Key, table: &str) -> TableError {
    let source = Strange { name: name.to_owned(), key: key.to_string() };
    TableError::Corrupt { what: format!("table {table}"), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Item {
        Item::new(Key::new("p", "s"), *b"\0\xff")
            .with("n", i64::MIN)
            .with("t", "")
            .expiring(UnixTime::from_seconds(5).expect("a time"))
            .indexed(Key::new("i", "j"))
    }

    #[test]
    fn items_come_back_as_they_went() {
        for item in [full(), Item::new(Key::new("p", "s"), Vec::new())] {
            assert_eq!(read(write(item.clone()), "t").expect("it is readable"), item);
        }
        let counted = HashMap::from(pair("pk", "sk", &Key::new("p", "s")));
        assert_eq!(read(counted, "t").expect("it is readable"), Item::new(Key::new("p", "s"), Vec::new()));
    }

    #[test]
    fn what_we_did_not_write_is_told() {
        let strange = [
            ("pk", AttributeValue::N("1".to_owned())),
            ("v", AttributeValue::S("text".to_owned())),
            ("ttl", AttributeValue::N("-1".to_owned())),
            ("n", AttributeValue::N("1.5".to_owned())),
            ("t", AttributeValue::Bool(true)),
        ];
        for (name, value) in strange {
            let mut attributes = write(full());
            attributes.insert(name.to_owned(), value);
            let error = read(attributes, "t").expect_err("it is not ours");
            assert_eq!(error.code(), "table.corrupt", "{name}");
        }
    }
}
