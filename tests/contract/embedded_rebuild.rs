//! A file that takes the place of another one: who may do it when, and what goes over.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Action, Clock, Item, Key, Outgoing, Queue, QueueName, Table, TableError, Work};
use portdelta_app::repositories::OUTBOX;
use portdelta_embedded::{Alone, Database, DatabaseOptions, SqliteQueue, SqliteTable};
use portdelta_testkit::TestClock;

const WORK: QueueName = QueueName::Work(Work::Ingest);

fn hasty() -> DatabaseOptions {
    DatabaseOptions { busy_timeout: Duration::from_millis(20), ..DatabaseOptions::default() }
}

#[test]
fn nobody_has_a_file_alone_that_others_have_open_and_the_other_way_round() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let (first, second) = (Database::open(&path, &hasty()), Database::open(&path, &hasty()));
    let error = Alone::take(&path).expect_err("two have it open");
    assert!(matches!(&error, TableError::InUse { what } if what.ends_with("portdelta.db")), "{error:?}");
    drop(first.expect("it opens"));
    Alone::take(&path).expect_err("one has it open");
    drop(second.expect("it opens"));
    let alone = Alone::take(&path).expect("nobody has it open");
    let database = alone.open(&hasty()).expect("who has it alone opens it");
    let refused = Database::open(&path, &hasty()).err().expect("it is not shared");
    assert_eq!(refused.code(), "table.in_use");
    drop(database);
    Database::open(&path, &hasty()).err().expect("also when it is closed");
    // Whoever comes meanwhile waits, and opens what is there then.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| Database::open(&path, &DatabaseOptions::default()).map(drop));
        std::thread::sleep(Duration::from_millis(50));
        drop(alone);
        waiting.join().expect("it ends").expect("it opens");
    });
}

struct Store {
    database: Arc<Database>,
    table: SqliteTable,
    queue: SqliteQueue,
}

fn store(path: &Path, clock: &Arc<TestClock>) -> Store {
    let database = Arc::new(Database::open(path, &DatabaseOptions::default()).expect("it opens"));
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Store {
        table: SqliteTable::new(Arc::clone(&database), Arc::clone(&clock)),
        queue: SqliteQueue::new(Arc::clone(&database), clock),
        database,
    }
}

fn item(partition: &str, sort: &str) -> Item {
    Item::new(Key::new(partition, sort), *b"x")
}

#[tokio::test]
async fn queues_bundles_and_what_nobody_was_told_of_go_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::default());
    let path = folder.path().join("old.db");
    let (old, new) = (store(&path, &clock), store(&folder.path().join("new.db"), &clock));
    let lease = Duration::from_mins(1);
    old.queue.create(&WORK).await.expect("it is made");
    let messages =
        ["held", "waits", "done"].map(|body| Outgoing { body: body.to_owned(), delay: Duration::ZERO });
    old.queue.send(&WORK, messages.to_vec()).await.expect("sent");
    let held = old.queue.receive(&WORK, 1, Duration::ZERO, lease).await.expect("received").remove(0);
    let bundle = item("BUNDLE#run", "N#1").indexed(Key::new("BUNDLES#open", "5"));
    let untold = |sort| item("BLK#office#1", sort).with(OUTBOX, 1).with("n", 7);
    let puts = [bundle.clone(), untold("D#1"), untold("D#2"), item("BLK#office#1", "D#3")].map(Action::put);
    old.table.transact(puts.to_vec()).await.expect("a put succeeds");
    // Derived again, except for one; told ones stay told.
    let derived = ["D#1", "D#3"].map(|sort| Action::put(item("BLK#office#1", sort).with("n", 8)));
    new.table.transact(derived.to_vec()).await.expect("a put succeeds");

    new.database.take_over(&path).expect("it goes over");
    let depth = new.queue.depth(&WORK).await.expect("it is there");
    assert_eq!((depth.waiting, depth.leased, depth.dead), (2, 1, 0));
    new.queue.acknowledge(&WORK, &held.receipt).await.expect("the lease goes on");
    assert_eq!(new.queue.depth(&WORK).await.expect("it is there").leased, 0);
    let pending = new.table.pending_outbox(10).await.expect("readable");
    assert_eq!(pending, [Key::new("BLK#office#1", "D#1")]);
    let one = new.table.get(&pending[0]).await.expect("readable");
    assert_eq!(one, Some(item("BLK#office#1", "D#1").with("n", 8).with(OUTBOX, 1)));
    assert_eq!(new.table.get(&bundle.key).await.expect("readable"), Some(bundle));
}
