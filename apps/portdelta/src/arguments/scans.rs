//! `scans`

use clap::{Args, Subcommand, ValueEnum};
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::Overlap;

use super::RemoteArguments;

/// What happens when a run is due while the one before still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OverlapChoice {
    /// The new one is left out, with a warning
    Skip,
    /// The new one waits
    Queue,
    /// The old one is cancelled
    Replace,
}

impl From<OverlapChoice> for Overlap {
    fn from(choice: OverlapChoice) -> Self {
        match choice {
            OverlapChoice::Skip => Self::Skip,
            OverlapChoice::Queue => Self::Queue,
            OverlapChoice::Replace => Self::Replace,
        }
    }
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// It is so
    Yes,
    /// It is not
    No,
}

/// What people decide about a scan; what is not given stays, or is as usual.
#[derive(Debug, Default, Args)]
pub struct ScanFields {
    /// What to scan: 10.0.0.0/24, 10.0.1.5-20
    #[arg(long, short, value_name = "TARGETS")]
    pub targets: Option<String>,
    /// A network by name that is scanned too; may be given several times
    #[arg(long, value_name = "NAME")]
    pub network: Vec<String>,
    /// What not to scan
    #[arg(long, value_name = "TARGETS")]
    pub exclude: Option<String>,
    /// Ports: 22,80,8000-8100, U:53, all or top:N [default: top:1000]
    #[arg(long, short, value_name = "PORTS")]
    pub ports: Option<String>,
    /// Options of nmap, in its own spelling, in one argument
    #[arg(long, value_name = "OPTIONS", allow_hyphen_values = true)]
    pub options: Option<String>,
    /// A scan to start from: fast, service, full, discovery or udp-top
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// From where it is run; may be given several times [default: the server's only site]
    #[arg(long, value_name = "SITE", value_parser = super::site)]
    pub site: Vec<SiteId>,
    /// When it runs: rate(15 minutes), cron(0 3 ? * MON-FRI *), at(2026-12-24T18:00:00)
    #[arg(long, value_name = "EXPRESSION", conflicts_with_all = ["every", "no_schedule"])]
    pub schedule: Option<String>,
    /// When it runs, in short: 30m, 6h or 1d
    #[arg(long, value_name = "TIME", conflicts_with = "no_schedule")]
    pub every: Option<String>,
    /// It runs only when somebody starts it
    #[arg(long)]
    pub no_schedule: bool,
    /// The zone in which the schedule is read, e.g. Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// Put each start off by a random time up to so many minutes
    #[arg(long, value_name = "MINUTES")]
    pub spread: Option<u16>,
    /// Whether what is seen for the first time is told in a digest [default: yes]
    #[arg(long, value_name = "YES/NO", value_enum, hide_possible_values = true)]
    pub first_look_digest: Option<Choice>,
    /// How many runs in a row must agree before something new is reported [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10))]
    pub confirm_open: Option<u16>,
    /// How many runs in a row must agree before something gone is reported [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10))]
    pub confirm_close: Option<u16>,
    /// A run ends after so many minutes, whatever is missing by then [default: 1440]
    #[arg(long, value_name = "MINUTES")]
    pub deadline: Option<u32>,
    /// What if a run is due while the one before still runs [default: skip]
    #[arg(long, value_name = "skip|queue|replace", value_enum, hide_possible_values = true)]
    pub overlap: Option<OverlapChoice>,
    /// When nothing of it begins: 'MON-FRI 08:00-18:00 Europe/Berlin'; may be given several times
    #[arg(long, value_name = "WINDOW", conflicts_with = "no_blackout_window")]
    pub blackout_window: Vec<String>,
    /// It may run at any time
    #[arg(long)]
    pub no_blackout_window: bool,
    /// What people should know about it
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// One scan, and the server that has it.
#[derive(Debug, Args)]
pub struct OneScan {
    /// The scan: its name, its id, or the beginning of its id
    #[arg(value_name = "SCAN")]
    pub scan: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `scans`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta scans add nightly --targets 10.0.0.0/24 --schedule 'cron(0 3 * * ? *)'
  portdelta scans run nightly --watch
  portdelta scans edit nightly --ports top:100
  portdelta scans edit hourly --blackout-window 'MON-FRI 08:00-18:00 Europe/Berlin'")]
pub enum ScansCommand {
    /// List the scans
    #[command(after_help = "Example:\n  portdelta scans list --all")]
    List {
        /// Also those that were removed
        #[arg(long)]
        all: bool,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show all about a scan
    #[command(after_help = "Example:\n  portdelta scans show nightly")]
    Show(OneScan),
    /// Make a scan
    #[command(after_help = "\
Examples:
  portdelta scans add nightly --targets 10.0.0.0/24 --schedule 'cron(0 3 ? * MON-FRI *)' --time-zone Europe/Berlin
  portdelta scans add servers --targets '10.0.0.0/24, 10.0.5.0/24' --preset service --every 6h --site office")]
    Add {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// The rest.
        #[command(flatten)]
        fields: Box<ScanFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Change what is given; the rest stays, and runs that began are not touched
    #[command(after_help = "Example:\n  portdelta scans edit nightly --ports top:100 --every 12h")]
    Edit {
        /// The scan: its name, its id, or the beginning of its id
        #[arg(value_name = "SCAN")]
        scan: String,
        /// What people call it from now on
        #[arg(long, value_name = "NAME")]
        rename: Option<String>,
        /// What changes.
        #[command(flatten)]
        fields: Box<ScanFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Make another scan of the same kind; it is not scheduled until resumed
    #[command(after_help = "Example:\n  portdelta scans clone nightly --name weekly")]
    Clone {
        /// The scan: its name, its id, or the beginning of its id
        #[arg(value_name = "SCAN")]
        scan: String,
        /// What people call the copy [default: NAME (copy)]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Keep a scan's schedule from firing
    #[command(after_help = "Example:\n  portdelta scans pause nightly")]
    Pause(OneScan),
    /// Let a scan's schedule fire again
    #[command(after_help = "Example:\n  portdelta scans resume nightly")]
    Resume(OneScan),
    /// Run a scan now
    #[command(after_help = "\
With --watch: exit code 0 when all that was asked was covered, 1 when not.

Example:
  portdelta scans run nightly --watch")]
    Run {
        /// The scan: its name, its id, or the beginning of its id
        #[arg(value_name = "SCAN")]
        scan: String,
        /// Only at this site; may be given several times [default: all of its sites]
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Vec<SiteId>,
        /// Show how far it is, until it has ended
        #[arg(long)]
        watch: bool,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Remove a scan; its history stays
    #[command(after_help = "Example:\n  portdelta scans remove nightly")]
    Remove(OneScan),
    /// Show what a scan would do: addresses, tasks, time, and when it runs next
    #[command(after_help = "\
Examples:
  portdelta scans preview --targets 10.0.0.0/16 --ports all --every 1d
  portdelta scans preview nightly --ports top:100")]
    Preview {
        /// A scan to start from: its name, its id, or the beginning of its id
        #[arg(value_name = "SCAN")]
        scan: Option<String>,
        /// What is, or would be.
        #[command(flatten)]
        fields: Box<ScanFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}
