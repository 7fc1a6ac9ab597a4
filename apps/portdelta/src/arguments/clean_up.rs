//! `clean-up`

use clap::Args;
use portdelta_core::ids::SiteId;

use super::RemoteArguments;

/// `clean-up`
#[derive(Debug, Args)]
#[command(after_help = "\
As if nothing had ever looked there: hosts, ports, coverage, changes, alerts and notes of hosts go; of a whole site also \
runs, reports and raw results. What is set up stays: networks, scans, schedules, agents, expectations. The next scan is a \
first look. What a scan had seen before does not come back, also where its result comes late.

Without --yes nothing is removed: what would go is only counted. What went does not come back.

Examples:
  portdelta clean-up --site office --target 192.0.2.7
  portdelta clean-up --site office --network Lab --yes
  portdelta clean-up --site old-office --yes
  portdelta clean-up --list")]
pub struct CleanUpArguments {
    /// The site; all of it where neither a network nor targets are given
    #[arg(long, value_name = "SITE", required_unless_present = "list")]
    pub site: Option<SiteId>,
    /// Only what belongs to this network of it; unassigned for what belongs to none
    #[arg(long, value_name = "NAME", conflicts_with = "targets")]
    pub network: Option<String>,
    /// Only these addresses of it: 192.0.2.7, 10.1.0.0/16; repeatable
    #[arg(long = "target", value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Remove it
    #[arg(long)]
    pub yes: bool,
    /// Show the clean-ups of the last 90 days, and how far they are
    #[arg(long, conflicts_with_all = ["site", "network", "targets", "yes"])]
    pub list: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}
