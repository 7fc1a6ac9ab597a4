//! Results that are brought by hand: taken in once, refused with a reason, and harmless to read.

use axum::http::StatusCode;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::json;

use crate::support::Lab;

fn scan(at: i64, ports: &[u16]) -> Vec<u8> {
    let host = NmapHost::up("192.0.2.1").open(ports);
    NmapText::of("-sS 192.0.2.1").tcp("20-30").at(at).host(host).of_total(1).bytes()
}

async fn lab() -> Lab {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    lab
}

#[tokio::test]
async fn a_result_is_taken_in_once() {
    let lab = lab().await;
    let first = lab.import("office/imports?name=monday.xml", &scan(0, &[22])).await;
    assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.json);
    assert_eq!(first.json["first_looks"]["ports"], 1);
    let again = lab.import("office/imports?name=monday.xml", &scan(0, &[22])).await;
    assert_eq!((again.status, &again.json["repeated"]), (StatusCode::OK, &json!(true)));
    let second = lab.import("office/imports?name=friday.xml", &scan(1000, &[22, 23])).await;
    assert_eq!(second.json["changes"], json!({"port-opened": 1}));
    assert_eq!(second.json["score"], json!({"value": 90, "class": "excellent", "status": "critical"}));
    assert_eq!(second.json["deltas"][0]["change"], "23/tcp opened");
    let run = second.json["run"].as_str().expect("a run");
    let run = lab.get(&format!("/runs/{run}"), lab.admin()).await;
    assert_eq!(
        (run.json["title"].as_str(), run.json["state"].as_str()),
        (Some("import friday.xml"), Some("complete"))
    );
}

#[tokio::test]
async fn packed_results_are_unpacked_and_bombs_refused() {
    let lab = lab().await;
    let packed = zstd::bulk::compress(&scan(0, &[22]), 3).expect("packed");
    assert_eq!(lab.import("office/imports", &packed).await.status, StatusCode::CREATED);
    // 80 MB of spaces in some kilobytes.
    let mut text =
        br#"<?xml version="1.0"?><nmaprun scanner="nmap" args="nmap 192.0.2.1" start="1">"#.to_vec();
    text.resize(80 << 20, b' ');
    let bomb = zstd::bulk::compress(&text, 3).expect("packed");
    assert!(bomb.len() < 100_000);
    let refused = lab.import("office/imports", &bomb).await;
    assert_eq!(refused.status, StatusCode::CREATED, "{:?}", refused.json);
    assert_eq!(refused.json["refused"]["code"], "too_compressed", "{:?}", refused.json);
    assert_eq!(
        lab.get("/sites/office/hosts", lab.admin()).await.json["items"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn what_is_no_result_is_refused_and_kept() {
    let lab = lab().await;
    let refused = lab.import("office/imports?name=notes.txt", b"these are my notes").await;
    assert_eq!(refused.status, StatusCode::CREATED);
    assert!(refused.json["refused"]["code"].is_string(), "{:?}", refused.json);
    for (query, code) in [
        ("office/imports", "body.empty"),
        ("office/imports?name=", "name.length"),
        ("office/imports?targets=10.0.0.300", "target_bad_octet"),
        ("office/imports?timezone=Mars", "timezone.unknown"),
        ("office/imports?format=word", "format.unknown"),
        ("office/imports?confirm_open=0", "confirm.out_of_range"),
        ("office/imports?time=yesterday", "query.invalid"),
    ] {
        let answer = lab.import(query, b"").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        if code != "target_bad_octet" {
            assert_eq!(answer.json["code"], code, "{query}");
        }
    }
    assert_eq!(lab.import("elsewhere/imports", &scan(0, &[22])).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hostile_banners_are_escaped_in_json() {
    let lab = lab().await;
    let banner = "evil&#27;[2J&#x202e;&#x9b;31m";
    let host = NmapHost::up("192.0.2.1").open(&[]).service(22, "ssh", banner, "1");
    let raw = NmapText::of("-sV 192.0.2.1").tcp("20-30").host(host).of_total(1).bytes();
    assert_eq!(lab.import("office/imports?name=%1b%5b2J%E2%80%AE", &raw).await.status, StatusCode::CREATED);
    for path in [
        "/sites/office/hosts",
        "/sites/office/hosts/192.0.2.1/history",
        "/runs",
        "/sites/office/deltas?first_looks=true",
    ] {
        let answer = lab.get(path, lab.admin()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let harmful = |character: char| character.is_control() || character == '\u{202e}';
        assert!(!answer.text.contains(harmful), "{path}: {:?}", answer.text);
    }
    let hosts = lab.get("/sites/office/hosts", lab.admin()).await;
    let product = hosts.json["items"][0]["ports"][0]["service"]["product"].as_str().expect("a product");
    assert!(product.starts_with("evil"), "{product:?}");
}
