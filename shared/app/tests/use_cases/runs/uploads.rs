//! Uploads that are hostile, damaged, foreign, early or late.

use portdelta_app::UploadTaken;
use portdelta_app::ports::blobs::PutMode;
use portdelta_app::ports::{Blobs, Clock, QueueName};
use portdelta_core::run::RunOutcome;
use portdelta_protocol::agent::Task;
use portdelta_protocol::upload::{UploadNote, seal};
use portdelta_testkit::NmapHost;

use super::world::{Net, World, note, scanned, upload_key};
use crate::store::{open_ports, site};

fn office() -> Net {
    Net::of(&[("192.0.2.1", &[22])])
}

/// A run with one task that agent `a` has begun.
async fn begun() -> (World, Task) {
    let world = World::new();
    let scan = world.scan("192.0.2.0/24", "22,80").await;
    world.begin(&scan).await;
    let task: Task = serde_json::from_str(&world.queue.bodies(&QueueName::Tasks(site()))[0]).expect("a task");
    world.service().begin_task("a", &task.run, 0).await.expect("it begins");
    world.memory.clock.advance(60);
    (world, task)
}

async fn put(world: &World, name: &str, bytes: Vec<u8>) -> UploadTaken {
    let key = name.parse().expect("a key");
    world.memory.blobs.put(&key, bytes, PutMode::CreateOnly).await.expect("it is stored");
    let taken = world.service().take_upload(&key).await.expect("it is taken");
    assert_eq!(world.service().take_upload(&key).await.expect("it is gone"), UploadTaken::Gone);
    taken
}

fn code(taken: &UploadTaken) -> &str {
    match taken {
        UploadTaken::Refused(refused) => &refused.code,
        UploadTaken::Applied { .. } => "applied",
        UploadTaken::Gone => "gone",
    }
}

#[tokio::test]
async fn what_belongs_nowhere_is_kept_listed_and_not_applied() {
    let (world, task) = begun().await;
    let said = || note(&task, world.memory.clock.now().seconds());
    let text = scanned(&task, &office(), &world).bytes();
    let sealed = |note: UploadNote| seal(note, &text);
    let name = |agent: &str, task: &Task, envelope: &[u8]| upload_key(agent, task, envelope).to_string();
    let other = Task { number: 7, ..task.clone() };
    let unknown = Task { run: "20330101t000000-0123456789ab".parse().expect("an id"), ..task.clone() };
    let good = sealed(said());
    let damaged = {
        let mut bytes = good.clone();
        *bytes.last_mut().expect("bytes") ^= 1;
        bytes
    };
    let other_note = sealed(UploadNote { task: 7, ..said() });
    let unknown_note = sealed(UploadNote { run: unknown.run.clone(), ..said() });
    let hostile = b"{\"run\":\"\x1b[2J\"}\n".to_vec();
    let cases: Vec<(&str, String, Vec<u8>)> = vec![
        ("upload.bad_name", "uploads/a/x".to_owned(), good.clone()),
        ("upload.bad_name", format!("uploads/a/{}/0/{}", task.run, "0".repeat(16)), good.clone()),
        ("upload.damaged", format!("uploads/a/{}/00000/{}", task.run, "0".repeat(16)), good.clone()),
        ("upload.damaged", name("a", &task, &damaged), damaged),
        ("upload.no_note", name("a", &task, b"<nmaprun>"), b"<nmaprun>".to_vec()),
        ("upload.bad_note", name("a", &task, &hostile), hostile),
        ("upload.foreign_task", name("a", &task, &other_note), other_note.clone()),
        ("upload.unknown_task", name("a", &other, &other_note), other_note),
        ("upload.unknown_run", name("a", &unknown, &unknown_note), unknown_note),
        ("upload.foreign_task", name("b", &task, &good), good.clone()),
    ];
    for (expected, name, bytes) in &cases {
        let taken = put(&world, name, bytes.clone()).await;
        assert_eq!(code(&taken), *expected, "{name}: {taken:?}");
        if let UploadTaken::Refused(refused) = taken {
            assert!(!refused.message.contains('\x1b'), "{refused:?}");
        }
    }
    let (listed, _) = world.memory.app().refused_uploads(None).await.expect("readable");
    assert_eq!(listed.len(), cases.len());
    assert_eq!(open_ports(&world.memory.app(), "192.0.2.1").await, Vec::<String>::new());
    let uploads = world.memory.blobs.keys().iter().filter(|key| key.as_str().starts_with("uploads/")).count();
    assert_eq!(uploads, 0);
    // The right one still counts.
    assert_eq!(code(&put(&world, &name("a", &task, &good), good.clone()).await), "applied");
    assert_eq!(world.report(&task.run).await.outcome, RunOutcome::Complete);
}

#[tokio::test]
async fn the_same_result_again_packed_otherwise_or_from_another_agent_counts_once() {
    let (world, task) = begun().await;
    world.service().begin_task("b", &task.run, 0).await.expect("it begins");
    let text = scanned(&task, &office(), &world).bytes();
    let said = note(&task, world.memory.clock.now().seconds());
    let packed = zstd(&text);
    for (agent, bytes) in [("a", &text), ("a", &packed), ("b", &packed)] {
        let envelope = seal(said.clone(), bytes);
        let taken = put(&world, upload_key(agent, &task, &envelope).as_str(), envelope).await;
        assert!(matches!(taken, UploadTaken::Applied { late: false, .. }), "{taken:?}");
    }
    let report = world.report(&task.run).await;
    assert_eq!((report.tasks.complete, report.totals.first_looks.ports), (1, 1));
    assert_eq!(world.memory.app().late_marks(&task.run).await.expect("readable"), []);
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![];
    let mut encoder = zstd::stream::Encoder::new(&mut packed, 1).expect("it can pack");
    std::io::Write::write_all(&mut encoder, bytes).expect("it packs");
    encoder.finish().expect("it ends");
    packed
}

#[tokio::test]
async fn an_agent_says_nothing_about_hosts_and_ports_outside_of_its_task() {
    let (world, task) = begun().await;
    let scan = scanned(&task, &office(), &world).tcp("1000-1001");
    let scan =
        scan.host(NmapHost::up("198.51.100.1").open(&[22])).host(NmapHost::up("192.0.2.9").open(&[1000]));
    let envelope = seal(note(&task, world.memory.clock.now().seconds()), &scan.bytes());
    put(&world, upload_key("a", &task, &envelope).as_str(), envelope).await;
    let report = world.report(&task.run).await;
    let codes: Vec<_> = report.warnings.iter().map(|(code, _)| code.as_str()).collect();
    assert!(codes.contains(&"hosts_outside_task") && codes.contains(&"ports_outside_task"), "{codes:?}");
    let app = world.memory.app();
    assert!(
        open_ports(&app, "198.51.100.1").await.is_empty() && open_ports(&app, "192.0.2.9").await.is_empty()
    );
    assert_eq!(open_ports(&app, "192.0.2.1").await, ["22/tcp"]);
}

#[tokio::test]
async fn what_is_no_output_of_nmap_ends_its_task_and_closes_nothing() {
    let (world, task) = begun().await;
    for text in ["", "<html>", "Host: 192.0.2.1 ()\tPorts: 22/closed/tcp//ssh///\n"] {
        let envelope = seal(note(&task, world.memory.clock.now().seconds()), text.as_bytes());
        put(&world, upload_key("a", &task, &envelope).as_str(), envelope).await;
    }
    let report = world.report(&task.run).await;
    assert_eq!((report.outcome, report.totals.coverage_percent), (RunOutcome::Partial, 0));
    assert!(!report.warnings.is_empty(), "{report:?}");
    assert_eq!(open_ports(&world.memory.app(), "192.0.2.1").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_bomb_is_kept_refused_and_closes_nothing() {
    let (world, task) = begun().await;
    let scan = world.memory.app().scans().await.expect("readable").remove(0);
    world.agent("a", &office()).await;
    assert_eq!(open_ports(&world.memory.app(), "192.0.2.1").await, ["22/tcp"]);
    let run = world.begin(&scan).await;
    let task = Task { run: run.clone(), ..task };
    world.service().begin_task("a", &run, 0).await.expect("it begins");
    // A good beginning, with the host down, in front of 64 MiB of nothing in some kilobytes.
    let mut text = scanned(&task, &Net::default(), &world).bytes();
    let end = text.windows(6).rposition(|window| window == b"</nmap").unwrap_or(text.len() - 1);
    text.splice(end..end, vec![b' '; 64 << 20]);
    let packed = zstd(&text);
    assert!(packed.len() < 20_000, "{}", packed.len());
    let envelope = seal(note(&task, world.memory.clock.now().seconds()), &packed);
    put(&world, upload_key("a", &task, &envelope).as_str(), envelope).await;
    let report = world.report(&run).await;
    assert_eq!((report.outcome, report.totals.coverage_percent), (RunOutcome::Partial, 0));
    assert!(report.warnings.iter().any(|(code, _)| code == "too_compressed"), "{:?}", report.warnings);
    assert_eq!(world.changes(&run).await, Vec::<String>::new());
    assert_eq!(open_ports(&world.memory.app(), "192.0.2.1").await, ["22/tcp"]);
}

#[tokio::test]
async fn less_than_was_asked_is_not_complete() {
    for (expected, narrow) in [("addresses_missing", true), ("ports_missing", false)] {
        let (world, task) = begun().await;
        let asked = if narrow {
            Task { targets: vec!["192.0.2.0/25".to_owned()], ..task.clone() }
        } else {
            Task { ports: "22".to_owned(), ..task.clone() }
        };
        let text = scanned(&asked, &office(), &world).bytes();
        let envelope = seal(note(&task, world.memory.clock.now().seconds()), &text);
        put(&world, upload_key("a", &task, &envelope).as_str(), envelope).await;
        let report = world.report(&task.run).await;
        assert_eq!(report.outcome, RunOutcome::Partial);
        assert!(report.warnings.iter().any(|(code, _)| code == expected), "{report:?}");
    }
}

/// What is wrong with the work itself just now: the kinds of trouble.
async fn troubles(world: &World) -> Vec<String> {
    let filter = portdelta_app::notify::AlertFilter {
        states: vec![portdelta_core::alert::AlertState::Open],
        ..portdelta_app::notify::AlertFilter::default()
    };
    let page = world.memory.app().alerts(&filter, std::num::NonZeroUsize::MAX, None).await.expect("readable");
    let mut names: Vec<String> = page.alerts.iter().map(|alert| format!("{:?}", alert.subject)).collect();
    names.retain(|name| name.starts_with("Trouble"));
    names.sort();
    names
}

#[tokio::test]
async fn what_is_wrong_with_the_work_is_raised_once_and_settles_by_itself() {
    let (world, task) = begun().await;
    put(&world, "uploads/a/x", b"<html>".to_vec()).await;
    let service = world.service();
    world.memory.clock.advance(3_600);
    for _ in 0..2 {
        service.sweep(world.memory.clock.now()).await;
        service.notify_run(&task.run).await.expect("it is told");
    }
    let raised = troubles(&world).await;
    assert_eq!(raised.len(), 3, "{raised:?}");
    for kind in ["CoverageLow", "ResultRefused", "RunOverdue"] {
        assert!(raised.iter().any(|subject| subject.contains(kind)), "{kind}: {raised:?}");
    }
    let scan = service.app().scans().await.expect("readable").remove(0);
    let report = world.run(&scan, &office()).await;
    service.notify_run(&report.run).await.expect("it is told");
    let left = troubles(&world).await;
    assert_eq!(left.len(), 1, "another agent was refused: {left:?} {report:?}");
    world.begin(&scan).await;
    world.agent("a", &office()).await;
    assert_eq!(troubles(&world).await, Vec::<String>::new());
}
