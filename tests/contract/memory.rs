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

mod faults {
    use std::sync::Arc;

    use portdelta_app::ports::blobs::{BlobError, BlobKey, Blobs, PutMode};
    use portdelta_app::ports::{Action, Item, Key, Query, Table, TableError};
    use portdelta_testkit::{Fault, Faults, MemoryBlobs, MemoryTable, TestClock};

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
