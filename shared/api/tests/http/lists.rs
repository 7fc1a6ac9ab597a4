//! Lists: every thing once, in order, whatever the size of the pages.

use axum::http::StatusCode;
use portdelta_app::ports::Clock as _;
use portdelta_protocol::admin::Time;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::Lab;

/// Two scans of three blocks; in the second all 60 hosts have another port open.
async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    for (at, ports) in [(0, &[22_u16][..]), (1000, &[22, 23])] {
        let mut text = NmapText::of("-sS 10.0.0.0/22").tcp("20-30").at(at).of_total(1024);
        for block in [0, 1, 3] {
            for index in 1..=20 {
                text = text.host(NmapHost::up(&format!("10.0.{block}.{index}")).open(ports));
            }
        }
        lab.clock.advance(60);
        assert_eq!(lab.import("office/imports", &text.bytes()).await.status, StatusCode::CREATED);
    }
    lab
}

fn texts(all: &[Value], field: &str) -> Vec<String> {
    all.iter().map(|item| item[field].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn every_host_is_listed_once_in_order() {
    let lab = lab().await;
    let whole = texts(&lab.all("/sites/office/hosts", 500).await, "address");
    assert_eq!(whole.len(), 60);
    assert_eq!((whole[0].as_str(), whole[59].as_str()), ("10.0.0.1", "10.0.3.20"));
    for limit in [1, 7, 20, 60] {
        assert_eq!(texts(&lab.all("/sites/office/hosts", limit).await, "address"), whole, "limit {limit}");
    }
    let some = lab.all("/sites/office/hosts?targets=10.0.1.0/24,10.0.3.7&port=23", 3).await;
    assert_eq!(some.len(), 21);
    assert_eq!(lab.all("/sites/office/hosts?port=25", 3).await.len(), 0);
}

#[tokio::test]
async fn each_host_is_listed_in_the_network_that_it_belongs_to() {
    let lab = lab().await;
    for (name, prefixes) in
        [("Office", "10.0.0.0/23"), ("Lab", "10.0.1.0/28"), ("Taken", "10.0.0.0/24"), ("Dark", "10.0.2.0/24")]
    {
        lab.post("/networks", json!({"name": name, "prefixes": prefixes})).await;
    }
    let whole = texts(&lab.all("/sites/office/hosts", 500).await, "address");
    let counts = [("Office", 5), ("Lab", 15), ("Taken", 20), ("Dark", 0), ("unassigned", 20)];
    for limit in [1, 7, 500] {
        let mut all = Vec::new();
        for (name, count) in counts {
            let path = format!("/sites/office/hosts?network={name}");
            let hosts = lab.all(&path, limit).await;
            assert_eq!(hosts.len(), count, "{name} by {limit}");
            all.extend(texts(&hosts, "address"));
        }
        all.sort_unstable_by_key(|address| address.parse::<std::net::IpAddr>().expect("an address"));
        assert_eq!(all, whole, "{limit}");
    }
    let some = lab.all("/sites/office/hosts?network=Office&targets=10.0.0.0/24,10.0.1.15-17", 3).await;
    assert_eq!(texts(&some, "address"), ["10.0.1.16", "10.0.1.17"]);
    let unknown = lab.get("/sites/office/hosts?network=Nowhere", lab.admin()).await;
    assert_eq!((unknown.status, &unknown.json["code"]), (StatusCode::NOT_FOUND, &json!("unknown")));
}

#[tokio::test]
async fn what_is_in_no_network_is_held_against_what_is_expected() {
    let lab = lab().await;
    lab.post("/networks", json!({"name": "Office", "prefixes": "10.0.0.0/23"})).await;
    let targets = "10.0.1.1,10.0.3.1";
    lab.post(
        "/expectations",
        json!({"site": "office", "targets": targets, "ports": "22", "state": "closed"}),
    )
    .await;
    for (name, address) in [("Office", "10.0.1.1"), ("unassigned", "10.0.3.1")] {
        let found = lab.all(&format!("/networks/{name}/compliance?site=office"), 1).await;
        assert_eq!(texts(&found, "address"), [address], "{name}");
    }
}

#[tokio::test]
async fn every_change_is_listed_once() {
    let lab = lab().await;
    let whole = texts(&lab.all("/sites/office/deltas", 500).await, "id");
    assert_eq!(whole.len(), 60);
    for limit in [1, 7, 20, 59] {
        assert_eq!(texts(&lab.all("/sites/office/deltas", limit).await, "id"), whole, "limit {limit}");
    }
    let with_first_looks = lab.all("/sites/office/deltas?first_looks=true", 50).await;
    assert_eq!(with_first_looks.len(), 60 + 120);
    let narrow = lab.all("/sites/office/deltas?kind=port-opened&targets=10.0.3.0/24", 3).await;
    assert_eq!(narrow.len(), 20);
    assert_eq!(lab.all("/sites/office/deltas?kind=host-gone", 3).await.len(), 0);
    assert_eq!(lab.all("/sites/office/deltas?since=2100-01-01T00:00:00Z", 3).await.len(), 0);
    let runs = lab.all("/runs", 1).await;
    assert_eq!(runs.len(), 2);
    let newest = runs[0]["id"].as_str().expect("an id");
    assert_eq!(texts(&lab.all(&format!("/runs/{newest}/deltas"), 9).await, "id"), whole);
}

/// One change, and then many runs that change nothing.
#[tokio::test]
async fn a_change_is_found_behind_many_quiet_runs_and_the_end_before_many_old_ones() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let look = async |ports: &[u16]| {
        let text =
            NmapText::of("-sS 10.0.0.1").tcp("20-30").at(lab.clock.now().seconds() - NmapText::BEGINNING);
        let text = text.host(NmapHost::up("10.0.0.1").open(ports));
        lab.clock.advance(60);
        assert_eq!(lab.import("office/imports", &text.bytes()).await.status, StatusCode::CREATED);
    };
    for _ in 0..60 {
        look(&[22]).await;
    }
    lab.clock.advance(30 * 86_400);
    let begin = json!(Time(lab.clock.now()));
    let begin = begin.as_str().expect("a time");
    look(&[22, 23]).await;
    for _ in 0..60 {
        look(&[22, 23]).await;
    }
    let path = format!("/sites/office/deltas?since={begin}");
    // Fifty runs a page: the first says nothing, and that there is more.
    let first = lab.get(&format!("{path}&limit=5"), lab.admin()).await;
    assert_eq!(first.json["items"], json!([]));
    assert!(first.json["next"].is_string());
    let all = lab.all(&path, 5).await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["kind"], "port-opened");
    // What was before it is not looked through: its page is the last one.
    let next = first.json["next"].as_str().expect("a cursor");
    let last = lab.get(&format!("{path}&limit=5&cursor={next}"), lab.admin()).await;
    assert_eq!((last.json["items"].as_array().expect("a list").len(), &last.json["next"]), (1, &Value::Null));
}

#[tokio::test]
async fn cursors_belong_to_one_list() {
    let lab = lab().await;
    let page = lab.get("/sites/office/hosts?limit=5", lab.admin()).await;
    let cursor = page.json["next"].as_str().expect("more");
    for path in [
        format!("/sites/office/hosts?limit=5&gone=true&cursor={cursor}"),
        format!("/sites/office/deltas?cursor={cursor}"),
        format!("/sites?cursor={cursor}"),
        "/sites/office/hosts?cursor=AAAA".to_owned(),
        format!("/sites/office/hosts?limit=5&cursor={}A", &cursor[1..]),
    ] {
        let answer = lab.get(&path, lab.admin()).await;
        assert_eq!(
            (answer.status, answer.json["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("cursor.invalid")),
            "{path}"
        );
    }
    for limit in ["0", "501", "-1", "many"] {
        let answer = lab.get(&format!("/sites/office/hosts?limit={limit}"), lab.admin()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{limit}");
    }
}

#[tokio::test]
async fn a_host_knows_its_network_and_its_past() {
    let lab = lab().await;
    lab.post("/networks", json!({"name": "Everything", "prefixes": "10.0.0.0/8"})).await;
    lab.post("/networks", json!({"name": "Büro", "prefixes": "10.0.3.0/24", "labels": ["a"]})).await;
    let host = lab.get("/sites/office/hosts/10.0.3.7", lab.admin()).await;
    assert_eq!((host.json["network"].as_str(), host.json["status"].as_str()), (Some("Büro"), Some("up")));
    let past = lab.get("/sites/office/hosts/10.0.3.7/history", lab.admin()).await;
    let changes = past.json["changes"].as_array().expect("changes");
    assert_eq!(changes.first().map(|change| &change["change"]), Some(&json!("23/tcp opened")));
    assert_eq!(lab.get("/sites/office/hosts/10.9.9.9", lab.admin()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(lab.get("/sites/office/hosts/nobody", lab.admin()).await.status, StatusCode::NOT_FOUND);
    let nothing = lab.get("/sites/office/hosts/10.9.9.9/history", lab.admin()).await;
    assert_eq!(nothing.json["changes"], json!([]));
    let networks = lab.all("/networks", 1).await;
    assert_eq!(texts(&networks, "name"), ["Büro", "Everything"]);
    assert_eq!(networks[0]["prefixes"], "10.0.3.0/24");
}

#[tokio::test]
async fn a_history_comes_page_by_page_and_of_one_port() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    for number in 0..12_i64 {
        let open: &[u16] = if number % 2 == 0 { &[22] } else { &[22, 25] };
        let text = NmapText::of("-sS 10.0.0.1-2").tcp("20-30").at(number * 1_000).of_total(2);
        let text = text.host(NmapHost::up("10.0.0.1").open(open));
        let text = text.host(NmapHost::up("10.0.0.2").open(open)).bytes();
        assert_eq!(lab.import("office/imports", &text).await.status, StatusCode::CREATED);
    }
    let path = "/sites/office/hosts/10.0.0.1/history";
    let paged = async |query: &str, limit: u32| {
        let first = format!("{path}?limit={limit}&{query}");
        let (mut all, mut next) = (Vec::new(), first.clone());
        loop {
            let page = lab.get(&next, lab.admin()).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            assert_eq!(page.json["host"]["address"], "10.0.0.1");
            let changes = page.json["changes"].as_array().expect("changes").clone();
            assert!(changes.len() <= limit as usize);
            all.extend(changes);
            let Some(cursor) = page.json["next"].as_str() else { return all };
            next = format!("{first}&cursor={cursor}");
        }
    };
    let whole = paged("", 500).await;
    assert_eq!(whole.len(), 2 + 11, "the host and its port at first look, and a change each time");
    let times = texts(&whole, "time");
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    for limit in [1, 3, 11, 13] {
        assert_eq!(paged("", limit).await, whole, "limit {limit}");
    }
    for (query, count) in [
        ("port=25/tcp", 11),
        ("port=22", 1),
        ("port=25/udp", 0),
        ("first_looks=false", 11),
        ("kind=port-closed,host-gone", 5),
        ("kind=port-opened&port=25", 1),
        ("since=2100-01-01T00:00:00Z", 0),
        ("until=2000-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(paged(query, 2).await.len(), count, "{query}");
    }
    let (newest, third) = (&times[0], &times[2]);
    assert_eq!(paged(&format!("since={third}&until={newest}"), 2).await.len(), 3);
    for (query, code) in [
        ("port=ssh", "bad_port"),
        ("kind=opened", "kind.unknown"),
        ("since=yesterday", "query.invalid"),
        ("limit=0", "limit.out_of_range"),
        ("cursor=AAAA", "cursor.invalid"),
    ] {
        let answer = lab.get(&format!("{path}?{query}"), lab.admin()).await;
        assert_eq!((answer.status, &answer.json["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{query}");
    }
    // A cursor belongs to its host and its filters.
    let page = lab.get(&format!("{path}?limit=2&port=25"), lab.admin()).await;
    let cursor = page.json["next"].as_str().expect("more");
    for other in [format!("{path}?port=22"), "/sites/office/hosts/10.0.0.2/history?port=25".to_owned()] {
        let answer = lab.get(&format!("{other}&limit=2&cursor={cursor}"), lab.admin()).await;
        assert_eq!(answer.json["code"], "cursor.invalid", "{other}");
    }
}
