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
    /// It serves requests in threads of their own, reads an item, changes it and writes it back without a lock, and after a
    /// failed transaction puts the whole table back as it was before: what others wrote meanwhile is gone.
    const RACES: &str = "moto neither locks items nor isolates transactions";
    const GAPS: [(&str, &str); 8] = [
        ("items_have_a_largest_size", SIZE),
        ("counters_do_not_outgrow_their_item", SIZE),
        ("transactions_have_a_largest_size", SIZE),
        ("a_text_can_not_be_counted", "moto fails where a condition compares a text with a number"),
        ("of_several_creations_one_wins", RACES),
        ("of_several_updates_of_one_version_one_wins", RACES),
        ("concurrent_counting_loses_nothing", RACES),
        ("transactions_that_share_an_item_never_interleave", RACES),
    ];

    async fn fixture() -> Option<TableUnderTest> {
        super::fixture(Emulator::Moto).await
    }

    portdelta_testkit::table_contract!(fixture, gaps: GAPS);
}
