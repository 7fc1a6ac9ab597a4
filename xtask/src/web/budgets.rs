//! `cargo xtask seed` and `cargo xtask budgets`: a large installation, and what its pages cost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{browser, build, chromium, install, node::Node};
use crate::bench::goals::{Goal, Outcome, Row, missed, table};
use crate::steps::run;
use crate::workspace::{Metadata, cargo};

/// What any page may cost a new visitor, in thousands of bytes, and how long its slowest answer may take.
const MOST_KILOBYTES: f64 = 200.0;
const MOST_MILLISECONDS: f64 = 300.0;

/// What a folder that was filled to its end has.
const MARK: &str = "seeded.json";

/// What the browser found of a page.
#[derive(Deserialize)]
struct Figure {
    page: String,
    bytes: f64,
    slowest_ms: f64,
    slowest: String,
}

/// Fills a data folder with hosts and runs, of which the last ended now.
///
/// # Errors
/// If the folder holds something already, or if it can't be filled.
pub fn seed(into: Option<PathBuf>, hosts: u32, runs: u32) -> Result<()> {
    let target = Metadata::read()?.target_directory;
    let into = into.unwrap_or_else(|| target.join("seeded"));
    if fs::read_dir(&into).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty: remove it, or name another folder with --into", into.display());
    }
    build_programs()?;
    let (hosts, runs) = (hosts.to_string(), runs.to_string());
    run(Command::new(target.join("release/seed")).arg(&into).args(["--hosts", &hosts, "--runs", &runs]))
        .with_context(|| format!("cannot fill {}: remove what is there of it", into.display()))?;
    eprintln!("seed: look at it with  portdelta serve --data {}", into.display());
    Ok(())
}

/// Measures what the pages cost over a seeded folder, and prints the table.
///
/// # Errors
/// If there is no Node.js or no browser, if the folder was not filled to its end, or if a page costs more than it may.
pub fn budgets(data: Option<PathBuf>) -> Result<()> {
    if chromium().is_none() {
        bail!(
            "there is no Chromium to measure with: `cargo xtask setup` installs it where the system has it as a package"
        );
    }
    let target = Metadata::read()?.target_directory;
    let node = Node::find_or_install(&target)?;
    install(&node)?;
    build(&node)?;
    let data = match data {
        Some(data) => std::path::absolute(data).context("the folder has no path")?,
        None => target.join("seeded"),
    };
    if data == target.join("seeded") && !data.exists() {
        seed(None, 65_536, 1_000)?;
    }
    let seeded = fs::read_to_string(data.join(MARK)).with_context(|| {
        format!("{} was not filled to its end: remove it, and run `cargo xtask seed`", data.display())
    })?;
    build_programs()?;
    let rows = measure(&node, &target, &data)?;
    println!(
        "\n{}\nof {seeded}; KB: what a first visit loads; ms: the slowest answer, from question to end\n",
        table(&rows)
    );
    let missed = missed(&rows);
    if !missed.is_empty() {
        bail!("{} of {} budgets missed: {}", missed.len(), rows.len(), missed.join("; "));
    }
    Ok(())
}

fn measure(node: &Node, target: &Path, data: &Path) -> Result<Vec<Row>> {
    let file = target.join("budgets.json");
    // Not an older one's, should the browser write none.
    let _ = fs::remove_file(&file);
    browser(node, "budgets", |command| {
        command.env("PORTDELTA_PROGRAM", target.join("release/portdelta"));
        command.env("PORTDELTA_SEEDED", data).env("PORTDELTA_FIGURES", &file);
    })?;
    let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let figures: Vec<Figure> = serde_json::from_slice(&text).context("the browser wrote no figures")?;
    Ok(figures.into_iter().flat_map(rows).collect())
}

fn rows(figure: Figure) -> [Row; 2] {
    let Figure { page, bytes, slowest_ms, slowest } = figure;
    let row = |unit: &str, most, value, remark| Row {
        what: format!("{page}, {unit}"),
        goal: Goal::AtMost(most),
        outcome: Outcome::Measured(value),
        remark,
    };
    [
        row("KB", MOST_KILOBYTES, bytes / 1_000.0, String::new()),
        row("ms", MOST_MILLISECONDS, slowest_ms, slowest),
    ]
}

/// The product, and what fills folders; as the goals of `cargo xtask bench --check` have them built.
fn build_programs() -> Result<()> {
    run(cargo().args([
        "build",
        "--release",
        "--locked",
        "-p",
        "portdelta",
        "-p",
        "portdelta-benches",
        "--bins",
    ]))
}
