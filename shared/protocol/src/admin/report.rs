//! What a finished run found.

use std::collections::BTreeMap;

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::{RunState, Tally, Time, Warning};

/// The report of a finished run of a saved scan. Its changes: `GET /runs/{run}/deltas`, in pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The id of its scan.
    pub scan: String,
    /// The scan's name when the run was made.
    pub scan_name: String,
    /// Where it ran.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// The networks that it touched, by name.
    pub networks: Vec<String>,
    /// The agents whose results it is from, by name; the first hundred. Empty for imports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<ReportAgent>,
    /// When it began.
    pub started: Time,
    /// When this was written.
    pub finished: Time,
    /// `complete`, `partial`, `cancelled` or `expired`.
    pub state: RunState,
    /// How much it changed.
    pub score: Score,
    /// How well what was open then fitted what should be, 0 to 100, by network; empty in lists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub posture: BTreeMap<String, u8>,
    /// Changes by their kind, first looks and late results left out.
    pub changes: BTreeMap<String, u64>,
    /// Up or open before and now, covered both times, without a change.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// What was to be covered, and what was.
    pub coverage: Coverage,
    /// What was corrected, skipped or not covered; the first hundred.
    pub warnings: Vec<Warning>,
}

/// An agent that brought results of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportAgent {
    /// Its id.
    pub id: String,
    /// What it was called when the report was written.
    pub name: String,
}

/// How much a run changed, in one number, one class and one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// 0 to 100.
    pub value: u8,
    /// `excellent`, `good`, `monitor`, `critical`
    pub class: String,
    /// `stable`, `changes`, `critical`
    pub status: String,
}

/// What a run was to cover, and what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// How much of what was asked was covered, 0 to 100; 100 only if all of it was.
    pub percent: u8,
    /// Tasks there were.
    pub tasks: u64,
    /// Covered as asked.
    pub done: u64,
    /// Covered in part.
    pub partial: u64,
    /// No agent could do these.
    pub unscannable: u64,
    /// What was not covered; the first hundred tasks.
    pub missing: Vec<Missing>,
}

/// A task that was not covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Missing {
    /// Its number.
    pub task: u32,
    /// Its addresses, as targets.
    pub targets: String,
    /// Its ports; empty where none is probed.
    pub ports: String,
    /// Why, in sentences; none where nobody sent a result.
    pub reasons: Vec<String>,
}
