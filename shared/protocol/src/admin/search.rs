//! Hosts that were looked for, runs in the order of time, and coverage.

use std::collections::BTreeMap;

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::{HostPort, RunState, Score, Tally, Time};

/// A host that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchHit {
    /// Where it was seen.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// `192.0.2.7`
    pub address: String,
    /// `up` or `gone`
    pub status: String,
    /// The network it belongs to; `unassigned` where it is none.
    pub network: String,
    /// PTR names, then names that somebody gave.
    pub names: Vec<String>,
    /// The open ports that are meant, ascending; the first twenty.
    pub ports: Vec<HostPort>,
    /// How many more there are.
    #[serde(default)]
    pub more_ports: u64,
}

/// A run of a scan's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineEntry {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// Where it ran.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// `running`, `complete`, `partial`, `cancelled` or `expired`.
    pub state: RunState,
    /// When it was made.
    pub started: Time,
    /// When its report was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Time>,
    /// How much it changed; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// How much of what was asked was covered, 0 to 100; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage_percent: Option<u8>,
    /// Changes by their kind, first looks and late results left out.
    pub changes: BTreeMap<String, u64>,
    /// Up or open before and now, covered both times, without a change.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
}

/// What of a block of a network was covered, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageRow {
    /// `192.0.2.0/24`
    pub block: String,
    /// How many of its addresses belong to the network.
    pub addresses: u32,
    /// At how many of them something looked whether a host is up.
    pub looked_at: u32,
    /// When that was longest ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Time>,
    /// When that was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Time>,
    /// Each set of ports that results covered, newest first; the first twelve.
    pub columns: Vec<CoverageColumn>,
}

/// A set of ports that was covered at some addresses of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CoverageColumn {
    /// `T:1-1000`; cut after 60 characters.
    pub ports: String,
    /// How many ports that are.
    pub count: u32,
    /// Services were looked for as well.
    pub services: bool,
    /// At how many addresses of the network in this block all of them are covered.
    pub addresses: u32,
    /// When that was longest ago.
    pub oldest: Time,
    /// When that was last.
    pub newest: Time,
    /// The result that covered them last.
    pub result: String,
}
