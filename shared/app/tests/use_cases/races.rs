//! Results that come in at the same time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use portdelta_app::App;
use portdelta_app::ports::{Action, Item, Key, Page, Query, Table, TableError};
use portdelta_app::repositories::{ResultStatus, RunState};
use portdelta_testkit::{NmapHost, NmapText};
use tokio::task::JoinSet;

use crate::store::{
    Memory, OnDisk, app_on, batches, changes, of_run, open_ports, run, run_id, scan, site, upload,
};

/// Lets others go first, a random number of times, before and after each operation.
struct Unhurried {
    table: Arc<dyn Table>,
    random: Mutex<fastrand::Rng>,
}

impl Unhurried {
    async fn wait(&self) {
        let times = self.random.lock().expect("no test panics here").u8(0..4);
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Table for Unhurried {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.wait().await;
        let item = self.table.get(key).await;
        self.wait().await;
        item
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        self.wait().await;
        self.table.query(query).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        self.wait().await;
        self.table.query_index(query).await
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        self.wait().await;
        let done = self.table.transact(actions).await;
        self.wait().await;
        done
    }
}

/// A process on these stores whose operations fall between those of others in an order that `seed` decides.
pub fn unhurried(memory: &Memory, seed: u64) -> Arc<App> {
    Arc::new(app_on(unhurried_table(memory, seed), memory.blobs.clone(), memory.clock.clone()))
}

/// The table of such a process.
pub fn unhurried_table(memory: &Memory, seed: u64) -> Arc<dyn Table> {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    Arc::new(Unhurried { table: memory.table.clone(), random })
}

/// One of eight pieces of a /24: 30 addresses each.
fn piece(number: u8, seconds: i64, open: &[u16]) -> NmapText {
    let (first, last) = (number * 30 + 1, number * 30 + 30);
    let scan =
        NmapText::of(&format!("-sT -p20-30 192.0.2.{first}-{last}")).at(seconds).tcp("20-30").of_total(30);
    (first..first + 3).fold(scan, |scan, last| scan.host(NmapHost::up(&format!("192.0.2.{last}")).open(open)))
}

async fn all_at_once(
    apps: Vec<Arc<App>>,
    uploads: Vec<portdelta_app::Upload>,
) -> Vec<portdelta_app::IngestReport> {
    let mut tasks = JoinSet::new();
    for (app, upload) in apps.into_iter().zip(uploads) {
        tasks.spawn(async move { app.ingest(upload, &|_, _| {}).await.expect("it is taken in") });
    }
    tasks.join_all().await
}

/// Eight results of one run into one block: nothing is lost, nothing twice.
async fn check_eight(app: &App, reports: &[portdelta_app::IngestReport]) {
    let hosts = app.hosts(&site(), &portdelta_app::HostFilter::default()).await.expect("hosts");
    assert_eq!(hosts.len(), 24);
    let record = run(app, &run_id("second")).await;
    assert_eq!(record.results.len(), 8, "{:?}", record.results);
    assert_eq!(record.state, RunState::Complete);
    assert_eq!(record.changes.get("port-opened"), Some(&24), "{record:?}");
    assert_eq!(record.unchanged.ports, 24, "{record:?}");
    assert!(reports.iter().all(|report| matches!(report.record.status, ResultStatus::Applied(_))));
    let deltas = app.run_deltas(&record, false).await.expect("the deltas of the run");
    let ids: BTreeSet<_> = deltas.iter().map(|delta| delta.id).collect();
    assert_eq!((deltas.len(), ids.len()), (24, 24));
}

fn uploads(seconds: i64, run: &str, open: &[u16]) -> Vec<portdelta_app::Upload> {
    (0..8).map(|number| of_run(upload(piece(number, seconds, open).bytes()), run)).collect()
}

#[tokio::test]
async fn eight_results_of_one_run_into_one_block_at_once_lose_nothing() {
    for seed in 0..40 {
        let memory = Memory::new();
        let apps = |round: u64| (0..8_u64).map(|n| unhurried(&memory, seed * 100 + round * 10 + n)).collect();
        all_at_once(apps(0), uploads(0, "first", &[22])).await;
        let reports = all_at_once(apps(1), uploads(1_000, "second", &[22, 25])).await;
        check_eight(&memory.app(), &reports).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_processes_on_one_sqlite_file_lose_nothing() {
    let disk = OnDisk::new();
    let apps = || (0..8).map(|_| Arc::new(disk.app())).collect();
    all_at_once(apps(), uploads(0, "first", &[22])).await;
    let reports = all_at_once(apps(), uploads(1_000, "second", &[22, 25])).await;
    check_eight(&disk.app(), &reports).await;
}

#[tokio::test]
async fn two_results_for_the_same_addresses_at_once_end_as_one_of_the_two_orders_would() {
    let base = piece(0, 0, &[22]);
    let (one, other) = (piece(0, 1_000, &[22, 25]), piece(0, 1_500, &[22, 30]));
    let mut allowed = Vec::new();
    for swapped in [false, true] {
        let memory = Memory::new();
        scan(&memory.app(), &base).await;
        let mut order = [&one, &other];
        if swapped {
            order.reverse();
        }
        for text in order {
            scan(&memory.app(), text).await;
        }
        allowed.push(outcome(&memory.app()).await);
    }
    let mut seen = BTreeSet::new();
    for seed in 0..60 {
        let memory = Memory::new();
        scan(&memory.app(), &base).await;
        let apps = vec![unhurried(&memory, seed), unhurried(&memory, 1_000 + seed)];
        all_at_once(apps, vec![upload(one.bytes()), upload(other.bytes())]).await;
        let outcome = outcome(&memory.app()).await;
        let place = allowed.iter().position(|allowed| *allowed == outcome);
        seen.insert(place.unwrap_or_else(|| panic!("seed {seed}: {outcome:#?} is neither of {allowed:#?}")));
    }
    assert_eq!(seen.len(), 2, "both orders happen");
}

/// What is believed, and what was reported.
async fn outcome(app: &App) -> (Vec<String>, BTreeSet<String>) {
    let reported = batches(app).await.into_iter().flat_map(|batch| batch.deltas).collect::<Vec<_>>();
    (open_ports(app, "192.0.2.1").await, changes(&reported).into_iter().collect())
}

#[tokio::test]
async fn one_result_delivered_to_two_at_once_is_applied_once() {
    for seed in 0..40 {
        let memory = Memory::new();
        scan(&memory.app(), &piece(0, 0, &[22])).await;
        let again = || of_run(upload(piece(0, 1_000, &[22, 25]).bytes()), "second");
        let apps = vec![unhurried(&memory, seed), unhurried(&memory, 1_000 + seed)];
        all_at_once(apps, vec![again(), again()]).await;
        let app = memory.app();
        let record = run(&app, &run_id("second")).await;
        assert_eq!(record.state, RunState::Complete, "seed {seed}");
        assert_eq!(record.results.len(), 1);
        assert_eq!(record.changes.get("port-opened"), Some(&3), "seed {seed}: {record:?}");
        assert_eq!(app.run_deltas(&record, false).await.expect("deltas").len(), 3);
    }
}
