//! Something is made, the answer is lost, and the same is asked again.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Answer, Lab};

/// What is made by a POST and takes no key: agents and newcomers have no name yet by which a key could be told from that
/// of others, and a result is known by its content.
const NO_KEYS: [&str; 3] = ["/invitations/accept", "/registrations", "/sites/{site}/imports"];

#[test]
fn whatever_is_made_can_be_asked_for_twice() {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut creates = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        let post = &item["post"];
        if post["responses"]["201"].is_null() || NO_KEYS.contains(&path.as_str()) {
            continue;
        }
        let parameters = post["parameters"].as_array().unwrap_or_else(|| panic!("POST {path}"));
        let is_key = |one: &&Value| one["name"] == "Idempotency-Key" && one["in"] == "header";
        assert_eq!(parameters.iter().filter(is_key).count(), 1, "POST {path}");
        creates += 1;
    }
    assert!(creates >= 10, "{creates}");
}

async fn ask(lab: &Lab, token: Option<&str>, path: &str, body: &Value, key: &str) -> Answer {
    let body = (!body.is_null()).then(|| body.clone());
    lab.call_with(Method::POST, path, token, body, &[("idempotency-key", key)]).await
}

async fn count(lab: &Lab, path: &str) -> usize {
    let list = lab.get(path, lab.admin()).await;
    list.json["items"].as_array().unwrap_or_else(|| panic!("{path}: {}", list.text)).len()
}

fn refused(answer: &Answer, code: &str) {
    assert_eq!(
        (answer.status, answer.json["code"].as_str()),
        (StatusCode::CONFLICT, Some(code)),
        "{}",
        answer.text
    );
    assert!(answer.json["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{}", answer.text);
}

#[tokio::test]
async fn what_is_asked_twice_is_made_once() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let scan = json!({"name": "s", "targets": "10.0.0.0/30", "ports": "22", "sites": ["office"]});
    let scan_id = lab.post("/scans", scan).await["id"].as_str().expect("an id").to_owned();
    let expected =
        json!({"site": "office", "targets": "10.0.0.1", "ports": "22", "state": "open", "reason": "x"});
    let another = json!({"name": "s2", "targets": "10.0.0.0/30", "ports": "22", "sites": ["office"]});
    let slack = json!({"type": "slack", "url": "https://hooks.example/secret"});
    for (path, body, list) in [
        ("/sites".to_owned(), json!({"id": "branch"}), "/sites"),
        ("/networks".to_owned(), json!({"name": "A", "prefixes": "10.0.0.0/24"}), "/networks"),
        ("/scans".to_owned(), another, "/scans"),
        (format!("/scans/{scan_id}/clone"), json!({"name": "t"}), "/scans"),
        ("/expectations".to_owned(), expected, "/expectations"),
        ("/channels".to_owned(), json!({"name": "team", "settings": slack}), "/channels"),
    ] {
        let first = ask(&lab, lab.admin(), &path, &body, "k1").await;
        assert_eq!(first.status, StatusCode::CREATED, "{path}: {}", first.text);
        let there = count(&lab, list).await;
        let again = ask(&lab, lab.admin(), &path, &body, "k1").await;
        assert_eq!((again.status, &again.text), (first.status, &first.text), "{path}");
        assert_eq!(again.headers.get("etag"), first.headers.get("etag"), "{path}");
        assert_eq!(again.headers["idempotency-replayed"], "true", "{path}");
        assert_eq!(count(&lab, list).await, there, "{path}");
    }
    let made = lab.get("/audit?limit=100", lab.admin()).await;
    let made = made.json["items"].as_array().expect("items").clone();
    let cloned = made.iter().filter(|entry| entry["what"] == "scan.cloned").count();
    assert_eq!(cloned, 1, "what is told again is no change");
}

#[tokio::test]
async fn a_secret_is_told_once() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    for (path, body) in [
        ("/tokens", json!({"name": "t", "role": "viewer"})),
        ("/enrolments", json!({"site": "office"})),
        ("/users", json!({"name": "anna", "role": "viewer"})),
    ] {
        let first = ask(&lab, lab.admin(), path, &body, "k1").await;
        assert_eq!(first.status, StatusCode::CREATED, "{path}: {}", first.text);
        let there = count(&lab, path).await;
        refused(&ask(&lab, lab.admin(), path, &body, "k1").await, "idempotency_key.secret");
        assert_eq!(count(&lab, path).await, there, "{path}");
    }
    let users = lab.get("/users", lab.admin()).await;
    let path = format!("/users/{}/invitation", users.json["items"][0]["id"].as_str().expect("an id"));
    assert_eq!(ask(&lab, lab.admin(), &path, &Value::Null, "k1").await.status, StatusCode::CREATED);
    refused(&ask(&lab, lab.admin(), &path, &Value::Null, "k1").await, "idempotency_key.secret");
}

#[tokio::test]
async fn a_key_is_good_for_one_request_of_one_caller() {
    let lab = Lab::new().await;
    let (a, b) =
        (json!({"name": "A", "prefixes": "10.0.0.0/24"}), json!({"name": "B", "prefixes": "10.0.1.0/24"}));
    // What was refused made nothing, and its key is free again.
    let wrong = ask(&lab, lab.admin(), "/networks", &json!({"name": "A", "prefixes": "nowhere"}), "k").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    assert_eq!(ask(&lab, lab.admin(), "/networks", &a, "k").await.status, StatusCode::CREATED);
    refused(&ask(&lab, lab.admin(), "/networks", &b, "k").await, "idempotency_key.reused");
    // Somebody else's key of the same name is another one, and so is one for something else.
    let token = lab.post("/tokens", json!({"name": "t", "role": "operator"})).await;
    let token = token["secret"].as_str().or(token["token"].as_str()).expect("a secret").to_owned();
    assert_eq!(ask(&lab, Some(&token), "/networks", &b, "k").await.status, StatusCode::CREATED);
    assert_eq!(
        ask(&lab, lab.admin(), "/sites", &json!({"id": "office"}), "k").await.status,
        StatusCode::CREATED
    );
    let bad = ask(&lab, lab.admin(), "/networks", &a, "two words").await;
    assert_eq!(bad.json["code"], "idempotency_key.invalid", "{}", bad.text);
    // A day later it is forgotten.
    lab.clock.advance(86_401);
    let late = ask(&lab, lab.admin(), "/networks", &a, "k").await;
    assert_ne!(late.status, StatusCode::CREATED, "there is such a network");
    assert!(late.headers.get("idempotency-replayed").is_none(), "{}", late.text);
}

#[tokio::test]
async fn of_many_at_once_one_makes_it() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let scan = json!({"name": "s", "targets": "10.0.0.0/30", "ports": "22", "sites": ["office"]});
    let lab = Arc::new(lab);
    let mut all = JoinSet::new();
    for _ in 0..8 {
        let (lab, scan) = (Arc::clone(&lab), scan.clone());
        all.spawn(async move { ask(&lab, lab.admin(), "/scans", &scan, "k").await });
    }
    let answers = all.join_all().await;
    for answer in &answers {
        let is_told = answer.status == StatusCode::CREATED;
        assert!(is_told || answer.json["code"] == "idempotency_key.unfinished", "{}", answer.text);
    }
    assert!(answers.iter().any(|answer| answer.status == StatusCode::CREATED));
    assert_eq!(count(&lab, "/scans").await, 1);
}
