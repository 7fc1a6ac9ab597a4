//! Which server is meant, and how its answers are written.

use std::path::PathBuf;

use clap::Args;
use portdelta_core::ids::SiteId;

use super::FormatArguments;

/// A server, and how to get in.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Server")]
pub struct ServerArguments {
    /// The server that is named.
    #[arg(
        long,
        value_name = "URL",
        help = "The server [env: PORTDELTA_SERVER] [default: that of `login`, or one that runs on this machine]"
    )]
    pub server: Option<String>,
    /// A file with the token.
    #[arg(
        long,
        value_name = "FILE",
        help = "File with the token; - is standard input [env: PORTDELTA_TOKEN, the token] [default: that of `login`]"
    )]
    pub token_file: Option<PathBuf>,
    /// Accept this certificate and no other
    #[arg(long, value_name = "SHA256")]
    pub server_pin: Option<String>,
    /// Send the token also without encryption, to another machine
    #[arg(long)]
    pub insecure_http: bool,
}

impl ServerArguments {
    /// The server that is named here or in the environment.
    pub fn named(&self) -> Option<String> {
        let from_environment = || std::env::var("PORTDELTA_SERVER").ok().filter(|server| !server.is_empty());
        self.server.clone().or_else(from_environment)
    }
}

/// For commands that need a server.
#[derive(Debug, Args)]
pub struct RemoteArguments {
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
    /// The server.
    #[command(flatten)]
    pub server: ServerArguments,
}

/// For commands that work on a data folder, or on a server.
#[derive(Debug, Args)]
pub struct ViewArguments {
    /// The folder that remembers.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "server",
        help = "The folder that remembers [env: PORTDELTA_DATA] [default: the user's data folder, e.g. ~/.local/share/portdelta]"
    )]
    pub data: Option<PathBuf>,
    /// The vantage point: what is seen from different sites is never mixed [default: local; of a server its only site]
    #[arg(long, value_name = "NAME", value_parser = super::site)]
    pub site: Option<SiteId>,
    /// The server.
    #[command(flatten)]
    pub server: ServerArguments,
}
