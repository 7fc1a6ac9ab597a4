//! What happens on the server while it dies: a run from the click to the e-mail, with an agent that never gives up.

use std::time::Duration;

use portdelta_agent::upstream::{ClientOptions, HttpUpstream, Sealed, Upstream};
use portdelta_protocol::BASE_PATH;
use portdelta_protocol::admin::{
    ChannelDraft, ChannelFilter, ChannelSettings, CreatedEnrolment, NewEnrolment, NewSite, Overlap, Scan,
    ScanDraft, SmtpSecurity, StartRuns,
};
use portdelta_protocol::agent::{Acknowledge, AgentFacts, AskAccess, Begin, Begun, Enrol, Receive, task_key};
use portdelta_protocol::signature::{PrivateKey, access_message};
use portdelta_protocol::upload::{UploadNote, digest, seal};
use portdelta_testkit::{MailCatcher, NmapHost, NmapText, honest_note, wait_for};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::mortal::Mortal;

/// How often something is tried before the test fails.
const MOST_TRIES: usize = 2_000;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// Two tasks: each in a block of its own.
const TARGETS: [&str; 2] = ["192.0.2.1", "198.51.100.1"];

/// What was set up before anything dies.
pub struct Stage {
    pub admin: String,
    pub scan: String,
    pub agent: String,
}

/// Somebody who talks to the server, and starts it again when it died.
pub struct Driver<'a> {
    pub mortal: &'a mut Mortal,
    client: reqwest::Client,
    key: PrivateKey,
    nonce: u64,
}

impl<'a> Driver<'a> {
    pub fn new(mortal: &'a mut Mortal) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build();
        let client = client.expect("a client without any setting of the machine");
        Self { mortal, client, key: PrivateKey::from_bytes(&[7; 32]), nonce: 0 }
    }

    async fn pause(&mut self) {
        self.mortal.look_after();
        tokio::time::sleep(PAUSE).await;
    }

    /// Asks until there is an answer that is no failure of the server.
    pub async fn ask(&mut self, admin: &str, method: Method, path: &str, body: &Value) -> Value {
        for _ in 0..MOST_TRIES {
            let url = format!("{}{BASE_PATH}{path}", self.mortal.url());
            let request = self.client.request(method.clone(), &url).bearer_auth(admin);
            // Of all that is asked here only runs would be others each time.
            let request =
                if path.ends_with("/runs") { request.header("idempotency-key", "crash") } else { request };
            let request = if method == Method::GET { request } else { request.json(body) };
            if let Ok(answer) = request.send().await {
                let status = answer.status();
                let text = answer.text().await.unwrap_or_default();
                if status.is_success() {
                    return serde_json::from_str(&text).unwrap_or(Value::Null);
                }
                // A second try of what was done and not answered.
                assert!(
                    status.is_server_error() || status == StatusCode::CONFLICT,
                    "{path}: {status} {text}"
                );
            }
            self.pause().await;
        }
        panic!("{method} {path} never succeeded");
    }

    /// A site, an approved agent, a scan and a channel.
    pub async fn set_up(&mut self, mail: &MailCatcher) -> Stage {
        let admin = self.admin();
        self.set_site_up(&admin, mail).await;
        let site = "office".parse().expect("a site");
        let body = json!(NewEnrolment { site, expires_minutes: 60 });
        let made = self.ask(&admin, Method::POST, "/enrolments", &body).await;
        let made: CreatedEnrolment = serde_json::from_value(made).expect("an enrolment");
        let token: portdelta_protocol::enrolment::EnrolmentToken = made.token.parse().expect("a token");
        let enrol = Enrol {
            secret: token.secret,
            name: "one".to_owned(),
            public_key: self.key.public(),
            protocol: portdelta_protocol::PROTOCOL,
            facts: AgentFacts::default(),
        };
        let agent = self.upstream().enrol(&enrol).await.expect("the agent is let in").agent;
        self.ask(&admin, Method::POST, &format!("/agents/{agent}/approve"), &Value::Null).await;
        let scan = self.ask(&admin, Method::POST, "/scans", &json!(scan(&TARGETS, "22,3389"))).await;
        let scan: Scan = serde_json::from_value(scan).expect("a scan");
        Stage { admin, scan: scan.id, agent }
    }

    /// The token that the first start made.
    pub fn admin(&self) -> String {
        let file = self.mortal.data().join("admin-token");
        // Its port is taken before anything else.
        let token = wait_for("the token of the first start", Duration::from_secs(30), || {
            std::fs::read_to_string(&file).ok().filter(|token| token.ends_with('\n'))
        });
        token.trim().to_owned()
    }

    /// A site and a channel.
    pub async fn set_site_up(&mut self, admin: &str, mail: &MailCatcher) {
        self.ask(admin, Method::POST, "/sites", &json!(new_site())).await;
        self.ask(admin, Method::POST, "/channels", &json!(channel(mail))).await;
    }

    /// Begins a run of a scan of these; its id.
    pub async fn begin(&mut self, admin: &str, targets: &[&str], ports: &str) -> String {
        let scan = self.ask(admin, Method::POST, "/scans", &json!(scan(targets, ports))).await;
        let path = format!("/scans/{}/runs", scan["id"].as_str().expect("a scan"));
        let started = self.ask(admin, Method::POST, &path, &json!(StartRuns::default())).await;
        started["runs"][0]["id"].as_str().expect("a run").to_owned()
    }

    /// Waits until so many tasks are in the queue of the site.
    pub async fn wait_for_tasks(&mut self, admin: &str, tasks: usize) {
        for _ in 0..MOST_TRIES {
            let queues = self.ask(admin, Method::GET, "/queues", &Value::Null).await;
            let queues = queues.as_array().expect("queues");
            let waiting = queues.iter().find(|queue| queue["name"] == "tasks-office");
            if waiting.is_some_and(|queue| queue["waiting"] == tasks) {
                return;
            }
            self.pause().await;
        }
        panic!("the tasks were never sent");
    }

    fn upstream(&self) -> HttpUpstream {
        HttpUpstream::new(&self.mortal.url(), &ClientOptions::default()).expect("an address")
    }

    /// Gets access, again where the server was started again.
    async fn access(&mut self, upstream: &HttpUpstream, stage: &Stage) {
        for _ in 0..MOST_TRIES {
            self.nonce += 1;
            let nonce = format!("{:032x}", u128::from(self.nonce) << 64 | u128::from(std::process::id()));
            let at = self.server_time().await;
            let message = access_message(&stage.agent, at, &nonce, &self.mortal.url());
            let ask = AskAccess {
                agent: stage.agent.clone(),
                at,
                nonce,
                signature: self.key.sign(&message),
                protocol: portdelta_protocol::PROTOCOL,
                facts: AgentFacts::default(),
            };
            if upstream.access(&ask).await.is_ok_and(|access| access.lent.is_some()) {
                return;
            }
            self.pause().await;
        }
        panic!("the agent got no access");
    }

    async fn server_time(&mut self) -> i64 {
        let health = self.ask("", Method::GET, "/health", &Value::Null).await;
        let time: portdelta_protocol::admin::Time =
            serde_json::from_value(health["time"].clone()).expect("a time");
        time.0.seconds()
    }

    /// Starts a run, and works on its tasks until it is finished; its id.
    pub async fn run(&mut self, stage: &Stage) -> String {
        let path = format!("/scans/{}/runs", stage.scan);
        let started = self.ask(&stage.admin, Method::POST, &path, &json!(StartRuns::default())).await;
        let run = started["runs"][0]["id"].as_str().expect("a run").to_owned();
        let upstream = self.upstream();
        self.access(&upstream, stage).await;
        for _ in 0..MOST_TRIES {
            let seen = self.ask(&stage.admin, Method::GET, &format!("/runs/{run}"), &Value::Null).await;
            if matches!(seen["state"].as_str(), Some("complete" | "partial" | "expired" | "cancelled")) {
                return run;
            }
            if self.work(&upstream, stage).await.is_err() {
                self.pause().await;
                self.access(&upstream, stage).await;
            }
        }
        panic!("the run never ended");
    }

    /// One task, as an agent does it; an error where the server did not answer.
    async fn work(
        &mut self,
        upstream: &HttpUpstream,
        stage: &Stage,
    ) -> Result<(), portdelta_agent::upstream::UpstreamError> {
        for delivery in upstream.receive(&Receive { max: 1, wait_seconds: 0 }).await? {
            let task: portdelta_protocol::agent::Task =
                serde_json::from_value(delivery.task).expect("a task");
            let begin = Begin { run: task.run.clone(), task: task.number };
            if upstream.begin(&begin).await? == Begun::GoOn {
                upstream.upload(&self.result(&task, stage).await).await?;
            }
            upstream.acknowledge(&Acknowledge { receipt: delivery.receipt }).await?;
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }

    /// The same output each time: a server that is asked again and again must see that it is.
    async fn result(&mut self, task: &portdelta_protocol::agent::Task, _: &Stage) -> Sealed {
        let address =
            TARGETS.iter().find(|target| task.targets[0].starts_with(**target)).expect("one of ours");
        let text = NmapText::of(&format!("-sT -p22,3389 {address}"))
            .tcp("22,3389")
            .host(NmapHost::up(address).open(&[22, 3389]));
        let packed = zstd::bulk::compress(&text.bytes(), 3).expect("small texts are packed");
        let now = self.server_time().await;
        let note =
            UploadNote { nmap_version: "7.93".to_owned(), arguments: Vec::new(), ..honest_note(task, now) };
        let bytes = seal(note, &packed);
        let name = digest(&bytes)[..16].to_owned();
        Sealed { run: task.run.clone(), task: task_key(task.number), name, bytes }
    }
}

fn new_site() -> NewSite {
    serde_json::from_value(json!({"id": "office"})).expect("a site")
}

fn scan(targets: &[&str], ports: &str) -> ScanDraft {
    serde_json::from_value(json!({
        "name": "both",
        "targets": targets.join(", "),
        "ports": ports,
        // A dead process costs a quarter of an hour.
        "deadline_minutes": 600,
        "options": "-n -sT -Pn",
        "sites": ["office"],
        "overlap": Overlap::Skip,
    }))
    .expect("a scan")
}

fn channel(mail: &MailCatcher) -> ChannelDraft {
    ChannelDraft {
        name: "mail".to_owned(),
        enabled: true,
        settings: Some(ChannelSettings::Smtp {
            host: mail.address().ip().to_string(),
            port: Some(mail.address().port()),
            security: SmtpSecurity::None,
            user: None,
            password: None,
            from: "portdelta@office.example".to_owned(),
            to: vec!["operations@office.example".to_owned()],
        }),
        filter: ChannelFilter::default(),
    }
}
