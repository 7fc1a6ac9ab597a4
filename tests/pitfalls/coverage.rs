//! Changes that were none, because nobody had looked.

use portdelta_app::repositories::{ResultStatus, RunState};
use portdelta_core::{Port, PortSet};
use portdelta_testkit::{NmapHost, NmapText};

use crate::office::{NOTHING, Office, Told, addresses, compare, compare_told, words};

/// A /24 of which every fourth address answers, or the half of it that begins at `first`.
fn lan(seconds: i64, targets: &str, (first, last): (u8, u8)) -> NmapText {
    let scan = NmapText::of(&format!("-sT -p22-24 {targets}")).at(seconds).tcp("22-24");
    let scan = scan.of_total(u64::from(last - first) + 1);
    let up = (first..=last).filter(|last| last % 4 == 1);
    up.fold(scan, |scan, last| scan.host(NmapHost::up(&format!("192.0.2.{last}")).open(&[22, 23, 24])))
}

#[tokio::test]
async fn half_a_network_without_an_agent_was_removed_and_became_the_baseline() {
    let office = Office::new();
    assert_eq!(office.scan(&lan(0, "192.0.2.0/24", (0, 255))).await, NOTHING);
    assert_eq!(office.hosts().await.len(), 64);
    // Two tasks; the second never comes.
    let told = Told { run: Some("monday"), ..Told::default() };
    let half = lan(1_000, "192.0.2.0-127", (0, 127));
    assert_eq!(office.take(half.bytes(), told).await, NOTHING);
    assert_eq!(office.hosts().await.len(), 64, "64 hosts, 192 ports, as before");
    // The next whole scan compares with what is believed, not with the half.
    assert_eq!(office.scan(&lan(2_000, "192.0.2.0/24", (0, 255))).await, NOTHING);
}

#[tokio::test]
async fn half_a_network_that_claims_to_be_the_whole_was_removed() {
    let office = Office::new();
    office.scan(&lan(0, "192.0.2.0/24", (0, 255))).await;
    // The task was the /24, and the scanner counts 128 addresses.
    let told = Told { targets: Some(addresses(0, 255)), ..Told::default() };
    let half = lan(1_000, "192.0.2.0/24", (0, 127));
    assert_eq!(office.take(half.bytes(), told).await, NOTHING);
    assert_eq!(office.hosts().await.len(), 64);
}

#[test]
fn a_host_that_timed_out_was_read_as_everything_closed() {
    let scan = |seconds, host: NmapHost| {
        NmapText::of("-sT -p22-24 --host-timeout 1m 192.0.2.7").at(seconds).tcp("22-24").host(host)
    };
    let before = scan(0, NmapHost::up("192.0.2.7").open(&[22, 23]));
    let timed_out = scan(1_000, NmapHost::up("192.0.2.7").timed_out());
    let report = compare(&before, &timed_out);
    assert_eq!(words(&report.deltas), NOTHING);
    assert_eq!((report.unchanged.hosts, report.unchanged.ports), (1, 0), "it is up, and no port was covered");
    assert_eq!(words(&compare(&timed_out, &before).deltas), NOTHING, "and nothing opened when it was back");
}

#[test]
fn another_port_range_made_opens_and_closes() {
    let narrow = NmapText::of("-sT -p22 192.0.2.7").tcp("22").host(NmapHost::up("192.0.2.7").open(&[22]));
    let wide = NmapText::of("-sT -p1-1000 192.0.2.7").at(1_000).tcp("1-1000");
    let wide = wide.host(NmapHost::up("192.0.2.7").open(&[22, 80, 443]));
    let report = compare(&narrow, &wide);
    assert_eq!(words(&report.deltas), NOTHING);
    assert_eq!((report.unchanged.ports, report.not_comparable.ports), (1, 2));
    let report = compare(&wide.clone().at(0), &narrow.clone().at(1_000));
    assert_eq!(words(&report.deltas), NOTHING);
    let closed = narrow.host(NmapHost::up("192.0.2.7"));
    assert_eq!(
        words(&compare(&wide, &closed.at(2_000)).deltas),
        NOTHING,
        "open in one of two records is open"
    );
}

#[tokio::test]
async fn another_option_between_runs_made_changes() {
    let office = Office::new();
    let plain = NmapText::of("-sT -p22 192.0.2.7").tcp("22").host(NmapHost::up("192.0.2.7").open(&[22]));
    let services = NmapText::of("-sT -sV -p22 192.0.2.7").at(1_000).tcp("22");
    let services = services.host(NmapHost::up("192.0.2.7").service(22, "ssh", "OpenSSH", "9.2"));
    assert_eq!(office.scan(&plain).await, NOTHING);
    assert_eq!(office.scan(&services).await, NOTHING, "a service that is seen first is no change");
    assert_eq!(office.scan(&plain.clone().at(2_000)).await, NOTHING, "and one that nobody asked for neither");
    let newer = NmapText::of("-sT -sV -p22 192.0.2.7").at(3_000).tcp("22");
    let newer = newer.host(NmapHost::up("192.0.2.7").service(22, "ssh", "OpenSSH", "9.9"));
    assert_eq!(office.scan(&newer).await, ["192.0.2.7 22/tcp service-changed"]);
}

#[test]
fn a_port_that_moved_between_the_list_and_the_summary_was_a_change() {
    // nmap counts more than 25 ports of a state, and lists fewer; -d lists all.
    let scan = |seconds, host| NmapText::of("-sT -p1-40 192.0.2.7").at(seconds).tcp("1-40").host(host);
    let counted = scan(0, NmapHost::up("192.0.2.7").open(&[22]));
    let closed = (1..=40).filter(|port| *port != 22);
    let host = NmapHost::up("192.0.2.7").open(&[22]).counted("closed", 0);
    let listed = scan(1_000, closed.fold(host, |host, port| host.port("tcp", port, "closed", "")));
    for (old, new) in [(&counted, &listed), (&listed, &counted)] {
        let report = compare(old, new);
        assert_eq!(words(&report.deltas), NOTHING);
        assert_eq!(report.unchanged.ports, 1);
    }
    let filtered = scan(2_000, NmapHost::up("192.0.2.7").open(&[22]).counted("filtered", 39));
    assert_eq!(words(&compare(&counted, &filtered).deltas), NOTHING, "filtered is as little open as closed");
}

#[test]
fn counts_that_did_not_add_up_closed_what_was_never_listed() {
    let scan = |seconds, host| NmapText::of("-sT -p1-1000 192.0.2.7").at(seconds).tcp("1-1000").host(host);
    let before = scan(0, NmapHost::up("192.0.2.7").open(&[22, 80, 443]));
    for counted in [900, 1_000, 0] {
        let host = NmapHost::up("192.0.2.7").open(&[22]).port("tcp", 80, "closed", "");
        let after = scan(1_000, host.counted("closed", counted));
        let report = compare(&before, &after);
        assert_eq!(words(&report.deltas), ["192.0.2.7 80/tcp port-closed"], "{counted}: 443 was not counted");
    }
}

#[tokio::test]
async fn importing_a_subset_closed_what_it_did_not_have() {
    let office = Office::new();
    office.scan(&lan(0, "192.0.2.0/24", (0, 255))).await;
    let before = office.hosts().await;
    let one =
        NmapText::of("-sT -p22 192.0.2.1").at(1_000).tcp("22").host(NmapHost::up("192.0.2.1").open(&[22]));
    assert_eq!(office.scan(&one).await, NOTHING);
    let told = Told { seconds: 2_000, ..Told::default() };
    assert_eq!(office.take(b"192.0.2.5,22,tcp\n".to_vec(), told).await, NOTHING);
    assert_eq!(office.hosts().await, before);
}

#[tokio::test]
async fn a_fast_scanner_that_missed_a_port_closed_it() {
    let office = Office::new();
    let ports: PortSet = [22, 80, 443].map(Port::tcp).into_iter().collect();
    let told = |seconds| Told { ports: Some(ports.clone()), confirm_close: 2, seconds, ..Told::default() };
    let all = "192.0.2.7,22,tcp\n192.0.2.7,80,tcp\n192.0.2.7,443,tcp\n";
    let missed = "192.0.2.7,22,tcp\n192.0.2.7,443,tcp\n";
    assert_eq!(office.take(all.into(), told(0)).await, NOTHING);
    assert_eq!(office.take(missed.into(), told(1_000)).await, NOTHING, "once is not enough");
    assert_eq!(office.take(format!("{all}\n").into(), told(2_000)).await, NOTHING);
    assert_eq!(office.take(format!("{missed}\n").into(), told(3_000)).await, NOTHING, "the count began anew");
    let gone = office.take(format!("{missed}\n\n").into(), told(4_000)).await;
    assert_eq!(gone, ["192.0.2.7 80/tcp port-closed"]);
    // Without named ports it covers what it lists, and closes nothing however often it comes.
    for seconds in [5_000, 6_000, 7_000] {
        let raw = format!("# {seconds}\n192.0.2.7,22,tcp\n");
        assert_eq!(office.take(raw.into(), Told { seconds, ..Told::default() }).await, NOTHING);
    }
}

#[tokio::test]
async fn a_truncated_upload_was_fatal_or_closed_the_rest() {
    let office = Office::new();
    office.scan(&lan(0, "192.0.2.0/24", (0, 255))).await;
    for (bytes, seconds) in [(3, 1_000), (60, 2_000), (200, 3_000)] {
        let text = lan(seconds, "192.0.2.0/24", (0, 255)).text();
        // Cut in the middle of the tenth host.
        let cut = text.match_indices("<host ").nth(9).expect("there are more hosts").0 + bytes;
        let report = office.report(text.as_bytes()[..cut].to_vec(), Told::default()).await;
        assert_eq!(words(&report.deltas), NOTHING);
        let ResultStatus::Applied(applied) = &report.record.status else { panic!("refused: {report:?}") };
        assert_eq!(applied.unchanged.hosts, 9, "whole hosts count");
        assert_eq!(office.run_of(&report).await.state, RunState::Partial);
    }
    assert_eq!(office.hosts().await.len(), 64);
    let report = compare_told(
        &lan(0, "192.0.2.0/24", (0, 255)),
        &lan(1_000, "192.0.2.0/24", (0, 100)).cut(),
        Some(addresses(0, 255)),
    );
    assert_eq!(words(&report.deltas), NOTHING);
}

#[test]
fn an_unreachable_network_closed_everything() {
    let scan = |seconds| NmapText::of("-sT -v -p22 192.0.2.0/30").at(seconds).tcp("22").of_total(4);
    let before =
        (0..4).fold(scan(0), |scan, last| scan.host(NmapHost::up(&format!("192.0.2.{last}")).open(&[22])));
    let lost = |last| NmapHost::down(&format!("192.0.2.{last}")).because("net-unreach");
    let after = (0..4).fold(scan(1_000), |scan, last| scan.host(lost(last)));
    assert_eq!(words(&compare(&before, &after).deltas), NOTHING);
}
