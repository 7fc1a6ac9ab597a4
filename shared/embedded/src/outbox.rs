//! What was committed and nobody was told of yet: items with the attribute [`outbox`](portdelta_app::repositories::OUTBOX).
//!
//! The attribute comes with the item in one transaction, so that nothing can be committed and forgotten. Who reads the
//! outbox tells first and clears then: what it was telling when it died is told again.

use std::time::Duration;

use portdelta_app::ports::{Key, TableError};
use rusqlite::params;

use crate::SqliteTable;

impl SqliteTable {
    /// The keys of at most `limit` items in the outbox, oldest first.
    pub async fn pending_outbox(&self, limit: usize) -> Result<Vec<Key>, TableError> {
        self.database
            .read("read the outbox", move |connection| {
                let mut pending = connection.prepare_cached(
                    "SELECT pk, sk FROM items WHERE json_extract(attributes, '$.outbox') = 1
                     ORDER BY id LIMIT ?1",
                )?;
                let limit = i64::try_from(limit).unwrap_or(i64::MAX);
                let keys = pending
                    .query_map([limit], |row| Ok(Key { partition: row.get(0)?, sort: row.get(1)? }))?;
                Ok(keys.collect::<Result<Vec<_>, _>>()?)
            })
            .await
    }

    /// Takes an item out of the outbox; the item itself stays as it is. Fine where it is not in there.
    pub async fn clear_outbox(&self, key: &Key) -> Result<(), TableError> {
        let key = key.clone();
        self.database
            .write("clear the outbox", move |transaction| {
                let mut clear = transaction.prepare_cached(
                    "UPDATE items SET attributes = json_remove(attributes, '$.outbox')
                     WHERE pk = ?1 AND sk = ?2 AND json_extract(attributes, '$.outbox') = 1",
                )?;
                clear.execute(params![key.partition, key.sort])?;
                Ok(())
            })
            .await
    }

    /// Waits until something comes into the outbox by this process, at most for `patience`: other processes do not
    /// wake anybody. For one reader; what came while it was busy wakes it at once.
    pub async fn await_outbox(&self, patience: Duration) {
        tokio::time::timeout(patience, self.database.outbox().notified()).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use portdelta_app::repositories::OUTBOX;

    #[test]
    fn statements_and_index_know_the_attribute() {
        // They have it as a literal, since the partial index of the file's format has.
        assert_eq!(OUTBOX, "outbox");
    }
}
