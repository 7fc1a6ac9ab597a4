//! Tasks that no agent may or can do, agents that are shut out, and tasks that were given up.

use portdelta_app::UploadTaken;
use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::queue::QueueDepth;
use portdelta_app::ports::{Clock, Queue, QueueName};
use portdelta_app::repositories::ResultStatus;
use portdelta_core::ids::SiteId;
use portdelta_core::run::RunOutcome;
use portdelta_protocol::agent::{Begun, Status, Task};
use portdelta_protocol::upload::seal;
use portdelta_testkit::Fault;

use super::world::{Net, World, note, scanned, upload_key};
use crate::store::{open_ports, site};

fn office() -> Net {
    Net::of(&[("192.0.2.1", &[22]), ("192.0.3.1", &[22])])
}

/// What is wrong with the work itself just now.
async fn troubles(world: &World) -> Vec<String> {
    let page = world.memory.app().alerts(&AlertFilter::default(), std::num::NonZeroUsize::MAX, None).await;
    let subjects = page.expect("readable").alerts.into_iter().map(|alert| format!("{:?}", alert.subject));
    subjects.filter(|subject| subject.starts_with("Trouble")).collect()
}

#[tokio::test]
async fn what_every_agent_refuses_is_named_and_not_waited_for() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23", "22").await;
    let (first, second) = (world.enrolled("one", &site()).await, world.enrolled("second", &site()).await);
    let run = world.begin(&scan).await;
    let service = world.service();
    let refuse = async |agent: &str, task: u32| {
        let outcome = service.refuse_task(agent, &run, task, "target_not_allowed", "not my range").await;
        outcome.expect("it is noted");
    };
    refuse(&first, 1).await;
    refuse(&first, 1).await;
    assert_eq!(service.app().task_mark(&run, 1).await.expect("readable"), None, "another one may do it");
    refuse(&second, 1).await;
    let begun = service.begin_task(&first, &run, 1).await.expect("it answers");
    assert_eq!(begun, Begun::Drop { reason: "done".to_owned() });
    world.agent(&first, &office()).await;
    let report = world.report(&run).await;
    assert_eq!((report.outcome, report.tasks.unscannable), (RunOutcome::Partial, 1));
    assert_eq!(report.totals.coverage_percent, 50);
    assert_eq!(report.missing.len(), 1);
    assert_eq!(report.missing[0].targets, "192.0.3.0-192.0.3.255");
    assert_eq!(report.missing[0].reasons, ["agent one: not my range", "agent second: not my range"]);
    assert!(report.warnings.iter().any(|(code, _)| code == "tasks_unscannable"), "{report:?}");
}

#[tokio::test]
async fn the_agent_that_did_not_refuse_may_go_away() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22").await;
    let (first, second) = (world.enrolled("one", &site()).await, world.enrolled("second", &site()).await);
    let run = world.begin(&scan).await;
    let service = world.service();
    service.refuse_task(&first, &run, 0, "needs_root", "no").await.expect("it is noted");
    service.sweep(world.memory.clock.now()).await;
    assert!(service.app().report(&run).await.expect("readable").is_none());
    service.app().revoke_agent(&second).await.expect("it is revoked");
    service.sweep(world.memory.clock.now()).await;
    assert_eq!(world.report(&run).await.outcome, RunOutcome::Expired);
}

#[tokio::test]
async fn foreign_and_revoked_agents_get_nothing_and_bring_nothing() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22").await;
    let branch: SiteId = "branch".parse().expect("an id");
    let service = world.service();
    service.app().create_site(branch.clone(), "", "").await.expect("it is new");
    let (ours, theirs) = (world.enrolled("ours", &site()).await, world.enrolled("theirs", &branch).await);
    let run = world.begin(&scan).await;
    let foreign = Begun::Drop { reason: "foreign".to_owned() };
    assert_eq!(service.begin_task(&theirs, &run, 0).await.expect("it answers"), foreign);
    assert_eq!(service.begin_task(&ours, &run, 0).await.expect("it answers"), Begun::GoOn);
    service.app().revoke_agent(&ours).await.expect("it is revoked");
    assert_eq!(service.begin_task(&ours, &run, 0).await.expect("it answers"), foreign);
    let task: Task = serde_json::from_str(&world.queue.bodies(&QueueName::Tasks(site()))[0]).expect("a task");
    let text = scanned(&task, &office(), &world).bytes();
    for (agent, code) in [(&ours, "upload.agent_revoked"), (&theirs, "upload.foreign_task")] {
        let envelope = seal(note(&task, world.memory.clock.now().seconds()), &text);
        let key = upload_key(agent, &task, &envelope);
        world.upload(agent, &task, envelope).await.expect("it is stored");
        let taken = service.take_upload(&key).await.expect("it is taken");
        assert!(matches!(&taken, UploadTaken::Refused(refused) if refused.code == code), "{taken:?}");
    }
    assert_eq!(open_ports(service.app(), "192.0.2.1").await, Vec::<String>::new());
}

/// Whatever was done when the server died, and the agent was revoked then: all of its result counts, or nothing.
#[tokio::test]
async fn an_agent_that_is_revoked_after_a_crash_leaves_nothing_half_applied() {
    let (mut whole, mut nothing) = (0, 0);
    for operation in 1.. {
        let world = World::new();
        let scan = world.scan("192.0.2.0/24", "22").await;
        let agent = world.enrolled("one", &site()).await;
        let run = world.begin(&scan).await;
        world.one_task(&agent, &site(), &office()).await.expect("the task is done");
        world.memory.faults.plan(operation, Fault::KillAfter);
        let died = world.work().await.is_err();
        world.memory.faults.revive();
        if !died {
            break;
        }
        let service = world.service();
        service.app().revoke_agent(&agent).await.expect("it is revoked");
        world.queue.end_leases();
        world.work().await.expect("the work is done");
        let results = service.app().results(&site()).await.expect("results");
        assert!(
            results.iter().all(|result| result.status != ResultStatus::Stored),
            "{operation}: {results:?}"
        );
        let open = open_ports(service.app(), "192.0.2.1").await;
        let marked = service.app().task_mark(&run, 0).await.expect("readable").is_some();
        assert_eq!((marked, results.len()), (!open.is_empty(), usize::from(marked)), "{operation}");
        *if marked { &mut whole } else { &mut nothing } += 1;
    }
    assert!(whole > 3 && nothing > 3, "{whole} {nothing}");
}

#[tokio::test]
async fn a_task_that_nobody_began_or_that_was_refused_is_given_back_and_one_that_kills_is_told_of() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22").await;
    let (first, second) = (world.enrolled("one", &site()).await, world.enrolled("second", &site()).await);
    let run = world.begin(&scan).await;
    let tasks = QueueName::Tasks(site());
    let service = world.service();
    // Agents that could not say that they begin, as the server was in trouble, used up its deliveries.
    world.queue.bury(&tasks);
    service.sweep(world.memory.clock.now()).await;
    assert_eq!(troubles(&world).await, Vec::<String>::new());
    let depth = world.queue.depth(&tasks).await.expect("a queue");
    assert_eq!(depth, QueueDepth { waiting: 1, ..QueueDepth::default() });
    service.begin_task(&first, &run, 0).await.expect("it begins");
    world.queue.bury(&tasks);
    service.sweep(world.memory.clock.now()).await;
    assert!(troubles(&world).await.iter().any(|trouble| trouble.contains("DeadLetter")));
    service.refuse_task(&first, &run, 0, "target_not_allowed", "not mine").await.expect("it is noted");
    service.sweep(world.memory.clock.now()).await;
    world.agent(&second, &office()).await;
    assert_eq!(world.report(&run).await.outcome, RunOutcome::Complete);
    service.sweep(world.memory.clock.now()).await;
    assert_eq!(troubles(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_silent_agent_is_told_of_until_it_speaks() {
    let world = World::new();
    world.scan("192.0.2.0/24", "22").await;
    let agent = world.enrolled("one", &site()).await;
    let service = world.service();
    world.memory.clock.advance(599);
    service.sweep(world.memory.clock.now()).await;
    assert_eq!(troubles(&world).await.len(), 0);
    world.memory.clock.advance(2);
    for _ in 0..2 {
        service.sweep(world.memory.clock.now()).await;
        assert_eq!(troubles(&world).await.len(), 1);
    }
    service.app().note_status(&agent, &Status::default()).await.expect("it is heard");
    service.sweep(world.memory.clock.now()).await;
    assert_eq!(troubles(&world).await.len(), 0);
}
