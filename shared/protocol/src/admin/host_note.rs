//! What people remember of hosts.

use serde::{Deserialize, Serialize};

use super::Time;

/// What people remember of a host. It belongs to the address at its site, whatever answers there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostNote {
    /// Who answers for it; may be empty.
    pub owner: String,
    /// Whatever people want to remember; may be empty.
    pub notes: String,
    /// Short words to find it by.
    pub labels: Vec<String>,
    /// When it was last changed; absent where nobody wrote anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Time>,
}

/// `PUT /sites/{site}/hosts/{address}/note`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HostNoteChange {
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
