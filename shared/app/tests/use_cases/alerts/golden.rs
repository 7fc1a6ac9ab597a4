//! What version 1 stored of alerts, channels, rules and deliveries stays readable.
//!
//! `golden/alerts-v1` is frozen as `golden/v1` is, see `crate::golden`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use portdelta_app::notify::WatchedPortDraft;
use portdelta_app::ports::{Action, Item, Table};
use portdelta_app::{App, AppError};
use portdelta_core::alert::{Action as Act, Trouble, TroubleKind};
use portdelta_core::watch::Severity;
use portdelta_protocol::admin::ChannelFilter;

use super::office::{Office, RDP, scan};
use crate::golden::GoldenItem;
use crate::store::Memory;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/alerts-v1")
}

fn is_ours(item: &Item) -> bool {
    let ours = ["ALERT#", "BUNDLE#", "CHANNELS", "SENT#", "WATCHED"];
    ours.iter().any(|start| item.key.partition.starts_with(start))
}

/// A store with alerts in every state, deliveries that went and that wait, and rules of every kind.
pub async fn everything() -> Office {
    let office = Office::new();
    let sites =
        ChannelFilter { min_severity: Some(portdelta_protocol::admin::Severity::High), ..Default::default() };
    office.channel("team", sites).await;
    office.channel("late", ChannelFilter { at_once: true, ..Default::default() }).await;
    office.mail.fail("late", false);
    let hosts: &[(&str, &[u16])] = &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])];
    office.run("first", &scan(0, hosts)).await;
    office.run("second", &scan(1_000, &[("192.0.2.1", &[3389, 22, 23]), ("192.0.2.2", &[21])])).await;
    let service = office.service();
    let app = service.app();
    let until = app.now().shifted(1_000_000);
    let ignore = Act::Ignore { until, reason: "known".to_owned() };
    app.act_on_alert(&office.alert_id(RDP).await, "token-1", ignore).await.expect("it is ignored");
    let action = Act::Action { note: "blocked".to_owned() };
    let id = office.alert_id("22/tcp (SSH) is open at 192.0.2.1").await;
    app.act_on_alert(&id, "token-1", action).await.expect("it is actioned");
    office.run("third", &scan(2_000, &[("192.0.2.1", &[3389, 22])])).await;
    let trouble = Trouble { kind: TroubleKind::DeadLetter, site: None, name: "m-1".to_owned() };
    app.raise(&trouble, Severity::Low, "work was given up").await.expect("it is raised");
    let rule = WatchedPortDraft {
        id: None,
        protocol: "tcp".to_owned(),
        first: 1,
        last: 65_535,
        networks: Vec::new(),
        addresses: "192.0.2.0/24, 2001:db8::/64".to_owned(),
        service: Some("http*".to_owned()),
        severity: Severity::Medium,
        name: "Web".to_owned(),
    };
    let mut rules = vec![rule];
    for known in app.watched_ports().await.expect("they are readable") {
        rules.push(WatchedPortDraft {
            id: Some(known.id.clone()),
            protocol: "tcp".to_owned(),
            first: known.first,
            last: known.last,
            networks: Vec::new(),
            addresses: String::new(),
            service: None,
            severity: known.severity,
            name: known.name,
        });
    }
    app.set_watched_ports(&rules).await.expect("they are fine");
    office
}

async fn meaning(app: &App) -> Result<String, AppError> {
    use portdelta_core::alert::AlertState::{Acknowledged, Actioned, Dormant, Ignored, Open, Resolved};
    let mut text = format!("{:#?}\n", app.watched_ports().await?);
    for channel in app.channel_records().await? {
        let settings = serde_json::to_string(&channel.settings).expect("JSON");
        let _ = writeln!(text, "{channel:#?}\n{settings}\n{:#?}", app.channel_status(&channel.id).await?);
        let _ = writeln!(text, "{:#?}", app.deliveries(&channel.id).await?);
    }
    let states = vec![Open, Acknowledged, Actioned, Ignored, Dormant, Resolved];
    let filter = portdelta_app::notify::AlertFilter { states, ..Default::default() };
    let _ = writeln!(text, "{:#?}", app.alerts(&filter, std::num::NonZeroUsize::MAX, None).await?.alerts);
    for bundle in ["run-second", "run-third"] {
        let _ = writeln!(text, "{:#?}", app.notices(bundle, None).await?.0);
    }
    Ok(text)
}

async fn holding(items: Vec<Item>) -> Memory {
    let memory = Memory::new();
    for item in items {
        memory.table.transact(vec![Action::put(item)]).await.expect("the item is stored");
    }
    memory
}

fn golden() -> Vec<Item> {
    let text = std::fs::read_to_string(folder().join("items.json")).expect("the golden items are there");
    let items: Vec<GoldenItem> = serde_json::from_str(&text).expect("the golden items are JSON");
    items.into_iter().map(GoldenItem::item).collect()
}

#[tokio::test]
async fn version_1_reads_as_what_it_meant() {
    let path = folder().join("meaning.txt");
    if std::env::var_os("PORTDELTA_WRITE_GOLDEN").is_some() && !path.exists() {
        let office = everything().await;
        let items: Vec<_> = office.memory.table.items().into_iter().filter(is_ours).collect();
        std::fs::create_dir_all(folder()).expect("the folder can be made");
        let golden: Vec<_> = items.iter().map(GoldenItem::of).collect();
        let text = serde_json::to_string_pretty(&golden).expect("items are JSON");
        std::fs::write(folder().join("items.json"), text + "\n").expect("the items can be written");
        let text = meaning(&holding(items).await.app()).await.expect("it reads back");
        std::fs::write(&path, text).expect("the meaning can be written");
    }
    let is = meaning(&holding(golden()).await.app()).await.expect("version 1 is readable");
    let expected = std::fs::read_to_string(&path).expect("the meaning is there");
    let difference = is.lines().zip(expected.lines()).enumerate().find(|(_, (is, expected))| is != expected);
    assert!(difference.is_none() && is.len() == expected.len(), "line and texts: {difference:?}");
    for what in ["Dormant", "Actioned", "Sent {", "Pending {", "http*", "Trouble(", "DeadLetter"] {
        assert!(expected.contains(what), "{what} does not occur");
    }
}

#[tokio::test]
async fn newer_and_damaged_items_are_refused() {
    for place in 0..golden().len() {
        let mut items = golden();
        let key = items[place].key.clone();
        let Some(version) = items[place].value.first_mut() else { continue };
        assert_eq!(*version, 1, "{key}");
        *version = u8::MAX;
        let outcome = meaning(&holding(items).await.app()).await;
        // Evidence against what never was an alert stands in no list.
        let is_listed = golden()[place].index.is_some() || !key.partition.starts_with("ALERT#");
        if is_listed
            && !key.partition.starts_with("BUNDLE#alerts")
            && !key.partition.starts_with("BUNDLE#minute")
        {
            assert!(outcome.is_err_and(|error| error.code() == "stored.newer"), "{key}");
        }
    }
}
