//! Items as rows, and rows as items.

use portdelta_app::ports::table::{Attributes, Change};
use portdelta_app::ports::{Item, Key, TableError, TableLimits};
use portdelta_core::UnixTime;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::database::Failure;

/// The columns that [`item`] reads, in its order.
pub(crate) const COLUMNS: &str = "pk, sk, value, attributes, expires, ipk, isk";

/// The item in a row of [`COLUMNS`].
pub(crate) fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let index: (Option<String>, Option<String>) = (row.get(5)?, row.get(6)?);
    Ok(Item {
        key: Key { partition: row.get(0)?, sort: row.get(1)? },
        value: row.get(2)?,
        attributes: attributes(row, 3)?,
        expires: expires(row, 4)?,
        index: index.0.zip(index.1).map(|(partition, sort)| Key { partition, sort }),
    })
}

/// The item with a key, expired or not.
pub(crate) fn find(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Item>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM items WHERE pk = ?1 AND sk = ?2"))?
        .query_row(params![key.partition, key.sort], item)
        .optional()
}

/// What conditions need to know of an item; not its value, which may be large.
pub(crate) struct Standing {
    pub(crate) attributes: Attributes,
    pub(crate) expires: Option<UnixTime>,
}

impl Standing {
    pub(crate) fn find(connection: &Connection, key: &Key) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached("SELECT attributes, expires FROM items WHERE pk = ?1 AND sk = ?2")?
            .query_row(params![key.partition, key.sort], |row| {
                Ok(Self { attributes: attributes(row, 0)?, expires: expires(row, 1)? })
            })
            .optional()
    }

    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// Does a change whose condition holds.
pub(crate) fn apply(connection: &Connection, change: &Change, limits: &TableLimits) -> Result<(), Failure> {
    match change {
        Change::Put(item) => put(connection, item),
        Change::Check(_) => Ok(()),
        Change::Delete(key) => {
            let mut delete = connection.prepare_cached("DELETE FROM items WHERE pk = ?1 AND sk = ?2")?;
            delete.execute(params![key.partition, key.sort])?;
            Ok(())
        }
        Change::Add { key, attribute, by, expires } => {
            let mut item = find(connection, key)?.unwrap_or_else(|| Item::new(key.clone(), Vec::new()));
            Change::add_to(&mut item.attributes, key, attribute, *by)?;
            item.expires = expires.or(item.expires);
            limits.check_item(&item)?;
            put(connection, &item)
        }
    }
}

fn put(connection: &Connection, item: &Item) -> Result<(), Failure> {
    connection
        .prepare_cached(
            "INSERT INTO items (pk, sk, value, attributes, expires, ipk, isk)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (pk, sk) DO UPDATE
             SET value = excluded.value, attributes = excluded.attributes, expires = excluded.expires,
                 ipk = excluded.ipk, isk = excluded.isk",
        )?
        .execute(params![
            item.key.partition,
            item.key.sort,
            item.value,
            encode(&item.attributes)?,
            item.expires.map(UnixTime::seconds),
            item.index.as_ref().map(|index| &index.partition),
            item.index.as_ref().map(|index| &index.sort),
        ])?;
    Ok(())
}

fn encode(attributes: &Attributes) -> Result<String, TableError> {
    serde_json::to_string(attributes)
        .map_err(|source| TableError::Backend { operation: "encode attributes", source: Box::new(source) })
}

fn attributes(row: &Row<'_>, column: usize) -> rusqlite::Result<Attributes> {
    serde_json::from_str(row.get_ref(column)?.as_str()?)
        .map_err(|source| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(source)))
}

fn expires(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UnixTime>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|seconds| UnixTime::EPOCH.shifted(seconds)))
}
