//! `watch` and `doctor`

use std::path::PathBuf;

use clap::Args;

use super::{FormatArguments, JudgementArguments, ViewArguments};

/// `watch`
#[derive(Debug, Args)]
#[command(after_help = "\
A file is taken in when it is complete: it has not changed for --settle seconds, or was moved in. Then it is moved to \
DIR/done, or to DIR/refused with a text file that says why. Hidden files and *.part, *.tmp and *.filepart are left \
alone. Stopping and starting again is harmless: a file that was taken in before changes nothing.

Examples:
  portdelta watch /srv/scans
  portdelta watch /srv/scans --server https://portdelta.example:8443 --site office
  portdelta watch /srv/scans --once")]
pub struct WatchArguments {
    /// The folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// A file that has not changed for so many seconds is complete
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub settle: u64,
    /// Take in what is there, and end
    #[arg(long)]
    pub once: bool,
    /// What the files are judged by.
    #[command(flatten)]
    pub judgement: JudgementArguments,
    /// How many results in a row must agree before something new is reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub confirm_open: u16,
    /// How many results in a row must agree before something gone is reported
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub confirm_close: u16,
    /// Where to remember.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The output format: json and jsonl write an object a file.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// `doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 all is well, 1 something is not, 2 the check itself failed.

Examples:
  portdelta doctor
  portdelta doctor --server https://portdelta.example:8443
  portdelta doctor --local")]
pub struct DoctorArguments {
    /// Look at this machine only
    #[arg(long, conflicts_with = "server")]
    pub local: bool,
    /// The data folder of this machine.
    #[arg(
        long,
        value_name = "DIR",
        help = "The data folder of this machine [env: PORTDELTA_DATA] [default: the user's data folder]"
    )]
    pub data: Option<PathBuf>,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
    /// The server.
    #[command(flatten)]
    pub server: super::ServerArguments,
}
