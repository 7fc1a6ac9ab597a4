//! Two people edit the same thing: the second one is told, wherever something is edited.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Answer, Lab};

/// What is put and is no edit of something that somebody read before: each of them is itself, however often it comes.
const NO_EDITS: [&str; 4] = [
    "/agent/results/{run}/{task}/{name}",
    "/expectation-file",
    "/me/password",
    "/moves/{move}/frames/{frame}",
];

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
        let wants =
            |one: &Value| one["name"] == "If-Match" && one["in"] == "header" && one["required"] == true;
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

#[tokio::test]
async fn who_comes_second_is_told_and_overwrites_nothing() {
    let lab = Lab::new().await;
    let site = lab.call(Method::POST, "/sites", lab.admin(), Some(json!({"id": "office"}))).await;
    let network = json!({"name": "A B", "prefixes": "10.0.0.0/24"});
    let network = lab.call(Method::POST, "/networks", lab.admin(), Some(network)).await;
    let settings = json!({"type": "slack", "url": "https://hooks.example/secret"});
    let channel = json!({"name": "team", "settings": settings});
    let channel = lab.call(Method::POST, "/channels", lab.admin(), Some(channel)).await;
    let channel_path = format!("/channels/{}", channel.json["id"].as_str().expect("an id"));
    for (path, made, first, second) in [
        ("/sites/office", Some(&site), json!({"name": "One"}), json!({"name": "Two"})),
        (
            "/networks/A%20B",
            Some(&network),
            json!({"prefixes": "10.0.0.0/23", "owner": "one"}),
            json!({"prefixes": "10.0.0.0/25", "owner": "two"}),
        ),
        (&channel_path, Some(&channel), json!({"name": "one"}), json!({"name": "two"})),
        ("/retention", None, json!({"results_days": 30}), json!({"runs_days": 90})),
    ] {
        let read = lab.get(path, lab.admin()).await;
        if let Some(made) = made {
            assert_eq!((made.status, tag(made)), (StatusCode::CREATED, tag(&read)), "{path}");
        }
        refused(&put(&lab, path, &first, None).await, StatusCode::PRECONDITION_REQUIRED, "if_match.missing");
        for wrong in ["*", "1", "W/\"1\"", "\"-1\"", "\"\""] {
            let answer = put(&lab, path, &first, Some(wrong)).await;
            refused(&answer, StatusCode::BAD_REQUEST, "if_match.invalid");
        }
        let done = put(&lab, path, &first, Some(&tag(&read))).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        assert_ne!(tag(&done), tag(&read), "{path}");
        for old in [tag(&read), format!("\"{}\"", u64::MAX)] {
            refused(&put(&lab, path, &second, Some(&old)).await, StatusCode::PRECONDITION_FAILED, "stale");
        }
        let now = lab.get(path, lab.admin()).await;
        assert_eq!((&now.json, tag(&now)), (&done.json, tag(&done)), "what was refused changed nothing");
        let then = put(&lab, path, &second, Some(&tag(&now))).await;
        assert_eq!(then.status, StatusCode::OK, "{}", then.text);
    }
    for path in ["/sites/nowhere", "/networks/nothing", "/channels/nobody"] {
        let answer = put(&lab, path, &json!({"name": "x", "prefixes": "10.0.0.0/24"}), Some("\"1\"")).await;
        assert!(
            answer.status.is_client_error() && answer.status != StatusCode::PRECONDITION_FAILED,
            "{path}"
        );
    }
}
