//! What is kept how long.

use serde::{Deserialize, Serialize};

use super::Time;

/// What is kept how long: `GET` and `PUT /retention`, which wants the `ETag` of `GET` as `If-Match`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Raw results, in days since they were received, 1 to 36,500; for ever where absent. Once the first is gone, the
    /// state can't be rebuilt any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results_days: Option<u32>,
    /// Runs with their reports, tasks and deltas, in days since they ended, 1 to 36,500; for ever where absent. What is
    /// believed, and alerts, stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_days: Option<u32>,
}

/// What would go: `POST /retention/preview`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionPreview {
    /// Raw results that were received before this; absent where none go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Time>,
    /// Raw results.
    pub results: u64,
    /// Their bytes, as they were received.
    pub bytes: u64,
    /// Runs that ended before this; absent where none go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_before: Option<Time>,
    /// Runs, with their reports, tasks and deltas.
    pub runs: u64,
    /// There is more than was counted: a few seconds are not enough for all of it.
    pub at_least: bool,
}
