//! What people see is the same on the other side.

use std::fmt::Write as _;

use portdelta_app::moving::ExportOptions;
use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::{Clock, Item};
use portdelta_app::repositories::{FIRST_VERSION, ReportFilter};
use portdelta_app::{App, HostFilter, RunFilter};
use portdelta_core::UnixTime;
use portdelta_core::alert::AlertState;
use portdelta_protocol::admin::Role;

use super::{all, blobs, exported, import, in_partitions};
use crate::golden::{golden, holding};
use crate::store::{Memory, OnDisk};

/// Partitions that stay behind: they are of one server.
const OF_ONE_SERVER: [&str; 10] = [
    "EVENTS",
    "NONCE",
    "LENTACCESS",
    "TOKENUSE",
    "SETUP",
    "AGENTSEEN",
    "ENROLMENTS",
    "SCHEDULES",
    "SWEEP",
    "STAGED",
];

/// Whether an item is moved as it is. Agents are changed, and are looked at by themselves. A bundle that was told is of
/// no use any more.
fn is_moved(item: &Item, items: &[Item]) -> bool {
    let family = item.key.partition.split('#').next().unwrap_or_default();
    let untold = || {
        let of_bundle = |other: &&Item| other.key.partition == item.key.partition;
        items.iter().filter(of_bundle).any(|other| other.key.sort == "OPEN")
    };
    !OF_ONE_SERVER.contains(&family) && family != "AGENTS" && (family != "BUNDLE" || untold())
}

/// Everything that lists show, in words.
async fn seen(app: &App) -> String {
    let many = std::num::NonZeroUsize::MAX;
    let mut text = String::new();
    let mut add = |what: &dyn std::fmt::Debug| {
        let _ = writeln!(text, "{what:#?}");
    };
    add(&app.networks().await.expect("networks"));
    add(&app.watched_ports().await.expect("watched ports"));
    add(&app.channel_records().await.expect("channels").iter().map(|one| &one.name).collect::<Vec<_>>());
    for scan in app.scans().await.expect("scans") {
        add(&(&scan, app.scan_notes(&scan.id).await.expect("notes")));
    }
    for site in app.sites().await.expect("sites") {
        add(&(&site, app.hosts(&site.id, &HostFilter::default()).await.expect("hosts")));
        for (block, _) in app.heads(&site.id).await.expect("heads") {
            add(&app.block_batches(&site.id, block, UnixTime::EPOCH, None).await.expect("deltas").batches);
        }
        add(&app.results(&site.id).await.expect("results"));
    }
    for record in app.run_list(&RunFilter::default(), many, None).await.expect("runs").runs {
        add(&(&record, app.run_deltas(&record, true).await.expect("the deltas of a run")));
        add(&app.report_deltas(&record.id, many, None).await.expect("the deltas of a report"));
        add(&app.task_marks(&record.id, None).await.expect("tasks").0);
    }
    add(&app.reports(&ReportFilter::default(), many, None).await.expect("reports").reports);
    let states = vec![
        AlertState::Open,
        AlertState::Acknowledged,
        AlertState::Actioned,
        AlertState::Ignored,
        AlertState::Dormant,
        AlertState::Resolved,
    ];
    let filter = AlertFilter { states, ..AlertFilter::default() };
    add(&app.alerts(&filter, many, None).await.expect("alerts").alerts);
    text
}

async fn sources() -> Vec<(&'static str, Memory)> {
    vec![
        ("version 1", holding(golden("v1")).await),
        ("version 2", holding(golden("v2")).await),
        ("version 3", holding(golden("v3")).await),
        ("results", crate::golden::everything().await),
        ("runs", crate::runs::golden::everything().await),
        ("alerts", crate::alerts::golden::everything().await.memory),
    ]
}

#[tokio::test]
async fn every_item_is_the_same_on_the_other_side_and_no_other_is_there() {
    for (name, source) in sources().await {
        // Old versions have no blobs any more.
        let results = !name.starts_with("version");
        let (file, report) = exported(&source.app(), &ExportOptions { results, ..all() }).await;
        assert_eq!((&report.left_out, report.uploads_left), (&Vec::new(), 0), "{name}");
        let target = Memory::new();
        target.clock.set(source.clock.now());
        let progress = import(&target.app(), &file).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(progress.ended.is_some() && progress.kept.is_empty() && progress.present == 0, "{name}");
        let cut = |item: &Item| report.cut_runs.iter().any(|run| item.key.partition == format!("RUN#{run}"));
        let all_items = source.table.items();
        let is_expected = |item: &Item| {
            is_moved(item, &all_items)
                && (results || item.key.partition != "REFUSED")
                && !(cut(item) && item.key.sort == "RUN")
        };
        // Records say so where their raw results stayed behind.
        let as_moved = |item: &Item| match &item.key.partition {
            partition if !results && partition.starts_with("RESULT#") => item.clone().with("raw", "gone"),
            // Whoever edits a site next has to read it where it is now.
            partition if partition == "SITES" => {
                Item::new(item.key.clone(), item.value.clone()).with("version", FIRST_VERSION)
            }
            _ => item.clone(),
        };
        let expected: Vec<Item> = all_items.iter().filter(|item| is_expected(item)).map(as_moved).collect();
        let is_other = |item: &Item| {
            matches!(&*item.key.partition, "MOVES" | "AGENTS" | "RETENTION")
                || (cut(item) && item.key.sort == "RUN")
        };
        let items: Vec<Item> = target.table.items().into_iter().filter(|item| !is_other(item)).collect();
        for (item, expected) in items.iter().zip(&expected) {
            assert_eq!(item, expected, "{name}");
        }
        assert_eq!(items.len(), expected.len(), "{name}");
        assert!(items.len() >= 3, "{name}: {}", items.len());
        if results {
            assert_eq!(blobs(&target).await, blobs(&source).await, "{name}");
            assert_eq!(target.app().results_gone_before().await.expect("readable"), None);
        }
        if report.cut_runs.is_empty() {
            assert_eq!(seen(&target.app()).await, seen(&source.app()).await, "{name}");
        }
    }
}

#[tokio::test]
async fn from_disk_to_disk_people_see_the_same() {
    let source = crate::alerts::golden::everything().await.memory;
    let (first, second) = (OnDisk::new(), OnDisk::new());
    for disk in [&first, &second] {
        disk.clock.set(source.clock.now());
    }
    let (file, _) = exported(&source.app(), &all()).await;
    import(&first.app(), &file).await.expect("it is imported");
    let (file, _) = exported(&first.app(), &all()).await;
    import(&second.app(), &file).await.expect("it is imported");
    let expected = seen(&source.app()).await;
    assert!(expected.contains("3389"), "{expected}");
    assert_eq!(seen(&second.app()).await, expected);
}

#[tokio::test]
async fn agents_are_remembered_and_let_in_no_more() {
    let source = holding(golden("v3")).await;
    let (file, _) = exported(&source.app(), &all()).await;
    let target = Memory::new();
    target.clock.set(source.clock.now());
    import(&target.app(), &file).await.expect("it is imported");
    let agents = in_partitions(source.table.items(), |partition| partition == "AGENTS");
    assert!(!agents.is_empty());
    for item in agents {
        let app = target.app();
        let (is, was) = (app.agent(&item.key.sort).await, source.app().agent(&item.key.sort).await);
        let (is, was) = (is.expect("readable").expect("moved"), was.expect("readable").expect("there"));
        assert_eq!((&is.name, is.key, &is.site), (&was.name, was.key, &was.site));
        assert!(is.revoked.is_some() && is.hidden);
    }
}

#[tokio::test]
async fn secrets_are_not_in_an_export_that_nobody_asked_to_hold_them() {
    let office = crate::alerts::golden::everything().await;
    let source = &office.memory;
    let token = source.app().create_token("mine", Role::Admin, None).await.expect("a token");
    let (file, report) = exported(&source.app(), &ExportOptions::default()).await;
    assert_eq!(report.without_secrets.len(), 2, "{report:?}");
    for sealed in super::frames(&file) {
        let plain = zstd::bulk::decompress(&sealed[32..], 16 << 20).expect("it unpacks");
        let mut values = plain.clone();
        // Values are packed once more: look into those, too.
        for start in 0..plain.len().saturating_sub(4) {
            if plain[start..].starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
                && let Ok(mut decoder) =
                    zstd::stream::Decoder::new(&plain[start..]).map(zstd::stream::Decoder::single_frame)
            {
                let mut value = Vec::new();
                let _ = std::io::Read::read_to_end(&mut decoder, &mut value);
                values.extend(value);
            }
        }
        for secret in ["example/secret", token.token.id.as_str()] {
            let found = values.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret}");
        }
    }
    let target = Memory::new();
    target.clock.set(source.clock.now());
    import(&target.app(), &file).await.expect("it is imported");
    let channels = target.app().channel_records().await.expect("readable");
    assert_eq!(channels.len(), 2);
    assert!(channels.iter().all(|channel| !channel.enabled), "{channels:?}");
    assert!(target.app().tokens().await.expect("readable").is_empty());
    let (file, report) = exported(&source.app(), &all()).await;
    assert!(report.without_secrets.is_empty());
    let target = Memory::new();
    target.clock.set(source.clock.now());
    import(&target.app(), &file).await.expect("it is imported");
    let (is, was) = (target.app().channel_records().await, source.app().channel_records().await);
    assert_eq!(is.expect("readable"), was.expect("readable"));
    assert_eq!(target.app().tokens().await.expect("readable").len(), 1);
}
