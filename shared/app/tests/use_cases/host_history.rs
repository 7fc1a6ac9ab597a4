//! What changed at an address: newest first, page by page, of one port, of some kinds, of a time.

use portdelta_app::{App, HistoryEntry, HistoryFilter, HistoryPlace};
use portdelta_core::delta::Kind;
use portdelta_core::{Port, UnixTime};
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{Memory, scan, site};

/// One host on which 25/tcp opens and closes in turn, beside one that is always as it was; a scan every 1,000 seconds.
async fn office(scans: i64) -> Memory {
    let memory = Memory::new();
    let app = memory.app();
    for number in 0..scans {
        let open: &[u16] = if number % 2 == 0 { &[22] } else { &[22, 25] };
        let text = NmapText::of("-sT -p20-30 192.0.2.1-2").at(number * 1_000).tcp("20-30").of_total(2);
        let text = text.host(NmapHost::up("192.0.2.1").open(open));
        scan(&app, &text.host(NmapHost::up("192.0.2.2").open(&[22]))).await;
    }
    memory
}

fn words(entries: &[HistoryEntry]) -> Vec<String> {
    let word = |entry: &HistoryEntry| {
        let delta = &entry.delta;
        let port = delta.port.map(|port| format!(" {port}")).unwrap_or_default();
        format!("{}{port} {}", delta.time.seconds() - NmapText::BEGINNING, delta.kind)
    };
    entries.iter().map(word).collect()
}

async fn all(app: &App, filter: &HistoryFilter) -> Vec<String> {
    let address = "192.0.2.1".parse().expect("an address");
    words(&app.history(&site(), address, filter).await.expect("it is readable"))
}

/// The same in pages of this size.
async fn paged(app: &App, filter: &HistoryFilter, limit: usize) -> Vec<String> {
    let address = "192.0.2.1".parse().expect("an address");
    let (mut entries, mut place) = (Vec::new(), Some(HistoryPlace::default()));
    while let Some(here) = place {
        let page = app.history_page(&site(), address, filter, here, limit).await;
        let (more, next) = page.expect("it is readable");
        assert!(more.len() <= limit);
        entries.extend(more);
        place = next;
    }
    words(&entries)
}

#[tokio::test]
async fn the_newest_comes_first_and_pages_join_to_the_whole() {
    let memory = office(40).await;
    let app = memory.app();
    let changes = HistoryFilter { without_first_looks: true, ..HistoryFilter::default() };
    let whole = all(&app, &changes).await;
    assert_eq!(whole.len(), 39);
    assert_eq!(whole[..2], ["39010 25/tcp port-reopened", "38010 25/tcp port-closed"]);
    assert_eq!(whole[38], "1010 25/tcp port-opened");
    let everything = all(&app, &HistoryFilter::default()).await;
    assert_eq!(everything.len(), 41, "the host and 22/tcp were seen first");
    for limit in [1, 2, 15, 16, 17, 40, 500] {
        assert_eq!(paged(&app, &changes, limit).await, whole, "limit {limit}");
        assert_eq!(paged(&app, &HistoryFilter::default(), limit).await, everything, "limit {limit}");
    }
}

#[tokio::test]
async fn everything_that_is_wanted_must_hold() {
    let memory = office(6).await;
    let app = memory.app();
    let at = |seconds: i64| UnixTime::EPOCH.shifted(NmapText::BEGINNING + seconds);
    let ssh = HistoryFilter { port: Some(Port::tcp(22)), ..HistoryFilter::default() };
    assert_eq!(all(&app, &ssh).await, ["10 22/tcp port-opened"]);
    let closed = HistoryFilter { kinds: vec![Kind::PortClosed, Kind::HostGone], ..HistoryFilter::default() };
    assert_eq!(all(&app, &closed).await, ["4010 25/tcp port-closed", "2010 25/tcp port-closed"]);
    let between =
        HistoryFilter { since: Some(at(2_010)), until: Some(at(3_010)), ..HistoryFilter::default() };
    assert_eq!(all(&app, &between).await, ["3010 25/tcp port-reopened", "2010 25/tcp port-closed"]);
    let nothing = HistoryFilter { since: Some(at(3_011)), until: Some(at(3_010)), ..between };
    assert_eq!(all(&app, &nothing).await, [""; 0]);
}

#[tokio::test]
async fn what_comes_while_pages_are_read_neither_repeats_nor_hides_anything() {
    let memory = office(12).await;
    let app = memory.app();
    let changes = HistoryFilter { without_first_looks: true, ..HistoryFilter::default() };
    let whole = all(&app, &changes).await;
    let address = "192.0.2.1".parse().expect("an address");
    let (mut entries, mut place, mut now) = (Vec::new(), Some(HistoryPlace::default()), 12_000);
    while let Some(here) = place {
        let page = app.history_page(&site(), address, &changes, here, 3).await;
        let (more, next) = page.expect("it is readable");
        entries.extend(more);
        place = next;
        let open: &[u16] = if now % 2_000 == 0 { &[22] } else { &[22, 25] };
        let text = NmapText::of("-sT -p20-30 192.0.2.1").at(now).tcp("20-30").of_total(1);
        scan(&app, &text.host(NmapHost::up("192.0.2.1").open(open))).await;
        now += 1_000;
    }
    assert_eq!(words(&entries), whole);
}
