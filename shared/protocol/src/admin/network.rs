//! Named sets of prefixes.

use std::collections::BTreeMap;

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::{RunState, Score, Time};

/// A named set of prefixes that people think of as one. An address belongs to the network with the longest matching
/// prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Network {
    /// Unique, 1 to 100 characters.
    pub name: String,
    /// Its addresses as targets: `192.0.2.0/24, 198.51.100.0/24`.
    pub prefixes: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// Whatever people want to remember.
    #[serde(default)]
    pub notes: String,
    /// Short words to find it by.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// `PUT /networks/{network}`, with the `ETag` of `GET` as `If-Match`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NetworkChange {
    /// Its addresses as targets: `192.0.2.0/24, 198.51.100.0/24`.
    pub prefixes: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// Whatever people want to remember.
    #[serde(default)]
    pub notes: String,
    /// Short words to find it by.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// A network at a glance, as one site sees it. Everything but `network` is absent where no run touched it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NetworkCard {
    /// The network; `unassigned`, without prefixes, stands for all addresses of no network.
    pub network: Network,
    /// The site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub site: Option<SiteId>,
    /// `stable`, `changes` or `critical`: what the last run found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// 0 to 100: how little the last run changed in this network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_score: Option<u8>,
    /// `excellent`, `good`, `monitor` or `critical`: that score in a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// 0 to 100: how well what is open fits what should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posture: Option<u8>,
    /// Open ports of all hosts when the last run had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_ports: Option<u64>,
    /// Hosts that were up when the last run had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts_up: Option<u64>,
    /// The last run that touched it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<CardRun>,
    /// What that run changed in this network, by the name of the kind.
    pub changes: BTreeMap<String, u64>,
}

/// The last run of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CardRun {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: RunId,
    /// The id of its scan; empty for an import.
    pub scan: String,
    /// The scan's name, or what was imported.
    pub title: String,
    /// When it began.
    pub started: Time,
    /// When its report was written.
    pub finished: Time,
    /// `complete`, `partial`, `cancelled` or `expired`.
    pub state: RunState,
}

/// What one run found in one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NetworkRun {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// Where it ran.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// The id of its scan; empty for an import.
    pub scan: String,
    /// The scan's name, or what was imported.
    pub title: String,
    /// When it began.
    pub started: Time,
    /// When its report was written.
    pub finished: Time,
    /// When hosts were looked at last: earlier than it finished where it is an import.
    pub evidence: Time,
    /// `complete`, `partial`, `cancelled` or `expired`.
    pub state: RunState,
    /// How much it changed in this network.
    pub score: Score,
    /// What it changed in this network, by the name of the kind.
    pub changes: BTreeMap<String, u64>,
    /// Hosts that were up when it had ended; absent where that was not noted then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts_up: Option<u64>,
    /// Open ports of all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_ports: Option<u64>,
    /// 0 to 100: how well what was open fitted what should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posture: Option<u8>,
}

/// A block of 256 addresses on the map of a network. An address is named by its place in the block, 0 to 255.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapBlock {
    /// `192.0.2.0/24`, `2001:db8::aa00/120`
    pub block: String,
    /// A letter for each place: `u` up, `g` gone, `n` never up (something looked, and nobody ever was there), `?` unknown
    /// (nothing looked), `-` of another network or of none.
    pub states: String,
    /// How many ports are open at each address that is up, in order.
    pub open: Vec<u32>,
    /// When hosts came or went, or ports opened or closed, newest first. What was so when first looked at did not
    /// change.
    pub changed: Vec<MapTime>,
    /// When something last looked whether a host is there, newest first.
    pub covered: Vec<MapTime>,
    /// The names of those that are up or gone, by their places; only of networks of at most 4,096 addresses, and empty
    /// otherwise: the hosts of a site are listed with theirs.
    pub names: BTreeMap<u8, String>,
}

/// The addresses of a block of which something is so since one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapTime {
    /// Since when.
    pub time: Time,
    /// Their places, as ranges in order: `0-127,200`.
    pub places: String,
}
