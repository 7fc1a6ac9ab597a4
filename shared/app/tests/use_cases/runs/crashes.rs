//! A server that dies at any operation of a run, and messages that come twice and in any order.

use std::num::NonZeroUsize;

use portdelta_app::ports::{BlobKey, Clock, Item, Queue, QueueName, Work};
use portdelta_app::repositories::{Overlap, ScanDraft};
use portdelta_app::{AppError, Due, RunFilter};
use portdelta_protocol::agent::Task;
use portdelta_protocol::upload::seal;
use portdelta_testkit::Fault;

use super::world::{Net, World, draft, note, scanned};
use crate::store::site;

fn before() -> Net {
    Net::of(&[("192.0.2.1", &[22, 80]), ("192.0.2.2", &[22]), ("192.0.3.1", &[22])])
}

fn after() -> Net {
    Net::of(&[("192.0.2.1", &[22]), ("192.0.2.2", &[22]), ("192.0.3.1", &[22]), ("192.0.3.9", &[80])])
}

/// A world in which the scan ran once.
async fn prepared() -> (World, String) {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23", "22,80").await;
    world.run(&scan, &before()).await;
    world.memory.clock.advance(60);
    (world, scan.id)
}

/// Goes on with the second run until nothing is left to do.
async fn go_on(world: &World, scan: &str) -> Result<(), AppError> {
    let due = Due::At(world.memory.clock.now());
    world.service().begin_run(scan, &site(), &due).await?;
    world.work().await?;
    while world.one_task("agent-1", &site(), &after()).await? {
        world.work().await?;
    }
    world.work().await
}

fn content(world: &World) -> (Vec<Item>, Vec<BlobKey>) {
    world.memory.content()
}

/// The two ways in which a process dies at an operation.
const DEATHS: [Fault; 2] = [Fault::KillBefore, Fault::KillAfter];

/// Messages that a crash lost are sent again by the sweep, some minutes later.
async fn tidy_up(world: &World) {
    let swept = world.service().sweep(world.memory.clock.now().shifted(400)).await;
    assert!(swept.failures.is_empty(), "{swept:?}");
    world.work().await.expect("the work is done");
}

/// Lets a process die at each operation of `go_on` in turn, goes on after each, and compares what is there in the end
/// with what is there when nobody dies, item by item. `prepare` gives the id of a scan.
async fn die_everywhere(
    prepare: impl AsyncFn() -> (World, String),
    go_on: impl AsyncFn(&World, &str) -> Result<(), AppError>,
    (least, faults): (u64, &[Fault]),
) {
    let (undisturbed, scan) = prepare().await;
    let begun = undisturbed.memory.faults.operations();
    go_on(&undisturbed, &scan).await.expect("nothing fails");
    let operations = undisturbed.memory.faults.operations() - begun;
    assert!(operations >= least, "a crash test with {operations} operations tests nothing");
    tidy_up(&undisturbed).await;
    let (items, blobs) = content(&undisturbed);

    for &fault in faults {
        for nth in 1..=operations {
            let (world, scan) = prepare().await;
            world.memory.faults.plan(nth, fault);
            let mut crashed = None;
            while let Err(error) = go_on(&world, &scan).await {
                crashed = Some(format!("{error:?}"));
                world.memory.faults.revive();
                world.queue.end_leases();
            }
            let case = format!("{fault:?} at operation {nth} of {operations}, which gave {crashed:?}");
            tidy_up(&world).await;
            let (is, is_blobs) = content(&world);
            assert_eq!(is_blobs, blobs, "{case}");
            let other = is.iter().zip(&items).find(|(item, expected)| item.key != expected.key);
            assert!(other.is_none() && is.len() == items.len(), "{case}: {other:?}");
            for (item, expected) in is.iter().zip(&items) {
                assert_eq!(item, expected, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_crash_at_any_operation_of_a_run_leaves_nothing_that_going_on_does_not_mend() {
    die_everywhere(prepared, go_on, (60, &[Fault::KillBefore, Fault::KillAfter, Fault::Conflict])).await;
}

/// A world in which a run goes on: one of its two tasks is done, the other one begun.
async fn half_done(overlap: Overlap) -> (World, String) {
    let world = World::new();
    let draft = ScanDraft { overlap, ..draft("192.0.2.0/23", "22,80") };
    let scan = world.scan_of(&draft).await;
    world.run(&scan, &before()).await;
    world.begin(&scan).await;
    world.one_task("agent-1", &site(), &after()).await.expect("a task");
    world.work().await.expect("the work is done");
    world.memory.clock.advance(60);
    (world, scan.id)
}

#[tokio::test]
async fn a_crash_while_one_run_takes_the_place_of_another() {
    die_everywhere(async || half_done(Overlap::Replace).await, go_on, (60, &DEATHS)).await;
}

#[tokio::test]
async fn a_crash_while_one_run_waits_for_another() {
    die_everywhere(async || half_done(Overlap::Queue).await, go_on, (60, &DEATHS)).await;
}

#[tokio::test]
async fn a_crash_while_a_run_is_left_out() {
    let skipped = async |world: &World, scan: &str| {
        let due = Due::At(world.memory.clock.now());
        world.service().begin_run(scan, &site(), &due).await.map(drop)
    };
    die_everywhere(async || half_done(Overlap::Skip).await, skipped, (5, &DEATHS)).await;
}

#[tokio::test]
async fn a_crash_while_a_run_is_cancelled_and_its_results_still_come() {
    let cancel = async |world: &World, scan: &str| {
        let app = world.memory.app();
        let filter = RunFilter { scan: Some(scan.to_owned()), ..RunFilter::default() };
        let run = app.run_list(&filter, NonZeroUsize::MIN, None).await?.runs.remove(0);
        let tasks = QueueName::Tasks(site());
        if let Some(body) = world.queue.bodies(&tasks).first() {
            let task: Task = serde_json::from_str(body).expect("a task");
            world.service().begin_task("slow", &task.run, task.number).await?;
            world.service().cancel_run(&run.id).await?;
            let said = note(&task, world.memory.clock.now().seconds());
            let envelope = seal(said, &scanned(&task, &after(), world).bytes());
            world.upload("slow", &task, envelope).await?;
            let delivery = world.queue.take(&tasks, 1).remove(0);
            world.queue.acknowledge(&tasks, &delivery.receipt).await.expect("it is acknowledged");
        }
        world.work().await
    };
    die_everywhere(async || half_done(Overlap::Skip).await, cancel, (25, &DEATHS)).await;
}

#[tokio::test]
async fn a_crash_while_the_sweep_closes_a_run() {
    let sweep = async |world: &World, _: &str| {
        let mut swept = world.service().sweep(world.memory.clock.now().shifted(3_600)).await;
        match swept.failures.pop() {
            Some(error) => Err(error),
            None => world.work().await,
        }
    };
    die_everywhere(async || half_done(Overlap::Skip).await, sweep, (20, &DEATHS)).await;
}

#[tokio::test]
async fn messages_that_come_twice_and_out_of_order_change_nothing() {
    let (undisturbed, scan) = prepared().await;
    go_on(&undisturbed, &scan).await.expect("nothing fails");

    let (world, scan) = prepared().await;
    let due = Due::At(world.memory.clock.now());
    for _ in 0..2 {
        world.service().begin_run(&scan, &site(), &due).await.expect("it begins");
    }
    let twice = |queues: &[QueueName]| queues.iter().for_each(|queue| world.queue.repeat_and_reverse(queue));
    let work = Work::ALL.map(QueueName::Work);
    twice(&work);
    world.work().await.expect("the work is done");
    twice(&[QueueName::Tasks(site())]);
    while world.one_task("agent-1", &site(), &after()).await.expect("a task") {}
    twice(&work);
    world.work().await.expect("the work is done");
    assert_eq!(content(&world).1, content(&undisturbed).1);
    let (is, expected) = (content(&world).0, content(&undisturbed).0);
    assert_eq!(is.len(), expected.len());
    for (item, expected) in is.iter().zip(&expected) {
        assert_eq!(item, expected);
    }
}
