//! What can be asked on the command line.

mod agent;
mod agents;
mod alerts;
mod care;
mod channels;
mod clean_up;
mod expectations;
mod login;
mod moving;
mod people;
mod places;
mod remote;
mod retention;
mod runs;
mod scans;
mod serve;

pub use agents::{AgentsCommand, OneAgent};
pub use alerts::{AlertsCommand, SomeAlerts, WatchedPortArguments};
pub use care::{DoctorArguments, WatchArguments};
pub use channels::{
    AddChannel, ChannelsCommand, EditChannel, FilterFields, OneChannel, SmtpFields, WebhookFields,
};
pub use clean_up::CleanUpArguments;
pub use expectations::{
    AcceptFields, ComplianceArguments, DeltasCommand, ExpectationFields, ExpectationsCommand, OneExpectation,
};
pub use login::LoginArguments;
pub use moving::ExportArguments;
pub use people::{AuditArguments, LogsArguments, OneUser, TokensCommand, UsersCommand};
pub use places::{NetworkFields, NetworksCommand, NoteArguments, SitesCommand};
pub use remote::{RemoteArguments, ServerArguments, ViewArguments};
pub use retention::{Kept, RetentionCommand, SetRetention};
pub use runs::{OneRun, ReportFilter, ReportsCommand, RunFilter, RunsCommand};
pub use scans::{Choice, OneScan, ScanFields, ScansCommand};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use portdelta_core::ids::SiteId;

pub use agent::{
    AgentArguments, AgentCommand, AgentEnrolArguments, AgentHomeArguments, AgentRunArguments,
    AgentStatusArguments, LogArguments, LogFormat,
};
pub use serve::ServeArguments;

/// Scan, remember, compare: what changed on your network, and why.
#[derive(Debug, Parser)]
#[command(name = "portdelta", version, about, max_term_width = 100, propagate_version = true)]
#[command(after_help = "\
Exit codes:
  0    done; for diff: no change
  1    diff: something changed (scan and import: only with --fail-on-change);
       doctor: something is wrong; watching a run: not all was covered
  2    the command was wrong, failed, or a file was refused
  130  interrupted

Examples:
  portdelta scan 192.168.1.0/24          scan, remember, and show what changed since last time
  portdelta diff monday.xml friday.xml   compare two outputs of nmap, masscan, naabu or rustscan
  portdelta history 192.168.1.10         all that ever changed at an address
  portdelta login https://server:8443    sign in at a server: sites, scans, agents, runs, alerts ...")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan with nmap, remember the result, and show what changed since last time
    Scan(ScanArguments),
    /// Take in outputs of scanners that ran elsewhere, oldest first; with --all an export
    Import(ImportArguments),
    /// Write all that is known to a file, for another installation
    Export(ExportArguments),
    /// Show the hosts and their open ports
    Hosts(HostsArguments),
    /// Show what changed, newest run first
    Deltas(DeltasArguments),
    /// Show all that is known and ever changed at an address
    History(HistoryArguments),
    /// Show where a result comes from: who scanned what with what, and what is kept of it
    Result(ResultArguments),
    /// Show what stands in outputs of scanners, without remembering it
    Parse(ParseArguments),
    /// Compare two outputs of scanners, without remembering them
    Diff(DiffArguments),
    /// Make state and deltas anew from the results that are kept
    Rebuild(RebuildArguments),
    /// Run the server: scans by schedule, agents elsewhere, alerts
    Serve(Box<ServeArguments>),
    /// Scan for a server: enrol, run, status
    Agent(AgentArguments),
    /// Sign in at a server, for all commands that follow
    Login(LoginArguments),
    /// Forget the server, the token and the certificate
    #[command(after_help = "Example:\n  portdelta logout")]
    Logout,
    /// Vantage points: agents that see the network the same way
    #[command(subcommand)]
    Sites(SitesCommand),
    /// Names for addresses
    #[command(subcommand)]
    Networks(NetworksCommand),
    /// Note who answers for a host, and what else to remember of it
    Note(NoteArguments),
    /// What is scanned, from where, how and when
    #[command(subcommand)]
    Scans(ScansCommand),
    /// Who scans
    #[command(subcommand)]
    Agents(AgentsCommand),
    /// What runs and ran
    #[command(subcommand)]
    Runs(RunsCommand),
    /// What runs found
    #[command(subcommand)]
    Reports(ReportsCommand),
    /// What is wrong now
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// What should be open, and what closed
    #[command(subcommand)]
    Expectations(ExpectationsCommand),
    /// Show what of a network is not as expected
    Compliance(ComplianceArguments),
    /// Ways out: e-mail, webhooks, chat, programs
    #[command(subcommand)]
    Channels(ChannelsCommand),
    /// What is kept how long
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// Forget a site, a network of it or some addresses: a dry run unless --yes is given
    CleanUp(CleanUpArguments),
    /// Who can sign in
    #[command(subcommand)]
    Users(UsersCommand),
    /// How programs come in
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Show who changed what
    Audit(AuditArguments),
    /// Show what the server says of itself
    Logs(LogsArguments),
    /// Take in every scanner output that appears in a folder
    Watch(WatchArguments),
    /// Look for what is wrong with this machine, the server and its agents
    Doctor(DoctorArguments),
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  portdelta completions bash > ~/.local/share/bash-completion/completions/portdelta"
    )]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  portdelta man > portdelta.1 && man ./portdelta.1")]
    Man,
}

/// How output is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values; cells can't become formulas.
    Csv,
}

/// Where things are remembered.
#[derive(Debug, Args)]
pub struct StoreArguments {
    /// The folder that remembers [default: the user's data folder, e.g. ~/.local/share/portdelta]
    #[arg(long, value_name = "DIR", env = "PORTDELTA_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// The vantage point: what is seen from different sites is never mixed
    #[arg(long, value_name = "NAME", default_value = "local", value_parser = site)]
    pub site: SiteId,
}

fn site(text: &str) -> Result<SiteId, String> {
    text.parse().map_err(|error: portdelta_core::ids::NotAnId| error.to_string())
}

/// The output format.
#[derive(Debug, Args)]
pub struct FormatArguments {
    /// How to write the output
    #[arg(long, value_enum, default_value_t)]
    pub format: OutputFormat,
}

/// `scan`
#[derive(Debug, Args)]
#[command(after_help = "\
Targets are addresses, CIDR blocks, ranges (10.0.0.5-20) and nmap's octet ranges (10.0.0-3.1-50).
Without root, nmap connects (-sT) instead of sending raw packets.

Examples:
  portdelta scan 192.168.1.0/24
  portdelta scan 10.0.0.1-20 --exclude 10.0.0.7 --ports 22,80,443,8000-8100
  portdelta scan 10.0.0.0/24 --preset service
  portdelta scan ::1 --ports top:100 --options '-sV --version-light'")]
pub struct ScanArguments {
    /// What to scan
    #[arg(required = true, value_name = "TARGET")]
    pub targets: Vec<String>,
    /// What not to scan
    #[arg(long, value_name = "TARGETS", default_value = "", hide_default_value = true)]
    pub exclude: String,
    /// Ports: 22,80,8000-8100, U:53, all or top:N [default: top:1000]
    #[arg(long, short, value_name = "PORTS")]
    pub ports: Option<String>,
    /// Options of nmap, in its own spelling, in one argument
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub options: Option<String>,
    /// A scan to start from: fast, service, full, discovery or udp-top
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// How many scans in a row must agree before something new is reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub confirm_open: u16,
    /// How many scans in a row must agree before something gone is reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub confirm_close: u16,
    /// Exit with 1 if something changed
    #[arg(long)]
    pub fail_on_change: bool,
    /// Say why for each change
    #[arg(long)]
    pub why: bool,
    /// Where to remember.
    #[command(flatten)]
    pub store: StoreArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// What a file is judged by, where it does not say itself.
#[derive(Clone, Debug, Args)]
pub struct JudgementArguments {
    /// The addresses that were scanned, where the files do not say
    #[arg(long, value_name = "TARGETS")]
    pub targets: Option<String>,
    /// The ports that were scanned, for formats that do not name them
    #[arg(long, value_name = "PORTS")]
    pub ports: Option<String>,
    /// The zone of times that name none, e.g. Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = time_zone)]
    pub timezone: String,
    /// The format of the files [default: by their content]
    #[arg(long, value_name = "FORMAT", value_parser = input_format)]
    pub input_format: Option<portdelta_formats::Format>,
}

fn time_zone(text: &str) -> Result<String, String> {
    jiff::tz::TimeZone::get(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn input_format(text: &str) -> Result<portdelta_formats::Format, String> {
    let names = || portdelta_formats::Format::ALL.map(portdelta_formats::Format::name).join(", ");
    portdelta_formats::Format::from_name(text).ok_or_else(|| format!("known formats are {}", names()))
}

/// `import`
#[derive(Debug, Args)]
#[command(after_help = "\
A file that was imported before changes nothing. Files may come in any order: each counts at its own time.
With --all the file is one of `portdelta export --all`: it is looked at as a whole before anything is written, and its \
sites must be new or empty. The same again goes on where it was cut off. Stop the server on a --data folder first.

Examples:
  portdelta import nightly/*.xml
  portdelta import masscan.json --targets 10.0.0.0/16 --ports 22,80,443
  portdelta import open.csv --time 2026-01-31T02:00:00Z
  portdelta import --all office.pdmove --server https://abc123.execute-api.eu-central-1.amazonaws.com")]
pub struct ImportArguments {
    /// Outputs of nmap, masscan, naabu or rustscan, or lines of address,port,protocol; packed or not; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The file is an export of a whole installation
    #[arg(long, conflicts_with_all = ["targets", "ports", "input_format", "time", "fail_on_change", "why", "site"])]
    pub all: bool,
    /// What the files are judged by.
    #[command(flatten)]
    pub judgement: JudgementArguments,
    /// The time of files that have none [default: now]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// How many results in a row must agree before something new is reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub confirm_open: u16,
    /// How many results in a row must agree before something gone is reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub confirm_close: u16,
    /// Exit with 1 if something changed
    #[arg(long)]
    pub fail_on_change: bool,
    /// Say why for each change
    #[arg(long)]
    pub why: bool,
    /// Where to remember.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// `hosts`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portdelta hosts
  portdelta hosts 10.0.0.0/24 --port 22
  portdelta hosts --network unassigned
  portdelta hosts --gone --format csv > hosts.csv")]
pub struct HostsArguments {
    /// Only these addresses
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Only those of this network; unassigned for those of none
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// Only hosts with this port open: 22 or 53/udp
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Also hosts that are gone
    #[arg(long)]
    pub gone: bool,
    /// Where it is remembered.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// Which changes are shown, and whether with who found them.
#[derive(Debug, Args)]
pub struct ChangesArguments {
    /// Only these kinds: host-new, host-gone, port-opened, service-changed ...
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Vec<portdelta_core::delta::Kind>,
    /// Only what was seen since then: 2026-01-31, or 2026-01-31T02:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Say who found each change with what as well: agent, scanner, arguments, result
    #[arg(long)]
    pub evidence: bool,
}

/// `deltas`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portdelta deltas
  portdelta deltas --since 2026-01-01 --kind port-opened --kind host-new
  portdelta deltas --runs 1 --first-looks --format jsonl
  portdelta deltas accept 10.0.0.9 3389 --reason 'remote desk'")]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct DeltasArguments {
    /// What to do with changes, in place of showing them.
    #[command(subcommand)]
    pub command: Option<DeltasCommand>,
    /// Only changes at these addresses
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Which changes, and how much of them.
    #[command(flatten)]
    pub changes: ChangesArguments,
    /// Only the newest N runs
    #[arg(long, value_name = "N")]
    pub runs: Option<std::num::NonZeroUsize>,
    /// Also what was seen for the first time, which is no change
    #[arg(long)]
    pub first_looks: bool,
    /// Say why for each change
    #[arg(long)]
    pub why: bool,
    /// Where it is remembered.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

fn kind(text: &str) -> Result<portdelta_core::delta::Kind, String> {
    let kinds = portdelta_core::delta::Kind::ALL;
    let names = || kinds.map(portdelta_core::delta::Kind::name).join(", ");
    kinds.into_iter().find(|kind| kind.name() == text).ok_or_else(|| format!("known kinds are {}", names()))
}

/// `history`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portdelta history 192.168.1.10
  portdelta history 192.168.1.10 --port 443 --evidence
  portdelta history 192.168.1.10 --since 2026-01-01 --kind port-opened --format jsonl")]
pub struct HistoryArguments {
    /// The address
    pub address: std::net::IpAddr,
    /// Only changes of this port: 22, or 53/udp
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Which changes, and how much of them.
    #[command(flatten)]
    pub changes: ChangesArguments,
    /// Only what was seen until then
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only the newest N changes
    #[arg(long, value_name = "N")]
    pub limit: Option<std::num::NonZeroUsize>,
    /// Where it is remembered.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// `result`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  portdelta result 3b0c55ed0d0ba2f5b0c53d2fd9ff1b1a7b6a4cf7c9c0f4c44f1d0f9f7b3d2a61 --site office"
)]
pub struct ResultArguments {
    /// Its id, as --evidence and the dashboard name it
    #[arg(value_name = "RESULT", value_parser = result_id)]
    pub result: portdelta_core::ids::ResultId,
    /// Where it is remembered.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

fn result_id(text: &str) -> Result<portdelta_core::ids::ResultId, String> {
    text.parse().map_err(|_| "an id of a result has 64 hexadecimal digits".to_owned())
}

/// `parse`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portdelta parse scan.xml
  portdelta parse --format jsonl *.xml *.gnmap | jq .hosts.up")]
pub struct ParseArguments {
    /// The files; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The format of the files [default: by their content]
    #[arg(long, value_name = "FORMAT", value_parser = input_format)]
    pub input_format: Option<portdelta_formats::Format>,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// `diff`
#[derive(Debug, Args)]
#[command(after_help = "\
Only what both files looked at can have changed: the rest is counted as not comparable.
Exit codes: 0 no change, 1 something changed, 2 error.

Examples:
  portdelta diff monday.xml friday.xml
  portdelta diff --why monday.xml friday.xml.gz
  portdelta diff --format json old.json new.json --ports 1-1000")]
pub struct DiffArguments {
    /// The earlier file
    pub old: PathBuf,
    /// The later file
    pub new: PathBuf,
    /// What the files are judged by.
    #[command(flatten)]
    pub judgement: JudgementArguments,
    /// Say why for each change
    #[arg(long)]
    pub why: bool,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// `rebuild`
#[derive(Debug, Args)]
#[command(after_help = "\
The new state replaces the old one when it is complete; runs that go on, alerts and messages stay. Stop the server on \
the folder first. Nobody is notified. The old state file is kept as state.sqlite.before-rebuild.

Example:
  portdelta rebuild --data /var/lib/portdelta")]
pub struct RebuildArguments {
    /// Where it is remembered.
    #[command(flatten)]
    pub store: StoreArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}
