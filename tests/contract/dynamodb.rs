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

    const GAPS: [(&str, &str); 1] = [(
        "transactions_have_a_largest_size",
        "MiniStack counts the bytes of the request, a third more than those of the items",
    )];

    async fn fixture() -> Option<TableUnderTest> {
        super::fixture(Emulator::MiniStack).await
    }

    portdelta_testkit::table_contract!(fixture, gaps: GAPS);
}

mod moto {
    use super::{Emulator, TableUnderTest};

    const SIZE: &str = "moto counts the bytes of an item otherwise";
    const GAPS: [(&str, &str); 4] = [
        ("items_have_a_largest_size", SIZE),
        ("counters_do_not_outgrow_their_item", SIZE),
        ("transactions_have_a_largest_size", SIZE),
        ("a_text_can_not_be_counted", "moto fails where a condition compares a text with a number"),
    ];

    async fn fixture() -> Option<TableUnderTest> {
        super::fixture(Emulator::Moto).await
    }

    portdelta_testkit::table_contract!(fixture, gaps: GAPS);
}
