//! What the dashboard asks for.

use axum::http::{Method, StatusCode};
use portdelta_app::ports::Clock;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::Lab;

/// Two scans of two networks; in the second something opens in the one and a host goes in the other.
pub async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    lab.post("/networks", json!({"name": "Büro", "prefixes": "10.0.0.0/24", "labels": ["a"]})).await;
    lab.post("/networks", json!({"name": "Lab", "prefixes": "10.0.1.0/24"})).await;
    // Scanned today, an hour ago.
    let today = lab.clock.now().seconds() - NmapText::BEGINNING - 3_600;
    for (at, ports, last) in [(today, &[22_u16][..], 4), (today + 1000, &[22, 3389], 3)] {
        let mut text = NmapText::of("-sS 10.0.0.0/23").tcp("20-30,3389").at(at).of_total(512);
        text = text.host(NmapHost::up("10.0.0.1").open(ports).name("web.example"));
        for index in 1..=last {
            text = text.host(NmapHost::up(&format!("10.0.1.{index}")).open(&[25]));
        }
        lab.clock.advance(60);
        let taken = lab.import("office/imports", &text.bytes()).await;
        assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
        let run = taken.json["run"].as_str().expect("a run").parse().expect("an id");
        lab.service.notify_run(&run).await.expect("everybody is told");
    }
    lab
}

async fn get(lab: &Lab, path: &str) -> Value {
    let answer = lab.get(path, lab.admin()).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.json
}

#[tokio::test]
async fn the_overview_counts_and_names_what_is_urgent() {
    let lab = lab().await;
    let overview = get(&lab, "/overview").await;
    assert_eq!(overview["reports"], 2);
    assert_eq!(overview["runs_24h"]["complete"], 2);
    assert_eq!(overview["open_alerts"], json!({"critical": 1, "high": 1, "medium": 0, "low": 0}));
    let days = overview["changes"].as_array().expect("days");
    assert_eq!(days.len(), 30);
    assert_eq!((&days[29]["opened"], &days[29]["host_gone"]), (&json!(1), &json!(1)));
    assert_eq!(days[29]["day"].as_str().map(str::len), Some(10));
    let first = &overview["attention"][0];
    assert_eq!((&first["kind"], &first["severity"]), (&json!("alert"), &json!("critical")));
    let link = first["link"].as_str().expect("a link");
    get(&lab, link).await;
}

#[tokio::test]
async fn cards_are_filtered_sorted_and_come_in_pages() {
    let lab = lab().await;
    let cards = lab.all("/network-cards", 1).await;
    let names: Vec<_> = cards.iter().map(|card| card["network"]["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ["Büro", "Lab"]);
    assert_eq!(cards[0]["change_score"], 90);
    assert_eq!((&cards[0]["hosts_up"], &cards[0]["open_ports"]), (&json!(1), &json!(2)));
    assert_eq!((&cards[1]["status"], &cards[1]["class"]), (&json!("changes"), &json!("excellent")));
    assert_eq!(cards[1]["changes"], json!({"host-gone": 1, "port-closed": 1}));
    assert_eq!((&cards[1]["site"], &cards[1]["last_run"]["state"]), (&json!("office"), &json!("complete")));
    for (query, expected) in [
        ("sort=-score", &["Lab", "Büro"][..]),
        ("sort=score", &["Büro", "Lab"]),
        ("sort=-changes", &["Lab", "Büro"]),
        ("status=critical", &["Büro"]),
        ("class=good", &[]),
        ("name=la&sort=name", &["Lab"]),
        ("site=office&sort=oldest", &["Büro", "Lab"]),
    ] {
        let cards = lab.all(&format!("/network-cards?{query}"), 1).await;
        let names: Vec<_> =
            cards.iter().map(|card| card["network"]["name"].as_str().expect("a name")).collect();
        assert_eq!(names, expected, "{query}");
    }
    let wrong = lab.get("/network-cards?sort=best", lab.admin()).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_map_has_every_address_and_pages_of_any_size() {
    let lab = lab().await;
    let whole = get(&lab, "/networks/Lab/map").await;
    let [block] = whole["items"].as_array().expect("blocks").as_slice() else { panic!("one block: {whole}") };
    assert_eq!((&block["block"], &whole["next"]), (&json!("10.0.1.0/24"), &Value::Null));
    let states = block["states"].as_str().expect("a letter for each address");
    assert_eq!((states.len(), &states[..6]), (256, "nuuugn"));
    assert_eq!((&block["open"], &block["changed"][0]["places"]), (&json!([1, 1, 1]), &json!("4")));
    assert_eq!(block["covered"].as_array().expect("times").len(), 1);
    assert_eq!(block["covered"][0]["places"], "0-255");
    assert_eq!(lab.all("/networks/Lab/map?site=office", 1).await, std::slice::from_ref(block));
    let named = get(&lab, "/networks/B%C3%BCro/map").await;
    assert_eq!(named["items"][0]["names"], json!({"1": "web.example"}));
    for (path, status) in [
        ("/networks/nowhere/map", StatusCode::NOT_FOUND),
        ("/networks/Lab/map?site=nowhere", StatusCode::NOT_FOUND),
        ("/networks/Lab/map?limit=0", StatusCode::BAD_REQUEST),
        ("/networks/Lab/map?cursor=AAAA", StatusCode::BAD_REQUEST),
        ("/networks/nowhere/history", StatusCode::NOT_FOUND),
        ("/networks/Lab/history?kind=port-eaten", StatusCode::BAD_REQUEST),
        ("/networks/nowhere/runs", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(lab.get(path, lab.admin()).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_page_of_a_map_is_small_however_full_the_network_is() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    lab.post("/networks", json!({"name": "Full", "prefixes": "10.0.0.0/20"})).await;
    let mut text = NmapText::of("-sS 10.0.0.0/20").tcp("20-30").of_total(4_096);
    for number in 0..4_096_u32 {
        let host = NmapHost::up(&format!("10.0.{}.{}", number / 256, number % 256)).open(&[22]);
        text = text.host(host.name(&format!("host-{number}.a-rather-long-name.example")));
    }
    assert_eq!(lab.import("office/imports", &text.bytes()).await.status, StatusCode::CREATED);
    let map = async |path: &str| {
        let (mut blocks, mut pages, mut wanted) = (Vec::new(), 0, path.to_owned());
        loop {
            let page = lab.get(&wanted, lab.admin()).await;
            assert!(page.text.len() <= 200_000, "{}", page.text.len());
            blocks.extend(page.json["items"].as_array().expect("blocks").iter().cloned());
            pages += 1;
            let Some(next) = page.json["next"].as_str() else { return (blocks, pages) };
            wanted = format!("{path}?cursor={next}");
        }
    };
    let (blocks, pages) = map("/networks/Full/map").await;
    assert_eq!((blocks.len(), pages), (16, 2));
    assert!(blocks.iter().all(|block| block["names"].as_object().expect("names").len() == 256));
    // Of a larger network there are no names, and it fits on fewer pages.
    lab.post("/networks", json!({"name": "Fuller", "prefixes": "10.0.0.0/19"})).await;
    assert_eq!(
        lab.call(Method::DELETE, "/networks/Full", lab.admin(), None).await.status,
        StatusCode::NO_CONTENT
    );
    let (blocks, pages) = map("/networks/Fuller/map").await;
    assert_eq!((blocks.len(), pages), (32, 1));
    assert!(blocks.iter().all(|block| block["names"] == json!({})));
    assert_eq!(blocks[15]["open"].as_array().expect("counts").len(), 256);
    assert_eq!(blocks[16]["states"], "?".repeat(256));
}

#[tokio::test]
async fn the_history_of_a_network_is_listed_once() {
    let lab = lab().await;
    let whole = lab.all("/networks/Lab/history", 500).await;
    let kinds: Vec<_> = whole.iter().map(|delta| delta["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["host-gone", "port-closed"]);
    assert_eq!(lab.all("/networks/Lab/history", 1).await, whole);
    assert_eq!(lab.all("/networks/Lab/history?kind=host-gone&site=office", 1).await, &whole[..1]);
    assert_eq!(lab.all("/networks/unassigned/history", 1).await.len(), 0);
    let runs = lab.all("/networks/Lab/runs", 1).await;
    assert_eq!(runs.len(), 2);
    assert_eq!((&runs[0]["hosts_up"], &runs[1]["hosts_up"]), (&json!(3), &json!(4)));
    assert_eq!(runs[0]["score"], json!({"value": 100, "class": "excellent", "status": "changes"}));
}

#[tokio::test]
async fn a_search_finds_hosts_and_names_mistakes() {
    let lab = lab().await;
    let web = lab.all("/search?q=port:3389", 1).await;
    assert_eq!((web.len(), &web[0]["address"], &web[0]["network"]), (1, &json!("10.0.0.1"), &json!("Büro")));
    assert_eq!((&web[0]["ports"][0]["port"], &web[0]["names"]), (&json!(3389), &json!(["web.example"])));
    assert_eq!(lab.all("/search?q=port:25%20address:10.0.1.0/24", 2).await.len(), 3);
    assert_eq!(lab.all("/search?q=name:web*&site=office", 1).await.len(), 1);
    assert_eq!(lab.all("/search?q=10.0.1.4", 1).await.len(), 0);
    assert_eq!(lab.all("/search?q=10.0.1.4&gone=true", 1).await[0]["status"], "gone");
    assert_eq!(lab.all("/search?q=10.0&at=2000-01-01T00:00:00Z", 1).await.len(), 0);
    for (query, code) in [
        ("q=", "search_empty"),
        ("q=port:ssh", "bad_port"),
        ("q=owner:me", "search_field"),
        ("", "query.invalid"),
    ] {
        let answer = lab.get(&format!("/search?{query}"), lab.admin()).await;
        assert_eq!((answer.status, &answer.json["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{query}");
    }
}

#[tokio::test]
async fn coverage_and_timeline_come_in_pages() {
    let lab = lab().await;
    let rows = lab.all("/networks/Lab/coverage", 1).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["block"], &rows[0]["looked_at"]), (&json!("10.0.1.0/24"), &json!(256)));
    assert_eq!(rows[0]["columns"][0]["ports"], "T:20-30,3389");
    assert_eq!(get(&lab, "/networks/Lab/coverage?port=22").await["items"][0]["columns"][0]["count"], 1);
    assert_eq!(lab.get("/networks/Lab/coverage?port=ssh", lab.admin()).await.status, StatusCode::BAD_REQUEST);
    let scan = json!({"name": "s", "targets": "10.0.0.0/24", "ports": "22", "sites": ["office"]});
    let scan = lab.post("/scans", scan).await;
    let path = format!("/scans/{}/timeline", scan["id"].as_str().expect("an id"));
    assert_eq!(lab.all(&path, 1).await.len(), 0);
    assert_eq!(lab.get("/scans/nothing/timeline", lab.admin()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_report_is_a_file_in_every_format() {
    let lab = lab().await;
    let runs = lab.all("/reports", 1).await;
    let run = runs[0]["run"].as_str().expect("an id").to_owned();
    for (format, media, first) in [
        ("csv", "text/csv; charset=utf-8; header=present", "run,title,"),
        ("json", "application/json", "{"),
        ("jsonl", "application/x-ndjson", "{\"run\":"),
        ("text", "text/plain; charset=utf-8", "import"),
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
    ] {
        let answer = lab.get(&format!("/reports/{run}/export?format={format}"), lab.admin()).await;
        assert_eq!(
            (answer.status, &answer.headers["content-type"].to_str().expect("text")),
            (StatusCode::OK, &media)
        );
        let name = answer.headers["content-disposition"].to_str().expect("text");
        assert!(name.starts_with("attachment; filename=\"portdelta-"), "{name}");
        assert!(answer.text.starts_with(first), "{}", answer.text);
        for wanted in ["3389", "10.0.1.4"] {
            assert!(answer.text.contains(wanted), "{format}: {}", answer.text);
        }
    }
    let json = get(&lab, &format!("/reports/{run}/export?format=json")).await;
    assert_eq!(json["deltas"].as_array().map(Vec::len), Some(3));
    assert_eq!((&json["run"], &json["counts"]["port-opened"]), (&json!(run), &json!(1)));
    let looks = get(
        &lab,
        &format!("/reports/{}/export?format=json&first_looks=true", runs[1]["run"].as_str().expect("an id")),
    )
    .await;
    assert!(looks["deltas"].as_array().map(Vec::len) > Some(5));
    let none =
        get(&lab, &format!("/reports/{}/export?format=json", runs[1]["run"].as_str().expect("an id"))).await;
    assert_eq!(none["deltas"], json!([]));
    for (path, status) in [
        (format!("/reports/{run}/export?format=pdf"), StatusCode::BAD_REQUEST),
        ("/reports/nothing/export".to_owned(), StatusCode::NOT_FOUND),
        ("/scans/nothing/reports.zip".to_owned(), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(lab.get(&path, lab.admin()).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn notes_of_hosts_are_edited_by_one_at_a_time() {
    let lab = lab().await;
    let path = "/sites/office/hosts/10.0.0.1/note";
    let empty = lab.get(path, lab.admin()).await;
    assert_eq!(
        (&empty.json["notes"], &empty.headers["etag"]),
        (&json!(""), &"\"0\"".parse().expect("a header"))
    );
    let note = json!({"owner": "Ops", "notes": "the web server", "labels": ["web", "web "]});
    let put = async |body: &Value, version: &str| {
        let headers = [("if-match", version)];
        lab.call_with(axum::http::Method::PUT, path, lab.admin(), Some(body.clone()), &headers).await
    };
    let written = put(&note, "\"0\"").await;
    assert_eq!((written.status, &written.json["labels"]), (StatusCode::OK, &json!(["web"])));
    for path in ["/sites/office/hosts?limit=200", "/sites/office/hosts?targets=10.0.0.1"] {
        let hosts = get(&lab, path).await;
        let of = |address: &str| {
            let all = hosts["items"].as_array().expect("items");
            all.iter().find(|host| host["address"] == address).cloned().unwrap_or_default()
        };
        assert_eq!((&of("10.0.0.1")["owner"], &of("10.0.0.1")["labels"]), (&json!("Ops"), &json!(["web"])));
        assert_eq!((&of("10.0.0.2")["owner"], &of("10.0.0.2")["labels"]), (&json!(null), &json!(null)));
    }
    assert_eq!(get(&lab, "/sites/office/hosts/10.0.0.1").await["owner"], "Ops");
    assert_eq!(get(&lab, "/sites/office/hosts/10.0.0.1/history").await["host"]["labels"], json!(["web"]));
    assert_eq!(put(&note, "\"0\"").await.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(put(&json!({"owner": "a\nb"}), "\"1\"").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(put(&json!({"notes": "moved"}), "\"1\"").await.status, StatusCode::OK);
    assert_eq!(get(&lab, path).await["notes"], "moved");
    assert_eq!(
        lab.get("/sites/nowhere/hosts/10.0.0.1/note", lab.admin()).await.status,
        StatusCode::NOT_FOUND
    );
}
