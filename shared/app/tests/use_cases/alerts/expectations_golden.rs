//! What was stored of expectations stays readable.
//!
//! `golden/expectations-v1` and `golden/expectations-v2`, which says who, are frozen as `golden/v1` is, see
//! `crate::golden`.

use std::fmt::Write as _;

use portdelta_app::ports::Item;
use portdelta_app::{AppError, ExpectationDraft};
use portdelta_core::UnixTime;
use portdelta_core::expectation::ExpectedState;

use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::store::{Memory, site};

/// Every version that there was, with what later ones know besides as it reads in it.
const FOLDERS: [(&str, &[&str]); 2] = [("expectations-v1", &["by: None,"]), (NEWEST, &[])];
const NEWEST: &str = "expectations-v2";

fn drafts() -> [ExpectationDraft; 2] {
    let open = ExpectationDraft {
        site: site(),
        targets: "192.0.2.1-9, 198.51.100.0/24".to_owned(),
        ports: "443,U:53".to_owned(),
        state: ExpectedState::Open,
        service: Some("nginx*".to_owned()),
        owner: "Web team".to_owned(),
        reason: "the shop\nand its names".to_owned(),
        expires: UnixTime::from_seconds(4_000_000_000),
    };
    let closed = ExpectationDraft {
        targets: "2001:db8::/120".to_owned(),
        ports: "1-65535".to_owned(),
        state: ExpectedState::Closed,
        service: None,
        owner: String::new(),
        reason: String::new(),
        expires: None,
        ..open.clone()
    };
    [open, closed]
}

async fn meaning(memory: &Memory) -> Result<String, AppError> {
    let mut text = String::new();
    for (expectation, version) in memory.app().expectations().await? {
        let _ = writeln!(text, "{version} {expectation:#?}");
    }
    Ok(text)
}

#[tokio::test]
async fn what_was_stored_reads_as_what_it_meant() {
    write_golden(NEWEST, async || {
        let memory = Memory::new();
        let app = memory.app();
        app.ensure_site(&site()).await.expect("a site");
        for draft in drafts() {
            app.create_expectation(&draft, Some("user Ada")).await.expect("it is fine");
        }
        let all = memory.table.items().into_iter();
        let items: Vec<Item> = all.filter(|item| item.key.partition == "EXPECTATIONS").collect();
        let stored = items.iter().map(GoldenItem::of).collect();
        (stored, meaning(&holding(items).await).await.expect("it reads back"))
    })
    .await;
    for (version, added) in FOLDERS {
        let is = meaning(&holding(golden(version)).await).await.expect("it is readable");
        let known = is.lines().filter(|line| !added.contains(&line.trim()));
        let is = known.fold(String::new(), |text, line| text + line + "\n");
        let path = folder(version).join("meaning.txt");
        let expected = std::fs::read_to_string(path).expect("the meaning is there");
        assert_eq!(is, expected, "{version}");
        for what in ["nginx*", "Web team", "and its names", "Open", "Closed", "2001:db8::"] {
            assert!(is.contains(what), "{what} does not occur in {is}");
        }
        assert_eq!(is.contains("user Ada"), version == NEWEST, "{is}");
    }
}

#[tokio::test]
async fn newer_and_damaged_ones_are_told() {
    for (version, place) in FOLDERS.iter().flat_map(|(version, _)| [(version, 0), (version, 1)]) {
        let code_of = async |change: fn(&mut Vec<u8>)| {
            let mut items = golden(version);
            change(&mut items[place].value);
            meaning(&holding(items).await).await.err().map(|error| error.code())
        };
        assert_eq!(code_of(|value| value[0] = 255).await, Some("stored.newer"));
        assert_eq!(code_of(|value| value.truncate(value.len() / 2)).await, Some("stored.damaged"));
    }
}
