//! The audit trail: all that changed, who did it, and no secrets.

use std::task::Poll;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::support::{Browser, Lab, PASSWORD};

/// `who what object detail`, oldest first.
pub async fn trail(lab: &Lab) -> Vec<String> {
    let mut entries = lab.all("/audit", 7).await;
    entries.reverse();
    let text = |entry: &Value, field: &str| entry[field].as_str().expect("a text").to_owned();
    let line = |entry: &Value| ["who", "what", "object", "detail"].map(|field| text(entry, field)).join("|");
    entries.iter().map(line).collect()
}

#[tokio::test]
async fn every_change_is_noted_with_who_did_it() {
    let lab = Lab::new().await;
    let token = lab.get("/me", lab.admin()).await.json["id"].as_str().expect("an id").to_owned();
    let user = lab.user("anna", "operator").await;
    lab.post("/sites", json!({"id": "office", "name": "Head office"})).await;
    let browser = Browser::of(&lab.sign_in("ANNA", PASSWORD).await);
    let draft = json!({"name": "Weekly", "targets": "10.0.0.0/24", "ports": "22", "sites": ["office"]});
    let scan = lab.page(&browser, Method::POST, "/scans", Some(draft)).await;
    let scan = scan.json["id"].as_str().expect("an id").to_owned();
    lab.page(&browser, Method::POST, &format!("/scans/{scan}/pause"), None).await;
    let made = lab.post("/tokens", json!({"name": "robot", "role": "viewer"})).await;
    let robot = made["id"].as_str().expect("an id").to_owned();
    lab.call(Method::DELETE, &format!("/tokens/{robot}"), lab.admin(), None).await;
    let body = json!({"current": PASSWORD, "new": "gravel-lantern-piano-dusk"});
    lab.page(&browser, Method::PUT, "/me/password", Some(body)).await;
    lab.page(&browser, Method::DELETE, "/session", None).await;
    let admin = format!("token {token}");
    let expected = [
        format!("{admin}|user.created|{user}|name=anna role=operator disabled=false"),
        format!("{admin}|site.created|office|name=Head office active=true"),
        format!("user anna|session.opened|{user}|name=anna role=operator"),
        format!("user anna|scan.created|{scan}|name=Weekly active=true scheduled=true"),
        format!("user anna|scan.paused|{scan}|name=Weekly active=true scheduled=false"),
        format!("{admin}|token.created|{robot}|name=robot role=viewer"),
        format!("{admin}|token.revoked|{robot}|"),
        format!("user anna|password.changed|{user}|"),
        format!("user anna|session.closed|{user}|"),
    ];
    assert_eq!(trail(&lab).await, expected);
    let secret = made["secret"].as_str().expect("a secret");
    for format in ["csv", "jsonl"] {
        let file = lab.get(&format!("/audit/export?format={format}"), lab.admin()).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.text);
        assert_eq!(file.text.lines().count(), expected.len() + usize::from(format == "csv"));
        for word in [secret, PASSWORD, &browser.csrf, "gravel"] {
            assert!(!file.text.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn what_failed_what_only_looks_and_what_agents_do_is_not_noted() {
    let lab = Lab::new().await;
    lab.service.app().create_site("office".parse().expect("an id"), "", "").await.expect("a site");
    let before = trail(&lab).await;
    lab.sign_in("nobody", "wrong").await;
    lab.call(Method::POST, "/sites", lab.admin(), Some(json!({"id": "office"}))).await;
    lab.call(Method::POST, "/sites", None, Some(json!({"id": "other"}))).await;
    lab.call(Method::DELETE, "/networks/none", lab.admin(), None).await;
    let draft = json!({"name": "Weekly", "targets": "10.0.0.0/24", "ports": "22", "sites": ["office"]});
    lab.post("/scans/preview", draft).await;
    lab.get("/sites", lab.admin()).await;
    assert_eq!(trail(&lab).await, before);
    TestAgent::approved(&lab, "office", 1).await.token(&lab).await;
    let since: Vec<_> = trail(&lab).await;
    let words: Vec<_> = since.iter().filter_map(|line| line.split('|').nth(1)).collect();
    assert_eq!(words, ["enrolment.created", "agent.approved"]);
}

#[tokio::test]
async fn who_comes_in_by_an_invitation_is_named() {
    let lab = Lab::new().await;
    let made = lab.post("/users", json!({"name": "anna", "role": "viewer"})).await;
    let body = json!({"invitation": made["invitation"], "password": PASSWORD});
    lab.call(Method::POST, "/invitations/accept", None, Some(body)).await;
    let last = trail(&lab).await.pop().expect("an entry");
    let id = made["user"]["id"].as_str().expect("an id");
    assert_eq!(last, format!("user anna|invitation.accepted|{id}|name=anna role=viewer"));
    let invitation = made["invitation"].as_str().expect("an invitation");
    assert!(!lab.get("/audit", lab.admin()).await.text.contains(invitation));
}

#[tokio::test]
async fn entries_are_found_by_who_and_what() {
    let lab = Lab::new().await;
    let browser = lab.browser("anna", "admin").await;
    for number in 0..30 {
        let body = Some(json!({"name": format!("net-{number}"), "prefixes": "10.0.0.0/24"}));
        assert_eq!(lab.page(&browser, Method::POST, "/networks", body).await.status, StatusCode::CREATED);
    }
    assert_eq!(lab.all("/audit?who=ANNA&what=network", 4).await.len(), 30);
    assert_eq!(lab.all("/audit?what=network.removed", 4).await.len(), 0);
    assert_eq!(lab.all("/audit?who=token", 4).await.len(), 1);
    // What is added meanwhile does not move the pages that follow.
    let first = lab.get("/audit?what=network&limit=10", lab.admin()).await.json;
    lab.page(&browser, Method::DELETE, "/networks/net-29", None).await;
    let next = first["next"].as_str().expect("more");
    let second = lab.get(&format!("/audit?what=network&limit=10&cursor={next}"), lab.admin()).await.json;
    assert_eq!(first["items"][9]["object"], "net-20");
    assert_eq!(second["items"][0]["object"], "net-19");
    let foreign = lab.get(&format!("/audit?cursor={next}"), lab.admin()).await;
    assert_eq!(foreign.json["code"], "cursor.invalid");
}

#[tokio::test]
async fn hostile_names_are_no_formulas_and_steer_nothing() {
    let lab = Lab::new().await;
    for name in ["=HYPERLINK(\"http://192.0.2.1/\")", "+1+2", "@sum", "a,\"b\""] {
        lab.post("/networks", json!({"name": name, "prefixes": "10.0.0.0/24"})).await;
    }
    let file = lab.get("/audit/export", lab.admin()).await;
    assert!(file.headers["content-type"].to_str().expect("text").starts_with("text/csv"));
    let disposition = file.headers["content-disposition"].to_str().expect("text");
    assert_eq!(disposition, "attachment; filename=\"audit.csv\"");
    assert_eq!(file.text.lines().next(), Some("time,who,what,object,detail,id"));
    for cell in file.text.lines().skip(1).flat_map(|line| line.split(',')) {
        assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '@', '-']), "{cell} in {}", file.text);
    }
    assert!(!file.text.chars().any(|letter| letter.is_control() && letter != '\n' && letter != '\r'));
}

/// Nothing that the API knows takes an entry away or changes it.
#[tokio::test]
async fn nobody_changes_what_was_noted() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let noted = trail(&lab).await;
    let id = lab.all("/audit", 10).await[0]["id"].as_str().expect("an id").to_owned();
    for method in [Method::DELETE, Method::PUT, Method::POST] {
        for path in ["/audit".to_owned(), format!("/audit/{id}"), "/audit/export".to_owned()] {
            let answer = lab.call(method.clone(), &path, lab.admin(), Some(json!({}))).await;
            assert!(answer.status.is_client_error(), "{method} {path}");
        }
    }
    assert_eq!(trail(&lab).await, noted);
}

#[tokio::test]
async fn who_hangs_up_keeps_no_change_from_being_made_and_noted() {
    let lab = Lab::new().await;
    let browser = lab.browser("anna", "operator").await;
    let before = trail(&lab).await.len();
    let new = "gravel-lantern-piano-dusk";
    let body = json!({"current": PASSWORD, "new": new});
    // Its hash takes a while, elsewhere: the connection is gone before it is there.
    let mut change = Box::pin(lab.page(&browser, Method::PUT, "/me/password", Some(body)));
    let is_begun =
        std::future::poll_fn(|context| Poll::Ready(change.as_mut().poll(context).is_pending())).await;
    drop(change);
    assert!(is_begun);
    while trail(&lab).await.len() == before {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(trail(&lab).await.last().is_some_and(|line| line.contains("password.changed")));
    Browser::of(&lab.sign_in("anna", new).await);
}
