//! `retention`

use clap::{Args, Subcommand};

use super::RemoteArguments;

/// `retention`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Everything is kept for ever until somebody says otherwise. What is believed, and alerts, always stay.

Examples:
  portdelta retention show
  portdelta retention set --runs 365 --dry-run")]
pub enum RetentionCommand {
    /// Show what is kept how long
    #[command(after_help = "Example:\n  portdelta retention show --format json")]
    Show(RemoteArguments),
    /// Change what is given; the rest stays
    #[command(after_help = "\
What is older goes with the next sweep, within a day, and does not come back: look first, with --dry-run. Without every \
raw result the state cannot be rebuilt any more.

Examples:
  portdelta retention set --results 90 --runs 365 --dry-run
  portdelta retention set --results forever")]
    Set(SetRetention),
}

/// `retention set`
#[derive(Debug, Args)]
pub struct SetRetention {
    /// Raw results, in days since they were received, or forever
    #[arg(long, value_name = "DAYS", value_parser = kept, required_unless_present = "runs")]
    pub results: Option<Kept>,
    /// Runs with their reports, tasks and deltas, in days since they ended, or forever
    #[arg(long, value_name = "DAYS", value_parser = kept)]
    pub runs: Option<Kept>,
    /// Say what would go, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The server.
    #[command(flatten)]
    pub remote: RemoteArguments,
}

/// How long: so many days, or for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept(pub Option<u32>);

fn kept(text: &str) -> Result<Kept, String> {
    if text == "forever" {
        return Ok(Kept(None));
    }
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.map(|days| Kept(Some(days)))
        .ok_or_else(|| "it is a number of days from 1 to 36500, or forever".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_from_forever_and_from_mistakes() {
        assert_eq!((kept("90"), kept("forever")), (Ok(Kept(Some(90))), Ok(Kept(None))));
        for wrong in ["0", "36501", "-1", "ever", ""] {
            assert!(kept(wrong).is_err(), "{wrong}");
        }
    }
}
