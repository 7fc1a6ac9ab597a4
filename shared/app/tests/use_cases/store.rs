//! Stores, processes over them, and results that come in.

use std::sync::Arc;

use portdelta_app::ports::{BlobKey, Blobs, Clock, Item, Table};
use portdelta_app::repositories::{Batch, Judgement, RunRecord};
use portdelta_app::{App, IngestReport, Upload};
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::state::BlockState;
use portdelta_core::{Block, UnixTime};
use portdelta_embedded::{Database, DatabaseOptions, FolderBlobs, SqliteTable};
use portdelta_testkit::{CountedIds, Faults, MemoryBlobs, MemoryTable, NmapText, TestClock};

/// Stores in memory, of which processes come and go.
pub struct Memory {
    pub clock: Arc<TestClock>,
    pub faults: Arc<Faults>,
    pub table: Arc<MemoryTable>,
    pub blobs: Arc<MemoryBlobs>,
}

impl Memory {
    pub fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let faults = Arc::new(Faults::default());
        let table = MemoryTable::new(clock.clone()).obeying(faults.clone());
        let blobs = MemoryBlobs::default().obeying(faults.clone());
        Self { clock, faults, table: Arc::new(table), blobs: Arc::new(blobs) }
    }

    /// A process that has just started: nothing is cached.
    pub fn app(&self) -> App {
        app_on(self.table.clone(), self.blobs.clone(), self.clock.clone())
    }

    /// Another table over the same blobs, as a rebuild makes it.
    pub fn beside(&self) -> Self {
        let table = MemoryTable::new(self.clock.clone()).obeying(self.faults.clone());
        Self {
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            table: Arc::new(table),
            blobs: self.blobs.clone(),
        }
    }

    /// All items, and the names of all blobs.
    pub fn content(&self) -> (Vec<Item>, Vec<BlobKey>) {
        (self.table.items(), self.blobs.keys())
    }
}

/// A store as the command line has it, in a folder of its own.
pub struct OnDisk {
    pub clock: Arc<TestClock>,
    folder: tempfile::TempDir,
}

impl OnDisk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { clock: Arc::new(TestClock::default()), folder }
    }

    /// Its table, opened once more.
    pub fn table(&self) -> Arc<dyn Table> {
        let path = self.folder.path().join("portdelta.db");
        let database = Database::open(&path, &DatabaseOptions::default()).expect("the database opens");
        Arc::new(SqliteTable::new(Arc::new(database), self.clock.clone()))
    }

    /// A process of its own: it opens the files itself.
    pub fn app(&self) -> App {
        let blobs = FolderBlobs::open(&self.folder.path().join("blobs")).expect("the folder opens");
        app_on(self.table(), Arc::new(blobs), self.clock.clone())
    }
}

pub fn app_on(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, clock: Arc<dyn Clock>) -> App {
    App::new(table, blobs, clock, Arc::new(CountedIds::default()))
}

pub fn site() -> SiteId {
    "office".parse().expect("a valid id")
}

pub fn run_id(name: &str) -> RunId {
    name.parse().expect("a valid id")
}

/// The block of most tests.
pub fn block() -> Block {
    "192.0.2.0/24".parse().expect("a valid block")
}

/// An upload of `raw`, undamped, an import of its own.
pub fn upload(raw: Vec<u8>) -> Upload {
    let judgement = Judgement {
        run: run_id("replaced"),
        scan: None,
        targets: None,
        ports: None,
        default_time: UnixTime::EPOCH.shifted(1_999_000_000),
        time_zone: "UTC".to_owned(),
        format: None,
        confirm_open: 1,
        confirm_close: 1,
    };
    let (source, title) = ("office.xml".to_owned(), "import office.xml".to_owned());
    Upload { site: site(), source, title, raw: raw.into(), run: None, by: None, judgement }
}

/// The same as a part of a run.
pub fn of_run(mut upload: Upload, run: &str) -> Upload {
    upload.run = Some(run_id(run));
    upload
}

/// The same with so many results that must agree on something new, and on something gone.
pub fn damped(mut upload: Upload, open: u16, close: u16) -> Upload {
    upload.judgement.confirm_open = open;
    upload.judgement.confirm_close = close;
    upload
}

pub async fn ingest(app: &App, upload: Upload) -> IngestReport {
    app.ingest(upload, &|_, _| {}).await.expect("the result is taken in")
}

pub async fn scan(app: &App, scan: &NmapText) -> IngestReport {
    ingest(app, upload(scan.bytes())).await
}

/// The items as they are when somebody was told of every delta.
pub fn told(mut items: Vec<Item>) -> Vec<Item> {
    for item in &mut items {
        item.attributes.remove(portdelta_app::repositories::OUTBOX);
    }
    items
}

/// What changed, in words that are sorted as text; first looks left out.
pub fn changes(deltas: &[Delta]) -> Vec<String> {
    let mut changes: Vec<_> = deltas.iter().filter(|delta| !delta.first_look).map(words).collect();
    changes.sort();
    changes
}

fn words(delta: &Delta) -> String {
    let port = delta.port.map(|port| format!(" {port}")).unwrap_or_default();
    let cause = match delta.kind {
        Kind::PortOpened | Kind::PortClosed | Kind::PortReopened => {
            delta.cause.map_or("", |cause| if cause.name() == "host" { " with its host" } else { "" })
        }
        _ => "",
    };
    format!("{}{port} {}{cause}", delta.address, delta.kind.name())
}

pub async fn state(app: &App) -> BlockState {
    app.block(&site(), block())
        .await
        .expect("the block is readable")
        .map(|loaded| loaded.state)
        .unwrap_or_default()
}

/// All batches of the block, those of first looks too.
pub async fn batches(app: &App) -> Vec<Batch> {
    let page = app.block_batches(&site(), block(), UnixTime::EPOCH, None).await;
    page.expect("the batches are readable").batches
}

/// The only run whose id this is.
pub async fn run(app: &App, id: &RunId) -> RunRecord {
    app.run(id).await.expect("the run is readable").expect("there is such a run")
}

/// The open ports of an address, in words.
pub async fn open_ports(app: &App, address: &str) -> Vec<String> {
    let address = address.parse().expect("an address");
    let host = app.host(&site(), address).await.expect("the host is readable");
    host.map(|host| host.state.open_ports().map(|(port, _)| port.to_string()).collect()).unwrap_or_default()
}
