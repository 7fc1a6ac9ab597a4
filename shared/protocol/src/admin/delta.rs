//! What changed.

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::Time;

/// One change, or a first look; fields that do not apply are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delta {
    /// 32 hexadecimal digits; the same change has the same id.
    pub id: String,
    /// Where it was seen.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// The run that found it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// When: the time of the evidence that decided it.
    pub time: Time,
    /// When it was first seen; earlier than `time` where several results had to agree.
    pub first_seen: Time,
    /// `port-opened`, `host-gone`, ...
    pub kind: String,
    /// `192.0.2.7`
    pub address: String,
    /// `tcp`, `udp`, `sctp`, `ip`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// 0 to 65,535
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The script's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// `host` where a port came or went with its host, else `port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What was believed; its shape follows the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub before: Option<serde_json::Value>,
    /// What is believed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub after: Option<serde_json::Value>,
    /// In words, without the address: `22/tcp opened`.
    pub change: String,
    /// What made it.
    pub why: Why,
    /// Nothing had looked there before: no change.
    pub first_look: bool,
    /// A later result had been applied before.
    pub late: bool,
}

/// Why a change was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Why {
    /// For people.
    pub sentence: String,
    /// The last cover before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Cover>,
    /// The results that agreed, the one that made the delta last.
    pub agreed: Vec<Cover>,
    /// How many had to agree.
    pub needed: u16,
    /// Two were needed because nothing in the block answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blackout: bool,
}

/// A result, and the time of its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cover {
    /// When.
    pub time: Time,
    /// The result's id.
    pub result: String,
}
