//! One run for each scan, site and time, with the scan as it was.

use std::num::NonZeroUsize;

use portdelta_app::ports::Clock;
use portdelta_app::ports::{QueueName, Work};
use portdelta_app::repositories::{ReportFilter, ScanDraft, ScanSchedule};
use portdelta_app::{Due, RunBegun, RunFilter, RunStage, WorkMessage};
use portdelta_core::run::RunOutcome;

use super::world::{Net, World, draft};
use crate::store::site;

fn office() -> Net {
    Net::of(&[("192.0.2.1", &[22, 80]), ("192.0.2.7", &[443]), ("192.0.3.9", &[22])])
}

#[tokio::test]
async fn a_first_run_is_complete_and_quiet_and_a_second_one_tells_what_changed() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23", "22,80,443").await;
    let first = world.run(&scan, &office()).await;
    assert_eq!(
        (first.outcome, first.tasks_total, first.totals.coverage_percent),
        (RunOutcome::Complete, 2, 100)
    );
    assert_eq!((first.score, first.totals.first_looks.hosts, first.totals.first_looks.ports), (100, 3, 4));
    assert!(first.totals.changes.is_empty() && first.warnings.is_empty(), "{first:?}");

    let mut net = office();
    net.0.insert("192.0.2.1".to_owned(), vec![22]);
    net.0.insert("192.0.2.9".to_owned(), vec![443]);
    net.0.remove("192.0.3.9");
    net.0.insert("192.0.3.1".to_owned(), vec![80]);
    let second = world.run(&scan, &net).await;
    assert_eq!(second.outcome, RunOutcome::Complete);
    assert_eq!(
        world.changes(&second.run).await,
        [
            "192.0.2.1 80/tcp port-closed",
            "192.0.2.9 443/tcp port-opened with its host",
            "192.0.2.9 host-new",
            "192.0.3.1 80/tcp port-opened with its host",
            "192.0.3.1 host-new",
            "192.0.3.9 22/tcp port-closed with its host",
            "192.0.3.9 host-gone",
        ]
    );
    assert_eq!((second.counts.opened, second.counts.new_hosts, second.score), (2, 2, 74));
    assert_eq!(second.totals.unchanged.ports, 2);

    let app = world.memory.app();
    let all = app.reports(&ReportFilter::default(), NonZeroUsize::MIN, None).await.expect("reports");
    assert_eq!(all.reports, std::slice::from_ref(&second));
    let rest = all.next.expect("there is another one");
    let rest = app.reports(&ReportFilter::default(), NonZeroUsize::MIN, Some(&rest)).await.expect("reports");
    assert_eq!((rest.reports, rest.next), (vec![first], None));
    let filter = ReportFilter {
        kind: Some("host-gone".to_owned()),
        scan: Some(scan.id.clone()),
        ..ReportFilter::default()
    };
    let filtered = app.reports(&filter, NonZeroUsize::MAX, None).await.expect("reports");
    assert_eq!(filtered.reports.len(), 1);
    let of_scan = RunFilter { scan: Some(scan.id), ..RunFilter::default() };
    for filter in [RunFilter::default(), of_scan] {
        let mut runs = Vec::new();
        let mut after = None;
        loop {
            let list = app.run_list(&filter, NonZeroUsize::MIN, after.as_deref()).await.expect("runs");
            runs.extend(list.runs);
            after = list.next;
            if after.is_none() {
                break;
            }
        }
        let ids: Vec<_> = runs.iter().map(|run| run.id.clone()).collect();
        assert_eq!(ids, [second.run.clone(), filtered_out(&ids, &second.run)], "{filter:?}");
    }
}

fn filtered_out(
    ids: &[portdelta_core::ids::RunId],
    known: &portdelta_core::ids::RunId,
) -> portdelta_core::ids::RunId {
    ids.iter().find(|id| *id != known).expect("another run").clone()
}

#[tokio::test]
async fn a_time_and_a_key_give_one_run_however_often_they_are_asked_for() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22").await;
    let service = world.service();
    let due = Due::At(world.memory.clock.now());
    let first = service.begin_run(&scan.id, &site(), &due).await.expect("it begins");
    world.memory.clock.advance(7);
    assert_eq!(service.begin_run(&scan.id, &site(), &due).await.expect("it is the same"), first);
    let RunBegun::Begun(run) = first else { panic!("{first:?}") };
    assert!(run.as_str().starts_with("20330518t033320-"), "{run}");
    world.agent("a", &office()).await;
    assert_eq!(
        service.begin_run(&scan.id, &site(), &due).await.expect("it is the same"),
        RunBegun::Begun(run)
    );
    let now = |key: &str| Due::Now(key.to_owned());
    let pressed = service.begin_run(&scan.id, &site(), &now("k-1")).await.expect("it begins");
    assert_eq!(service.begin_run(&scan.id, &site(), &now("k-1")).await.expect("it is the same"), pressed);
    assert_eq!(world.memory.app().open_runs().await.expect("runs").len(), 1);
    let error = service.begin_run(&scan.id, &site(), &now("")).await.expect_err("no key");
    assert_eq!(error.code(), "out_of_range");
}

#[tokio::test]
async fn an_edit_counts_from_the_next_run_on() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22,80").await;
    world.run(&scan, &office()).await;
    let running = world.begin(&scan).await;
    let service = world.service();
    let narrow = ScanDraft { ports: "22".to_owned(), ..scan.draft.clone() };
    let edited = service.edit_scan(&scan.id, scan.version, &narrow).await.expect("it is edited");
    let stale = service.edit_scan(&scan.id, scan.version, &narrow).await.expect_err("it was edited before");
    assert_eq!(stale.code(), "stale");
    world.memory.clock.advance(60);
    world.agent("a", &Net::of(&[("192.0.2.1", &[22])])).await;
    // The run that went on looked at both ports.
    assert_eq!(world.changes(&running).await, ["192.0.2.1 80/tcp port-closed", "192.0.2.7 host-gone"]);
    let narrower = world.run(&edited, &office()).await;
    // 80 is open again, and nobody looked.
    assert_eq!(world.changes(&narrower.run).await, ["192.0.2.7 host-back"]);
    assert_eq!(narrower.outcome, RunOutcome::Complete);
}

#[tokio::test]
async fn what_is_switched_off_does_not_run_and_says_so_to_people_only() {
    let world = World::new();
    let schedule = ScanSchedule {
        expression: "rate(1 hour)".to_owned(),
        time_zone: "UTC".to_owned(),
        spread_minutes: 0,
    };
    let scan = world.scan_of(&ScanDraft { schedule: Some(schedule), ..draft("192.0.2.0/24", "22") }).await;
    assert!(world.schedules.entries()[0].enabled);
    let service = world.service();
    service.pause_scan(&scan.id, true).await.expect("it is paused");
    assert!(!world.schedules.entries()[0].enabled);
    let at = Due::At(world.memory.clock.now());
    let skipped = service.begin_run(&scan.id, &site(), &at).await.expect("no error");
    assert!(matches!(&skipped, RunBegun::Skipped(note) if note.code == "scan.paused"), "{skipped:?}");
    // A person may run it all the same, until it is deactivated.
    let pressed = service.begin_run(&scan.id, &site(), &Due::Now("k".to_owned())).await;
    assert!(matches!(pressed, Ok(RunBegun::Begun(_))), "{pressed:?}");
    service.deactivate_scan(&scan.id, false).await.expect("it is deactivated");
    let refused =
        service.begin_run(&scan.id, &site(), &Due::Now("l".to_owned())).await.expect_err("it is off");
    assert_eq!(refused.code(), "scan.inactive");
    // A site that is off is news, once.
    service.deactivate_scan(&scan.id, true).await.expect("it is activated");
    service.pause_scan(&scan.id, false).await.expect("it is resumed");
    service.app().deactivate_site(&site()).await.expect("the site is deactivated");
    for _ in 0..2 {
        let skipped = service.begin_run(&scan.id, &site(), &at).await.expect("no error");
        assert!(matches!(&skipped, RunBegun::Skipped(note) if note.code == "site.inactive"), "{skipped:?}");
    }
    assert_eq!(service.app().scan_notes(&scan.id).await.expect("notes").len(), 1);
}

#[tokio::test]
async fn progress_is_seen_while_a_run_goes_on() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/23,198.51.100.0/23", "22").await;
    let run = world.begin(&scan).await;
    let view = |world: &World| {
        let (app, run) = (world.memory.app(), run.clone());
        async move { app.run_view(&run).await.expect("runs are readable").expect("there is one") }
    };
    assert_eq!(view(&world).await.stage, RunStage::Running);
    world.memory.clock.advance(100);
    world.one_task("a", &site(), &office()).await.expect("a task");
    world.work().await.expect("the work is done");
    let seen = view(&world).await;
    let progress = seen.progress.expect("it has tasks");
    assert_eq!((progress.total, progress.sent, progress.counts.complete, progress.percent), (4, 4, 1, 25));
    assert_eq!(progress.estimated_end, Some(world.memory.clock.now().shifted(300)));
    world.agent("a", &office()).await;
    assert_eq!(view(&world).await.stage.name(), "complete");
    let told = world.queue.bodies(&QueueName::Work(Work::Notify));
    assert!(told.is_empty() && world.memory.app().untold_runs().await.expect("runs").is_empty());
}

#[tokio::test]
async fn a_lost_message_is_sent_again_by_the_sweep() {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22").await;
    let service = world.service();
    let due = Due::At(world.memory.clock.now());
    service.begin_run(&scan.id, &site(), &due).await.expect("it begins");
    world.queue.lose(&QueueName::Work(Work::Dispatch));
    let swept = service.sweep(world.memory.clock.now()).await;
    assert!(swept.resumed.is_empty() && swept.failures.is_empty(), "{swept:?}");
    world.memory.clock.advance(121);
    assert_eq!(service.sweep(world.memory.clock.now()).await.resumed.len(), 1);
    world.work().await.expect("tasks are sent");
    assert!(world.one_task("a", &site(), &office()).await.expect("a task"));
    // The message about the upload is lost as well.
    world.queue.lose(&QueueName::Work(Work::Ingest));
    assert_eq!(service.sweep(world.memory.clock.now()).await.uploads, 0);
    world.memory.clock.advance(200);
    assert_eq!(service.sweep(world.memory.clock.now()).await.uploads, 1);
    // And that about the finished run.
    world.queue.lose(&QueueName::Work(Work::Notify));
    world.memory.clock.advance(301);
    let swept = service.sweep(world.memory.clock.now()).await;
    assert_eq!(swept.told.len(), 1);
    let told = world.queue.bodies(&QueueName::Work(Work::Notify));
    assert_eq!(told, [WorkMessage::RunFinished { run: swept.told[0].clone(), from: None }.to_string()]);
    world.work().await.expect("it is told");
    world.memory.clock.advance(301);
    assert!(service.sweep(world.memory.clock.now()).await.told.is_empty());
}
