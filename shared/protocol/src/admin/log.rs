//! What the server says of itself.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Time;

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// For who looks for a mistake.
    Debug,
    /// What is done.
    Info,
    /// What did not work, and is tried again or can wait.
    Warn,
    /// What does not work.
    Error,
}

impl LogLevel {
    /// From the least to the most.
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// As it is written everywhere.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a level is error, warn, info, debug or trace")]
pub struct NotALogLevel;

impl FromStr for LogLevel {
    type Err = NotALogLevel;

    fn from_str(text: &str) -> Result<Self, NotALogLevel> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or(NotALogLevel)
    }
}

/// A line of the log. Whoever was scanned or connected may have chosen what stands in its texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// Later lines have larger ones, also after the server was started anew.
    pub id: u64,
    /// When.
    pub time: Time,
    /// How much it matters.
    pub level: LogLevel,
    /// The part of the program: `portdelta_server::worker`.
    pub target: String,
    /// What happened; cut off with `…` where a line is longer than 2 KiB.
    pub message: String,
    /// What else is known of it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

/// `GET /logs`: a stretch of the log, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    /// The lines; none where the log is kept elsewhere.
    pub items: Vec<LogLine>,
    /// The `cursor` of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Where the log is, if the server does not keep it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<LogsElsewhere>,
}

/// Where the log is that the server does not keep itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogsElsewhere {
    /// What keeps it: `CloudWatch Logs`.
    pub service: String,
    /// The region, as far as it is known: `eu-central-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The names of its groups, one for each function.
    pub groups: Vec<String>,
}
