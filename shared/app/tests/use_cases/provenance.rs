//! Where results come from, by the ids that deltas name.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use portdelta_app::ports::{Clock, Item};
use portdelta_app::{App, HistoryFilter, IngestReport, Provenance};
use portdelta_core::ids::ResultId;
use portdelta_core::observation::Tool;
use portdelta_protocol::admin::ResultState;
use portdelta_protocol::upload::digest;
use portdelta_testkit::{Fault, NmapHost, NmapText};

use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::runs::world::{Net, World};
use crate::store::{Memory, changes, ingest, site, upload};

fn office(seconds: i64, open: &[u16]) -> NmapText {
    let host = NmapHost::up("192.0.2.1").open(open);
    NmapText::of("-sT -p20-30 192.0.2.1").at(seconds).tcp("20-30").host(host).of_total(1)
}

async fn found(app: &App, id: ResultId) -> Provenance {
    app.provenance(&site(), id).await.expect("it is readable").expect("it is known")
}

/// The result that made the only change.
fn made_by(report: &IngestReport) -> ResultId {
    assert_eq!(changes(&report.deltas), ["192.0.2.1 25/tcp port-opened"]);
    let made = report.deltas.iter().find(|delta| !delta.first_look).expect("a change");
    made.why.agreed.last().expect("a result").1
}

#[tokio::test]
async fn an_import_says_what_scanned_and_who_brought_it() {
    let memory = Memory::new();
    let app = memory.app();
    ingest(&app, upload(office(0, &[22]).bytes())).await;
    let bytes = office(1_000, &[22, 25]).bytes();
    let mut brought = upload(bytes.clone());
    brought.by = Some("user Ada".to_owned());
    let report = ingest(&app, brought).await;
    let id = made_by(&report);
    let found = found(&memory.app(), id).await;
    assert!(memory.blobs.keys().contains(&found.object) && found.is_kept);
    let view = found.view(id);
    assert_eq!(view.sha256, Some(digest(&bytes)));
    assert_eq!((view.id, view.document, view.bytes), (id.to_string(), 0, bytes.len() as u64));
    assert_eq!((view.imported_by.as_deref(), view.agent), (Some("user Ada"), None));
    assert_eq!((view.status, view.complete), (ResultState::Applied, Some(true)));
    let scanner = view.scanner.expect("it is known");
    assert_eq!((scanner.tool.as_str(), scanner.version.as_deref()), ("nmap", Some("7.95")));
    assert_eq!(scanner.arguments.as_deref(), Some("nmap -sT -p20-30 192.0.2.1"));
    let times = (view.began.expect("a time").0, view.ended.expect("a time").0);
    assert_eq!(times.0.shifted(10), times.1);
    assert_eq!(report.deltas[0].time, times.1);
}

#[tokio::test]
async fn many_documents_of_a_file_are_noted_and_go_wherever_it_stops() {
    let bytes: Vec<u8> = (0..230).flat_map(|number| office(number * 100, &[22]).bytes()).collect();
    let parts = |memory: &Memory| {
        let items = memory.table.items().into_iter();
        items.filter(|item| item.key.partition.starts_with("RESULTPART#")).count()
    };
    let mut seen = BTreeSet::new();
    for nth in 6..18 {
        let memory = Memory::new();
        memory.faults.plan(nth, Fault::KillAfter);
        let _ = memory.app().ingest(upload(bytes.clone()), &|_, _| {}).await;
        seen.insert(parts(&memory));
        memory.faults.revive();
        ingest(&memory.app(), upload(bytes.clone())).await;
        assert_eq!(parts(&memory), 229, "after operation {nth}");
        memory.clock.advance(1_000_000);
        let service = World::over(&memory).service();
        let all = portdelta_app::CleanUpDraft { site: site(), network: None, targets: None };
        service.app().begin_clean_up(&all, "user anna").await.expect("it is begun");
        memory.faults.plan(nth * 4, Fault::KillAfter);
        service.sweep(memory.clock.now()).await;
        memory.faults.revive();
        for _ in 0..2 {
            let report = service.sweep(memory.clock.now()).await;
            assert!(report.failures.is_empty(), "{:?}", report.failures);
            memory.clock.advance(600);
        }
        assert_eq!(parts(&memory), 0, "after operation {nth}");
    }
    assert_eq!(seen, BTreeSet::from([0, 100, 200, 229]));
}

#[tokio::test]
async fn a_document_behind_others_in_a_file_is_found_by_its_own_id() {
    let memory = Memory::new();
    let app = memory.app();
    let later = NmapText::of("-sT -p20-30 --later 192.0.2.1").at(1_000).tcp("20-30");
    let later = later.host(NmapHost::up("192.0.2.1").open(&[22, 25])).of_total(1);
    let mut bytes = office(0, &[22]).bytes();
    bytes.extend(later.bytes());
    let report = ingest(&app, upload(bytes.clone())).await;
    let id = made_by(&report);
    assert_ne!(id, report.record.id);
    let second = found(&memory.app(), id).await;
    assert_eq!((second.number, second.record.id), (1, report.record.id));
    let view = second.view(id);
    assert_eq!((view.id, view.sha256), (id.to_string(), Some(digest(&bytes))));
    let arguments = view.scanner.expect("it is known").arguments;
    assert_eq!(arguments.as_deref(), Some("nmap -sT -p20-30 --later 192.0.2.1"));
    let first = found(&app, report.record.id).await.document.expect("it is known");
    assert_eq!(first.arguments.as_deref(), Some("nmap -sT -p20-30 192.0.2.1"));

    // The same stands in what a rebuild makes.
    let target = memory.beside();
    memory.app().rebuild(&target.app(), &|_, _| {}).await.expect("the rebuild goes through");
    assert_eq!(found(&target.app(), id).await, found(&app, id).await);
}

#[tokio::test]
async fn a_result_of_a_task_says_which_agent_scanned() {
    let world = World::new();
    let scan = world.scan("192.0.2.1", "22,80").await;
    let agent = world.enrolled("cellar", &site()).await;
    for ports in [&[22][..], &[22, 80]] {
        world.begin(&scan).await;
        world.memory.clock.advance(60);
        world.agent(&agent, &Net::of(&[("192.0.2.1", ports)])).await;
    }
    let service = world.service();
    let app = service.app();
    let (address, all) = ("192.0.2.1".parse().expect("an address"), HistoryFilter::default());
    let newest = app.history(&site(), address, &all).await.expect("it is readable").remove(0);
    let (_, id) = newest.delta.why.agreed[0];
    let found = found(app, id).await;
    assert_eq!(found.document.as_ref().map(|document| document.tool), Some(Tool::Nmap));
    let view = found.view(id);
    let by = view.agent.expect("an agent");
    assert_eq!((by.id, by.name.as_deref()), (agent, Some("cellar")));
    assert_eq!((view.scan, view.scan_name), (Some(scan.id), Some(scan.draft.name)));
    assert_eq!((view.run, view.task), (newest.run, Some(0)));
    assert_eq!((view.targets.as_deref(), view.ports.as_deref()), (Some("192.0.2.1"), Some("22,80")));
    assert_eq!(view.imported_by, None);
}

#[tokio::test]
async fn what_was_taken_in_before_it_was_noted_says_as_much_as_is_known() {
    let app = holding(golden("v1")).await.app();
    let records = app.results(&site()).await.expect("they are readable");
    assert!(records.len() >= 4);
    for record in records {
        let found = found(&app, record.id).await;
        assert_eq!((found.document.as_ref(), found.record.sha256), (None, None));
        assert_eq!(found.view(record.id).source, record.source);
    }
    let nobody = app.provenance(&site(), ResultId([7; 32])).await.expect("it is readable");
    assert_eq!(nobody, None);
}

/// As versions 3 and 4 of a record stored it.
const FOLDERS: [&str; 2] = ["provenance-v1", "provenance-v2"];

/// What stands behind every result in a store, in words.
async fn meaning(memory: &Memory) -> String {
    let app = memory.app();
    let mut text = String::new();
    for item in memory.table.items() {
        if item.key.partition.starts_with("RESULT") {
            let id = item.key.sort.parse().expect("an id");
            let _ = writeln!(text, "{id} {:#?}", found(&app, id).await);
        }
    }
    text
}

/// An appended file that somebody imported, a result of an agent whose clock is wrong, and one that was refused.
async fn everything() -> Memory {
    let world = World::new();
    let scan = world.scan("192.0.2.1", "22,80").await;
    let agent = world.enrolled("cellar", &site()).await;
    world.begin(&scan).await;
    world.agent(&agent, &Net::of(&[("192.0.2.1", &[22])])).await;
    let app = world.memory.app();
    let mut bytes = office(0, &[22]).bytes();
    bytes.extend(office(1_000, &[22, 25]).bytes());
    let mut brought = upload(bytes);
    brought.by = Some("user Ada".to_owned());
    ingest(&app, brought).await;
    ingest(&app, upload(b"<html>".to_vec())).await;
    world.memory
}

#[tokio::test]
async fn what_was_stored_reads_as_what_it_meant() {
    let is_of_results = |item: &Item| item.key.partition.starts_with("RESULT");
    write_golden(FOLDERS[1], async || {
        let items: Vec<Item> = everything().await.table.items().into_iter().filter(is_of_results).collect();
        let stored = items.iter().map(GoldenItem::of).collect();
        (stored, meaning(&holding(items).await).await)
    })
    .await;
    for name in FOLDERS {
        let is = meaning(&holding(golden(name)).await).await;
        let expected =
            std::fs::read_to_string(folder(name).join("meaning.txt")).expect("the meaning is there");
        assert_eq!(is, expected, "{name}");
        let whats = [
            "Refused {",
            "number: 1",
            "user Ada",
            "arguments: Some",
            "agent: \"",
            "sha256: Some",
            "first: 80",
        ];
        for what in whats {
            assert!(is.contains(what), "{what} does not occur in {name}: {is}");
        }
    }
}

#[tokio::test]
async fn newer_and_damaged_ones_are_told() {
    for (name, place) in
        FOLDERS.iter().flat_map(|name| (0..golden(name).len()).map(move |place| (name, place)))
    {
        let code_of = async |change: fn(&mut Vec<u8>)| {
            let mut items = golden(name);
            change(&mut items[place].value);
            let id = items[place].key.sort.parse().expect("an id");
            holding(items).await.app().provenance(&site(), id).await.err().map(|error| error.code())
        };
        assert_eq!(code_of(|value| value[0] = 255).await, Some("stored.newer"));
        assert_eq!(code_of(|value| value.truncate(value.len() / 2)).await, Some("stored.damaged"));
    }
}
