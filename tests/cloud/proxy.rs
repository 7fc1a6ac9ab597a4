//! A proxy before the emulator that answers some requests with the faults of AWS: microburst.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// Busy machines start programs slowly.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts it with what readers of objects need and it leaves out.
const WITH_LENGTHS: &str = include_str!("../../localstack/microburst_lengths.py");

/// A running proxy; ended with this value.
pub struct Proxy {
    child: Child,
    address: String,
    http: reqwest::Client,
}

impl Proxy {
    /// `None`, with a message, where there is no emulator or no proxy.
    pub async fn start() -> Option<Self> {
        let variable = |name: &str| {
            let value = std::env::var(name).ok();
            if value.is_none() {
                eprintln!("skipped: {name} is not set; `cargo xtask test` sets it");
            }
            value
        };
        let upstream = variable("PORTDELTA_TEST_MINISTACK")?;
        let python = variable("PORTDELTA_TEST_MICROBURST")?;
        let port = {
            let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            socket.local_addr().expect("bound").port()
        };
        let child = Command::new(python)
            .args([
                "-c",
                WITH_LENGTHS,
                "--upstream",
                &upstream,
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the proxy starts");
        let address = format!("http://127.0.0.1:{port}");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let proxy = Self { child, address, http };
        let begun = std::time::Instant::now();
        while proxy.http.get(proxy.control("health")).send().await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "the proxy does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Some(proxy)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    fn control(&self, what: &str) -> String {
        format!("{}/_microburst/{what}", self.address)
    }

    /// These rules and no others.
    pub async fn rules(&self, rules: &Value) {
        let answer =
            self.http.post(self.control("rules")).json(rules).send().await.expect("the proxy answers");
        assert!(answer.status().is_success(), "{rules}: {:?}", answer.text().await);
    }

    /// How many faults there were.
    pub async fn fired(&self) -> usize {
        let answer = self.http.get(self.control("fired")).send().await.expect("the proxy answers");
        let fired: Value = answer.json().await.expect("JSON");
        fired.as_array().map_or(0, Vec::len)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
