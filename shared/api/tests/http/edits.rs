//! Two people edit the same thing: the second one is told, wherever something is edited.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::documented::document;
use crate::foreign_ids::{everything, world};
use crate::support::{Answer, Lab};

/// What is put and is no edit of something that somebody read before: each of them is itself, however often it comes.
const NO_EDITS: [&str; 3] =
    ["/agent/results/{run}/{task}/{name}", "/me/password", "/moves/{move}/frames/{frame}"];

/// What it names is an edit of itself, which may be put however often; what it does not name is removed only with `prune`,
/// and then it replaces all.
const FILE: &str = "/expectation-file";

/// Two edits of what is at a path, each of which would do.
fn edits_of(path: &str) -> [Value; 2] {
    let names = || [json!({"name": "one"}), json!({"name": "two"})];
    match path {
        "/channels/{channel}" | "/sites/{site}" => names(),
        "/expectations/{expectation}" => ["22", "23"].map(|ports| {
            json!({"site": "office", "targets": "10.0.0.7", "ports": ports, "state": "closed", "reason": "x"})
        }),
        FILE => ["22", "23"].map(|ports| {
            let one = json!({"id": "one", "site": "office", "targets": "10.0.0.7", "ports": ports,
                "state": "closed", "reason": "x"});
            json!({"version": 1, "expectations": [one]})
        }),
        "/networks/{network}" => {
            ["10.0.0.0/23", "10.0.0.0/25"].map(|prefixes| json!({"prefixes": prefixes, "owner": prefixes}))
        }
        "/retention" => [json!({"results_days": 30}), json!({"runs_days": 90})],
        "/scans/{scan}" => ["one", "two"]
            .map(|name| json!({"name": name, "targets": "10.0.0.1", "ports": "22", "sites": ["office"]})),
        "/settings/people" => [true, false].map(|may| json!({"self_registration": may})),
        "/sites/{site}/hosts/{address}/note" => ["one", "two"].map(|owner| json!({"owner": owner})),
        "/users/{user}" => ["one", "two"].map(|name| json!({"name": name, "role": "admin"})),
        "/watched-ports" => [23, 2323].map(|port| json!([{"port": port, "severity": "high"}])),
        other => panic!("what edits {other}?"),
    }
}

fn third_file() -> Value {
    edits_of(FILE)[0].to_string().replace("\"22\"", "\"24\"").parse().expect("JSON")
}

/// What takes `If-Match`, by the document: methods and paths.
fn conditional() -> Vec<(Method, &'static str)> {
    let wants = |operation: &Value| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "If-Match"))
    };
    let mut all = Vec::new();
    for (path, item) in document()["paths"].as_object().expect("paths") {
        for (method, _) in item.as_object().expect("an item").iter().filter(|(_, operation)| wants(operation))
        {
            all.push((method.to_uppercase().parse().expect("a method"), path.as_str()));
        }
    }
    assert!(all.len() >= 10, "{all:?}");
    all
}

#[test]
fn every_edit_wants_the_version_that_was_read() {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let has_tag = |operation: &Value| operation["responses"]["200"]["headers"]["ETag"].is_object();
    let mut edits = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        if item["put"].is_null() || NO_EDITS.contains(&path.as_str()) {
            continue;
        }
        let parameters = item["put"]["parameters"].as_array().expect("parameters");
        let is_needed = path != FILE;
        let wants =
            |one: &Value| one["name"] == "If-Match" && one["in"] == "header" && one["required"] == is_needed;
        assert!(parameters.iter().any(wants), "PUT {path}");
        assert!(has_tag(&item["put"]) && has_tag(&item["get"]), "{path}");
        edits += 1;
    }
    assert!(edits >= 10, "{edits}");
}

async fn put(lab: &Lab, path: &str, body: &Value, tag: Option<&str>) -> Answer {
    let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
    lab.call_with(Method::PUT, path, lab.admin(), Some(body.clone()), &headers).await
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().expect("text").to_owned()
}

fn refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!((answer.status, answer.json["code"].as_str()), (status, Some(code)), "{}", answer.text);
    assert!(answer.json["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{}", answer.text);
}

/// The newest entry of the audit trail.
async fn newest_change(lab: &Lab) -> Value {
    lab.get("/audit?limit=1", lab.admin()).await.json["items"][0].clone()
}

#[tokio::test]
async fn who_comes_second_is_told_and_overwrites_nothing() {
    for (method, template) in conditional() {
        let (lab, ids) = world().await;
        assert_eq!(method, Method::PUT, "{template}: edits are put");
        let place = |part: &'static str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let path = template.split('/').map(|part| place(part).map_or(part, |name| ids[name].as_str()));
        let path = path.collect::<Vec<_>>().join("/") + if template == FILE { "?prune=true" } else { "" };
        let [first, second] = edits_of(template);
        let read = lab.get(&path, lab.admin()).await;
        assert_eq!(read.status, StatusCode::OK, "{path}: {}", read.text);
        let before = (everything(&lab).await, newest_change(&lab).await);
        let missing = put(&lab, &path, &first, None).await;
        refused(&missing, StatusCode::PRECONDITION_REQUIRED, "if_match.missing");
        for wrong in ["*", "1", "W/\"1\"", "\"-1\"", "\"\"", "\"1\", \"2\""] {
            let answer = put(&lab, &path, &first, Some(wrong)).await;
            refused(&answer, StatusCode::BAD_REQUEST, "if_match.invalid");
        }
        assert_eq!((everything(&lab).await, newest_change(&lab).await), before, "{path}");
        let done = put(&lab, &path, &first, Some(&tag(&read))).await;
        assert_eq!(done.status, StatusCode::OK, "{path}: {}", done.text);
        assert_ne!(tag(&done), tag(&read), "{path}");
        let before = (everything(&lab).await, newest_change(&lab).await);
        for old in [tag(&read), format!("\"{}\"", u64::MAX)] {
            refused(&put(&lab, &path, &second, Some(&old)).await, StatusCode::PRECONDITION_FAILED, "stale");
        }
        let now = lab.get(&path, lab.admin()).await;
        assert_eq!(tag(&now), tag(&done), "{path}");
        assert_ne!(now.text, read.text, "{path}: the first edit stands");
        assert_eq!((everything(&lab).await, newest_change(&lab).await), before, "{path}");
        // Of two at once that read the same, one is told. A file that says what is so already edits nothing.
        let same = tag(&now);
        let other = if template == FILE { third_file() } else { first };
        let (a, b) =
            tokio::join!(put(&lab, &path, &second, Some(&same)), put(&lab, &path, &other, Some(&same)));
        let mut both = [a.status.as_u16(), b.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 412], "{path}: {} {}", a.text, b.text);
    }
}

#[tokio::test]
async fn what_is_made_comes_with_the_version_to_edit_it_by() {
    let lab = Lab::new().await;
    let settings = json!({"type": "slack", "url": "https://hooks.example/secret"});
    for (list, draft, id) in [
        ("/sites", json!({"id": "office"}), "id"),
        ("/networks", json!({"name": "Lab", "prefixes": "10.0.0.0/24"}), "name"),
        ("/channels", json!({"name": "team", "settings": settings}), "id"),
    ] {
        let made = lab.call(Method::POST, list, lab.admin(), Some(draft)).await;
        let path = format!("{list}/{}", made.json[id].as_str().expect("an id"));
        let read = lab.get(&path, lab.admin()).await;
        assert_eq!((made.status, tag(&made)), (StatusCode::CREATED, tag(&read)), "{path}");
    }
    // What is not there is no question of versions.
    for path in ["/sites/nowhere", "/networks/nothing", "/channels/nobody"] {
        let answer = put(&lab, path, &json!({"name": "x", "prefixes": "10.0.0.0/24"}), Some("\"1\"")).await;
        let is_refused = answer.status.is_client_error();
        assert!(is_refused && answer.status != StatusCode::PRECONDITION_FAILED, "{path}: {}", answer.text);
    }
}
