//! One request and its answer.

use std::time::Duration;

use portdelta_protocol::BASE_PATH;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::problem::{of_answer, of_transport};
use super::{ANSWER, Client};
use crate::failure::Failure;

/// No answer of a server is larger.
const MOST_ANSWER_BYTES: usize = 64 << 20;

/// How often a request is made of a server that is too busy.
const MOST_TRIES: u32 = 5;

/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A request in the making.
pub struct Call<'a> {
    client: &'a Client,
    method: Method,
    url: Url,
    body: Body,
    headers: Vec<(&'static str, String)>,
    timeout: Duration,
}

enum Body {
    None,
    Json(Value),
    Bytes(Vec<u8>),
}

impl<'a> Call<'a> {
    pub(super) fn new(client: &'a Client, method: Method, parts: &[&str]) -> Self {
        let mut url = client.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            // Each part is one part also with a slash in it, or when it is `..`.
            path.pop_if_empty().extend(BASE_PATH.split('/').filter(|part| !part.is_empty()));
            for part in parts {
                path.push(if matches!(*part, "." | "..") { "%2E" } else { part });
            }
        }
        Self { client, method, url, body: Body::None, headers: Vec::new(), timeout: ANSWER }
    }

    /// Adds a parameter.
    pub fn query(mut self, name: &str, value: &impl ToString) -> Self {
        self.url.query_pairs_mut().append_pair(name, &value.to_string());
        self
    }

    /// Adds a parameter where there is one.
    pub fn query_some(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.query(name, &value),
            None => self,
        }
    }

    /// Sends this as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        self.body = Body::Json(serde_json::to_value(body)?);
        Ok(self)
    }

    /// Sends this as it is; the answer may take longer.
    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.body = Body::Bytes(body);
        self.timeout = ANSWER * 10;
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Only what still has the version that [`Call::tagged`] gave is replaced.
    pub fn if_match(self, tag: Option<String>) -> Self {
        match tag {
            Some(tag) => self.header("if-match", tag),
            None => self,
        }
    }

    /// The same request again, for its next page.
    pub(super) fn page(&self, limit: usize, cursor: Option<&str>) -> Self {
        let call = Self {
            client: self.client,
            method: self.method.clone(),
            url: self.url.clone(),
            body: Body::None,
            headers: self.headers.clone(),
            timeout: self.timeout,
        };
        call.query("limit", &limit).query_some("cursor", cursor)
    }

    /// The answer.
    pub async fn answer<T: DeserializeOwned>(self) -> Result<T, Failure> {
        self.tagged().await.map(|(answer, _)| answer)
    }

    /// The answer and its `ETag`.
    pub async fn tagged<T: DeserializeOwned>(self) -> Result<(T, Option<String>), Failure> {
        let server = self.client.base.clone();
        let (headers, bytes) = self.send().await?;
        let tag = tag_of(&headers);
        let answer = serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new("not_understood", format!("the answer of {server} is not understood: {error}"))
                .hint("Is it a Portdelta server, and of the same version? See `portdelta doctor`.")
        })?;
        Ok((answer, tag))
    }

    /// An answer that is a text, and its `ETag`.
    pub async fn tagged_text(self) -> Result<(String, Option<String>), Failure> {
        let server = self.client.base.clone();
        let (headers, bytes) = self.send().await?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::new("not_understood", format!("the answer of {server} is no text"))
                .hint("Is it a Portdelta server, and of the same version? See `portdelta doctor`.")
        })?;
        Ok((text, tag_of(&headers)))
    }

    /// For requests without an answer.
    pub async fn done(self) -> Result<(), Failure> {
        self.send().await.map(|_| ())
    }

    async fn send(self) -> Result<(HeaderMap, Vec<u8>), Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            let response =
                self.once().await.map_err(|error| of_transport(&error, self.client, self.timeout))?;
            let status = response.status();
            let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            if let Some(wait) = wait(&response).filter(|_| busy && tries < MOST_TRIES) {
                tokio::time::sleep(wait).await;
                continue;
            }
            let headers = response.headers().clone();
            let bytes = self.read(response).await?;
            if status.is_success() {
                return Ok((headers, bytes));
            }
            let body = if let Body::Json(body) = &self.body { Some(body) } else { None };
            return Err(of_answer(status, &headers, &bytes, body, self.client));
        }
    }

    async fn once(&self) -> reqwest::Result<Response> {
        let mut request =
            self.client.http.request(self.method.clone(), self.url.clone()).timeout(self.timeout);
        if let Some(token) = &self.client.token
            && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}"))
        {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request = match &self.body {
            Body::None => request,
            Body::Json(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            Body::Bytes(bytes) => {
                request.header(CONTENT_TYPE, "application/octet-stream").body(bytes.clone())
            }
        };
        request.send().await
    }

    /// The whole answer, as far as it is not larger than any answer is.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| of_transport(&error, self.client, self.timeout))?
        {
            if bytes.len() + chunk.len() > MOST_ANSWER_BYTES {
                let message = format!("{} answered with more than 64 MiB", self.client.base);
                return Err(Failure::new("answer_too_large", message).hint("Ask for less: see --help."));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn tag_of(headers: &HeaderMap) -> Option<String> {
    headers.get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned)
}

/// How long a server wants us to wait; `None` where it doesn't say, or too long.
fn wait(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|wait| *wait <= LONGEST_WAIT)
}
