//! A process that dies at any operation, and a delivery after it.

use portdelta_app::App;
use portdelta_testkit::{Fault, NmapHost, NmapText};

use crate::store::{Memory, changes, ingest, of_run, run, run_id, scan, upload};

/// Three blocks: what is there before.
fn before() -> NmapText {
    let scan = NmapText::of("-sT -p20-30 10.0.0-2.1-3").tcp("20-30");
    (0..3).fold(scan, |scan, third| {
        scan.host(NmapHost::up(&format!("10.0.{third}.1")).open(&[22, 25]))
            .host(NmapHost::up(&format!("10.0.{third}.2")).open(&[22]))
    })
}

/// Something changes in the first block, nothing in the second, and nothing answers in the third.
fn after() -> NmapText {
    let scan = NmapText::of("-sT -p20-30 10.0.0-2.1-3").at(1_000).tcp("20-30").of_total(9);
    let scan = scan.host(NmapHost::up("10.0.0.1").open(&[22, 30])).host(NmapHost::up("10.0.0.3").open(&[23]));
    scan.host(NmapHost::up("10.0.1.1").open(&[22, 25])).host(NmapHost::up("10.0.1.2").open(&[22]))
}

async fn deliver(app: &App) -> Result<(), portdelta_app::AppError> {
    app.ingest(of_run(upload(after().bytes()), "second"), &|_, _| {}).await.map(drop)
}

async fn prepared() -> Memory {
    let memory = Memory::new();
    scan(&memory.app(), &before()).await;
    memory
}

#[tokio::test]
async fn a_crash_at_any_operation_leaves_nothing_that_the_next_delivery_does_not_mend() {
    let undisturbed = prepared().await;
    let begun = undisturbed.faults.operations();
    deliver(&undisturbed.app()).await.expect("nothing fails");
    let operations = undisturbed.faults.operations() - begun;
    assert!(operations > 15, "a crash test with {operations} operations tests nothing");
    let record = run(&undisturbed.app(), &run_id("second")).await;
    assert!(record.warnings.iter().any(|(code, _)| code == "blackout"), "{record:?}");
    assert!(record.changes.values().sum::<u64>() >= 3, "{record:?}");

    for fault in [Fault::KillBefore, Fault::KillAfter, Fault::Before, Fault::After] {
        for nth in 1..=operations {
            let memory = prepared().await;
            memory.faults.plan(nth, fault);
            let crashed = deliver(&memory.app()).await;
            memory.faults.revive();
            let case = format!("{fault:?} at operation {nth} of {operations}, which gave {crashed:?}");
            deliver(&memory.app()).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
            let (items, blobs) = memory.content();
            let (expected_items, expected_blobs) = undisturbed.content();
            assert_eq!(blobs, expected_blobs, "{case}");
            let keys = |items: &[portdelta_app::ports::Item]| -> Vec<_> {
                items.iter().map(|item| item.key.clone()).collect()
            };
            assert_eq!(keys(&items), keys(&expected_items), "{case}");
            assert_eq!(run(&memory.app(), &run_id("second")).await, record, "{case}");
            for (item, expected) in items.iter().zip(&expected_items) {
                assert_eq!(item, expected, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_conflict_is_tried_again_at_once() {
    let undisturbed = prepared().await;
    let begun = undisturbed.faults.operations();
    deliver(&undisturbed.app()).await.expect("nothing fails");
    let operations = undisturbed.faults.operations() - begun;
    let mut survived = 0;
    for nth in 1..=operations {
        let memory = prepared().await;
        memory.faults.plan(nth, Fault::Conflict);
        survived += u32::from(deliver(&memory.app()).await.is_ok());
        memory.faults.revive();
        deliver(&memory.app()).await.expect("nothing fails any more");
        assert_eq!(memory.content(), undisturbed.content(), "conflict at operation {nth}");
    }
    assert!(survived >= 5, "blocks and runs meet others all the time: {survived}");
}

#[tokio::test]
async fn what_was_applied_before_a_crash_counts_although_a_later_result_came_in_between() {
    let memory = prepared().await;
    let mut deltas = None;
    for nth in 1.. {
        // Dies at some operation after the first block was committed.
        let memory = prepared().await;
        memory.faults.plan(nth, Fault::KillBefore);
        if deliver(&memory.app()).await.is_ok() {
            break;
        }
        memory.faults.revive();
        let app = memory.app();
        let later = NmapText::of("-sT -p1-100 10.0.0.0/24").at(5_000).tcp("1-100");
        let later =
            later.host(NmapHost::up("10.0.0.1").open(&[22])).host(NmapHost::up("10.0.0.2").open(&[22]));
        let later = later.host(NmapHost::up("10.0.0.3").open(&[23]));
        scan(&app, &later).await;
        deliver(&app).await.expect("the next delivery goes through");
        let record = run(&app, &run_id("second")).await;
        let reported = app.run_deltas(&record, false).await.expect("the deltas of the run");
        let counted: u64 = record.changes.values().sum();
        assert_eq!(counted, reported.len() as u64, "operation {nth}: {record:?} {:?}", changes(&reported));
        deltas = Some(reported);
    }
    assert!(deltas.is_some());
    ingest(&memory.app(), upload(after().bytes())).await;
}
