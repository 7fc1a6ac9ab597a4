//! `cargo xtask bench`: measures, and holds the measures against the goals.

mod accuracy;
mod check;
pub mod goals;
mod measure;
mod peers;

use clap::Args;

use crate::steps::run;
use crate::workspace::cargo;

/// What to measure.
#[derive(Args)]
pub struct BenchOptions {
    /// Compare with the goals, as ratios to what others need in the same run; fail if one is missed.
    #[arg(long, conflicts_with = "histories")]
    check: bool,
    /// Check this many random histories of scans against the naive model.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1000000")]
    histories: Option<u64>,
}

/// Measures.
///
/// # Errors
/// If a goal is missed, or something cannot be measured.
pub fn bench(options: &BenchOptions) -> anyhow::Result<()> {
    if options.check {
        return check::check();
    }
    if let Some(count) = options.histories {
        let mut command = cargo();
        command.args(["test", "-p", "portdelta-core", "--release", "--locked", "--test", "histories"]);
        return run(command.args(["--", "--nocapture"]).env("PORTDELTA_HISTORIES", count.to_string()));
    }
    run(cargo().args(["bench", "-p", "portdelta-benches", "--locked"]))
}
