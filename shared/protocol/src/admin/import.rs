//! Results that were made elsewhere.

use std::collections::BTreeMap;

use portdelta_core::ids::RunId;
use serde::{Deserialize, Serialize};

use super::{Delta, Score, Tally, Warning};

/// The answer to `POST /sites/{site}/imports`. A result that can't be read is refused, kept and listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Imported {
    /// The run that it made.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The result's id.
    pub result: String,
    /// The same result had been taken in before: nothing was done.
    pub repeated: bool,
    /// Every document in it is whole.
    pub complete: bool,
    /// Why it was refused; absent where it was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Warning>,
    /// Changes by their kind.
    pub changes: BTreeMap<String, u64>,
    /// How much changed.
    pub score: Score,
    /// Up or open before and now, covered both times, without a change.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// What was corrected, skipped or not covered.
    pub warnings: Vec<Warning>,
    /// Changes by address, at most 500 of them: `GET /runs/{run}/deltas` gives all, in pages.
    pub deltas: Vec<Delta>,
}
