//! What stands behind a result's id.

use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use super::{Time, Warning};

/// A result: who scanned what with what, and what is kept of it. Texts of scanners are as they wrote them, and may be
/// anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultView {
    /// As changes name it; of its checksum, its site and its task.
    pub id: String,
    /// What it is evidence for.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// Its place in its file, from 0: documents of an appended file are results of their own.
    pub document: u32,
    /// What it was called when it came: a file, a command, a task.
    pub source: String,
    /// Where its bytes are in the store, as they came: packed where they were.
    pub object: String,
    /// They are there still; the retention removes them.
    pub kept: bool,
    /// SHA-256 of the bytes of its file, unpacked, in hexadecimal digits; absent where it was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Bytes as they came.
    pub bytes: u64,
    /// When they came.
    pub received: Time,
    /// When the scanner began, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Time>,
    /// When the scanner ended, by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Time>,
    /// What scanned; absent where it was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanner: Option<ResultScanner>,
    /// The agent that scanned; absent for imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<ResultAgent>,
    /// Who imported it: `user Ada`, `token 0193...`; absent for what agents bring, and where it was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_by: Option<String>,
    /// Its run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// Its task in that run; absent for imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<u32>,
    /// Its scan; absent for imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<String>,
    /// What the scan is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_name: Option<String>,
    /// The addresses that it was to cover, where told; at most 50 ranges are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<String>,
    /// The ports that it was to cover, where told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<String>,
    /// What became of it.
    pub status: ResultState,
    /// Everything in it is whole, and it covers all that was asked; absent before it is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// How many seconds the agent's clock was ahead, where that was corrected; negative where behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead: Option<i64>,
    /// Why it covers only whole hosts: `deadline`, `exit code 1`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// What was corrected, skipped or not covered, or why it was refused.
    pub warnings: Vec<Warning>,
}

/// A scanner, as its output tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultScanner {
    /// `nmap`, `masscan`, `naabu`, `rustscan`, `plain`
    pub tool: String,
    /// `7.95`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The command line that it was started with, at most 1 KiB: of a longer one the middle is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultAgent {
    /// Its id.
    pub id: String,
    /// What it is called; absent where nobody knows any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ResultState {
    /// Kept, and not applied completely yet.
    Stored,
    /// Applied.
    Applied,
    /// Kept, not applied.
    Refused,
}

impl ResultState {
    /// `stored`, `applied`, `refused`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Applied => "applied",
            Self::Refused => "refused",
        }
    }
}
