//! The tables of the SQLite file.

use rusqlite_migration::{M, Migrations};

/// Tells an SQLite file of Portdelta from any other: `PDlt`.
pub(crate) const APPLICATION_ID: i32 = 0x5044_6c74;

/// One entry a version, oldest first. Files in use have run them: never change one, only add.
const STEPS: &[M<'static>] = &[
    M::up(
        // A row id, since the values are too large for rows inside of an index tree.
        "CREATE TABLE items (
            id INTEGER PRIMARY KEY,
            pk TEXT NOT NULL,
            sk TEXT NOT NULL,
            value BLOB NOT NULL,
            attributes TEXT NOT NULL,
            expires INTEGER,
            ipk TEXT,
            isk TEXT,
            UNIQUE (pk, sk)
        ) STRICT;
        CREATE INDEX items_by_index ON items (ipk, isk, pk, sk) WHERE ipk IS NOT NULL;
        CREATE INDEX items_by_expiry ON items (expires) WHERE expires IS NOT NULL;
        PRAGMA application_id = 0x50446c74;",
    ),
    M::up(
        // Ids are never used again, so that an old receipt names no later message. 5 is the most deliveries.
        "CREATE TABLE queues (name TEXT PRIMARY KEY) STRICT;
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            queue TEXT NOT NULL,
            body TEXT NOT NULL,
            sent INTEGER NOT NULL,
            visible INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            holder TEXT
        ) STRICT;
        CREATE INDEX messages_alive ON messages (queue, visible, id) WHERE deliveries < 5;
        CREATE INDEX messages_last ON messages (queue, sent, id) WHERE deliveries >= 5;",
    ),
    M::up(
        // What nobody was told of yet: few rows of many.
        "CREATE INDEX items_outbox ON items (id) WHERE json_extract(attributes, '$.outbox') = 1;",
    ),
];

/// All steps to the newest version.
pub(crate) const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The `user_version` of a file that has run them all.
#[expect(clippy::cast_possible_wrap, reason = "a handful of steps")]
pub(crate) const VERSION: i64 = STEPS.len() as i64;
