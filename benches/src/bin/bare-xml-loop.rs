//! Prints the CPU seconds that quick-xml alone needs for a file.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use portdelta_benches::bare_xml_loop::count_events;
use portdelta_benches::cpu::measured;

/// Prints the CPU seconds that quick-xml alone needs for a file in memory; reading the file is not counted.
#[derive(Parser)]
struct Options {
    /// The file.
    file: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let Options { file } = Options::parse();
    let xml = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let (seconds, events) = measured(|| count_events(&xml));
    let events = events.with_context(|| format!("{} is no XML", file.display()))?;
    eprintln!("{events} events, {} bytes", xml.len());
    println!("{seconds:.6}");
    Ok(())
}
