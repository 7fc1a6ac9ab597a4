//! One store and several real processes, some of which are killed.
//!
//! Locks of one process are no proof: SQLite keeps them apart from those of other processes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use portdelta_app::ports::{Action, Condition, Item, Key, Query, Table};
use portdelta_embedded::{Database, DatabaseOptions, SqliteTable};
use portdelta_testkit::TestClock;

/// Tells a process started by a test where the store is, what it is called and how much it writes.
const STORE: &str = "PORTDELTA_TEST_STORE";
const NAME: &str = "PORTDELTA_TEST_NAME";
const TRANSACTIONS: &str = "PORTDELTA_TEST_TRANSACTIONS";

/// Stands before the number of a transaction that was acknowledged.
const ACKNOWLEDGED: &str = "acknowledged ";

fn open(path: &Path) -> SqliteTable {
    let database = Database::open(path, &DatabaseOptions::default()).expect("the database opens");
    SqliteTable::new(Arc::new(database), Arc::new(TestClock::default()))
}

fn start(store: &Path, name: &str, transactions: u32) -> Child {
    Command::new(std::env::current_exe().expect("a test has a program"))
        .args(["processes::the_other_process", "--exact", "--include-ignored", "--nocapture"])
        .env(STORE, store)
        .env(NAME, name)
        .env(TRANSACTIONS, transactions.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test's program starts again")
}

/// Not a test but what [`start`] starts; without its variables it does nothing.
#[tokio::test]
#[ignore = "other tests start it as a process of its own"]
async fn the_other_process() {
    let Some(store) = std::env::var_os(STORE) else { return };
    let variable = |name| std::env::var(name).expect("the test sets it");
    let (name, transactions) = (variable(NAME), variable(TRANSACTIONS));
    let table = open(Path::new(&store));
    for number in 0..transactions.parse::<u32>().expect("the test gives a number") {
        let item = Item::new(Key::new("items", format!("{name}-{number:06}")), vec![1; 3000]);
        let actions = vec![
            Action::put(item).when(Condition::MustNotExist),
            Action::add(Key::new("all", "count"), "n", 1),
        ];
        table.transact(actions).await.expect("its turn comes");
        println!("{ACKNOWLEDGED}{number}");
    }
}

/// The number of items and what the counter says, which each transaction changes together.
async fn counts(table: &SqliteTable) -> (usize, Option<i64>) {
    let (mut items, mut query) = (0, Query::partition("items"));
    loop {
        let page = table.query(&query).await.expect("a query succeeds");
        items += page.items.len();
        let Some(next) = page.next else { break };
        query = query.after(Some(next));
    }
    let count = table.get(&Key::new("all", "count")).await.expect("a get succeeds");
    (items, count.and_then(|item| item.number("n")))
}

#[tokio::test]
async fn processes_make_and_fill_one_store() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("data/portdelta.db");
    let children: Vec<_> = ["a", "b", "c", "d"].map(|name| start(&path, name, 25)).into();
    for child in children {
        let output = child.wait_with_output().expect("the process ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(counts(&open(&path)).await, (100, Some(100)));
}

/// Several rounds over one store, each ended at another moment while one process writes and another waits.
#[tokio::test]
async fn killed_processes_lose_nothing_and_leave_nothing_half_done() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let mut acknowledged = 0;
    for (round, least) in [1, 7, 23].into_iter().enumerate() {
        let mut children = ["a", "b"].map(|name| {
            let mut child = start(&path, &format!("{name}{round}"), u32::MAX);
            let output = BufReader::new(child.stdout.take().expect("it is piped"));
            let lines = output.lines().map_while(Result::ok);
            (child, lines.filter(|line| line.contains(ACKNOWLEDGED)))
        });
        for (_, lines) in &mut children {
            assert_eq!(lines.take(least).count(), least, "the process ended by itself");
            acknowledged += least;
        }
        for (child, lines) in &mut children {
            child.kill().expect("the process is killed");
            child.wait().expect("the process has ended");
            acknowledged += lines.count();
        }
        let (items, count) = counts(&open(&path)).await;
        assert!(items >= acknowledged, "{items} items are left of {acknowledged}");
        assert_eq!(count, i64::try_from(items).ok(), "items and counter belong together");
    }
}
