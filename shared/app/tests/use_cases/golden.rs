//! What version 1 stored stays readable.
//!
//! `golden/v1` holds items as that version wrote them, and what they mean in words. Both are frozen: a format that
//! changes gets a new version and a new folder. `PORTDELTA_WRITE_GOLDEN=1` writes a folder that is not there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use portdelta_app::ports::table::Attributes;
use portdelta_app::ports::{Action, Item, Key, Table};
use portdelta_app::repositories::Network;
use portdelta_app::stored::{StoredBody, join, split};
use portdelta_app::{App, AppError};
use portdelta_core::{AddressSet, UnixTime};
use portdelta_testkit::{NmapHost, NmapText};
use serde::{Deserialize, Serialize};

use crate::store::{Memory, damped, ingest, of_run, site, upload};

const FOLDER: &str = "v1";

/// One stored item.
#[derive(Serialize, Deserialize)]
pub struct GoldenItem {
    key: Key,
    attributes: Attributes,
    index: Option<Key>,
    /// Hexadecimal.
    value: String,
}

impl GoldenItem {
    pub fn of(item: &Item) -> Self {
        let value = item.value.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let (key, attributes, index) = (item.key.clone(), item.attributes.clone(), item.index.clone());
        Self { key, attributes, index, value }
    }

    pub fn item(self) -> Item {
        let digits: Vec<char> = self.value.chars().collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
        let value = digits.chunks(2).map(|pair| byte(pair).expect("hexadecimal digits")).collect::<Vec<_>>();
        Item { attributes: self.attributes, index: self.index, ..Item::new(self.key, value) }
    }
}

pub fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(version)
}

/// Writes a folder that is not there, where that is asked for.
pub async fn write_golden(version: &str, make: impl AsyncFnOnce() -> (Vec<GoldenItem>, String)) {
    let folder = folder(version);
    let path = folder.join("meaning.txt");
    if std::env::var_os("PORTDELTA_WRITE_GOLDEN").is_none() || path.exists() {
        return;
    }
    let (items, meaning) = make().await;
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let text = serde_json::to_string_pretty(&items).expect("items are JSON");
    std::fs::write(folder.join("items.json"), text + "\n").expect("the items can be written");
    std::fs::write(&path, meaning).expect("the meaning can be written");
}

/// A store with something of everything: all attributes, waiting changes, a late result, a refused one.
pub async fn everything() -> Memory {
    let memory = Memory::new();
    let app = memory.app();
    let prefixes: AddressSet = (0..=255).map(|last| std::net::IpAddr::from([192, 0, 2, last])).collect();
    let (name, owner) = ("Office".to_owned(), "it@example.org".to_owned());
    let network =
        Network { name, prefixes, owner, notes: "ground floor".to_owned(), labels: vec!["lan".to_owned()] };
    app.add_network(&network).await.expect("the network is new");
    let scan = |seconds: i64, version: &str, open: &[u16], second: bool| {
        let os = "<os><osmatch name=\"Linux 5\" accuracy=\"98\" line=\"1\"><osclass osfamily=\"Linux\" osgen=\"5.X\" \
                  accuracy=\"98\"/></osmatch></os><hostscript><script id=\"nbstat\" output=\"name\"/></hostscript>";
        let title = format!(
            "<service name=\"http\" tunnel=\"ssl\" product=\"nginx\" version=\"{version}\" extrainfo=\"Debian\" \
             method=\"probed\" conf=\"10\"/><script id=\"http-title\" output=\"Version {version}\"/>"
        );
        let host =
            NmapHost::up("192.0.2.1").name(&format!("v{version}.example.org")).mac("02:00:00:00:00:01");
        let host = host.port("tcp", 443, "open", &title).open(open).tail(os);
        let scan = NmapText::of("-A -sT -sU -p20-30,53,443 192.0.2.0/30").at(seconds).of_total(4);
        let ports = if open.contains(&80) { "20-30,80,443" } else { "20-30,443" };
        let scan = scan.tcp(ports).udp("53").host(host);
        let other = NmapHost::up("192.0.2.2").open(&[22]).port("udp", 53, "open|filtered", "");
        if second { scan.host(other) } else { scan }
    };
    let texts = [
        scan(0, "1.24", &[22], true),
        scan(2_000, "1.25", &[22, 25], false),
        scan(1_000, "1.24", &[22, 80], true),
        scan(3_000, "1.25", &[25], true),
    ];
    for (number, text) in texts.iter().enumerate() {
        memory.clock.advance(60);
        ingest(&app, of_run(damped(upload(text.bytes()), 1, 2), &format!("run-{number}"))).await;
    }
    ingest(&app, upload(b"<html>".to_vec())).await;
    memory
}

/// What later versions know besides, as it reads in what version 1 stored.
const ADDED_SINCE: [&str; 7] = [
    "notes: \"\",",
    "active: true,",
    "task: None,",
    "sha256: None,",
    "by: None,",
    "document: None,",
    "of_scan: None,",
];

/// All that a store holds, in words; without what version 1 did not know.
async fn meaning(app: &App) -> Result<String, AppError> {
    let text = everything_in(app).await?;
    let known = text.lines().filter(|line| !ADDED_SINCE.contains(&line.trim()));
    Ok(known.fold(String::new(), |text, line| text + line + "\n"))
}

/// All that a store holds, in words.
async fn everything_in(app: &App) -> Result<String, AppError> {
    let mut text = format!("{:#?}\n{:#?}\n", app.sites().await?, app.networks().await?);
    for (block, head) in app.heads(&site()).await? {
        let _ = writeln!(text, "{block} {head:#?}");
        let _ = writeln!(text, "{:#?}", app.block(&site(), block).await?.map(|loaded| loaded.state));
        let _ =
            writeln!(text, "{:#?}", app.block_batches(&site(), block, UnixTime::EPOCH, None).await?.batches);
    }
    let _ = writeln!(text, "{:#?}", app.results(&site()).await?);
    let _ = writeln!(text, "{:#?}", app.runs(&site(), None, None).await?.runs);
    Ok(text)
}

pub async fn holding(items: Vec<Item>) -> Memory {
    let memory = Memory::new();
    for item in items {
        memory.table.transact(vec![Action::put(item)]).await.expect("the item is stored");
    }
    memory
}

pub fn golden(version: &str) -> Vec<Item> {
    let text =
        std::fs::read_to_string(folder(version).join("items.json")).expect("the golden items are there");
    let items: Vec<GoldenItem> = serde_json::from_str(&text).expect("the golden items are JSON");
    items.into_iter().map(GoldenItem::item).collect()
}

#[tokio::test]
async fn version_1_reads_as_what_it_meant() {
    write_golden(FOLDER, async || {
        let memory = everything().await;
        let text = meaning(&memory.app()).await.expect("it reads back");
        (memory.table.items().iter().map(GoldenItem::of).collect(), text)
    })
    .await;
    let path = folder(FOLDER).join("meaning.txt");
    let memory = holding(golden(FOLDER)).await;
    let is = meaning(&memory.app()).await.expect("version 1 is readable");
    let expected = std::fs::read_to_string(&path).expect("the meaning is there");
    let difference = is.lines().zip(expected.lines()).enumerate().find(|(_, (is, expected))| is != expected);
    assert!(difference.is_none() && is.len() == expected.len(), "line and texts: {difference:?}");
}

#[tokio::test]
async fn what_is_written_today_reads_back() {
    let memory = holding(golden(FOLDER)).await;
    let app = memory.app();
    for (block, _) in app.heads(&site()).await.expect("the heads are readable") {
        let state =
            app.block(&site(), block).await.expect("the block is readable").expect("it is there").state;
        let (head, body, scopes) = split(&state);
        let bytes = body.to_bytes().expect("a body can be written");
        let body = StoredBody::from_bytes(&bytes).expect("and read");
        let scopes = scopes.into_iter().collect();
        assert_eq!(join(&head, body, &scopes).expect("the parts fit"), state);
    }
    // Written by today's code, and read by a process that has seen none of it.
    let fresh = everything().await;
    let copy = holding(fresh.table.items()).await;
    let text = meaning(&copy.app()).await.expect("it reads back");
    assert_eq!(text, meaning(&fresh.app()).await.expect("it is readable"));
    let kinds =
        ["Pending {", "late: true", "Refused {", "ServiceChanged", "ScriptChanged", "mac: Some", "os: Some"];
    for kind in kinds {
        assert!(text.contains(kind), "{kind} does not occur");
    }
}

#[tokio::test]
async fn a_newer_version_is_refused_whatever_it_is_a_version_of() {
    let refused = |error: &AppError| error.code() == "stored.newer" && error.hint().is_some();
    let mut tried = 0;
    for place in 0..golden(FOLDER).len() {
        let mut items = golden(FOLDER);
        let key = items[place].key.clone();
        let Some(version) = items[place].value.first_mut() else { continue };
        assert_eq!(*version, 1, "{key}");
        *version = u8::MAX;
        let memory = holding(items).await;
        let error = meaning(&memory.app()).await.expect_err("it is newer");
        assert!(refused(&error), "{key}: {error:?}");
        tried += 1;
    }
    assert!(tried >= 10, "{tried} items");
}

#[tokio::test]
async fn a_damaged_item_is_told_and_breaks_nothing_else() {
    for place in 0..golden(FOLDER).len() {
        let mut items = golden(FOLDER);
        let half = items[place].value.len() / 2;
        items[place].value.truncate(half);
        let key = items[place].key.clone();
        let error = meaning(&holding(items).await.app()).await.expect_err("it is damaged");
        assert_eq!(error.code(), "stored.damaged", "{key}: {error:?}");
    }
}
