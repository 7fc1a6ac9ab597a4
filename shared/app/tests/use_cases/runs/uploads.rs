//! Uploads that are hostile, damaged, foreign, early or late.

use std::sync::atomic::{AtomicUsize, Ordering};

use portdelta_app::ports::blobs::PutMode;
use portdelta_app::ports::{BlobKey, Blobs, Clock, QueueName, Work};
use portdelta_app::{UploadTaken, WorkMessage};
use portdelta_core::run::RunOutcome;
use portdelta_protocol::agent::Task;
use portdelta_protocol::upload::{UploadNote, seal};
use portdelta_testkit::{Fault, NmapHost};

use super::world::{Net, World, note, scanned, upload_key};
use crate::store::{open_ports, site};

const INGEST: QueueName = QueueName::Work(Work::Ingest);

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
        UploadTaken::Later => "later",
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

/// A run with one task, of which a result of four documents was uploaded.
async fn appended() -> (World, BlobKey) {
    let (world, task) = begun().await;
    let mut text = Vec::new();
    for open in [&[22][..], &[22, 80], &[80], &[22, 80]] {
        world.memory.clock.advance(60);
        text.extend(scanned(&task, &Net::of(&[("192.0.2.1", open)]), &world).bytes());
    }
    let envelope = seal(note(&task, world.memory.clock.now().seconds()), &text);
    let key = upload_key("a", &task, &envelope);
    world.memory.blobs.put(&key, envelope, PutMode::CreateOnly).await.expect("it is stored");
    world.queue.lose(&INGEST);
    (world, key)
}

#[tokio::test]
async fn a_result_that_is_applied_in_slices_ends_as_in_one_however_often_its_messages_come() {
    let (undisturbed, key) = appended().await;
    assert_eq!(code(&undisturbed.service().take_upload(&key).await.expect("it is taken")), "applied");
    let (items, blobs) = undisturbed.memory.content();
    for (checks, calls) in [(0, 4), (1, 2), (2, 2), (3, 1)] {
        for times in [1, 2] {
            let (world, key) = appended().await;
            let mut slices = 0;
            loop {
                let mut taken = Vec::new();
                for _ in 0..times {
                    let seen = AtomicUsize::new(0);
                    let goes_on = || seen.fetch_add(1, Ordering::SeqCst) < checks;
                    let service = world.service();
                    let one = service.take_upload_while(&key, &goes_on).await.expect("it is taken");
                    taken.push(code(&one).to_owned());
                }
                slices += 1;
                let messages = world.queue.take(&INGEST, 9);
                let later = taken.iter().filter(|taken| *taken == "later").count();
                assert_eq!(messages.len(), later, "{taken:?}");
                assert!(messages.iter().all(|one| one.body == WorkMessage::ingest(&key).to_string()));
                if taken.iter().any(|taken| taken == "applied") {
                    break;
                }
            }
            if times == 1 {
                assert_eq!(slices, calls, "{checks}");
            }
            let (is, is_blobs) = world.memory.content();
            assert_eq!(is_blobs, blobs);
            assert_eq!(is, items, "{checks} {times}");
        }
    }
}

/// A result of more than is held in memory.
fn large(world: &World, task: &Task) -> Vec<u8> {
    let mut text = scanned(task, &office(), world).bytes();
    let end = text.windows(6).rposition(|window| window == b"</nmap").unwrap_or(text.len() - 1);
    text.splice(end..end, vec![b' '; 5 << 20]);
    seal(note(task, world.memory.clock.now().seconds()), &text)
}

#[tokio::test]
async fn what_nobody_was_asked_for_is_refused_before_anybody_looks_inside() {
    let (world, task) = begun().await;
    let (before, damaged) = (world.memory.table.items().len(), "0".repeat(16));
    let envelope = large(&world, &task);
    let unknown = format!("uploads/a/20330101t000000-0123456789ab/00000/{damaged}");
    let taken = put(&world, &unknown, envelope.clone()).await;
    assert_eq!(code(&taken), "upload.unknown_run");
    let taken = put(&world, &format!("uploads/b/{}/00000/{damaged}", task.run), envelope.clone()).await;
    assert_eq!(code(&taken), "upload.foreign_task", "the checksum was not looked at");
    let UploadTaken::Refused(refused) = taken else { unreachable!("it was refused") };
    assert_eq!(refused.bytes, envelope.len() as u64);
    let kept =
        world.memory.blobs.get(&refused.blob.parse().expect("a key"), 9 << 20).await.expect("readable");
    assert_eq!(kept, Some(envelope));
    assert!(world.memory.table.items().len() > before, "they are listed");
}

/// How often reading a large upload was begun.
fn readings(world: &World) -> Option<i64> {
    let items = world.memory.table.items().into_iter();
    items.filter(|item| item.key.partition == "READING").find_map(|item| item.number("readings"))
}

#[tokio::test]
async fn what_kills_who_reads_it_is_given_up_and_kept() {
    for deaths in [2, 3] {
        let (world, task) = begun().await;
        let envelope = large(&world, &task);
        let key = upload_key("a", &task, &envelope);
        world.memory.blobs.put(&key, envelope.clone(), PutMode::CreateOnly).await.expect("it is stored");
        for death in 1..=deaths {
            for nth in 1.. {
                world.memory.faults.plan(nth, Fault::KillAfter);
                let died = world.service().take_upload(&key).await;
                world.memory.faults.revive();
                assert!(died.is_err(), "{died:?}");
                if readings(&world) == Some(death) {
                    break;
                }
            }
        }
        let taken = world.service().take_upload(&key).await.expect("it is taken");
        let expected = if deaths < 3 { "applied" } else { "upload.given_up" };
        assert_eq!(code(&taken), expected);
        if let UploadTaken::Refused(refused) = taken {
            let blob = refused.blob.parse().expect("a key");
            let kept = world.memory.blobs.get(&blob, 9 << 20).await.expect("readable");
            assert_eq!(kept, Some(envelope));
            assert!(refused.message.contains("begun 3 times"), "{refused:?}");
            assert!(troubles(&world).await[0].contains("ResultRefused"));
        }
        assert_eq!(readings(&world), None);
    }
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
