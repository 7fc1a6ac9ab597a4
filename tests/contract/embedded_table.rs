//! The table in an SQLite file, through two databases as two processes have them.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use portdelta_app::ports::{Action, Clock, Item, Key, Query, Table, TableError};
use portdelta_embedded::{Database, DatabaseOptions, SqliteTable};
use portdelta_testkit::TestClock;
use portdelta_testkit::contract::TableUnderTest;

async fn fixture() -> TableUnderTest {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("data/portdelta.db");
    let clock = Arc::new(TestClock::default());
    TableUnderTest {
        table: Arc::new(open(&path, &clock)),
        second: Arc::new(open(&path, &clock)),
        clock,
        salt: String::new(),
        keep: Box::new(folder),
    }
}

portdelta_testkit::table_contract!(fixture);

fn open(path: &Path, clock: &Arc<TestClock>) -> SqliteTable {
    open_with(path, clock, &DatabaseOptions::default())
}

fn open_with(path: &Path, clock: &Arc<TestClock>, options: &DatabaseOptions) -> SqliteTable {
    let database = Database::open(path, options).expect("the database opens");
    SqliteTable::new(Arc::new(database), Arc::clone(clock) as Arc<dyn Clock>)
}

#[tokio::test]
async fn what_was_written_is_there_after_a_new_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let clock = Arc::new(TestClock::default());
    // A NUL inside of a key is no end of it.
    let item = Item::new(Key::new("p\0", "s\0t"), *b"\0\xff").with("n", i64::MIN);
    let table = open(&path, &clock);
    table.transact(vec![Action::put(item.clone())]).await.expect("a put succeeds");
    drop(table);
    let table = open(&path, &clock);
    assert_eq!(table.get(&item.key).await.expect("a get succeeds"), Some(item.clone()));
    let query = Query::partition("p\0").prefix("s\0");
    assert_eq!(table.query(&query).await.expect("a query succeeds").items, [item]);
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::default());
    let options = DatabaseOptions { max_pages: Some(100), ..DatabaseOptions::default() };
    let path = folder.path().join("portdelta.db");
    let table = open_with(&path, &clock, &options);
    let key = |number: usize| Key::new("p", format!("{number:03}"));
    let mut written = 0;
    let error = loop {
        let actions = (0..3).map(|n| Action::put(Item::new(key(written * 3 + n), vec![1; 10_000]))).collect();
        match table.transact(actions).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 100, "400 KB are full some time");
    };
    assert!(written > 3, "some of it fits");
    assert!(matches!(error, TableError::StoreFull { .. }), "{error:?}");
    assert_eq!(error.code(), "table.store_full");
    assert!(error.hint().is_some_and(|hint| hint.contains("disk space")));
    drop(table);
    let table = open(&path, &clock);
    let items = table.query(&Query::partition("p")).await.expect("a query succeeds").items;
    assert_eq!(items.len(), written * 3, "what was acknowledged is there, and nothing of what was not");
    let more = Action::put(Item::new(key(999), vec![1; 10_000]));
    table.transact(vec![more]).await.expect("there is room again");
}

#[tokio::test]
async fn purging_removes_what_is_expired_and_no_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::default());
    let table = open(&folder.path().join("portdelta.db"), &clock);
    let most = NonZeroU32::new(2).expect("two is not zero");
    for (sort, seconds) in [("1", 1), ("2", 5), ("3", 5), ("4", 6)] {
        let item = Item::new(Key::new("p", sort), *b"v").expiring(clock.now().shifted(seconds));
        table.transact(vec![Action::put(item)]).await.expect("a put succeeds");
    }
    let forever = Item::new(Key::new("p", "5"), *b"v");
    table.transact(vec![Action::put(forever)]).await.expect("a put succeeds");
    clock.advance(5);
    let mut purged = Vec::new();
    for _ in 0..3 {
        purged.push(table.purge_expired(most).await.expect("purging succeeds"));
    }
    assert_eq!(purged, [2, 1, 0]);
    // Back in time only what still has bytes is seen.
    clock.advance(-5);
    let left = table.query(&Query::partition("p")).await.expect("a query succeeds").items;
    assert_eq!(left.iter().map(|item| item.key.sort.as_str()).collect::<Vec<_>>(), ["4", "5"]);
}

#[tokio::test]
async fn a_writer_that_never_ends_is_a_conflict() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::default());
    let path = folder.path().join("portdelta.db");
    let options = DatabaseOptions { busy_timeout: std::time::Duration::from_millis(20), max_pages: None };
    let table = open_with(&path, &clock, &options);
    let other = rusqlite::Connection::open(&path).expect("another process opens the file");
    other.execute_batch("BEGIN IMMEDIATE").expect("it begins to write");
    let put = || vec![Action::put(Item::new(Key::new("p", "1"), *b"v"))];
    let error = table.transact(put()).await.expect_err("the other one is writing");
    assert!(matches!(error, TableError::Conflict), "{error:?}");
    assert_eq!(table.get(&Key::new("p", "1")).await.expect("reading does not wait"), None);
    other.execute_batch("ROLLBACK").expect("it ends");
    table.transact(put()).await.expect("nobody else is writing");
}

/// The default time out of a busy database is long enough for many writers in a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_write_side_by_side() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::default());
    let path = folder.path().join("portdelta.db");
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let table = open(&path, &clock);
        writers.spawn(async move {
            for number in 0..25 {
                let item = Item::new(Key::new(format!("w{writer}"), format!("{number:02}")), vec![1; 3000]);
                let count = Action::add(Key::new("all", "count"), "n", 1);
                table.transact(vec![Action::put(item), count]).await.expect("its turn comes");
            }
        });
    }
    writers.join_all().await;
    let table = open(&path, &clock);
    let count = table.get(&Key::new("all", "count")).await.expect("a get succeeds");
    assert_eq!(count.and_then(|item| item.number("n")), Some(100));
}
