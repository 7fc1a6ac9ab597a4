//! Changes that wait for more results that agree, and lenses.

use portdelta_core::observation::PortStatus;
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{
    Memory, OnDisk, batches, changes, damped, ingest, of_run, open_ports, run, scan, state, upload,
};

fn office(seconds: i64, open: &[u16]) -> NmapText {
    NmapText::of("-sT -p20-30 192.0.2.1").at(seconds).tcp("20-30").host(NmapHost::up("192.0.2.1").open(open))
}

/// Two hosts of a /30, those of them that answer.
fn lan(seconds: i64, answering: &[&str]) -> NmapText {
    let scan = NmapText::of("-sT -p22 192.0.2.0/30").at(seconds).tcp("22").of_total(4);
    answering.iter().fold(scan, |scan, address| scan.host(NmapHost::up(address).open(&[22])))
}

const BOTH: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

#[tokio::test]
async fn opening_waits_for_two_results_and_closing_for_three() {
    let memory = Memory::new();
    let app = memory.app();
    ingest(&app, damped(upload(office(0, &[22]).bytes()), 2, 3)).await;
    assert_eq!(open_ports(&app, "192.0.2.1").await, ["22/tcp"], "first looks are not damped");
    let steps: [(&[u16], &[&str]); 7] = [
        (&[22, 25], &[]),
        (&[22, 25], &["192.0.2.1 25/tcp port-opened"]),
        (&[25], &[]),
        (&[25], &[]),
        (&[22, 25], &[]),
        (&[25], &[]),
        (&[25], &[]),
    ];
    let mut seconds = 0;
    for (open, expected) in steps {
        seconds += 1_000;
        let report = ingest(&app, damped(upload(office(seconds, open).bytes()), 2, 3)).await;
        assert_eq!(changes(&report.deltas), expected, "at {seconds}");
        assert!(open_ports(&app, "192.0.2.1").await.contains(&"22/tcp".to_owned()));
    }
    let report = ingest(&app, damped(upload(office(seconds + 1_000, &[25]).bytes()), 2, 3)).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 22/tcp port-closed"]);
    let closed = report.deltas.last().expect("one delta");
    assert_eq!((closed.why.agreed.len(), closed.why.needed), (3, 3));
    assert_eq!(closed.time.since(closed.first_seen), 2_000);
}

#[tokio::test]
async fn two_results_of_one_run_do_not_confirm_each_other() {
    let memory = Memory::new();
    let app = memory.app();
    ingest(&app, damped(upload(office(0, &[22]).bytes()), 2, 1)).await;
    for seconds in [1_000, 2_000] {
        let again = of_run(damped(upload(office(seconds, &[22, 25]).bytes()), 2, 1), "one-run");
        assert_eq!(changes(&ingest(&app, again).await.deltas), [""; 0]);
    }
    let report = ingest(&app, damped(upload(office(3_000, &[22, 25]).bytes()), 2, 1)).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 25/tcp port-opened"]);
}

async fn blackout(app: &portdelta_app::App) {
    scan(app, &lan(0, &BOTH)).await;
    let report = ingest(app, of_run(upload(lan(1_000, &[]).bytes()), "dark")).await;
    assert_eq!(changes(&report.deltas), [""; 0], "a lost cable closes no network");
    let record = run(app, &report.record.judgement.run).await;
    let codes: Vec<_> = record.warnings.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["blackout"]);
    assert_eq!(state(app).await.up(), 2);
    // Another result of the same run does not count.
    let report = ingest(app, of_run(upload(lan(2_000, &[]).bytes()), "dark")).await;
    assert_eq!(changes(&report.deltas), [""; 0]);
    let report = ingest(app, of_run(upload(lan(3_000, &[]).bytes()), "still-dark")).await;
    assert_eq!(
        changes(&report.deltas),
        [
            "192.0.2.1 22/tcp port-closed with its host",
            "192.0.2.1 host-gone",
            "192.0.2.2 22/tcp port-closed with its host",
            "192.0.2.2 host-gone"
        ]
    );
    assert!(report.deltas.iter().all(|delta| delta.why.blackout && delta.why.agreed.len() == 2));
    let report = scan(app, &lan(4_000, &BOTH)).await;
    assert_eq!(changes(&report.deltas).len(), 4, "they come back: {:?}", changes(&report.deltas));
}

#[tokio::test]
async fn a_blackout_needs_a_second_run_that_agrees() {
    blackout(&Memory::new().app()).await;
}

#[tokio::test]
async fn a_blackout_in_sqlite_too() {
    blackout(&OnDisk::new().app()).await;
}

#[tokio::test]
async fn a_blackout_that_ends_was_none() {
    let app = Memory::new().app();
    scan(&app, &lan(0, &BOTH)).await;
    scan(&app, &lan(1_000, &[])).await;
    let report = scan(&app, &lan(2_000, &BOTH)).await;
    assert_eq!(changes(&report.deltas), [""; 0]);
    let report = scan(&app, &lan(3_000, &[])).await;
    assert_eq!(changes(&report.deltas), [""; 0], "the count began anew");
}

#[tokio::test]
async fn one_host_that_goes_is_no_blackout() {
    let app = Memory::new().app();
    scan(&app, &lan(0, &BOTH)).await;
    let report = scan(&app, &lan(1_000, &BOTH[..1])).await;
    let gone = ["192.0.2.2 22/tcp port-closed with its host", "192.0.2.2 host-gone"];
    assert_eq!(changes(&report.deltas), gone);
}

#[tokio::test]
async fn a_lens_that_never_saw_a_host_cannot_take_it_down() {
    let app = Memory::new().app();
    scan(&app, &lan(0, &BOTH[..1])).await;
    let blind = |seconds, answering: &[&str]| {
        let scan = NmapText::of("-sT -PE -p22 192.0.2.0/30").at(seconds).tcp("22").of_total(4);
        answering.iter().fold(scan, |scan, address| scan.host(NmapHost::up(address).open(&[22])))
    };
    for seconds in [1_000, 2_000, 3_000] {
        let report = scan(&app, &blind(seconds, &[])).await;
        assert_eq!(changes(&report.deltas), [""; 0], "it does not answer pings, and never did");
    }
    // Once it answered the other lens, that lens may say that it is gone.
    scan(&app, &blind(4_000, &BOTH[..1])).await;
    let report = scan(&app, &blind(5_000, &[])).await;
    assert!(changes(&report.deltas).contains(&"192.0.2.1 host-gone".to_owned()));
    // Down through one lens: up through another is a host that is back, for this is one site.
    let report = scan(&app, &lan(6_000, &BOTH[..1])).await;
    assert!(changes(&report.deltas).contains(&"192.0.2.1 host-back".to_owned()));
}

#[tokio::test]
async fn an_address_first_found_down_by_another_lens_is_a_first_look() {
    let app = Memory::new().app();
    let pings = NmapText::of("-sT -PE -p22 192.0.2.0/30").tcp("22").of_total(4);
    scan(&app, &pings).await;
    let report = scan(&app, &lan(1_000, &BOTH)).await;
    assert_eq!(changes(&report.deltas), [""; 0]);
    assert!(batches(&app).await.iter().flat_map(|batch| &batch.deltas).all(|delta| delta.first_look));
    let same = scan(&app, &lan(2_000, &["192.0.2.1", "192.0.2.2", "192.0.2.3"])).await;
    assert!(changes(&same.deltas).contains(&"192.0.2.3 host-new".to_owned()));
}

#[tokio::test]
async fn a_port_is_shown_as_open_again_after_a_look_without_evidence() {
    let app = Memory::new().app();
    let dns = |seconds, state| {
        let scan = NmapText::of("-sU -p53 192.0.2.1").at(seconds).udp("53");
        scan.host(NmapHost::up("192.0.2.1").port("udp", 53, state, "").because("arp-response"))
    };
    let shown = async |app: &portdelta_app::App| {
        let state = state(app).await;
        state.hosts[&1].ports.values().map(|port| port.shown).collect::<Vec<_>>()
    };
    scan(&app, &dns(0, "open")).await;
    assert_eq!(shown(&app).await, [PortStatus::Open]);
    scan(&app, &dns(1_000, "open|filtered")).await;
    assert_eq!(shown(&app).await, [PortStatus::OpenFiltered]);
    assert_eq!(open_ports(&app, "192.0.2.1").await, ["53/udp"]);
    scan(&app, &dns(2_000, "open")).await;
    assert_eq!(shown(&app).await, [PortStatus::Open]);
}
