//! A router on adapters in memory, and what its clients do.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use portdelta_api::{ApiLimits, ApiSettings, Logs, Rate};
use portdelta_app::password::PasswordCost;
use portdelta_app::ports::{Channels, Identities, Queue, QueueName, Work};
use portdelta_app::{App, Service, TableCredentials};
use portdelta_core::AddressSet;
use portdelta_oidc::Providers;
use portdelta_protocol::admin::Role;
use portdelta_testkit::{
    CountedIds, Faults, MemoryBlobs, MemoryChannels, MemoryQueue, MemorySchedules, MemoryTable, TestClock,
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::documented;

/// Where agents think that it is.
pub const PUBLIC_URL: &str = "https://portdelta.example:8443";

/// A server without a network.
pub struct Lab {
    pub service: Arc<Service>,
    pub clock: Arc<TestClock>,
    router: Router,
    pub faults: Arc<Faults>,
    admin: String,
}

/// What a client gets.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// Null where the body is no JSON.
    pub json: Value,
}

impl Lab {
    pub async fn new() -> Self {
        Self::limited(Self::generous()).await
    }

    /// Tests ask faster than people.
    pub fn generous() -> ApiLimits {
        let rate =
            Rate { burst: NonZeroU32::new(100_000).expect("not zero"), interval: Duration::from_millis(1) };
        let password_cost = PasswordCost { memory_kib: 8, passes: 1 };
        // Answers are read whole.
        let event_interval = None;
        ApiLimits {
            anonymous_rate: rate,
            token_rate: rate,
            password_cost,
            event_interval,
            ..ApiLimits::default()
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "as requests want it")]
    pub fn admin(&self) -> Option<&str> {
        Some(&self.admin)
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.admin)
    }

    pub fn fail_the_store(&self) {
        self.faults.kill();
    }

    /// An answer whose body is not read yet.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.expect("a router never fails")
    }

    /// An answer, which must be one that the document tells of.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.expect("a router never fails");
        let (parts, body) = response.into_parts();
        documented::check(&method, &path, parts.status, &parts.headers);
        let bytes = axum::body::to_bytes(body, 64 << 20).await.expect("a body");
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let json = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, text, json }
    }

    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        self.call_with(method, path, token, body, &[]).await
    }

    pub async fn call_with(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(json) => {
                request = request.header("content-type", "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("a request")).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    /// As an administrator; must succeed.
    #[track_caller]
    pub fn post(&self, path: &str, body: Value) -> impl Future<Output = Value> {
        let path = path.to_owned();
        async move {
            let answer = self.call(Method::POST, &path, self.admin(), Some(body)).await;
            assert!(answer.status.is_success(), "{path}: {} {:?}", answer.status, answer.json);
            answer.json
        }
    }

    /// A result for a site, which must be there.
    pub async fn import(&self, query: &str, raw: &[u8]) -> Answer {
        let request = Request::post(format!("/api/v1/sites/{query}"))
            .header("authorization", self.bearer())
            .header("content-type", "application/octet-stream");
        self.send(request.body(Body::from(raw.to_vec())).expect("a request")).await
    }

    /// All things of a list, page by page.
    pub async fn all(&self, path: &str, limit: u32) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let first = format!("{path}{join}limit={limit}");
        let (mut all, mut next) = (Vec::new(), first.clone());
        for _ in 0..1_000 {
            let page = self.get(&next, self.admin()).await;
            assert_eq!(page.status, StatusCode::OK, "{:?}", page.json);
            let items = page.json["items"].as_array().expect("items").clone();
            assert!(items.len() <= limit as usize);
            all.extend(items);
            let Some(cursor) = page.json["next"].as_str() else { return all };
            next = format!("{first}&cursor={cursor}");
        }
        panic!("{path} never ends");
    }
}

/// What a lab has around it.
struct Around {
    limits: ApiLimits,
    logs: Logs,
    identities: Arc<dyn Identities>,
    channels: Arc<dyn Channels>,
    trusted_proxies: AddressSet,
}

impl Default for Around {
    fn default() -> Self {
        Self {
            limits: Lab::generous(),
            logs: Logs::Here(Box::new(Vec::new)),
            identities: Arc::new(Providers::new().expect("a client")),
            channels: Arc::new(MemoryChannels::default()),
            trusted_proxies: AddressSet::default(),
        }
    }
}

impl Lab {
    pub async fn limited(limits: ApiLimits) -> Self {
        Self::with(Around { limits, ..Around::default() }).await
    }

    pub async fn logging(logs: Logs) -> Self {
        Self::with(Around { logs, ..Around::default() }).await
    }

    /// One whose people come by single sign-on like this.
    pub async fn knowing(identities: Arc<dyn Identities>) -> Self {
        Self::with(Around { identities, ..Around::default() }).await
    }

    /// One whose messages go out by these.
    pub async fn telling_by(channels: Arc<dyn Channels>) -> Self {
        Self::with(Around { channels, ..Around::default() }).await
    }

    /// One with these addresses of proxies.
    pub async fn behind(proxies: &str) -> Self {
        let trusted_proxies = portdelta_core::targets::parse_exclusions(proxies).expect("addresses");
        Self::with(Around { trusted_proxies, ..Around::default() }).await
    }

    async fn with(around: Around) -> Self {
        let clock = Arc::new(TestClock::default());
        let faults = Arc::new(Faults::default());
        let table = Arc::new(MemoryTable::new(clock.clone()).obeying(faults.clone()));
        let blobs = MemoryBlobs::default().obeying(faults.clone());
        let queue = MemoryQueue::new(clock.clone()).obeying(faults.clone());
        for work in Work::ALL {
            queue.create(&QueueName::Work(work)).await.expect("a queue");
        }
        let credentials = TableCredentials::new(table.clone(), clock.clone());
        let app = App::new(table, Arc::new(blobs), clock.clone(), Arc::new(CountedIds::default()));
        let service = Arc::new(Service::new(
            app,
            Arc::new(queue),
            Arc::new(MemorySchedules::default()),
            around.channels,
            Arc::new(credentials),
        ));
        let admin = service.app().create_token("test", Role::Admin, None).await.expect("a token").secret;
        let settings = ApiSettings {
            public_url: PUBLIC_URL.to_owned(),
            other_urls: vec!["https://127.0.0.1:8443".to_owned()],
            pin: Some("ab".repeat(32)),
            version: "0.0.0".to_owned(),
            ids: Arc::new(CountedIds::default()),
            stopping: CancellationToken::new(),
            limits: around.limits,
            machine: None,
            logs: around.logs,
            identities: Some(around.identities),
            trusted_proxies: around.trusted_proxies,
        };
        let router = portdelta_api::router(service.clone(), settings);
        Self { service, clock, router, faults, admin }
    }
}

/// A browser: what it holds, and what its page knows.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    /// `__Host-portdelta=...`, as it goes into a request.
    pub cookie: String,
    pub csrf: String,
}

/// Good enough, and nobody's name.
pub const PASSWORD: &str = "plough-saddle-orbit-quince";

impl Browser {
    /// What an answer gave it.
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        assert!(answer.status.is_success(), "{} {:?}", answer.status, answer.json);
        let set = answer.headers["set-cookie"].to_str().expect("text");
        let cookie = set.split(';').next().expect("a cookie").to_owned();
        Self { cookie, csrf: answer.json["csrf"].as_str().expect("a word").to_owned() }
    }
}

impl Lab {
    /// Makes a user with [`PASSWORD`]; gives their id.
    pub async fn user(&self, name: &str, role: &str) -> String {
        let new = serde_json::json!({"name": name, "role": role, "password": PASSWORD});
        let made = self.post("/users", new).await;
        made["user"]["id"].as_str().expect("an id").to_owned()
    }

    pub async fn sign_in(&self, name: &str, password: &str) -> Answer {
        let body = serde_json::json!({"name": name, "password": password});
        self.call(Method::POST, "/session", None, Some(body)).await
    }

    /// Makes a user and signs in as them.
    pub async fn browser(&self, name: &str, role: &str) -> Browser {
        self.user(name, role).await;
        Browser::of(&self.sign_in(name, PASSWORD).await)
    }

    /// Asks as a page of this server does.
    pub async fn page(&self, browser: &Browser, method: Method, path: &str, body: Option<Value>) -> Answer {
        let headers = [("cookie", browser.cookie.as_str()), ("x-portdelta-csrf", &browser.csrf)];
        self.call_with(method, path, None, body, &headers).await
    }

    /// A token with a role.
    pub async fn token_of(&self, role: &str) -> String {
        let made = self.post("/tokens", serde_json::json!({"name": role, "role": role})).await;
        made["secret"].as_str().expect("a secret").to_owned()
    }
}
