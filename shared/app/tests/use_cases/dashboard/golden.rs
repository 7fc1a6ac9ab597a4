//! What was stored of networks' histories, news of alerts, notes of hosts, the audit trail, and sign-ins on their way
//! stays readable.
//!
//! `golden/dashboard-v1` and `golden/dashboard-v2`, in which networks' lines have version 2, are frozen as `golden/v1` is,
//! see `crate::golden`.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use portdelta_app::ports::{Item, Journey};
use portdelta_app::repositories::{AuditFilter, HostNote};
use portdelta_app::{AppError, CardFilter, CardSort, Change, UNASSIGNED};
use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_core::run::RunOutcome;

use super::{Desk, scan};
use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::store::{Memory, site};

const FOLDERS: [&str; 2] = ["dashboard-v1", NEWEST];
const NEWEST: &str = "dashboard-v2";

/// What a browser holds, of which the golden items have the hash.
const WORDS: &str = "words.txt";

/// The state of the sign-in that is on its way.
const STATE: &str = "state-1";

/// Networks' cards and lines are read as one thing, and the network itself is frozen elsewhere.
const OURS: [&str; 7] = ["NETRUNS#", "NETCARDS", "EVENTS", "HOSTNOTES#", "AUDIT", "JOURNEYS", "NETWORKS"];

fn is_ours(item: &Item) -> bool {
    OURS.iter().any(|start| item.key.partition.starts_with(start))
}

/// A store with something of everything, and what the browser holds.
async fn everything() -> (Memory, String) {
    let memory = Memory::new();
    let desk = Desk::on(&memory);
    desk.network("Office", "192.0.2.0/25").await;
    desk.run("first", scan(&[("192.0.2.1", &[25]), ("192.0.2.200", &[])])).await;
    desk.run("second", scan(&[("192.0.2.1", &[22, 25]), ("192.0.2.200", &[21]), ("192.0.2.9", &[])])).await;
    desk.run("third", scan(&[("192.0.2.1", &[25])])).await;
    let service = desk.service();
    let app = service.app();
    let note = HostNote {
        owner: "it@example.org".to_owned(),
        notes: "ground floor\nleft of the door".to_owned(),
        labels: vec!["printer".to_owned(), "old".to_owned()],
        changed: None,
    };
    for address in ["192.0.2.1", "2001:db8::1"] {
        let address = address.parse().expect("an address");
        app.set_host_note(&site(), address, &note, 0).await.expect("it is new");
    }
    for (what, detail) in [("scan.created", "name=Weekly"), ("user.signed_in", "")] {
        let change = Change {
            who: "user anna".to_owned(),
            what: what.to_owned(),
            object: "object-1".to_owned(),
            detail: detail.to_owned(),
        };
        app.note_change(&change).await.expect("it is noted");
    }
    let journey = Journey {
        url: "https://id.example.org/authorize".to_owned(),
        state: STATE.to_owned(),
        nonce: "nonce-1".to_owned(),
        verifier: "verifier-1".to_owned(),
    };
    let held = app.begin_single_sign_on(&journey, "/networks/Office?since=7d").await.expect("it begins");
    (memory, held)
}

/// All of it, in words.
async fn meaning(memory: &Memory, held: &str) -> Result<String, AppError> {
    let app = memory.app();
    let mut text = String::new();
    for card in app.network_cards(&CardFilter::default(), CardSort::Name).await? {
        let _ = writeln!(text, "{} {:#?}", card.network.name, card.last);
    }
    for network in ["Office", UNASSIGNED] {
        let lines = app.network_runs(&site(), network, None, NonZeroUsize::MAX).await?;
        let _ = writeln!(text, "{network} {lines:#?}");
    }
    let _ = writeln!(text, "{:#?}", app.alert_news(UnixTime::EPOCH).await?);
    for address in ["192.0.2.1", "2001:db8::1", "192.0.2.2"] {
        let note = app.host_note(&site(), address.parse().expect("an address")).await?;
        let _ = writeln!(text, "{address} {note:#?}");
    }
    let trail = app.audit(&AuditFilter::default(), NonZeroUsize::MAX, None).await?;
    let _ = writeln!(text, "{:#?}", trail.entries);
    let back = app.end_single_sign_on(STATE, Some(held)).await?;
    let _ = writeln!(text, "{} {} {}", back.nonce, back.verifier, back.to);
    Ok(text)
}

fn held(version: &str) -> String {
    std::fs::read_to_string(folder(version).join(WORDS)).expect("the words are there")
}

#[tokio::test]
async fn what_was_stored_reads_as_what_it_meant() {
    write_golden(NEWEST, async || {
        let (memory, held) = everything().await;
        let items: Vec<Item> = memory.table.items().into_iter().filter(is_ours).collect();
        let stored = items.iter().map(GoldenItem::of).collect();
        let text = meaning(&holding(items).await, &held).await.expect("it reads back");
        std::fs::create_dir_all(folder(NEWEST)).expect("the folder can be made");
        std::fs::write(folder(NEWEST).join(WORDS), held).expect("the words can be written");
        (stored, text)
    })
    .await;
    for version in FOLDERS {
        let is = meaning(&holding(golden(version)).await, &held(version)).await.expect("it is readable");
        let path = folder(version).join("meaning.txt");
        let expected = std::fs::read_to_string(path).expect("the meaning is there");
        assert_eq!(is, expected, "{version}");
        let complete = format!("{:?}", RunOutcome::Complete);
        let run: RunId = "second".parse().expect("an id");
        for what in [
            "Opened",
            "port-opened",
            "ground floor",
            "name=Weekly",
            "/networks/Office?since=7d",
            run.as_str(),
        ] {
            assert!(is.contains(what), "{what} does not occur in {is}");
        }
        assert!(is.contains(&complete), "{is}");
    }
}

#[tokio::test]
async fn newer_and_damaged_items_are_told() {
    for version in FOLDERS {
        all_are_told(version).await;
    }
}

async fn all_are_told(version: &str) {
    let (mut newer, mut damaged, mut read) = (0, 0, 0);
    for place in 0..golden(version).len() {
        if golden(version)[place].value.is_empty() {
            continue;
        }
        read += 1;
        let code_of = async |change: fn(&mut Vec<u8>)| {
            let mut items = golden(version);
            change(&mut items[place].value);
            meaning(&holding(items).await, &held(version)).await.err().map(|error| error.code())
        };
        let of_newer = code_of(|value| value.iter_mut().take(1).for_each(|byte| *byte = 255)).await;
        let of_damaged = code_of(|value| value.truncate(value.len() / 2)).await;
        newer += u32::from(of_newer == Some("stored.newer"));
        damaged += u32::from(of_damaged == Some("stored.damaged"));
    }
    assert!(read >= 12 && newer == read && damaged == read, "{newer} newer and {damaged} damaged of {read}");
}
