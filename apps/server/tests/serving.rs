//! A whole server in this process, reached over HTTP and HTTPS.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portdelta_agent::upstream::{ClientOptions, HttpUpstream, UpstreamError};
use portdelta_api::{ApiLimits, Rate};
use portdelta_protocol::agent::{AgentFacts, Enrol};
use portdelta_protocol::signature::PrivateKey;
use portdelta_server::{Parts, RecentLogs, ServeError, Server, ServerOptions, TOKEN_FILE, TlsOptions};
use portdelta_testkit::{MemoryChannels, TestClock};
use serde_json::{Value, json};

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

fn options(data: &Path) -> ServerOptions {
    ServerOptions {
        tls: TlsOptions::Plain { insecure: false },
        local_agent: false,
        background: false,
        ..ServerOptions::new(data, loopback())
    }
}

fn parts(clock: &Arc<TestClock>) -> Parts {
    Parts {
        clock: clock.clone(),
        ids: Arc::new(portdelta_system::SystemIds),
        channels: Arc::new(MemoryChannels::default()),
        around: |stores| stores,
    }
}

async fn started(data: &Path, clock: &Arc<TestClock>) -> Server {
    Server::start(options(data), parts(clock)).await.expect("a server")
}

fn client() -> reqwest::Client {
    // A second call finds it taken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// As an administrator.
async fn call(server: &Server, token: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let url = format!("{}/api/v1{path}", server.local_url());
    let client = client();
    let request = match body {
        Some(body) => client.post(url).json(&body),
        None => client.get(url),
    };
    let answer = request.bearer_auth(token).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// One address has one rate: that of who asks, where a proxy is trusted to say it.
#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_who_asks() {
    let rate = Rate { burst: NonZeroU32::MIN, interval: Duration::from_hours(1) };
    let limits = ApiLimits { anonymous_rate: rate, ..ApiLimits::default() };
    for (trusted, expected) in [("127.0.0.1", [200, 429, 200]), ("192.0.2.0/24", [200, 429, 429])] {
        let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
        let trusted_proxies = portdelta_core::targets::parse_exclusions(trusted).expect("addresses");
        let options = ServerOptions { trusted_proxies, limits: limits.clone(), ..options(data.path()) };
        let server = Server::start(options, parts(&clock)).await.expect("a server");
        let mut statuses = Vec::new();
        for address in ["198.51.100.1", "198.51.100.1", "198.51.100.2"] {
            let request = client().get(format!("{}/api/v1/health", server.local_url()));
            let answer = request.header("x-forwarded-for", address).send().await.expect("an answer");
            statuses.push(answer.status().as_u16());
        }
        assert_eq!(statuses, expected, "{trusted}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_makes_a_token_and_no_other_start_does() {
    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let first = started(data.path(), &clock).await;
    let token = first.admin_token().expect("made").to_owned();
    let kept = std::fs::read_to_string(data.path().join(TOKEN_FILE)).expect("kept");
    assert_eq!(kept.trim(), token);
    #[cfg(unix)]
    for file in [TOKEN_FILE, "state.sqlite", "serve.lock"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join(file)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} can be read by others");
    }
    assert_eq!(call(&first, &token, "/me", None).await.0, 200);
    first.stop().await;
    let second = started(data.path(), &clock).await;
    assert_eq!(second.admin_token(), None);
    assert_eq!(call(&second, &token, "/me", None).await.0, 200, "the token is still good");
    second.stop().await;
    let options = ServerOptions { new_admin_token: true, ..options(data.path()) };
    let third = Server::start(options, parts(&clock)).await.expect("a server");
    let another = third.admin_token().expect("another").to_owned();
    assert_ne!(another, token);
    assert_eq!(call(&third, &another, "/me", None).await.0, 200);
    // Each was noted as it was made, without its secret.
    let (_, trail) = call(&third, &another, "/audit", None).await;
    let mut expected = Vec::new();
    for (secret, name) in [(&another, "start with --new-admin-token"), (&token, "first start")] {
        let (_, me) = call(&third, secret, "/me", None).await;
        expected.push(json!([
            "a start of the server",
            "token.created",
            me["id"],
            format!("name={name} role=admin")
        ]));
        assert!(!trail.to_string().contains(secret.as_str()), "{trail}");
    }
    let entries = trail["items"].as_array().expect("entries").iter();
    let noted = entries.map(|entry| json!(["who", "what", "object", "detail"].map(|field| &entry[field])));
    assert_eq!(noted.collect::<Vec<_>>(), expected);
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_server_at_a_time() {
    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let first = started(data.path(), &clock).await;
    let second = Server::start(options(data.path()), parts(&clock)).await.err().expect("refused");
    assert!(matches!(second, ServeError::Busy { .. }), "{second}");
    assert!(second.hint().is_some());
    first.stop().await;
    started(data.path(), &clock).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_for_the_loopback_only() {
    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let everywhere =
        ServerOptions { listen: "0.0.0.0:0".parse().expect("an address"), ..options(data.path()) };
    let refused = Server::start(everywhere, parts(&clock)).await.err().expect("refused");
    assert!(matches!(refused, ServeError::Insecure { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_know_the_certificate_by_its_pin_and_no_other() {
    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let with_tls = || ServerOptions { tls: TlsOptions::Made, ..options(data.path()) };
    let server = Server::start(with_tls(), parts(&clock)).await.expect("a server");
    let pin = server.fingerprint().expect("a certificate").to_owned();
    let ask = Enrol {
        secret: "0".repeat(64),
        name: "x".to_owned(),
        public_key: PrivateKey::from_bytes(&[1; 32]).public(),
        protocol: 1,
        facts: AgentFacts::default(),
    };
    let enrol = async |pin: Option<String>| {
        let options = ClientOptions { pin, proxy: None };
        HttpUpstream::new(server.local_url(), &options)
            .expect("a client")
            .enrol(&ask)
            .await
            .expect_err("no token")
    };
    let refused = enrol(Some(pin.clone())).await;
    assert!(matches!(refused, UpstreamError::Refused { status: 403, .. }), "{refused}");
    let wrong = enrol(Some("ab".repeat(32))).await;
    assert!(matches!(wrong, UpstreamError::WrongCertificate { .. }), "{wrong}");
    assert!(matches!(enrol(None).await, UpstreamError::NotTrusted { .. }), "nobody signed it");
    server.stop().await;
    let again = Server::start(with_tls(), parts(&clock)).await.expect("a server");
    assert_eq!(again.fingerprint(), Some(pin.as_str()), "agents must know it again");
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_begins_a_run_and_its_tasks_wait_for_an_agent() {
    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let server = started(data.path(), &clock).await;
    let token = server.admin_token().expect("made").to_owned();
    assert_eq!(call(&server, &token, "/sites", Some(json!({"id": "office"}))).await.0, 201);
    let scan = json!({"name": "Hourly", "targets": "10.0.0.0/24", "ports": "22", "sites": ["office"],
        "schedule": {"expression": "rate(1 hour)"}});
    let (status, scan) = call(&server, &token, "/scans", Some(scan)).await;
    assert_eq!((status, scan["schedule_text"].as_str()), (201, Some("every hour")), "{scan}");
    server.tick().await.expect("ticked");
    assert_eq!(call(&server, &token, "/runs", None).await.1["items"], json!([]), "it is not time yet");
    clock.advance(3_600);
    server.tick().await.expect("ticked");
    server.tick().await.expect("ticked");
    let (_, runs) = call(&server, &token, "/runs", None).await;
    assert_eq!(runs["items"].as_array().map(Vec::len), Some(1), "{runs}");
    assert_eq!(runs["items"][0]["state"], "running", "{runs}");
    let (_, queues) = call(&server, &token, "/queues", None).await;
    let tasks = queues.as_array().expect("queues").iter().find(|queue| queue["name"] == "tasks-office");
    assert!(tasks.is_some_and(|queue| queue["waiting"].as_u64() > Some(0)), "{queues}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_work_is_sent_away_when_the_server_stops() {
    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let server = started(data.path(), &clock).await;
    let app = server.service().app();
    let site = "office".parse().expect("an id");
    app.create_site(site, "", "").await.expect("a site");
    let site = "office".parse().expect("an id");
    let enrolment = app.make_enrolment(&site, 5).await.expect("an enrolment");
    let key = PrivateKey::from_bytes(&[1; 32]);
    let ask = Enrol {
        secret: enrolment.secret,
        name: "x".to_owned(),
        public_key: key.public(),
        protocol: 1,
        facts: AgentFacts::default(),
    };
    let agent = app.enrol(&ask).await.expect("let in").agent;
    app.approve_agent(&agent).await.expect("approved");
    let lent = server.service().credentials().lend(&agent, &site).await.expect("lent");
    let portdelta_app::ports::LentAccess::Token { token, .. } = lent else { panic!("tokens are lent here") };
    let url = format!("{}/api/v1/agent/tasks/receive", server.local_url());
    let waiting = tokio::spawn(async move {
        let body = json!({"max": 1, "wait_seconds": 20});
        client().post(url).bearer_auth(token).json(&body).send().await.expect("an answer").status()
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "it waits");
    let began = Instant::now();
    server.stop().await;
    assert_eq!(waiting.await.expect("ended").as_u16(), 200);
    assert!(began.elapsed() < Duration::from_secs(10), "nobody waited for the whole time");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_read_what_the_server_logged() {
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    let (data, clock) = (tempfile::tempdir().expect("a folder"), Arc::new(TestClock::default()));
    let recent = RecentLogs::new(clock.clone());
    let log = tracing_subscriber::registry().with(recent.clone());
    log.try_init().expect("no other test of this process logs");
    let logs = Some(recent);
    let server = Server::start(ServerOptions { logs, ..options(data.path()) }, parts(&clock)).await;
    let server = server.expect("a server");
    let token = server.admin_token().expect("made").to_owned();
    let (status, page) = call(&server, &token, "/logs?level=info&q=listening", None).await;
    assert_eq!(status, 200, "{page}");
    let [line] = &page["items"].as_array().expect("items")[..] else { panic!("{page}") };
    assert_eq!(line["message"], format!("listening at {}", server.url()));
    assert_eq!(line["target"], "portdelta_server::server");
    assert_eq!(line["fields"]["address"], server.address().to_string());
    // Not even where every request is logged.
    let (_, page) = call(&server, &token, "/logs?limit=500", None).await;
    assert!(page["items"].as_array().expect("items").len() > 1, "{page}");
    assert!(!page.to_string().contains(&token), "{page}");
    server.stop().await;
}
