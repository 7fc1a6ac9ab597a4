//! What holds at every endpoint of the document, so that a new one can't be forgotten.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use portdelta_api::{ApiLimits, Rate};
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::support::{Answer, Lab};

/// An operation of the document.
struct Operation {
    method: Method,
    /// With places: `/sites/{site}`.
    path: String,
    for_anybody: bool,
    /// The media type of the body that it takes.
    media: Option<String>,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let media = operation["requestBody"]["content"].as_object();
            all.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                for_anybody: operation["security"].is_null(),
                media: media.and_then(|content| content.keys().next().cloned()),
            });
        }
    }
    assert!(all.len() > 70);
    all
}

impl Operation {
    fn is_of_agents(&self) -> bool {
        self.path.starts_with("/agent/") && !self.for_anybody
    }

    /// The path with `text` in every place.
    fn with(&self, text: &str) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { text } else { part });
        parts.collect::<Vec<_>>().join("/")
    }
}

fn is_problem(answer: &Answer) -> bool {
    answer.headers.get("content-type").is_some_and(|media| media == "application/problem+json")
        && answer.json["code"].as_str().is_some_and(|code| !code.is_empty())
}

#[tokio::test]
async fn what_an_agent_was_lent_ends_when_it_is_revoked_or_moved() {
    let lab = Lab::new().await;
    for site in ["office", "dmz"] {
        lab.post("/sites", json!({"id": site})).await;
    }
    let (revoked, moved) =
        (TestAgent::approved(&lab, "office", 1).await, TestAgent::approved(&lab, "office", 2).await);
    let tokens = [revoked.token(&lab).await, moved.token(&lab).await];
    let mut seen = 0;
    for operation in operations().iter().filter(|operation| operation.is_of_agents()) {
        for token in &tokens {
            let before = lab.call(operation.method.clone(), &operation.with("0"), Some(token), None).await;
            assert_ne!(before.status, StatusCode::UNAUTHORIZED, "{}", operation.path);
            seen += 1;
        }
    }
    assert!(seen >= 14, "{seen}");
    lab.post(&format!("/agents/{}/revoke", revoked.id), json!(null)).await;
    lab.post(&format!("/agents/{}/move", moved.id), json!({"site": "dmz"})).await;
    for operation in operations().iter().filter(|operation| operation.is_of_agents()) {
        for token in &tokens {
            let answer = lab.call(operation.method.clone(), &operation.with("0"), Some(token), None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}: {:?}", operation.path, answer.json);
            assert!(is_problem(&answer), "{}", operation.path);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_wherever_there_is_one() {
    let limits = ApiLimits {
        max_json_bytes: 300,
        max_import_bytes: 300,
        max_upload_bytes: 300,
        max_frame_bytes: 300,
        ..Lab::generous()
    };
    let lab = Lab::limited(limits).await;
    lab.service.app().create_site("0".parse().expect("an id"), "", "").await.expect("a site");
    let mut bodies = 0;
    for operation in operations() {
        let Some(media) = &operation.media else { continue };
        if operation.is_of_agents() {
            continue;
        }
        for announced in [true, false] {
            let mut request = Request::builder()
                .method(operation.method.clone())
                .uri(format!("/api/v1{}", operation.with("0").replace("/hosts/0/", "/hosts/192.0.2.1/")))
                .header("authorization", lab.bearer())
                .header("content-type", media);
            if announced {
                request = request.header("content-length", "301");
            }
            let answer = lab.send(request.body(Body::from("x".repeat(301))).expect("a request")).await;
            assert_eq!(
                answer.status,
                StatusCode::PAYLOAD_TOO_LARGE,
                "{} {}",
                operation.method,
                operation.path
            );
            assert!(is_problem(&answer), "{}", operation.path);
        }
        bodies += 1;
    }
    assert!(bodies > 20, "{bodies}");
}

#[tokio::test]
async fn nobody_asks_without_end_anywhere() {
    let rate = Rate { burst: NonZeroU32::MIN, interval: Duration::from_hours(1) };
    let lab =
        Lab::limited(ApiLimits { anonymous_rate: rate, token_rate: rate, ..ApiLimits::default() }).await;
    assert_eq!(lab.get("/health", None).await.status, StatusCode::OK);
    assert_eq!(lab.get("/sites", lab.admin()).await.status, StatusCode::OK);
    for operation in operations() {
        let path = operation.with("0");
        for token in [None, Some("wrong"), lab.admin().filter(|_| !operation.is_of_agents())] {
            let answer = lab.call(operation.method.clone(), &path, token, None).await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{} {path}", operation.method);
            assert!(answer.headers.contains_key("retry-after"), "{path}");
        }
    }
}

#[tokio::test]
async fn hostile_names_in_addresses_and_bodies_are_refused_and_break_nothing() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let agent = TestAgent::approved(&lab, "office", 1).await;
    let lent = agent.token(&lab).await;
    let long = "a".repeat(5_000);
    let names =
        ["%00", "..%2F..%2Fetc", "%1B%5B2J", "%3Cscript%3E", "%FF%FE", "%E2%80%AEx", "SITE%23office", &long];
    let bodies: [Value; 4] =
        [json!(null), json!({}), json!({"name": "\u{1b}[2J\u{0}", "id": "../x"}), json!([[[[]]]])];
    for operation in operations() {
        let token = match (operation.is_of_agents(), operation.for_anybody) {
            (true, _) => Some(lent.as_str()),
            (_, true) => None,
            _ => lab.admin(),
        };
        let has_place = operation.path.contains('{');
        for name in names.iter().filter(|_| has_place) {
            let body = operation.media.as_ref().map(|_| json!({}));
            let answer = lab.call(operation.method.clone(), &operation.with(name), token, body).await;
            let what = format!("{} {} with {name}: {:?}", operation.method, operation.path, answer.json);
            assert!(answer.status.is_client_error(), "{} {what}", answer.status);
            assert!(is_problem(&answer), "{what}");
            assert!(!answer.text.chars().any(char::is_control), "{what}");
        }
        for body in bodies.iter().filter(|_| operation.media.is_some()) {
            let path = operation.with("office");
            let answer = lab.call(operation.method.clone(), &path, token, Some(body.clone())).await;
            let what = format!("{} {path} with {body}: {:?}", operation.method, answer.json);
            assert!(!answer.status.is_server_error(), "{} {what}", answer.status);
            assert!(answer.status.is_success() || is_problem(&answer), "{what}");
        }
    }
}
