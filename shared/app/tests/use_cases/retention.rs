//! Raw results go when somebody wants that, and nothing else does.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use portdelta_app::ports::{Action, Clock, Item, Key, Table};
use portdelta_app::repositories::Retention;
use portdelta_app::{App, Retired};
use portdelta_core::ids::SiteId;

use crate::runs::world::{Net, World};
use crate::store::{Memory, site};

const DAY: i64 = 86_400;

fn blobs(memory: &Memory) -> usize {
    memory.blobs.keys().iter().filter(|key| key.as_str().starts_with("results/")).count()
}

fn runs_of(days: u32) -> Retention {
    Retention { runs_days: Some(days), ..Retention::default() }
}

fn days(days: u32) -> Retention {
    Retention { results_days: Some(days), ..Retention::default() }
}

/// What would go, with time for all of it.
async fn previewed(app: &App, retention: Retention) -> Retired {
    let told = app.preview_retention(retention, &|| true).await.expect("it can be asked");
    assert!(!told.at_least, "there was time");
    told.retired
}

/// A world in which three runs were made, ten days apart; and the site.
async fn world() -> (World, SiteId) {
    let world = World::new();
    let scan = world.scan("192.0.2.1", "22,80").await;
    for open in [22, 80, 22] {
        world.run(&scan, &Net::of(&[("192.0.2.1", &[open])])).await;
        world.memory.clock.advance(10 * DAY);
    }
    (world, site())
}

async fn sweep(world: &World) -> u64 {
    let report = world.service().sweep(world.memory.clock.now()).await;
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    report.retired.results
}

#[tokio::test]
async fn everything_is_kept_until_somebody_says_otherwise() {
    let (world, _) = world().await;
    world.memory.clock.advance(10_000 * DAY);
    assert_eq!((sweep(&world).await, blobs(&world.memory)), (0, 3));
    let service = world.service();
    let app = service.app();
    assert_eq!(app.retention().await.expect("readable"), Retention::default());
    let nothing = previewed(app, Retention::default()).await;
    assert_eq!((nothing.before, nothing.results), (None, 0));
    for wrong in [0, 36_501] {
        let refused = app.set_retention(days(wrong), None).await;
        assert!(refused.is_err(), "{wrong} days");
    }
}

#[tokio::test]
async fn what_is_older_goes_and_all_that_was_learnt_from_it_stays() {
    let (world, site) = world().await;
    let service = world.service();
    let app = service.app();
    let before = app.results(&site).await.expect("they are listed");
    let told = previewed(app, days(15)).await;
    assert_eq!((told.results, blobs(&world.memory)), (2, 3), "a preview removes nothing");
    assert!(told.bytes > 0);
    app.set_retention(days(15), None).await.expect("it is well");
    assert_eq!((sweep(&world).await, blobs(&world.memory)), (2, 1));
    assert_eq!(sweep(&world).await, 0, "once a day");
    world.memory.clock.advance(DAY);
    assert_eq!((sweep(&world).await, blobs(&world.memory)), (0, 1), "what is gone is not found again");
    assert_eq!(app.results(&site).await.expect("they are listed"), before, "the records stay");
    let mut kept = 0;
    for record in &before {
        let found = app.provenance(&site, record.id).await.expect("readable").expect("it is known");
        assert_eq!(found.is_kept, world.memory.blobs.keys().contains(&found.object));
        kept += usize::from(found.is_kept);
    }
    assert_eq!(kept, 1);
    let many = std::num::NonZeroUsize::MAX;
    let reports = app.reports(&portdelta_app::repositories::ReportFilter::default(), many, None).await;
    assert_eq!(reports.expect("they are listed").reports.len(), 3);
    // The next run is compared with the same beliefs as if nothing had gone.
    let scan = app.scans().await.expect("they are listed").remove(0);
    let report = world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    assert_eq!(world.changes(&report.run).await, ["192.0.2.1 80/tcp port-reopened"]);
}

#[tokio::test]
async fn a_preview_counts_as_far_as_there_is_time() {
    let (world, _) = world().await;
    let service = world.service();
    let app = service.app();
    let both = Retention { results_days: Some(15), runs_days: Some(15) };
    let told = app.preview_retention(both, &|| false).await.expect("it can be asked");
    assert_eq!((told.retired.runs, told.at_least), (1, true));
    let whole = previewed(app, both).await;
    assert_eq!((whole.runs, whole.results), (2, 2));
    assert!(told.retired.results <= whole.results);
    // Raw results that went long ago take their time too.
    app.set_retention(days(15), None).await.expect("it is well");
    sweep(&world).await;
    let old = world.memory.table.items().into_iter().find(|item| item.text("raw") == Some("gone"));
    let old = old.expect("two went");
    let many = (0..250).map(|number| {
        let key = Key::new(old.key.partition.clone(), format!("{number:064x}"));
        Action::put(Item { key, ..old.clone() })
    });
    for some in many.collect::<Vec<_>>().chunks(50) {
        world.memory.table.transact(some.to_vec()).await.expect("they are put");
    }
    assert_eq!(previewed(app, days(1)).await.results, 1);
    let told = app.preview_retention(days(1), &|| false).await.expect("it can be asked");
    assert_eq!((told.retired.results, told.at_least), (0, true), "it is behind two pages of others");
}

#[tokio::test]
async fn a_pass_for_which_there_is_no_time_goes_on_where_it_stopped() {
    let (world, _) = world().await;
    let service = world.service();
    let both = Retention { results_days: Some(15), runs_days: Some(15) };
    service.app().set_retention(both, None).await.expect("it is well");
    let (mut runs, mut results, mut stops) = (0, 0, BTreeSet::new());
    for sweep in 0..200 {
        let left = AtomicU64::new(2 + sweep % 3);
        let goes_on =
            || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let report = service.sweep_while(world.memory.clock.now(), &goes_on).await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        runs += report.retired.runs;
        results += report.retired.results;
        let noted = world.memory.table.get(&Key::new("SWEEP", "retention")).await.expect("readable");
        stops.extend(
            noted.and_then(|item| {
                Some((item.text("site")?.to_owned(), item.text("result").map(str::to_owned)))
            }),
        );
    }
    assert_eq!((runs, results, blobs(&world.memory)), (2, 2, 1));
    assert!(!stops.is_empty(), "there was time for all of it");
}

#[tokio::test]
async fn a_rebuild_is_refused_when_results_are_gone() {
    let (world, _) = world().await;
    let service = world.service();
    let rebuilt = service.app().rebuild(&world.memory.beside().app(), &|_, _| {}).await;
    assert_eq!(rebuilt.expect("all are there").results, 3);
    service.app().set_retention(days(15), None).await.expect("it is well");
    sweep(&world).await;
    let refused = service.app().rebuild(&world.memory.beside().app(), &|_, _| {}).await;
    assert_eq!(refused.expect_err("they are gone").code(), "rebuild.results_gone");
}

/// All items whose keys say so, index keys too.
fn of_run(memory: &Memory, run: &portdelta_core::ids::RunId) -> Vec<String> {
    let is_of = |key: &portdelta_app::ports::Key| key.to_string().contains(run.as_str());
    let items = memory.table.items().into_iter();
    let items = items.filter(|item| is_of(&item.key) || item.index.as_ref().is_some_and(is_of));
    items.map(|item| item.key.to_string()).collect()
}

#[tokio::test]
async fn old_runs_go_with_their_deltas_and_what_is_believed_stays() {
    let (world, _) = world().await;
    let service = world.service();
    let app = service.app();
    let all = portdelta_app::repositories::ReportFilter::default();
    let many = std::num::NonZeroUsize::MAX;
    let runs: Vec<_> = app
        .reports(&all, many, None)
        .await
        .expect("listed")
        .reports
        .into_iter()
        .map(|report| report.run)
        .collect();
    let before = crate::store::open_ports(app, "192.0.2.1").await;
    app.set_retention(runs_of(15), None).await.expect("it is well");
    assert_eq!(app.retention().await.expect("readable"), runs_of(15));
    let untold = Item::new(Key::new("UNTOLD", runs[2].as_str()), Vec::new());
    world.memory.table.transact(vec![Action::put(untold)]).await.expect("it is noted");
    let told = previewed(app, runs_of(15)).await;
    assert_eq!((told.runs, told.results), (1, 0), "nobody was told of the other one yet");
    app.run_was_told(&runs[2]).await.expect("it is noted");
    let told = previewed(app, runs_of(15)).await;
    assert_eq!((told.runs, told.results), (2, 0));
    let swept = world.service().sweep(world.memory.clock.now()).await;
    assert!(swept.failures.is_empty(), "{:?}", swept.failures);
    assert_eq!((swept.retired.runs, swept.retired.results, blobs(&world.memory)), (2, 0, 3));
    let left = app.reports(&all, many, None).await.expect("listed").reports;
    assert_eq!(left.into_iter().map(|report| report.run).collect::<Vec<_>>(), runs[..1]);
    for run in &runs[1..] {
        // The records of their raw results name them.
        let left = of_run(&world.memory, run);
        assert!(left.iter().all(|key| key.starts_with("RESULT#")), "{left:?}");
    }
    assert_eq!(crate::store::open_ports(app, "192.0.2.1").await, before);
    // The next run is compared with the same beliefs, and a rebuild finds the same.
    let scan = app.scans().await.expect("they are listed").remove(0);
    let report = world.run(&scan, &Net::of(&[("192.0.2.1", &[22, 80])])).await;
    assert_eq!(world.changes(&report.run).await, ["192.0.2.1 80/tcp port-reopened"]);
    let beside = world.memory.beside();
    app.rebuild(&beside.app(), &|_, _| {}).await.expect("all raw results are there");
    assert_eq!(crate::store::open_ports(&beside.app(), "192.0.2.1").await, ["22/tcp", "80/tcp"]);
}

#[tokio::test]
async fn a_crash_while_an_old_run_goes_leaves_nothing_that_the_next_sweep_does_not_remove() {
    for at in 1.. {
        let (world, _) = world().await;
        let service = world.service();
        service.app().set_retention(runs_of(25), None).await.expect("it is well");
        let runs = service.app().open_runs().await.expect("listed");
        assert!(runs.is_empty());
        let oldest = {
            let filter = portdelta_app::repositories::ReportFilter::default();
            let reports = service.app().reports(&filter, std::num::NonZeroUsize::MAX, None).await;
            reports.expect("listed").reports.pop().expect("a report").run
        };
        world.memory.faults.plan(at, portdelta_testkit::Fault::KillBefore);
        let swept = world.service().sweep(world.memory.clock.now()).await;
        let died = !swept.failures.is_empty();
        world.memory.faults.revive();
        world.memory.clock.advance(DAY);
        world.service().sweep(world.memory.clock.now()).await;
        let left = of_run(&world.memory, &oldest);
        assert!(left.iter().all(|key| key.starts_with("RESULT#")), "{at}: {left:?}");
        if !died {
            break;
        }
    }
}
