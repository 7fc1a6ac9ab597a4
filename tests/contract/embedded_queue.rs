//! Queues in an SQLite file, through two databases as two processes have them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portdelta_app::ports::{Clock, Outgoing, Queue, QueueName, Work};
use portdelta_embedded::{Database, DatabaseOptions, SqliteQueue};
use portdelta_testkit::TestClock;
use portdelta_testkit::contract::QueueUnderTest;

const NAME: QueueName = QueueName::Work(Work::Ingest);
const LEASE: Duration = Duration::from_mins(1);

async fn fixture() -> QueueUnderTest {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("data/portdelta.db");
    let clock = Arc::new(TestClock::default());
    QueueUnderTest {
        queue: Arc::new(open(&path, &clock)),
        second: Arc::new(open(&path, &clock)),
        clock: Some(clock),
        salt: String::new(),
        keep: Box::new(folder),
    }
}

portdelta_testkit::queue_contract!(fixture);

fn open(path: &Path, clock: &Arc<TestClock>) -> SqliteQueue {
    let database = Database::open(path, &DatabaseOptions::default()).expect("the database opens");
    SqliteQueue::new(Arc::new(database), Arc::clone(clock) as Arc<dyn Clock>)
}

fn messages(count: usize) -> Vec<Outgoing> {
    (0..count).map(|number| Outgoing { body: number.to_string(), delay: Duration::ZERO }).collect()
}

/// Messages, deliveries and leases are on disk.
#[tokio::test]
async fn messages_are_there_after_a_new_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let clock = Arc::new(TestClock::default());
    let queue = open(&path, &clock);
    queue.create(&NAME).await.expect("a queue can be made");
    queue.send(&NAME, messages(2)).await.expect("messages can be sent");
    let held = queue.receive(&NAME, 1, Duration::ZERO, LEASE).await.expect("receiving succeeds").remove(0);
    drop(queue);
    let queue = open(&path, &clock);
    let other = queue.receive(&NAME, 10, Duration::ZERO, LEASE).await.expect("receiving succeeds");
    assert_eq!((other.len(), other[0].body.as_str()), (1, "1"));
    queue.extend(&NAME, &held.receipt, LEASE).await.expect("its receipt is good after the start");
    clock.advance(60);
    let again = queue.receive(&NAME, 10, Duration::ZERO, LEASE).await.expect("receiving succeeds");
    assert_eq!(again.iter().map(|delivery| delivery.deliveries).collect::<Vec<_>>(), [2, 2]);
}

/// Within a process nobody waits for the next look.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_receiver_of_the_same_process_is_woken() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let queue = Arc::new(open(&folder.path().join("portdelta.db"), &Arc::new(TestClock::default())));
    queue.create(&NAME).await.expect("a queue can be made");
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let receiver = Arc::clone(&queue);
        let waiting = tokio::spawn(async move {
            let found = receiver.receive(&NAME, 1, Duration::from_secs(20), LEASE).await;
            (found.expect("receiving succeeds"), Instant::now())
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let sent = Instant::now();
        queue.send(&NAME, messages(1)).await.expect("messages can be sent");
        let (found, at) = waiting.await.expect("it ends");
        assert_eq!(found.len(), 1);
        quickest = quickest.min(at.saturating_duration_since(sent));
    }
    assert!(quickest < Duration::from_millis(400), "the quickest of five took {quickest:?}");
}

/// Tells a process started by a test where the store is.
const STORE: &str = "PORTDELTA_TEST_QUEUE";

/// Not a test but what the next one starts; without its variable it does nothing.
#[tokio::test]
#[ignore = "another test starts it as a process of its own"]
async fn the_process_that_is_killed() {
    let Some(store) = std::env::var_os(STORE) else { return };
    let queue = open(Path::new(&store), &Arc::new(TestClock::default()));
    for number in 0.. {
        let found = queue.receive(&NAME, 2, Duration::ZERO, LEASE).await.expect("receiving succeeds");
        queue.acknowledge(&NAME, &found[0].receipt).await.expect("it is acknowledged");
        println!("acknowledged {} holding {}", found[0].body, found[1].body);
        assert!(number < 100, "it is killed before");
    }
}

/// A killed holder loses nothing: what it had not acknowledged comes to others when the lease is over.
#[tokio::test]
async fn what_a_killed_process_held_comes_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("portdelta.db");
    let clock = Arc::new(TestClock::default());
    let queue = open(&path, &clock);
    queue.create(&NAME).await.expect("a queue can be made");
    queue.send(&NAME, messages(400)).await.expect("messages can be sent");
    let mut child = Command::new(std::env::current_exe().expect("a test has a program"))
        .args(["embedded_queue::the_process_that_is_killed", "--exact", "--include-ignored", "--nocapture"])
        .env(STORE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test's program starts again");
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut lines = output.lines().map_while(Result::ok);
    let mut done: Vec<String> = Vec::new();
    let note = |line: String, done: &mut Vec<String>| {
        if let Some((_, rest)) = line.split_once("acknowledged ") {
            done.extend(rest.split(' ').next().map(str::to_owned));
        }
    };
    while done.len() < 5 {
        note(lines.next().expect("the process ended by itself"), &mut done);
    }
    child.kill().expect("the process is killed");
    child.wait().expect("the process has ended");
    lines.for_each(|line| note(line, &mut done));
    clock.advance(60);
    let mut left = Vec::new();
    loop {
        let found = queue.receive(&NAME, 10, Duration::ZERO, LEASE).await.expect("receiving succeeds");
        if found.is_empty() {
            break;
        }
        left.extend(found.into_iter().map(|delivery| delivery.body));
    }
    // One may have been acknowledged without having been told.
    assert!(left.iter().all(|body| !done.contains(body)), "what was acknowledged never comes again");
    assert!((399..=400).contains(&(left.len() + done.len())), "{} left, {} done", left.len(), done.len());
}
