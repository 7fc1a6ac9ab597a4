//! `alerts`

use clap::{Args, Subcommand, ValueEnum};
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{AlertState, Severity};

use super::RemoteArguments;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeverityChoice {
    /// Good to know
    Low,
    /// Look at it this week
    Medium,
    /// Look at it today
    High,
    /// Look at it now
    Critical,
}

impl From<SeverityChoice> for Severity {
    fn from(choice: SeverityChoice) -> Self {
        match choice {
            SeverityChoice::Low => Self::Low,
            SeverityChoice::Medium => Self::Medium,
            SeverityChoice::High => Self::High,
            SeverityChoice::Critical => Self::Critical,
        }
    }
}

/// How an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AlertStateChoice {
    /// Nobody has done anything about it
    Open,
    /// Somebody has seen it
    Acknowledged,
    /// Somebody has done something about it
    Actioned,
    /// Quiet until a date
    Ignored,
    /// Not so any more
    Resolved,
    /// Its host is gone
    Dormant,
}

impl From<AlertStateChoice> for AlertState {
    fn from(choice: AlertStateChoice) -> Self {
        match choice {
            AlertStateChoice::Open => Self::Open,
            AlertStateChoice::Acknowledged => Self::Acknowledged,
            AlertStateChoice::Actioned => Self::Actioned,
            AlertStateChoice::Ignored => Self::Ignored,
            AlertStateChoice::Resolved => Self::Resolved,
            AlertStateChoice::Dormant => Self::Dormant,
        }
    }
}

/// Some alerts, and what somebody says about them.
#[derive(Debug, Args)]
pub struct SomeAlerts {
    /// The alerts, by their ids
    #[arg(required = true, value_name = "ID")]
    pub alerts: Vec<String>,
    /// What others should know
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub note: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// A port that should not be open without somebody knowing.
#[derive(Debug, Args)]
pub struct WatchedPortArguments {
    /// The port: 3389, 53/udp, or 8000-8100
    #[arg(value_name = "PORT")]
    pub port: String,
    /// Only in this network
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// Only at these addresses
    #[arg(long, value_name = "TARGETS")]
    pub addresses: Option<String>,
    /// Only where the service's name or product is like this, with * and ?
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
}

/// `alerts`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta alerts list
  portdelta alerts acknowledge 4f0c21aa --note 'asked the owner'
  portdelta alerts ignore 4f0c21aa --until 2026-12-24 --reason 'migration'")]
pub enum AlertsCommand {
    /// List what is wrong now: open, acknowledged and actioned alerts
    #[command(after_help = "Example:\n  portdelta alerts list --severity critical")]
    List {
        /// Only those that are so: open, acknowledged, actioned, ignored, resolved or dormant
        #[arg(long, value_name = "STATE", value_enum, hide_possible_values = true)]
        state: Option<AlertStateChoice>,
        /// Also ignored, resolved and dormant ones
        #[arg(long, conflicts_with = "state")]
        all: bool,
        /// Only those that matter so much: low, medium, high or critical
        #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
        severity: Option<SeverityChoice>,
        /// Only those of this site
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// At most so many
        #[arg(long, value_name = "N", default_value = "100")]
        limit: std::num::NonZeroUsize,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show all about an alert, and who did what
    #[command(after_help = "Example:\n  portdelta alerts show 4f0c21aa")]
    Show {
        /// The alert, by its id
        #[arg(value_name = "ID")]
        alert: String,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Say that you have seen it
    #[command(after_help = "Example:\n  portdelta alerts acknowledge 4f0c21aa --note 'asked the owner'")]
    Acknowledge(SomeAlerts),
    /// Say that you have done something about it; the next run that covers it will tell
    #[command(after_help = "Example:\n  portdelta alerts action 4f0c21aa --note 'firewall rule 17'")]
    Action(SomeAlerts),
    /// Be quiet about it until a date
    #[command(
        after_help = "Example:\n  portdelta alerts ignore 4f0c21aa --until 2026-12-24 --reason 'migration'"
    )]
    Ignore {
        /// The alerts, by their ids
        #[arg(required = true, value_name = "ID")]
        alerts: Vec<String>,
        /// Until then: 2026-12-24, or 2026-12-24T18:00:00Z
        #[arg(long, value_name = "TIME")]
        until: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Expect what they are about from now on; they resolve
    #[command(
        after_help = "Example:\n  portdelta alerts accept 4f0c21aa --reason 'remote desk' --expires 2026-12-31"
    )]
    Accept {
        /// The alerts, by their ids
        #[arg(required = true, value_name = "ID")]
        alerts: Vec<String>,
        /// Why.
        #[command(flatten)]
        fields: super::AcceptFields,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Take back what people did about it
    #[command(after_help = "Example:\n  portdelta alerts reopen 4f0c21aa")]
    Reopen(SomeAlerts),
    /// List the ports that raise an alert when they are open
    #[command(after_help = "Example:\n  portdelta alerts ports")]
    Ports(RemoteArguments),
    /// Raise an alert when a port is open, or change how much it matters
    #[command(after_help = "Example:\n  portdelta alerts watch 9200 --severity high --label Elasticsearch")]
    Watch {
        /// The port.
        #[command(flatten)]
        port: WatchedPortArguments,
        /// How much it matters: low, medium, high or critical
        #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
        severity: SeverityChoice,
        /// What it is
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        label: String,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Raise no alert any more when a port is open
    #[command(after_help = "Example:\n  portdelta alerts unwatch 9200")]
    Unwatch {
        /// The port.
        #[command(flatten)]
        port: WatchedPortArguments,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}
