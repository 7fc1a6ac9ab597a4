//! `expectations`, `compliance`, and what is accepted

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use portdelta_core::Port;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::ExpectedState;

use super::RemoteArguments;

/// What a port should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExpectedChoice {
    /// It should be open
    Open,
    /// It should not be open
    Closed,
}

impl From<ExpectedChoice> for ExpectedState {
    fn from(choice: ExpectedChoice) -> Self {
        match choice {
            ExpectedChoice::Open => Self::Open,
            ExpectedChoice::Closed => Self::Closed,
        }
    }
}

/// What an expectation has beside what it expects.
#[derive(Debug, Args)]
pub struct ExpectationFields {
    /// A service must be like this where it is known, with * and ?: 'http*'
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// From then on it expects nothing: 2027-01-31, or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
}

/// `expectations`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Of several expectations about a port the more precise one counts: about fewer addresses, then about fewer ports.

Examples:
  portdelta expectations add closed --targets 10.0.0.0/24 --ports all --reason 'clients only'
  portdelta expectations add open --targets 10.0.0.5 --ports 80,443 --owner 'web team'
  portdelta compliance clients")]
pub enum ExpectationsCommand {
    /// List what is expected
    #[command(after_help = "\
Examples:
  portdelta expectations list
  portdelta expectations list --address 10.0.0.5")]
    List {
        /// Only those of this site
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// Only those about this address
        #[arg(long, value_name = "ADDRESS")]
        address: Option<IpAddr>,
        /// Only those with this text in their addresses, ports, service, reason, owner or id
        #[arg(long, value_name = "TEXT")]
        find: Option<String>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show one expectation
    #[command(after_help = "Example:\n  portdelta expectations show web-servers")]
    Show(OneExpectation),
    /// Expect ports to be open or closed
    #[command(after_help = "\
Examples:
  portdelta expectations add open --targets 10.0.0.5 --ports 80,443 --service 'http*'
  portdelta expectations add closed --targets 10.0.0.0/24 --ports T:1-65535,U:1-65535
  portdelta expectations add open --targets 10.0.0.9 --ports 3389 --expires 2026-12-31 --reason 'migration'")]
    Add {
        /// What they should be: open or closed
        #[arg(value_name = "STATE", value_enum, hide_possible_values = true)]
        state: ExpectedChoice,
        /// At which addresses: 10.0.0.0/24, 10.0.1.5-20
        #[arg(long, short, value_name = "TARGETS")]
        targets: Option<String>,
        /// Which ports: 22,80,8000-8100, U:53 or all
        #[arg(long, short, value_name = "PORTS")]
        ports: Option<String>,
        /// Seen from there [default: the server's only site]
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// The rest.
        #[command(flatten)]
        fields: ExpectationFields,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Change what is given; the rest stays
    #[command(after_help = "\
Examples:
  portdelta expectations edit web-servers --ports 80,443,8443
  portdelta expectations edit web-servers --expires never --owner ''")]
    Edit {
        /// The expectation: its id, or how it begins
        #[arg(value_name = "ID")]
        expectation: String,
        /// What they should be: open or closed
        #[arg(long, value_name = "STATE", value_enum, hide_possible_values = true)]
        state: Option<ExpectedChoice>,
        /// At which addresses
        #[arg(long, short, value_name = "TARGETS")]
        targets: Option<String>,
        /// Which ports
        #[arg(long, short, value_name = "PORTS")]
        ports: Option<String>,
        /// Seen from there
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// The rest.
        #[command(flatten)]
        fields: ExpectationFields,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Expect nothing of it any more
    #[command(alias = "delete", after_help = "Example:\n  portdelta expectations remove web-servers")]
    Remove(OneExpectation),
    /// Let expectations be what a file says; see `export` for how it is written
    #[command(after_help = "\
A mistake in the file is told with its line and column, and changes nothing. The same file again changes nothing.

Examples:
  portdelta expectations apply expectations.yaml --dry-run
  portdelta expectations apply expectations.yaml --prune
  portdelta expectations apply expectations.yaml --prune --unchanged-since 8213")]
    Apply {
        /// The file; - is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Remove what the file does not name
        #[arg(long)]
        prune: bool,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
        /// Only while they are as `export` or `--dry-run` found them; both say this number
        #[arg(long, value_name = "VERSION", conflicts_with = "dry_run")]
        unchanged_since: Option<u64>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Write all expectations to standard output, as a file for version control
    #[command(after_help = "Example:\n  portdelta expectations export > expectations.yaml")]
    Export {
        /// The server.
        #[command(flatten)]
        server: super::ServerArguments,
    },
}

/// For commands about one expectation.
#[derive(Debug, Args)]
pub struct OneExpectation {
    /// The expectation: its id, or how it begins
    #[arg(value_name = "ID")]
    pub expectation: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// Why something is accepted.
#[derive(Debug, Args)]
pub struct AcceptFields {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who answers for it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub owner: String,
    /// From then on it is no longer expected: 2027-01-31, or 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub expires: Option<String>,
}

/// `deltas accept`
#[derive(Debug, Subcommand)]
pub enum DeltasCommand {
    /// Expect from now on what ports of a host last turned into
    #[command(after_help = "\
What opened should be open from now on, what closed should stay closed; alerts about it resolve.

Examples:
  portdelta deltas accept 10.0.0.9 3389 --reason 'remote desk' --owner operations
  portdelta deltas accept 10.0.0.9 53/udp 443 --reason 'new resolver' --expires 2026-12-31")]
    Accept {
        /// The host
        #[arg(value_name = "ADDRESS")]
        address: IpAddr,
        /// Its ports: 22, or 53/udp
        #[arg(required = true, value_name = "PORT", value_parser = port)]
        ports: Vec<Port>,
        /// Why.
        #[command(flatten)]
        fields: AcceptFields,
        /// Seen from there [default: the server's only site]
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}

fn port(text: &str) -> Result<Port, String> {
    crate::inputs::port(text).map_err(|_| "write 22, or 53/udp".to_owned())
}

/// `compliance`
#[derive(Debug, Args)]
#[command(after_help = "\
What nothing has looked at yet is shown as unknown, and is no violation.

Examples:
  portdelta compliance servers
  portdelta compliance unassigned --fail-on-violation --format csv > violations.csv")]
pub struct ComplianceArguments {
    /// The network; `unassigned` stands for all addresses of none
    #[arg(value_name = "NETWORK")]
    pub network: String,
    /// As seen from there [default: the site whose run touched it last]
    #[arg(long, value_name = "SITE", value_parser = super::site)]
    pub site: Option<SiteId>,
    /// Leave out what nobody knows
    #[arg(long)]
    pub known: bool,
    /// Exit with 1 if something is not as expected
    #[arg(long)]
    pub fail_on_violation: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}
