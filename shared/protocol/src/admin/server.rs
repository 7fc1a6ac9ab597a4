//! How the server is.

use serde::{Deserialize, Serialize};

use super::Time;

/// `GET /health`: for load balancers and agents; no secret is needed, and none told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok`; while the store can't be read, the answer is a problem with the status 503.
    pub status: String,
    /// What the server speaks.
    pub protocol: u32,
    /// The oldest version of the protocol of agents that it works with.
    pub oldest_agent: u32,
    /// The server's clock.
    pub time: Time,
}

/// `GET /doctor`: what is well and what is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Doctor {
    /// Version of Portdelta.
    pub version: String,
    /// The server's clock.
    pub time: Time,
    /// In the order in which people should look.
    pub checks: Vec<Check>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Stable, for programs: `store`, `agent.silent`, `agent.clock`, `agent.no_nmap`, `queue.dead_letters`, ...
    pub code: String,
    /// How it is.
    pub verdict: Verdict,
    /// For people: `agent office-1 has been silent for 12 minutes`.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How a checked thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Well.
    Ok,
    /// It works, and will not for long.
    Warning,
    /// It does not work.
    Bad,
}
