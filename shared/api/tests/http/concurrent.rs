//! Lists that are read page by page while others write.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::Lab;

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
    lab.post("/networks", json!({"name": format!("{name} network"), "prefixes": prefixes})).await;
}

fn names(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().expect("a text").to_owned()).collect()
}

/// What was there all the time is listed once and in its order, and nothing twice.
#[tokio::test]
async fn what_stays_is_listed_once_while_others_write() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let mut written = 0;
    for _ in 0..4 {
        scan(&lab, written).await;
        written += 1;
    }
    for (path, field) in [
        ("/sites/office/hosts?", "address"),
        ("/sites/office/deltas?", "id"),
        ("/sites/office/deltas?first_looks=true&", "id"),
        ("/runs?", "id"),
        ("/reports?", "run"),
        ("/scans?", "id"),
        ("/networks?", "name"),
        ("/audit?", "id"),
    ] {
        let before = names(&lab.all(path.trim_end_matches(['?', '&']), 500).await, field);
        assert!(before.len() >= 4, "{path}: {before:?}");
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = lab.get(&format!("{path}limit=3{cursor}"), lab.admin()).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {:?}", page.json);
            seen.extend(names(page.json["items"].as_array().expect("items"), field));
            pages += 1;
            // Each writes at least one of everything; a list that grows as fast as it is read would not end.
            if pages <= 3 {
                scan(&lab, written).await;
                written += 1;
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
