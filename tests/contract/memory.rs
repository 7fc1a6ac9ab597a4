//! The stores in memory keep the contract, else tests on them would prove nothing.

mod table {
    use std::sync::Arc;

    use portdelta_testkit::contract::TableUnderTest;
    use portdelta_testkit::{MemoryTable, TestClock};

    async fn fixture() -> TableUnderTest {
        let clock = Arc::new(TestClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        TableUnderTest { table: table.clone(), second: table, clock, salt: String::new(), keep: Box::new(()) }
    }

    portdelta_testkit::table_contract!(fixture);
}

mod blobs {
    use std::sync::Arc;

    use portdelta_testkit::MemoryBlobs;
    use portdelta_testkit::contract::BlobsUnderTest;

    async fn fixture() -> BlobsUnderTest {
        BlobsUnderTest {
            blobs: Arc::new(MemoryBlobs::default()),
            salt: "salted/".to_owned(),
            keep: Box::new(()),
        }
    }

    portdelta_testkit::blobs_contract!(fixture);
}

mod queue {
    use std::sync::Arc;
    use std::time::Duration;

    use portdelta_app::ports::{Outgoing, Queue, QueueError, QueueName, Work};
    use portdelta_testkit::contract::QueueUnderTest;
    use portdelta_testkit::{Fault, Faults, MemoryQueue, TestClock};

    async fn fixture() -> QueueUnderTest {
        let clock = Arc::new(TestClock::default());
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        QueueUnderTest {
            queue: queue.clone(),
            second: queue,
            clock: Some(clock),
            salt: String::new(),
            keep: Box::new(()),
        }
    }

    portdelta_testkit::queue_contract!(fixture);

    const NAME: QueueName = QueueName::Work(Work::Ingest);

    fn message() -> Vec<Outgoing> {
        vec![Outgoing { body: "1".to_owned(), delay: Duration::ZERO }]
    }

    #[tokio::test]
    async fn a_fault_strikes_before_or_after_the_effect() {
        let faults = Arc::new(Faults::default());
        let queue = MemoryQueue::new(Arc::new(TestClock::default())).obeying(Arc::clone(&faults));
        queue.create(&NAME).await.expect("no fault is planned");
        for (fault, sent) in [(Fault::Before, 0), (Fault::After, 1)] {
            faults.plan(1, fault);
            let result = queue.send(&NAME, message()).await;
            assert!(matches!(result, Err(QueueError::Unavailable { .. })), "{result:?}");
            assert_eq!(queue.bodies(&NAME).len(), sent, "{fault:?}");
        }
        // A delivery that nobody learns of: the message comes again when its lease is over.
        faults.plan(1, Fault::After);
        let lost = queue.receive(&NAME, 1, Duration::ZERO, Duration::from_secs(1)).await;
        assert!(matches!(lost, Err(QueueError::Unavailable { .. })), "{lost:?}");
        let none = queue.receive(&NAME, 1, Duration::ZERO, Duration::from_secs(1)).await;
        assert_eq!(none.expect("no fault is planned"), []);
    }

    #[tokio::test]
    async fn messages_can_be_repeated_and_turned_around() {
        let queue = MemoryQueue::new(Arc::new(TestClock::default()));
        queue.create(&NAME).await.expect("a queue can be made");
        for body in ["1", "2"] {
            let message = Outgoing { body: body.to_owned(), delay: Duration::ZERO };
            queue.send(&NAME, vec![message]).await.expect("messages can be sent");
        }
        queue.repeat_and_reverse(&NAME);
        assert_eq!(queue.bodies(&NAME), ["2", "1", "2", "1"]);
    }
}

mod faults {
    use std::sync::Arc;
    use std::time::Duration;

    use portdelta_app::ports::blobs::{BlobError, BlobKey, Blobs, PutMode};
    use portdelta_app::ports::{
        Action, Condition, Item, Key, Outgoing, Query, Queue, QueueName, Table, TableError, Work,
    };
    use portdelta_testkit::{Fault, Faults, MemoryBlobs, MemoryQueue, MemoryTable, TestClock};

    fn table(faults: &Arc<Faults>) -> MemoryTable {
        MemoryTable::new(Arc::new(TestClock::default())).obeying(Arc::clone(faults))
    }

    fn put(sort: &str) -> Vec<Action> {
        vec![Action::put(Item::new(Key::new("p", sort), *b"v"))]
    }

    #[tokio::test]
    async fn a_fault_strikes_before_or_after_the_effect() {
        let faults = Arc::new(Faults::default());
        let table = table(&faults);
        faults.plan(1, Fault::Before);
        faults.plan(2, Fault::After);
        faults.plan(3, Fault::Conflict);
        for (sort, happens) in [("1", false), ("2", true), ("3", false), ("4", true)] {
            let result = table.transact(put(sort)).await;
            match sort {
                "1" | "2" => assert!(matches!(result, Err(TableError::Unavailable { .. })), "{result:?}"),
                "3" => assert!(matches!(result, Err(TableError::Conflict)), "{result:?}"),
                _ => result.expect("no fault is planned"),
            }
            assert_eq!(table.items().iter().any(|item| item.key.sort == sort), happens, "{sort}");
        }
    }

    #[tokio::test]
    async fn a_kill_stops_all_stores_of_the_process() {
        let faults = Arc::new(Faults::default());
        let table = table(&faults);
        let blobs = MemoryBlobs::default().obeying(Arc::clone(&faults));
        let key: BlobKey = "a".parse().expect("a key");
        faults.plan(2, Fault::KillAfter);
        table.transact(put("1")).await.expect("the first operation succeeds");
        let result = blobs.put(&key, Vec::new(), PutMode::CreateOnly).await;
        assert!(matches!(result, Err(BlobError::Unavailable { .. })), "{result:?}");
        assert!(table.transact(put("2")).await.is_err());
        assert!(blobs.get(&key, 1).await.is_err());
        faults.revive();
        assert_eq!(blobs.get(&key, 1).await.expect("it is alive again"), Some(Vec::new()));
        assert_eq!(table.query(&Query::partition("p")).await.expect("it is alive again").items.len(), 1);
        assert_eq!(faults.operations(), 6);
    }

    #[tokio::test]
    async fn what_is_written_is_counted_and_nothing_else() {
        let faults = Arc::new(Faults::default());
        let table = table(&faults);
        let blobs = MemoryBlobs::default().obeying(Arc::clone(&faults));
        let queue = MemoryQueue::new(Arc::new(TestClock::default())).obeying(Arc::clone(&faults));
        let work = QueueName::Work(Work::Ingest);
        queue.create(&work).await.expect("it is made");
        let key: BlobKey = "a".parse().expect("a key");
        let put_blob = async || blobs.put(&key, Vec::new(), PutMode::CreateOnly).await;
        let lease = Duration::from_secs(1);
        table.transact(put("1")).await.expect("it is put");
        put_blob().await.expect("it is put");
        faults.kill_after_write(1);
        // Nothing of this changes anything.
        let again = put("1").into_iter().map(|action| action.when(Condition::MustNotExist)).collect();
        table.transact(again).await.expect_err("it is there");
        table.get(&Key::new("p", "1")).await.expect("it is alive");
        put_blob().await.expect("it is there");
        queue.receive(&work, 1, Duration::ZERO, lease).await.expect("it is alive");
        table.transact(put("2")).await.expect("the last write succeeds");
        table.transact(put("3")).await.expect_err("it is dead");
        let message = || vec![Outgoing { body: "1".to_owned(), delay: Duration::ZERO }];
        for store in ["blobs", "messages"] {
            faults.revive();
            faults.kill_after_write(1);
            match store {
                "blobs" => blobs.delete(&key).await.expect("the last write succeeds"),
                _ => queue.send(&work, message()).await.expect("the last write succeeds"),
            }
            table.get(&Key::new("p", "1")).await.expect_err(store);
        }
    }

    #[tokio::test]
    async fn a_held_index_lags() {
        let table = table(&Arc::default());
        let indexed = Item::new(Key::new("p", "1"), *b"v").indexed(Key::new("i", "1"));
        table.hold_index();
        table.transact(vec![Action::put(indexed)]).await.expect("a put succeeds");
        let found =
            async || table.query_index(&Query::partition("i")).await.expect("it succeeds").items.len();
        assert_eq!(found().await, 0);
        table.release_index();
        assert_eq!(found().await, 1);
    }
}
