//! The command line as a client of a server.

mod call;
mod find;
mod history;
mod login;
mod pages;
mod problem;
mod report;
mod target;

pub use call::Call;
pub use find::find;
pub use history::HistoryPages;
pub use login::Login;
pub use pages::Pages;
pub use portdelta_agent::upstream::Pin;
pub use report::{report_delta, report_view};
pub use target::{Target, checked, digest_text, is_loopback, read_token, server_url};

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::redirect::Policy;
use url::Url;

use crate::arguments::ServerArguments;
use crate::failure::Failure;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take; imports of large results get longer.
const ANSWER: Duration = Duration::from_mins(1);

/// A way to a server.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    /// For the header; absent while signing in.
    token: Option<String>,
    pin: Option<Arc<Pin>>,
}

impl Client {
    /// To the server that is named, and with the token that is found for it.
    pub fn of(arguments: &ServerArguments) -> Result<Self, Failure> {
        Self::to(&Target::of(arguments)?)
    }

    /// To a server that is known already.
    pub fn to(target: &Target) -> Result<Self, Failure> {
        // Which cryptography is the program's decision; a second call finds it taken.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("portdelta/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            // Whoever sends us elsewhere is not the server, and must not get the token there.
            .redirect(Policy::none())
            .referer(false);
        if is_loopback(&target.url) {
            builder = builder.no_proxy();
        }
        if let Some(pin) = &target.pin {
            let config = pin
                .config()
                .map_err(|error| Failure::new("no_tls", format!("could not prepare encryption: {error}")))?;
            builder = builder.tls_backend_preconfigured(config);
        }
        let http = builder
            .build()
            .map_err(|error| Failure::new("no_client", format!("could not prepare a connection: {error}")))?;
        Ok(Self { http, base: target.url.clone(), token: target.token.clone(), pin: target.pin.clone() })
    }

    /// A request for what is named by these parts of the path.
    pub fn call(&self, method: Method, parts: &[&str]) -> Call<'_> {
        Call::new(self, method, parts)
    }

    /// The address of a page of the dashboard.
    pub fn page(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// `GET`
    pub fn get(&self, parts: &[&str]) -> Call<'_> {
        self.call(Method::GET, parts)
    }

    /// `POST`
    pub fn post(&self, parts: &[&str]) -> Call<'_> {
        self.call(Method::POST, parts)
    }

    /// `PUT`
    pub fn put(&self, parts: &[&str]) -> Call<'_> {
        self.call(Method::PUT, parts)
    }

    /// `DELETE`
    pub fn delete(&self, parts: &[&str]) -> Call<'_> {
        self.call(Method::DELETE, parts)
    }
}
