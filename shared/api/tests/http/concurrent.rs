//! Lists that are read page by page while others write.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::support::Lab;

/// Lists, what tells their items apart, and where one is removed that was read already; whoever counts how many were
/// read would then miss one.
const LISTS: [(&str, &str, Option<&str>); 15] = [
    ("/sites/office/hosts?", "address", None),
    ("/sites/office/deltas?", "id", None),
    ("/sites/office/deltas?first_looks=true&", "id", None),
    ("/runs?", "id", None),
    ("/reports?", "run", None),
    ("/scans?", "id", None),
    ("/networks?", "name", Some("/networks")),
    ("/audit?", "id", None),
    ("/alerts?", "id", None),
    ("/agents?", "id", None),
    ("/enrolments?", "id", Some("/enrolments")),
    ("/expectations?", "id", Some("/expectations")),
    ("/channels?", "id", Some("/channels")),
    ("/users?", "id", Some("/users")),
    ("/tokens?", "id", Some("/tokens")),
];

/// What a site looks like after so many results: ten hosts at first, one more with each.
async fn scan(lab: &Lab, number: u8) {
    let mut text = NmapText::of("-sS 10.0.0.0/24").tcp("20-30").at(i64::from(number) * 1_000).of_total(256);
    // New ones come before, between and behind those that are there.
    for index in
        (0..10).map(|index| 20 * index + 20).chain((0..u32::from(number)).map(|index| 13 * index % 251 + 1))
    {
        let ports: &[u16] = if number.is_multiple_of(2) { &[22] } else { &[22, 23] };
        text = text.host(NmapHost::up(&format!("10.0.0.{index}")).open(ports));
    }
    lab.clock.advance(60);
    let answer = lab.import("office/imports", &text.bytes()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.json);
    let name = format!("{}-{number}", ["a", "z"][usize::from(number % 2)]);
    lab.post("/scans", json!({"name": name, "targets": "10.0.0.1", "ports": "22", "sites": ["office"]}))
        .await;
    let prefixes = format!("10.1.{number}.0/24");
    lab.post("/networks", json!({"name": format!("{name}-network"), "prefixes": prefixes})).await;
    let expected = json!({"site": "office", "targets": format!("10.3.0.{number}"), "ports": "22", "state": "open",
        "reason": "x"});
    lab.post("/expectations", expected).await;
    let settings = json!({"type": "slack", "url": "https://hooks.example/secret"});
    lab.post("/channels", json!({"name": name, "settings": settings})).await;
    lab.post("/users", json!({"name": name, "role": "viewer"})).await;
    lab.post("/tokens", json!({"name": name})).await;
    lab.post("/enrolments", json!({"site": "dmz"})).await;
    TestAgent::enrolled(lab, "dmz", number + 1).await;
    // Remote desktops that appear, and stay.
    let host = format!("10.2.0.{number}");
    let text =
        NmapText::of(&format!("-sS -p3389 {host}")).tcp("3389").at(i64::from(number) * 1_000).of_total(1);
    let answer = lab.import("dmz/imports", &text.host(NmapHost::up(&host).open(&[3389])).bytes()).await;
    let run = answer.json["run"].as_str().expect("a run").parse().expect("an id");
    lab.service.notify_run(&run).await.expect("everybody is told");
}

/// Removes something that was read, but not what we ask with; gives what it was.
async fn remove(lab: &Lab, list: &str, seen: &[String]) -> String {
    for id in seen.iter().rev() {
        let path = format!("{list}/{id}");
        let own = lab.get("/me", lab.admin()).await.json["id"] == json!(id);
        if !own {
            let gone = lab.call(Method::DELETE, &path, lab.admin(), None).await;
            assert_eq!(gone.status, StatusCode::NO_CONTENT, "{path}: {}", gone.text);
            return id.clone();
        }
    }
    panic!("nothing of {list} was read")
}

fn names(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().expect("a text").to_owned()).collect()
}

/// What was there all the time is listed once and in its order, and nothing twice.
#[tokio::test]
async fn what_stays_is_listed_once_while_others_write() {
    let lab = Lab::new().await;
    for site in ["office", "dmz"] {
        lab.post("/sites", json!({"id": site})).await;
    }
    let mut written = 0;
    for _ in 0..4 {
        scan(&lab, written).await;
        written += 1;
    }
    for (path, field, removable) in LISTS {
        let mut before = names(&lab.all(path.trim_end_matches(['?', '&']), 500).await, field);
        assert!(before.len() >= 4, "{path}: {before:?}");
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = lab.get(&format!("{path}limit=3{cursor}"), lab.admin()).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {:?}", page.json);
            seen.extend(names(page.json["items"].as_array().expect("items"), field));
            pages += 1;
            // Each writes at least one of everything; a list that grows as fast as it is read would not end.
            if pages <= 2 {
                scan(&lab, written).await;
                written += 1;
            }
            if let Some(list) = removable.filter(|_| pages == 1) {
                let gone = remove(&lab, list, &seen).await;
                seen.retain(|name| *name != gone);
                before.retain(|name| *name != gone);
            }
            let Some(next) = page.json["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let once: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "{path} lists something twice: {seen:?}");
        let stayed: Vec<&String> = seen.iter().filter(|name| before.contains(name)).collect();
        assert_eq!(stayed, before.iter().collect::<Vec<_>>(), "{path}");
    }
}
