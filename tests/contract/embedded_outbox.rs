//! The outbox of an SQLite file, and files of earlier versions that get one.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portdelta_app::ports::{Action, Item, Key, Queue, QueueName, Table, Work};
use portdelta_app::repositories::OUTBOX;
use portdelta_embedded::{Database, DatabaseOptions, SqliteQueue, SqliteTable};
use portdelta_testkit::TestClock;

fn open(path: &Path) -> SqliteTable {
    let database = Database::open(path, &DatabaseOptions::default()).expect("the database opens");
    SqliteTable::new(Arc::new(database), Arc::new(TestClock::default()))
}

fn key(sort: &str) -> Key {
    Key::new("BLK#office#1", sort)
}

async fn put(table: &SqliteTable, sort: &str, told: bool) {
    let item = Item::new(key(sort), *b"deltas").with("version", 7).with("text", "{\"outbox\": 1}");
    let item = if told { item } else { item.with(OUTBOX, 1) };
    table.transact(vec![Action::put(item)]).await.expect("a put succeeds");
}

async fn pending(table: &SqliteTable) -> Vec<String> {
    let keys = table.pending_outbox(100).await.expect("it is readable");
    keys.into_iter().map(|key| key.sort).collect()
}

#[tokio::test]
async fn what_nobody_was_told_of_is_listed_until_it_is_cleared() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let table = open(&path);
    for (sort, told) in [("c", false), ("a", false), ("x", true), ("b", false)] {
        put(&table, sort, told).await;
    }
    assert_eq!(pending(&table).await, ["c", "a", "b"], "oldest first");
    assert_eq!(table.pending_outbox(2).await.expect("it is readable").len(), 2);
    for _ in 0..2 {
        table.clear_outbox(&key("a")).await.expect("it is cleared");
    }
    table.clear_outbox(&key("nothing")).await.expect("there may be none");
    drop(table);
    let table = open(&path);
    assert_eq!(pending(&table).await, ["c", "b"], "also after a new start");
    let item = table.get(&key("a")).await.expect("a get succeeds").expect("it is there");
    let expected = Item::new(key("a"), *b"deltas").with("version", 7).with("text", "{\"outbox\": 1}");
    assert_eq!(item, expected, "the rest of the item stays");
    // Written again with news, it is in there again.
    put(&table, "a", false).await;
    assert_eq!(pending(&table).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_the_outbox_is_woken() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let table = Arc::new(open(&folder.path().join("portdelta.db")));
    let reader = Arc::clone(&table);
    let waiting = tokio::spawn(async move { reader.await_outbox(Duration::from_mins(1)).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let begin = Instant::now();
    put(&table, "1", false).await;
    waiting.await.expect("it ends");
    // What came while nobody waited wakes the next one who does.
    put(&table, "2", false).await;
    table.await_outbox(Duration::from_mins(1)).await;
    assert!(begin.elapsed() < Duration::from_secs(30));
    // Nothing came: the patience ends. What is not for the outbox wakes nobody.
    put(&table, "3", true).await;
    let begin = Instant::now();
    table.await_outbox(Duration::from_millis(200)).await;
    assert!(begin.elapsed() >= Duration::from_millis(190));
}

/// As the first version made it.
const FIRST_VERSION: &str = "CREATE TABLE items (
        id INTEGER PRIMARY KEY, pk TEXT NOT NULL, sk TEXT NOT NULL, value BLOB NOT NULL, attributes TEXT NOT NULL,
        expires INTEGER, ipk TEXT, isk TEXT, UNIQUE (pk, sk)
    ) STRICT;
    CREATE INDEX items_by_index ON items (ipk, isk, pk, sk) WHERE ipk IS NOT NULL;
    CREATE INDEX items_by_expiry ON items (expires) WHERE expires IS NOT NULL;
    PRAGMA application_id = 0x50446c74;
    PRAGMA user_version = 1;
    INSERT INTO items (pk, sk, value, attributes) VALUES ('p', '1', x'00ff', '{\"n\":5}');";

#[tokio::test]
async fn a_file_of_the_first_version_gets_queues_and_an_outbox() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    rusqlite::Connection::open(&path)
        .expect("a file is made")
        .execute_batch(FIRST_VERSION)
        .expect("it is filled");
    let database =
        Database::open(&path, &DatabaseOptions::default()).expect("it is brought to the newest version");
    let (database, clock) = (Arc::new(database), Arc::new(TestClock::default()));
    let table = SqliteTable::new(Arc::clone(&database), clock.clone());
    let item = table.get(&Key::new("p", "1")).await.expect("a get succeeds");
    assert_eq!(item, Some(Item::new(Key::new("p", "1"), [0, 255]).with("n", 5)));
    put(&table, "1", false).await;
    assert_eq!(pending(&table).await, ["1"]);
    let queue = SqliteQueue::new(database, clock);
    queue.create(&QueueName::Work(Work::Notify)).await.expect("a queue can be made");
}
