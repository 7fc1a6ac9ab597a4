//! Schedules in memory, and as rows of any table.

mod memory {
    use std::sync::Arc;

    use portdelta_testkit::MemorySchedules;
    use portdelta_testkit::contract::SchedulesUnderTest;

    async fn fixture() -> SchedulesUnderTest {
        let schedules = Arc::new(MemorySchedules::default());
        let second = schedules.clone();
        SchedulesUnderTest { schedules, second, salt: String::new(), many: 120, keep: Box::new(()) }
    }

    portdelta_testkit::schedules_contract!(fixture);
}

mod rows {
    use std::sync::Arc;

    use portdelta_app::schedule::TableSchedules;
    use portdelta_testkit::contract::SchedulesUnderTest;
    use portdelta_testkit::{MemoryTable, TestClock};

    async fn fixture() -> SchedulesUnderTest {
        let clock = Arc::new(TestClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let schedules = || Arc::new(TableSchedules::new(table.clone(), clock.clone()));
        SchedulesUnderTest {
            schedules: schedules(),
            second: schedules(),
            salt: "salt-".to_owned(),
            many: 120,
            keep: Box::new(()),
        }
    }

    portdelta_testkit::schedules_contract!(fixture);
}

mod rows_of_a_file {
    use std::sync::Arc;

    use portdelta_app::ports::Clock;
    use portdelta_app::schedule::TableSchedules;
    use portdelta_embedded::{Database, DatabaseOptions, SqliteTable};
    use portdelta_testkit::TestClock;
    use portdelta_testkit::contract::SchedulesUnderTest;

    async fn fixture() -> SchedulesUnderTest {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("portdelta.db");
        let clock: Arc<dyn Clock> = Arc::new(TestClock::default());
        let schedules = || {
            let database = Database::open(&path, &DatabaseOptions::default()).expect("the database opens");
            let table = SqliteTable::new(Arc::new(database), Arc::clone(&clock));
            Arc::new(TableSchedules::new(Arc::new(table), Arc::clone(&clock)))
        };
        SchedulesUnderTest {
            schedules: schedules(),
            second: schedules(),
            salt: String::new(),
            many: 120,
            keep: Box::new(folder),
        }
    }

    portdelta_testkit::schedules_contract!(fixture);
}
