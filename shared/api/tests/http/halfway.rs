//! What was changed before a request failed stands in the audit trail, wherever the store fails.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use portdelta_testkit::{Fault, NmapHost, NmapText};
use serde_json::{Value, json};

use crate::audit::trail;
use crate::support::{Answer, Lab, PASSWORD};

const FILE: &str = "\
version: 1
expectations:
  - {id: one, site: office, targets: 10.0.0.1, ports: 22, state: open}
  - {id: two, site: office, targets: 10.0.0.2, ports: 22, state: open}
  - {id: three, site: office, targets: 10.0.0.3, ports: 22, state: open}
";

/// What changes several things, or something that is read again.
const CHANGES: [&str; 7] = ["site", "edited site", "expectation", "file", "accept", "runs", "registration"];

/// Two sites, a scan at both, and alerts about two ports.
async fn lab() -> Lab {
    let lab = Lab::new().await;
    for site in ["office", "dmz"] {
        lab.post("/sites", json!({"id": site})).await;
    }
    let scan = json!({"name": "Weekly", "targets": "10.0.0.0/30", "ports": "22", "sites": ["office", "dmz"]});
    lab.post("/scans", scan).await;
    let result = NmapText::of("-sT -p23,3389 10.0.0.7").at(0).tcp("23,3389");
    let result = result.host(NmapHost::up("10.0.0.7").open(&[23, 3389])).bytes();
    let run = lab.import("office/imports", &result).await.json["run"].as_str().expect("a run").to_owned();
    lab.service.notify_run(&run.parse().expect("an id")).await.expect("everybody is told");
    let tag = [("if-match", "\"0\"")];
    let open = Some(json!({"self_registration": true}));
    let put = lab.call_with(Method::PUT, "/settings/people", lab.admin(), open, &tag).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    lab
}

/// What a change is made with; asked for before the store fails.
async fn request(lab: &Lab, change: &str) -> Request<Body> {
    let (method, path, media, body) = match change {
        "site" => (Method::POST, "/sites".to_owned(), "json", json!({"id": "attic"}).to_string()),
        "edited site" => (Method::PUT, "/sites/dmz".to_owned(), "json", json!({"name": "x"}).to_string()),
        "expectation" => {
            let draft = json!({"site": "office", "targets": "10.0.0.7", "ports": "22", "state": "open", "reason": "x"});
            (Method::POST, "/expectations".to_owned(), "json", draft.to_string())
        }
        "file" => (Method::PUT, "/expectation-file".to_owned(), "yaml", FILE.to_owned()),
        "accept" => {
            let alerts = lab.all("/alerts", 10).await;
            let ids: Vec<&Value> = alerts.iter().map(|alert| &alert["id"]).collect();
            assert!(ids.len() >= 2, "{alerts:?}");
            let body = json!({"alerts": ids, "reason": "x"});
            (Method::POST, "/deltas/accept".to_owned(), "json", body.to_string())
        }
        "runs" => {
            let scan = lab.all("/scans", 10).await[0]["id"].as_str().expect("an id").to_owned();
            (Method::POST, format!("/scans/{scan}/runs"), "json", "{}".to_owned())
        }
        _ => {
            let body = json!({"name": "dora", "password": PASSWORD});
            (Method::POST, "/registrations".to_owned(), "json", body.to_string())
        }
    };
    let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    let request = request.header("content-type", format!("application/{media}"));
    let request = if change == "edited site" { request.header("if-match", "\"1\"") } else { request };
    let request =
        if change == "registration" { request } else { request.header("authorization", lab.bearer()) };
    request.body(Body::from(body)).expect("a request")
}

async fn state(lab: &Lab) -> Vec<String> {
    let mut all = Vec::new();
    for list in ["/sites", "/expectations", "/runs", "/users"] {
        all.push(lab.get(list, lab.admin()).await.text);
    }
    all
}

/// Makes a change while the `nth` operation of the store fails; what changed of what is stored, and of the trail.
async fn failing(change: &str, nth: u64, fault: Fault) -> (Answer, bool, Vec<String>) {
    let lab = lab().await;
    let request = request(&lab, change).await;
    let (before, noted) = (state(&lab).await, trail(&lab).await.len());
    lab.faults.plan(nth, fault);
    let answer = lab.send(request).await;
    lab.faults.revive();
    let has_changed = state(&lab).await != before;
    (answer, has_changed, trail(&lab).await.split_off(noted))
}

/// How many operations of the store a change takes.
async fn operations(change: &str) -> u64 {
    let lab = lab().await;
    let request = request(&lab, change).await;
    let before = lab.faults.operations();
    let answer = lab.send(request).await;
    assert!(answer.status.is_success(), "{change}: {}", answer.text);
    lab.faults.operations() - before
}

#[tokio::test]
async fn what_was_changed_before_a_failure_is_noted() {
    for change in CHANGES {
        let mut halfway = 0;
        for nth in 1..=operations(change).await {
            for fault in [Fault::Before, Fault::After, Fault::Conflict] {
                let (answer, has_changed, noted) = failing(change, nth, fault).await;
                let what =
                    format!("{change}, {fault:?} at {nth}: {} {}: {noted:?}", answer.status, answer.text);
                if answer.status.is_success() {
                    continue;
                }
                if has_changed {
                    let expected = format!("ended with {}", answer.status.as_u16());
                    assert!(noted.iter().any(|entry| entry.contains(&expected)), "{what}");
                    halfway += 1;
                } else if answer.status.is_client_error() {
                    assert!(noted.is_empty(), "{what}");
                }
            }
        }
        assert!(halfway > 0, "{change}");
    }
}

#[tokio::test]
async fn how_far_a_change_came_is_told_and_noted() {
    for (change, status) in
        [("file", StatusCode::PRECONDITION_FAILED), ("accept", StatusCode::PRECONDITION_FAILED)]
    {
        let mut seen = Vec::new();
        for nth in 1..=operations(change).await {
            let (answer, _, noted) = failing(change, nth, Fault::Conflict).await;
            if answer.status == status && !noted.is_empty() {
                let detail = answer.json["detail"].as_str().expect("a sentence").to_owned();
                assert!(detail.ends_with("were done before"), "{detail}");
                seen.push(noted.join(" "));
            }
        }
        assert!(seen[0].contains("ended with 412 after 1 of "), "{change}: {seen:?}");
        assert!(change != "file" || seen[1].contains("412 after 2 of 3: one, two"), "{seen:?}");
    }
    let mut seen = Vec::new();
    for nth in 1..=operations("runs").await {
        let (answer, _, noted) = failing("runs", nth, Fault::Before).await;
        seen.extend(noted.into_iter().filter(|_| !answer.status.is_success()));
    }
    assert!(seen.iter().any(|entry| entry.contains("ended with 503 after 1 of 2: run ")), "{seen:?}");
}

/// A site that was made is answered, whatever can't be read afterwards: who tries again would be told that it exists.
#[tokio::test]
async fn no_site_is_made_and_then_refused() {
    for nth in 1..=operations("site").await {
        let (answer, has_changed, _) = failing("site", nth, Fault::Before).await;
        assert_eq!(answer.status.is_success(), has_changed, "at {nth}: {}", answer.text);
    }
}

/// Nobody is locked out of signing in by a busy server, and nothing is noted of it.
#[tokio::test]
async fn a_session_that_nobody_got_is_not_noted() {
    let lab = Lab::new().await;
    lab.user("anna", "viewer").await;
    let before = trail(&lab).await;
    for nth in 1..20 {
        lab.faults.plan(nth, Fault::Before);
        let answer = lab.sign_in("anna", PASSWORD).await;
        lab.faults.revive();
        if answer.status.is_success() {
            break;
        }
        assert_eq!(trail(&lab).await, before, "at {nth}: {}", answer.text);
    }
}
