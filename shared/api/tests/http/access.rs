//! Who may what: every endpoint of the document, with every kind of wrong token.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::agents::TestAgent;
use crate::support::Lab;

/// Every operation of the document: method, path with something in its places, and whether it is for anybody.
fn operations() -> Vec<(Method, String, bool)> {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let method = method.to_uppercase().parse().expect("a method");
            let parts = path.split('/').map(|part| if part.starts_with('{') { "00000" } else { part });
            all.push((method, parts.collect::<Vec<_>>().join("/"), operation["security"].is_null()));
        }
    }
    assert!(all.len() > 70);
    all
}

#[tokio::test]
async fn nobody_gets_anything_without_a_good_token() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let agent = TestAgent::approved(&lab, "office", 1).await;
    let lent = agent.token(&lab).await;
    let revoked = lab.post("/tokens", json!({"name": "revoked"})).await;
    let expired = lab.post("/tokens", json!({"name": "expired", "expires_days": 1})).await;
    let other = lab.post("/tokens", json!({"name": "other"})).await;
    let secret = |token: &serde_json::Value| token["secret"].as_str().expect("a secret").to_owned();
    let path = format!("/tokens/{}", revoked["id"].as_str().expect("an id"));
    let gone = lab.call(Method::DELETE, &path, lab.admin(), None);
    assert_eq!(gone.await.status, StatusCode::NO_CONTENT);
    lab.clock.advance(2 * 86_400);
    let cut = secret(&other)[..40].to_owned();
    // The access that was lent has ended with the hour as well.
    let wrong = [
        None,
        Some("wrong".to_owned()),
        Some(String::new()),
        Some(cut),
        Some(secret(&revoked)),
        Some(secret(&expired)),
        Some(lent),
    ];
    for (method, path, for_anybody) in operations() {
        for token in wrong.iter().filter(|_| !for_anybody) {
            let answer = lab.call(method.clone(), &path, token.as_deref(), None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}: {:?}", answer.json);
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
    assert_eq!(lab.get("/me", Some(&secret(&other))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_good_token_is_good_for_its_role_only() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let agent = TestAgent::approved(&lab, "office", 1).await;
    let lent = agent.token(&lab).await;
    for (method, path, for_anybody) in operations() {
        if for_anybody {
            continue;
        }
        let foreign = if path.starts_with("/agent/") { lab.admin().expect("a token") } else { &lent };
        let answer = lab.call(method.clone(), &path, Some(foreign), None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {:?}", answer.json);
    }
}

#[tokio::test]
async fn secrets_are_shown_once() {
    let lab = Lab::new().await;
    let made = lab.post("/tokens", json!({"name": "mine"})).await;
    let secret = made["secret"].as_str().expect("a secret");
    let listed = lab.get("/tokens", lab.admin()).await;
    assert_eq!(listed.json["items"].as_array().map(Vec::len), Some(2));
    assert!(!listed.text.contains(secret));
    let channel = json!({"name": "hook", "settings": {"type": "webhook", "url": "https://hook.example/x",
        "secret": "0123456789abcdef-secret"}});
    let made = lab.post("/channels", channel).await;
    assert_eq!(made["settings"]["has_secret"], true, "{made}");
    for path in ["/channels".to_owned(), format!("/channels/{}", made["id"].as_str().expect("an id"))] {
        assert!(!lab.get(&path, lab.admin()).await.text.contains("abcdef-secret"), "{path}");
    }
}
