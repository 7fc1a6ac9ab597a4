//! `login`, `logout`

use std::path::PathBuf;

use clap::Args;

/// `login`
#[derive(Debug, Args)]
#[command(after_help = "\
The token is asked for, unless --token-file or PORTDELTA_TOKEN gives it. A certificate that no \
public authority has signed is shown, to be compared with what the server printed at its start, and \
then accepted as the only one. Server, token and certificate are kept in \
~/.config/portdelta/login.json, which only you can read.

Examples:
  portdelta login https://portdelta.example:8443
  portdelta login https://192.0.2.10:8443 --server-pin 4f0c...")]
pub struct LoginArguments {
    /// The server's address
    #[arg(value_name = "URL")]
    pub server: String,
    /// File with the token; - is standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The certificate to accept, without asking
    #[arg(long, value_name = "SHA256")]
    pub server_pin: Option<String>,
    /// Send the token also without encryption, to another machine
    #[arg(long)]
    pub insecure_http: bool,
}
