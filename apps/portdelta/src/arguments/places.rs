//! `sites`, `networks` and `note`

use std::net::IpAddr;

use clap::{Args, Subcommand};
use portdelta_core::ids::SiteId;

use super::{Choice, RemoteArguments};

/// `sites`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta sites add office --name 'Head office'
  portdelta sites list")]
pub enum SitesCommand {
    /// List the sites
    #[command(after_help = "Example:\n  portdelta sites list --format json")]
    List(RemoteArguments),
    /// Make a site
    #[command(after_help = "Example:\n  portdelta sites add office --name 'Head office'")]
    Add {
        /// Its id: letters, digits, - _ and . in lower case; never changes
        #[arg(value_name = "SITE", value_parser = super::site)]
        site: SiteId,
        /// What people call it [default: its id]
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Whatever people want to remember
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        notes: String,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Change what is given; the rest stays
    #[command(after_help = "Example:\n  portdelta sites edit office --name 'Office in town'")]
    Edit {
        /// The site
        #[arg(value_name = "SITE", value_parser = super::site)]
        site: SiteId,
        /// What people call it
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// Whatever people want to remember
        #[arg(long, value_name = "TEXT")]
        notes: Option<String>,
        /// Whether runs begin there
        #[arg(long, value_name = "YES/NO", value_enum, hide_possible_values = true)]
        active: Option<Choice>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Let no more runs begin at a site; what was found there stays
    #[command(after_help = "Example:\n  portdelta sites remove office")]
    Remove {
        /// The site
        #[arg(value_name = "SITE", value_parser = super::site)]
        site: SiteId,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}

/// What people remember of a host or a network.
#[derive(Debug, Args)]
pub struct RemarkFields {
    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    pub owner: Option<String>,
    /// Whatever people want to remember
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
    /// A short word to find it by; may be given several times, and replaces those it had
    #[arg(long, value_name = "WORD")]
    pub label: Vec<String>,
}

impl RemarkFields {
    /// Nothing is given.
    pub fn is_empty(&self) -> bool {
        self.owner.is_none() && self.notes.is_none() && self.label.is_empty()
    }

    /// What is given in place of what was; the rest stays.
    pub fn over(
        &self,
        (owner, notes, labels): (String, String, Vec<String>),
    ) -> (String, String, Vec<String>) {
        (
            self.owner.clone().unwrap_or(owner),
            self.notes.clone().unwrap_or(notes),
            if self.label.is_empty() { labels } else { self.label.clone() },
        )
    }
}

/// `note`
#[derive(Debug, Args)]
#[command(after_help = "\
Without anything to note it shows what was noted.

Examples:
  portdelta note 10.0.0.7 --owner 'mail people' --label mail --label dmz
  portdelta note 10.0.0.7")]
pub struct NoteArguments {
    /// The host's address
    #[arg(value_name = "ADDRESS")]
    pub address: IpAddr,
    /// The vantage point; may be left out where the server has only one
    #[arg(long, value_name = "SITE")]
    pub site: Option<SiteId>,
    /// What people remember of it.
    #[command(flatten)]
    pub remarks: RemarkFields,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// What a network has beside its name.
#[derive(Debug, Args)]
pub struct NetworkFields {
    /// Its addresses: 10.0.0.0/24, 10.0.5.0/24
    #[arg(long, value_name = "TARGETS")]
    pub prefixes: Option<String>,
    /// What people remember of it.
    #[command(flatten)]
    pub remarks: RemarkFields,
}

/// `networks`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta networks add servers --prefixes 10.0.0.0/24 --owner operations
  portdelta networks list")]
pub enum NetworksCommand {
    /// List the networks
    #[command(after_help = "Example:\n  portdelta networks list")]
    List(RemoteArguments),
    /// Give a name to addresses
    #[command(
        after_help = "Example:\n  portdelta networks add servers --prefixes '10.0.0.0/24, 10.0.5.0/24' --label production"
    )]
    Add {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// The rest.
        #[command(flatten)]
        fields: NetworkFields,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Change what is given; the rest stays
    #[command(after_help = "Example:\n  portdelta networks edit servers --owner 'platform team'")]
    Edit {
        /// The network
        #[arg(value_name = "NAME")]
        name: String,
        /// What changes.
        #[command(flatten)]
        fields: NetworkFields,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Forget a network; what was seen there stays
    #[command(after_help = "Example:\n  portdelta networks remove servers")]
    Remove {
        /// The network
        #[arg(value_name = "NAME")]
        name: String,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}
