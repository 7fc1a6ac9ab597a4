//! Runs.

use std::collections::BTreeMap;

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::Time;

/// One execution of a scan at one site, or one import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: RunId,
    /// Its site.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// The id of its scan; absent for imports and scans of the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<String>,
    /// What ran, for people.
    pub title: String,
    /// The run that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub replaced_by: Option<RunId>,
    /// How far it is.
    pub state: RunState,
    /// The time for which it was scheduled; absent for *Run now* and imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Time>,
    /// When it began.
    pub started: Time,
    /// When it is closed, whatever is missing by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Time>,
    /// Until when none of its tasks begins, as it is in a blackout window of its scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Time>,
    /// When its report was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Time>,
    /// How far its tasks are; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<RunProgress>,
    /// Changes by their kind, first looks left out.
    pub changes: BTreeMap<String, u64>,
    /// Up or open before and now, covered both times, without a change.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// What was corrected, skipped or not covered.
    pub warnings: Vec<Warning>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It waits for another run of its scan to end.
    Waiting,
    /// Its tasks are being cut and sent.
    Dispatching,
    /// Tasks are being worked on, or results being applied.
    Running,
    /// All that was asked was covered.
    Complete,
    /// Something was applied, not all covered.
    Partial,
    /// Somebody cancelled it.
    Cancelled,
    /// Its deadline passed and nothing was applied.
    Expired,
}

impl RunState {
    /// `running`, `complete`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Dispatching => "dispatching",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// It will not change any more.
    #[must_use]
    pub fn is_finished(self) -> bool {
        !matches!(self, Self::Waiting | Self::Dispatching | Self::Running)
    }
}

/// How far the tasks of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunProgress {
    /// Tasks there are.
    pub tasks: u64,
    /// Sent to the agents.
    pub sent: u64,
    /// Applied whole.
    pub done: u64,
    /// Applied in part.
    pub partial: u64,
    /// No agent of the site may do these.
    pub unscannable: u64,
    /// Share of tasks that have ended, 0 to 100.
    pub percent: u8,
    /// Tasks of this run and others that wait at its site for an agent; told of one run that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<u64>,
    /// When it should end; absent while too little is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_end: Option<Time>,
}

/// Hosts and ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    /// Hosts.
    pub hosts: u64,
    /// Ports.
    pub ports: u64,
}

/// Something that was corrected, skipped or not covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// Stable, for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// `GET /runs/{run}/tasks`: one piece of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskView {
    /// Its number in the run, from 0.
    pub number: u32,
    /// Its addresses, as targets.
    pub targets: String,
    /// Its ports; empty where none is probed.
    pub ports: String,
    /// How far it is.
    pub state: TaskState,
    /// Who has or did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// When somebody last began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Time>,
    /// The ids of its results.
    pub results: Vec<String>,
    /// Why it was done in part, or by nobody.
    pub warnings: Vec<Warning>,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Nobody has begun it.
    Waiting,
    /// An agent works on it.
    Active,
    /// A part of it was applied.
    Partial,
    /// All of it was applied.
    Done,
    /// No agent of the site may do it.
    Unscannable,
}
