//! Our streamed reading against quick-xml's bare loop, in one process.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use portdelta_benches::bare_xml_loop::count_events;
use portdelta_benches::cpu::measured;
use portdelta_benches::streamed::count_ports_of;
use serde::Serialize;

/// Prints what our streamed reading of a file needs, and what quick-xml alone needs for the same bytes in
/// memory: median CPU seconds of alternating rounds, as JSON.
#[derive(Parser)]
struct Options {
    /// The file.
    file: PathBuf,
    /// How often each reads it.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
}

#[derive(Serialize)]
struct Measured {
    bare: f64,
    streamed: f64,
}

fn main() -> anyhow::Result<()> {
    let Options { file, rounds } = Options::parse();
    let xml = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let (mut bare, mut streamed) = (Vec::new(), Vec::new());
    // The first round warms up, and does not count.
    for round in 0..=rounds {
        let (bare_seconds, events) = measured(|| count_events(&xml));
        let (streamed_seconds, ports) = measured(|| count_ports_of(&file));
        events.with_context(|| format!("{} is no XML", file.display()))?;
        ports?;
        if round > 0 {
            bare.push(bare_seconds);
            streamed.push(streamed_seconds);
        }
    }
    let measured = Measured { bare: median(bare), streamed: median(streamed) };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}
