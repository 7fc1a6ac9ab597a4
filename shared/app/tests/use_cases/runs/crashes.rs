//! A server that dies at any operation of a run, and messages that come twice and in any order.

use portdelta_app::ports::{BlobKey, Clock, Item, QueueName, Work};
use portdelta_app::{AppError, Due};
use portdelta_testkit::Fault;

use super::world::{Net, World};
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

#[tokio::test]
async fn a_crash_at_any_operation_of_a_run_leaves_nothing_that_going_on_does_not_mend() {
    let (undisturbed, scan) = prepared().await;
    let begun = undisturbed.memory.faults.operations();
    go_on(&undisturbed, &scan).await.expect("nothing fails");
    let operations = undisturbed.memory.faults.operations() - begun;
    assert!(operations > 60, "a crash test with {operations} operations tests nothing");
    let (items, blobs) = content(&undisturbed);

    for fault in [Fault::KillBefore, Fault::KillAfter, Fault::Conflict] {
        for nth in 1..=operations {
            let (world, scan) = prepared().await;
            world.memory.faults.plan(nth, fault);
            let mut crashed = None;
            while let Err(error) = go_on(&world, &scan).await {
                crashed = Some(format!("{error:?}"));
                world.memory.faults.revive();
                world.queue.end_leases();
            }
            let case = format!("{fault:?} at operation {nth} of {operations}, which gave {crashed:?}");
            let (is, is_blobs) = content(&world);
            assert_eq!(is_blobs, blobs, "{case}");
            let keys = |items: &[Item]| items.iter().map(|item| item.key.to_string()).collect::<Vec<_>>();
            assert_eq!(keys(&is), keys(&items), "{case}");
            for (item, expected) in is.iter().zip(&items) {
                assert_eq!(item, expected, "{case}");
            }
        }
    }
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
