//! One POST to an address that was checked.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use portdelta_app::ports::ChannelError;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::{Host, Url};

use crate::address::is_public;
use crate::said::said;

/// How much of an answer is read.
const MAX_ANSWER_BYTES: usize = 4_096;

/// Where to post, checked as far as that can be done without looking anything up.
#[derive(Clone)]
pub(crate) struct Target {
    url: Url,
    allow_private: bool,
    timeout: Duration,
}

fn never(message: impl Into<String>) -> ChannelError {
    ChannelError::Never(message.into())
}

impl Target {
    /// The target at an address. The error quotes nothing of it.
    pub fn parse(text: &str, allow_private: bool, timeout: Duration) -> Result<Self, ChannelError> {
        let url = Url::parse(text).map_err(|error| never(format!("it is no address: {error}")))?;
        match url.scheme() {
            "https" => {}
            "http" if allow_private => {}
            "http" => {
                return Err(never(
                    "plain http goes to private addresses alone, and they are to be allowed (allow_private, --allow-private): use https",
                ));
            }
            _ => return Err(never("the address does not begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(never("the address holds a user name or password"));
        }
        let target = Self { url, allow_private, timeout };
        match target.url.host() {
            None => Err(never("the address names no host")),
            Some(Host::Ipv4(address)) => target.check(IpAddr::V4(address)).map(|()| target.clone()),
            Some(Host::Ipv6(address)) => target.check(IpAddr::V6(address)).map(|()| target.clone()),
            Some(Host::Domain(_)) => Ok(target),
        }
    }

    /// The host, which is all that errors may say of the address.
    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    fn check(&self, address: IpAddr) -> Result<(), ChannelError> {
        if self.allow_private || is_public(address) {
            return Ok(());
        }
        let host = self.host();
        Err(never(format!("{host} is at {address}, which is no address of the public internet")))
    }

    /// The addresses of the host, all of them checked.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, ChannelError> {
        let port = self.url.port_or_known_default().unwrap_or(443);
        let host = self.host();
        let addresses: Vec<SocketAddr> = match self.url.host() {
            Some(Host::Ipv4(address)) => vec![(IpAddr::V4(address), port).into()],
            Some(Host::Ipv6(address)) => vec![(IpAddr::V6(address), port).into()],
            _ => tokio::net::lookup_host((host, port))
                .await
                .map_err(|error| ChannelError::Later(format!("could not look up {host}: {error}")))?
                .collect(),
        };
        if addresses.is_empty() {
            return Err(ChannelError::Later(format!("{host} has no address")));
        }
        addresses.iter().try_for_each(|address| self.check(address.ip()))?;
        Ok(addresses)
    }

    /// Posts a body of JSON.
    pub async fn post(&self, body: Vec<u8>, headers: HeaderMap) -> Result<(), ChannelError> {
        let host = self.host().to_owned();
        let late =
            || ChannelError::Later(format!("{host} did not answer in {} s", self.timeout.as_secs_f32()));
        tokio::time::timeout(self.timeout, self.posted(body, headers)).await.unwrap_or_else(|_| Err(late()))
    }

    async fn posted(&self, body: Vec<u8>, headers: HeaderMap) -> Result<(), ChannelError> {
        let host = self.host();
        let addresses = self.addresses().await?;
        // rustls has no provider of its own; one that is there already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            // A proxy would look up the name again, and reach addresses that were not checked.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .resolve_to_addrs(host, &addresses)
            .connect_timeout(self.timeout)
            .user_agent(concat!("Portdelta/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| never(format!("could not prepare a request: {error}")))?;
        let request = client.post(self.url.clone()).headers(headers).header(CONTENT_TYPE, "application/json");
        let mut answer = request.body(body).send().await.map_err(|error| {
            ChannelError::Later(format!("could not reach {host}: {}", reason(&error.without_url())))
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let mut read = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            read.extend_from_slice(&chunk[..chunk.len().min(MAX_ANSWER_BYTES - read.len())]);
            if read.len() >= MAX_ANSWER_BYTES {
                break;
            }
        }
        let told = format!("{host} answered {}{}", status.as_u16(), said(&String::from_utf8_lossy(&read)));
        if status.is_redirection() {
            return Err(never(format!("{told} (redirects are not followed)")));
        }
        if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            return Err(ChannelError::Later(told));
        }
        Err(never(told))
    }
}

/// The innermost cause, which is the one that says something.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    portdelta_core::escape::escape(&cause.to_string()).into_owned()
}
