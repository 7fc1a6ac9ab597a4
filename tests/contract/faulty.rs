//! Real stores that fail, and processes that end, at a chosen operation.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::blobs::PutMode;
use portdelta_app::ports::{
    Action, Blobs, Item, Key, Outgoing, Query, Queue, QueueName, Table, TableError, Work,
};
use portdelta_embedded::{Database, DatabaseOptions, FolderBlobs, SqliteQueue, SqliteTable};
use portdelta_testkit::{Fault, Faults, FaultyBlobs, FaultyQueue, FaultyTable, TestClock};

/// Tell a process started by a test where the stores are, and when to end.
const STORE: &str = "PORTDELTA_TEST_FAULTY";
const END: &str = "PORTDELTA_TEST_END";

const NAME: QueueName = QueueName::Work(Work::Notify);

struct Stores {
    table: FaultyTable,
    blobs: FaultyBlobs,
    queue: FaultyQueue,
}

fn open(folder: &Path, faults: &Arc<Faults>) -> Stores {
    let clock = Arc::new(TestClock::default());
    let database = Database::open(&folder.join("portdelta.db"), &DatabaseOptions::default());
    let database = Arc::new(database.expect("the database opens"));
    let blobs = FolderBlobs::open(&folder.join("blobs")).expect("the folder opens");
    let table = Arc::new(SqliteTable::new(Arc::clone(&database), clock.clone()));
    Stores {
        table: FaultyTable::new(table, Arc::clone(faults)),
        blobs: FaultyBlobs::new(Arc::new(blobs), Arc::clone(faults)),
        queue: FaultyQueue::new(Arc::new(SqliteQueue::new(database, clock)), Arc::clone(faults)),
    }
}

fn put(sort: &str) -> Vec<Action> {
    vec![Action::put(Item::new(Key::new("p", sort), *b"v"))]
}

/// Four operations: an item, a blob, a queue, a message.
async fn work(stores: &Stores) {
    stores.table.transact(put("1")).await.expect("it succeeds or does not return");
    let key = "a/b".parse().expect("a key");
    stores.blobs.put(&key, b"v".to_vec(), PutMode::Overwrite).await.expect("it succeeds or does not return");
    stores.queue.create(&NAME).await.expect("it succeeds or does not return");
    let message = Outgoing { body: "1".to_owned(), delay: Duration::ZERO };
    stores.queue.send(&NAME, vec![message]).await.expect("it succeeds or does not return");
}

/// How many of the four operations took effect.
async fn effects(folder: &Path) -> usize {
    let stores = open(folder, &Arc::default());
    let items = stores.table.query(&Query::partition("p")).await.expect("a query succeeds").items.len();
    let blob = stores.blobs.get(&"a/b".parse().expect("a key"), 1).await.expect("a get succeeds");
    let queue = stores.queue.depth(&NAME).await.ok();
    let messages = queue.map_or(0, |depth| usize::try_from(depth.waiting).expect("a few"));
    items + usize::from(blob.is_some()) + usize::from(queue.is_some()) + messages
}

/// Not a test but what the next one starts; without its variables it does nothing.
#[tokio::test]
#[ignore = "another test starts it as a process of its own"]
async fn the_process_that_ends() {
    let (Some(store), Ok(end)) = (std::env::var_os(STORE), std::env::var(END)) else { return };
    let faults = Arc::new(Faults::default());
    assert!(faults.plan_end(&end));
    work(&open(Path::new(&store), &faults)).await;
}

#[tokio::test]
async fn a_process_ends_before_or_after_any_operation() {
    for nth in 1..=5 {
        for (when, done) in [("before", nth - 1), ("after", nth), ("write", nth)] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let status = Command::new(std::env::current_exe().expect("a test has a program"))
                .args(["faulty::the_process_that_ends", "--exact", "--include-ignored", "--nocapture"])
                .env(STORE, folder.path())
                .env(END, format!("{when} {nth}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("the test's program starts again");
            assert_eq!(status.success(), nth == 5, "{when} {nth}: {status}");
            assert_eq!(effects(folder.path()).await, done.min(4), "{when} {nth}");
        }
    }
}

#[tokio::test]
async fn faults_strike_real_stores() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let faults = Arc::new(Faults::default());
    let stores = open(folder.path(), &faults);
    let plans = [("1", Fault::Before), ("2", Fault::After), ("3", Fault::Conflict), ("4", Fault::KillAfter)];
    for (nth, (_, fault)) in (1..).zip(plans) {
        faults.plan(nth, fault);
    }
    for (sort, fault) in plans {
        let error = stores.table.transact(put(sort)).await.expect_err("it is made to fail");
        let told = matches!(error, TableError::Conflict) == (fault == Fault::Conflict);
        assert!(told, "{fault:?}: {error:?}");
    }
    assert!(stores.queue.create(&NAME).await.is_err(), "the process is dead");
    faults.revive();
    let items = stores.table.query(&Query::partition("p")).await.expect("it is alive again").items;
    assert_eq!(items.iter().map(|item| item.key.sort.as_str()).collect::<Vec<_>>(), ["2", "4"]);
}

#[test]
fn ends_are_read_from_text() {
    let faults = Faults::default();
    assert!(faults.plan_end("before 2") && faults.plan_end("after 3") && faults.plan_end("write 4"));
    for text in ["", "before", "before x", "later 1", "1"] {
        assert!(!faults.plan_end(text), "{text}");
    }
}
