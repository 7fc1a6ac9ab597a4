//! What a server stores stays readable: `golden/v2` holds items as the first version with runs wrote them.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use portdelta_app::ports::{Clock, QueueName};
use portdelta_app::repositories::{NetworkDraft, Overlap, ReportFilter, ScanDraft, ScanSchedule};
use portdelta_app::{App, AppError, Due, RunFilter};
use portdelta_protocol::agent::Task;
use portdelta_protocol::upload::seal;

use super::world::{Net, World, draft, note, scanned, upload_key};
use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::store::{Memory, site};

const FOLDER: &str = "v2";

/// A store with something of everything that a server keeps.
pub async fn everything() -> Memory {
    let world = World::new();
    let service = world.service();
    let app = service.app();
    app.create_site(site(), "Head office", "behind the door").await.expect("it is new");
    app.create_site("closed".parse().expect("an id"), "", "").await.expect("it is new");
    app.deactivate_site(&"closed".parse().expect("an id")).await.expect("it is there");
    let lab = NetworkDraft {
        name: "Lab".to_owned(),
        prefixes: "192.0.2.0/24,2001:db8::/120".to_owned(),
        owner: "it@example.org".to_owned(),
        notes: "ground floor".to_owned(),
        labels: vec!["lan".to_owned()],
    };
    app.create_network(&lab).await.expect("it is new");
    let schedule = ScanSchedule {
        expression: "rate(1 hour)".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        spread_minutes: 5,
    };
    let scan = world
        .scan_of(&ScanDraft {
            description: "everything".to_owned(),
            exclusions: "192.0.2.7".to_owned(),
            networks: vec!["Lab".to_owned()],
            schedule: Some(schedule),
            overlap: Overlap::Queue,
            confirm_close: 2,
            options: "-sT -T4 --max-retries 2".to_owned(),
            ..draft("198.51.100.0/24", "22,80,8000-8010")
        })
        .await;
    let net = Net::of(&[("192.0.2.1", &[22, 80]), ("198.51.100.1", &[8001]), ("2001:db8::1", &[22])]);
    world.run(&scan, &net).await;
    // One that waits, one that is left out, one that ends by its deadline with a late result, one that is cancelled.
    let run = world.begin(&scan).await;
    for _ in 0..2 {
        world.memory.clock.advance(60);
        let due = Due::At(world.memory.clock.now());
        service.begin_run(&scan.id, &site(), &due).await.expect("no error");
    }
    let tasks: Vec<Task> = world
        .queue
        .bodies(&QueueName::Tasks(site()))
        .iter()
        .map(|body| serde_json::from_str(body).expect("a task"))
        .collect();
    let less = Net::of(&[("192.0.2.1", &[22]), ("192.0.2.9", &[80]), ("198.51.100.2", &[22])]);
    let send = async |task: &Task, cut: bool| {
        world.memory.clock.advance(30);
        let mut said = note(task, world.memory.clock.now().seconds() + 60);
        said.clock_ahead = Some(60);
        said.cut = cut.then(|| "deadline".to_owned());
        let envelope = seal(said, &scanned(task, &less, &world).bytes());
        let key = upload_key("agent-1", task, &envelope);
        world.upload("agent-1", task, envelope).await.expect("it is stored");
        service.take_upload(&key).await.expect("it is taken");
    };
    for task in &tasks[..2] {
        service.begin_task("agent-1", &run, task.number).await.expect("it begins");
    }
    service.refuse_task("agent-2", &run, 1, "target_not_allowed", "not mine").await.expect("it is noted");
    send(&tasks[0], true).await;
    world.memory.clock.advance(3_600);
    service.sweep(world.memory.clock.now()).await;
    send(&tasks[1], false).await;
    world.work().await.expect("the work is done");
    let open = app.open_runs().await.expect("readable");
    service.cancel_run(&open[0]).await.expect("it is cancelled");
    world.upload("agent-1", &tasks[0], b"<html>".to_vec()).await.expect("it is stored");
    world.work().await.expect("the work is done");
    world.memory
}

/// What later versions know besides, as it reads in what version 2 stored.
const ADDED_SINCE: [&str; 5] =
    ["agents: [],", "blackout_windows: [],", "sha256: None,", "by: None,", "document: None,"];

/// All that a server reads of it, in words; without what version 2 did not know.
async fn meaning(app: &App) -> Result<String, AppError> {
    let text = everything_in(app).await?;
    let known = text.lines().filter(|line| !ADDED_SINCE.contains(&line.trim()));
    Ok(known.fold(String::new(), |text, line| text + line + "\n"))
}

/// All that a server reads of it, in words.
async fn everything_in(app: &App) -> Result<String, AppError> {
    let mut text =
        format!("{:#?}\n{:#?}\n{:#?}\n", app.sites().await?, app.networks().await?, app.scans().await?);
    for scan in app.scans().await? {
        let _ = writeln!(text, "{:#?}", app.scan_notes(&scan.id).await?);
    }
    let many = std::num::NonZeroUsize::MAX;
    for record in app.run_list(&RunFilter::default(), many, None).await?.runs {
        let run = &record.id;
        let _ = writeln!(text, "{:#?}\n{:#?}", app.scan_run(run).await?, app.plan(run).await?);
        let _ =
            writeln!(text, "{:#?}\n{:#?}", app.task_marks(run, None).await?.0, app.late_marks(run).await?);
        let _ =
            writeln!(text, "{:#?}\n{:#?}", app.task_counts(run).await?, app.task_refusals(run, None).await?);
        for task in 0..3 {
            let _ = writeln!(text, "{:#?}", app.lent_to(run, task).await?);
        }
        let _ = writeln!(text, "{:#?}", app.report(run).await?);
        let _ = writeln!(text, "{:#?}", app.report_deltas(run, many, None).await?);
    }
    let _ = writeln!(text, "{:#?}\n{:#?}", app.refused_uploads(None).await?.0, app.results(&site()).await?);
    Ok(text)
}

#[tokio::test]
async fn version_2_reads_as_what_it_meant() {
    write_golden(FOLDER, async || {
        let memory = everything().await;
        let text = meaning(&memory.app()).await.expect("it reads back");
        (memory.table.items().iter().map(GoldenItem::of).collect(), text)
    })
    .await;
    let memory = holding(golden(FOLDER)).await;
    let is = meaning(&memory.app()).await.expect("version 2 is readable");
    let path = crate::golden::folder(FOLDER).join("meaning.txt");
    let expected = std::fs::read_to_string(path).expect("the meaning is there");
    let difference = is.lines().zip(expected.lines()).enumerate().find(|(_, (is, expected))| is != expected);
    assert!(difference.is_none() && is.len() == expected.len(), "line and texts: {difference:?}");
}

#[tokio::test]
async fn what_is_written_today_reads_back_and_holds_everything() {
    let fresh = everything().await;
    let copy = holding(fresh.table.items()).await;
    let text = everything_in(&copy.app()).await.expect("it reads back");
    assert_eq!(text, everything_in(&fresh.app()).await.expect("it is readable"));
    let kinds = [
        "Partial",
        "Complete",
        "Cancelled",
        "Overdue",
        "run.skipped",
        "result_cut",
        "clock_skew",
        "late: true",
        "target_not_allowed",
        "upload.no_note",
        "active: false",
        "Queue,",
        "Missing {",
        "2001:db8::",
    ];
    for kind in kinds {
        assert!(text.contains(kind), "{kind} does not occur in {text}");
    }
}

const REPORTS: &str = "reports-v2";

/// All reports of a store, in words.
async fn reports_in(memory: &Memory) -> String {
    let many = NonZeroUsize::new(500).expect("not zero");
    let page = memory.app().reports(&ReportFilter::default(), many, None).await.expect("they are readable");
    format!("{:#?}\n", page.reports)
}

#[tokio::test]
async fn reports_of_version_2_name_their_agents() {
    write_golden(REPORTS, async || {
        let items = everything().await.table.items().into_iter().filter(|item| item.key.sort == "REPORT");
        let items: Vec<_> = items.collect();
        let stored = items.iter().map(GoldenItem::of).collect();
        (stored, reports_in(&holding(items).await).await)
    })
    .await;
    let is = reports_in(&holding(golden(REPORTS)).await).await;
    let expected =
        std::fs::read_to_string(folder(REPORTS).join("meaning.txt")).expect("the meaning is there");
    assert_eq!(is, expected);
    assert!(is.contains("ReportAgent {"), "{is}");
}

#[tokio::test]
async fn newer_and_damaged_items_are_told() {
    let (mut newer, mut damaged) = (0, 0);
    for place in 0..golden(FOLDER).len() {
        let mut items = golden(FOLDER);
        if items[place].value.is_empty() {
            continue;
        }
        items[place].value[0] = u8::MAX;
        newer += u32::from(code(items).await == Some("stored.newer"));
        let mut items = golden(FOLDER);
        let half = items[place].value.len() / 2;
        items[place].value.truncate(half);
        damaged += u32::from(code(items).await == Some("stored.damaged"));
    }
    assert!(newer >= 30 && newer == damaged, "{newer} newer, {damaged} damaged");
}

/// The code of the error that reading gives; blocks are read elsewhere.
async fn code(items: Vec<portdelta_app::ports::Item>) -> Option<&'static str> {
    let error = meaning(&holding(items).await.app()).await.err()?;
    Some(error.code())
}
