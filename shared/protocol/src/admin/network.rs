//! Named sets of prefixes.

use serde::{Deserialize, Serialize};

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

/// `PUT /networks/{network}`
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
