//! Fills a data folder with a large installation, to look at its dashboard and to measure it.

use std::fs;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser;
use portdelta_app::ports::Clock as _;
use portdelta_benches::seed::{Seeding, seed};
use portdelta_core::UnixTime;
use portdelta_system::SystemClock;

/// What a folder that was filled to its end has: other programs look for it.
const MARK: &str = "seeded.json";

/// Runs between two lines of progress where they can't be written over.
const BETWEEN_LINES: u32 = 100;

/// Fills a data folder with a large installation.
#[derive(Parser)]
struct Options {
    /// The folder; it is made.
    data: PathBuf,
    /// How many hosts: a power of two from 256 to 65536.
    #[arg(long, default_value_t = 65_536)]
    hosts: u32,
    /// How many runs, one each 45 minutes.
    #[arg(long, default_value_t = 1_000)]
    runs: u32,
    /// The second since 1970 at which the last run has ended; now, if absent.
    #[arg(long)]
    until: Option<i64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Options { data, hosts, runs, until } = Options::parse();
    let until = until.map_or(Some(SystemClock.now()), UnixTime::from_seconds);
    let seeding = Seeding { hosts, runs, until: until.context("--until is no time")? };
    let (begin, terminal) = (Instant::now(), stderr().is_terminal());
    seed(&data, &seeding, |done| {
        if terminal {
            eprint!("\rseed: {done} of {runs} runs");
            // Progress that is not seen is no failure.
            let _ = stderr().flush();
        } else if done.is_multiple_of(BETWEEN_LINES) || done == runs {
            eprintln!("seed: {done} of {runs} runs");
        }
    })
    .await?;
    if terminal {
        eprintln!();
    }
    let mark = data.join(MARK);
    let text =
        serde_json::json!({"hosts": hosts, "runs": runs, "until": seeding.until.seconds()}).to_string();
    fs::write(&mark, text).with_context(|| format!("cannot write {}", mark.display()))?;
    eprintln!("seed: {hosts} hosts, {runs} runs, in {:.0} s", begin.elapsed().as_secs_f64());
    Ok(())
}
