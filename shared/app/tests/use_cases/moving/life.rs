//! Life goes on at the other side.

use portdelta_app::moving::ExportOptions;
use portdelta_app::ports::{Clock, Schedules};
use portdelta_core::run::RunOutcome;
use portdelta_testkit::NmapText;

use super::{all, checked, exported, frames, import};
use crate::runs::world::{Net, World, draft};
use crate::store::{Memory, changes, scan};

fn office(seconds: i64, open: &[u16]) -> NmapText {
    crate::alerts::office::scan(seconds, &[("192.0.2.1", open), ("192.0.2.2", &[25])])
}

#[tokio::test]
async fn the_next_result_finds_what_changed_and_nothing_for_the_first_time() {
    let source = Memory::new();
    scan(&source.app(), &office(0, &[22])).await;
    let (file, _) = exported(&source.app(), &ExportOptions::default()).await;
    let target = Memory::new();
    import(&target.app(), &file).await.expect("it is imported");
    let report = scan(&target.app(), &office(5_000, &[22, 3389])).await;
    assert!(report.deltas.iter().all(|delta| !delta.first_look), "{:?}", report.deltas);
    assert_eq!(changes(&report.deltas), ["192.0.2.1 3389/tcp port-opened"]);
    let same = scan(&target.app(), &office(6_000, &[22, 3389])).await;
    assert!(same.deltas.is_empty());
    // The same file once more: it was known there, raw or not.
    let repeated = scan(&target.app(), &office(0, &[22])).await;
    assert!(repeated.repeated && repeated.deltas.is_empty(), "{repeated:?}");
}

/// An export into a new world; its service.
async fn moved(source: &World) -> World {
    let (file, _) = exported(source.service().app(), &all()).await;
    let target = World::new();
    target.memory.clock.set(source.memory.clock.now());
    let id = checked(&file).id;
    for (number, sealed) in (0..).zip(frames(&file)) {
        target.service().take_frame(&id, number, &sealed).await.expect("it is taken");
    }
    target
}

#[tokio::test]
async fn scans_go_on_by_their_schedules_and_compare_with_what_was() {
    let source = World::new();
    let schedule = portdelta_app::repositories::ScanSchedule {
        expression: "rate(1 hour)".to_owned(),
        time_zone: "UTC".to_owned(),
        spread_minutes: 0,
    };
    let draft =
        portdelta_app::repositories::ScanDraft { schedule: Some(schedule), ..draft("192.0.2.0/28", "22,80") };
    let scan = source.scan_of(&draft).await;
    source.run(&scan, &Net::of(&[("192.0.2.1", &[22])])).await;
    let target = moved(&source).await;
    let entries = target.schedules.list().await.expect("readable");
    assert_eq!(entries.iter().map(|entry| &entry.scan).collect::<Vec<_>>(), [&scan.id]);
    let report = target.run(&scan, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    assert_eq!(target.changes(&report.run).await, ["192.0.2.1 80/tcp port-opened"]);
    assert_eq!(report.totals.first_looks, portdelta_core::reconcile::Tally::default());
}

#[tokio::test]
async fn a_run_that_went_on_is_ended_at_the_other_side_with_what_it_had() {
    let source = World::new();
    let scan = source.scan("192.0.2.0/24,198.51.100.0/24", "22").await;
    let run = source.begin(&scan).await;
    let net = Net::of(&[("192.0.2.1", &[22])]);
    let usual = crate::store::site();
    assert!(source.one_task("agent-1", &usual, &net).await.expect("one of two is done"));
    source.work().await.expect("it is applied");
    let (file, report) = exported(source.service().app(), &all()).await;
    assert_eq!(report.cut_runs, std::slice::from_ref(&run));
    let target = World::new();
    target.memory.clock.set(source.memory.clock.now());
    let service = target.service();
    let id = checked(&file).id;
    for (number, sealed) in (0..).zip(frames(&file)) {
        service.take_frame(&id, number, &sealed).await.expect("it is taken");
    }
    let swept = service.sweep(target.memory.clock.now()).await;
    assert!(swept.failures.is_empty(), "{:?}", swept.failures);
    assert_eq!(target.report(&run).await.outcome, RunOutcome::Partial);
    // The next one is not kept waiting.
    target.run(&scan, &net).await;
}

#[tokio::test]
async fn without_raw_results_nothing_is_rebuilt_of_what_is_not_there() {
    let source = Memory::new();
    scan(&source.app(), &office(0, &[22])).await;
    for (results, is_refused) in [(false, true), (true, false)] {
        let (file, _) = exported(&source.app(), &ExportOptions { results, ..all() }).await;
        let target = Memory::new();
        import(&target.app(), &file).await.expect("it is imported");
        let rebuilt = target.app().rebuild(&target.beside().app(), &|_, _| {}).await;
        assert_eq!(rebuilt.is_err(), is_refused, "{rebuilt:?}");
        if let Err(error) = rebuilt {
            assert_eq!(error.code(), "rebuild.results_gone");
        }
    }
}
