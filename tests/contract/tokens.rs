//! Access as tokens of the server itself, tried at the endpoints that take them.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use portdelta_api::{ApiLimits, ApiSettings, Logs, Rate};
use portdelta_app::ports::blobs::Blobs;
use portdelta_app::ports::{Clock, LentAccess, Outgoing, Queue, QueueName, Table};
use portdelta_app::repositories::Site;
use portdelta_app::{App, Service, TableCredentials};
use portdelta_core::AddressSet;
use portdelta_core::ids::SiteId;
use portdelta_protocol::PROTOCOL;
use portdelta_protocol::agent::{AgentFacts, Enrol, Task};
use portdelta_protocol::signature::PrivateKey;
use portdelta_protocol::upload::{UploadNote, digest, seal};
use portdelta_testkit::contract::CredentialsUnderTest;
use portdelta_testkit::contract::credentials::{Attempt, Door};
use portdelta_testkit::{
    CountedIds, MemoryBlobs, MemoryChannels, MemoryQueue, MemorySchedules, MemoryTable, TestClock,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The endpoints, and what is behind them.
struct Endpoints {
    router: Router,
    table: Arc<MemoryTable>,
    blobs: Arc<MemoryBlobs>,
    queue: Arc<MemoryQueue>,
    uploads: std::sync::atomic::AtomicU32,
}

fn envelope(number: u32) -> Vec<u8> {
    let note = UploadNote {
        run: "r-1".parse().expect("an id"),
        task: 0,
        began: i64::from(number),
        ended: 2,
        at: 3,
        clock_ahead: None,
        nmap_version: String::new(),
        arguments: Vec::new(),
        exit_code: Some(0),
        cut: None,
        complaints: String::new(),
        sha256: String::new(),
    };
    seal(note, b"packed")
}

impl Endpoints {
    async fn call(&self, access: &LentAccess, method: Method, path: &str, body: Body) -> (StatusCode, Value) {
        let LentAccess::Token { token, .. } = access else { panic!("tokens are lent here") };
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("a router never fails");
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        assert!(!status.is_server_error(), "{path}: {status}");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn post(&self, access: &LentAccess, path: &str, body: &Value) -> (StatusCode, Value) {
        self.call(access, Method::POST, path, Body::from(body.to_string())).await
    }

    async fn get(&self, access: &LentAccess, path: &str) -> bool {
        self.call(access, Method::GET, path, Body::empty()).await.0.is_success()
    }

    /// Puts bytes where an upload with this name goes; whether one of that agent has them now.
    async fn put(&self, access: &LentAccess, agent: &str, name: &str, bytes: &[u8]) -> bool {
        let path = format!("/agent/results/r-1/00000/{name}");
        self.call(access, Method::PUT, &path, Body::from(bytes.to_vec())).await;
        let key = format!("uploads/{agent}/r-1/00000/{name}").parse().expect("a key");
        self.blobs.get(&key, 1 << 20).await.expect("blobs can be read").as_deref() == Some(bytes)
    }

    async fn works(&self, access: &LentAccess, site: &SiteId) -> bool {
        let ask = json!({"max": 10, "wait_seconds": 0});
        let (status, received) = self.post(access, "/agent/tasks/receive", &ask).await;
        let tasks = received["tasks"].as_array().cloned().unwrap_or_default();
        let mut is_of_site = status.is_success() && !tasks.is_empty();
        for task in tasks {
            is_of_site &= task["task"]["site"] == site.as_str();
            let receipt = &task["receipt"];
            let extend = json!({"receipt": receipt, "seconds": 60});
            is_of_site &= self.post(access, "/agent/tasks/extend", &extend).await.0.is_success();
            let release = json!({"receipt": receipt, "delay_seconds": 0});
            is_of_site &= self.post(access, "/agent/tasks/release", &release).await.0.is_success();
        }
        is_of_site
    }

    fn messages(&self, site: &SiteId) -> usize {
        self.queue.bodies(&QueueName::Tasks(site.clone())).len()
    }
}

#[async_trait]
impl Door for Endpoints {
    async fn tries(&self, access: &LentAccess, attempt: &Attempt) -> bool {
        let uploads = self.uploads.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        match attempt {
            Attempt::Work(site) => self.works(access, site).await,
            Attempt::SendTask(site) => {
                let before = self.messages(site);
                let run = json!({"sites": [site]});
                let (status, _) = self.post(access, "/scans/any/runs", &run).await;
                status != StatusCode::FORBIDDEN && status != StatusCode::UNAUTHORIZED
                    || self.messages(site) != before
            }
            Attempt::EmptyQueue(site) => {
                let before = self.messages(site);
                let path = format!("/queues/tasks-{site}/redrive");
                let (status, _) = self.post(access, &path, &json!({})).await;
                let site = format!("/sites/{site}");
                let (gone, _) = self.call(access, Method::DELETE, &site, Body::empty()).await;
                let site = site["/sites/".len()..].parse().expect("a site");
                status.is_success() || gone.is_success() || self.messages(&site) != before
            }
            Attempt::Upload(agent) => {
                let bytes = envelope(uploads);
                self.put(access, agent, &digest(&bytes)[..16], &bytes).await
            }
            Attempt::Overwrite(agent) => {
                let taken = digest(&envelope(0));
                self.put(access, agent, &taken[..16], &envelope(uploads + 1_000_000)).await
            }
            Attempt::ReadUpload(agent) => {
                let name = &digest(&envelope(0))[..16];
                self.get(access, &format!("/agent/results/r-1/00000/{name}")).await
                    || self.get(access, &format!("/agent/results/../{agent}/r-1/00000/{name}")).await
            }
            Attempt::ListUploads(agent) => {
                self.get(access, "/agent/results").await
                    || self.get(access, &format!("/agent/results/{agent}/")).await
            }
            Attempt::RemoveUpload(_) => {
                let path = format!("/agent/results/r-1/00000/{}", &digest(&envelope(0))[..16]);
                self.call(access, Method::DELETE, &path, Body::empty()).await.0.is_success()
            }
            Attempt::WriteElsewhere => {
                let (before, bytes) = (self.blobs.keys().len(), envelope(uploads));
                for path in
                    ["..%2F..%2Fraw/00000/x", "%2e%2e/00000/x", "r-1/..%2f00000/x", "r-1/00000/..%2fx"]
                {
                    let path = format!("/agent/results/{path}");
                    self.call(access, Method::PUT, &path, Body::from(bytes.clone())).await;
                }
                self.blobs.keys().len() != before
            }
            Attempt::ReadTable => {
                let mut read = false;
                for path in ["/sites", "/scans", "/agents", "/tokens", "/sites/office/deltas", "/me"] {
                    read |= self.get(access, path).await;
                }
                read
            }
            Attempt::WriteTable => {
                let before = self.table.items().len();
                let (status, _) = self.post(access, "/sites", &json!({"id": "evil"})).await;
                status.is_success() || self.table.items().len() != before
            }
            Attempt::Administer => {
                let token = json!({"name": "evil"});
                self.post(access, "/tokens", &token).await.0.is_success()
                    || self.post(access, "/enrolments", &json!({"site": "office"})).await.0.is_success()
            }
        }
    }
}

async fn agent(app: &App, site: &SiteId, number: u8) -> String {
    let enrolment = app.make_enrolment(site, 60).await.expect("an enrolment can be made");
    let enrol = Enrol {
        secret: enrolment.secret,
        name: format!("agent {number}"),
        public_key: PrivateKey::from_bytes(&[number; 32]).public(),
        protocol: PROTOCOL,
        facts: AgentFacts::default(),
    };
    let enrolled = app.enrol(&enrol).await.expect("it comes in");
    app.approve_agent(&enrolled.agent).await.expect("it is approved").id
}

fn task(site: &SiteId) -> String {
    let task = Task {
        run: "r-1".parse().expect("an id"),
        number: 0,
        site: site.clone(),
        scan: "Nightly".to_owned(),
        targets: vec!["192.0.2.0/24".to_owned()],
        ports: "22".to_owned(),
        options: "-n".parse().expect("options"),
        deadline: 3_000_000_000,
        worst_case_seconds: 60,
    };
    serde_json::to_string(&task).expect("JSON")
}

async fn fixture() -> CredentialsUnderTest {
    let clock = Arc::new(TestClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    let blobs = Arc::new(MemoryBlobs::default());
    let queue = Arc::new(MemoryQueue::new(clock.clone()));
    let credentials = Arc::new(TableCredentials::new(table.clone(), clock.clone()));
    let store: Arc<dyn Table> = table.clone();
    let app = App::new(store, blobs.clone(), clock.clone(), Arc::new(CountedIds::default()));
    let sites: [SiteId; 2] = ["office", "branch"].map(|id| id.parse().expect("an id"));
    for site in &sites {
        app.add_site(&Site::new(site.clone(), site.to_string(), clock.now())).await.expect("it is new");
        let queue_name = QueueName::Tasks(site.clone());
        queue.create(&queue_name).await.expect("a queue can be made");
        let message = Outgoing { body: task(site), delay: Duration::ZERO };
        queue.send(&queue_name, vec![message]).await.expect("a message can be sent");
    }
    queue.create(&QueueName::Work(portdelta_app::ports::Work::Ingest)).await.expect("a queue can be made");
    let agents = [agent(&app, &sites[0], 1).await, agent(&app, &sites[0], 2).await];
    let service = Service::new(
        app,
        queue.clone(),
        Arc::new(MemorySchedules::default()),
        Arc::new(MemoryChannels::default()),
        credentials.clone(),
    );
    let rate =
        Rate { burst: NonZeroU32::new(100_000).expect("not zero"), interval: Duration::from_millis(1) };
    let settings = ApiSettings {
        public_url: "https://portdelta.example".to_owned(),
        other_urls: Vec::new(),
        pin: None,
        version: "0.0.0".to_owned(),
        ids: Arc::new(CountedIds::default()),
        stopping: CancellationToken::new(),
        limits: ApiLimits { anonymous_rate: rate, ..ApiLimits::default() },
        machine: None,
        logs: Logs::Here(Box::new(Vec::new)),
        identities: None,
        trusted_proxies: AddressSet::default(),
    };
    let router = portdelta_api::router(Arc::new(service), settings);
    let door = Endpoints { router, table, blobs, queue, uploads: 0.into() };
    CredentialsUnderTest {
        credentials,
        door: Arc::new(door),
        sites,
        agents,
        clock: Some(clock),
        keep: Box::new(()),
    }
}

portdelta_testkit::credentials_contract!(fixture);
