//! `agents`

use clap::{Args, Subcommand};
use portdelta_core::ids::SiteId;

use super::RemoteArguments;

/// One agent, and the server that knows it.
#[derive(Debug, Args)]
pub struct OneAgent {
    /// The agent: its name, its id, or the beginning of its id
    #[arg(value_name = "AGENT")]
    pub agent: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `agents`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta agents enrol --site office      prints a command to run on the agent's machine
  portdelta agents approve office-1
  portdelta agents list")]
pub enum AgentsCommand {
    /// List the agents
    #[command(after_help = "Example:\n  portdelta agents list --site office")]
    List {
        /// Only those of this site
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// Also those that are hidden
        #[arg(long)]
        hidden: bool,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Show all about an agent
    #[command(after_help = "Example:\n  portdelta agents show office-1")]
    Show(OneAgent),
    /// Make a token with which one agent can enrol, and print the command to run there
    #[command(after_help = "Example:\n  portdelta agents enrol --site office --expires 60")]
    Enrol {
        /// The site of the agent [default: the server's only site]
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: Option<SiteId>,
        /// The token can be used for so many minutes
        #[arg(long, value_name = "MINUTES", default_value_t = 1440, value_parser = clap::value_parser!(u32).range(1..=43200))]
        expires: u32,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Let an agent work: compare its key with what it printed
    #[command(after_help = "Example:\n  portdelta agents approve office-1")]
    Approve(OneAgent),
    /// Never give an agent work again, and refuse its results
    #[command(after_help = "Example:\n  portdelta agents revoke office-1")]
    Revoke(OneAgent),
    /// Leave an agent out of lists
    #[command(after_help = "Example:\n  portdelta agents hide office-1")]
    Hide(OneAgent),
    /// Show a hidden agent in lists again
    #[command(after_help = "Example:\n  portdelta agents show-hidden office-1")]
    ShowHidden(OneAgent),
    /// Give an agent the tasks of another site
    #[command(after_help = "Example:\n  portdelta agents move office-1 --site branch")]
    Move {
        /// The agent: its name, its id, or the beginning of its id
        #[arg(value_name = "AGENT")]
        agent: String,
        /// Whose tasks it gets from now on
        #[arg(long, value_name = "SITE", value_parser = super::site)]
        site: SiteId,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}
