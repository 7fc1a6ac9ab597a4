//! What version 1 stored of expectations stays readable.
//!
//! `golden/expectations-v1` is frozen as `golden/v1` is, see `crate::golden`.

use std::fmt::Write as _;

use portdelta_app::ports::Item;
use portdelta_app::{AppError, ExpectationDraft};
use portdelta_core::UnixTime;
use portdelta_core::expectation::ExpectedState;

use crate::golden::{GoldenItem, folder, golden, holding, write_golden};
use crate::store::{Memory, site};

const FOLDER: &str = "expectations-v1";

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
    write_golden(FOLDER, async || {
        let memory = Memory::new();
        let app = memory.app();
        app.ensure_site(&site()).await.expect("a site");
        for draft in drafts() {
            app.create_expectation(&draft).await.expect("it is fine");
        }
        let all = memory.table.items().into_iter();
        let items: Vec<Item> = all.filter(|item| item.key.partition == "EXPECTATIONS").collect();
        let stored = items.iter().map(GoldenItem::of).collect();
        (stored, meaning(&holding(items).await).await.expect("it reads back"))
    })
    .await;
    let is = meaning(&holding(golden(FOLDER)).await).await.expect("it is readable");
    let expected = std::fs::read_to_string(folder(FOLDER).join("meaning.txt")).expect("the meaning is there");
    assert_eq!(is, expected);
    for what in ["nginx*", "Web team", "and its names", "Open", "Closed", "2001:db8::"] {
        assert!(is.contains(what), "{what} does not occur in {is}");
    }
}

#[tokio::test]
async fn newer_and_damaged_ones_are_told() {
    for place in 0..golden(FOLDER).len() {
        let code_of = async |change: fn(&mut Vec<u8>)| {
            let mut items = golden(FOLDER);
            change(&mut items[place].value);
            meaning(&holding(items).await).await.err().map(|error| error.code())
        };
        assert_eq!(code_of(|value| value[0] = 255).await, Some("stored.newer"));
        assert_eq!(code_of(|value| value.truncate(value.len() / 2)).await, Some("stored.damaged"));
    }
}
