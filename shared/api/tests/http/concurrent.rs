//! Lists that are read page by page while others write.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{Method, StatusCode};
use portdelta_api::Logs;
use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;
use portdelta_protocol::admin::{LogLevel, LogLine, Time};
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::documented;
use crate::support::Lab;

/// A list of the document that is read page by page.
struct List {
    /// Its path in the document.
    path: &'static str,
    query: &'static str,
    /// What tells its items apart.
    names: &'static [&'static str],
    /// Something that was read is removed while the rest is read: whoever counts how many were read would then miss one.
    removes: bool,
}

const fn list(path: &'static str, names: &'static [&'static str]) -> List {
    List { path, query: "", names, removes: false }
}

impl List {
    const fn with(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    const fn removed_from(self) -> Self {
        Self { removes: true, ..self }
    }
}

const LISTS: [List; 29] = [
    list("/agents", &["id"]),
    list("/alerts", &["id"]),
    list("/audit", &["id"]),
    list("/channels", &["id"]).removed_from(),
    list("/clean-up", &["id"]),
    list("/enrolments", &["id"]).removed_from(),
    list("/expectations", &["id"]).removed_from(),
    list("/logs", &["id"]),
    list("/network-cards", &["site", "/network/name"]).with("sort=name&"),
    list("/networks", &["name"]).removed_from(),
    list("/networks/{network}/compliance", &["address", "port", "expectation"]),
    list("/networks/{network}/coverage", &["block"]),
    list("/networks/{network}/history", &["id"]),
    list("/networks/{network}/map", &["block"]),
    list("/networks/{network}/runs", &["run"]),
    list("/reports", &["run"]),
    list("/runs", &["id"]),
    list("/runs/{run}/deltas", &["id"]).with("first_looks=true&"),
    list("/runs/{run}/tasks", &["number"]),
    list("/scans", &["id"]),
    list("/scans/{scan}/timeline", &["run"]),
    list("/search", &["site", "address"]).with("q=port:22&"),
    list("/sites", &["id"]).removed_from(),
    list("/sites/{site}/deltas", &["id"]),
    list("/sites/{site}/deltas", &["id"]).with("first_looks=true&"),
    list("/sites/{site}/hosts", &["address"]),
    list("/sites/{site}/hosts/{address}/history", &["id"]),
    list("/tokens", &["id"]).removed_from(),
    list("/users", &["id"]).removed_from(),
];

/// What lists are of, and how much was written.
struct World {
    lab: Lab,
    written: u8,
    /// So many lines stand in the log.
    lines: Arc<AtomicU64>,
    /// A run of the first result of the office, and one of many tasks.
    runs: [String; 2],
    scan: String,
}

impl World {
    async fn new() -> Self {
        let lines = Arc::new(AtomicU64::new(0));
        let count = lines.clone();
        let newest = move || (1..=count.load(Ordering::SeqCst)).rev().map(line).collect();
        let lab = Lab::logging(Logs::Here(Box::new(newest))).await;
        for site in ["office", "dmz"] {
            lab.post("/sites", json!({"id": site})).await;
        }
        lab.post("/networks", json!({"name": "Wide", "prefixes": "10.0.0.0/9"})).await;
        let weekly =
            json!({"name": "Weekly", "targets": "10.128.0.0/20", "ports": "22", "sites": ["office"]});
        let scan = lab.post("/scans", weekly).await["id"].as_str().expect("an id").to_owned();
        let mut world = Self { lab, written: 0, lines, runs: [const { String::new() }; 2], scan };
        for _ in 0..5 {
            world.write().await;
        }
        world
    }

    /// The address of a list, with something in its places.
    fn address(&self, list: &List) -> String {
        let run = &self.runs[usize::from(list.path.ends_with("/tasks"))];
        let parts = list.path.split('/').map(|part| match part {
            "{site}" => "office",
            "{network}" => "Wide",
            "{run}" => run,
            "{scan}" => &self.scan,
            "{address}" => "10.0.0.20",
            part => part,
        });
        format!("{}?{}", parts.collect::<Vec<_>>().join("/"), list.query)
    }

    /// One more of everything, before, between and behind what is there.
    async fn write(&mut self) {
        let number = self.written;
        self.written += 1;
        self.lines.fetch_add(1, Ordering::SeqCst);
        self.lab.clock.advance(60);
        self.scan_office(number).await;
        self.set_up(number).await;
        let lab = &self.lab;
        TestAgent::enrolled(lab, "dmz", number + 1).await;
        // Remote desktops that appear, and stay.
        let host = format!("10.2.0.{number}");
        let text =
            NmapText::of(&format!("-sS -p3389 {host}")).tcp("3389").at(i64::from(number) * 1_000).of_total(1);
        self.import("dmz", &text.host(NmapHost::up(&host).open(&[3389]))).await;
        let run = lab.post(&format!("/scans/{}/runs", self.scan), json!({})).await;
        let run = run["runs"][0]["id"].as_str().expect("a run").to_owned();
        lab.post(&format!("/runs/{run}/cancel"), json!(null)).await;
        if number == 0 {
            self.runs[1] = run;
        }
    }

    /// Ten hosts at first, one more with each result; and one alone in a block.
    async fn scan_office(&mut self, number: u8) {
        let alone: Vec<_> =
            (0..=u32::from(number)).map(|index| format!("10.4.{}.1", 13 * index % 251)).collect();
        let text = NmapText::of(&format!("-sS 10.0.0.0/24 {}", alone.join(" "))).tcp("20-30");
        let mut text = text.at(i64::from(number) * 1_000).of_total(256 + alone.len() as u64);
        let old = (0..10).map(|index| 20 * index + 20);
        for index in old.chain((0..u32::from(number)).map(|index| 13 * index % 251 + 1)) {
            let ports: &[u16] = if number.is_multiple_of(2) { &[22] } else { &[22, 23] };
            text = text.host(NmapHost::up(&format!("10.0.0.{index}")).open(ports));
        }
        for address in alone {
            text = text.host(NmapHost::up(&address).open(&[22]));
        }
        let run = self.import("office", &text).await;
        if number == 0 {
            self.runs[0] = run;
        }
    }

    async fn set_up(&self, number: u8) {
        let lab = &self.lab;
        let name = format!("{}-{number}", ["a", "z"][usize::from(number % 2)]);
        lab.post("/scans", json!({"name": name, "targets": "10.0.0.1", "ports": "22", "sites": ["office"]}))
            .await;
        let prefixes = format!("10.1.{number}.0/24");
        lab.post("/networks", json!({"name": format!("{name}-network"), "prefixes": prefixes})).await;
        let block = 13 * u32::from(number) % 251;
        let expected = json!({"site": "office", "targets": format!("10.4.{block}.1"), "ports": "25",
            "state": "open", "reason": "x"});
        lab.post("/expectations", expected).await;
        let settings = json!({"type": "slack", "url": "https://hooks.example/secret"});
        lab.post("/channels", json!({"name": name, "settings": settings})).await;
        lab.post("/users", json!({"name": name, "role": "viewer"})).await;
        lab.post("/tokens", json!({"name": name})).await;
        lab.post("/enrolments", json!({"site": "dmz"})).await;
        lab.post("/sites", json!({"id": format!("{name}-site")})).await;
        lab.post("/clean-up", json!({"site": "office", "targets": format!("10.5.0.{number}")})).await;
    }

    /// A result, of which everybody is told; its run.
    async fn import(&self, site: &str, text: &NmapText) -> String {
        let answer = self.lab.import(&format!("{site}/imports"), &text.bytes()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.json);
        let run = answer.json["run"].as_str().expect("a run").to_owned();
        self.lab.service.notify_run(&run.parse().expect("an id")).await.expect("everybody is told");
        run
    }

    /// Removes something that was read, but not what we ask with; gives what it was.
    async fn remove(&self, list: &List, seen: &[String]) -> String {
        let own = self.lab.get("/me", self.lab.admin()).await.json["id"].clone();
        let wanted =
            seen.iter().rev().find(|id| own != json!(id) && !["office", "Wide"].contains(&id.as_str()));
        let id = wanted.expect("something else was read").clone();
        let path = format!("{}/{id}", list.path);
        let gone = self.lab.call(Method::DELETE, &path, self.lab.admin(), None).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{path}: {}", gone.text);
        id
    }

    /// A page: what tells its things apart, and where the next one begins.
    async fn page(&self, list: &List, limit: u32, cursor: &str) -> (Vec<String>, Option<String>) {
        let page =
            self.lab.get(&format!("{}limit={limit}{cursor}", self.address(list)), self.lab.admin()).await;
        assert_eq!(page.status, StatusCode::OK, "{}: {:?}", list.path, page.json);
        let items = page.json.get("items").or(page.json.get("changes")).and_then(Value::as_array);
        let name = |item: &Value| {
            let parts = list.names.iter().map(|name| match name.strip_prefix('/') {
                Some(_) => item.pointer(name).cloned().unwrap_or_default(),
                None => item[*name].clone(),
            });
            let parts = parts.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
            parts.collect::<Vec<_>>().join(" ")
        };
        let next = page.json["next"].as_str().map(|next| format!("&cursor={next}"));
        (items.expect("items").iter().map(name).collect(), next)
    }

    async fn whole(&self, list: &List) -> Vec<String> {
        let (mut all, mut cursor) = (Vec::new(), Some(String::new()));
        while let Some(place) = cursor {
            let (some, next) = self.page(list, 500, &place).await;
            all.extend(some);
            cursor = next;
        }
        all
    }
}

fn line(id: u64) -> Arc<LogLine> {
    let time = Time(UnixTime::from_seconds(1_800_000_000).expect("a time"));
    let (target, message) = ("portdelta_server::worker".to_owned(), "something".to_owned());
    Arc::new(LogLine {
        id,
        time,
        level: LogLevel::Info,
        target,
        message,
        fields: std::collections::BTreeMap::new(),
    })
}

/// A list that is new in the document is tried, too.
#[test]
fn every_list_of_the_document_is_tried() {
    let paths = documented::document()["paths"].as_object().expect("paths");
    let has_cursor = |operation: &Value| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "cursor"))
    };
    let told: BTreeSet<&str> =
        paths.iter().filter(|(_, item)| has_cursor(&item["get"])).map(|(path, _)| path.as_str()).collect();
    let tried: BTreeSet<&str> = LISTS.iter().map(|list| list.path).collect();
    assert_eq!(tried, told);
}

/// What was there all the time is listed once and in its order, and nothing twice.
#[tokio::test]
async fn what_stays_is_listed_once_while_others_write() {
    // What is written for the one stands in the way of the other: it all grows.
    for lists in LISTS.chunks(6) {
        let mut world = World::new().await;
        for list in lists {
            read_while_others_write(&mut world, list).await;
        }
    }
}

async fn read_while_others_write(world: &mut World, list: &List) {
    let path = list.path;
    let mut before = world.whole(list).await;
    assert!(before.len() >= 4, "{path}: {before:?}");
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let (some, next) = world.page(list, 3, &cursor).await;
        seen.extend(some);
        pages += 1;
        // Each writes at least one of everything; a list that grows as fast as it is read would not end.
        if pages <= 2 {
            world.write().await;
        }
        if list.removes && pages == 1 {
            let gone = world.remove(list, &seen).await;
            seen.retain(|name| *name != gone);
            before.retain(|name| *name != gone);
        }
        let Some(next) = next else { break };
        cursor = next;
    }
    assert!(pages > 1, "{path} has one page only");
    let once: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(once.len(), seen.len(), "{path} lists something twice: {seen:?}");
    let stayed: Vec<&String> = seen.iter().filter(|name| before.contains(name)).collect();
    assert_eq!(stayed, before.iter().collect::<Vec<_>>(), "{path}");
}

/// The order of cards changes with each run: one that moves may come again, or not at all; the others come once.
#[tokio::test]
async fn cards_that_stay_in_their_place_are_listed_once_while_others_move() {
    for sort in ["recent", "oldest", "score", "-score", "changes", "-changes", "name"] {
        let lab = Lab::new().await;
        lab.post("/sites", json!({"id": "office"})).await;
        let scan = async |number: i64, ports: &[u16]| {
            let host = format!("10.0.{number}.1");
            let at = lab.clock.now().seconds() - NmapText::BEGINNING - 100;
            let text = NmapText::of(&format!("-sS {host}")).tcp("20-30").at(at).of_total(1);
            let taken =
                lab.import("office/imports", &text.host(NmapHost::up(&host).open(ports)).bytes()).await;
            let run = taken.json["run"].as_str().expect("a run").parse().expect("an id");
            lab.service.notify_run(&run).await.expect("everybody is told");
            lab.clock.advance(60);
        };
        for number in 0..8 {
            let prefixes = format!("10.0.{number}.0/24");
            lab.post("/networks", json!({"name": format!("n{number}"), "prefixes": prefixes})).await;
            scan(number, &[22]).await;
        }
        let names = |page: &Value| -> Vec<String> {
            let cards = page["items"].as_array().expect("cards").iter();
            cards.map(|card| card["network"]["name"].as_str().expect("a name").to_owned()).collect()
        };
        let path = format!("/network-cards?sort={sort}&limit=3");
        let first = lab.get(&path, lab.admin()).await.json;
        let mut seen = names(&first);
        // The one behind which the next page begins goes elsewhere, and one that was not read yet as well.
        let unread = (0..8).find(|number| !seen.contains(&format!("n{number}"))).expect("one");
        for number in [seen[2][1..].parse().expect("a number"), unread] {
            scan(number, &[22, 23, 24]).await;
        }
        let moved = [seen[2].clone(), format!("n{unread}")];
        let mut next = first["next"].as_str().map(str::to_owned);
        while let Some(cursor) = next {
            let page = lab.get(&format!("{path}&cursor={cursor}"), lab.admin()).await.json;
            seen.extend(names(&page));
            next = page["next"].as_str().map(str::to_owned);
        }
        for name in (0..8).map(|number| format!("n{number}")).filter(|name| !moved.contains(name)) {
            let times = seen.iter().filter(|one| **one == name).count();
            assert_eq!(times, 1, "{name} by {sort}: {seen:?}");
        }
    }
}
