//! How a server is started.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use portdelta_api::ApiLimits;
use portdelta_core::AddressSet;

use crate::RecentLogs;

/// Agents at work report so often: they hear of a cancelled run as soon.
const BUSY_STATUS_SECONDS: u32 = 3;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Where it remembers; the folder that `portdelta scan` uses.
    pub data: PathBuf,
    /// Where it listens. Port 0 takes any free one.
    pub listen: SocketAddr,
    /// How connections are protected.
    pub tls: TlsOptions,
    /// Where agents and people reach it, without a slash at the end; by the address and the certificate where absent.
    pub public_url: Option<String>,
    /// Proxies that say for whom they ask, in `X-Forwarded-For`.
    pub trusted_proxies: AddressSet,
    /// It scans by itself, at the site `local`.
    pub local_agent: bool,
    /// Makes another token of an administrator although there is one.
    pub new_admin_token: bool,
    /// Schedules fire and queues are worked off by themselves; off, only [`Server::tick`](crate::Server::tick) does.
    pub background: bool,
    /// What requests may cost.
    pub limits: ApiLimits,
    /// How long requests and steps of work that run may go on when it is stopped.
    pub grace: Duration,
    /// The newest lines of the process's log, for administrators; none where nobody keeps them.
    pub logs: Option<RecentLogs>,
}

/// How connections are protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsOptions {
    /// With a certificate that is made at the first start and kept in the data folder.
    Made,
    /// With a certificate and key of the administrator's own, both PEM.
    Own {
        /// The certificate, followed by those that signed it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Not at all: on the loopback, or where that is wanted.
    Plain {
        /// Also at addresses that others can reach.
        insecure: bool,
    },
}

impl ServerOptions {
    /// The usual ones for a data folder and an address.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            listen,
            tls: TlsOptions::Made,
            public_url: None,
            trusted_proxies: AddressSet::default(),
            local_agent: true,
            new_admin_token: false,
            background: true,
            // A request costs nothing here.
            limits: ApiLimits { busy_status_seconds: Some(BUSY_STATUS_SECONDS), ..ApiLimits::default() },
            grace: Duration::from_secs(20),
            logs: None,
        }
    }
}
