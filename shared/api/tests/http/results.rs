//! What stands behind a change: results by their ids, and what is expected of its port.

use axum::http::StatusCode;
use portdelta_protocol::upload::digest;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::{Answer, Lab};

fn scan(seconds: i64, arguments: &str, ports: &[u16]) -> Vec<u8> {
    let host = NmapHost::up("10.0.0.7").open(ports);
    NmapText::of(arguments).tcp("20-30").at(seconds).of_total(1).host(host).bytes()
}

/// Two imports, of which the second opens 25/tcp; the change.
async fn lab() -> (Lab, Vec<u8>, Value) {
    let lab = Lab::new().await;
    for site in ["office", "dmz"] {
        lab.post("/sites", json!({"id": site})).await;
    }
    lab.import("office/imports?name=monday.xml", &scan(0, "-sS 10.0.0.7", &[22])).await;
    let friday = scan(1_000, "-sS --script-args &lt;b&gt;&#10;&#x202e;evil 10.0.0.7", &[22, 25]);
    let query = "office/imports?name=friday.xml&targets=10.0.0.7&ports=20-30";
    let answer = lab.import(query, &friday).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let delta = answer.json["deltas"][0].clone();
    assert_eq!(delta["change"], "25/tcp opened");
    (lab, friday, delta)
}

async fn result(lab: &Lab, site: &str, id: &Value, token: Option<&str>) -> Answer {
    lab.get(&format!("/sites/{site}/results/{}", id.as_str().expect("an id")), token).await
}

#[tokio::test]
async fn a_change_leads_to_who_scanned_with_what() {
    let (lab, friday, delta) = lab().await;
    let viewer = &lab.token_of("viewer").await;
    let id = &delta["why"]["agreed"][0]["result"];
    let found = result(&lab, "office", id, Some(viewer)).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    let it = found.json;
    assert_eq!((&it["id"], &it["site"], &it["source"]), (id, &json!("office"), &json!("friday.xml")));
    assert_eq!(it["sha256"], digest(&friday));
    assert_eq!(it["bytes"], friday.len());
    assert_eq!(it["object"], format!("results/office/{}", id.as_str().expect("an id")));
    assert_eq!(
        (&it["kept"], &it["status"], &it["complete"]),
        (&json!(true), &json!("applied"), &json!(true))
    );
    assert_eq!((&it["targets"], &it["ports"]), (&json!("10.0.0.7"), &json!("20-30")));
    assert_eq!((&it["run"], &it["ended"]), (&delta["run"], &delta["time"]));
    let imported_by = it["imported_by"].as_str().expect("somebody");
    assert!(imported_by.starts_with("token "), "{imported_by}");
    // As the file has it: whoever shows it makes it harmless.
    let scanner = json!({"tool": "nmap", "version": "7.95",
        "arguments": "nmap -sS --script-args <b>\n\u{202e}evil 10.0.0.7"});
    assert_eq!(it["scanner"], scanner);
    let before = result(&lab, "office", &delta["why"]["previous"]["result"], Some(viewer)).await;
    assert_eq!(before.json["source"], "monday.xml");
}

#[tokio::test]
async fn a_result_is_of_its_site_and_for_those_who_may_read() {
    let (lab, _, delta) = lab().await;
    let id = &delta["why"]["agreed"][0]["result"];
    for (site, token, status) in [
        ("dmz", lab.admin(), StatusCode::NOT_FOUND),
        ("nowhere", lab.admin(), StatusCode::NOT_FOUND),
        ("office", None, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(result(&lab, site, id, token).await.status, status, "{site}");
    }
    for wrong in ["0", "..%2f0", &"0".repeat(64), &"g".repeat(64)] {
        let answer = lab.get(&format!("/sites/office/results/{wrong}"), lab.admin()).await;
        assert_eq!(
            (answer.status, &answer.json["code"]),
            (StatusCode::NOT_FOUND, &json!("unknown")),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_refused_result_says_why() {
    let (lab, ..) = lab().await;
    let answer = lab.import("office/imports?name=notes.txt", b"these are my notes").await;
    let found = result(&lab, "office", &answer.json["result"], lab.admin()).await.json;
    assert_eq!((&found["status"], &found["scanner"]), (&json!("refused"), &Value::Null));
    assert_eq!(found["warnings"][0]["code"], answer.json["refused"]["code"]);
}

#[tokio::test]
async fn who_accepted_a_change_is_known() {
    let (lab, _, delta) = lab().await;
    let path = "/sites/office/hosts/10.0.0.7/expected";
    let expected = async |port: &str| lab.get(&format!("{path}?port={port}"), lab.admin()).await.json;
    assert_eq!(expected("25/tcp").await, json!({}));
    let wide = json!({"site": "office", "targets": "10.0.0.0/24", "ports": "1-1000", "state": "closed", "reason": "nothing"});
    let wide = lab.post("/expectations", wide).await;
    assert_eq!(expected("25/tcp").await["expectation"], wide);
    assert!(wide["by"].as_str().is_some_and(|by| by.starts_with("token ")), "{wide}");
    let accept = json!({"deltas": [{"site": "office", "address": "10.0.0.7", "id": delta["id"]}], "reason": "mail", "owner": "Ops"});
    let made = lab.post("/deltas/accept", accept).await["expectations"][0].clone();
    // Of two that are about it, the more precise one counts.
    assert_eq!(expected("25").await["expectation"], made);
    assert_eq!((&made["by"], &made["reason"]), (&wide["by"], &json!("mail")));
    assert_eq!(expected("26").await["expectation"], wide);
    assert_eq!(expected("25/udp").await, json!({}));
    for query in ["", "?port=smtp", "?port=70000"] {
        let answer = lab.get(&format!("{path}{query}"), lab.admin()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(lab.get("/sites/dmz/hosts/10.0.0.7/expected?port=25", lab.admin()).await.json, json!({}));
    let nowhere = lab.get("/sites/nowhere/hosts/10.0.0.7/expected?port=25", lab.admin()).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}
