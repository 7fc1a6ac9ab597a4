//! The table on emulators of DynamoDB.

use std::sync::Arc;

use portdelta_app::ports::Clock;
use portdelta_aws::{DynamoTable, table};
use portdelta_testkit::TestClock;
use portdelta_testkit::contract::TableUnderTest;

use crate::emulators::{Emulator, unique};

async fn fixture(emulator: Emulator) -> Option<TableUnderTest> {
    let config = emulator.config()?;
    let name = unique("contract");
    table::create(&config, &name).await.expect("a table can be made");
    let clock = Arc::new(TestClock::default());
    let open = || DynamoTable::new(&config, &name, Arc::clone(&clock) as Arc<dyn Clock>);
    Some(TableUnderTest {
        table: Arc::new(open()),
        second: Arc::new(open()),
        clock: Arc::clone(&clock),
        salt: String::new(),
        keep: Box::new(()),
    })
}

mod ministack {
    use super::{Emulator, TableUnderTest};

    async fn fixture() -> Option<TableUnderTest> {
        super::fixture(Emulator::MiniStack).await
    }

    portdelta_testkit::table_contract!(fixture);
}

mod moto {
    use super::{Emulator, TableUnderTest};

    async fn fixture() -> Option<TableUnderTest> {
        super::fixture(Emulator::Moto).await
    }

    portdelta_testkit::table_contract!(fixture);
}
