//! Cleaning up: as if nothing had ever looked at a site, a network of it or some addresses.

use serde::{Deserialize, Serialize};

use super::Time;

/// What is to be cleaned up: `POST /clean-up/preview` and `POST /clean-up`. With neither `network` nor `targets`: the whole
/// site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCleanUp {
    /// The site, by its id.
    pub site: String,
    /// Only what belongs to this network, by its name; `unassigned` for what belongs to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Only these addresses, written as targets are: `192.0.2.7, 10.1.0.0/16`. At most 1,000 ranges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
}

/// What goes, or went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CleanUpCounts {
    /// Hosts of which something is believed, also those that are gone.
    pub hosts: u64,
    /// Their open ports.
    pub open_ports: u64,
    /// Changes and first looks.
    pub deltas: u64,
    /// Alerts, also those that are resolved.
    pub alerts: u64,
    /// Notes of hosts.
    pub notes: u64,
    /// Runs with their reports and tasks; only with a whole site.
    pub runs: u64,
    /// Raw results with their records; only with a whole site, as they hold other addresses as well.
    pub results: u64,
    /// Bytes of the raw results, as they were received.
    pub bytes: u64,
}

/// What would go: `POST /clean-up/preview`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CleanUpPreview {
    /// How much of what.
    #[serde(flatten)]
    pub counts: CleanUpCounts,
    /// There is more than was counted: a few seconds are not enough for all of it.
    pub at_least: bool,
}

/// A clean-up that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CleanUp {
    /// Names it.
    pub id: String,
    /// The site.
    pub site: String,
    /// The network, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The addresses, where it is about some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
    /// Who wanted it.
    pub who: String,
    /// What was learnt until then goes: what scans say that had begun by then does not count any more.
    pub at: Time,
    /// All is gone; else the server goes on with it.
    pub done: bool,
    /// What went until now.
    pub removed: CleanUpCounts,
}
