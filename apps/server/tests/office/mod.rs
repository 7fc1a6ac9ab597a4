//! A server with a steerable clock, one site, and agents that bring what a test says they see.

use std::path::PathBuf;
use std::sync::Arc;

use portdelta_agent::upstream::{ClientOptions, HttpUpstream, Sealed, Upstream, UpstreamError};
use portdelta_app::ports::Clock;
use portdelta_protocol::agent::{
    Acknowledge, AgentFacts, AskAccess, Begin, Begun, Enrol, Load, Receive, Spooled, Status, Task, task_key,
};
use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_protocol::signature::{PrivateKey, access_message};
use portdelta_protocol::upload::{UploadNote, digest, seal};
use portdelta_server::{Parts, Server, ServerOptions, TlsOptions};
use portdelta_testkit::{MemoryChannels, NmapHost, NmapText, TestClock, honest_note};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is scanned.
pub const HOST: &str = "192.0.2.1";

/// What [`NmapText::at`] counts from.
const BEGINNING: i64 = 1_999_000_000;

pub struct Office {
    data: TempDir,
    pub clock: Arc<TestClock>,
    channels: MemoryChannels,
    server: Option<Server>,
    admin: String,
    client: reqwest::Client,
}

impl Office {
    /// A server with a site and a channel that gets everything.
    pub async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().expect("a folder");
        let (clock, channels) = (Arc::new(TestClock::default()), MemoryChannels::default());
        let server = start(data.path().into(), &clock, &channels).await;
        let admin = server.admin_token().expect("made").to_owned();
        let client = reqwest::Client::new();
        let office = Self { data, clock, channels, server: Some(server), admin, client };
        office.post("/sites", &json!({"id": "office"})).await;
        let hook = json!({"type": "webhook", "url": "https://hooks.example/x", "secret": "0123456789abcdef"});
        office.post("/channels", &json!({"name": "all", "enabled": true, "settings": hook})).await;
        office
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    /// Stops the server, and starts it again when so much time has passed.
    pub async fn reopen_after(&mut self, seconds: i64) {
        self.server.take().expect("it runs").stop().await;
        self.clock.advance(seconds);
        self.server = Some(start(self.data.path().into(), &self.clock, &self.channels).await);
    }

    /// Lets time go by, and the server do what is due then.
    pub async fn pass(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.server().tick().await.expect("ticked");
    }

    pub async fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.server().local_url());
        let answer = self.client.get(url).bearer_auth(&self.admin).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/v1{path}", self.server().local_url());
        let answer =
            self.client.post(url).bearer_auth(&self.admin).json(body).send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a text");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// A scan of one host; `more` is added to its draft. Its id.
    pub async fn scan(&self, more: &Value) -> String {
        let mut draft = json!({"name": "Hourly", "targets": HOST, "ports": "22,80", "options": "-sT -Pn",
            "sites": ["office"]});
        let fields = draft.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let scan = self.post("/scans", &draft).await;
        scan["id"].as_str().expect("an id").to_owned()
    }

    /// Begins a run now, and sends its tasks; its id.
    pub async fn run(&self, scan: &str, key: &str) -> String {
        let url = format!("{}/api/v1/scans/{scan}/runs", self.server().local_url());
        let request = self.client.post(url).bearer_auth(&self.admin).header("idempotency-key", key);
        let answer = request.json(&json!({})).send().await.expect("an answer");
        let started: Value = answer.json().await.expect("JSON");
        self.pass(0).await;
        started["runs"][0]["id"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned()
    }

    /// Imports a scan of the host with one open port, made now.
    pub async fn import(&self, open: &str) -> Value {
        self.pass(10).await;
        let url = format!("{}/api/v1/sites/office/imports?name=office.xml", self.server().local_url());
        let body = output(self.clock.now().seconds(), open);
        let answer =
            self.client.post(url).bearer_auth(&self.admin).body(body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// The titles of open alerts.
    pub async fn alerts(&self) -> Vec<String> {
        let alerts = self.get("/alerts").await;
        let title = |alert: &Value| alert["title"].as_str().expect("a title").to_owned();
        alerts["items"].as_array().expect("a list").iter().map(title).collect()
    }

    /// What `doctor` says with this code; each has a hint.
    pub async fn checks(&self, code: &str) -> Vec<String> {
        let doctor = self.get("/doctor").await;
        let checks =
            doctor["checks"].as_array().expect("a list").iter().filter(|check| check["code"] == code);
        checks
            .map(|check| {
                assert!(check["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{check}");
                check["message"].as_str().expect("a message").to_owned()
            })
            .collect()
    }

    /// How many messages were about this kind of trouble.
    pub fn told_of(&self, rule: &str) -> usize {
        let delivered = self.channels.delivered();
        delivered.iter().filter(|(_, told)| told.data["alerts"].to_string().contains(rule)).count()
    }

    /// How many digests of runs were sent.
    pub fn digests(&self) -> usize {
        self.channels.ids().iter().filter(|id| id.starts_with("run-")).count()
    }

    /// An agent whose clock is ahead, let in and approved.
    pub async fn agent(&self, name: &str, ahead: i64) -> TestAgent {
        let made = self.post("/enrolments", &json!({"site": "office", "expires_minutes": 60})).await;
        let token: EnrolmentToken = made["token"].as_str().expect("a token").parse().expect("a token");
        let number = u8::try_from(name.len()).expect("a short name");
        let key = PrivateKey::from_bytes(&[number; 32]);
        let facts = AgentFacts { nmap_version: Some("7.95".to_owned()), ..AgentFacts::default() };
        let ask = Enrol {
            secret: token.secret,
            name: name.to_owned(),
            public_key: key.public(),
            protocol: portdelta_protocol::PROTOCOL,
            facts,
        };
        let upstream = self.upstream();
        let id = upstream.enrol(&ask).await.expect("let in").agent;
        self.post(&format!("/agents/{id}/approve"), &Value::Null).await;
        let mut agent = TestAgent { upstream, id, key, ahead, nonce: 0 };
        agent.asks(self).await;
        agent
    }

    fn upstream(&self) -> HttpUpstream {
        HttpUpstream::new(self.server().local_url(), &ClientOptions::default()).expect("an address")
    }
}

async fn start(data: PathBuf, clock: &Arc<TestClock>, channels: &MemoryChannels) -> Server {
    let options = ServerOptions {
        tls: TlsOptions::Plain { insecure: false },
        local_agent: false,
        background: false,
        ..ServerOptions::new(data, "127.0.0.1:0".parse().expect("an address"))
    };
    let parts = Parts {
        clock: clock.clone(),
        ids: Arc::new(portdelta_system::SystemIds),
        channels: Arc::new(channels.clone()),
        around: |stores| stores,
    };
    Server::start(options, parts).await.expect("a server")
}

/// What nmap writes of the host at this time.
fn output(now: i64, open: &str) -> Vec<u8> {
    let port = open.parse().expect("a port");
    let text = NmapText::of(&format!("-sT -Pn -p22,80 {HOST}")).at(now - BEGINNING).lasting(0);
    text.tcp("22,80").host(NmapHost::up(HOST).open(&[port])).bytes()
}

/// An agent that says what a test wants.
pub struct TestAgent {
    upstream: HttpUpstream,
    id: String,
    key: PrivateKey,
    ahead: i64,
    nonce: u64,
}

impl TestAgent {
    fn now(&self, office: &Office) -> i64 {
        office.clock.now().seconds() + self.ahead
    }

    /// Asks for access; with the server's time where its own is refused.
    async fn asks(&mut self, office: &Office) {
        let own = self.now(office);
        let refused = self.asks_at(own, office).await;
        if self.ahead == 0 {
            refused.expect("its clock is right");
            return;
        }
        let error = refused.expect_err("its clock is off");
        assert!(
            matches!(&error, UpstreamError::Refused { problem, .. } if problem.code == "agent.clock"),
            "{error}"
        );
        self.asks_at(office.clock.now().seconds(), office)
            .await
            .expect("with the server's time it is let in");
    }

    async fn asks_at(&mut self, at: i64, office: &Office) -> Result<(), UpstreamError> {
        // The server may have another port by now.
        self.upstream = office.upstream();
        self.nonce += 1;
        let nonce = format!("{:032x}", self.nonce);
        let message = access_message(&self.id, at, &nonce, office.server().local_url());
        let ask = AskAccess {
            agent: self.id.clone(),
            at,
            nonce,
            signature: self.key.sign(&message),
            protocol: portdelta_protocol::PROTOCOL,
            facts: AgentFacts { nmap_version: Some("7.95".to_owned()), ..AgentFacts::default() },
        };
        self.upstream.access(&ask).await.map(drop)
    }

    /// Reports its status.
    pub async fn says(&mut self, office: &Office) {
        self.asks(office).await;
        let status = Status {
            at: self.now(office),
            spooled: Spooled { free: Some(1 << 40), ..Spooled::default() },
            load: Load::default(),
            ..Status::default()
        };
        self.upstream.status(&status).await.expect("it is heard");
    }

    /// Receives and begins a task; its receipt is kept in the answer.
    pub async fn takes(&mut self, office: &Office) -> Option<(String, Task)> {
        self.asks(office).await;
        let mut received =
            self.upstream.receive(&Receive { max: 1, wait_seconds: 0 }).await.expect("an answer");
        let delivery = received.pop()?;
        let task: Task = serde_json::from_value(delivery.task).expect("a task");
        let begun = self.upstream.begin(&Begin { run: task.run.clone(), task: task.number }).await;
        assert_eq!(begun.expect("an answer"), Begun::GoOn);
        Some((delivery.receipt, task))
    }

    /// Uploads what it saw, by its own clock.
    pub async fn brings(&mut self, office: &Office, (receipt, task): &(String, Task), open: &str) {
        self.asks(office).await;
        let now = self.now(office);
        let packed = zstd::bulk::compress(&output(now, open), 3).expect("small texts are packed");
        let note =
            UploadNote { clock_ahead: Some(self.ahead), arguments: Vec::new(), ..honest_note(task, now) };
        let bytes = seal(note, &packed);
        let name = digest(&bytes)[..16].to_owned();
        let sealed = Sealed { run: task.run.clone(), task: task_key(task.number), name, bytes };
        self.upstream.upload(&sealed).await.expect("it is kept");
        // Its lease may be over.
        let _ = self.upstream.acknowledge(&Acknowledge { receipt: receipt.clone() }).await;
    }

    /// Does all tasks that wait; the host has this port open.
    pub async fn works(&mut self, office: &Office, open: &str) {
        while let Some(taken) = self.takes(office).await {
            self.brings(office, &taken, open).await;
        }
        office.pass(0).await;
    }
}
