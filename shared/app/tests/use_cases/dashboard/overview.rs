//! The first page: how everything is, what changed on each day, and what needs attention.

use portdelta_app::{AttentionKind, Overview};
use portdelta_core::watch::Severity;

use super::{Desk, midnight, scan, usual_site};
use crate::runs::world::{Net, World};

async fn overview(desk: &Desk) -> Overview {
    desk.service().app().overview().await.expect("it is readable")
}

/// What changed today, in words.
fn today(overview: &Overview) -> Vec<String> {
    let day = overview.changes.last().expect("today is there");
    day.changes.iter().map(|(kind, count)| format!("{count} {kind}")).collect()
}

#[tokio::test]
async fn an_empty_installation_says_what_to_do_first() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        let overview = overview(&desk).await;
        assert_eq!(overview.changes.len(), 30);
        assert_eq!(overview.changes[29].day, midnight(desk.service().app().now()));
        let kinds: Vec<_> = overview.attention.into_iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [AttentionKind::NoAgent, AttentionKind::NoScan]);
        assert_eq!((overview.reports, overview.runs.complete), (0, 0));
    }
}

#[tokio::test]
async fn changes_are_counted_once_on_the_day_of_the_report() {
    let world = World::new();
    let desk = Desk::on(&world.memory);
    let scan = world.scan("192.0.2.0/30", "20-30").await;
    world.run(&scan, &Net::of(&[("192.0.2.1", &[22])])).await;
    assert_eq!((today(&overview(&desk).await), overview(&desk).await.reports), (Vec::new(), 1));
    world.memory.clock.advance(600);
    let report = world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 23])])).await;
    // A run that ended ends no second time.
    let again = desk.service().cancel_run(&report.run).await;
    again.expect("it has ended");
    let known = overview(&desk).await;
    assert_eq!((today(&known), known.reports), (vec!["1 port-opened".to_owned()], 2));
    assert_eq!((known.runs.complete, known.runs.running), (2, 0));
    world.memory.clock.advance(86_400);
    let later = overview(&desk).await;
    assert!(today(&later).is_empty());
    assert_eq!(later.changes[28].changes.values().sum::<u64>(), 1);
    assert_eq!(later.runs.complete, 0);
    world.memory.clock.advance(31 * 86_400);
    assert!(overview(&desk).await.changes.iter().all(|day| day.changes.is_empty()));
}

#[tokio::test]
async fn what_is_imported_late_changed_on_the_day_on_which_it_was_scanned() {
    const DAY: i64 = 86_400;
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        desk.looked("first", 4 * DAY, scan(&[("192.0.2.1", &[22])])).await;
        desk.looked("second", 3 * DAY, scan(&[("192.0.2.1", &[22, 23])])).await;
        desk.looked("third", 40 * DAY, scan(&[("192.0.2.1", &[22, 24])])).await;
        // Twice is once.
        desk.looked("second", 3 * DAY, scan(&[("192.0.2.1", &[22, 23])])).await;
        let known = overview(&desk).await;
        let days: Vec<_> = (0..).zip(&known.changes).filter(|(_, day)| !day.changes.is_empty()).collect();
        assert_eq!(days.len(), 1, "{days:?}");
        assert_eq!((days[0].0, days[0].1.changes.get("port-opened")), (26, Some(&1)));
        assert_eq!(known.reports, 3);
    }
}

#[tokio::test]
async fn who_waits_for_an_agent_is_told_by_the_first_page() {
    let world = World::new();
    let desk = Desk::on(&world.memory);
    let scan = world.scan("192.0.2.0/30", "20-30").await;
    world.enrolled("agent-1", &usual_site()).await;
    let run = world.begin(&scan).await;
    let waiting = |known: &Overview| {
        let is_waiting = |one: &&portdelta_app::Attention| matches!(&one.kind, AttentionKind::UnattendedRun(id) if *id == run.to_string());
        known.attention.iter().find(is_waiting).map(|one| (one.severity, one.text.clone()))
    };
    assert_eq!(waiting(&overview(&desk).await), None, "an agent is there");
    world.memory.clock.advance(3_600);
    let (severity, text) = waiting(&overview(&desk).await).expect("nobody is there");
    assert_eq!(severity, Severity::High);
    assert!(text.contains("No agent of the site office is online"), "{text}");
}

#[tokio::test]
async fn a_run_of_several_files_adds_what_each_says_more() {
    for desk in [Desk::in_memory(), Desk::on_disk()] {
        desk.run("first", scan(&[("192.0.2.1", &[22])])).await;
        desk.result("second", scan(&[("192.0.2.1", &[22, 23])])).await;
        assert_eq!(today(&overview(&desk).await), ["1 port-opened"]);
        let third = scan(&[("192.0.2.1", &[22, 23, 24]), ("192.0.2.2", &[])]);
        desk.result("second", third).await;
        let known = overview(&desk).await;
        assert_eq!(today(&known), ["1 host-new", "2 port-opened"]);
        assert_eq!(known.reports, 2);
    }
}

#[tokio::test]
async fn what_is_most_urgent_comes_first() {
    let world = World::new();
    let desk = Desk::on(&world.memory);
    let scan = world.scan("192.0.2.0/30", "20-30,3389").await;
    let report = world.run(&scan, &Net::of(&[("192.0.2.1", &[22])])).await;
    desk.service().notify_run(&report.run).await.expect("everybody is told");
    world.memory.clock.advance(600);
    let report = world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 3389])])).await;
    desk.service().notify_run(&report.run).await.expect("everybody is told");
    let known = overview(&desk).await;
    let severities: Vec<_> = known.attention.iter().map(|one| one.severity).collect();
    assert!(severities.is_sorted_by(|one, other| one >= other), "{severities:?}");
    assert_eq!(known.attention[0].text, "3389/tcp (RDP) is open at 192.0.2.1");
    let count =
        |wanted| known.open_alerts.iter().find(|(severity, _)| *severity == wanted).map(|(_, count)| *count);
    assert_eq!((count(Severity::Critical), count(Severity::High)), (Some(1), Some(1)));
}
