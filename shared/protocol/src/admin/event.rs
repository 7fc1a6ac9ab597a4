//! What `GET /events` tells, as the `data` of server-sent events.

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::{AgentStatus, AlertState, RunProgress, RunState, Score, Severity, Time};

/// `event: run.progress`: a run is here, or there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunProgressed {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The id of its scan.
    pub scan: String,
    /// What runs.
    pub title: String,
    /// Where it runs.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// `waiting`, `dispatching` or `running`
    pub state: RunState,
    /// How far its tasks are.
    pub progress: RunProgress,
}

/// `event: run.finished`: its report is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunFinished {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The id of its scan; empty for an import.
    pub scan: String,
    /// What ran.
    pub title: String,
    /// Where it ran.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// `complete`, `partial`, `cancelled` or `expired`.
    pub state: RunState,
    /// When.
    pub finished: Time,
    /// How much it changed.
    pub score: Score,
    /// How many changes it found, first looks left out.
    pub changes: u64,
}

/// `event: agent.status`: an agent is so now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentTurned {
    /// The agent's id.
    pub agent: String,
    /// What its owner calls it.
    pub name: String,
    /// Whose tasks it gets.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// How it is; absent where it is gone or hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AgentStatus>,
}

/// `event: alert.opened`, `alert.closed` or `alert.changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertTurned {
    /// The alert's id.
    pub alert: String,
    /// When.
    pub time: Time,
    /// How much it matters.
    pub severity: Severity,
    /// How it was then.
    pub state: AlertState,
    /// One line for people.
    pub title: String,
    /// Where; absent where it is about no site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub site: Option<SiteId>,
    /// The address, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `3389/tcp`, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
}

/// `event: system`: something about the stream or the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemTold {
    /// `ready` (the first event), `stopping` (the server goes; come again), `again` (come again: who you are is asked
    /// anew), `failed` (the store can't be read just now).
    pub code: String,
    /// For people.
    pub message: String,
    /// Version of Portdelta; another one than before means that the page is old.
    pub version: String,
    /// The server's time.
    pub time: Time,
}
