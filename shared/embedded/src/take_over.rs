//! Moves what is not told by items from one file to another: for a file that takes the place of another one.

use std::path::Path;
use std::sync::PoisonError;

use portdelta_app::ports::TableError;

use crate::database::{Database, Failure, describe};

/// Ids of messages are never used again, also not those of messages that are gone.
const STATEMENTS: &str = "
    INSERT OR IGNORE INTO queues SELECT * FROM old.queues;
    INSERT INTO messages SELECT * FROM old.messages;
    DELETE FROM sqlite_sequence WHERE name = 'messages';
    INSERT INTO sqlite_sequence SELECT * FROM old.sqlite_sequence WHERE name = 'messages';
    UPDATE items SET attributes = json_set(attributes, '$.outbox', 1)
        WHERE (pk, sk) IN (SELECT pk, sk FROM old.items WHERE json_extract(attributes, '$.outbox') = 1);
    INSERT OR IGNORE INTO items SELECT NULL, pk, sk, value, attributes, expires, ipk, isk FROM old.items
        WHERE pk LIKE 'BUNDLE#%' ORDER BY id;";

impl Database {
    /// Takes over from another file of the same version what a rebuild can't derive and no partition of known name
    /// holds: queues with their messages and leases, bundles of notices, and the outbox marks of items that both have.
    ///
    /// This file has none of it yet. Blocks.
    pub fn take_over(&self, from: &Path) -> Result<(), TableError> {
        let work = || {
            let mut connection = self.writer().lock().unwrap_or_else(PoisonError::into_inner);
            // No transaction may be open when another file is attached.
            connection.execute("ATTACH DATABASE ?1 AS old", [from.to_string_lossy()])?;
            let transaction = connection.transaction()?;
            transaction.execute_batch(STATEMENTS)?;
            transaction.commit()?;
            connection.execute("DETACH DATABASE old", [])?;
            Ok::<_, Failure>(())
        };
        work().map_err(|failure| describe("take over queues", from, failure))
    }
}
