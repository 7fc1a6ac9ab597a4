//! Prints the CPU seconds that quick-xml alone needs for a file.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use portdelta_benches::bare_xml_loop::count_events;
use rustix::time::{ClockId, clock_gettime};

/// Prints the CPU seconds that quick-xml alone needs for a file in memory, reading the file not counted.
#[derive(Parser)]
struct Options {
    /// The file.
    file: PathBuf,
}

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    std::time::Duration::try_from(now).unwrap_or_default().as_secs_f64()
}

fn main() -> anyhow::Result<()> {
    let Options { file } = Options::parse();
    let xml = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let start = cpu_seconds();
    let events = count_events(&xml).with_context(|| format!("{} is no XML", file.display()))?;
    println!("{:.6}", cpu_seconds() - start);
    eprintln!("{events} events, {} bytes", xml.len());
    Ok(())
}
