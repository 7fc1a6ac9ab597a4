//! `users`, `tokens`, `audit` and `logs`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portdelta_protocol::admin::{LogLevel, Role};

use super::RemoteArguments;

/// `users`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A viewer sees what was found, an operator scans and decides about alerts, an admin does everything.

Examples:
  portdelta users add anna --role operator
  portdelta users list")]
pub enum UsersCommand {
    /// List the users
    #[command(after_help = "Example:\n  portdelta users list --format json")]
    List(RemoteArguments),
    /// Make a user, who sets a password by the link that is printed
    #[command(after_help = "\
Examples:
  portdelta users add anna@example.org --role operator
  portdelta users add anna --role admin --password-file password.txt")]
    Add {
        /// To sign in with: letters, digits and . _ - + @
        #[arg(value_name = "NAME")]
        name: String,
        /// What they may do: viewer, operator or admin
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// A file with the password, in place of the link; - is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Print a new link to set a password; the one before is void
    #[command(after_help = "Example:\n  portdelta users invite anna")]
    Invite(OneUser),
    /// Change what a user may do
    #[command(after_help = "Example:\n  portdelta users role anna viewer")]
    Role {
        /// The user, by name or id
        #[arg(value_name = "USER")]
        user: String,
        /// What they may do: viewer, operator or admin
        #[arg(value_name = "ROLE")]
        role: Role,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Let a user not sign in any more, and sign them out at once
    #[command(after_help = "Example:\n  portdelta users disable anna")]
    Disable(OneUser),
    /// Let a user sign in again
    #[command(after_help = "Example:\n  portdelta users enable anna")]
    Enable(OneUser),
    /// Remove a user, and sign them out at once
    #[command(after_help = "Example:\n  portdelta users remove anna")]
    Remove(OneUser),
}

/// For commands about one user.
#[derive(Debug, Args)]
pub struct OneUser {
    /// The user, by name or id
    #[arg(value_name = "USER")]
    pub user: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `tokens`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta tokens add backup --role viewer --expires-days 365
  portdelta tokens list")]
pub enum TokensCommand {
    /// List the tokens, with when they were last used
    #[command(after_help = "Example:\n  portdelta tokens list")]
    List(RemoteArguments),
    /// Make a token; it is shown once
    #[command(after_help = "\
Examples:
  portdelta tokens add dashboard-wall --role viewer
  portdelta tokens add pipeline --role operator --expires-days 90 --format json")]
    Add {
        /// What it is for
        #[arg(value_name = "NAME")]
        name: String,
        /// What it may do: viewer, operator or admin
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// It ends after so many days [default: never]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        expires_days: Option<u32>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// Void a token at once
    #[command(after_help = "Example:\n  portdelta tokens revoke dashboard-wall")]
    Revoke {
        /// The token, by name or id
        #[arg(value_name = "TOKEN")]
        token: String,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}

/// `audit`
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is ever removed from the audit trail.

Examples:
  portdelta audit
  portdelta audit --who anna --what scan --limit 20
  portdelta audit --limit 100000 --format csv > audit.csv")]
pub struct AuditArguments {
    /// Only with this text in who did it
    #[arg(long, value_name = "TEXT")]
    pub who: Option<String>,
    /// Only what begins so: scan, or scan.created
    #[arg(long, value_name = "WORD")]
    pub what: Option<String>,
    /// The newest N
    #[arg(long, value_name = "N", default_value = "50")]
    pub limit: std::num::NonZeroUsize,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `logs`
#[derive(Debug, Args)]
#[command(after_help = "\
The server keeps its newest 2,000 lines, until it ends. A stack on AWS keeps its log in CloudWatch: the command says where.

Examples:
  portdelta logs
  portdelta logs --level warn --search ingest --limit 20
  portdelta logs --limit 2000 --format jsonl > log.jsonl")]
pub struct LogsArguments {
    /// Only of this level, and of those that matter more: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    pub level: Option<LogLevel>,
    /// Only with this text
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// The newest N
    #[arg(long, value_name = "N", default_value = "50")]
    pub limit: std::num::NonZeroUsize,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}
