//! The suite of the table port.

pub mod limits;
pub mod races;
pub mod reads;
pub mod writes;

use std::any::Any;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Action, Clock, Item, Key, Query, Table, TableError};
use portdelta_core::UnixTime;

use crate::TestClock;

/// A table to be tested, which may hold other items in partitions that do not begin with `salt`.
pub struct TableUnderTest {
    /// One way to the table.
    pub table: Arc<dyn Table>,
    /// Another way to the same table, as another process has it; may be the same.
    pub second: Arc<dyn Table>,
    /// What both expire items by.
    pub clock: Arc<TestClock>,
    /// Begins every partition that a case uses.
    pub salt: String,
    /// What must live as long as the table, such as its folder.
    pub keep: Box<dyn Any + Send + Sync>,
}

impl TableUnderTest {
    fn partition(&self, name: &str) -> String {
        format!("{}{name}", self.salt)
    }

    fn key(&self, partition: &str, sort: &str) -> Key {
        Key::new(self.partition(partition), sort)
    }

    fn clock_now(&self) -> UnixTime {
        self.clock.now()
    }

    async fn put(&self, item: Item) {
        self.table.transact(vec![Action::put(item)]).await.expect("an unconditional put succeeds");
    }

    async fn get(&self, key: &Key) -> Option<Item> {
        self.table.get(key).await.expect("a get succeeds")
    }

    /// Puts items without content under these sort keys.
    async fn fill(&self, partition: &str, sorts: &[&str]) {
        for sort in sorts {
            self.put(Item::new(self.key(partition, sort), sort.as_bytes())).await;
        }
    }

    /// All items of a query by following its cursors; every page is checked against the limit.
    async fn all(&self, query: Query) -> Vec<Item> {
        self.pages(query, Source::Table).await.into_iter().flatten().collect()
    }

    async fn pages(&self, mut query: Query, source: Source) -> Vec<Vec<Item>> {
        let mut pages = Vec::new();
        loop {
            let page = match source {
                Source::Table => self.table.query(&query).await,
                Source::Index => self.table.query_index(&query).await,
            }
            .expect("a query succeeds");
            assert!(
                query.limit.is_none_or(|limit| page.items.len() <= limit.get()),
                "a page holds no more than its limit"
            );
            pages.push(page.items);
            assert!(pages.len() < 1000, "following the cursors comes to an end");
            query.after = page.next;
            if query.after.is_none() {
                return pages;
            }
        }
    }

    /// Waits until the index has these sort keys of items, in this order.
    async fn index_settles(&self, query: Query, expected: &[&str]) {
        let mut found = Vec::new();
        for _ in 0..100 {
            let pages = self.pages(query.clone(), Source::Index).await;
            found = pages.into_iter().flatten().map(|item| item.key.sort).collect();
            if found == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(found, expected, "the index catches up within ten seconds");
    }
}

#[derive(Clone, Copy)]
enum Source {
    Table,
    Index,
}

fn sorts(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.key.sort.as_str()).collect()
}

fn at_most(items: usize) -> NonZeroUsize {
    NonZeroUsize::new(items).expect("a limit of a case is not zero")
}

fn failed_positions(result: Result<(), TableError>) -> Vec<usize> {
    match result {
        Err(TableError::ConditionFailed { failed }) => failed,
        other => panic!("a failed condition was expected, not {other:?}"),
    }
}

/// Makes a test of every case. Takes an async function without arguments that gives a [`TableUnderTest`],
/// or `None` where there is nothing to test on this machine: then nothing is. With `gaps`, pairs of a case and a reason,
/// those cases are left out: for emulators that are known to differ from the service.
#[macro_export]
macro_rules! table_contract {
    ($fixture:path) => {
        $crate::table_contract!($fixture, gaps: []);
    };
    ($fixture:path, gaps: $gaps:expr) => {
        $crate::table_contract!(@tests $fixture, $gaps, writes: [
            an_item_is_read_back_whole,
            a_put_replaces_the_whole_item,
            absent_items_are_none,
            nothing_to_do_is_a_success,
            a_repeated_creation_is_refused,
            conditions_look_at_presence_and_attributes,
            a_failed_transaction_changes_nothing,
            a_transaction_does_all_of_its_actions,
            counters_begin_at_zero_and_leave_the_rest_alone,
            a_text_can_not_be_counted,
        ]);
        $crate::table_contract!(@tests $fixture, $gaps, races: [
            of_several_creations_one_wins,
            of_several_updates_of_one_version_one_wins,
            concurrent_counting_loses_nothing,
            transactions_that_share_an_item_never_interleave,
            the_other_side_sees_a_write_at_once,
        ]);
        $crate::table_contract!(@tests $fixture, $gaps, limits: [
            items_have_a_largest_size,
            counters_do_not_outgrow_their_item,
            transactions_have_most_actions,
            transactions_have_a_largest_size,
            one_item_is_acted_on_once_a_transaction,
            keys_have_a_length,
            attributes_have_plain_names,
            pages_have_a_largest_size,
        ]);
        $crate::table_contract!(@tests $fixture, $gaps, reads: [
            sort_keys_are_ordered_by_bytes,
            ranges_select_sort_keys,
            partitions_are_apart,
            pages_join_to_the_whole,
            pages_go_on_where_the_last_item_was_deleted,
            foreign_cursors_are_refused,
            expired_items_are_gone,
            expired_items_do_not_end_a_query,
            the_index_is_ordered_by_its_own_key,
            the_index_follows_its_items,
            index_pages_join_to_the_whole,
        ]);
    };
    (@tests $fixture:path, $gaps:expr, $module:ident: [$($case:ident,)*]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if $crate::contract::is_gap(&$gaps, stringify!($case)) {
                    return;
                }
                if let Some(under_test) = Option::from($fixture().await) {
                    $crate::contract::table::$module::$case(under_test).await;
                }
            }
        )*
    };
}
