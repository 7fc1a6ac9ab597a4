//! What a site should look like.

use portdelta_core::ids::SiteId;
use serde::{Deserialize, Serialize};

use super::Time;

/// What some ports of some addresses should be. Of several that are about a port, the more precise one counts: about
/// fewer addresses, then about fewer ports, then the later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expectation {
    /// Its id.
    pub id: String,
    /// Seen from there.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// Its addresses, as targets.
    pub targets: String,
    /// Its ports: `22,80`, `T:22,U:53`, `all`.
    pub ports: String,
    /// Open or closed.
    pub state: ExpectedState,
    /// A pattern that the service of an open port must fit, where it is known: `http*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// From then on it expects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// When it was made.
    pub created: Time,
    /// When it was last changed.
    pub changed: Time,
    /// Who made it, accepted it or changed it last: `user Ada`, `token 0193...`; absent where that was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What is expected of one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectedOfPort {
    /// The one that counts, of all that are in force and about the port; absent where nothing is expected of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<Expectation>,
}

/// What a port should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExpectedState {
    /// Open.
    Open,
    /// Not open.
    Closed,
}

impl ExpectedState {
    /// `open`, `closed`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// `POST /expectations`, `PUT /expectations/{expectation}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationDraft {
    /// Seen from there.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// Addresses, blocks and ranges: `192.0.2.0/24, 198.51.100.7`.
    pub targets: String,
    /// Ports as scans name them: `22,80`, `U:53`, `1-65535`.
    pub ports: String,
    /// Open or closed.
    pub state: ExpectedState,
    /// A pattern that the service must fit: `http*`.
    #[serde(default)]
    pub service: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// From then on it expects nothing.
    #[serde(default)]
    pub expires: Option<Time>,
}

/// `POST /deltas/accept`: expects from now on what ports turned into. 1 to 500 changes and alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptDeltas {
    /// Changes: ports that opened or closed, services that changed.
    #[serde(default)]
    pub deltas: Vec<AcceptedDelta>,
    /// The ids of alerts about ports: what is open should be, and what is missing should not be.
    #[serde(default)]
    pub alerts: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// From then on it expects nothing.
    #[serde(default)]
    pub expires: Option<Time>,
}

/// A change, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedDelta {
    /// `site` of the change.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// `address` of the change.
    pub address: String,
    /// `id` of the change.
    pub id: String,
}

/// What accepting made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedDeltas {
    /// An expectation for each change, then for each alert.
    pub expectations: Vec<Expectation>,
}

/// What applying a file of expectations did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedExpectations {
    /// New ones, in the order of the file.
    pub made: Vec<Expectation>,
    /// Those that were there and are different now.
    pub changed: Vec<Expectation>,
    /// Those that the file does not name; only with `prune`.
    pub removed: Vec<Expectation>,
    /// How many were so already.
    pub unchanged: u64,
}

/// Something that is not as it should be, or of which nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// `192.0.2.7`
    pub address: String,
    /// `tcp`; absent where the whole host is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// 0 to 65,535; absent where the whole host is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `unexpected_open`, `missing` (covered, and not open, or its host is down) or `unknown` (nothing looked yet).
    pub problem: String,
    /// The id of the expectation.
    pub expectation: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Why it is expected.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The service of an open port, where it is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub service: String,
}
