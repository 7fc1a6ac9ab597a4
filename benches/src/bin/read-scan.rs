//! Reads a scan as a whole process, for comparing with other programs that read all of it.

use std::path::PathBuf;

use clap::Parser;
use portdelta_benches::streamed::count_ports_of;

/// Reads everything that stands in a file, services and scripts too, and prints how many ports it lists.
///
/// `portdelta parse` is no measure for that: it counts, and passes over what it does not count.
#[derive(Parser)]
struct Options {
    /// The file.
    file: PathBuf,
}

fn main() -> anyhow::Result<()> {
    println!("{}", count_ports_of(&Options::parse().file)?);
    Ok(())
}
