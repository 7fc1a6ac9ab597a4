//! What happens, as it is told: at once where nothing can be streamed, else as it happens.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{Method, Request, StatusCode};
use portdelta_api::ApiLimits;
use portdelta_core::alert::{Trouble, TroubleKind};
use portdelta_core::watch::Severity;
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::support::{Browser, Lab, PASSWORD};

fn trouble() -> Trouble {
    called("m-1")
}

fn called(name: &str) -> Trouble {
    Trouble { kind: TroubleKind::DeadLetter, site: None, name: name.to_owned() }
}

/// (event, id, data) of a text of events.
fn events(text: &str) -> Vec<(String, String, Value)> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        line.unwrap_or_default()
    };
    text.split("\n\n")
        .filter(|block| block.contains("data: "))
        .map(|block| {
            let data = serde_json::from_str(&field(block, "data: ")).expect("JSON on one line");
            (field(block, "event: "), field(block, "id: "), data)
        })
        .collect()
}

fn names(text: &str) -> Vec<String> {
    events(text).into_iter().map(|(name, ..)| name).collect()
}

#[tokio::test]
async fn where_nothing_can_be_streamed_the_answer_says_when_to_come_again() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    let agent = TestAgent::approved(&lab, "office", 1).await;
    let first = lab.get("/events", lab.admin()).await;
    assert_eq!(
        (first.status, first.headers["content-type"].to_str().expect("text")),
        (StatusCode::OK, "text/event-stream")
    );
    assert!(first.text.starts_with("retry: "), "{}", first.text);
    assert_eq!(names(&first.text), ["agent.status", "system"]);
    let all = events(&first.text);
    assert_eq!((&all[0].2["agent"], &all[1].2["code"]), (&json!(agent.id), &json!("ready")));
    lab.clock.advance(10);
    let app = lab.service.app();
    app.raise(&trouble(), Severity::High, "work was\ngiven up\u{1b}[2J").await.expect("it is raised");
    let later = async |id: &str| {
        let headers = [("last-event-id", id)];
        lab.call_with(axum::http::Method::GET, "/events", lab.admin(), None, &headers).await.text
    };
    let text = later(&all[1].1).await;
    assert_eq!(names(&text), ["alert.opened", "agent.status", "system"]);
    assert!(!text.contains('\u{1b}'));
    let opened = events(&text).remove(0);
    assert_eq!(
        (&opened.2["severity"], &opened.2["title"]),
        (&json!("high"), &json!("work was\ngiven up\u{1b}[2J"))
    );
    assert_eq!(names(&later(&opened.1).await), ["agent.status", "system"], "what was seen is not told again");
    app.settle(&trouble()).await.expect("it is settled");
    assert_eq!(names(&later(&opened.1).await)[0], "alert.closed");
    // What is none of our ids tells nothing of the past, and breaks nothing.
    for id in ["", "x", "999999999999", "-1"] {
        assert_eq!(names(&later(id).await), ["agent.status", "system"], "{id}");
    }
}

/// Who may not list agents learns of them only that something changed, also where their role changes meanwhile.
#[tokio::test]
async fn a_viewer_is_not_told_which_agents_there_are() {
    let lab = Lab::new().await;
    lab.post("/sites", json!({"id": "office"})).await;
    TestAgent::approved(&lab, "office", 1).await;
    let seen = async |role: &str| lab.get("/events", Some(&lab.token_of(role).await)).await;
    let answer = seen("viewer").await;
    assert_eq!(names(&answer.text), ["system", "system"]);
    assert_eq!(events(&answer.text)[0].2["code"], "agents");
    assert!(!answer.text.contains("office"), "{}", answer.text);
    assert_eq!(names(&seen("operator").await.text), ["agent.status", "system"]);

    let interval = Some(Duration::from_millis(10));
    let lab = Lab::limited(ApiLimits { event_interval: interval, ..Lab::generous() }).await;
    lab.post("/sites", json!({"id": "office"})).await;
    let open = async |token: &str| {
        let request = Request::get("/api/v1/events").header("authorization", format!("Bearer {token}"));
        let answer = lab.open(request.body(Body::empty()).expect("a request")).await;
        let mut body = answer.into_body();
        until(&mut body, "system").await;
        body
    };
    let mut viewer = open(&lab.token_of("viewer").await).await;
    let mut operator = open(&lab.token_of("operator").await).await;
    TestAgent::approved(&lab, "office", 1).await;
    until(&mut operator, "agent.status").await;
    let text = until(&mut viewer, "system").await;
    assert_eq!((names(&text), &events(&text)[0].2["code"]), (vec!["system".to_owned()], &json!("agents")));

    // Somebody who is no operator any more.
    let id = lab.user("anna", "operator").await;
    let browser = Browser::of(&lab.sign_in("anna", PASSWORD).await);
    let request = Request::get("/api/v1/events").header("cookie", &browser.cookie);
    let mut anna = lab.open(request.body(Body::empty()).expect("a request")).await.into_body();
    assert!(names(&until(&mut anna, "system").await).contains(&"agent.status".to_owned()));
    let (path, less) = (format!("/users/{id}"), json!({"name": "anna", "role": "viewer"}));
    let done = lab.call_with(Method::PUT, &path, lab.admin(), Some(less), &[("if-match", "\"1\"")]).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    TestAgent::approved(&lab, "office", 2).await;
    assert_eq!(names(&until(&mut anna, "system").await), ["system"]);
}

/// What a browser does: it asks again and again with the last id that it got.
struct Poll<'a> {
    lab: &'a Lab,
    last: String,
}

impl Poll<'_> {
    async fn next(&mut self) -> Vec<String> {
        let headers = [("last-event-id", self.last.as_str())];
        let answer = self.lab.call_with(Method::GET, "/events", self.lab.admin(), None, &headers).await;
        let all = events(&answer.text);
        self.last.clone_from(&all.last().expect("there is always one").1);
        all.into_iter().map(|(name, ..)| name).filter(|name| name != "system").collect()
    }
}

#[tokio::test]
async fn who_asks_again_and_again_is_told_everything_once() {
    let lab = Lab::new().await;
    let app = lab.service.app();
    app.raise(&called("before"), Severity::High, "before").await.expect("it is raised");
    let mut poll = Poll { lab: &lab, last: String::new() };
    assert!(poll.next().await.is_empty(), "who comes first reads this elsewhere");
    // Two in one second, the second of them after somebody looked.
    app.raise(&called("one"), Severity::High, "one").await.expect("it is raised");
    assert_eq!(poll.next().await, ["alert.opened"]);
    app.raise(&called("two"), Severity::High, "two").await.expect("it is raised");
    assert_eq!(poll.next().await, ["alert.opened"]);
    for seconds in [0, 0, 1, 9, 10, 11, 3_000] {
        lab.clock.advance(seconds);
        assert!(poll.next().await.is_empty(), "after {seconds} s");
    }
    // One that is older than it is visible.
    lab.clock.advance(-7);
    app.settle(&called("one")).await.expect("it is settled");
    lab.clock.advance(7);
    assert_eq!(poll.next().await, ["alert.closed"]);
    assert!(poll.next().await.is_empty());
    // More than an id can name come again, but not for ever.
    for number in 0..70 {
        app.raise(&called(&format!("of many {number}")), Severity::High, "many").await.expect("it is raised");
    }
    assert_eq!(poll.next().await.len(), 70);
    assert_eq!(poll.next().await.len(), 7, "all of these seconds but 64");
    lab.clock.advance(11);
    poll.next().await;
    assert!(poll.next().await.is_empty());
}

/// Reads a stream until an event of this name came; everything that was read.
async fn until(body: &mut Body, name: &str) -> String {
    let mut text = String::new();
    let wanted = format!("event: {name}\n");
    while !text.contains(&wanted) {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        let frame = tokio::time::timeout(Duration::from_mins(1), frame).await.expect("something comes");
        let frame = frame.expect("the stream goes on").expect("it is whole");
        text.push_str(&String::from_utf8_lossy(&frame.into_data().expect("bytes")));
    }
    text
}

#[tokio::test]
async fn what_happens_is_streamed_to_all_who_watch() {
    let interval = Some(Duration::from_millis(10));
    let lab = Lab::limited(ApiLimits { event_interval: interval, event_streams: 2, ..Lab::generous() }).await;
    let watch = async || {
        let request = Request::get("/api/v1/events").header("authorization", lab.bearer());
        lab.open(request.body(Body::empty()).expect("a request")).await
    };
    let app = lab.service.app();
    app.raise(&called("before"), Severity::High, "before").await.expect("it is raised");
    let (mut one, mut two) = (watch().await.into_body(), watch().await.into_body());
    for body in [&mut one, &mut two] {
        assert_eq!(names(&until(body, "system").await), ["system"]);
    }
    assert_eq!(watch().await.status(), StatusCode::SERVICE_UNAVAILABLE, "two are enough");
    // It is older than it is visible.
    lab.clock.advance(-7);
    app.raise(&trouble(), Severity::High, "given up").await.expect("it is raised");
    lab.clock.advance(7);
    for body in [&mut one, &mut two] {
        assert_eq!(names(&until(body, "alert.opened").await), ["alert.opened"]);
    }
    drop(two);
    app.settle(&trouble()).await.expect("it is settled");
    assert_eq!(names(&until(&mut one, "alert.closed").await), ["alert.closed"]);
}

/// The rest of a stream, which must end.
async fn rest(body: &mut Body) -> String {
    let mut text = String::new();
    loop {
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        let frame = tokio::time::timeout(Duration::from_mins(1), frame).await.expect("it ends");
        let Some(frame) = frame else { return text };
        text.push_str(&String::from_utf8_lossy(&frame.expect("it is whole").into_data().expect("bytes")));
    }
}

/// A stream goes on for minutes: who may not watch any more is told nothing from then on.
#[tokio::test]
async fn who_may_not_watch_any_more_is_told_nothing() {
    let interval = Some(Duration::from_millis(10));
    let lab = Lab::limited(ApiLimits { event_interval: interval, ..Lab::generous() }).await;
    let app = lab.service.app();
    let open = async |name: &str, value: &str| {
        let request = Request::get("/api/v1/events").header(name, value).body(Body::empty());
        let mut body = lab.open(request.expect("a request")).await.into_body();
        until(&mut body, "system").await;
        body
    };
    let mut stays = open("authorization", &lab.bearer()).await;
    for how in ["signed out", "signed out everywhere", "another password", "disabled", "revoked", "expired"] {
        let name = how.replace(' ', "-");
        let id = lab.user(&name, "viewer").await;
        let here = Browser::of(&lab.sign_in(&name, PASSWORD).await);
        let there = Browser::of(&lab.sign_in(&name, PASSWORD).await);
        let made = lab.post("/tokens", json!({"name": name, "role": "viewer", "expires_days": 1})).await;
        let bearer = format!("Bearer {}", made["secret"].as_str().expect("a secret"));
        let by_token = matches!(how, "revoked" | "expired");
        let mut body =
            if by_token { open("authorization", &bearer).await } else { open("cookie", &here.cookie).await };
        let ended = match how {
            "signed out" => lab.page(&here, Method::DELETE, "/session", None).await,
            "signed out everywhere" => lab.page(&there, Method::DELETE, "/sessions", None).await,
            "another password" => {
                let change = json!({"current": PASSWORD, "new": "gravel-lantern-piano-dusk"});
                lab.page(&there, Method::PUT, "/me/password", Some(change)).await
            }
            "disabled" => lab.call(Method::DELETE, &format!("/users/{id}"), lab.admin(), None).await,
            "revoked" => {
                let token = made["token"]["id"].as_str().or(made["id"].as_str()).expect("an id");
                lab.call(Method::DELETE, &format!("/tokens/{token}"), lab.admin(), None).await
            }
            _ => {
                lab.clock.advance(86_400);
                lab.get("/me", lab.admin()).await
            }
        };
        assert!(ended.status.is_success(), "{how}: {:?}", ended.json);
        app.raise(&trouble(), Severity::High, "given up").await.expect("it is raised");
        assert_eq!(names(&until(&mut stays, "alert.opened").await).last().expect("some"), "alert.opened");
        let text = rest(&mut body).await;
        assert_eq!(names(&text), ["system"], "{how}: {text}");
        assert_eq!(events(&text)[0].2["code"], "again", "{how}");
        app.settle(&trouble()).await.expect("it is settled");
        until(&mut stays, "alert.closed").await;
        lab.clock.advance(60);
    }
}
