//! What a finished run found.

use serde::{Deserialize, Serialize};

use super::{Delta, Run};

/// A report without its changes, for lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportSummary {
    /// The finished run.
    pub run: Run,
    /// How much it changed.
    pub score: Score,
    /// What was covered.
    pub coverage: Coverage,
}

/// A whole report: its changes are given page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// What lists show.
    #[serde(flatten)]
    pub summary: ReportSummary,
    /// Changes by address, first looks left out; at most 500 of them: `GET /runs/{run}/deltas` gives all, in pages.
    pub deltas: Vec<Delta>,
    /// There are more.
    pub more_deltas: bool,
}

/// How much a run changed, in one number, one class and one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// 0 to 100.
    pub value: u8,
    /// `excellent`, `good`, `monitor`, `critical`
    pub class: String,
    /// `stable`, `changes`, `critical`
    pub status: String,
}

/// What a run was to cover, and what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// Share of its tasks that were done, 0 to 100; 100 for a complete import.
    pub percent: u8,
    /// What nobody scanned, as targets; at most 20 of them.
    pub missing: Vec<String>,
}
