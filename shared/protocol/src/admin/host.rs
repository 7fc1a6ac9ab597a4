//! What is believed about an address.

use serde::{Deserialize, Serialize};

use super::{Delta, Time};

/// A host as it is believed to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Host {
    /// `192.0.2.7`
    pub address: String,
    /// `up`, `gone`, or `pending` where too few results agree that it is up.
    pub status: String,
    /// Something about it waits for more results that agree.
    pub pending: bool,
    /// PTR names; absent where nobody looked.
    #[serde(default)]
    pub names: Option<Vec<String>>,
    /// Names that somebody gave when scanning.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `00:00:5e:00:53:01`
    #[serde(default)]
    pub mac: Option<String>,
    /// When it was first seen up.
    pub first_seen: Time,
    /// When something last covered it.
    #[serde(default)]
    pub last_covered: Option<Time>,
    /// The network it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Who answers for it, as people noted; absent where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Short words that people noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Its open ports, ascending.
    pub ports: Vec<HostPort>,
}

/// An open port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostPort {
    /// `tcp`, `udp`, `sctp`, `ip`
    pub protocol: String,
    /// 0 to 65,535
    pub port: u16,
    /// When it was first seen open.
    pub first_seen: Time,
    /// Since when it has been open.
    pub since: Time,
    /// When something last covered it.
    #[serde(default)]
    pub last_covered: Option<Time>,
    /// It may be closed; more results must agree.
    pub pending: bool,
    /// The service, where known.
    #[serde(default)]
    pub service: Option<HostService>,
}

/// A service, as far as it is known; texts that are not are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct HostService {
    /// `http`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `ssl`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tunnel: String,
    /// `nginx`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// `1.24.0`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// `Ubuntu`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub extra_info: String,
}

/// All that is known and ever changed at an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// `192.0.2.7`
    pub address: String,
    /// What is believed now; absent where nothing ever answered.
    #[serde(default)]
    pub host: Option<Host>,
    /// Changes and first looks, newest first.
    pub changes: Vec<Delta>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
