//! What an agent needs from above: access, work, and a place for its results.
//!
//! [`HttpUpstream`] is a server with the endpoints of [`portdelta_protocol::agent`], and nothing else.
//! [`ServerUpstream`] goes where the server says: to its endpoints, or to a queue and a bucket that it lends out.

mod client;
mod cloud;
mod error;
mod http;
mod pin;
mod server;

use std::time::Duration;

use async_trait::async_trait;
use portdelta_core::ids::RunId;
use portdelta_protocol::agent::{
    Access, Acknowledge, AskAccess, Begin, Begun, Extend, Receive, Refuse, Release, Status, StatusAnswer,
};

pub use client::ClientOptions;
pub use error::{Kind, UpstreamError};
pub use http::HttpUpstream;
pub use pin::{Pin, tls_fault};
pub use server::ServerUpstream;

/// Work as it comes in: not yet read, as a task that makes no sense must be refused and not stop the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Names this delivery.
    pub receipt: String,
    /// How often the message was delivered, this time included.
    pub attempt: u32,
    /// When others may get it, unless the lease is extended.
    pub lease: Duration,
    /// The task, as JSON.
    pub task: serde_json::Value,
}

/// A result on its way: [sealed](portdelta_protocol::upload::seal) bytes and the name they are stored under.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The run.
    pub run: RunId,
    /// The task's [key](portdelta_protocol::agent::task_key).
    pub task: String,
    /// The first 16 hexadecimal digits of the SHA-256 of the bytes: a repeat has the same name.
    pub name: String,
    /// The envelope.
    pub bytes: Vec<u8>,
}

/// Where work comes from and results go. No call tries twice: who calls decides whether and when.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// Its name in [signatures](portdelta_protocol::signature::access_message): the address of the server.
    fn name(&self) -> &str;

    /// Asks for access, and uses what is lent for all other calls from then on.
    async fn access(&self, ask: &AskAccess) -> Result<Access, UpstreamError>;

    /// Work, or none after the time to wait.
    async fn receive(&self, ask: &Receive) -> Result<Vec<Delivery>, UpstreamError>;

    /// Whether the task is still wanted.
    async fn begin(&self, begin: &Begin) -> Result<Begun, UpstreamError>;

    /// Keeps a delivery from others. [`Kind::LeaseLost`] if it is too late.
    async fn extend(&self, extend: &Extend) -> Result<(), UpstreamError>;

    /// Stores a result. It was stored if it was there.
    async fn upload(&self, sealed: &Sealed) -> Result<(), UpstreamError>;

    /// The work is done. [`Kind::LeaseLost`] if it is somebody else's by now.
    async fn acknowledge(&self, acknowledge: &Acknowledge) -> Result<(), UpstreamError>;

    /// Hands work back.
    async fn release(&self, release: &Release) -> Result<(), UpstreamError>;

    /// Says that this agent will never do a task, and why. [`Self::release`] comes next.
    async fn refuse(&self, refuse: &Refuse) -> Result<(), UpstreamError>;

    /// Reports, and hears what was cancelled.
    async fn status(&self, status: &Status) -> Result<StatusAnswer, UpstreamError>;
}
