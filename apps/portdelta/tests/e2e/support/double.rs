//! A server that answers as a test wants: for what a real one must be forced to do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A request that came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub what: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What is answered: status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, String);

#[derive(Default)]
struct Script {
    answers: Mutex<HashMap<String, Vec<Answer>>>,
    asked: Mutex<Vec<Asked>>,
}

/// A server on a free port of loopback; gone with this value.
pub struct Double {
    address: SocketAddr,
    script: Arc<Script>,
    _runtime: tokio::runtime::Runtime,
}

impl Double {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be made");
        let script = Arc::new(Script::default());
        let router = Router::new().fallback(answer).with_state(script.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("it listens");
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { address, script, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers `GET /sites` so; several answers for the same come one after the other, the last one for ever.
    pub fn on(&self, what: &str, status: u16, body: &Value) -> &Self {
        self.on_with(what, status, &[], &body.to_string())
    }

    pub fn on_with(&self, what: &str, status: u16, headers: &[(&'static str, &str)], body: &str) -> &Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let mut answers = self.script.answers.lock().expect("no test panicked with it");
        answers.entry(what.to_owned()).or_default().push((status, headers, body.to_owned()));
        self
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().expect("no test panicked with it").clone()
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let what = format!("{method} {}", uri.path().strip_prefix("/api/v1").unwrap_or(uri.path()));
    let query = uri.query().unwrap_or_default().to_owned();
    script.asked.lock().expect("no test panicked with it").push(Asked {
        what: what.clone(),
        query,
        headers,
        body,
    });
    let mut answers = script.answers.lock().expect("no test panicked with it");
    let Some(list) = answers.get_mut(&what) else {
        let problem = json!({"code": "not_found", "detail": format!("there is no {what}"), "status": 404});
        return (StatusCode::NOT_FOUND, problem.to_string()).into_response();
    };
    let (status, headers, text) = if list.len() > 1 { list.remove(0) } else { list[0].clone() };
    let mut response = text.into_response();
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    for (name, value) in headers {
        let name = header::HeaderName::from_static(name);
        response.headers_mut().insert(name, value.parse().expect("a header"));
    }
    response
}
