//! Runs that are due while others go on, cancelled ones, and late results.

use std::num::NonZeroUsize;
use std::sync::Arc;

use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::Clock;
use portdelta_app::repositories::{Overlap, ScanDraft};
use portdelta_app::{Due, RunBegun, RunStage, UploadTaken};
use portdelta_core::ids::RunId;
use portdelta_core::run::{CloseReason, RunOutcome};
use portdelta_protocol::agent::{Begun, Task};
use portdelta_protocol::upload::seal;
use tokio::task::JoinSet;

use super::world::{Net, World, draft, note, scanned, upload_key};
use crate::store::{open_ports, site};

async fn scan_with(world: &World, overlap: Overlap) -> portdelta_app::repositories::Scan {
    world.scan_of(&ScanDraft { overlap, ..draft("192.0.2.0/24", "22,80") }).await
}

async fn due(world: &World, scan: &str) -> RunBegun {
    world.memory.clock.advance(60);
    let due = Due::At(world.memory.clock.now());
    let begun = world.service().begin_run(scan, &site(), &due).await.expect("no error");
    assert_eq!(world.service().begin_run(scan, &site(), &due).await.expect("no error"), begun, "asked again");
    world.work().await.expect("the work is done");
    begun
}

fn first_task(world: &World) -> Task {
    let queue = portdelta_app::ports::QueueName::Tasks(site());
    serde_json::from_str(&world.queue.bodies(&queue)[0]).expect("a task")
}

/// What an agent that began the first task sends when it is done at last.
async fn late_upload(world: &World, task: &Task, net: &Net) -> UploadTaken {
    let envelope = seal(note(task, world.memory.clock.now().seconds()), &scanned(task, net, world).bytes());
    let key = upload_key("slow", task, &envelope);
    world.upload("slow", task, envelope).await.expect("it is stored");
    let taken = world.service().take_upload(&key).await.expect("it is taken");
    assert_eq!(world.service().take_upload(&key).await.expect("it is gone"), UploadTaken::Gone);
    world.work().await.expect("the work is done");
    taken
}

#[tokio::test]
async fn skip_leaves_the_new_one_out_and_says_so() {
    let world = World::new();
    let scan = scan_with(&world, Overlap::Skip).await;
    let first = world.begin(&scan).await;
    let skipped = due(&world, &scan.id).await;
    assert!(matches!(&skipped, RunBegun::Skipped(note) if note.code == "run.skipped"), "{skipped:?}");
    assert_eq!(world.memory.app().scan_notes(&scan.id).await.expect("notes").len(), 1);
    world.agent("a", &Net::default()).await;
    assert_eq!(world.report(&first).await.outcome, RunOutcome::Complete);
    assert!(matches!(due(&world, &scan.id).await, RunBegun::Begun(_)));
}

/// Whoever looked before the other began it finds the scan busy, with the very run that is due.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_that_is_due_twice_at_once_begins_and_skips_nothing() {
    let world = Arc::new(World::new());
    for overlap in [Overlap::Skip, Overlap::Queue, Overlap::Replace] {
        for round in 0..100 {
            let name = format!("{overlap:?} {round}");
            let scan = world.scan_of(&ScanDraft { name, overlap, ..draft("192.0.2.0/30", "22") }).await;
            let due = Due::At(world.memory.clock.now());
            let mut begun = JoinSet::new();
            for _ in 0..4 {
                let (world, scan, due) = (world.clone(), scan.id.clone(), due.clone());
                begun.spawn(async move { world.service().begin_run(&scan, &site(), &due).await });
            }
            let begun: Vec<_> =
                begun.join_all().await.into_iter().map(|begun| begun.expect("no error")).collect();
            let RunBegun::Begun(run) = &begun[0] else { panic!("{begun:?}") };
            assert!(begun.iter().all(|other| other == &begun[0]), "{begun:?}");
            assert_eq!(world.memory.app().scan_notes(&scan.id).await.expect("notes"), []);
            let run = world.memory.app().scan_run(run).await.expect("readable").expect("a run");
            assert!(run.machine.is_open(), "{run:?}");
        }
    }
}

#[tokio::test]
async fn a_schedule_that_is_skipped_again_and_again_is_told_of_until_it_runs() {
    let world = World::new();
    let scan = scan_with(&world, Overlap::Skip).await;
    let missed = async || {
        let page = world.memory.app().alerts(&AlertFilter::default(), NonZeroUsize::MAX, None).await;
        let alerts = page.expect("readable").alerts.into_iter();
        alerts.filter(|alert| format!("{:?}", alert.subject).contains("MissedSchedule")).count()
    };
    let first = world.begin(&scan).await;
    for alerts in [0, 1, 1] {
        assert!(matches!(due(&world, &scan.id).await, RunBegun::Skipped(_)));
        assert_eq!(missed().await, alerts);
    }
    world.agent("a", &Net::default()).await;
    assert_eq!(world.report(&first).await.outcome, RunOutcome::Complete);
    assert!(matches!(due(&world, &scan.id).await, RunBegun::Begun(_)));
    assert_eq!(missed().await, 0, "it runs again");
    assert!(matches!(due(&world, &scan.id).await, RunBegun::Skipped(_)));
    assert_eq!(missed().await, 0, "once is nobody's trouble");
}

#[tokio::test]
async fn queue_lets_one_wait_and_begin_when_the_other_is_done() {
    let world = World::new();
    let scan = scan_with(&world, Overlap::Queue).await;
    let first = world.begin(&scan).await;
    let RunBegun::Waiting(second) = due(&world, &scan.id).await else { panic!("it waits") };
    let third = due(&world, &scan.id).await;
    assert!(matches!(&third, RunBegun::Skipped(note) if note.message.contains("waits already")), "{third:?}");
    let stage = |run: RunId| {
        let app = world.memory.app();
        async move { app.run_view(&run).await.expect("readable").expect("it is there").stage }
    };
    assert_eq!(stage(second.clone()).await, RunStage::Waiting);
    world.memory.clock.advance(600);
    world.service().sweep(world.memory.clock.now()).await;
    world.work().await.expect("the work is done");
    assert_eq!(stage(second.clone()).await, RunStage::Waiting, "the sweep does not push it");
    world.agent("a", &Net::default()).await;
    assert_eq!(world.report(&first).await.outcome, RunOutcome::Complete);
    assert_eq!(stage(second.clone()).await, RunStage::Running);
    world.agent("a", &Net::default()).await;
    assert_eq!(world.report(&second).await.outcome, RunOutcome::Complete);
}

#[tokio::test]
async fn replace_ends_the_other_one_and_its_results_are_late_evidence() {
    let world = World::new();
    let scan = scan_with(&world, Overlap::Replace).await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22])])).await;
    let old = world.begin(&scan).await;
    let task = first_task(&world);
    let service = world.service();
    assert_eq!(service.begin_task("slow", &task.run, 0).await.expect("it begins"), Begun::GoOn);
    let RunBegun::Begun(new) = due(&world, &scan.id).await else { panic!("it begins") };
    let report = world.report(&old).await;
    assert_eq!((report.outcome, report.reason), (RunOutcome::Cancelled, CloseReason::Replaced));
    assert!(report.warnings[0].1.contains(new.as_str()), "{report:?}");
    let again = service.begin_task("slow", &task.run, 0).await.expect("it answers");
    assert_eq!(again, Begun::Drop { reason: "replaced".to_owned() });

    world.memory.clock.advance(5);
    let taken = late_upload(&world, &task, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    assert!(matches!(taken, UploadTaken::Applied { late: true, .. }), "{taken:?}");
    assert_eq!(world.changes(&old).await, ["192.0.2.1 80/tcp port-opened late"]);
    assert_eq!(world.report(&old).await, report, "a report does not change");
    world.memory.clock.advance(60);
    world.agent("a", &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    assert_eq!(world.changes(&new).await, Vec::<String>::new());
    assert_eq!(world.report(&new).await.outcome, RunOutcome::Complete);
}

#[tokio::test]
async fn a_cancelled_run_stays_cancelled_and_its_results_are_kept_and_not_applied() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23", "22,80").await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22])])).await;
    let run = world.begin(&scan).await;
    let task = first_task(&world);
    let service = world.service();
    service.begin_task("slow", &run, task.number).await.expect("it begins");
    let cancelled = service.cancel_run(&run).await.expect("it is cancelled");
    assert_eq!(cancelled.machine.outcome(), Some(RunOutcome::Cancelled));
    service.cancel_run(&run).await.expect("again");
    let mine = std::slice::from_ref(&run);
    assert_eq!(service.app().unwanted_runs(mine).await.expect("runs"), mine);
    let again = service.begin_task("slow", &run, task.number).await.expect("it answers");
    assert_eq!(again, Begun::Drop { reason: "cancelled".to_owned() });

    let taken = late_upload(&world, &task, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    assert!(
        matches!(&taken, UploadTaken::Refused(refused) if refused.code == "upload.run_cancelled"),
        "{taken:?}"
    );
    assert_eq!(open_ports(service.app(), "192.0.2.1").await, ["22/tcp"]);
    let (listed, _) = service.app().refused_uploads(None).await.expect("uploads");
    assert_eq!(listed.len(), 1);
    let kept = world.memory.blobs.keys().iter().filter(|key| key.as_str() == listed[0].blob).count();
    assert_eq!(kept, 1, "{listed:?}");
    assert_eq!(world.report(&run).await.outcome, RunOutcome::Cancelled);
    let unknown = service.cancel_run(&crate::store::run_id("no-such")).await.expect_err("there is none");
    assert_eq!(unknown.code(), "unknown");
}

#[tokio::test]
async fn results_of_an_expired_run_are_evidence_and_late() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22,80").await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22])])).await;
    let run = world.begin(&scan).await;
    let task = first_task(&world);
    world.service().begin_task("slow", &run, 0).await.expect("it begins");
    world.memory.clock.advance(3_600);
    let swept = world.service().sweep(world.memory.clock.now()).await;
    assert_eq!(swept.overdue, std::slice::from_ref(&run));
    let report = world.report(&run).await;
    assert_eq!((report.outcome, report.totals.coverage_percent), (RunOutcome::Expired, 0));
    assert!(report.warnings.iter().any(|(code, _)| code == "run_overdue"), "{report:?}");
    assert_eq!(report.missing[0].targets, "192.0.2.0-192.0.2.255");
    assert!(report.missing[0].reasons[0].contains("agent slow began it"), "{report:?}");
    let taken = late_upload(&world, &task, &Net::of(&[("192.0.2.1", &[80])])).await;
    assert!(matches!(taken, UploadTaken::Applied { late: true, .. }), "{taken:?}");
    assert_eq!(
        world.changes(&run).await,
        ["192.0.2.1 22/tcp port-closed late", "192.0.2.1 80/tcp port-opened late"]
    );
    assert!(matches!(due(&world, &scan.id).await, RunBegun::Begun(_)), "the place is free");
}
