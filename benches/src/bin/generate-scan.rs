//! Writes generated nmap XML: one file, or a pair with a truth file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use portdelta_benches::generate::{Plan, Shape, Side, write_scan, write_truth};

/// Writes generated nmap XML: one file to standard output, or a pair of files with what differs.
#[derive(Parser)]
struct Options {
    /// Which scan it looks like.
    #[arg(long, value_enum, default_value = "full")]
    shape: Shape,
    /// How many hosts, up to 65536.
    #[arg(long, default_value_t = 256)]
    hosts: u32,
    /// Another seed is another network.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The share of ports that differ, from 0 to 1; with 0, only noise differs.
    #[arg(long, default_value_t = 0.01)]
    changed: f64,
    /// Hosts that are in the first file only.
    #[arg(long, default_value_t = 0)]
    gone: u32,
    /// Hosts that are in the second file only.
    #[arg(long, default_value_t = 0)]
    new: u32,
    /// Where to write the first file; standard output if absent.
    #[arg(long)]
    old: Option<PathBuf>,
    /// Where to write the second file.
    #[arg(long = "next")]
    next: Option<PathBuf>,
    /// Where to write what differs, as JSON lines.
    #[arg(long)]
    truth: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let Options { shape, hosts, seed, changed, gone, new, .. } = options;
    let plan = Plan { shape, hosts, seed, changed, gone, new };
    plan.check()?;
    match &options.old {
        Some(path) => write_to(path, |out| write_scan(&plan, Side::Old, out).map(u64::from))?,
        None if options.next.is_none() && options.truth.is_none() => {
            write_scan(&plan, Side::Old, &mut io::stdout().lock())
                .context("cannot write to standard output")?;
        }
        None => {}
    }
    if let Some(path) = &options.next {
        write_to(path, |out| write_scan(&plan, Side::New, out).map(u64::from))?;
    }
    if let Some(path) = &options.truth {
        write_to(path, |out| write_truth(&plan, out))?;
    }
    Ok(())
}

fn write_to(
    path: &PathBuf,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<u64>,
) -> anyhow::Result<()> {
    let attempt = || {
        let mut out = BufWriter::new(File::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}
