//! What is kept how long.

use serde::{Deserialize, Serialize};

use super::Time;

/// What is kept how long: `GET` and `PUT /retention`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Raw results, in days since they were received, 1 to 36,500; for ever where absent. Once the first is gone, the
    /// state can't be rebuilt any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results_days: Option<u32>,
}

/// What would go: `POST /retention/preview`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionPreview {
    /// What was received before this; absent where nothing goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Time>,
    /// Raw results.
    pub results: u64,
    /// Their bytes, as they were received.
    pub bytes: u64,
}
