//! A small one of the installations that `cargo xtask seed` makes.

use std::num::NonZeroUsize;
use std::sync::Arc;

use portdelta_app::repositories::ReportFilter;
use portdelta_benches::seed::{Seeding, seed};
use portdelta_core::UnixTime;
use portdelta_server::{Parts, Server, ServerOptions, TlsOptions};
use portdelta_testkit::{CountedIds, MemoryChannels, TestClock};

#[tokio::test]
async fn a_folder_is_filled_with_runs_that_found_hosts_and_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let until = UnixTime::from_seconds(1_790_000_000).expect("a time");
    let mut told = Vec::new();
    let seeding = Seeding { hosts: 2_048, runs: 10, until };
    seed(folder.path(), &seeding, |done| told.push(done)).await.expect("filled");
    assert_eq!(told, (1..=10).collect::<Vec<_>>());

    // As the next server finds it.
    let parts = Parts {
        clock: Arc::new(TestClock::at(until)),
        ids: Arc::new(CountedIds::default()),
        channels: Arc::new(MemoryChannels::default()),
        around: |stores| stores,
    };
    let mut options = ServerOptions::new(folder.path(), (std::net::Ipv4Addr::LOCALHOST, 0).into());
    options.tls = TlsOptions::Plain { insecure: false };
    (options.local_agent, options.background) = (false, false);
    let server = Server::start(options, parts).await.expect("a server");
    let app = server.service().app();
    let most = NonZeroUsize::new(100).expect("not zero");
    let reports = app.reports(&ReportFilter::default(), most, None).await.expect("reports").reports;
    assert_eq!(reports.len(), 10);
    assert!(reports.iter().all(|report| report.totals.coverage_percent == 100), "all was covered");
    assert!(reports.iter().all(|report| report.finished <= until), "nothing is of the future");
    let of_everything: Vec<_> = reports.iter().filter(|report| report.networks.len() == 16).collect();
    let [second, first] = of_everything[..] else { panic!("{} runs of everything", of_everything.len()) };
    assert_eq!(first.totals.first_looks.hosts, 2_048);
    let changes: u64 = second.totals.changes.values().sum();
    assert!((1..100).contains(&changes), "{changes} changes of 24576 ports");
    server.stop().await;
}
