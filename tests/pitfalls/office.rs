//! One site whose results come in, and files that are compared without it.

use std::sync::Arc;

use portdelta_app::diff::{DiffReport, DiffRequest, diff};
use portdelta_app::repositories::{Judgement, RunRecord};
use portdelta_app::{App, HostFilter, IngestReport, Upload};
use portdelta_core::delta::{Cause, Delta};
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::observation::Document;
use portdelta_core::{AddressSet, PortSet, UnixTime};
use portdelta_formats::{ReadOptions, ResultLimits, collect};
use portdelta_testkit::{CountedIds, MemoryBlobs, MemoryTable, NmapText, TestClock};

/// What is told about a result besides its content.
#[derive(Clone, Default)]
pub struct Told {
    pub targets: Option<AddressSet>,
    pub ports: Option<PortSet>,
    pub run: Option<&'static str>,
    pub confirm_close: u16,
    /// The time of a result that has none, in seconds after the first.
    pub seconds: i64,
}

/// A site in memory.
pub struct Office {
    app: App,
    pub clock: Arc<TestClock>,
}

impl Office {
    pub fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let table = Arc::new(MemoryTable::new(clock.clone()));
        let blobs = Arc::new(MemoryBlobs::default());
        Self { app: App::new(table, blobs, clock.clone(), Arc::new(CountedIds::default())), clock }
    }

    /// What this scan changed; first looks left out.
    pub async fn scan(&self, scan: &NmapText) -> Vec<String> {
        self.take(scan.bytes(), Told::default()).await
    }

    /// What this file changed; first looks left out.
    pub async fn take(&self, raw: Vec<u8>, told: Told) -> Vec<String> {
        words(&self.report(raw, told).await.deltas)
    }

    pub async fn report(&self, raw: Vec<u8>, told: Told) -> IngestReport {
        let run = told.run.map(|run| run.parse().expect("a valid id"));
        let judgement = Judgement {
            run: "import".parse().expect("a valid id"),
            scan: None,
            targets: told.targets,
            ports: told.ports,
            default_time: UnixTime::EPOCH.shifted(1_999_000_000 + told.seconds),
            time_zone: "UTC".to_owned(),
            format: None,
            confirm_open: 1,
            confirm_close: told.confirm_close.max(1),
        };
        let (source, title) = ("file".to_owned(), "import file".to_owned());
        let upload = Upload { site: site(), source, title, raw: raw.into(), run, by: None, judgement };
        self.app.ingest(upload, &|_, _| {}).await.expect("the stores do not fail")
    }

    /// The run of a result.
    pub async fn run_of(&self, report: &IngestReport) -> RunRecord {
        let run = self.app.run(&report.record.judgement.run).await.expect("the stores do not fail");
        run.expect("every result has a run")
    }

    /// The hosts that are up, with their open ports, in the order of the list.
    pub async fn hosts(&self) -> Vec<String> {
        let hosts = self.app.hosts(&site(), &HostFilter::default()).await.expect("the stores do not fail");
        hosts
            .into_iter()
            .map(|host| {
                let open: Vec<_> = host.state.open_ports().map(|(port, _)| port.to_string()).collect();
                format!("{} {}", host.address, open.join(","))
            })
            .collect()
    }
}

fn site() -> SiteId {
    "office".parse().expect("a valid id")
}

/// Two files compared.
pub fn compare(old: &NmapText, new: &NmapText) -> DiffReport {
    compare_told(old, new, None)
}

/// The same, with the addresses that both were to scan.
pub fn compare_told(old: &NmapText, new: &NmapText, targets: Option<AddressSet>) -> DiffReport {
    let (old, new) = (documents(&old.text()), documents(&new.text()));
    diff(DiffRequest { old: (old, ResultId([1; 32])), new: (new, ResultId([2; 32])), targets, ports: None })
}

/// What stands in a file that is whole enough to be read.
pub fn documents(text: &str) -> Vec<Document> {
    let file = collect(text.as_bytes(), &ReadOptions::default(), &ResultLimits::default());
    file.expect("a readable file").documents
}

/// Changes in words, in their order.
pub fn words(deltas: &[Delta]) -> Vec<String> {
    let words = |delta: &Delta| {
        let port = delta.port.map(|port| format!(" {port}")).unwrap_or_default();
        let with_host = if delta.cause == Some(Cause::Host) { " with its host" } else { "" };
        format!("{}{port} {}{with_host}", delta.address, delta.kind.name())
    };
    deltas.iter().filter(|delta| !delta.first_look).map(words).collect()
}

/// All addresses from `192.0.2.first` to `192.0.2.last`.
pub fn addresses(first: u8, last: u8) -> AddressSet {
    (first..=last).map(|last| std::net::IpAddr::from([192, 0, 2, last])).collect()
}

/// No change.
pub const NOTHING: [&str; 0] = [];
