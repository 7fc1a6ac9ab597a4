//! Agents: let in, approved, at work, shut out.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use portdelta_app::ports::Clock;
use portdelta_protocol::agent::{AgentFacts, AskAccess};
use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_protocol::signature::{PrivateKey, access_message};
use portdelta_protocol::upload::{UploadNote, digest, seal};
use serde_json::{Value, json};

use crate::support::{Answer, Lab, PUBLIC_URL};

/// An agent as it talks to the server.
pub struct TestAgent {
    pub id: String,
    key: PrivateKey,
    nonce: std::cell::Cell<u32>,
}

impl TestAgent {
    /// Enrolled at a site, and not approved.
    pub async fn enrolled(lab: &Lab, site: &str, number: u8) -> Self {
        let made = lab.post("/enrolments", json!({"site": site})).await;
        let token: EnrolmentToken = made["token"].as_str().expect("a token").parse().expect("a token");
        assert_eq!((token.server.as_str(), token.pin.is_some()), (PUBLIC_URL, true));
        let key = PrivateKey::from_bytes(&[number; 32]);
        let ask = json!({
            "secret": token.secret, "name": format!("agent-{number}"), "public_key": key.public(),
            "protocol": 1, "facts": AgentFacts::default(),
        });
        let answer = lab.call(Method::POST, "/agent/enrol", None, Some(ask.clone())).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.json);
        let again = lab.call(Method::POST, "/agent/enrol", None, Some(ask)).await;
        assert_eq!(again.json, answer.json, "asked again");
        let id = answer.json["agent"].as_str().expect("an id").to_owned();
        Self { id, key, nonce: std::cell::Cell::new(0) }
    }

    /// Approved.
    pub async fn approved(lab: &Lab, site: &str, number: u8) -> Self {
        let agent = Self::enrolled(lab, site, number).await;
        lab.post(&format!("/agents/{}/approve", agent.id), json!(null)).await;
        agent
    }

    pub async fn ask(&self, lab: &Lab, server: &str) -> Answer {
        self.nonce.set(self.nonce.get() + 1);
        let (at, nonce) = (lab.clock.now().seconds(), format!("{:032x}", self.nonce.get()));
        let signature = self.key.sign(&access_message(&self.id, at, &nonce, server));
        let agent = self.id.clone();
        let ask = AskAccess { agent, at, nonce, signature, protocol: 1, facts: AgentFacts::default() };
        lab.call(Method::POST, "/agent/access", None, Some(serde_json::to_value(&ask).expect("JSON"))).await
    }

    /// A token for its endpoints.
    pub async fn token(&self, lab: &Lab) -> String {
        let answer = self.ask(lab, PUBLIC_URL).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.json);
        answer.json["lent"]["token"].as_str().expect("a token").to_owned()
    }
}

/// A lab with two sites, a scan at one of them, and its run dispatched.
pub async fn lab() -> (Lab, Value) {
    let lab = Lab::new().await;
    for site in ["office", "dmz"] {
        lab.post("/sites", json!({"id": site})).await;
    }
    let draft = json!({"name": "Weekly", "targets": "10.0.0.1", "ports": "22", "sites": ["office"]});
    let scan = lab.post("/scans", draft).await;
    let path = format!("/scans/{}/runs", scan["id"].as_str().expect("an id"));
    let started = lab.post(&path, json!({})).await;
    let run = started["runs"][0]["id"].as_str().expect("a run").parse().expect("an id");
    lab.service.dispatch_slice(&run).await.expect("sent");
    (lab, json!(run.to_string()))
}

async fn post(lab: &Lab, token: &str, path: &str, body: Value) -> Answer {
    lab.call(Method::POST, path, Some(token), Some(body)).await
}

fn sealed(run: &Value, task: u32) -> Vec<u8> {
    let note = UploadNote {
        run: run.as_str().expect("a run").parse().expect("an id"),
        task,
        began: 1,
        ended: 2,
        at: 3,
        clock_ahead: None,
        nmap_version: "7.93".to_owned(),
        arguments: Vec::new(),
        exit_code: Some(0),
        cut: None,
        complaints: String::new(),
        sha256: String::new(),
    };
    seal(note, &zstd::bulk::compress(b"<nmaprun></nmaprun>", 3).expect("packed"))
}

async fn put(lab: &Lab, token: &str, path: &str, bytes: &[u8]) -> Answer {
    let request = Request::put(format!("/api/v1/agent/results/{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/octet-stream");
    lab.send(request.body(Body::from(bytes.to_vec())).expect("a request")).await
}

#[tokio::test]
async fn an_agent_works_from_enrolment_to_upload() {
    let (lab, run) = lab().await;
    let agent = TestAgent::enrolled(&lab, "office", 1).await;
    assert_eq!(agent.ask(&lab, PUBLIC_URL).await.json["standing"], "pending");
    // Whoever may not see agents sees that none is there.
    let seen = async || {
        let online = lab.get("/sites/office", lab.admin()).await.json["agents_online"].clone();
        let overview = lab.get("/overview", lab.admin()).await.json;
        let attention = overview["attention"].as_array().expect("a list").iter();
        (online, attention.filter(|one| one["kind"] == "run-unattended").count())
    };
    assert_eq!(seen().await, (json!(0), 1));
    lab.post(&format!("/agents/{}/approve", agent.id), json!(null)).await;
    let token = agent.token(&lab).await;
    let received = post(&lab, &token, "/agent/tasks/receive", json!({"max": 10, "wait_seconds": 0})).await;
    let delivered = &received.json["tasks"][0];
    assert_eq!(delivered["task"]["run"], run, "{:?}", received.json);
    let receipt = &delivered["receipt"];
    let begun = post(&lab, &token, "/agent/tasks/begin", json!({"run": run, "task": 0})).await;
    assert_eq!(begun.json["answer"], "go-on");
    let extended =
        post(&lab, &token, "/agent/tasks/extend", json!({"receipt": receipt, "seconds": 60})).await;
    assert_eq!(extended.status, StatusCode::NO_CONTENT);
    let bytes = sealed(&run, 0);
    let path = format!("{}/00000/{}", run.as_str().expect("a run"), &digest(&bytes)[..16]);
    assert_eq!(put(&lab, &token, &path, &bytes).await.status, StatusCode::CREATED);
    assert_eq!(put(&lab, &token, &path, &bytes).await.status, StatusCode::OK, "sent again");
    let done = post(&lab, &token, "/agent/tasks/acknowledge", json!({"receipt": receipt})).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let status = json!({"at": 0, "tasks": [], "spooled": {"results": 0, "bytes": 0},
        "load": {"cpu_percent": 1, "memory_used": 1, "memory_total": 2}});
    assert_eq!(post(&lab, &token, "/agent/status", status).await.status, StatusCode::OK);
    assert_eq!(seen().await, (json!(1), 0));
    let task = &lab.all(&format!("/runs/{}/tasks", run.as_str().expect("a run")), 5).await[0];
    assert_eq!((task["state"].as_str(), task["agent"].as_str()), (Some("active"), Some(agent.id.as_str())));
}

#[tokio::test]
async fn uploads_that_are_damaged_or_elsewhere_are_refused() {
    let (lab, run) = lab().await;
    let token = TestAgent::approved(&lab, "office", 1).await.token(&lab).await;
    let (bytes, text) = (sealed(&run, 0), run.as_str().expect("a run"));
    let name = &digest(&bytes)[..16];
    let mut damaged = bytes.clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    for (path, bytes, status) in [
        (format!("{text}/00000/0000000000000000"), &bytes, StatusCode::BAD_REQUEST),
        (format!("{text}/00000/{}", &digest(&damaged)[..16]), &damaged, StatusCode::BAD_REQUEST),
        (format!("{text}/00001/{name}"), &bytes, StatusCode::BAD_REQUEST),
        (format!("other-run/00000/{name}"), &bytes, StatusCode::BAD_REQUEST),
        (format!("{text}/0/{name}"), &bytes, StatusCode::NOT_FOUND),
        (format!("..%2F..%2Fx/00000/{name}"), &bytes, StatusCode::NOT_FOUND),
    ] {
        let answer = put(&lab, &token, &path, bytes).await;
        assert_eq!(answer.status, status, "{path}: {:?}", answer.json);
    }
}

#[tokio::test]
async fn an_agent_reaches_the_tasks_of_its_site_only() {
    let (lab, run) = lab().await;
    let office = TestAgent::approved(&lab, "office", 1).await.token(&lab).await;
    let foreign = TestAgent::approved(&lab, "dmz", 2).await.token(&lab).await;
    let ask = json!({"max": 10, "wait_seconds": 0});
    let nothing = post(&lab, &foreign, "/agent/tasks/receive", ask.clone()).await;
    assert_eq!((nothing.status, &nothing.json["tasks"]), (StatusCode::OK, &json!([])));
    let received = post(&lab, &office, "/agent/tasks/receive", ask).await;
    let receipt = &received.json["tasks"][0]["receipt"];
    for (path, body) in [
        ("/agent/tasks/begin", json!({"run": run, "task": 0})),
        ("/agent/tasks/refuse", json!({"run": run, "task": 0, "code": "x", "message": "x"})),
    ] {
        let answer = post(&lab, &foreign, path, body).await;
        assert_eq!(
            (answer.status, answer.json["code"].as_str()),
            (StatusCode::FORBIDDEN, Some("task.foreign"))
        );
    }
    for (path, body) in [
        ("/agent/tasks/extend", json!({"receipt": receipt, "seconds": 60})),
        ("/agent/tasks/release", json!({"receipt": receipt, "delay_seconds": 0})),
    ] {
        let stolen = post(&lab, &foreign, path, body).await;
        assert!(stolen.status.is_client_error(), "{path}: {:?}", stolen.json);
    }
    post(&lab, &foreign, "/agent/tasks/acknowledge", json!({"receipt": receipt})).await;
    let held = post(&lab, &office, "/agent/tasks/extend", json!({"receipt": receipt, "seconds": 60})).await;
    assert_eq!(held.status, StatusCode::NO_CONTENT, "nobody took it away");
}

#[tokio::test]
async fn a_revoked_or_moved_agent_is_shut_out_at_once() {
    let (lab, _) = lab().await;
    let ask = json!({"max": 1, "wait_seconds": 0});
    let agent = TestAgent::approved(&lab, "office", 1).await;
    let token = agent.token(&lab).await;
    lab.post(&format!("/agents/{}/move", agent.id), json!({"site": "dmz"})).await;
    let moved = post(&lab, &token, "/agent/tasks/receive", ask.clone()).await;
    assert_eq!(moved.status, StatusCode::UNAUTHORIZED);
    let token = agent.token(&lab).await;
    assert_eq!(post(&lab, &token, "/agent/tasks/receive", ask.clone()).await.status, StatusCode::OK);
    let shown = lab.post(&format!("/agents/{}/revoke", agent.id), json!(null)).await;
    assert_eq!(shown["status"], "revoked");
    assert_eq!(post(&lab, &token, "/agent/tasks/receive", ask).await.status, StatusCode::UNAUTHORIZED);
    let asked = agent.ask(&lab, PUBLIC_URL).await;
    assert_eq!((&asked.json["standing"], &asked.json["lent"]), (&json!("revoked"), &json!(null)));
}

#[tokio::test]
async fn a_signature_for_another_server_or_by_another_key_is_none() {
    let (lab, _) = lab().await;
    let agent = TestAgent::approved(&lab, "office", 1).await;
    assert_eq!(agent.ask(&lab, "https://127.0.0.1:8443").await.status, StatusCode::OK, "its other name");
    let elsewhere = agent.ask(&lab, "https://elsewhere.example").await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED, "{:?}", elsewhere.json);
    let impostor = TestAgent { id: agent.id, key: PrivateKey::from_bytes(&[9; 32]), nonce: 50.into() };
    assert_eq!(impostor.ask(&lab, PUBLIC_URL).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_enrolment_lets_one_agent_in_and_not_after_its_time() {
    let (lab, _) = lab().await;
    let ask = |secret: &str, number: u8| {
        json!({"secret": secret, "name": "x", "public_key": PrivateKey::from_bytes(&[number; 32]).public(),
            "protocol": 1, "facts": AgentFacts::default()})
    };
    let made = lab.post("/enrolments", json!({"site": "office", "expires_minutes": 5})).await;
    let token: EnrolmentToken = made["token"].as_str().expect("text").parse().expect("a token");
    let enrol = async |ask| lab.call(Method::POST, "/agent/enrol", None, Some(ask)).await.status;
    assert_eq!(enrol(ask(&"0".repeat(64), 1)).await, StatusCode::FORBIDDEN);
    assert_eq!(enrol(ask(&token.secret, 1)).await, StatusCode::OK);
    assert_eq!(enrol(ask(&token.secret, 2)).await, StatusCode::FORBIDDEN, "another one");
    let made = lab.post("/enrolments", json!({"site": "office", "expires_minutes": 5})).await;
    let token: EnrolmentToken = made["token"].as_str().expect("text").parse().expect("a token");
    lab.clock.advance(301);
    assert_eq!(enrol(ask(&token.secret, 3)).await, StatusCode::FORBIDDEN, "too late");
    let old = json!({"secret": token.secret, "name": "x", "public_key": PrivateKey::from_bytes(&[1; 32]).public(),
        "protocol": 0, "facts": AgentFacts::default()});
    assert_eq!(enrol(old).await, StatusCode::UPGRADE_REQUIRED);
}

#[tokio::test]
async fn an_agent_that_is_too_old_is_told_so_by_a_code_it_knows() {
    let (lab, _) = lab().await;
    let made = lab.post("/enrolments", json!({"site": "office", "expires_minutes": 5})).await;
    let token: EnrolmentToken = made["token"].as_str().expect("text").parse().expect("a token");
    let enrol = json!({"secret": token.secret, "name": "x", "public_key": PrivateKey::from_bytes(&[1; 32]).public(),
        "protocol": 0, "facts": AgentFacts::default()});
    let access = json!({"agent": "0197", "at": 0, "nonce": "0".repeat(32), "signature": "0".repeat(128),
        "protocol": 0, "facts": AgentFacts::default()});
    for (path, body) in [("/agent/enrol", enrol), ("/agent/access", access)] {
        let answer = lab.call(Method::POST, path, None, Some(body)).await;
        let told = (answer.status, answer.json["code"].as_str(), answer.json["hint"].as_str());
        let hint = "Update Portdelta on the agent's machine.";
        assert_eq!(
            told,
            (StatusCode::UPGRADE_REQUIRED, Some("protocol.agent_too_old"), Some(hint)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn doctor_names_what_is_wrong() {
    let (lab, _) = lab().await;
    TestAgent::enrolled(&lab, "office", 1).await;
    let doctor = lab.get("/doctor", lab.admin()).await;
    let codes: Vec<_> = doctor.json["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .map(|check| check["code"].as_str())
        .collect();
    for code in ["site.no_agent", "agent.pending", "agent.no_nmap", "store"] {
        assert!(codes.contains(&Some(code)), "{code} is not in {codes:?}");
    }
}

#[tokio::test]
async fn doctor_names_what_an_agent_suffers_from_and_what_to_do() {
    let (lab, _) = lab().await;
    let agent = TestAgent::enrolled(&lab, "office", 1).await;
    lab.post(&format!("/agents/{}/approve", agent.id), json!(null)).await;
    let token = agent.token(&lab).await;
    let status = |at: i64, spooled: Value, paused: Value| {
        json!({"at": at, "tasks": [], "spooled": spooled, "paused": paused,
            "load": {"cpu_percent": 0, "memory_used": 0, "memory_total": 0}})
    };
    let now = lab.clock.now().seconds();
    let much = json!({"results": 0, "bytes": 0, "free": 1_u64 << 40});
    let little = json!({"results": 3, "bytes": 99, "free": 5 << 20});
    for (said, silent_for, code, words) in [
        (status(now - 31, much.clone(), json!(null)), 0, "agent.clock", "31 seconds behind"),
        (status(now, little, json!(null)), 0, "agent.disk", "5 MB left"),
        (
            status(now, much.clone(), json!("the spool is full\u{1b}[2J")),
            0,
            "agent.paused",
            "the spool is full",
        ),
        (status(now, much, json!(null)), 600, "agent.silent", "silent for 10 minutes"),
    ] {
        assert_eq!(post(&lab, &token, "/agent/status", said).await.status, StatusCode::OK);
        lab.clock.advance(silent_for);
        let doctor = lab.get("/doctor", lab.admin()).await;
        let checks = doctor.json["checks"].as_array().expect("checks").clone();
        let of_agent: Vec<_> = checks
            .iter()
            .filter(|check| check["code"].as_str().is_some_and(|code| code.starts_with("agent.")))
            .filter(|check| check["code"] != "agent.no_nmap")
            .collect();
        assert_eq!(of_agent.len(), 1, "{code}: {checks:?}");
        let (message, hint) = (of_agent[0]["message"].as_str(), of_agent[0]["hint"].as_str());
        assert_eq!(of_agent[0]["code"], code);
        assert!(
            message.is_some_and(|message| message.contains(words) && !message.contains('\u{1b}')),
            "{checks:?}"
        );
        assert!(hint.is_some_and(|hint| !hint.is_empty()), "{checks:?}");
    }
}
