//! Vantage points.

use portdelta_core::ids::SiteId;
use serde::{Deserialize, Serialize};

use super::Time;

/// A vantage point: agents that see the network the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Site {
    /// Its id.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "office"))]
    pub id: SiteId,
    /// What people call it.
    pub name: String,
    /// Whatever people want to remember.
    #[serde(default)]
    pub notes: String,
    /// Runs begin here. What was found at a site that is not active stays.
    pub active: bool,
    /// When it was made.
    pub created: Time,
    /// Agents that wait for work there or do some now; with none, tasks wait.
    pub agents_online: u64,
}

/// `POST /sites`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSite {
    /// Its id: 1 to 64 characters of `a-z`, `0-9`, `-`, `_` and `.`. Never changes.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "office"))]
    pub id: SiteId,
    /// What people call it, at most 100 characters; the id where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whatever people want to remember.
    #[serde(default)]
    pub notes: String,
}

/// `PUT /sites/{site}`, with the `ETag` of `GET` as `If-Match`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteChange {
    /// What people call it, 1 to 100 characters.
    pub name: String,
    /// Whatever people want to remember.
    #[serde(default)]
    pub notes: String,
    /// Runs begin here.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}
