//! What is cleaned up is as if nothing had ever looked there, whatever comes afterwards.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use portdelta_app::ports::{Clock, Item};
use portdelta_app::repositories::{
    CleanUp, CleanUpCounts, CleanUpScope, HostNote, NetworkDraft, ReportFilter,
};
use portdelta_app::{App, AppError, CleanUpDraft, CleanUpPreview, HistoryFilter, IngestReport};
use portdelta_testkit::{Fault, NmapHost, NmapText};

use crate::alerts::office::Office;
use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::moving::{all, exported, import};
use crate::runs::world::{Net, World};
use crate::store::{
    Memory, batches, changes, damped, ingest, of_run, open_ports, scan, site, state, told, upload,
};

/// Two addresses at a time, with what is open there; one that is down has nothing.
fn office(seconds: i64, first: Option<&[u16]>, second: Option<&[u16]>) -> NmapText {
    let scan = NmapText::of("-sT -p20-30 192.0.2.1-2").at(seconds).tcp("20-30").of_total(2);
    [("192.0.2.1", first), ("192.0.2.2", second)].into_iter().fold(scan, |scan, (address, open)| match open {
        Some(open) => scan.host(NmapHost::up(address).open(open)),
        None => scan,
    })
}

/// What scans begin at that begin after everything that was cleaned up.
const AFTERWARDS: i64 = 2_000_000;

fn draft(targets: &str) -> CleanUpDraft {
    CleanUpDraft { site: site(), network: None, targets: Some(targets.to_owned()) }
}

fn whole_site() -> CleanUpDraft {
    CleanUpDraft { site: site(), network: None, targets: None }
}

/// What a request does: the mark, and a first slice.
async fn clean_up(app: &App, draft: &CleanUpDraft) -> Result<CleanUp, AppError> {
    let mut clean_up = app.begin_clean_up(draft, "user anna").await?;
    app.clean_first_slice(&mut clean_up, &|| true).await?;
    Ok(clean_up)
}

async fn preview(app: &App, draft: &CleanUpDraft) -> Result<CleanUpPreview, AppError> {
    app.preview_clean_up(draft, &|| true).await
}

async fn clean(app: &App, draft: &CleanUpDraft) -> CleanUp {
    clean_up(app, draft).await.expect("it is cleaned up")
}

/// A store in which both addresses were up, and 25 opened at both.
async fn prepared() -> Memory {
    let memory = Memory::new();
    let app = memory.app();
    scan(&app, &office(0, Some(&[22]), Some(&[22]))).await;
    scan(&app, &office(1_000, Some(&[22, 25]), Some(&[22, 25]))).await;
    let note = HostNote { owner: "anna".to_owned(), ..HostNote::default() };
    for address in ["192.0.2.1", "192.0.2.2"] {
        let address = address.parse().expect("an address");
        app.set_host_note(&site(), address, &note, 0).await.expect("it is noted");
    }
    memory
}

fn later(memory: &Memory) {
    memory.clock.advance(2_000_000);
}

async fn noted(app: &App) -> Vec<String> {
    let all = ("0.0.0.0".parse().expect("an address"), "255.255.255.255".parse().expect("an address"));
    let notes = app.host_notes(&site(), all).await.expect("notes are readable");
    notes.into_keys().map(|address| address.to_string()).collect()
}

/// The addresses of all deltas and first looks.
async fn told_of(app: &App) -> BTreeSet<String> {
    let deltas = batches(app).await.into_iter().flat_map(|batch| batch.deltas);
    deltas.map(|delta| delta.address.to_string()).collect()
}

fn first_looks(report: &IngestReport) -> Vec<String> {
    let looks = report.deltas.iter().filter(|delta| delta.first_look && delta.port.is_some());
    looks.map(|delta| format!("{} {}", delta.address, delta.port.expect("a port"))).collect()
}

fn warns(report: &IngestReport) -> bool {
    let portdelta_app::repositories::ResultStatus::Applied(applied) = &report.record.status else {
        panic!("{report:?}")
    };
    applied.warnings.iter().any(|(code, _)| code == "cleaned_up")
}

/// What is believed and was reported, and what was cleaned up.
fn believed(items: Vec<Item>) -> Vec<Item> {
    let is_state = |item: &Item| {
        ["SITE#", "BLK#", "FORGOTTEN"].iter().any(|family| item.key.partition.starts_with(family))
    };
    told(items).into_iter().filter(|item| is_state(item) && !item.key.sort.starts_with("SCOPE#")).collect()
}

#[tokio::test]
async fn a_preview_counts_and_removes_nothing() {
    let memory = prepared().await;
    let app = memory.app();
    let before = memory.content();
    let one = preview(&app, &draft("192.0.2.1")).await.expect("it can be asked");
    // Up and 22 at first look, then 25 opened.
    let counts = CleanUpCounts { hosts: 1, open_ports: 2, deltas: 3, notes: 1, ..CleanUpCounts::default() };
    assert_eq!((one.counts, one.at_least), (counts, false));
    let all = preview(&app, &whole_site()).await.expect("it can be asked");
    assert_eq!((all.counts.hosts, all.counts.deltas, all.counts.results, all.counts.runs), (2, 6, 2, 2));
    assert!(all.counts.bytes > 0);
    assert_eq!(memory.content(), before, "asking removes nothing");
    assert_eq!(clean(&app, &draft("192.0.2.1")).await.removed, counts, "what was said is what goes");
}

#[tokio::test]
async fn the_next_scan_of_a_cleaned_address_is_a_first_look_and_others_go_on() {
    let memory = prepared().await;
    let app = memory.app();
    let done = clean(&app, &draft("192.0.2.1, 198.51.100.0/24")).await;
    assert!(done.is_done());
    assert_eq!(done.scope, CleanUpScope::Addresses);
    assert_eq!(
        app.host(&site(), "192.0.2.1".parse().expect("an address")).await.expect("readable").map(drop),
        None
    );
    assert_eq!(open_ports(&app, "192.0.2.2").await, ["22/tcp", "25/tcp"]);
    assert_eq!(told_of(&app).await, BTreeSet::from(["192.0.2.2".to_owned()]));
    assert_eq!(noted(&app).await, ["192.0.2.2"]);
    let covered = state(&app).await.layers.newest_first().iter().all(|layer| !layer.hosts.contains(1));
    assert!(covered, "nothing looked at it");

    later(&memory);
    let report = scan(&app, &office(AFTERWARDS, Some(&[22, 30]), Some(&[22]))).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.2 25/tcp port-closed"]);
    assert_eq!(first_looks(&report), ["192.0.2.1 22/tcp", "192.0.2.1 30/tcp"]);
    assert!(!warns(&report));
    // From there on it is an address like any other.
    let report = scan(&app, &office(AFTERWARDS + 100, Some(&[22]), None)).await;
    assert_eq!(
        changes(&report.deltas),
        ["192.0.2.1 30/tcp port-closed", "192.0.2.2 22/tcp port-closed with its host", "192.0.2.2 host-gone"]
    );
}

#[tokio::test]
async fn a_cleaned_host_that_is_gone_by_then_is_no_news() {
    let memory = prepared().await;
    let app = memory.app();
    clean(&app, &draft("192.0.2.0/24")).await;
    assert!(app.heads(&site()).await.expect("readable").is_empty(), "nothing is known of the block");
    later(&memory);
    let report = scan(&app, &office(AFTERWARDS, None, Some(&[22]))).await;
    assert_eq!(changes(&report.deltas), [""; 0]);
    // The scan looked, and so the next one can tell.
    let report = scan(&app, &office(AFTERWARDS + 100, Some(&[22]), Some(&[22]))).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 22/tcp port-opened with its host", "192.0.2.1 host-new"]);
}

#[tokio::test]
async fn what_a_scan_saw_before_does_not_come_back_late_or_twice() {
    let memory = prepared().await;
    let app = memory.app();
    let mark = clean(&app, &draft("192.0.2.1")).await;
    let before = believed(memory.table.items());
    let seconds = mark.at.seconds() - NmapText::BEGINNING;
    memory.clock.advance(500);
    // Again; late; begun before and ended after; begun in the same second.
    let twice = scan(&app, &office(1_000, Some(&[22, 25]), Some(&[22, 25]))).await;
    assert!(twice.repeated);
    assert_eq!(believed(memory.table.items()), before);
    for (number, (start, lasting)) in [(500, 10), (seconds - 10, 100), (seconds, 200)].into_iter().enumerate()
    {
        let text = office(start, Some(&[22, 25, 29]), Some(&[22, 25])).lasting(lasting);
        let late = scan(&app, &text).await;
        assert_eq!(changes(&late.deltas), [""; 0], "{number}");
        assert!(warns(&late), "{number}: {late:?}");
        assert_eq!(open_ports(&app, "192.0.2.1").await, [""; 0], "{number}");
        assert_eq!(told_of(&app).await, BTreeSet::from(["192.0.2.2".to_owned()]), "{number}");
    }
    // A second later is afterwards.
    let next = scan(&app, &office(seconds + 1, Some(&[22]), Some(&[22, 25])).lasting(300)).await;
    assert_eq!((first_looks(&next), warns(&next)), (vec!["192.0.2.1 22/tcp".to_owned()], false));
}

#[tokio::test]
async fn what_waited_for_more_results_waits_no_more() {
    let memory = Memory::new();
    let app = memory.app();
    let damped = |text: NmapText, run: &str| of_run(damped(upload(text.bytes()), 2, 2), run);
    ingest(&app, damped(office(0, Some(&[22]), Some(&[22])), "one")).await;
    ingest(&app, damped(office(1_000, Some(&[22, 25]), Some(&[22])), "two")).await;
    assert!(state(&app).await.is_pending());
    clean(&app, &draft("192.0.2.1")).await;
    assert!(!state(&app).await.is_pending());
    later(&memory);
    let report = ingest(&app, damped(office(AFTERWARDS, Some(&[25]), Some(&[22])), "three")).await;
    assert_eq!(
        (changes(&report.deltas), first_looks(&report)),
        (vec![], vec!["192.0.2.1 25/tcp".to_owned()])
    );
}

#[tokio::test]
async fn a_rebuild_gives_the_same_as_now() {
    let memory = prepared().await;
    let app = memory.app();
    memory.clock.advance(100);
    clean(&app, &draft("192.0.2.1")).await;
    memory.clock.advance(100);
    scan(&app, &office(500, Some(&[22, 29]), Some(&[22, 25]))).await;
    later(&memory);
    scan(&app, &office(AFTERWARDS, Some(&[22, 30]), Some(&[22]))).await;
    memory.clock.advance(100);
    clean(&app, &draft("192.0.2.2")).await;
    memory.clock.advance(10_000);
    scan(&app, &office(AFTERWARDS + 5_000, Some(&[22]), Some(&[30]))).await;
    memory.clock.advance(100);
    let target = memory.beside();
    let report = app.rebuild(&target.app(), &|_, _| {}).await.expect("the rebuild goes through");
    assert_eq!((report.results, report.withdrawn), (5, 0));
    // The late result came in order this time; what is known by it is the same.
    let (now, anew) = (state(&app).await, state(&target.app()).await);
    assert_eq!((&anew.hosts, &anew.lenses), (&now.hosts, &now.lenses));
    let layers = |state: &portdelta_core::state::BlockState| -> Vec<_> {
        let layers = state.layers.newest_first().iter();
        layers.map(|layer| (layer.order, layer.hosts, layer.scope.clone(), layer.status)).collect()
    };
    assert_eq!(layers(&anew), layers(&now));
    assert_eq!(batches(&target.app()).await, batches(&app).await);
    let marks = |memory: &Memory| -> Vec<Item> {
        memory.table.items().into_iter().filter(|item| item.key.partition == "FORGOTTEN").collect()
    };
    assert_eq!((marks(&target), marks(&memory).len()), (marks(&memory), 1));
    // And what comes late afterwards is as late there.
    let late = scan(&target.app(), &office(600, Some(&[28]), Some(&[22, 25]))).await;
    assert!(warns(&late) && open_ports(&target.app(), "192.0.2.1").await == ["22/tcp"]);
}

#[tokio::test]
async fn a_rebuild_of_what_came_in_order_gives_the_same_items() {
    let memory = prepared().await;
    let app = memory.app();
    memory.clock.advance(100);
    clean(&app, &draft("192.0.2.1")).await;
    later(&memory);
    scan(&app, &office(AFTERWARDS, Some(&[22, 30]), Some(&[22]))).await;
    let target = memory.beside();
    app.rebuild(&target.app(), &|_, _| {}).await.expect("the rebuild goes through");
    // How often an item was written is no part of what it says.
    let plain = |memory: &Memory| {
        let mut items = believed(memory.table.items());
        for item in &mut items {
            item.attributes.remove("version");
        }
        items
    };
    assert_eq!(plain(&target), plain(&memory));
}

#[tokio::test]
async fn a_crash_at_any_operation_leaves_nothing_that_the_sweep_does_not_mend() {
    let undisturbed = prepared().await;
    let begun = undisturbed.faults.operations();
    clean(&undisturbed.app(), &draft("192.0.2.1")).await;
    let operations = undisturbed.faults.operations() - begun;
    assert!(operations > 15, "a crash test with {operations} operations tests nothing");
    let expected = settled(&undisturbed).await;
    for fault in [Fault::KillBefore, Fault::KillAfter, Fault::Before, Fault::After, Fault::Conflict] {
        for nth in 1..=operations {
            let memory = prepared().await;
            memory.faults.plan(nth, fault);
            let crashed = clean_up(&memory.app(), &draft("192.0.2.1")).await;
            memory.faults.revive();
            let case = format!("{fault:?} at operation {nth} of {operations}, which gave {crashed:?}");
            if memory.app().clean_ups().await.expect("they are listed").is_empty() {
                clean(&memory.app(), &draft("192.0.2.1")).await;
            }
            assert_eq!(settled(&memory).await, expected, "{case}");
        }
    }
}

/// Everything when the sweep has done all, but for what was counted.
async fn settled(memory: &Memory) -> Vec<Item> {
    let world = World::over(memory);
    for _ in 0..2 {
        memory.clock.advance(600);
        let report = world.service().sweep(memory.clock.now()).await;
        assert!(report.failures.is_empty(), "{:?}", report.failures);
    }
    let open: Vec<_> = memory.app().clean_ups().await.expect("they are listed");
    assert!(open.iter().all(CleanUp::is_done), "{open:?}");
    let is_kept = |item: &Item| !["CLEANUPS", "SWEEP"].contains(&item.key.partition.as_str());
    memory.table.items().into_iter().filter(is_kept).collect()
}

#[tokio::test]
async fn what_comes_while_it_is_cleaned_up_counts() {
    // The process dies right after the mark; before anybody goes on, the next scan comes in.
    let memory = prepared().await;
    let stale = memory.app();
    memory.faults.plan(4, Fault::KillBefore);
    let died = clean_up(&memory.app(), &draft("192.0.2.1")).await;
    memory.faults.revive();
    let marked = memory.app().clean_ups().await.expect("they are listed");
    assert!(died.is_err() && marked.len() == 1 && !marked[0].is_done(), "{died:?} {marked:?}");
    later(&memory);
    let report = scan(&stale, &office(AFTERWARDS, Some(&[22, 30]), Some(&[22, 25]))).await;
    assert_eq!((changes(&report.deltas), first_looks(&report).len()), (vec![], 2));
    settled(&memory).await;
    assert_eq!(open_ports(&stale, "192.0.2.1").await, ["22/tcp", "30/tcp"]);
    let address = "192.0.2.1".parse().expect("an address");
    let history = stale.history(&site(), address, &HistoryFilter::default()).await.expect("readable");
    assert!(history.len() == 3 && history.iter().all(|entry| entry.delta.first_look), "{history:?}");
    let report = scan(&stale, &office(AFTERWARDS + 100, Some(&[22]), Some(&[22, 25]))).await;
    assert_eq!(changes(&report.deltas), ["192.0.2.1 30/tcp port-closed"]);
}

#[tokio::test]
async fn a_large_site_goes_in_slices() {
    let memory = Memory::new();
    let app = memory.app();
    let wide = NmapText::of("-sT -p20-30 10.0-1.0-199.1").tcp("20-30").of_total(400);
    let wide = (0..400).fold(wide, |scan, number| {
        scan.host(NmapHost::up(&format!("10.{}.{}.1", number / 200, number % 200)).open(&[22]))
    });
    scan(&app, &wide).await;
    let told = preview(&app, &whole_site()).await.expect("it can be asked");
    assert_eq!((told.counts.hosts, told.counts.open_ports, told.at_least), (400, 400, false));
    let begun = clean(&app, &whole_site()).await;
    assert!(
        !begun.is_done() && begun.removed.hosts > 100 && begun.removed.hosts < 400,
        "{:?}",
        begun.removed
    );
    // Whatever is left is marked already.
    let late = scan(&app, &wide.at(-1_000)).await;
    assert!(warns(&late), "{late:?}");
    settled(&memory).await;
    let done = app.clean_up_of(&begun.id).await.expect("readable").expect("it is remembered");
    assert_eq!((done.removed.hosts, done.removed.results, done.removed.runs), (400, 2, 2));
    assert!(app.heads(&site()).await.expect("readable").is_empty());
}

#[tokio::test]
async fn of_a_whole_site_only_what_people_set_up_stays() {
    let world = World::new();
    let saved = world.scan("192.0.2.1-2", "22,80").await;
    for open in [22, 80] {
        world.run(&saved, &Net::of(&[("192.0.2.1", &[open])])).await;
        world.memory.clock.advance(600);
    }
    let service = world.service();
    let app = service.app();
    for run in app.untold_runs().await.expect("listed") {
        app.run_was_told(&run).await.expect("it is noted");
    }
    let other = "elsewhere".parse().expect("a site");
    ingest(app, portdelta_app::Upload { site: other, ..upload(office(0, Some(&[22]), None).bytes()) }).await;
    let told = preview(app, &whole_site()).await.expect("it can be asked").counts;
    assert_eq!((told.hosts, told.runs, told.results), (1, 2, 2));
    clean(app, &whole_site()).await;
    settled(&world.memory).await;
    assert_eq!(preview(app, &whole_site()).await.expect("it can be asked").counts, CleanUpCounts::default());
    let sites: Vec<_> = world
        .memory
        .blobs
        .keys()
        .into_iter()
        .filter(|key| key.as_str().starts_with("results/office"))
        .collect();
    assert_eq!(sites, []);
    let families: BTreeSet<String> = world
        .memory
        .table
        .items()
        .into_iter()
        .filter(|item| item.key.to_string().contains("office") && !item.key.sort.starts_with("SCOPE#"))
        .map(|item| item.key.partition.split('#').next().unwrap_or_default().to_owned())
        .collect();
    // The counter of reports, and when the scan last ran there.
    let stays = ["DAYS", "FORGOTTEN", "SCAN", "SITES"].map(str::to_owned);
    assert_eq!(families, BTreeSet::from(stays));
    assert_eq!(app.report_count().await.expect("readable"), 1, "that of the other site");
    let elsewhere =
        app.hosts(&"elsewhere".parse().expect("a site"), &portdelta_app::HostFilter::default()).await;
    assert_eq!(elsewhere.expect("readable").len(), 1);
    // A rebuild finds nothing of it either, and the next run is a first look.
    let beside = world.memory.beside();
    app.rebuild(&beside.app(), &|_, _| {}).await.expect("nothing is missing");
    assert!(beside.app().heads(&site()).await.expect("readable").is_empty());
    let report = world.run(&saved, &Net::of(&[("192.0.2.1", &[22])])).await;
    assert_eq!(world.changes(&report.run).await, [""; 0]);
    assert_eq!(open_ports(app, "192.0.2.1").await, ["22/tcp"]);
    let many = std::num::NonZeroUsize::MAX;
    let filter = ReportFilter { site: Some(site()), ..ReportFilter::default() };
    assert_eq!(app.reports(&filter, many, None).await.expect("listed").reports.len(), 1);
}

#[tokio::test]
async fn alerts_go_and_the_next_look_opens_new_ones() {
    let there = Office::new();
    let telnet = |seconds, open: &[u16]| office(seconds, Some(open), Some(open));
    there.run("one", &telnet(0, &[26])).await;
    there.run("two", &telnet(1_000, &[23, 26])).await;
    assert_eq!(there.alerts().await.len(), 2, "{:?}", there.alerts().await);
    let service = there.service();
    let app = service.app();
    // A batch that somebody read before, and acts on only now.
    let told = preview(app, &draft("192.0.2.1")).await.expect("it can be asked");
    assert_eq!(told.counts.alerts, 1);
    let done = clean(app, &draft("192.0.2.1")).await;
    assert_eq!(done.removed.alerts, 1);
    assert_eq!(there.alerts().await.len(), 1);
    there.tell("two").await.expect("everybody is told again");
    assert_eq!(there.alerts().await.len(), 1, "nothing brings it back");
    there.memory.clock.advance(2_000_000);
    there.run("three", &telnet(AFTERWARDS, &[23, 26])).await;
    let alerts = there.alerts().await;
    assert!(alerts.len() == 2 && alerts[0].contains("192.0.2.1: Open 1"), "{alerts:?}");
    there.memory.clock.advance(1_000);
    settled(&there.memory).await;
    assert_eq!(there.alerts().await, alerts, "the sweep leaves what came since");
}

#[tokio::test]
async fn a_network_is_what_belongs_to_it() {
    let memory = prepared().await;
    let app = memory.app();
    for (name, prefixes) in [("Office", "192.0.2.0/24"), ("Printers", "192.0.2.2/32")] {
        let (name, prefixes) = (name.to_owned(), prefixes.to_owned());
        let network = NetworkDraft { name, prefixes, ..NetworkDraft::default() };
        app.create_network(&network).await.expect("it is made");
    }
    let of = |name: &str| CleanUpDraft { network: Some(name.to_owned()), ..whole_site() };
    assert_eq!(preview(&app, &of("unassigned")).await.expect("it can be asked").counts.hosts, 0);
    clean(&app, &of("Office")).await;
    assert_eq!(
        (open_ports(&app, "192.0.2.1").await.len(), open_ports(&app, "192.0.2.2").await.len()),
        (0, 2)
    );
    clean(&app, &of("Printers")).await;
    assert!(app.heads(&site()).await.expect("readable").is_empty());
}

#[tokio::test]
async fn marks_go_along_to_another_server() {
    let memory = prepared().await;
    clean(&memory.app(), &draft("192.0.2.1")).await;
    let target = Memory::new();
    target.clock.set(memory.clock.now());
    let (file, _) = exported(&memory.app(), &all()).await;
    import(&target.app(), &file).await.expect("it is taken in");
    let app = target.app();
    let late = scan(&app, &office(500, Some(&[22, 25, 29]), Some(&[22, 25]))).await;
    assert!(warns(&late), "{late:?}");
    assert_eq!(
        (open_ports(&app, "192.0.2.1").await.len(), open_ports(&app, "192.0.2.2").await.len()),
        (0, 2)
    );
}

#[tokio::test]
async fn what_cannot_be_cleaned_up_is_refused_with_its_field() {
    let memory = prepared().await;
    let app = memory.app();
    let many: Vec<String> =
        (0..1_001).map(|number| format!("10.0.{}.{}", number / 100, number % 100 * 2)).collect();
    let cases = [
        (CleanUpDraft { site: "nowhere".parse().expect("an id"), ..whole_site() }, "site", "site_unknown"),
        (
            CleanUpDraft { network: Some("None\u{1b}".to_owned()), ..whole_site() },
            "network",
            "network_unknown",
        ),
        (CleanUpDraft { network: Some("Office".to_owned()), ..draft("192.0.2.1") }, "targets", "one_of"),
        (draft(" "), "targets", "empty"),
        (draft(&many.join(",")), "targets", "too_many"),
    ];
    let before = memory.content();
    for (draft, field, code) in cases {
        for refused in [preview(&app, &draft).await.map(drop), clean_up(&app, &draft).await.map(drop)] {
            let Err(AppError::Invalid(invalid)) = refused else { panic!("{draft:?}: {refused:?}") };
            assert_eq!((invalid.field, invalid.code), (field, code));
            assert!(!invalid.hint.is_empty() && !invalid.message.contains('\u{1b}'), "{invalid:?}");
        }
    }
    let wrong = clean_up(&app, &draft("192.0.2.300")).await.expect_err("that is no address");
    assert!(matches!(&wrong, AppError::Invalid(invalid) if invalid.position.is_some()), "{wrong:?}");
    assert_eq!(memory.content(), before);
}

#[tokio::test]
async fn version_1_of_marks_and_clean_ups_reads_as_what_it_meant() {
    let made = async || {
        let memory = prepared().await;
        clean(&memory.app(), &draft("192.0.2.1")).await;
        memory.clock.advance(60);
        clean(&memory.app(), &CleanUpDraft { network: Some("unassigned".to_owned()), ..whole_site() }).await;
        settled(&memory).await;
        memory
    };
    let is_ours = |item: &Item| ["FORGOTTEN", "CLEANUPS"].contains(&item.key.partition.as_str());
    let meaning = async |memory: &Memory| {
        let all = memory.app().clean_ups().await.expect("they are readable");
        let late = scan(&memory.app(), &office(500, Some(&[22]), Some(&[22]))).await;
        format!("{all:#?}\n{:?}\n", late.record.status)
    };
    write_golden("clean-up", async || {
        let memory = made().await;
        let items: Vec<Item> = memory.table.items().into_iter().filter(is_ours).collect();
        let text = meaning(&holding(items.clone()).await).await;
        (items.iter().map(GoldenItem::of).collect(), text)
    })
    .await;
    let is = meaning(&holding(golden("clean-up")).await).await;
    let expected = std::fs::read_to_string(folder("clean-up").join("meaning.txt")).expect("it is there");
    assert_eq!(is, expected);
}

#[tokio::test]
async fn version_2_of_one_that_goes_on_does_so_where_it_stopped() {
    let made = async || {
        let memory = prepared().await;
        memory.clock.advance(2_000);
        for (draft, steps) in [(whole_site(), 2), (draft("192.0.2.1"), 3)] {
            let mut begun = memory.app().begin_clean_up(&draft, "user anna").await.expect("it is begun");
            let left = AtomicU64::new(steps);
            let goes_on = || {
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
            };
            memory.app().clean_first_slice(&mut begun, &goes_on).await.expect("a part of it is done");
            memory.clock.advance(60);
        }
        memory
    };
    let is_ours = |item: &Item| ["FORGOTTEN", "CLEANUPS"].contains(&item.key.partition.as_str());
    let meaning = async |memory: &Memory| {
        format!("{:#?}\n", memory.app().clean_ups().await.expect("they are readable"))
    };
    write_golden("clean-up-v2", async || {
        let items: Vec<Item> = made().await.table.items().into_iter().filter(is_ours).collect();
        let text = meaning(&holding(items.clone()).await).await;
        (items.iter().map(GoldenItem::of).collect(), text)
    })
    .await;
    let is = meaning(&holding(golden("clean-up-v2")).await).await;
    let expected = std::fs::read_to_string(folder("clean-up-v2").join("meaning.txt")).expect("it is there");
    assert_eq!(is, expected);
    assert_eq!(is, meaning(&made().await).await, "what is written today says the same");
    assert!(is.contains("from: Some("), "{is}");
}
