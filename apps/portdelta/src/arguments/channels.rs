//! `channels`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use portdelta_protocol::admin::SmtpSecurity;

use super::alerts::SeverityChoice;
use super::{Choice, RemoteArguments};

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecurityChoice {
    /// From the first byte
    Tls,
    /// It begins plain and must switch
    Starttls,
    /// Not at all: for a relay on the server's machine
    None,
}

impl From<SecurityChoice> for SmtpSecurity {
    fn from(choice: SecurityChoice) -> Self {
        match choice {
            SecurityChoice::Tls => Self::Tls,
            SecurityChoice::Starttls => Self::Starttls,
            SecurityChoice::None => Self::None,
        }
    }
}

/// What goes to a channel; everything that is given must hold.
#[derive(Debug, Default, Args)]
pub struct FilterFields {
    /// Only alerts that matter at least so much: low, medium, high or critical
    #[arg(long, value_name = "SEVERITY", value_enum, hide_possible_values = true)]
    pub min_severity: Option<SeverityChoice>,
    /// Only this site; may be given several times
    #[arg(long = "only-site", value_name = "SITE")]
    pub sites: Vec<String>,
    /// Only this network; may be given several times
    #[arg(long = "only-network", value_name = "NAME")]
    pub networks: Vec<String>,
    /// Only this scan: its name or id; may be given several times
    #[arg(long = "only-scan", value_name = "SCAN")]
    pub scans: Vec<String>,
    /// Only digests, or only alerts: digest or alert
    #[arg(long = "only-kind", value_name = "KIND", value_parser = ["digest", "alert"], hide_possible_values = true)]
    pub kinds: Vec<String>,
    /// Whether all alerts go at once, not only critical ones [default: no]
    #[arg(long, value_name = "YES/NO", value_enum, hide_possible_values = true)]
    pub at_once: Option<Choice>,
    /// Whether runs that changed nothing are told, too [default: no]
    #[arg(long, value_name = "YES/NO", value_enum, hide_possible_values = true)]
    pub quiet_runs: Option<Choice>,
}

/// Where e-mail goes.
#[derive(Debug, Default, Args)]
pub struct SmtpFields {
    /// The mail server
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Its port [default: by the protection]
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// How the connection is protected: starttls, tls or none [default: starttls]
    #[arg(long, value_name = "HOW", value_enum, hide_possible_values = true)]
    pub security: Option<SecurityChoice>,
    /// For sign-in
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// File with the password; - is standard input
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The sender
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// A recipient; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
}

/// Where a webhook is.
#[derive(Debug, Default, Args)]
pub struct WebhookFields {
    /// Where to
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// File with the address, where that is a secret; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub url_file: Option<PathBuf>,
    /// It may be on the server's machine or in a private network, and without encryption
    #[arg(long)]
    pub allow_private: bool,
}

/// A kind of channel to add.
#[derive(Debug, Subcommand)]
pub enum AddChannel {
    /// E-mail
    #[command(after_help = "\
Example:
  portdelta channels add smtp mail --host mail.example --user portdelta \\
    --password-file secret --from portdelta@example.com --to operations@example.com")]
    Smtp {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// Where to.
        #[command(flatten)]
        smtp: Box<SmtpFields>,
        /// What goes there.
        #[command(flatten)]
        filter: Box<FilterFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// An HTTP POST of JSON, signed
    #[command(after_help = "\
Example:
  portdelta channels add webhook tickets --url https://tickets.example/hook \\
    --secret-file key --min-severity high")]
    Webhook {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// Where to.
        #[command(flatten)]
        webhook: Box<WebhookFields>,
        /// File with the key of the signature; - is standard input
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
        /// What goes there.
        #[command(flatten)]
        filter: Box<FilterFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// A message in the shape of Slack's incoming webhooks
    #[command(after_help = "Example:\n  portdelta channels add slack chat --url-file slack-url")]
    Slack {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// Where to.
        #[command(flatten)]
        webhook: Box<WebhookFields>,
        /// What goes there.
        #[command(flatten)]
        filter: Box<FilterFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// A program on the server, with the notification as JSON on standard input
    ///
    /// Whoever owns the server's machine puts it into the folder of programs there, see `serve --programs`.
    #[command(
        after_help = "Example:\n  portdelta channels add program pager page --timeout 20 -- --team operations"
    )]
    Program {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// Its name in the server's folder of programs
        #[arg(value_name = "FILE")]
        path: String,
        /// It is ended after so many seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
        timeout: u32,
        /// What goes there.
        #[command(flatten)]
        filter: Box<FilterFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
        /// Its arguments
        #[arg(last = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// A topic of SNS, where the server runs on AWS
    #[command(
        after_help = "Example:\n  portdelta channels add topic people arn:aws:sns:eu-central-1:123456789012:portdelta"
    )]
    Topic {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// The topic's ARN
        #[arg(value_name = "ARN")]
        arn: String,
        /// What goes there.
        #[command(flatten)]
        filter: Box<FilterFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
    /// An event bus of EventBridge, where the server runs on AWS
    #[command(
        after_help = "Example:\n  portdelta channels add bus automation portdelta-events --quiet-runs yes"
    )]
    Bus {
        /// What people call it
        #[arg(value_name = "NAME")]
        name: String,
        /// The bus: its name or ARN
        #[arg(value_name = "BUS")]
        bus: String,
        /// What goes there.
        #[command(flatten)]
        filter: Box<FilterFields>,
        /// The server.
        #[command(flatten)]
        remote: RemoteArguments,
    },
}

/// One channel, and the server that uses it.
#[derive(Debug, Args)]
pub struct OneChannel {
    /// The channel: its name, its id, or the beginning of its id
    #[arg(value_name = "CHANNEL")]
    pub channel: String,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `channels edit`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  portdelta channels edit mail --to operations@example.com --to security@example.com
  portdelta channels edit mail --disable")]
pub struct EditChannel {
    /// The channel: its name, its id, or the beginning of its id
    #[arg(value_name = "CHANNEL")]
    pub channel: String,
    /// What people call it from now on
    #[arg(long, value_name = "NAME")]
    pub rename: Option<String>,
    /// Use it
    #[arg(long, conflicts_with = "disable")]
    pub enable: bool,
    /// Use it no more
    #[arg(long)]
    pub disable: bool,
    /// Let everything through, before what is given here
    #[arg(long)]
    pub no_filter: bool,
    /// What goes there.
    #[command(flatten)]
    pub filter: FilterFields,
    /// For e-mail.
    #[command(flatten)]
    pub smtp: SmtpFields,
    /// For webhooks.
    #[command(flatten)]
    pub webhook: WebhookFields,
    /// For webhooks: file with the key of the signature; - is standard input
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// `channels`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  portdelta channels add smtp mail --host mail.example \\
    --from portdelta@example.com --to operations@example.com
  portdelta channels test mail")]
pub enum ChannelsCommand {
    /// List the channels
    #[command(after_help = "Example:\n  portdelta channels list")]
    List(RemoteArguments),
    /// Add a channel
    #[command(
        subcommand,
        after_help = "\
Examples:
  portdelta channels add smtp mail --host mail.example --from portdelta@example.com --to operations@example.com
  portdelta channels add webhook tickets --url https://tickets.example/hook --secret-file key"
    )]
    Add(AddChannel),
    /// Change what is given; the rest stays
    Edit(Box<EditChannel>),
    /// Remove a channel
    #[command(after_help = "Example:\n  portdelta channels remove mail")]
    Remove(OneChannel),
    /// Send something through a channel, and say whether it arrived
    #[command(after_help = "\
Exit codes: 0 the other side has taken it, 1 it has not, 2 error.

Example:
  portdelta channels test mail")]
    Test(OneChannel),
}
