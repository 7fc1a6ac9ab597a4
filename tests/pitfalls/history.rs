//! Runs that were compared with the wrong one, or twice, or not at all.

use portdelta_app::repositories::RunState;
use portdelta_testkit::{NmapHost, NmapText};

use crate::office::{NOTHING, Office, Told, words};

fn lan(seconds: i64, answering: &[u8]) -> NmapText {
    let scan = NmapText::of("-sT -p22,80 192.0.2.0/29").at(seconds).tcp("22,80").of_total(8);
    answering.iter().fold(scan, |scan, last| scan.host(NmapHost::up(&format!("192.0.2.{last}")).open(&[22])))
}

fn one(seconds: i64, open: &[u16]) -> NmapText {
    NmapText::of("-sT -p1-100 192.0.2.1").at(seconds).tcp("1-100").host(NmapHost::up("192.0.2.1").open(open))
}

#[tokio::test]
async fn a_host_that_went_down_was_never_gone_and_came_back_as_nothing() {
    let office = Office::new();
    assert_eq!(office.scan(&lan(0, &[1, 2])).await, NOTHING);
    let gone = ["192.0.2.2 host-gone", "192.0.2.2 22/tcp port-closed with its host"];
    assert_eq!(office.scan(&lan(1_000, &[1])).await, gone);
    assert_eq!(office.hosts().await, ["192.0.2.1 22/tcp"]);
    assert_eq!(office.scan(&lan(2_000, &[1])).await, NOTHING, "gone once");
    let back = ["192.0.2.2 host-back", "192.0.2.2 22/tcp port-reopened with its host"];
    assert_eq!(office.scan(&lan(3_000, &[1, 2])).await, back);
    assert_eq!(
        office.scan(&lan(4_000, &[1, 2, 3])).await,
        ["192.0.2.3 host-new", "192.0.2.3 22/tcp port-opened with its host"]
    );
}

#[tokio::test]
async fn one_failed_run_froze_the_baseline_for_ever() {
    let office = Office::new();
    office.scan(&lan(0, &[1, 2])).await;
    let failed = lan(1_000, &[1]).failed();
    let report = office.report(failed.bytes(), Told::default()).await;
    assert_eq!(words(&report.deltas), NOTHING);
    assert_eq!(office.run_of(&report).await.state, RunState::Partial);
    let expected: [&[&str]; 3] = [
        &["192.0.2.2 host-gone", "192.0.2.2 22/tcp port-closed with its host"],
        &[],
        &["192.0.2.2 host-back", "192.0.2.2 22/tcp port-reopened with its host"],
    ];
    for ((answering, expected), seconds) in
        [&[1][..], &[1], &[1, 2]].into_iter().zip(expected).zip([2_000, 3_000, 4_000])
    {
        let report = office.report(lan(seconds, answering).bytes(), Told::default()).await;
        assert_eq!(words(&report.deltas), expected, "at {seconds}");
        assert_eq!(office.run_of(&report).await.state, RunState::Complete);
    }
}

#[tokio::test]
async fn a_retried_upload_made_a_second_report() {
    let office = Office::new();
    office.scan(&one(0, &[22])).await;
    assert_eq!(office.scan(&one(1_000, &[22, 80])).await, ["192.0.2.1 80/tcp port-opened"]);
    for _ in 0..3 {
        office.clock.advance(60);
        assert_eq!(office.scan(&one(1_000, &[22, 80])).await, NOTHING);
        assert_eq!(office.scan(&one(0, &[22])).await, NOTHING);
    }
    assert_eq!(office.hosts().await, ["192.0.2.1 22/tcp,80/tcp"]);
}

#[tokio::test]
async fn the_second_run_that_came_first_was_undone_by_the_first() {
    let office = Office::new();
    office.scan(&one(0, &[22])).await;
    assert_eq!(office.scan(&one(2_000, &[80])).await.len(), 2);
    let late = office.report(one(1_000, &[22]).bytes(), Told::default()).await;
    assert_eq!(words(&late.deltas), NOTHING);
    assert_eq!(office.run_of(&late).await.superseded.hosts, 1);
    assert_eq!(office.hosts().await, ["192.0.2.1 80/tcp"]);
}

#[tokio::test]
async fn the_previous_scan_was_the_last_to_end_whatever_it_had_scanned() {
    let office = Office::new();
    office.scan(&one(0, &[22, 80])).await;
    // Others come in between: narrower, failed, through another discovery, of other ports.
    let narrow =
        NmapText::of("-sT -p22 192.0.2.1").at(1_000).tcp("22").host(NmapHost::up("192.0.2.1").open(&[22]));
    assert_eq!(office.scan(&narrow).await, NOTHING);
    let failed = NmapText::of("-sT -p1-100 192.0.2.1").at(2_000).tcp("1-100").failed();
    assert_eq!(office.scan(&failed).await, NOTHING);
    let no_ports = NmapText::of("-sn -PE 192.0.2.1").at(3_000).host(NmapHost::up("192.0.2.1"));
    assert_eq!(office.scan(&no_ports).await, NOTHING);
    let other = NmapText::of("-sU -p53 192.0.2.1").at(4_000).udp("53").host(NmapHost::up("192.0.2.1"));
    assert_eq!(office.scan(&other).await, NOTHING);
    assert_eq!(office.scan(&one(5_000, &[22])).await, ["192.0.2.1 80/tcp port-closed"]);
}

#[tokio::test]
async fn each_batch_replaced_the_ports_of_its_host() {
    let ranges = ["1-10", "11-20", "21-30", "31-40", "41-50", "51-60", "61-70"];
    let piece = |round: i64, number: usize, open: u16| {
        let place = i64::try_from(number).expect("a small number");
        let scan = NmapText::of(&format!("-sT -p{} 192.0.2.1", ranges[number])).at(round * 1_000 + place);
        scan.tcp(ranges[number]).host(NmapHost::up("192.0.2.1").open(&[open]))
    };
    let port = |number: usize, last: u16| u16::try_from(number * 10).expect("a small number") + last;
    for order in [[0, 1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1, 0], [3, 6, 0, 5, 1, 4, 2]] {
        let office = Office::new();
        for number in order {
            let told = Told { run: Some("first"), ..Told::default() };
            assert_eq!(office.take(piece(0, number, port(number, 3)).bytes(), told).await, NOTHING);
        }
        let all = "192.0.2.1 3/tcp,13/tcp,23/tcp,33/tcp,43/tcp,53/tcp,63/tcp";
        assert_eq!(office.hosts().await, [all], "in the order {order:?}");
        let mut changes = Vec::new();
        for number in order {
            let last = if number == 4 { 7 } else { 3 };
            let told = Told { run: Some("second"), ..Told::default() };
            changes.extend(office.take(piece(1, number, port(number, last)).bytes(), told).await);
        }
        assert_eq!(changes, ["192.0.2.1 47/tcp port-opened", "192.0.2.1 43/tcp port-closed"]);
    }
}

#[tokio::test]
async fn hosts_with_many_ports_were_thrown_away() {
    let office = Office::new();
    let all: Vec<u16> = (1..=u16::MAX).collect();
    let scan = |seconds, open: &[u16]| {
        let scan = NmapText::of("-sT -p1-65535 192.0.2.1").at(seconds).tcp("1-65535");
        scan.host(NmapHost::up("192.0.2.1").open(open))
    };
    assert_eq!(office.scan(&scan(0, &all)).await, NOTHING);
    assert_eq!(office.scan(&scan(1_000, &all[1..])).await, ["192.0.2.1 1/tcp port-closed"]);
    let report = office.report(scan(2_000, &[]).bytes(), Told::default()).await;
    assert_eq!(report.deltas.len(), 65_534);
}
