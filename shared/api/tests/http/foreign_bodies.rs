//! Ids of something else in queries, bodies and sessions: those in addresses have their own tests.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::documented::document;
use crate::foreign_ids::{MARK, everything, world};
use crate::support::Lab;

/// What is asked for in queries is narrowed by ids, and never widened by those of something else.
#[tokio::test]
async fn an_id_of_something_else_in_a_query_finds_nothing_of_it() {
    let (lab, ids) = world().await;
    lab.post("/sites", json!({"id": "dmz"})).await;
    lab.post("/networks", json!({"name": "Other", "prefixes": "10.7.0.0/24"})).await;
    let draft = json!({"name": "other", "targets": "10.7.0.1", "ports": "22", "sites": ["dmz"]});
    let scan = lab.post("/scans", draft).await["id"].as_str().expect("an id").to_owned();
    let mut tried = 0;
    for (path, item) in document()["paths"].as_object().expect("paths") {
        // Networks are seen from every site, and so they are listed whatever site is meant.
        if path.starts_with("/networks") || path == "/network-cards" {
            continue;
        }
        let places =
            path.split('/').map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')));
        let parts =
            places.zip(path.split('/')).map(|(place, part)| place.map_or(part, |name| ids[name].as_str()));
        let address = parts.collect::<Vec<_>>().join("/");
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().expect("a name");
            let other = match name {
                "site" => "dmz",
                "network" => "Other",
                "scan" => &scan,
                "address" => "10.7.0.1",
                _ => continue,
            };
            let more = if path == "/search" { "&q=10.0.0.7" } else { "" };
            for id in [other, "nothing", "..%2foffice", "office%00", "office,dmz"] {
                let answer = lab.get(&format!("{address}?{name}={id}{more}"), lab.admin()).await;
                let is_known = matches!(answer.status.as_u16(), 200 | 400 | 404);
                assert!(is_known && !answer.text.contains(MARK), "{address}?{name}={id}: {}", answer.text);
                let found = answer.json["items"].as_array().map_or(0, Vec::len);
                assert!(found == 0 || id == other, "{address}?{name}={id}: {}", answer.text);
                tried += 1;
            }
        }
    }
    assert!(tried >= 50, "{tried}");
}

/// Ids in bodies are held to what they are said to be of.
#[tokio::test]
async fn an_id_of_something_else_in_a_body_changes_nothing() {
    let (lab, ids) = world().await;
    lab.post("/sites", json!({"id": "dmz"})).await;
    let delta = lab.all("/sites/office/deltas?first_looks=true", 50).await;
    let delta = delta.iter().find(|delta| delta["port"] == 3389).expect("a port")["id"].clone();
    let accept = |site: &str, address: &str, id: &Value, alerts: Value| {
        let delta = json!({"site": site, "address": address, "id": id});
        json!({"deltas": [delta], "alerts": alerts, "reason": "x"})
    };
    let before = everything(&lab).await;
    let agent = format!("/agents/{}/move", ids["agent"]);
    let runs = format!("/scans/{}/runs", ids["scan"]);
    let scan = |site: &str| json!({"name": "y", "targets": "10.0.0.1", "ports": "22", "sites": [site]});
    let expected =
        json!({"site": "nowhere", "targets": "10.0.0.1", "ports": "22", "state": "open", "reason": "x"});
    let slack = json!({"type": "slack", "url": "https://hooks.example/secret"});
    let filter = |filter: Value| json!({"name": "x", "settings": slack, "filter": filter});
    for (path, body) in [
        ("/deltas/accept", accept("dmz", "10.0.0.7", &delta, json!([]))),
        ("/deltas/accept", accept("office", "10.0.0.8", &delta, json!([]))),
        ("/deltas/accept", accept("office", "10.0.0.7", &json!(ids["run"]), json!([]))),
        // One that is right does not carry another one along.
        ("/deltas/accept", accept("office", "10.0.0.7", &delta, json!([ids["run"]]))),
        ("/enrolments", json!({"site": "nowhere"})),
        ("/scans", scan("nowhere")),
        ("/scans/preview", scan("nowhere")),
        ("/expectations", expected),
        ("/channels", filter(json!({"sites": ["nowhere"]}))),
        (&agent, json!({"site": "nowhere"})),
        (&runs, json!({"sites": ["dmz"]})),
    ] {
        let answer = lab.call(Method::POST, path, lab.admin(), Some(body.clone())).await;
        assert!(
            matches!(answer.status.as_u16(), 400 | 404),
            "{path} {body}: {} {}",
            answer.status,
            answer.text
        );
        assert!(!answer.text.contains(MARK), "{path}: {}", answer.text);
    }
    let wrong = json!([ids["run"], ids["scan"], "nothing", format!("{}%00", ids["alert"])]);
    let bulk = json!({"alerts": wrong, "action": "acknowledge"});
    let answer = lab.call(Method::POST, "/alerts/actions", lab.admin(), Some(bulk)).await;
    for line in answer.json["outcomes"].as_array().expect("outcomes") {
        assert_eq!(line["problem"]["status"], 404, "{}", answer.text);
    }
    assert_eq!(everything(&lab).await, before, "nothing came of it");
}

/// Who signs out everywhere ends their own sessions.
#[tokio::test]
async fn nobody_ends_the_sessions_of_somebody_else() {
    let lab = Lab::new().await;
    let (ada, bob) = (lab.browser("ada", "admin").await, lab.browser("bob", "viewer").await);
    let done = lab.page(&bob, Method::DELETE, "/sessions", None).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    assert_eq!(lab.page(&ada, Method::GET, "/me", None).await.json["name"], "ada");
    assert_eq!(lab.page(&bob, Method::GET, "/me", None).await.status, StatusCode::UNAUTHORIZED);
}
