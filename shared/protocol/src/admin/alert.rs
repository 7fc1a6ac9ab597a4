//! Things that are wrong now.

use portdelta_core::ids::SiteId;
use serde::{Deserialize, Serialize};

use super::Time;

/// A thing that is wrong now, and stays one until covered evidence resolves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// Its id; the same thing keeps it over all episodes.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// How it is.
    pub state: AlertState,
    /// One line for people: `3389/tcp (RDP) is open at 192.0.2.7`.
    pub title: String,
    /// Where; absent where it is about no site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub site: Option<SiteId>,
    /// The address, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `tcp`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// 0 to 65,535
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The rule that it violates, or the kind of trouble: `watched-port`, `silent-agent`, `missed-schedule`, ...
    pub rule: String,
    /// How often it opened.
    pub episode: u32,
    /// When this episode opened.
    pub opened: Time,
    /// When it last changed.
    pub changed: Time,
    /// Until when it is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored_until: Option<Time>,
    /// Who did what, oldest first; in lists empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<AlertEvent>,
}

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Look at it this week.
    Medium,
    /// Look at it today.
    High,
    /// Look at it now: told at once.
    Critical,
}

impl Severity {
    /// `low`, `medium`, `high`, `critical`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Nobody has done anything about it.
    Open,
    /// Somebody has seen it.
    Acknowledged,
    /// Somebody has done something about it; a covering result will tell.
    Actioned,
    /// Quiet until a date.
    Ignored,
    /// Covered, and not so any more.
    Resolved,
    /// Its host went: quiet, and not resolved.
    Dormant,
}

impl AlertState {
    /// `open`, `acknowledged`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Actioned => "actioned",
            Self::Ignored => "ignored",
            Self::Resolved => "resolved",
            Self::Dormant => "dormant",
        }
    }
}

/// One line of an alert's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertEvent {
    /// When.
    pub time: Time,
    /// Who: the id of a token, or absent where a result did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// `opened`, `acknowledged`, `ignored`, `resolved`, ...
    pub event: String,
    /// What they said, or what it was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// `POST /alerts/{alert}/actions`: what somebody does about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum AlertAction {
    /// I have seen it.
    Acknowledge {
        /// At most 1,000 characters.
        #[serde(default)]
        note: String,
    },
    /// I have done something about it.
    Action {
        /// At most 1,000 characters.
        #[serde(default)]
        note: String,
    },
    /// Be quiet about it.
    Ignore {
        /// Until then.
        until: Time,
        /// Why, 1 to 1,000 characters.
        reason: String,
    },
    /// Take back what people did: it is open again, unless it was resolved.
    Reopen {
        /// At most 1,000 characters.
        #[serde(default)]
        note: String,
    },
}

/// `POST /alerts/actions`: the same for several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkAction {
    /// Their ids, 1 to 500.
    pub alerts: Vec<String>,
    /// What to do.
    #[serde(flatten)]
    pub action: AlertAction,
}

/// What became of a [`BulkAction`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkOutcome {
    /// One for each alert, in the order of the request.
    pub outcomes: Vec<BulkLine>,
}

/// What became of one of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkLine {
    /// The alert.
    pub alert: String,
    /// How it is now; absent where it went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AlertState>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<crate::problem::Problem>,
}

/// A port that should not be open without somebody knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WatchedPort {
    /// Its id: the same rule keeps its alerts. Absent makes one of what the rule says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `tcp`, `udp` or `sctp`
    #[serde(default = "tcp")]
    pub protocol: String,
    /// 0 to 65,535; the lowest of a range.
    pub port: u16,
    /// The highest of a range; absent for a single port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u16>,
    /// What it is, for people: `RDP`.
    #[serde(default)]
    pub label: String,
    /// How much it matters.
    pub severity: Severity,
    /// Only in this network; absent for everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Only at these addresses, in the grammar of targets; empty for everywhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub addresses: String,
    /// Only where the service's name or product matches this, with `*` and `?`; absent for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

fn tcp() -> String {
    "tcp".to_owned()
}
