//! A server, and whatever it lends out for tasks and results.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;
use portdelta_protocol::agent::{
    Access, Acknowledge, AskAccess, Begin, Begun, Extend, Lent, Receive, Refuse, Release, Status,
    StatusAnswer,
};
use reqwest::Client;

use super::client::{ClientOptions, client};
use super::cloud::Cloud;
use super::http::HttpUpstream;
use super::{Delivery, Sealed, Upstream, UpstreamError};
use crate::clock::Clocks;
use crate::error::AgentError;

/// A server by its endpoints. What it lends decides where tasks come from and results go, anew at each access: the same
/// agent works for a server on one machine and for one on AWS.
pub struct ServerUpstream {
    http: HttpUpstream,
    /// For the cloud's services, which show certificates of public authorities.
    open: Client,
    clocks: Clocks,
    cloud: RwLock<Option<Arc<Cloud>>>,
}

impl ServerUpstream {
    /// A server by its address: `https://portdelta.example:8443`. Nothing is sent yet.
    pub fn new(server: &str, options: &ClientOptions, clock: Arc<dyn Clock>) -> Result<Self, AgentError> {
        let http = HttpUpstream::new(server, options)?;
        // The pin is the server's own.
        let (open, _) = client(&ClientOptions { pin: None, proxy: options.proxy.clone() })?;
        Ok(Self { http, open, clocks: Clocks::new(clock), cloud: RwLock::default() })
    }

    fn cloud(&self) -> Option<Arc<Cloud>> {
        self.cloud.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server's time, by which requests are signed: services refuse those of a clock that is wrong.
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.clocks.server_now()).unwrap_or_else(|| self.clocks.now())
    }
}

#[async_trait]
impl Upstream for ServerUpstream {
    fn name(&self) -> &str {
        self.http.name()
    }

    async fn access(&self, ask: &AskAccess) -> Result<Access, UpstreamError> {
        let asked = self.clocks.now();
        let access = self.http.access(ask).await?;
        self.clocks.hear(asked, access.server_time);
        let cloud = match &access.lent {
            Some(Lent::Cloud(lent)) => Some(Arc::new(Cloud::new(self.open.clone(), lent)?)),
            Some(Lent::Http { .. }) | None => None,
        };
        *self.cloud.write().unwrap_or_else(PoisonError::into_inner) = cloud;
        Ok(access)
    }

    async fn receive(&self, ask: &Receive) -> Result<Vec<Delivery>, UpstreamError> {
        match self.cloud() {
            Some(cloud) => cloud.receive(ask, self.now()).await,
            None => self.http.receive(ask).await,
        }
    }

    async fn begin(&self, begin: &Begin) -> Result<Begun, UpstreamError> {
        self.http.begin(begin).await
    }

    async fn extend(&self, extend: &Extend) -> Result<(), UpstreamError> {
        match self.cloud() {
            Some(cloud) => cloud.extend(extend, self.now()).await,
            None => self.http.extend(extend).await,
        }
    }

    async fn upload(&self, sealed: &Sealed) -> Result<(), UpstreamError> {
        match self.cloud() {
            Some(cloud) => cloud.upload(sealed, self.now()).await,
            None => self.http.upload(sealed).await,
        }
    }

    async fn acknowledge(&self, acknowledge: &Acknowledge) -> Result<(), UpstreamError> {
        match self.cloud() {
            Some(cloud) => cloud.acknowledge(acknowledge, self.now()).await,
            None => self.http.acknowledge(acknowledge).await,
        }
    }

    async fn release(&self, release: &Release) -> Result<(), UpstreamError> {
        match self.cloud() {
            Some(cloud) => cloud.release(release, self.now()).await,
            None => self.http.release(release).await,
        }
    }

    async fn refuse(&self, refuse: &Refuse) -> Result<(), UpstreamError> {
        self.http.refuse(refuse).await
    }

    async fn status(&self, status: &Status) -> Result<StatusAnswer, UpstreamError> {
        self.http.status(status).await
    }
}
