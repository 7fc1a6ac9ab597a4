//! Many tasks, and many agents at once.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use portdelta_app::ports::{QueueName, Work};
use portdelta_core::run::RunOutcome;
use portdelta_protocol::agent::Task;
use portdelta_testkit::Fault;

use super::world::{Net, World};
use crate::store::site;

#[tokio::test]
async fn an_eight_of_65536_tasks_that_is_interrupted_sends_each_task() {
    let world = World::new();
    let scan = world.scan("10.0.0.0/8", "22").await;
    let due = portdelta_app::Due::Now("k".to_owned());
    world.service().begin_run(&scan.id, &site(), &due).await.expect("it begins");
    // The dispatcher dies again and again, at every place in a slice.
    let mut crashes = 0;
    loop {
        if crashes < 60 {
            world
                .memory
                .faults
                .plan(crashes % 17 + 1, if crashes % 2 == 0 { Fault::KillBefore } else { Fault::KillAfter });
            crashes += 1;
        }
        if world.work().await.is_ok() {
            break;
        }
        world.memory.faults.revive();
        world.queue.end_leases();
    }
    let run = world.memory.app().open_runs().await.expect("runs").pop().expect("it goes on");
    let bodies = world.queue.bodies(&QueueName::Tasks(site()));
    let mut numbers = BTreeSet::new();
    let mut addresses = 0_u64;
    for body in &bodies {
        let task: Task = serde_json::from_str(body).expect("a task");
        assert_eq!(task.run, run);
        if numbers.insert(task.number) {
            assert_eq!(task.targets.len(), 1);
            addresses += 256;
        }
    }
    assert_eq!((numbers.len(), numbers.last(), addresses), (65_536, Some(&65_535), 1 << 24));
    assert!(bodies.len() < 65_536 + 61 * 500, "{} messages", bodies.len());
    assert!(world.queue.bodies(&QueueName::Work(Work::Dispatch)).is_empty());
    let view = world.memory.app().run_view(&run).await.expect("readable").expect("it is there");
    assert_eq!(view.progress.map(|progress| (progress.total, progress.sent)), Some((65_536, 65_536)));
    // A few tasks are done, and the rest is cancelled: the report names what is missing and stays small.
    for _ in 0..10 {
        world.one_task("a", &site(), &Net::default()).await.expect("a task");
    }
    world.work().await.expect("the work is done");
    world.service().cancel_run(&run).await.expect("it is cancelled");
    let report = world.report(&run).await;
    assert_eq!((report.tasks.complete, report.missing.len()), (10, 100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_agents_finishing_at_once_lose_nothing() {
    let world = Arc::new(World::new());
    let scan = world.scan("10.0.0.0/20", "22,80").await;
    let hosts = |open: &[u16]| Net((0..16).map(|third| (format!("10.0.{third}.1"), open.to_vec())).collect());
    world.run(&scan, &hosts(&[22])).await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    let mut agents = Vec::new();
    for number in 0..8 {
        let (world, net) = (world.clone(), hosts(&[22, 80]));
        agents.push(tokio::spawn(async move {
            let agent = format!("agent-{number}");
            while world.one_task(&agent, &site(), &net).await.expect("a task") {
                world.work().await.expect("the work is done");
            }
        }));
    }
    for agent in agents {
        agent.await.expect("the agent ends");
    }
    world.work().await.expect("the work is done");
    let report = world.report(&run).await;
    assert_eq!((report.outcome, report.tasks.complete, report.counts.opened), (RunOutcome::Complete, 16, 16));
    assert_eq!(world.changes(&run).await.len(), 16);
    let app = world.memory.app();
    let (mut paged, mut after) = (0, None);
    loop {
        let limit = NonZeroUsize::MIN.saturating_add(2);
        let (deltas, next) = app.report_deltas(&run, limit, after).await.expect("readable");
        paged += deltas.len();
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, 16);
}
