//! What runs may change: no evidence, no change, from one site or two.

use portdelta_app::ports::Clock;
use portdelta_app::repositories::{ScanDraft, TaskEnd};
use portdelta_core::ids::SiteId;
use portdelta_core::run::RunOutcome;
use portdelta_testkit::NmapHost;

use super::world::{Net, World, draft, note, scanned};
use crate::store::{open_ports, site, told};
use portdelta_app::ports::{Queue, QueueName};
use portdelta_protocol::agent::{Begun, Task};
use portdelta_protocol::upload::seal;

#[tokio::test]
async fn half_the_tasks_never_come_and_nothing_closes() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23", "22,80").await;
    let net = Net::of(&[("192.0.2.1", &[22, 80]), ("192.0.3.1", &[22]), ("192.0.3.2", &[80])]);
    world.run(&scan, &net).await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    world.one_task("a", &site(), &Net::of(&[("192.0.2.1", &[22])])).await.expect("a task");
    world.work().await.expect("the work is done");
    world.memory.clock.advance(3_600);
    world.service().sweep(world.memory.clock.now()).await;
    let report = world.report(&run).await;
    assert_eq!((report.outcome, report.totals.coverage_percent), (RunOutcome::Partial, 50));
    assert_eq!(world.changes(&run).await, ["192.0.2.1 80/tcp port-closed"]);
    assert_eq!(report.missing.len(), 1);
    assert_eq!(report.missing[0].targets, "192.0.3.0-192.0.3.255");
    assert_eq!(open_ports(&world.memory.app(), "192.0.3.1").await, ["22/tcp"]);
    // The next whole run knows nothing of it.
    let whole = world.run(&scan, &net).await;
    assert_eq!(world.changes(&whole.run).await, ["192.0.2.1 80/tcp port-reopened"]);
}

#[tokio::test]
async fn a_report_names_the_agents_whose_results_it_is_from() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23", "22").await;
    let (roof, cellar) = (world.enrolled("roof", &site()).await, world.enrolled("cellar", &site()).await);
    world.enrolled("idle one", &site()).await;
    let net = Net::of(&[("192.0.2.1", &[22]), ("192.0.3.1", &[22])]);
    let run = world.begin(&scan).await;
    world.one_task(&roof, &site(), &net).await.expect("a task");
    world.agent(&cellar, &net).await;
    let report = world.report(&run).await;
    let names: Vec<_> = report.agents.iter().map(|agent| (agent.name.as_str(), &agent.id)).collect();
    assert_eq!(names, [("cellar", &cellar), ("roof", &roof)]);
    assert_eq!(portdelta_app::report_view(&report).agents, ["cellar", "roof"]);
}

async fn upload(
    world: &World,
    agent: &str,
    change: impl Fn(&Task, &mut portdelta_protocol::upload::UploadNote) -> Vec<u8>,
) {
    let queue = QueueName::Tasks(site());
    let delivery = world.queue.take(&queue, 1).pop().expect("a task waits");
    let task: Task = serde_json::from_str(&delivery.body).expect("a task");
    let begun = world.service().begin_task(agent, &task.run, task.number).await.expect("it begins");
    assert_eq!(begun, Begun::GoOn);
    let mut note = note(&task, world.memory.clock.now().seconds());
    let bytes = change(&task, &mut note);
    world.upload(agent, &task, seal(note, &bytes)).await.expect("it is stored");
    world.queue.acknowledge(&queue, &delivery.receipt).await.expect("it is acknowledged");
    world.work().await.expect("the work is done");
}

#[tokio::test]
async fn a_scan_that_was_cut_covers_only_whole_hosts_and_a_complete_one_takes_its_place() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22,80").await;
    let net = Net::of(&[("192.0.2.1", &[22, 80]), ("192.0.2.2", &[22])]);
    world.run(&scan, &net).await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    // It ends well by its own words, and the agent says that it was ended.
    upload(&world, "a", |task, note| {
        note.exit_code = None;
        note.cut = Some("deadline".to_owned());
        scanned(task, &Net::of(&[("192.0.2.1", &[22])]), &world).bytes()
    })
    .await;
    let report = world.report(&run).await;
    assert_eq!(report.outcome, RunOutcome::Partial);
    assert_eq!(world.changes(&run).await, ["192.0.2.1 80/tcp port-closed"], "192.0.2.2 did not go");
    let mark = world.memory.app().task_mark(&run, 0).await.expect("readable").expect("it is there");
    assert_eq!((mark.end, mark.covered), (TaskEnd::Partial, 1));
    assert!(report.warnings.iter().any(|(code, _)| code == "result_cut"), "{report:?}");
    assert!(report.totals.coverage_percent < 1, "{report:?}");

    // While a run is open, a complete result takes the place of a partial one, and all deltas stand.
    let both = ScanDraft { name: "Both".to_owned(), ..draft("198.51.100.0/24,192.0.2.0/24", "22,80") };
    let scan = world.scan_of(&both).await;
    world.run(&scan, &net).await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    let queue = QueueName::Tasks(site());
    world.queue.repeat_and_reverse(&queue);
    world.queue.end_leases();
    let of_office = |task: &Task| task.targets == ["192.0.2.0/24"];
    for cut in [true, false] {
        let deliveries = world.queue.take(&queue, 10);
        let delivery = deliveries
            .iter()
            .find(|delivery| of_office(&serde_json::from_str(&delivery.body).expect("a task")));
        let task: Task = serde_json::from_str(&delivery.expect("it waits").body).expect("a task");
        let agent = if cut { "a" } else { "b" };
        let begun = world.service().begin_task(agent, &run, task.number).await.expect("it begins");
        assert_eq!(begun, Begun::GoOn);
        let mut said = note(&task, world.memory.clock.now().seconds());
        said.exit_code = if cut { Some(1) } else { Some(0) };
        let text = if cut {
            scanned(&task, &Net::of(&[("192.0.2.1", &[22])]), &world).cut()
        } else {
            scanned(&task, &Net::of(&[("192.0.2.1", &[22])]), &world)
        };
        world.upload(agent, &task, seal(said, &text.bytes())).await.expect("it is stored");
        world.work().await.expect("the work is done");
        world.queue.end_leases();
        world.memory.clock.advance(30);
        if !cut {
            let done = world.service().begin_task("c", &run, task.number).await.expect("it answers");
            assert_eq!(done, Begun::Drop { reason: "done".to_owned() });
        }
    }
    world.agent("b", &net).await;
    let report = world.report(&run).await;
    assert_eq!((report.outcome, report.totals.coverage_percent), (RunOutcome::Complete, 100));
    assert_eq!(
        world.changes(&run).await,
        ["192.0.2.1 80/tcp port-closed", "192.0.2.2 22/tcp port-closed with its host", "192.0.2.2 host-gone"],
        "what both results found"
    );
}

#[tokio::test]
async fn two_sites_see_one_network_apart() {
    let world = World::new();
    let outside: SiteId = "outside".parse().expect("an id");
    let sites = vec![site(), outside.clone()];
    let scan = world.scan_of(&ScanDraft { sites, ..draft("192.0.2.0/24", "22,80") }).await;
    let (inner, outer) = (Net::of(&[("192.0.2.1", &[22, 80])]), Net::of(&[("192.0.2.1", &[80])]));
    for round in 0..2 {
        let (first, second) = (world.begin(&scan).await, world.begin_at(&scan, &outside).await);
        assert_ne!(first, second);
        world.memory.clock.advance(60);
        world.agent("inner", &inner).await;
        world.agent_at("outer", &outside, &outer).await;
        for run in [&first, &second] {
            let report = world.report(run).await;
            assert_eq!(
                (report.outcome, report.counts.score().value()),
                (RunOutcome::Complete, 100),
                "round {round}"
            );
        }
    }
    let app = world.memory.app();
    let ports = |site: SiteId| {
        let app = &app;
        async move {
            let host = app.host(&site, "192.0.2.1".parse().expect("an address")).await.expect("readable");
            host.expect("it is known").state.open_ports().count()
        }
    };
    assert_eq!((ports(site()).await, ports(outside).await), (2, 1));
}

#[tokio::test]
async fn a_skewed_clock_is_corrected_and_a_rebuild_judges_the_same() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22,80").await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    let lent = world.memory.clock.now();
    // The agent's clock is an hour ahead, and its times with it.
    let queue = QueueName::Tasks(site());
    let task: Task = serde_json::from_str(&world.queue.bodies(&queue)[0]).expect("a task");
    world.service().begin_task("a", &run, 0).await.expect("it begins");
    world.memory.clock.advance(3_600 + 20);
    let text = scanned(&task, &Net::of(&[("192.0.2.1", &[22])]), &world).text();
    world.memory.clock.advance(-3_600);
    let mut said = note(&task, world.memory.clock.now().seconds() + 3_600);
    said.clock_ahead = Some(3_600);
    world.upload("a", &task, seal(said, text.as_bytes())).await.expect("it is stored");
    world.work().await.expect("the work is done");
    let report = world.report(&run).await;
    assert!(
        report.warnings.iter().any(|(code, text)| code == "clock_skew" && text.contains("3600")),
        "{report:?}"
    );
    assert_eq!(report.outcome, RunOutcome::Complete);
    let app = world.memory.app();
    let mark = app.task_mark(&run, 0).await.expect("readable").expect("it is there");
    let record = app.result(&site(), mark.results[0]).await.expect("readable").expect("it is there");
    assert_eq!(
        (record.task.as_ref().map(|task| task.clock_ahead), record.received),
        (Some(3_600), lent.shifted(20))
    );
    let time = mark.batches[0].1.time;
    assert!(lent <= time && time <= lent.shifted(20), "{time:?}");

    let fresh = world.memory.beside();
    let rebuilt = app.rebuild(&fresh.app(), &|_, _| {}).await.expect("it is rebuilt");
    assert_eq!((rebuilt.results, rebuilt.withdrawn), (2, 0));
    let (before, after) = (told(world.memory.content().0), fresh.content().0);
    let keys = |items: &[portdelta_app::ports::Item]| {
        items.iter().map(|item| item.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(keys(&after), keys(&before));
    assert_eq!(after, before);
}

#[tokio::test]
async fn times_outside_of_the_task_are_moved_into_it() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22").await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    let lent = world.memory.clock.now();
    // Nobody knows of its skew: a day behind.
    upload(&world, "a", |task, note| {
        note.clock_ahead = None;
        let net = Net::of(&[("192.0.2.1", &[22])]);
        world.memory.clock.advance(-86_400);
        let bytes = scanned(task, &net, &world).bytes();
        world.memory.clock.advance(86_400 + 5);
        bytes
    })
    .await;
    let mark = world.memory.app().task_mark(&run, 0).await.expect("readable").expect("it is there");
    assert_eq!(mark.batches[0].1.time, lent);
    assert!(mark.warnings.iter().any(|(code, _)| code == "time_outside_task"), "{mark:?}");
}

#[tokio::test]
async fn a_run_that_says_nothing_about_a_host_is_partial() {
    for (host, warning) in [
        (NmapHost::up("192.0.2.2").timed_out(), "hosts_timed_out"),
        (NmapHost::down("192.0.2.2").because("net-unreach"), "hosts_unreached"),
    ] {
        let world = World::new();
        let scan = world.scan("192.0.2.0/24", "22,80").await;
        let net = Net::of(&[("192.0.2.1", &[22, 80]), ("192.0.2.2", &[22])]);
        world.run(&scan, &net).await;
        let run = world.begin(&scan).await;
        world.memory.clock.advance(60);
        upload(&world, "a", |task, _| {
            scanned(task, &Net::of(&[("192.0.2.1", &[22, 80])]), &world).host(host.clone()).bytes()
        })
        .await;
        let report = world.report(&run).await;
        assert_eq!((report.outcome, report.totals.coverage_percent), (RunOutcome::Partial, 99));
        assert!(report.warnings.iter().any(|(code, _)| code == warning), "{:?}", report.warnings);
        assert!(world.changes(&run).await.is_empty());
    }
}

#[tokio::test]
async fn ports_that_the_task_did_not_name_do_not_count() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22,80").await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    let run = world.begin(&scan).await;
    world.memory.clock.advance(60);
    // What was probed is what was asked for, and yet a host lists more.
    upload(&world, "a", |task, _| {
        let host =
            NmapHost::up("192.0.2.1").open(&[22, 3389]).port("udp", 80, "open", "").counted("closed", 1);
        scanned(task, &Net::default(), &world).host(host).bytes()
    })
    .await;
    let report = world.report(&run).await;
    assert!(report.warnings.iter().any(|(code, _)| code == "ports_outside_task"), "{:?}", report.warnings);
    assert_eq!(open_ports(&world.memory.app(), "192.0.2.1").await, ["22/tcp"]);
    assert_eq!(world.changes(&run).await, ["192.0.2.1 80/tcp port-closed"]);
}
