//! `cargo xtask bench --check`: the goals for reading, comparing, memory and accuracy.
//!
//! Every figure is a ratio of two things measured in turn in this run, or does not depend on the machine, so
//! that the same goals hold everywhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::accuracy::accuracy;
use super::goals::{Goal, Outcome, Row, missed, table};
use super::measure::{alternate, measure, warm};
use super::peers::Peers;
use crate::setup::setup;
use crate::steps::{output, run};
use crate::workspace::{Metadata, cargo};

const HOSTS: u32 = 5_000;
const ALL_HOSTS: u32 = 65_536;
const ROUNDS: usize = 5;

/// Measures everything and prints the table.
///
/// # Errors
/// If a goal is missed, or something cannot be built or generated.
pub fn check() -> anyhow::Result<()> {
    setup(true)?;
    let target = Metadata::read()?.target_directory;
    run(cargo().args(["build", "--release", "--locked", "-p", "portdelta", "-p", "portdelta-benches"]))?;
    let bench = Check { release: target.join("release"), data: target.join("bench-data") };
    fs::create_dir_all(&bench.data).with_context(|| format!("cannot make {}", bench.data.display()))?;
    let mut rows = Vec::new();
    bench.accuracy(&mut rows)?;
    let full = bench.pair("full", HOSTS, &[])?;
    let ss = bench.pair("ss", HOSTS, &[])?;
    let small = bench.pair("full", 20, &["--changed", "0.1"])?;
    let peers = Peers::find(&target, &small.old, &small.new);
    for pair in [&full, &ss] {
        bench.parse_against_bare(pair, &mut rows)?;
        bench.parse_against_peers(pair, &peers, &mut rows);
    }
    bench.diff_against_peers(&full, &peers, &mut rows);
    bench.size(&full, &mut rows)?;
    println!("\n{}", table(&rows));
    let missed = missed(&rows);
    if !missed.is_empty() {
        bail!("{} of {} goals missed: {}", missed.len(), rows.len(), missed.join("; "));
    }
    Ok(())
}

struct Check {
    release: PathBuf,
    data: PathBuf,
}

/// Two generated files, and what differs.
struct Pair {
    shape: &'static str,
    old: PathBuf,
    new: PathBuf,
    truth: PathBuf,
}

#[derive(Deserialize)]
struct Compared {
    bare: f64,
    streamed: f64,
}

impl Check {
    fn pair(&self, shape: &'static str, hosts: u32, options: &[&str]) -> anyhow::Result<Pair> {
        let file = |side: &str| self.data.join(format!("{shape}-{hosts}-{side}"));
        let pair = Pair { shape, old: file("old.xml"), new: file("new.xml"), truth: file("truth.jsonl") };
        let mut command = Command::new(self.release.join("generate-scan"));
        command.args(["--shape", shape, "--hosts", &hosts.to_string()]).args(options);
        command.arg("--old").arg(&pair.old).arg("--next").arg(&pair.new).arg("--truth").arg(&pair.truth);
        run(&mut command)?;
        warm(&pair.old)?;
        warm(&pair.new)?;
        Ok(pair)
    }

    fn portdelta(&self, arguments: &[&str], files: &[&Path]) -> Command {
        let mut command = Command::new(self.release.join("portdelta"));
        command.args(arguments).args(files);
        command
    }

    fn parse(&self, file: &Path) -> Command {
        self.portdelta(&["parse", "--format", "jsonl"], &[file])
    }

    /// Everything that stands in a file: `parse` only counts, and the peers do not.
    fn read(&self, file: &Path) -> Command {
        let mut command = Command::new(self.release.join("read-scan"));
        command.arg(file);
        command
    }

    fn diff(&self, pair: &Pair) -> Command {
        self.portdelta(&["diff", "--format", "json"], &[&pair.old, &pair.new])
    }

    /// Every true change and no other, also where only noise differs.
    fn accuracy(&self, rows: &mut Vec<Row>) -> anyhow::Result<()> {
        for shape in ["full", "ss", "lean"] {
            let cases: [(&str, &[&str]); 3] = [
                ("1 % of ports", &["--changed", "0.01"]),
                ("hosts too", &["--changed", "0.05", "--gone", "40", "--new", "40", "--seed", "7"]),
                ("noise only", &["--changed", "0", "--seed", "11"]),
            ];
            for (case, options) in cases {
                let pair = self.pair(shape, 1_000, options)?;
                let portdelta = self.release.join("portdelta");
                let (outcome, remark) = match accuracy(&portdelta, &pair.old, &pair.new, &pair.truth) {
                    Ok(found) => {
                        let count = u32::try_from(found.missing + found.wrong).unwrap_or(u32::MAX);
                        let example = found.example.map(|example| format!(", {example}")).unwrap_or_default();
                        let remark = format!("of {} true changes{example}", found.true_changes);
                        (Outcome::Measured(f64::from(count)), remark)
                    }
                    Err(error) => (Outcome::Failed, format!("{error:#}")),
                };
                let what = format!("diff {shape}, {case}: missing and wrong changes");
                rows.push(Row { what, goal: Goal::AtMost(0.0), outcome, remark });
            }
        }
        Ok(())
    }

    fn parse_against_bare(&self, pair: &Pair, rows: &mut Vec<Row>) -> anyhow::Result<()> {
        let text = output(Command::new(self.release.join("compare-parse")).arg(&pair.old))?;
        let Compared { bare, streamed } =
            serde_json::from_str(&text).context("compare-parse printed no figures")?;
        rows.push(Row {
            what: format!("parse {}: speed by quick-xml's bare loop", pair.shape),
            goal: Goal::AtLeast(0.7),
            outcome: Outcome::Measured(bare / streamed),
            remark: format!("{streamed:.3} s against {bare:.3} s, in one process"),
        });
        Ok(())
    }

    fn parse_against_peers(&self, pair: &Pair, peers: &Peers, rows: &mut Vec<Row>) {
        let ndiff = peers.ndiff.as_ref().map(|ndiff| (ndiff.load(&[&pair.old]), ndiff.remark(pair.shape)));
        let libnmap = peers.libnmap("load", &[&pair.old]).map(|command| (command, ""));
        let what = |peer: &str| format!("parse {}: speed by {peer}", pair.shape);
        rows.push(faster(what("ndiff's loader"), 12.0, self.read(&pair.old), ndiff));
        rows.push(faster(what("python-libnmap"), 30.0, self.read(&pair.old), libnmap));
    }

    fn diff_against_peers(&self, pair: &Pair, peers: &Peers, rows: &mut Vec<Row>) {
        let ndiff =
            peers.ndiff.as_ref().map(|ndiff| (ndiff.diff(&pair.old, &pair.new), ndiff.remark(pair.shape)));
        let libnmap = peers.libnmap("diff", &[&pair.old, &pair.new]).map(|command| (command, ""));
        rows.push(cheaper("diff full: CPU by ndiff's".to_owned(), 0.06, self.diff(pair), ndiff));
        rows.push(cheaper("diff full: CPU by python-libnmap's".to_owned(), 0.03, self.diff(pair), libnmap));
    }

    /// What a whole /16 takes.
    fn size(&self, small: &Pair, rows: &mut Vec<Row>) -> anyhow::Result<()> {
        let large = self.pair("full", ALL_HOSTS, &[])?;
        let medians = alternate(ROUNDS, &mut [self.diff(&large), self.diff(small)], may_end_as_diff);
        let usages = [
            ("parse", measure(&mut self.parse(&large.old))?),
            ("reading all of it", measure(&mut self.read(&large.old))?),
        ];
        let bytes = fs::metadata(&large.old).map_or(0, |file| file.len());
        // Some gigabytes: not left behind.
        for file in [&large.old, &large.new, &large.truth] {
            fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
        let (outcome, remark) = match medians {
            Ok(medians) => (
                Outcome::Measured(medians[0] / medians[1]),
                format!("{:.3} s against {:.3} s", medians[0], medians[1]),
            ),
            Err(error) => (Outcome::Failed, format!("{error:#}")),
        };
        let what = format!("diff full: CPU, {ALL_HOSTS} hosts by {HOSTS}");
        rows.push(Row { what, goal: Goal::AtMost(14.0), outcome, remark });
        for (how, usage) in usages {
            let mib = mebibytes(usage.max_rss_bytes);
            rows.push(Row {
                what: format!("{how}, full, {ALL_HOSTS} hosts: peak memory, MiB"),
                goal: Goal::AtMost(32.0),
                outcome: if usage.status.success() { Outcome::Measured(mib) } else { Outcome::Failed },
                remark: format!("{:.0} MiB of XML, {:.1} s", mebibytes(bytes), usage.cpu_seconds),
            });
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below the 53 bits that are exact")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Both we and ndiff end with 1 where something differs.
fn may_end_as_diff(status: ExitStatus) -> bool {
    matches!(status.code(), Some(0 | 1))
}

type Peer = Option<(Command, &'static str)>;

fn faster(what: String, goal: f64, ours: Command, peer: Peer) -> Row {
    against(what, Goal::AtLeast(goal), |ours, theirs| theirs / ours, ours, peer)
}

fn cheaper(what: String, goal: f64, ours: Command, peer: Peer) -> Row {
    against(what, Goal::AtMost(goal), |ours, theirs| ours / theirs, ours, peer)
}

/// Whole processes in turn: ours and a peer's.
fn against(what: String, goal: Goal, ratio: impl Fn(f64, f64) -> f64, ours: Command, peer: Peer) -> Row {
    let Some((theirs, note)) = peer else {
        let remark = "it is not installed here".to_owned();
        return Row { what, goal, outcome: Outcome::Skipped, remark };
    };
    eprintln!("measuring: {what}");
    let mut commands = [ours, theirs];
    match alternate(ROUNDS, &mut commands, may_end_as_diff) {
        Ok(medians) => {
            let (ours, theirs) = (medians[0], medians[1]);
            let separator = if note.is_empty() { "" } else { "; " };
            let remark = format!("{ours:.3} s against {theirs:.3} s{separator}{note}");
            Row { what, goal, outcome: Outcome::Measured(ratio(ours, theirs)), remark }
        }
        Err(error) => Row { what, goal, outcome: Outcome::Failed, remark: format!("{error:#}") },
    }
}
