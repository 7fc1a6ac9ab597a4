//! The endpoints of [`portdelta_protocol::agent`].

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use portdelta_protocol::BASE_PATH;
use portdelta_protocol::agent::{
    Access, Acknowledge, AskAccess, Begin, Begun, Enrol, Enrolled, Extend, Receive, Refuse, Release, Status,
    StatusAnswer,
};
use portdelta_protocol::problem::Problem;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::{ClientOptions, client, server_address};
use super::pin::{Pin, tls_fault};
use super::{Delivery, Sealed, Upstream, UpstreamError};
use crate::error::AgentError;

/// How long an answer may take, beside the time that it was asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// An upload may take this long, and a second for each [`SLOWEST`] bytes.
const UPLOAD_PATIENCE: Duration = Duration::from_mins(1);

/// Bytes a second of the slowest line that still counts as one.
const SLOWEST: u64 = 16 << 10;

/// The longest answer: ten tasks of 256 KB.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// A server.
pub struct HttpUpstream {
    server: String,
    client: Client,
    pin: Option<Arc<Pin>>,
    token: RwLock<Option<String>>,
}

/// Without the token.
impl std::fmt::Debug for HttpUpstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpUpstream").field("server", &self.server).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct RawReceived {
    tasks: Vec<RawDelivery>,
}

#[derive(Deserialize)]
struct RawDelivery {
    receipt: String,
    attempt: u32,
    lease_seconds: u32,
    task: serde_json::Value,
}

impl HttpUpstream {
    /// A server by its address: `https://portdelta.example:8443`. Nothing is sent yet.
    pub fn new(server: &str, options: &ClientOptions) -> Result<Self, AgentError> {
        let (client, pin) = client(options)?;
        Ok(Self { server: server_address(server)?, client, pin, token: RwLock::new(None) })
    }

    /// Asks to be let in.
    pub async fn enrol(&self, enrol: &Enrol) -> Result<Enrolled, UpstreamError> {
        self.ask("enrol", "/agent/enrol", enrol).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.client.request(method, format!("{}{BASE_PATH}{path}", self.server)).timeout(PATIENCE);
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        match token.as_deref() {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<A, UpstreamError> {
        self.answer(operation, self.request(Method::POST, path).json(body)).await
    }

    async fn tell(
        &self,
        operation: &'static str,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<(), UpstreamError> {
        self.send(operation, self.request(Method::POST, path).json(body)).await.map(drop)
    }

    async fn answer<A: DeserializeOwned>(
        &self,
        operation: &'static str,
        request: RequestBuilder,
    ) -> Result<A, UpstreamError> {
        let mut response = self.send(operation, request).await?;
        let body = self.body(operation, &mut response).await?;
        serde_json::from_slice(&body)
            .map_err(|error| UpstreamError::NotUnderstood { operation, detail: error.to_string() })
    }

    /// Sends, and turns every answer but success into an error.
    async fn send(
        &self,
        operation: &'static str,
        request: RequestBuilder,
    ) -> Result<Response, UpstreamError> {
        let mut response = request.send().await.map_err(|error| self.unreachable(operation, error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let server_time = response.headers().get(reqwest::header::DATE).and_then(|date| date.to_str().ok());
        let server_time = server_time.and_then(crate::clock::of_http_date);
        let body = self.body(operation, &mut response).await.unwrap_or_default();
        let problem = serde_json::from_slice(&body).unwrap_or_else(|_| Problem {
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            ..Problem::default()
        });
        Err(UpstreamError::Refused {
            operation,
            status: status.as_u16(),
            problem: Box::new(problem),
            server_time,
        })
    }

    async fn body(&self, operation: &'static str, response: &mut Response) -> Result<Vec<u8>, UpstreamError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(operation, error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let detail = format!("it is longer than {MAX_ANSWER_BYTES} bytes");
                return Err(UpstreamError::NotUnderstood { operation, detail });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn unreachable(&self, operation: &'static str, error: reqwest::Error) -> UpstreamError {
        let server = self.server.clone();
        if error.is_connect() && self.pin.as_ref().is_some_and(|pin| pin.take_mismatch().is_some()) {
            return UpstreamError::WrongCertificate { operation, server };
        }
        if let Some(reason) = tls_fault(&error).filter(|_| error.is_connect()) {
            return UpstreamError::NotTrusted { operation, server, reason };
        }
        // The address may be long, and is known.
        UpstreamError::Unreachable { operation, server, source: Box::new(error.without_url()) }
    }
}

#[async_trait]
impl Upstream for HttpUpstream {
    fn name(&self) -> &str {
        &self.server
    }

    async fn access(&self, ask: &AskAccess) -> Result<Access, UpstreamError> {
        let access: Access = self.ask("ask for access", "/agent/access", ask).await?;
        let token = access.lent.as_ref().map(|lent| lent.token().to_owned());
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(access)
    }

    async fn receive(&self, ask: &Receive) -> Result<Vec<Delivery>, UpstreamError> {
        let wait = Duration::from_secs(ask.wait_seconds.into());
        let request = self.request(Method::POST, "/agent/tasks/receive").timeout(PATIENCE + wait).json(ask);
        let received: RawReceived = self.answer("receive tasks", request).await?;
        let delivery = |raw: RawDelivery| Delivery {
            receipt: raw.receipt,
            attempt: raw.attempt,
            lease: Duration::from_secs(raw.lease_seconds.max(1).into()),
            task: raw.task,
        };
        Ok(received.tasks.into_iter().map(delivery).collect())
    }

    async fn begin(&self, begin: &Begin) -> Result<Begun, UpstreamError> {
        self.ask("begin a task", "/agent/tasks/begin", begin).await
    }

    async fn extend(&self, extend: &Extend) -> Result<(), UpstreamError> {
        self.tell("extend a lease", "/agent/tasks/extend", extend).await
    }

    async fn upload(&self, sealed: &Sealed) -> Result<(), UpstreamError> {
        let path = format!("/agent/results/{}/{}/{}", sealed.run, sealed.task, sealed.name);
        let seconds = sealed.bytes.len() as u64 / SLOWEST;
        let request = self
            .request(Method::PUT, &path)
            .timeout(UPLOAD_PATIENCE + Duration::from_secs(seconds))
            .header(reqwest::header::CONTENT_TYPE, "application/octet-stream")
            .body(sealed.bytes.clone());
        self.send("upload a result", request).await?;
        Ok(())
    }

    async fn acknowledge(&self, acknowledge: &Acknowledge) -> Result<(), UpstreamError> {
        self.tell("acknowledge a task", "/agent/tasks/acknowledge", acknowledge).await
    }

    async fn release(&self, release: &Release) -> Result<(), UpstreamError> {
        self.tell("hand a task back", "/agent/tasks/release", release).await
    }

    async fn refuse(&self, refuse: &Refuse) -> Result<(), UpstreamError> {
        self.tell("refuse a task", "/agent/tasks/refuse", refuse).await
    }

    async fn status(&self, status: &Status) -> Result<StatusAnswer, UpstreamError> {
        self.ask("report the status", "/agent/status", status).await
    }
}
