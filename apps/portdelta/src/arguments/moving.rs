//! `export`

use std::path::PathBuf;

use clap::Args;

use super::FormatArguments;

/// `export`
#[derive(Debug, Args)]
#[command(after_help = "\
What is in it: sites, networks, scans, state, changes, results' records, runs with their tasks and reports, alerts with \
their history, watched ports and channels. What is not: the agents' keys (agents enrol anew), what waits in queues, raw \
results unless --with-results, and passwords, keys and tokens unless --with-secrets. Stop the server first. Take it in \
with `portdelta import --all`.

Examples:
  portdelta export --all office.pdmove
  portdelta export --all - --with-results | ssh backup 'cat > office.pdmove'
  portdelta export --all office.pdmove --data /var/lib/portdelta --with-secrets")]
pub struct ExportArguments {
    /// Write all that is known to this file; - is standard output
    #[arg(long, value_name = "FILE", required = true)]
    pub all: PathBuf,
    /// Also raw results: without them `portdelta rebuild` can't go back behind the move
    #[arg(long)]
    pub with_results: bool,
    /// Also passwords and keys of channels, and administrators' tokens: keep the file as safe as those
    #[arg(long)]
    pub with_secrets: bool,
    /// The folder that remembers [default: the user's data folder, e.g. ~/.local/share/portdelta]
    #[arg(long, value_name = "DIR", env = "PORTDELTA_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}
