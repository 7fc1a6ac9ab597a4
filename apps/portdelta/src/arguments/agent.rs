//! `agent`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::FormatArguments;

/// `agent`
#[derive(Debug, Args)]
#[command(after_help = "\
An agent stands near the networks that it scans. It connects to its server, and never listens on a port.

Examples:
  portdelta agent enrol pde_eyJzZXJ2ZXIi...    once, with a token from the server
  portdelta agent run                          work; waits until an administrator approves it
  portdelta agent run --enrol pde_eyJzZXJ2...  both in one
  portdelta agent status")]
pub struct AgentArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: AgentCommand,
}

/// The commands of an agent.
#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    /// Make a key, and ask a server to be let in
    Enrol(AgentEnrolArguments),
    /// Take tasks, scan, and send the results
    Run(AgentRunArguments),
    /// Show what the agent on this machine does
    Status(AgentStatusArguments),
}

/// Where an agent keeps what it must remember.
#[derive(Debug, Args)]
pub struct AgentHomeArguments {
    /// The agent's folder [default: the user's data folder, e.g. ~/.local/share/portdelta-agent]
    #[arg(long, value_name = "DIR", env = "PORTDELTA_AGENT_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
}

/// How it gets to its server.
#[derive(Debug, Args)]
pub struct ProxyArguments {
    /// The proxy.
    #[arg(
        long,
        value_name = "URL",
        env = "PORTDELTA_AGENT_PROXY",
        hide_env_values = true,
        help = "An HTTP proxy: http://proxy.example:3128 [default: HTTPS_PROXY and NO_PROXY]"
    )]
    pub proxy: Option<String>,
}

/// `agent enrol`
#[derive(Debug, Args)]
#[command(after_help = "\
The token is made where the server runs. It works once; given again, it changes nothing. The key stays in the agent's \
folder and can be read by its user only.

Examples:
  portdelta agent enrol pde_eyJzZXJ2ZXIi... --name office-1
  portdelta agent enrol - < token.txt")]
pub struct AgentEnrolArguments {
    /// The token; - reads it from standard input, so that no list of processes shows it
    #[arg(value_name = "TOKEN")]
    pub token: String,
    /// What the agent is to be called [default: the name of this machine]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Give up the former server, and the key made for it
    #[arg(long)]
    pub replace: bool,
    /// The way to the server.
    #[command(flatten)]
    pub proxy: ProxyArguments,
    /// Where to remember.
    #[command(flatten)]
    pub home: AgentHomeArguments,
}

/// `agent run`
#[derive(Debug, Args)]
#[command(after_help = "\
On SIGTERM or Ctrl-C it ends nmap, hands its tasks back and ends; a second one ends it at once.

Exit codes:
  0    ended as asked
  2    the command was wrong, or failed
  3    this agent was revoked
  4    agent and server are too far apart in age
  130  interrupted twice

Examples:
  portdelta agent run --limits /etc/portdelta/limits.toml
  portdelta agent run --once --concurrency 4")]
pub struct AgentRunArguments {
    /// Enrol first, if this has not been done; - reads the token from standard input
    #[arg(long, value_name = "TOKEN", env = "PORTDELTA_AGENT_TOKEN", hide_env_values = true)]
    pub enrol: Option<String>,
    /// What the agent is to be called, with --enrol
    #[arg(long, value_name = "NAME", env = "PORTDELTA_AGENT_NAME", hide_env_values = true)]
    pub name: Option<String>,
    /// End when no work is left
    #[arg(long)]
    pub once: bool,
    /// How many tasks at once, one nmap each
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub concurrency: u32,
    /// What this machine's owner allows, whatever the server asks; a file
    #[arg(long, value_name = "FILE", env = "PORTDELTA_AGENT_LIMITS", hide_env_values = true)]
    pub limits: Option<PathBuf>,
    /// How much may wait on disk for its upload: 500M, 2G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size)]
    pub spool_budget: u64,
    /// The way to the server.
    #[command(flatten)]
    pub proxy: ProxyArguments,
    /// How the log is written.
    #[command(flatten)]
    pub log: LogArguments,
    /// Where to remember.
    #[command(flatten)]
    pub home: AgentHomeArguments,
}

/// `agent status`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  portdelta agent status --format json")]
pub struct AgentStatusArguments {
    /// Where it is remembered.
    #[command(flatten)]
    pub home: AgentHomeArguments,
    /// The output format.
    #[command(flatten)]
    pub format: FormatArguments,
}

/// How a log is written, on standard error.
#[derive(Debug, Args)]
pub struct LogArguments {
    /// How the log is written
    #[arg(long, value_enum, default_value_t)]
    pub log_format: LogFormat,
    /// What is logged: error, warn, info, debug
    #[arg(long, value_name = "LEVEL", env = "PORTDELTA_LOG", default_value = "info", hide_env_values = true)]
    pub log_level: String,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `500M`, `2G`, `1048576`: powers of 1024.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || "a size is a number of bytes, or one with K, M or G".to_owned();
    let (number, unit) = match text.char_indices().next_back() {
        Some((end, letter)) if letter.is_ascii_alphabetic() => (&text[..end], letter.to_ascii_uppercase()),
        _ => (text, 'B'),
    };
    let power = match unit {
        'B' => 0,
        'K' => 1,
        'M' => 2,
        'G' => 3,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let bytes = number.checked_mul(1024_u64.pow(power)).ok_or_else(wrong)?;
    if bytes < 1 << 20 { Err("less than 1M is too little for a result".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("2G"), Ok(2 << 30));
        assert_eq!(size("500m"), Ok(500 << 20));
        assert_eq!(size("1048576"), Ok(1 << 20));
        for text in ["", "G", "1T", "-1M", "1.5G", "1K", "99999999999999999999", "9999999999999G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
