#![doc = include_str!("../README.md")]

mod access;
mod answer;
mod audit;
mod by_name;
mod cookie;
mod cursor;
mod error;
mod events;
mod extract;
mod forwarded;
mod large_body;
mod limits;
mod once;
mod openapi;
mod passwords;
mod rates;
mod refusals;
mod request;
mod routes;
mod stream;
mod turns;
mod views;

use std::sync::Arc;

use axum::Router;
use portdelta_app::Service;
use portdelta_app::ports::{Identities, Ids};
use portdelta_core::AddressSet;
use portdelta_protocol::admin::{Check, LogLine, LogsElsewhere};
use tokio_util::sync::CancellationToken;

pub use access::Need;
pub use audit::note_or_tell;
pub use limits::{ApiLimits, Rate};
pub use openapi::document;
pub use stream::AnySize;

use events::Hub;
use passwords::Passwords;
use rates::Rates;
use turns::Turns;

/// What a router is told besides the service.
pub struct ApiSettings {
    /// Where agents and people reach the server: `https://portdelta.example:8443`, without a slash at the end.
    /// Enrolment tokens carry it, and agents sign it.
    pub public_url: String,
    /// Other addresses of this server that its agents may know it by.
    pub other_urls: Vec<String>,
    /// SHA-256 of the server's certificate, where it is no public one; goes into enrolment tokens.
    pub pin: Option<String>,
    /// Version of Portdelta.
    pub version: String,
    /// For the ids of requests.
    pub ids: Arc<dyn Ids>,
    /// Cancelled when the server is about to stop: those who wait for work are sent away.
    pub stopping: CancellationToken,
    /// What requests may cost.
    pub limits: ApiLimits,
    /// What `doctor` says of the machine that the server runs on; none where there is no such machine.
    pub machine: Option<MachineChecks>,
    /// Where the log is.
    pub logs: Logs,
    /// Asks providers of single sign-on; none where there can be no single sign-on.
    pub identities: Option<Arc<dyn Identities>>,
    /// Proxies that say in `X-Forwarded-For` for whom they ask; what others say there counts for nothing.
    pub trusted_proxies: AddressSet,
}

/// Looks at the server's machine: its disk, its clock.
pub type MachineChecks = Box<dyn Fn() -> Vec<Check> + Send + Sync>;

/// Where the log is.
pub enum Logs {
    /// Its newest lines are here.
    Here(NewestLines),
    /// Something else keeps it.
    Elsewhere(LogsElsewhere),
}

/// Gives the newest lines of the log, newest first, as many as are kept.
pub type NewestLines = Box<dyn Fn() -> Vec<Arc<LogLine>> + Send + Sync>;

/// What handlers work on.
#[derive(Clone)]
pub(crate) struct Api(Arc<ApiParts>);

pub(crate) struct ApiParts {
    pub(crate) service: Arc<Service>,
    pub(crate) settings: ApiSettings,
    pub(crate) rates: Rates,
    pub(crate) passwords: Passwords,
    /// Bodies that are taken in.
    pub(crate) large_bodies: Turns,
    /// Those who watch.
    pub(crate) hub: Hub,
    /// Files that are written.
    pub(crate) exports: Arc<tokio::sync::Semaphore>,
}

impl std::ops::Deref for Api {
    type Target = ApiParts;

    fn deref(&self) -> &ApiParts {
        &self.0
    }
}

/// The router: everything below `/api/v1`.
///
/// The peer's address comes from [`axum::extract::ConnectInfo`], or from a proxy that is trusted, and from nowhere else;
/// without one all requests that carry no good token share one rate.
pub fn router(service: Arc<Service>, settings: ApiSettings) -> Router {
    let rates = Rates::new(&settings.limits);
    let large_bodies = Turns::new(&settings.limits);
    let passwords = Passwords::new(&settings.limits);
    let hub = Hub::new(settings.limits.event_streams);
    let exports = Arc::new(tokio::sync::Semaphore::new(settings.limits.exports_at_once));
    let parts = ApiParts { service, settings, rates, passwords, large_bodies, hub, exports };
    let api = Api(Arc::new(parts));
    Router::new()
        .nest(portdelta_protocol::BASE_PATH, routes::all(Router::new()))
        .fallback(request::not_found)
        .method_not_allowed_fallback(request::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(api.clone(), request::guard))
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(request::panicked))
        .layer(axum::middleware::from_fn_with_state(api.clone(), request::finish))
        .layer(answer::packed())
        .with_state(api)
}
