//! How far runs are, until they have ended.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use portdelta_core::escape::{escape, escape_within};
use portdelta_protocol::admin::{Run, RunState};
use serde_json::json;

use super::unattended::{self, Unattended};
use crate::arguments::OutputFormat;
use crate::client::Client;
use crate::failure::{EXIT_CHANGES, EXIT_INTERRUPTED, Failure, warn};
use crate::output::{plural, print_line, time_text};

/// How often the server is asked.
const EVERY: Duration = Duration::from_secs(1);

/// A server that does not answer is asked so often again: watching outlives its restart.
const MOST_FAILURES: u32 = 30;

/// Shows how far runs are until all have ended: as bars on a terminal, else as lines on standard error.
pub async fn watch(client: &Client, ids: &[String], format: OutputFormat) -> Result<u8, Failure> {
    let mut shown = Shown::begin(ids);
    let mut unattended = Unattended::default();
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut failures = 0;
    let runs = loop {
        match all(client, ids).await {
            Ok(runs) => {
                failures = 0;
                for site in unattended.look(client, &runs).await {
                    shown.warn(&unattended::sentence(&site));
                }
                shown.show(&runs, &unattended);
                if runs.iter().all(|run| run.state.is_finished()) {
                    break runs;
                }
            }
            Err(failure) if failures < MOST_FAILURES && is_passing(&failure) => failures += 1,
            Err(failure) => return Err(failure),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = &mut interrupt => {
                shown.end();
                return Ok(EXIT_INTERRUPTED);
            }
        }
    };
    shown.end();
    match format {
        OutputFormat::Json => print_line(&portdelta_formats::report::to_pretty(&runs)?)?,
        OutputFormat::Jsonl => {
            for run in &runs {
                print_line(&portdelta_formats::report::to_line(&json!(run))?)?;
            }
        }
        OutputFormat::Table | OutputFormat::Csv => {
            for run in &runs {
                print_line(&outcome(run))?;
            }
        }
    }
    Ok(if runs.iter().all(|run| run.state == RunState::Complete) { 0 } else { EXIT_CHANGES })
}

fn is_passing(failure: &Failure) -> bool {
    matches!(&*failure.code, "unreachable" | "timeout" | "http_502" | "http_503" | "http_504")
}

async fn all(client: &Client, ids: &[String]) -> Result<Vec<Run>, Failure> {
    let mut runs = Vec::new();
    for id in ids {
        runs.push(client.get(&["runs", id]).answer().await?);
    }
    Ok(runs)
}

/// How it ended, in one line.
fn outcome(run: &Run) -> String {
    let changes = plural(run.changes.values().sum(), "change");
    let coverage = match (&run.state, &run.progress) {
        (RunState::Complete, _) | (_, None) => String::new(),
        (_, Some(progress)) => format!(", {} of {} tasks done", progress.done, progress.tasks),
    };
    let text = format!("{} at {} is {}: {changes}{coverage}", run.id, run.site, run.state.name());
    let next = match (run.state, &run.scan) {
        (RunState::Cancelled | RunState::Expired, _) | (_, None) => String::new(),
        (_, Some(_)) => format!("\n  portdelta reports show {}", run.id),
    };
    format!("{}{}", escape(&text), next)
}

/// What stands on the terminal, or was written last.
struct Shown {
    bars: Option<(MultiProgress, Vec<ProgressBar>)>,
    lines: Vec<String>,
}

impl Shown {
    fn begin(ids: &[String]) -> Self {
        let bars = std::io::stderr().is_terminal().then(|| {
            let all = MultiProgress::new();
            let style = ProgressStyle::with_template("{prefix} {bar:20} {pos:>3} % {msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            let bars = ids.iter().map(|_| all.add(ProgressBar::new(100).with_style(style.clone()))).collect();
            (all, bars)
        });
        Self { bars, lines: vec![String::new(); ids.len()] }
    }

    /// Says something above the bars.
    fn warn(&self, message: &str) {
        match &self.bars {
            Some((all, _)) => all.suspend(|| warn(message)),
            None => warn(message),
        }
    }

    fn show(&mut self, runs: &[Run], unattended: &Unattended) {
        for (place, run) in runs.iter().enumerate() {
            let percent = run.progress.as_ref().map_or(0, |progress| progress.percent);
            let nobody = if unattended.holds(run) { "no agent is online, " } else { "" };
            let text = format!("{nobody}{}", progress_text(run));
            if let Some((_, bars)) = &self.bars {
                let Some(bar) = bars.get(place) else { continue };
                bar.set_prefix(escape_within(run.site.as_str(), 16).to_string());
                bar.set_position(percent.into());
                bar.set_message(escape_within(&text, 40).to_string());
                continue;
            }
            let line = format!("{} at {}: {percent} %, {text}", run.id, run.site);
            if self.lines.get(place).is_some_and(|said| *said != line) {
                anstream::eprintln!("{}", escape(&line));
                self.lines[place] = line;
            }
        }
    }

    fn end(&self) {
        if let Some((all, bars)) = &self.bars {
            bars.iter().for_each(ProgressBar::finish_and_clear);
            let _ = all.clear();
        }
    }
}

/// `3 of 12 tasks, ends about 2026-01-31 12:00:05Z`
fn progress_text(run: &Run) -> String {
    let Some(progress) = &run.progress else { return run.state.name().to_owned() };
    let end = match (&progress.estimated_end, run.state.is_finished()) {
        (Some(end), false) => format!(", ends about {}", time_text(end.0)),
        _ => String::new(),
    };
    let waiting = match (run.held_until, run.state) {
        (Some(end), _) => format!("waits for the end of a blackout window, {}; ", time_text(end.0)),
        (None, RunState::Waiting) => "waits to begin; ".to_owned(),
        _ => String::new(),
    };
    format!("{waiting}{} of {}{end}", progress.done + progress.partial, plural(progress.tasks, "task"))
}
