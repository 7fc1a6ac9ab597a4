//! `runs` and `reports`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portdelta_core::ids::SiteId;
use portdelta_formats::report::ReportFormat;

use super::RemoteArguments;

/// Which runs are wanted.
#[derive(Debug, Args)]
pub struct RunFilter {
    /// Only those of this site
    #[arg(long, value_name = "SITE", value_parser = super::site)]
    pub site: Option<SiteId>,
    /// Only those of this scan: its name, its id, or the beginning of its id
    #[arg(long, value_name = "SCAN")]
    pub scan: Option<String>,
}

/// Which reports are wanted; everything that is given must hold.
#[derive(Debug, Args)]
pub struct ReportFilter {
    /// Which runs.
    #[command(flatten)]
    pub runs: RunFilter,
    /// Only those that touched this network
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// Only those that are so: stable, changes or critical
    #[arg(long, value_name = "STATUS", value_parser = ["stable", "changes", "critical"], hide_possible_values = true)]
    pub status: Option<String>,
    /// Only those with such a score: excellent, good, monitor or critical
    #[arg(long, value_name = "CLASS", value_parser = ["excellent", "good", "monitor", "critical"], hide_possible_values = true)]
    pub class: Option<String>,
    /// Only those with such a change: host-new, port-opened, service-changed ...
    #[arg(long, value_name = "KIND", value_parser = super::kind)]
    pub kind: Option<portdelta_core::delta::Kind>,
    /// Only what ended since then: 2026-01-31, or 2026-01-31T02:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

/// One run, and the server that knows it.
#[derive(Debug, Args)]
pub struct OneRun {
    /// The run: its id, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `runs`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta runs list --scan nightly
  portdelta runs watch latest")]
pub enum RunsCommand {
    /// List runs, newest first
    #[command(after_help = "Example:\n  portdelta runs list --open")]
    List {
        /// Which runs.
        #[command(flatten)]
        filter: RunFilter,
        /// Only those that have not ended
        #[arg(long)]
        open: bool,
        /// Only those that are so: running, complete, partial, cancelled or expired
        #[arg(long, value_name = "STATE", value_parser = ["running", "complete", "partial", "cancelled", "expired"], hide_possible_values = true)]
        state: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value = "20")]
        limit: std::num::NonZeroUsize,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show all about a run, also its tasks
    #[command(after_help = "Example:\n  portdelta runs show latest --tasks")]
    Show {
        /// The run: its id, or `latest`
        #[arg(value_name = "RUN")]
        run: String,
        /// List its tasks, and who has them
        #[arg(long)]
        tasks: bool,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show how far a run is, until it has ended
    #[command(after_help = "\
Exit codes: 0 all that was asked was covered, 1 not all, 2 error. Ctrl-C ends the watching, not the run.

Example:
  portdelta runs watch latest")]
    Watch(OneRun),
    /// Cancel a run; what was taken in by then stays
    #[command(after_help = "Example:\n  portdelta runs cancel now-0123456789abcdef01234567")]
    Cancel(OneRun),
}

/// `reports`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta reports show latest
  portdelta reports export latest --format html --output report.html
  portdelta reports export-all --scan nightly --zip nightly.zip")]
pub enum ReportsCommand {
    /// List the reports of finished runs, newest first
    #[command(after_help = "Example:\n  portdelta reports list --scan nightly")]
    List {
        /// Which reports.
        #[command(flatten)]
        filter: Box<ReportFilter>,
        /// At most so many
        #[arg(long, value_name = "N", default_value = "20")]
        limit: std::num::NonZeroUsize,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show what a run found
    #[command(after_help = "Example:\n  portdelta reports show latest --why")]
    Show {
        /// The run: its id, or `latest`
        #[arg(value_name = "RUN")]
        run: String,
        /// Say why for each change
        #[arg(long)]
        why: bool,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Write one report as CSV, JSON, JSON lines, text or HTML
    #[command(after_help = "Example:\n  portdelta reports export latest --format html --output report.html")]
    Export {
        /// The run: its id, or `latest`
        #[arg(value_name = "RUN")]
        run: String,
        /// csv, json, jsonl, text or html [default: by the name of the file, else text]
        #[arg(long, value_name = "FORMAT", value_parser = report_format)]
        format: Option<ReportFormat>,
        /// Where to; there must be no such file yet [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace the file
        #[arg(long)]
        force: bool,
        /// The server.
        #[command(flatten)]
        server: super::ServerArguments,
    },
    /// Write all reports in every format into one ZIP file
    #[command(after_help = "Example:\n  portdelta reports export-all --scan nightly --zip nightly.zip")]
    ExportAll {
        /// Which reports.
        #[command(flatten)]
        filter: Box<ReportFilter>,
        /// The file; there must be none yet
        #[arg(long, value_name = "FILE")]
        zip: PathBuf,
        /// Replace the file
        #[arg(long)]
        force: bool,
        /// The server.
        #[command(flatten)]
        server: super::ServerArguments,
    },
}

fn report_format(text: &str) -> Result<ReportFormat, String> {
    let names = || ReportFormat::ALL.map(ReportFormat::name).join(", ");
    ReportFormat::from_name(text).ok_or_else(|| format!("formats are {}", names()))
}
