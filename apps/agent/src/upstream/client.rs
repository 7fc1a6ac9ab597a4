//! The HTTP client: what it trusts, through which proxy it goes, and how long it waits.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Proxy};
use url::Url;

use super::pin::Pin;
use crate::error::AgentError;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How to get to a server.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// SHA-256 of the only certificate to accept, in hexadecimal digits; public authorities where there is none.
    pub pin: Option<String>,
    /// `http://proxy.example:3128`; the environment's (`HTTPS_PROXY`, `NO_PROXY`) where there is none.
    pub proxy: Option<String>,
}

/// A client, and the pin that it checks.
pub(super) fn client(options: &ClientOptions) -> Result<(Client, Option<Arc<Pin>>), AgentError> {
    // Which cryptography is the program's decision; a second call finds it taken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("portdelta-agent/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        // A server that sends the agent elsewhere is not the one it was enrolled with.
        .redirect(Policy::none())
        .referer(false);
    let mut pin = None;
    if let Some(text) = &options.pin {
        let parsed = Pin::parse(text).ok_or(AgentError::BadToken)?;
        let config = parsed.config().map_err(|error| AgentError::Client { source: Box::new(error) })?;
        builder = builder.tls_backend_preconfigured(config);
        pin = Some(parsed);
    }
    if let Some(proxy) = &options.proxy {
        // The text may hold a password: it is not repeated.
        let url =
            Url::parse(proxy).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or(AgentError::BadProxy)?;
        builder = builder.proxy(Proxy::all(url).map_err(|_| AgentError::BadProxy)?);
    }
    let client = builder.build().map_err(|error| AgentError::Client { source: Box::new(error) })?;
    Ok((client, pin))
}

/// The address of a server without a slash at its end, if it is one: `https://portdelta.example:8443`.
pub(super) fn server_address(text: &str) -> Result<String, AgentError> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    url.map(|_| text.trim_end_matches('/').to_owned()).ok_or(AgentError::BadToken)
}
