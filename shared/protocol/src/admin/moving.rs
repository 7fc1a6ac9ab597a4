//! Imports of whole installations.

use serde::{Deserialize, Serialize};

use super::Time;

/// How far the import of an export is. The answer to `GET /moves/{move}` and `PUT /moves/{move}/frames/{frame}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Move {
    /// The export's id.
    pub id: String,
    /// When the export was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub made: Time,
    /// When its import began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub begun: Time,
    /// When it ended; absent while frames are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended: Option<Time>,
    /// The frame that is next.
    pub next: u32,
    /// Items that are new here.
    pub created: u64,
    /// Items that were here already and are the same.
    pub present: u64,
    /// What was here already and is another one, and stayed; the first fifty.
    pub kept: Vec<String>,
    /// How much of that there is besides.
    pub kept_more: u64,
}
