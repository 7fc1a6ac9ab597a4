//! What one run found.

use anstyle::{AnsiColor, Style};
use portdelta_app::IngestReport;
use portdelta_app::diff::counts;
use portdelta_app::repositories::{Applied, ResultStatus};
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::reconcile::Tally;
use portdelta_core::score::{ChangeCounts, ScoreClass};
use portdelta_formats::report::{DeltaView, to_line, to_pretty};
use serde_json::{Value, json};

use super::{BOLD, colour, delta_listing, plural, print_changes, print_line, print_wrapped};
use crate::arguments::OutputFormat;
use crate::failure::{Failure, warn};

/// The results of a run, added up.
pub struct RunSummary {
    /// The run's id.
    pub run: String,
    /// Changes by address, first looks left out.
    pub deltas: Vec<Delta>,
    first_look: Vec<Delta>,
    applied: Applied,
    refused: Vec<(String, String)>,
    repeated: bool,
}

/// What changes count towards the score.
pub fn change_counts(deltas: &[Delta]) -> ChangeCounts {
    let mut counts = ChangeCounts::default();
    for delta in deltas.iter().filter(|delta| !delta.first_look) {
        *match delta.kind {
            Kind::PortOpened | Kind::PortReopened => &mut counts.opened,
            Kind::PortClosed => &mut counts.closed,
            Kind::ServiceChanged => &mut counts.service_changes,
            Kind::HostNew | Kind::HostBack => &mut counts.new_hosts,
            Kind::HostGone => &mut counts.hosts_gone,
            _ => &mut counts.other,
        } += 1;
    }
    counts
}

impl RunSummary {
    /// What the results of a run gave.
    pub fn of(reports: Vec<IngestReport>) -> Self {
        let run = reports.first().map(|report| report.record.judgement.run.to_string()).unwrap_or_default();
        let mut summary = Self {
            run,
            deltas: Vec::new(),
            first_look: Vec::new(),
            applied: Applied { complete: true, ..Applied::default() },
            refused: Vec::new(),
            repeated: !reports.is_empty() && reports.iter().all(|report| report.repeated),
        };
        for report in reports {
            match report.record.status {
                ResultStatus::Applied(applied) if !report.repeated => summary.add(applied),
                ResultStatus::Refused { code, message } => summary.refused.push((code, message)),
                ResultStatus::Applied(_) | ResultStatus::Stored => {}
            }
            let (first, changes): (Vec<_>, Vec<_>) =
                report.deltas.into_iter().partition(|delta| delta.first_look);
            summary.first_look.extend(first);
            summary.deltas.extend(changes);
        }
        summary.deltas.sort_by_key(|delta| (delta.address, delta.kind, delta.port));
        summary
    }

    fn add(&mut self, applied: Applied) {
        let sum = &mut self.applied;
        sum.complete &= applied.complete;
        sum.unchanged += applied.unchanged;
        sum.first_looks += applied.first_looks;
        sum.superseded += applied.superseded;
        sum.warnings.extend(applied.warnings);
    }

    /// Whether a result was refused.
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Why results were refused: code and sentence.
    pub fn refusals(&self) -> &[(String, String)] {
        &self.refused
    }

    /// Whether all of it was taken in before.
    pub fn is_repeated(&self) -> bool {
        self.repeated
    }

    /// Writes the summary to standard output, warnings to standard error.
    pub fn print(&self, format: OutputFormat, with_why: bool) -> Result<(), Failure> {
        match format {
            OutputFormat::Table => self.print_text(with_why),
            OutputFormat::Json => print_line(&to_pretty(&self.json())?),
            OutputFormat::Jsonl => print_line(&to_line(&self.json())?),
            OutputFormat::Csv => delta_listing(&self.deltas, "").print(format),
        }
    }

    fn json(&self) -> Value {
        let score = change_counts(&self.deltas);
        let warning = |(code, message): &(String, String)| json!({"code": code, "message": message});
        json!({
            "run": self.run,
            "repeated": self.repeated,
            "complete": self.applied.complete && self.refused.is_empty(),
            "deltas": self.deltas.iter().map(DeltaView::of).collect::<Vec<_>>(),
            "counts": counts(&self.deltas),
            "unchanged": self.applied.unchanged,
            "first_looks": self.applied.first_looks,
            "superseded": self.applied.superseded,
            "score": {
                "value": score.score().value(),
                "class": score.score().class().name(),
                "status": score.status().name(),
            },
            "warnings": self.applied.warnings.iter().map(warning).collect::<Vec<_>>(),
            "refused": self.refused.iter().map(warning).collect::<Vec<_>>(),
        })
    }

    fn print_text(&self, with_why: bool) -> Result<(), Failure> {
        for (_, message) in self.applied.warnings.iter().chain(&self.refused) {
            warn(message);
        }
        if self.repeated {
            return print_line("This result was taken in before: nothing changes.");
        }
        if self.is_refused() && self.applied.unchanged == Tally::default() && self.deltas.is_empty() {
            return print_line("Nothing was taken in.");
        }
        print_changes(&self.deltas, with_why)?;
        if !self.deltas.is_empty() {
            print_line("")?;
        }
        let Applied { unchanged, first_looks, superseded, .. } = &self.applied;
        let hosts_and_ports =
            |tally: &Tally| format!("{}, {}", plural(tally.hosts, "host"), plural(tally.ports, "open port"));
        let changes = plural(self.deltas.len() as u64, "change");
        print_line(&format!("{BOLD}{changes}{BOLD:#}; unchanged: {}", hosts_and_ports(unchanged)))?;
        if *first_looks != Tally::default() {
            let found = hosts_and_ports(first_looks);
            let text = format!("Found at first look (no change, nothing looked there before): {found}");
            print_wrapped("", Style::new(), &text)?;
            self.print_first_looks()?;
        }
        if *superseded != Tally::default() {
            print_line(&format!("Covered by later results already: {}", hosts_and_ports(superseded)))?;
        }
        let score = change_counts(&self.deltas).score();
        let style = colour(match score.class() {
            ScoreClass::Excellent | ScoreClass::Good => AnsiColor::Green,
            ScoreClass::Monitor => AnsiColor::Yellow,
            ScoreClass::Critical => AnsiColor::Red,
        });
        print_line(&format!("Change score {style}{} ({}){style:#}", score.value(), score.class().name()))
    }

    /// A few of the first looks, host by host, so that a first scan shows what it found.
    fn print_first_looks(&self) -> Result<(), Failure> {
        const MOST_HOSTS: usize = 20;
        // A detail that appears at something known is not worth a line.
        let found = || {
            let new = |delta: &&Delta| matches!(delta.kind, Kind::HostNew | Kind::PortOpened);
            self.first_look.iter().filter(new)
        };
        let mut hosts: Vec<std::net::IpAddr> = found().map(|delta| delta.address).collect();
        hosts.sort_unstable();
        hosts.dedup();
        for &host in hosts.iter().take(MOST_HOSTS) {
            let of_host = found().filter(|delta| delta.address == host);
            let mut ports: Vec<_> = of_host.filter_map(|delta| delta.port).collect();
            ports.sort_unstable();
            let named = ports.iter().take(12).map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let more = match ports.len().saturating_sub(12) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = if named.is_empty() { "no open port".to_owned() } else { named };
            print_wrapped("  ", Style::new(), &format!("{host}  {named}{more}"))?;
        }
        if hosts.len() > MOST_HOSTS {
            print_line(&format!("  and {} more; see `portdelta hosts`", hosts.len() - MOST_HOSTS))?;
        }
        Ok(())
    }
}
