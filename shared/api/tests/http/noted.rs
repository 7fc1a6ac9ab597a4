//! What the audit trail says of each change: which thing it was of, or what it did.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use portdelta_app::moving::{ExportOptions, FrameReader, verify};
use portdelta_app::ports::Clock;
use portdelta_protocol::admin::Time;
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::audit::trail;
use crate::documented::document;
use crate::foreign_ids::world;
use crate::support::{Answer, Browser, Lab, PASSWORD};

/// Changes of people, by the document: methods and paths.
fn changes() -> Vec<(Method, &'static str)> {
    let mut all = Vec::new();
    for (path, item) in document()["paths"].as_object().expect("paths") {
        let is_of_agents = path.starts_with("/agent/");
        for method in item.as_object().expect("an item").keys() {
            if method != "get" && !is_of_agents && !path.ends_with("/preview") {
                all.push((method.to_uppercase().parse().expect("a method"), path.as_str()));
            }
        }
    }
    assert!(all.len() > 45, "{all:?}");
    all
}

const FILE: &str =
    "version: 1\nexpectations:\n  - site: office\n    targets: 10.0.0.9\n    ports: 22\n    state: open\n";

/// Does each of them in a world of its own, so that it succeeds.
async fn done(method: &Method, template: &str) -> (Lab, Answer) {
    let (lab, mut ids) = world().await;
    let person = lab.browser("anna", "admin").await;
    let slack = json!({"type": "slack", "url": "https://hooks.example/secret"});
    let scan = json!({"name": "y", "targets": "10.0.0.1", "ports": "22", "sites": ["office"]});
    let expected =
        json!({"site": "office", "targets": "10.0.0.1", "ports": "22", "state": "open", "reason": "x"});
    let user = json!({"name": "berta", "role": "viewer"});
    let body = match (method.as_str(), template) {
        ("POST", "/clean-up") => Some(json!({"site": "office", "targets": "10.0.0.7"})),
        ("POST", "/session") => Some(json!({"name": "anna", "password": PASSWORD})),
        ("PUT", "/me/password") => Some(json!({"current": PASSWORD, "new": "gravel-lantern-piano-dusk"})),
        ("POST", "/users") => Some(user),
        ("PUT", "/users/{user}") => Some(json!({"name": "carla", "role": "admin"})),
        ("POST", "/invitations/accept") => {
            let invitation = lab.post("/users", user).await["invitation"].clone();
            Some(json!({"invitation": invitation, "password": PASSWORD}))
        }
        ("POST", "/registrations") => {
            edit(&lab, "/settings/people", &json!({"self_registration": true})).await;
            Some(json!({"name": "dora", "password": PASSWORD}))
        }
        ("PUT", "/settings/people") => Some(json!({"self_registration": true})),
        ("POST", "/sites") => Some(json!({"id": "dmz"})),
        ("PUT", "/sites/{site}") | ("POST", "/scans/{scan}/clone" | "/tokens") => Some(json!({"name": "x"})),
        ("POST", "/networks") => Some(json!({"name": "x", "prefixes": "10.9.0.0/24"})),
        ("PUT", "/networks/{network}") => Some(json!({"prefixes": "10.9.0.0/24"})),
        ("POST", "/expectations") | ("PUT", "/expectations/{expectation}") => Some(expected),
        ("POST", "/deltas/accept") => Some(json!({"alerts": [ids["alert"]], "reason": "x"})),
        ("POST", "/scans") | ("PUT", "/scans/{scan}") => Some(scan),
        ("POST", "/scans/{scan}/runs") => Some(json!({})),
        ("POST", "/agents/{agent}/approve") => {
            ids.insert("agent", TestAgent::enrolled(&lab, "office", 2).await.id);
            None
        }
        ("POST", "/agents/{agent}/move" | "/enrolments") => Some(json!({"site": "office"})),
        ("POST", "/runs/{run}/cancel") => {
            let run = lab.post(&format!("/scans/{}/runs", ids["scan"]), json!({})).await;
            ids.insert("run", run["runs"][0]["id"].as_str().expect("a run").to_owned());
            None
        }
        ("PUT", "/sites/{site}/hosts/{address}/note") => Some(json!({"owner": "x"})),
        ("POST", "/alerts/{alert}/actions") => Some(json!({"action": "acknowledge"})),
        ("POST", "/alerts/actions") => Some(json!({"alerts": [ids["alert"]], "action": "acknowledge"})),
        ("PUT", "/watched-ports") => Some(json!([{"port": 23, "severity": "high"}])),
        ("POST", "/channels") | ("PUT", "/channels/{channel}") => {
            Some(json!({"name": "x", "settings": slack}))
        }
        ("PUT", "/retention") => Some(json!({"results_days": 30})),
        _ => None,
    };
    let path = address(template, &ids);
    let raw = match template {
        "/expectation-file" => Some(("application/yaml", FILE.as_bytes().to_vec())),
        "/sites/{site}/imports" => {
            let text = NmapText::of("-sT -p22 10.0.0.8").at(0).tcp("22");
            Some(("application/octet-stream", text.host(NmapHost::up("10.0.0.8").open(&[22])).bytes()))
        }
        "/moves/{move}/frames/{frame}" => return moved().await,
        _ => None,
    };
    if let Some((media, raw)) = raw {
        let answer = lab.send(request(&lab, method, &path, media, raw)).await;
        return (lab, answer);
    }
    let tag = lab.get(&path, lab.admin()).await.headers.get("etag").cloned();
    let tag = tag.as_ref().and_then(|tag| tag.to_str().ok()).unwrap_or("\"0\"").to_owned();
    let is_anybody = ["/session", "/invitations/accept", "/registrations"].contains(&template);
    let headers = match (is_anybody, method) {
        (true, &Method::POST) => vec![],
        _ => vec![
            ("cookie", person.cookie.as_str()),
            ("x-portdelta-csrf", person.csrf.as_str()),
            ("if-match", tag.as_str()),
        ],
    };
    let answer = lab.call_with(method.clone(), &path, None, body, &headers).await;
    (lab, answer)
}

fn address(template: &str, ids: &BTreeMap<&'static str, String>) -> String {
    let place = |part: &'_ str| part.strip_prefix('{')?.strip_suffix('}').map(|name| ids[name].clone());
    template
        .split('/')
        .map(|part| place(part).unwrap_or_else(|| part.to_owned()))
        .collect::<Vec<_>>()
        .join("/")
}

fn request(lab: &Lab, method: &Method, path: &str, media: &str, body: Vec<u8>) -> Request<Body> {
    let request = Request::builder().method(method.clone()).uri(format!("/api/v1{path}"));
    let request = request.header("authorization", lab.bearer()).header("content-type", media);
    request.body(Body::from(body)).expect("a request")
}

/// A frame of another installation's export.
async fn moved() -> (Lab, Answer) {
    let (from, lab) = (Lab::new().await, Lab::new().await);
    from.post("/sites", json!({"id": "office"})).await;
    let options = ExportOptions { results: true, secrets: true, program: "0.0.0".to_owned() };
    let mut file = Vec::new();
    from.service.app().export_all(&options, &mut file, &|_, _| {}).await.expect("an export");
    let id = verify(&*file, &|_| {}).expect("it is whole").id;
    let (_, sealed) =
        FrameReader::new(&*file).expect("an export").next_sealed().expect("it is whole").expect("a frame");
    let path = format!("/moves/{id}/frames/0");
    let answer = lab.send(request(&lab, &Method::PUT, &path, "application/octet-stream", sealed)).await;
    let noted = trail(&lab).await.pop().expect("an entry");
    assert!(noted.ends_with(&format!("|0|move={id}")), "{noted}");
    (lab, answer)
}

#[tokio::test]
async fn every_change_is_noted_with_its_thing_or_with_what_it_did() {
    for (method, template) in changes() {
        let (lab, answer) = done(&method, template).await;
        assert!(answer.status.is_success(), "{method} {template}: {} {}", answer.status, answer.text);
        let noted = lab.get("/audit?limit=1", lab.admin()).await.json["items"][0].clone();
        let says = |field: &str| noted[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(says("object") || says("detail"), "{method} {template}: {noted}");
        assert_ne!(noted["who"], "somebody", "{method} {template}: {noted}");
    }
}

/// Replaces what is at a path; gives the new entries of the trail, without who it was.
async fn edit(lab: &Lab, path: &str, body: &Value) -> Vec<String> {
    let before = trail(lab).await.len();
    let tag = lab.get(path, lab.admin()).await.headers["etag"].to_str().expect("text").to_owned();
    let headers = [("if-match", tag.as_str())];
    let put = lab.call_with(Method::PUT, path, lab.admin(), Some(body.clone()), &headers).await;
    assert_eq!(put.status, StatusCode::OK, "{path}: {}", put.text);
    new_entries(lab, before).await
}

async fn new_entries(lab: &Lab, before: usize) -> Vec<String> {
    let entries = trail(lab).await.split_off(before);
    entries.iter().map(|entry| entry.split_once('|').expect("who").1.to_owned()).collect()
}

#[tokio::test]
async fn settings_are_noted_with_what_they_are_and_were() {
    let lab = Lab::new().await;
    let people = "/settings/people";
    let noted = edit(&lab, people, &json!({"self_registration": true})).await;
    assert_eq!(noted, ["setting.people-edited||1 change: self-registration on (was off)"]);
    let provider = |issuer: &str, root: &str, secret: Value| {
        json!({"single_sign_on": {"name": "Provider", "issuer": issuer, "client_id": "portdelta",
            "client_secret": secret, "role_claim": "groups", "roles": {"netops": "viewer", "root": root}}})
    };
    let noted = edit(&lab, people, &provider("https://a.example", "operator", json!("between us"))).await;
    let expected = "setting.people-edited||8 changes: self-registration off (was on), provider Provider (was none), \
        issuer https://a.example (was none), client portdelta (was none), role claim groups (was none), \
        another client secret, role viewer (was none) for netops, role operator (was none) for root";
    assert_eq!(noted, [expected]);
    let noted = edit(&lab, people, &provider("https://b.example", "admin", json!("our secret"))).await;
    let expected = "setting.people-edited||3 changes: issuer https://b.example (was https://a.example), \
        another client secret, role admin (was operator) for root";
    assert_eq!(noted, [expected]);
    let same = edit(&lab, people, &provider("https://b.example", "admin", Value::Null)).await;
    assert_eq!(same, ["setting.people-edited||no change"]);

    let noted = edit(&lab, "/retention", &json!({"results_days": 30})).await;
    assert_eq!(noted, ["retention.edited||1 change: results 30 days (was for ever)"]);
    let noted =
        edit(&lab, "/watched-ports", &json!([{"port": 23, "label": "telnet", "severity": "high"}])).await;
    let whole = noted.join(" ");
    assert!(noted.iter().all(|entry| entry.starts_with("watched-port.edited||")), "{noted:?}");
    assert!(whole.contains("tcp-3389 none (was tcp/3389 critical \"RDP\")"), "{whole}");
    let ports = json!([{"id": "desk", "port": 5900, "last": 5910, "label": "VNC", "severity": "low",
        "addresses": "10.0.0.0/24", "service": "vnc*"}]);
    let whole = edit(&lab, "/watched-ports", &ports).await.join(" ");
    assert!(whole.contains("desk tcp/5900-5910 low \"VNC\" with vnc* at 10.0.0.0/24 (was none)"), "{whole}");
    let file = lab.get("/audit/export?format=jsonl", lab.admin()).await.text;
    assert!(!file.contains("between us") && !file.contains("our secret"), "{file}");
}

/// Who may be an administrator can't be hidden behind much else.
#[tokio::test]
async fn no_change_of_a_role_is_cut_off() {
    let lab = Lab::new().await;
    let name = |number: u32| format!("{number:03}, \\x1b[2J {}", "組".repeat(90));
    let mut roles: serde_json::Map<String, Value> =
        (0..98).map(|number| (name(number), json!("viewer"))).collect();
    roles.insert("z".repeat(1_000), json!("operator"));
    roles.insert("zzz".to_owned(), json!("admin"));
    let provider = json!({"name": "=1+1", "issuer": "https://a.example", "client_id": "x",
        "role_claim": "groups", "roles": roles});
    let noted = edit(&lab, "/settings/people", &json!({"single_sign_on": provider})).await;
    assert!(noted.len() > 20, "{noted:?}");
    assert!(noted.iter().all(|entry| entry.starts_with("setting.people-edited||")), "{noted:?}");
    let whole = noted.join("\n");
    assert!(whole.contains("role admin (was none) for zzz"), "{whole}");
    assert!(whole.contains("role operator (was none) for zzzz"), "{whole}");
    assert!(
        (0..98).all(|number| whole.contains(&format!("role viewer (was none) for {number:03}, "))),
        "{whole}"
    );
    assert_eq!(whole.matches('…').count(), 1, "only what is longer than an entry: {whole}");
}

#[tokio::test]
async fn what_is_done_about_many_alerts_is_noted_with_each_that_changed() {
    let lab = crate::dashboard::lab().await;
    let alerts = lab.all("/alerts", 50).await;
    let ids: Vec<&str> = alerts.iter().map(|alert| alert["id"].as_str().expect("an id")).collect();
    assert!(ids.len() >= 2, "{ids:?}");
    let before = trail(&lab).await.len();
    let mut given = ids.clone();
    given.insert(1, "nothing\u{1b}[2J");
    let until = Time(lab.clock.now().shifted(86_400)).to_string();
    let bulk = json!({"alerts": given, "action": "ignore", "until": until, "reason": "x"});
    lab.post("/alerts/actions", bulk).await;
    let head = format!("ignore until {until} {} of {} alerts", ids.len(), given.len());
    let noted = new_entries(&lab, before).await;
    assert!(noted[0].starts_with(&format!("alert.actions||{head}: ")), "{noted:?}");
    let whole = noted.join(" ");
    assert!(ids.iter().all(|id| whole.contains(id)) && !whole.contains("nothing"), "{whole}");
    let before = trail(&lab).await.len();
    lab.post("/alerts/actions", json!({"alerts": ["none", "nothing"], "action": "acknowledge"})).await;
    lab.post(&format!("/alerts/{}/actions", ids[0]), json!({"action": "reopen"})).await;
    let expected = [
        "alert.actions||acknowledge 0 of 2 alerts".to_owned(),
        format!("alert.actions|{}|site=office state=open reopen", ids[0]),
    ];
    assert_eq!(new_entries(&lab, before).await, expected);
}

#[tokio::test]
async fn what_is_expected_from_now_on_is_noted_with_what_it_was() {
    let lab = crate::dashboard::lab().await;
    let alert = lab.all("/alerts?severity=critical", 10).await[0].clone();
    let before = trail(&lab).await.len();
    let made = lab.post("/deltas/accept", json!({"alerts": [alert["id"]], "reason": "x"})).await;
    let accepted = made["expectations"][0]["id"].as_str().expect("an id").to_owned();
    let (id, address) =
        (alert["id"].as_str().expect("an id"), alert["address"].as_str().expect("an address"));
    let port = &alert["port"];
    let expected = format!("delta.accepted||0 changes and 1 alerts: {address} {port} open at office by {id}");
    assert_eq!(new_entries(&lab, before).await, [expected]);

    let before = trail(&lab).await.len();
    let tag = lab.get("/expectation-file", lab.admin()).await.headers["etag"].clone();
    let path = "/expectation-file?prune=true";
    let mut put = request(&lab, &Method::PUT, path, "application/yaml", FILE.as_bytes().to_vec());
    put.headers_mut().insert("if-match", tag);
    let put = lab.send(put).await;
    let made = put.json["made"][0]["id"].as_str().expect("an id");
    let expected = format!(
        "expectation.applied||1 removed, 1 made, 0 changed, 0 as before: removed {accepted}, made {made}"
    );
    assert_eq!(new_entries(&lab, before).await, [expected]);

    let draft = json!({"name": "Weekly", "targets": "10.0.0.0/24", "ports": "22", "sites": ["office"]});
    let scan = lab.post("/scans", draft).await["id"].as_str().expect("an id").to_owned();
    let before = trail(&lab).await.len();
    let runs = lab.post(&format!("/scans/{scan}/runs"), json!({})).await;
    let run = runs["runs"][0]["id"].as_str().expect("a run");
    assert_eq!(new_entries(&lab, before).await, [format!("scan.started|{scan}|run {run} at office")]);
}

/// Who signs out is who signed in.
#[tokio::test]
async fn what_people_do_to_themselves_is_noted_with_who_they_are() {
    let lab = Lab::new().await;
    let anna = lab.user("anna", "viewer").await;
    for (method, path) in [(Method::DELETE, "/session"), (Method::DELETE, "/sessions")] {
        let browser = Browser::of(&lab.sign_in("anna", PASSWORD).await);
        lab.page(&browser, method, path, None).await;
        let last = trail(&lab).await.pop().expect("an entry");
        assert!(
            last.starts_with("user anna|session.closed") && last.ends_with(&format!("|{anna}|")),
            "{last}"
        );
    }
}
