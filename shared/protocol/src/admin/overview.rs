//! What people look at first.

use serde::{Deserialize, Serialize};

use super::Severity;

/// How everything is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    /// Agents by how they are; those that were revoked or hidden are left out.
    pub agents: AgentCounts,
    /// Runs that were made in the last 24 hours, and all that run now.
    pub runs_24h: RunCounts,
    /// How many reports there are.
    pub reports: u64,
    /// Alerts that nobody has done anything about.
    pub open_alerts: AlertCounts,
    /// What changed on each of the last 30 days of UTC, oldest first; today's count may still grow.
    pub changes: Vec<DayChanges>,
    /// What needs attention, most urgent first; the first twenty.
    pub attention: Vec<Attention>,
}

/// Agents by how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentCounts {
    /// They wait for work.
    pub online: u64,
    /// They work.
    pub scanning: u64,
    /// They wait for their approval.
    pub pending: u64,
    /// They say nothing.
    pub offline: u64,
}

/// Runs by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunCounts {
    /// All that was asked was covered.
    pub complete: u64,
    /// Not all was.
    pub partial: u64,
    /// Nothing was.
    pub failed: u64,
    /// Somebody ended them, or a later run took their place.
    pub cancelled: u64,
    /// They have not ended, whenever they were made.
    pub running: u64,
}

/// Alerts by how much they matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertCounts {
    /// Look at them now.
    pub critical: u64,
    /// Look at them today.
    pub high: u64,
    /// Look at them this week.
    pub medium: u64,
    /// Good to know.
    pub low: u64,
}

/// What changed on a day; first looks and late results are left out. What a scan found is of the day of its report, what
/// was imported of the day on which the hosts were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayChanges {
    /// `2026-01-31`
    pub day: String,
    /// Ports that opened.
    pub opened: u64,
    /// Ports that closed.
    pub closed: u64,
    /// Ports that opened again.
    pub reopened: u64,
    /// Services that changed.
    pub service: u64,
    /// Hosts that came, or came back.
    pub host_new: u64,
    /// Hosts that went.
    pub host_gone: u64,
    /// Other changes: names, MAC addresses, operating systems, scripts.
    pub other: u64,
}

/// Something that needs attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attention {
    /// `alert`, `agent-pending`, `run-partial`, `run-unattended`, `no-agent`, `no-scan`, or a kind of trouble: `silent-agent`,
    /// `missed-schedule`, `run-overdue`, `coverage-low`, `result-refused`, `dead-letter`.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter.
    pub text: String,
    /// What to do about it.
    pub hint: String,
    /// The page of the dashboard that is about it: `/alerts/0123...`.
    pub link: String,
}
