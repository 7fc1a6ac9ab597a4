//! A network in which nothing changes costs next to nothing.

use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use portdelta_app::ports::table::Change;
use portdelta_app::ports::{Action, Condition, Item, Key, Page, Query, Table, TableError};
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{Memory, app_on, changes, scan};

/// Writes down what is asked of a table.
struct Watched {
    table: Arc<dyn Table>,
    reads: Mutex<Vec<Key>>,
    writes: Mutex<Vec<Vec<Action>>>,
}

#[async_trait]
impl Table for Watched {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.reads.lock().expect("no test panics here").push(key.clone());
        self.table.get(key).await
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        self.table.query(query).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        self.table.query_index(query).await
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        self.writes.lock().expect("no test panics here").push(actions.clone());
        self.table.transact(actions).await
    }
}

/// Three blocks with a few hosts each.
fn three_blocks(seconds: i64, extra: &[u16]) -> NmapText {
    let mut text = NmapText::of("-sT -p1-1000 10.0.0.0/22").at(seconds).tcp("1-1000");
    for third in 0..3 {
        for last in 1..10 {
            let host = NmapHost::up(&format!("10.0.{third}.{last}")).service(22, "ssh", "OpenSSH", "9.2");
            text = text.host(if third == 0 && last == 1 { host.open(extra) } else { host });
        }
    }
    text
}

#[tokio::test]
async fn an_unchanged_result_is_one_small_conditional_write_of_the_head_a_block() {
    let memory = Memory::new();
    scan(&memory.app(), &three_blocks(0, &[])).await;
    let watched =
        Arc::new(Watched { table: memory.table.clone(), reads: Mutex::default(), writes: Mutex::default() });
    let app = app_on(watched.clone(), memory.blobs.clone(), memory.clock.clone());
    let report = scan(&app, &three_blocks(1_000, &[])).await;
    assert_eq!(changes(&report.deltas), [""; 0]);

    let writes = std::mem::take(&mut *watched.writes.lock().expect("no test panics here"));
    let of_blocks: Vec<_> = writes
        .iter()
        .filter(|actions| actions.iter().any(|action| action.key().sort.starts_with("HEAD#")))
        .collect();
    assert_eq!(of_blocks.len(), 3);
    for actions in of_blocks {
        let [Action { change: Change::Put(item), condition: Condition::Equals { .. } }] = &actions[..] else {
            panic!("one conditional put, not {actions:?}");
        };
        assert!(item.size_bytes() < 1_000, "{} bytes", item.size_bytes());
    }
    assert!(writes.iter().flatten().all(|action| action.key().sort != "BODY"));
    let reads = std::mem::take(&mut *watched.reads.lock().expect("no test panics here"));
    assert!(reads.iter().all(|key| key.sort != "BODY"), "the body is not even read");

    // And what changed in one block is written in that block.
    scan(&app, &three_blocks(2_000, &[80])).await;
    let writes = watched.writes.lock().expect("no test panics here");
    let bodies: Vec<_> = writes.iter().flatten().filter(|action| action.key().sort == "BODY").collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}
