//! Work from a queue and results into a bucket that the server lends out: SQS and S3, without their SDKs.
//!
//! Four operations are needed, over the HTTP client that everything else goes over, with its proxy and its patience;
//! and signed by the server's clock, as this machine's may be wrong. The SDKs would know nothing of either and make the
//! program several times as large.

mod bucket;
mod queue;
mod sign;

use std::time::Duration;

use portdelta_core::UnixTime;
use portdelta_protocol::agent::{Acknowledge, CloudAccess, Extend, Receive, Release};
use portdelta_protocol::problem::Problem;
use reqwest::{Client, Method, Response};
use url::Url;

use super::error::{Kind, UpstreamError};
use super::{Delivery, Sealed};
use sign::Signer;

/// How long an answer may take, beside the time that it was asked to wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer: ten tasks of 256 KB, escaped.
const MAX_ANSWER_BYTES: usize = 8 << 20;

/// What was lent: a queue to take tasks from, and a folder of a bucket to put results into.
pub(super) struct Cloud {
    client: Client,
    signer: Signer,
    queue: Url,
    /// Ends with a slash; the keys of results follow.
    folder: Url,
}

impl Cloud {
    /// What a server lent. Refuses addresses at which others could listen.
    pub(super) fn new(client: Client, lent: &CloudAccess) -> Result<Self, UpstreamError> {
        let wrong = |what: &str| UpstreamError::NotUnderstood {
            operation: "ask for access",
            detail: format!("the {what} that was lent is not one"),
        };
        let queue = safe(&lent.queue).ok_or_else(|| wrong("queue"))?;
        let folder = folder(lent, &queue).ok_or_else(|| wrong("folder"))?;
        Ok(Self { client, signer: Signer::new(lent), queue, folder })
    }

    pub(super) async fn receive(&self, ask: &Receive, now: UnixTime) -> Result<Vec<Delivery>, UpstreamError> {
        queue::receive(self, ask, now).await
    }

    pub(super) async fn extend(&self, extend: &Extend, now: UnixTime) -> Result<(), UpstreamError> {
        queue::hold(self, "extend a lease", &extend.receipt, extend.seconds, now).await
    }

    pub(super) async fn release(&self, release: &Release, now: UnixTime) -> Result<(), UpstreamError> {
        queue::hold(self, "hand a task back", &release.receipt, release.delay_seconds, now).await
    }

    pub(super) async fn acknowledge(
        &self,
        acknowledge: &Acknowledge,
        now: UnixTime,
    ) -> Result<(), UpstreamError> {
        queue::remove(self, &acknowledge.receipt, now).await
    }

    pub(super) async fn upload(&self, sealed: &Sealed, now: UnixTime) -> Result<(), UpstreamError> {
        bucket::put(self, sealed, now).await
    }

    /// Sends a signed request.
    async fn send(
        &self,
        operation: &'static str,
        request: Outgoing<'_>,
        now: UnixTime,
    ) -> Result<(u16, Vec<u8>), UpstreamError> {
        let signed = self.signer.sign(&request, now).map_err(|error| UpstreamError::NotUnderstood {
            operation,
            detail: format!("a request could not be signed: {error}"),
        })?;
        let mut builder =
            self.client.request(request.method.clone(), request.url.clone()).timeout(request.patience);
        for (name, value) in request.headers.iter().copied() {
            builder = builder.header(name, value);
        }
        for (name, value) in signed {
            builder = builder.header(name, value);
        }
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let lost = |error: reqwest::Error| UpstreamError::Unreachable {
            operation,
            server: host.clone(),
            source: Box::new(error.without_url()),
        };
        let mut response = builder.body(request.body.to_vec()).send().await.map_err(lost)?;
        let body = body(operation, &mut response, lost).await?;
        Ok((response.status().as_u16(), body))
    }
}

/// A request before it is signed.
struct Outgoing<'a> {
    method: Method,
    url: &'a Url,
    service: &'static str,
    headers: &'a [(&'static str, &'static str)],
    body: &'a [u8],
    patience: Duration,
}

async fn body(
    operation: &'static str,
    response: &mut Response,
    lost: impl Fn(reqwest::Error) -> UpstreamError,
) -> Result<Vec<u8>, UpstreamError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(&lost)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            let detail = format!("it is longer than {MAX_ANSWER_BYTES} bytes");
            return Err(UpstreamError::NotUnderstood { operation, detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A refusal of a service.
fn refused(operation: &'static str, kind: Kind, status: u16, code: &str, message: &str) -> UpstreamError {
    let problem = Problem { code: format!("cloud.{code}"), detail: message.to_owned(), ..Problem::default() };
    UpstreamError::CloudRefused { operation, kind, status, problem: Box::new(problem) }
}

/// Whether a refusal is about who asks: then other access is asked for. A queue that is gone belongs to it, as the next
/// access names the one that there is.
fn is_about_access(status: u16, code: &str) -> bool {
    const CODES: [&str; 14] = [
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "QueueDoesNotExist",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ];
    matches!(status, 401 | 403) || CODES.contains(&code)
}

/// An address at which nobody on the way listens: HTTPS, or this machine.
fn safe(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let here = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    (plain && (url.scheme() == "https" || here && url.scheme() == "http")).then_some(url)
}

/// Where results go: `https://<bucket>.s3.<region>.amazonaws.com/uploads/<agent>/`; with an address of its own, the
/// bucket stands in the path.
fn folder(lent: &CloudAccess, queue: &Url) -> Option<Url> {
    let plain = |text: &str, more: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte))
    };
    let parts = |text: &str| text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !plain(&lent.bucket, "-.") || !plain(&lent.folder, "-._/") || !plain(&lent.region, "-") {
        return None;
    }
    let folder = lent.folder.strip_suffix('/').filter(|folder| parts(folder))?;
    if let Some(endpoint) = &lent.endpoint {
        let endpoint = safe(endpoint)?;
        return safe(&format!("{}/{}/{folder}/", endpoint.as_str().trim_end_matches('/'), lent.bucket));
    }
    // All services of a partition are below the same name.
    let suffix = queue.host_str()?.strip_prefix(&format!("sqs.{}.", lent.region))?;
    safe(&format!("https://{}.s3.{}.{suffix}/{folder}/", lent.bucket, lent.region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lent() -> CloudAccess {
        CloudAccess {
            token: String::new(),
            expires: 0,
            region: "eu-central-1".to_owned(),
            endpoint: None,
            queue: "https://sqs.eu-central-1.amazonaws.com/123456789012/pd-site-office".to_owned(),
            bucket: "pd-data".to_owned(),
            folder: "uploads/agent-1/".to_owned(),
            access_key: String::new(),
            secret_key: String::new(),
            session_token: String::new(),
        }
    }

    fn place(lent: &CloudAccess) -> Option<String> {
        folder(lent, &safe(&lent.queue)?).map(|url| url.to_string())
    }

    #[test]
    fn results_go_beside_the_queue() {
        let there = "https://pd-data.s3.eu-central-1.amazonaws.com/uploads/agent-1/";
        assert_eq!(place(&lent()).as_deref(), Some(there));
        let endpoint = Some("http://127.0.0.1:4566".to_owned());
        let queue = "http://127.0.0.1:4566/123456789012/q".to_owned();
        let there = "http://127.0.0.1:4566/pd-data/uploads/agent-1/";
        assert_eq!(place(&CloudAccess { endpoint, queue, ..lent() }).as_deref(), Some(there));
    }

    #[test]
    fn nothing_goes_where_others_listen() {
        for text in
            ["http://192.0.2.1/q", "ftp://127.0.0.1/", "https://u:p@example.org/q", "x", "https://a/?b"]
        {
            assert_eq!(safe(text), None, "{text}");
        }
        let with = |change: &dyn Fn(&mut CloudAccess)| {
            let mut lent = lent();
            change(&mut lent);
            place(&lent)
        };
        assert_eq!(with(&|lent| lent.bucket = "a/../b".to_owned()), None);
        assert_eq!(with(&|lent| lent.bucket = "evil.example#".to_owned()), None);
        assert_eq!(with(&|lent| lent.folder = "uploads/../raw/".to_owned()), None);
        assert_eq!(with(&|lent| lent.folder = "uploads".to_owned()), None);
        assert_eq!(with(&|lent| lent.endpoint = Some("http://192.0.2.1".to_owned())), None);
        assert_eq!(with(&|lent| lent.queue = "https://evil.example/1/q".to_owned()), None);
    }
}
