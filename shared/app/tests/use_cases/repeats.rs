//! The same result again, and results that come in another order than they looked.

use portdelta_app::HistoryFilter;
use portdelta_app::repositories::RunState;
use portdelta_testkit::{NmapHost, NmapText};

use crate::store::{Memory, OnDisk, batches, changes, ingest, open_ports, run, scan, state, upload};

/// Two hosts, and the ports that are open on the first of them.
fn office(seconds: i64, open: &[u16]) -> NmapText {
    NmapText::of("-sT -p20-30 192.0.2.1-2")
        .at(seconds)
        .tcp("20-30")
        .host(NmapHost::up("192.0.2.1").open(open))
        .host(NmapHost::up("192.0.2.2").open(&[22]))
}

#[tokio::test]
async fn the_same_result_again_changes_nothing_and_says_so() {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0, &[22])).await;
    let first = scan(&app, &office(1_000, &[22, 25])).await;
    assert_eq!(changes(&first.deltas), ["192.0.2.1 25/tcp port-opened"]);
    assert!(!first.repeated);

    let before = memory.content();
    memory.clock.advance(3_600);
    for app in [app, memory.app()] {
        let again = scan(&app, &office(1_000, &[22, 25])).await;
        assert!(again.repeated && again.deltas.is_empty());
        assert_eq!(again.record, first.record);
        assert_eq!(memory.content(), before, "not one item was written");
    }
}

#[tokio::test]
async fn the_same_result_packed_or_under_another_name_is_the_same() {
    let memory = Memory::new();
    let app = memory.app();
    let plain = office(0, &[22]).bytes();
    let packed = zstd::bulk::compress(&plain, 3).expect("it packs");
    let first = ingest(&app, upload(plain)).await;
    let again = ingest(&app, upload(packed)).await;
    assert!(again.repeated);
    assert_eq!(again.record.id, first.record.id);
}

#[tokio::test]
async fn the_order_of_arrival_does_not_matter_for_what_is_believed() {
    let (early, late) = (office(0, &[22, 25]), office(1_000, &[22, 30]));
    let in_order = Memory::new();
    let app = in_order.app();
    scan(&app, &early).await;
    let report = scan(&app, &late).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 25/tcp port-closed", "192.0.2.1 30/tcp port-opened"]);
    assert!(batches(&app).await.iter().all(|batch| !batch.late));

    let swapped = Memory::new();
    let app = swapped.app();
    scan(&app, &late).await;
    let report = scan(&app, &early).await;
    assert_eq!(
        changes(&report.deltas),
        [""; 0],
        "what a later result covered, an earlier one does not change"
    );
    for memory in [&in_order, &swapped] {
        assert_eq!(open_ports(&memory.app(), "192.0.2.1").await, ["22/tcp", "30/tcp"]);
        assert_eq!(open_ports(&memory.app(), "192.0.2.2").await, ["22/tcp"]);
    }
    let record = run(&app, &report.record.judgement.run).await;
    assert_eq!((record.state, record.superseded.hosts), (RunState::Complete, 2));
    let covered = |state: portdelta_core::state::BlockState| -> Vec<_> {
        let layers = state.layers.newest_first().iter();
        layers.map(|layer| (layer.scope.clone(), layer.hosts, layer.order, layer.status)).collect()
    };
    assert_eq!(covered(state(&in_order.app()).await), covered(state(&swapped.app()).await));
}

#[tokio::test]
async fn a_late_result_still_counts_where_nothing_later_looked_and_is_marked() {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0, &[22])).await;
    // The narrow one of 2,000 comes before the wide one of 1,000.
    let narrow =
        NmapText::of("-sT -p22 192.0.2.1").at(2_000).tcp("22").host(NmapHost::up("192.0.2.1").open(&[22]));
    scan(&app, &narrow).await;
    let wide = scan(&app, &office(1_000, &[25])).await;
    assert_eq!(
        changes(&wide.deltas),
        ["192.0.2.1 25/tcp port-opened"],
        "22/tcp was covered later, 25/tcp not"
    );
    let late: Vec<_> = batches(&app).await.into_iter().filter(|batch| batch.late).collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].order.result, wide.record.id);
    assert_eq!(open_ports(&app, "192.0.2.1").await, ["22/tcp", "25/tcp"]);
    let address = "192.0.2.1".parse().expect("an address");
    let history =
        app.history(&crate::store::site(), address, &HistoryFilter::default()).await.expect("a history");
    let flags: Vec<_> = history.iter().map(|entry| (entry.delta.first_look, entry.late)).collect();
    assert_eq!(flags, [(false, true), (true, false), (true, false)]);
}

#[tokio::test]
async fn sqlite_gives_the_same_answers() {
    let disk = OnDisk::new();
    scan(&disk.app(), &office(0, &[22])).await;
    let report = scan(&disk.app(), &office(1_000, &[25])).await;
    let expected = ["192.0.2.1 22/tcp port-closed", "192.0.2.1 25/tcp port-opened"];
    assert_eq!(changes(&report.deltas), expected);
    let again = scan(&disk.app(), &office(1_000, &[25])).await;
    assert!(again.repeated);
    let app = disk.app();
    let record = run(&app, &report.record.judgement.run).await;
    let deltas = app.run_deltas(&record, false).await.expect("the deltas of the run");
    assert_eq!(changes(&deltas), expected);
    assert_eq!(
        record.changes.iter().map(|(kind, count)| (kind.as_str(), *count)).collect::<Vec<_>>(),
        [("port-closed", 1), ("port-opened", 1)]
    );
}
