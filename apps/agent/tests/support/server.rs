//! The endpoints, over real sockets.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use axum_server::tls_rustls::RustlsConfig;
use portdelta_protocol::enrolment::EnrolmentToken;
use portdelta_protocol::signature::{PublicKey, Signature, access_message};
use portdelta_protocol::upload::{UploadNote, digest, open};
use portdelta_testkit::wait_for;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::queue::Queue;

/// The run of all tasks.
pub const RUN: &str = "20260101t000000-0123456789ab";

const AGENT: &str = "0197-agent";
const TOKEN: &str = "the-access-token";

/// A server that can be taken away and brought back at the same address.
pub struct FakeServer {
    address: SocketAddr,
    pin: Option<String>,
    key_pair: Option<(Vec<u8>, Vec<u8>)>,
    runtime: Option<Runtime>,
    state: Arc<Mutex<Inner>>,
}

/// What the server does wrong, on purpose.
#[derive(Debug, Default)]
pub struct Faults {
    /// So many uploads are answered with 503.
    pub failed_uploads: u32,
    /// So many acknowledgements, releases and refusals are answered with 503.
    pub failed_words: u32,
    /// All uploads are answered with this.
    pub uploads: Option<u16>,
    /// The protocol that it says it speaks.
    pub protocol: Option<u32>,
    /// Enrolment and access are answered with this.
    pub entrance: Option<(u16, &'static str)>,
    /// Other requests are answered with 401 so many times.
    pub unauthorized: u32,
    /// Tasks are to be dropped for this reason.
    pub drop: Option<&'static str>,
    /// Signatures are held against this clock instead of the machine's.
    pub clock: Option<i64>,
}

struct Inner {
    standing: &'static str,
    key: Option<PublicKey>,
    queue: Queue,
    events: Vec<String>,
    uploads: Vec<(String, Vec<u8>)>,
    statuses: Vec<Value>,
    facts: Value,
    cancelled: Vec<String>,
    faults: Faults,
    server: String,
}

type Shared = Arc<Mutex<Inner>>;

impl FakeServer {
    /// A server over HTTP whose agents are approved at once.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// A server over HTTPS with a certificate of its own.
    pub fn with_tls() -> Self {
        let made =
            rcgen::generate_simple_self_signed(vec!["portdelta.example".to_owned()]).expect("a certificate");
        Self::with(Some((made.cert.der().to_vec(), made.signing_key.serialize_der())))
    }

    fn with(key_pair: Option<(Vec<u8>, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("some port is free");
        let address = listener.local_addr().expect("it is bound");
        let scheme = if key_pair.is_some() { "https" } else { "http" };
        let inner = Inner {
            standing: "approved",
            key: None,
            queue: Queue::new(),
            events: Vec::new(),
            uploads: Vec::new(),
            statuses: Vec::new(),
            facts: Value::Null,
            cancelled: Vec::new(),
            faults: Faults::default(),
            server: format!("{scheme}://{address}"),
        };
        let pin = key_pair.as_ref().map(|(certificate, _)| digest(certificate));
        let mut server = Self { address, pin, key_pair, runtime: None, state: Arc::new(Mutex::new(inner)) };
        server.serve(listener);
        server
    }

    fn serve(&mut self, listener: TcpListener) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be made");
        listener.set_nonblocking(true).expect("sockets need not block");
        let router = router(self.state.clone());
        let key_pair = self.key_pair.clone();
        runtime.spawn(async move {
            match key_pair {
                None => {
                    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                    axum::serve(listener, router).await.expect("it serves");
                }
                Some((certificate, key)) => {
                    let _ = rustls::crypto::ring::default_provider().install_default();
                    let config = RustlsConfig::from_der(vec![certificate], key).await.expect("a certificate");
                    let server = axum_server::from_tcp_rustls(listener, config).expect("a listener");
                    server.serve(router.into_make_service()).await.expect("it serves");
                }
            }
        });
        self.runtime = Some(runtime);
    }

    /// Nobody listens any more.
    pub fn go_away(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }

    /// It listens again where it did.
    pub fn come_back(&mut self) {
        let listener = wait_for("its port", Duration::from_secs(10), || TcpListener::bind(self.address).ok());
        self.serve(listener);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        lock(&self.state)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A token for it, as an administrator hands it over.
    pub fn token(&self) -> EnrolmentToken {
        let server = self.inner().server.clone();
        self.token_at(&server)
    }

    /// A token for it under another address, as a proxy knows it.
    pub fn token_at(&self, server: &str) -> EnrolmentToken {
        server.clone_into(&mut self.inner().server);
        EnrolmentToken { server: server.to_owned(), secret: "5ec7e7".repeat(10), pin: self.pin.clone() }
    }

    pub fn set_standing(&self, standing: &'static str) {
        self.inner().standing = standing;
    }

    pub fn fault(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.inner().faults);
    }

    pub fn set_lease(&self, seconds: u64) {
        self.inner().queue.set_lease(Duration::from_secs(seconds));
    }

    pub fn lose_leases(&self) {
        self.inner().queue.lose_leases();
    }

    pub fn cancel(&self) {
        self.inner().cancelled.push(RUN.to_owned());
    }

    /// Sends a task that must be done within ten minutes.
    pub fn send(&self, number: u32, target: &str, ports: &str, options: &str) {
        self.send_until(number, target, ports, options, now() + 600);
    }

    pub fn send_until(&self, number: u32, target: &str, ports: &str, options: &str, deadline: i64) {
        let task = json!({
            "run": RUN, "number": number, "site": "office", "scan": "nightly \u{1b}[2J", "targets": [target],
            "ports": ports, "options": options, "deadline": deadline, "worst_case_seconds": 60,
        });
        self.inner().queue.send(number, task);
    }

    /// Sends whatever it is.
    pub fn send_raw(&self, number: u32, task: Value) {
        self.inner().queue.send(number, task);
    }

    /// Takes a task away, wherever it is.
    pub fn withdraw(&self, number: u32) {
        self.inner().queue.withdraw(number);
    }

    /// All messages are acknowledged.
    pub fn is_done(&self) -> bool {
        self.inner().queue.is_empty()
    }

    /// What happened, in order, without what is said all the time: `begin 1`, `upload 1`, `acknowledge 1`.
    pub fn events(&self) -> Vec<String> {
        let noise = ["status", "receive none", "access", "extend"];
        self.all_events()
            .into_iter()
            .filter(|event| !noise.iter().any(|noise| event.starts_with(noise)))
            .collect()
    }

    pub fn all_events(&self) -> Vec<String> {
        self.inner().events.clone()
    }

    pub fn count(&self, event: &str) -> usize {
        self.all_events().iter().filter(|found| found.starts_with(event)).count()
    }

    /// Waits until this was done.
    #[track_caller]
    pub fn wait_for(&self, event: &str) {
        wait_for(event, Duration::from_secs(30), || (self.count(event) > 0).then_some(()));
    }

    pub fn statuses(&self) -> Vec<Value> {
        self.inner().statuses.clone()
    }

    pub fn facts(&self) -> Value {
        self.inner().facts.clone()
    }

    /// The notes and the XML of what arrived for a task.
    pub fn results(&self, number: u32) -> Vec<(UploadNote, String)> {
        let start = format!("{RUN}/{number:05}/");
        let inner = self.inner();
        let uploads = inner.uploads.iter().filter(|(path, _)| path.starts_with(&start));
        uploads
            .map(|(path, bytes)| {
                assert_eq!(*path, format!("{start}{}", &digest(bytes)[..16]));
                let (note, packed) = open(bytes).expect("an upload");
                let xml = zstd::decode_all(packed).expect("it is packed");
                (note, String::from_utf8(xml).expect("nmap writes UTF-8"))
            })
            .collect()
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.go_away();
    }
}

fn lock(state: &Shared) -> MutexGuard<'_, Inner> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The machine's clock: what the agent's own is compared with.
#[expect(clippy::disallowed_methods, reason = "the server of the tests has a clock of its own")]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("not for long yet")
}

fn router(state: Shared) -> Router {
    let agent = Router::new()
        .route("/enrol", post(enrol))
        .route("/access", post(access))
        .route("/tasks/receive", post(receive))
        .route("/tasks/{what}", post(about_a_task))
        .route("/results/{run}/{task}/{name}", put(upload))
        .route("/status", post(status))
        .layer(DefaultBodyLimit::max(16 << 20));
    Router::new().nest("/api/v1/agent", agent).with_state(state)
}

fn problem(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, axum::Json(json!({"code": code, "detail": format!("no: \u{1b}{code}")}))).into_response()
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).expect("agents send JSON")
}

/// Whether the request may come in.
fn stopped(inner: &mut Inner, headers: &HeaderMap) -> Option<Response> {
    if inner.faults.unauthorized > 0 {
        inner.faults.unauthorized -= 1;
        return Some(problem(401, "token.expired"));
    }
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    let allowed = inner.standing == "approved" && given == Some(&format!("Bearer {TOKEN}"));
    (!allowed).then(|| problem(401, "token.unknown"))
}

async fn enrol(State(state): State<Shared>, body: Bytes) -> Response {
    let mut inner = lock(&state);
    let ask = read(&body);
    if let Some((status, code)) = inner.faults.entrance {
        return problem(status, code);
    }
    let key = PublicKey::try_from(ask["public_key"].as_str().expect("a key").to_owned()).expect("a key");
    if inner.key.is_some_and(|known| known != key) {
        return problem(409, "enrolment.used");
    }
    inner.key = Some(key);
    inner.facts = ask["facts"].clone();
    inner.events.push("enrol".to_owned());
    let protocol = inner.faults.protocol.unwrap_or(1);
    axum::Json(json!({"agent": AGENT, "site": "office", "protocol": protocol})).into_response()
}

async fn access(State(state): State<Shared>, body: Bytes) -> Response {
    let mut inner = lock(&state);
    let ask = read(&body);
    if let Some((status, code)) = inner.faults.entrance {
        return problem(status, code);
    }
    let at = ask["at"].as_i64().expect("a time");
    let nonce = ask["nonce"].as_str().expect("a nonce");
    assert_eq!(nonce.len(), 32);
    let signature =
        Signature::try_from(ask["signature"].as_str().expect("text").to_owned()).expect("a signature");
    let message = access_message(AGENT, at, nonce, &inner.server);
    let is_true = inner.key.is_some_and(|key| key.verifies(&message, &signature));
    if !is_true || (at - inner.faults.clock.unwrap_or_else(now)).abs() > 300 {
        inner.events.push("access refused".to_owned());
        return problem(401, "agent.signature");
    }
    inner.facts = ask["facts"].clone();
    let standing = inner.standing;
    inner.events.push(format!("access {standing}"));
    let lent =
        (standing == "approved").then(|| json!({"kind": "http", "token": TOKEN, "expires": now() + 3600}));
    axum::Json(json!({
        "standing": standing, "lent": lent, "site": "office", "server_time": now(), "ask_again_seconds": 1,
        "status_seconds": 1, "protocol": inner.faults.protocol.unwrap_or(1),
    }))
    .into_response()
}

async fn receive(State(state): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let ask = read(&body);
    let max = usize::try_from(ask["max"].as_u64().expect("a number")).expect("a small one");
    assert!((1..=10).contains(&max));
    // Long polls are shorter here, so that tests are.
    for turn in 0.. {
        {
            let mut inner = lock(&state);
            if let Some(response) = stopped(&mut inner, &headers) {
                inner.events.push("receive refused".to_owned());
                return response;
            }
            let deliveries = inner.queue.receive(max);
            if !deliveries.is_empty() || turn == 10 {
                let numbers: Vec<_> = deliveries.iter().map(|(number, _)| number.to_string()).collect();
                let event = if numbers.is_empty() { "none".to_owned() } else { numbers.join(" ") };
                inner.events.push(format!("receive {event}"));
                let tasks: Vec<_> = deliveries.into_iter().map(|(_, delivery)| delivery).collect();
                return axum::Json(json!({"tasks": tasks})).into_response();
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    unreachable!("the tenth turn answers")
}

async fn about_a_task(
    State(state): State<Shared>,
    Path(what): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inner = lock(&state);
    let ask = read(&body);
    if let Some(response) = stopped(&mut inner, &headers) {
        inner.events.push(format!("{what} refused"));
        return response;
    }
    if inner.faults.failed_words > 0 && ["acknowledge", "release", "refuse"].contains(&what.as_str()) {
        inner.faults.failed_words -= 1;
        inner.events.push(format!("failed {what}"));
        return problem(503, "later");
    }
    let receipt = ask["receipt"].as_str().unwrap_or_default();
    let number = match what.as_str() {
        "begin" => {
            inner.events.push(format!("begin {}", ask["task"]));
            return match inner.faults.drop {
                Some(reason) => axum::Json(json!({"answer": "drop", "reason": reason})).into_response(),
                None => axum::Json(json!({"answer": "go-on"})).into_response(),
            };
        }
        "refuse" => {
            let code = ask["code"].as_str().expect("a code");
            inner.events.push(format!("refuse {} {code}", ask["task"]));
            return StatusCode::NO_CONTENT.into_response();
        }
        "extend" => inner.queue.extend(receipt, ask["seconds"].as_u64().expect("a number")),
        "acknowledge" => inner.queue.acknowledge(receipt),
        "release" => inner.queue.release(receipt, ask["delay_seconds"].as_u64().expect("a number")),
        _ => return problem(404, "nothing"),
    };
    let event = match (number, what.as_str()) {
        (Some(number), "release") => format!("release {number} {}", ask["delay_seconds"]),
        (Some(number), what) => format!("{what} {number}"),
        (None, what) => format!("{what} void"),
    };
    inner.events.push(event);
    if number.is_some() { StatusCode::NO_CONTENT.into_response() } else { problem(410, "lease.lost") }
}

async fn upload(
    State(state): State<Shared>,
    Path((run, task, name)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inner = lock(&state);
    if let Some(response) = stopped(&mut inner, &headers) {
        return response;
    }
    let number: u32 = task.parse().expect("a number");
    if inner.faults.failed_uploads > 0 {
        inner.faults.failed_uploads -= 1;
        inner.events.push(format!("failed upload {number}"));
        return problem(503, "later");
    }
    if let Some(status) = inner.faults.uploads {
        inner.events.push(format!("refused upload {number}"));
        return problem(status, "upload.no");
    }
    let path = format!("{run}/{task}/{name}");
    inner.events.push(format!("upload {number}"));
    if inner.uploads.iter().any(|(known, _)| *known == path) {
        return StatusCode::OK.into_response();
    }
    inner.uploads.push((path, body.to_vec()));
    StatusCode::CREATED.into_response()
}

async fn status(State(state): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inner = lock(&state);
    if let Some(response) = stopped(&mut inner, &headers) {
        return response;
    }
    let status = read(&body);
    let event = if status["leaving"] == json!(true) { "leaving" } else { "status" };
    inner.events.push(event.to_owned());
    inner.statuses.push(status);
    axum::Json(json!({"server_time": now(), "cancelled": inner.cancelled})).into_response()
}
