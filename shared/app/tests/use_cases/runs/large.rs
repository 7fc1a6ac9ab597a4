//! Many tasks, and many agents at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::queue::Outgoing;
use portdelta_app::ports::{Clock, Queue, QueueName, Work};
use portdelta_app::repositories::{ScanDraft, TaskEnd};
use portdelta_app::{AppError, RunStage};
use portdelta_core::run::RunOutcome;
use portdelta_testkit::Fault;

use super::world::{Net, World, draft};
use crate::store::site;

fn waiting(world: &World) -> usize {
    world.queue.bodies(&QueueName::Tasks(site())).len()
}

/// Dispatcher, agents and ingest die again and again, at every place.
#[tokio::test]
async fn an_eight_of_65536_tasks_that_is_interrupted_does_each_task_once() {
    let world = World::new();
    let scan = world.scan("10.0.0.0/8", "22").await;
    let due = portdelta_app::Due::Now("k".to_owned());
    world.service().begin_run(&scan.id, &site(), &due).await.expect("it begins");
    let run = world.memory.app().open_runs().await.expect("runs").pop().expect("it goes on");
    let (mut crashes, mut most_waiting) = (0, 0);
    loop {
        if crashes < 200 {
            let fault = if crashes % 2 == 0 { Fault::KillBefore } else { Fault::KillAfter };
            world.memory.faults.plan(crashes * 37 % 6_000 + 1, fault);
            crashes += 1;
        }
        let went_well = async {
            loop {
                world.work().await?;
                most_waiting = most_waiting.max(waiting(&world));
                // The work is done by somebody else than the agents, and now and then.
                for done in 0..250 {
                    if !world.one_task("a", &site(), &Net::default()).await? {
                        if done == 0 {
                            return Ok::<_, AppError>(());
                        }
                        break;
                    }
                }
            }
        };
        if went_well.await.is_ok() {
            break;
        }
        world.memory.faults.revive();
        world.queue.end_leases();
    }
    // A slice that was sent twice is there twice.
    assert!((1_000..=2_000).contains(&most_waiting), "{most_waiting} tasks waited at once");
    let report = world.report(&run).await;
    assert_eq!(
        (report.outcome, report.tasks_total, report.tasks.complete),
        (RunOutcome::Complete, 65_536, 65_536)
    );
    assert_eq!((report.totals.coverage_percent, report.missing.len(), report.warnings.len()), (100, 0, 0));
    let app = world.memory.app();
    let (mut numbers, mut after) = (0, None);
    loop {
        let (marks, next) = app.task_marks(&run, after).await.expect("readable");
        for mark in marks {
            assert_eq!((mark.task, mark.end, mark.results.len()), (numbers, TaskEnd::Complete, 1));
            numbers += 1;
        }
        if next.is_none() {
            break;
        }
        after = next;
    }
    assert_eq!((numbers, app.task_counts(&run).await.expect("readable").complete), (65_536, 65_536));
    assert_eq!(app.late_marks(&run).await.expect("readable"), []);
}

#[tokio::test]
async fn a_large_run_keeps_no_small_one_waiting_and_is_soon_cancelled() {
    let world = World::new();
    let large = world.scan("10.0.0.0/8", "22").await;
    let small = world.scan_of(&ScanDraft { name: "DMZ".to_owned(), ..draft("192.0.2.0/24", "22") }).await;
    let run = world.begin(&large).await;
    assert_eq!(waiting(&world), 1_000);
    let hourly = world.begin(&small).await;
    for _ in 0..1_001 {
        assert!(world.one_task("a", &site(), &Net::default()).await.expect("a task"));
    }
    world.work().await.expect("the work is done");
    assert_eq!(world.report(&hourly).await.outcome, RunOutcome::Complete);
    // Those that were done asked for others.
    assert_eq!(waiting(&world), 1_000);
    let view = world.memory.app().run_view(&run).await.expect("readable").expect("it is there");
    assert_eq!(
        (view.stage, view.progress.map(|progress| progress.sent)),
        (RunStage::Dispatching, Some(2_000))
    );
    // Tasks that nobody can finish hold the others up for two minutes, not for ever.
    world.queue.bury(&QueueName::Tasks(site()));
    world.memory.clock.advance(120);
    world.service().dispatch_slice(&run).await.expect("it is looked at");
    assert_eq!(waiting(&world), 1_500);
    world.service().cancel_run(&run).await.expect("it is cancelled");
    world.agent("a", &Net::default()).await;
    assert_eq!(world.report(&run).await.tasks.complete, 1_000);
}

#[tokio::test]
async fn tasks_whose_messages_were_lost_are_sent_again() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/22", "22").await;
    let run = world.begin(&scan).await;
    for _ in 0..2 {
        world.one_task("a", &site(), &Net::default()).await.expect("a task");
    }
    world.work().await.expect("the work is done");
    let sweep = async |seconds: i64| {
        world.memory.clock.advance(seconds);
        world.service().sweep(world.memory.clock.now()).await
    };
    assert_eq!(sweep(700).await.resumed, [], "they wait");
    world.queue.lose(&QueueName::Tasks(site()));
    // What died on its way into the state has nothing to do with them.
    let ingest = QueueName::Work(Work::Ingest);
    let garbage = Outgoing { body: "{}".to_owned(), delay: Duration::ZERO };
    world.queue.send(&ingest, vec![garbage]).await.expect("it is sent");
    world.queue.bury(&ingest);
    assert_eq!(sweep(1).await.resumed, std::slice::from_ref(&run));
    assert_eq!(waiting(&world), 2, "those that are not done");
    world.queue.lose(&QueueName::Tasks(site()));
    assert_eq!(sweep(500).await.resumed, [], "patience");
    sweep(100).await;
    world.agent("a", &Net::default()).await;
    assert_eq!(world.report(&run).await.outcome, RunOutcome::Complete);
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
