//! Ids that are of something else, of nothing, or of nobody's making: in every place of every address of the document,
//! for every role. Nobody gets, changes or learns of what the id is not of.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::agents::TestAgent;
use crate::support::{Answer, Lab};

/// Stands in everything that is stored, and in no answer to a wrong id.
pub const MARK: &str = "mark-of-a-stored-thing";

/// An operation with places in its path.
struct Operation {
    method: Method,
    path: String,
    needs: String,
    has_body: bool,
    /// What the document says of bodies that are no JSON.
    media: String,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(portdelta_api::document()).expect("JSON");
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            if !path.contains('{') {
                continue;
            }
            let media = operation["requestBody"]["content"].as_object();
            let media = media.and_then(|content| content.keys().next().cloned());
            all.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                needs: operation["x-role"].as_str().expect("a role").to_owned(),
                has_body: media.is_some(),
                media: media.unwrap_or_default(),
            });
        }
    }
    assert!(all.len() > 55, "{}", all.len());
    all
}

impl Operation {
    /// The names of the places in its path.
    fn places(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The path with the right id in every place but one.
    fn address(&self, ids: &BTreeMap<&str, String>, place: &str, id: &str) -> String {
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if name == place => id.to_owned(),
            Some(name) => ids.get(name).unwrap_or_else(|| panic!("no id for {name}")).clone(),
            None => part.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// A body that would do, so that only the id is wrong.
    fn body(&self) -> Option<Value> {
        let name = || json!({"name": "x"});
        let body = match (self.method.as_str(), self.path.as_str()) {
            _ if !self.has_body => return None,
            ("PUT", "/users/{user}") => json!({"name": "x", "role": "admin"}),
            ("PUT", "/sites/{site}" | "/channels/{channel}") | ("POST", "/scans/{scan}/clone") => name(),
            ("PUT", "/networks/{network}") => json!({"prefixes": "10.9.0.0/24"}),
            ("PUT", "/expectations/{expectation}") => {
                json!({"site": "office", "targets": "10.0.0.1", "ports": "22", "state": "open", "reason": "x"})
            }
            ("PUT", "/scans/{scan}") => {
                json!({"name": "x", "targets": "10.0.0.1", "ports": "22", "sites": ["office"]})
            }
            ("POST", "/scans/{scan}/runs") => json!({}),
            ("POST", "/agents/{agent}/move") => json!({"site": "office"}),
            ("PUT", "/sites/{site}/hosts/{address}/note") => json!({"owner": "x"}),
            ("POST", "/alerts/{alert}/actions") => json!({"action": "acknowledge"}),
            _ if self.media == "application/octet-stream" => return None,
            (method, path) => panic!("what would {method} {path} take?"),
        };
        Some(body)
    }

    fn is_for(&self, role: &str) -> bool {
        let place = |role: &str| ["viewer", "operator", "admin"].iter().position(|known| *known == role);
        match (place(&self.needs), place(role)) {
            (Some(least), Some(role)) => role >= least,
            _ => self.needs == role,
        }
    }

    async fn call(&self, lab: &Lab, token: &str, path: &str) -> Answer {
        if self.media == "application/octet-stream" {
            let request = Request::builder()
                .method(self.method.clone())
                .uri(format!("/api/v1{path}"))
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", &self.media);
            return lab.send(request.body(Body::from("no result")).expect("a request")).await;
        }
        let version = [("if-match", "\"1\"")];
        lab.call_with(self.method.clone(), path, Some(token), self.body(), &version).await
    }
}

/// A lab with one of everything, and the id of each by its name in paths.
pub async fn world() -> (Lab, BTreeMap<&'static str, String>) {
    let lab = Lab::new().await;
    let id = |made: &Value| made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    lab.post("/sites", json!({"id": "office", "name": MARK})).await;
    lab.post("/networks", json!({"name": "Lab", "prefixes": "10.0.0.0/24", "owner": MARK})).await;
    let expectation =
        json!({"site": "office", "targets": "10.0.0.7", "ports": "22", "state": "closed", "reason": MARK});
    let expectation = id(&lab.post("/expectations", expectation).await);
    let draft = json!({"name": MARK, "targets": "10.0.0.1", "ports": "22", "sites": ["office"]});
    let scan = id(&lab.post("/scans", draft).await);
    let channel = json!({"name": MARK, "settings": {"type": "slack", "url": "https://hooks.example/secret"}});
    let channel = id(&lab.post("/channels", channel).await);
    let user = lab.user(MARK, "admin").await;
    let token = id(&lab.post("/tokens", json!({"name": MARK})).await);
    let agent = TestAgent::approved(&lab, "office", 1).await.id;
    let enrolment = id(&lab.post("/enrolments", json!({"site": "office"})).await);
    let result = NmapText::of("-sT -p22,3389 10.0.0.7").at(0).tcp("22,3389");
    let result = result.host(NmapHost::up("10.0.0.7").name(MARK).open(&[22, 3389])).bytes();
    let answer = lab.import("office/imports", &result).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let run = answer.json["run"].as_str().expect("a run").to_owned();
    let result = answer.json["result"].as_str().expect("a result").to_owned();
    lab.service.notify_run(&run.parse().expect("an id")).await.expect("everybody is told");
    let note = json!({"notes": MARK});
    let path = "/sites/office/hosts/10.0.0.7/note";
    let noted = lab.call_with(Method::PUT, path, lab.admin(), Some(note), &[("if-match", "\"0\"")]).await;
    assert_eq!(noted.status, StatusCode::OK, "{}", noted.text);
    let alert = lab.all("/alerts", 5).await[0]["id"].as_str().expect("an alert").to_owned();
    // Of an address where nothing is.
    let clean_up = id(&lab.post("/clean-up", json!({"site": "office", "targets": "10.0.9.9"})).await);
    let ids = BTreeMap::from([
        ("clean_up", clean_up),
        ("site", "office".to_owned()),
        ("network", "Lab".to_owned()),
        ("address", "10.0.0.7".to_owned()),
        ("expectation", expectation),
        ("scan", scan),
        ("channel", channel),
        ("user", user),
        ("token", token),
        ("agent", agent),
        ("enrolment", enrolment),
        ("run", run),
        ("result", result),
        ("alert", alert),
        ("queue", "work-ingest".to_owned()),
        ("move", "0198c0de-0000-7000-8000-0000000000aa".to_owned()),
        ("frame", "0".to_owned()),
        ("task", "00000".to_owned()),
        ("name", "0123456789abcdef".to_owned()),
    ]);
    (lab, ids)
}

/// What is there, as an administrator sees it.
pub async fn everything(lab: &Lab) -> Vec<String> {
    let mut all = Vec::new();
    for list in [
        "/sites",
        "/networks",
        "/expectations",
        "/scans",
        "/channels",
        "/users",
        "/tokens",
        "/agents?hidden=true",
        "/enrolments",
        "/runs",
        "/alerts",
        "/reports",
        "/sites/office/hosts",
        "/sites/office/hosts/10.0.0.7/note",
        "/watched-ports",
        "/retention",
        "/settings/people",
    ] {
        let answer = lab.get(list, lab.admin()).await;
        assert_eq!(answer.status, StatusCode::OK, "{list}: {}", answer.text);
        all.push(answer.text);
    }
    all
}

/// Ids that belong into this place as little as anywhere.
fn wrong_ids(place: &str, ids: &BTreeMap<&str, String>) -> Vec<String> {
    let own = &ids[place];
    let mut wrong: Vec<String> =
        ids.iter().filter(|(of, _)| **of != place).map(|(_, id)| id.clone()).collect();
    let nothing =
        ["0198c0de-dead-7000-8000-00000000dead", "nothing", "20200101t000000-0123456789ab", "99999999"];
    wrong.extend(nothing.map(str::to_owned));
    wrong.push("ab".repeat(16));
    // Ways around a name: out of a folder, to the end of a text, into another key, over a limit.
    wrong.extend([
        format!("..%2f{own}"),
        format!("%2e%2e%2f{own}"),
        format!("{own}%00"),
        format!("{own}%2f..%2f{own}"),
        format!("{own}%23"),
        format!("{own}%23STATUS"),
        format!("STATUS%23{own}"),
        format!("{own}%20"),
        format!("%20{own}"),
        format!("{own}%0a"),
        format!("{own},{own}"),
        format!("{own}*"),
        "%2a".to_owned(),
        "%25".to_owned(),
        "a".repeat(511),
        "a".repeat(20_000),
    ]);
    if own.to_uppercase() != *own {
        wrong.push(own.to_uppercase());
    } else if own.to_lowercase() != *own {
        wrong.push(own.to_lowercase());
    }
    wrong.retain(|id| id != own);
    wrong
}

#[tokio::test]
async fn an_id_of_something_else_opens_nothing_for_anybody() {
    let (lab, ids) = world().await;
    let agent = TestAgent::approved(&lab, "office", 2).await.token(&lab).await;
    let mut tokens = Vec::new();
    for role in ["viewer", "operator", "admin"] {
        tokens.push((role, lab.token_of(role).await));
    }
    tokens.push(("agent", agent));
    for (_, token) in &tokens {
        // From then on it is known when it was used.
        lab.get("/me", Some(token)).await;
    }
    let before = everything(&lab).await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for operation in operations() {
        for place in operation.places() {
            for id in wrong_ids(place, &ids) {
                if is_good_enough(&operation, place, &id) {
                    continue;
                }
                let path = operation.address(&ids, place, &id);
                for (role, token) in &tokens {
                    let answer = operation.call(&lab, token, &path).await;
                    tried += 1;
                    if !is_refused(&answer, operation.is_for(role)) {
                        let path: String = path.chars().take(120).collect();
                        let text: String = answer.text.chars().take(200).collect();
                        wrong.push(format!("{role}: {} {path}: {} {text}", operation.method, answer.status));
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers, among them\n{}",
        wrong.len(),
        wrong[..wrong.len().min(60)].join("\n")
    );
    assert!(tried > 5_000, "{tried}");
    assert_eq!(everything(&lab).await, before, "nothing came of it");
}

/// Whether it is a problem with a code, for whoever may not ask that of their role, and for others of the id.
fn is_refused(answer: &Answer, may: bool) -> bool {
    let code = answer.json["code"].as_str().unwrap_or_default();
    let is_known = matches!(answer.status.as_u16(), 400 | 403 | 404 | 409 | 410 | 413 | 422);
    is_known && !code.is_empty() && !answer.text.contains(MARK) && (code == "role.forbidden") != may
}

/// Where an id that is of nothing yet is good: any address may have a note and a history, any upload a name.
fn is_good_enough(operation: &Operation, place: &str, id: &str) -> bool {
    match place {
        "address" => id.parse::<std::net::IpAddr>().is_ok(),
        // What was uploaded is judged when it is taken in; see the tests of agents.
        "run" => operation.path.starts_with("/agent/"),
        _ => false,
    }
}
