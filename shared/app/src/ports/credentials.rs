//! Narrow, short-lived access for agents.

use async_trait::async_trait;
use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use portdelta_protocol::agent::CloudAccess;

/// Access that was lent.
#[derive(Clone, PartialEq, Eq)]
pub enum LentAccess {
    /// A bearer token for the agent endpoints of this server.
    Token {
        /// The token.
        token: String,
        /// When it ends.
        expires: UnixTime,
    },
    /// Keys for a queue and a folder of the cloud, and a token for what the server does itself.
    Cloud(Box<CloudAccess>),
}

impl LentAccess {
    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> UnixTime {
        match self {
            Self::Token { expires, .. } => *expires,
            Self::Cloud(cloud) => UnixTime::from_seconds(cloud.expires).unwrap_or(UnixTime::EPOCH),
        }
    }
}

/// Why no access could be lent.
#[derive(Debug, thiserror::Error)]
#[error("could not lend access to agent {agent}: {reason}")]
pub struct CredentialsError {
    /// The agent.
    pub agent: String,
    /// Why.
    pub reason: String,
}

/// Lends access. Whether an agent may have it was decided before.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// Access for one agent: to receive, extend and acknowledge the tasks of its site, and to create uploads of its
    /// own; nothing else. Lasts a minute at least and an hour at most. Lending again voids nothing.
    async fn lend(&self, agent: &str, site: &SiteId) -> Result<LentAccess, CredentialsError>;
}
