//! Takes results in: into a data folder, or through a server.

use portdelta_app::repositories::Judgement;
use portdelta_app::{App, Upload};
use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use portdelta_formats::report::{to_line, to_pretty};
use portdelta_protocol::admin::{Delta, Imported, Time};
use serde_json::json;

use super::import::placeholder_run;
use crate::arguments::{JudgementArguments, OutputFormat, ViewArguments};
use crate::client::{Client, Pages, report_delta};
use crate::failure::{Failure, warn};
use crate::inputs;
use crate::nmap::bar;
use crate::output::{BOLD, RunSummary, plural, print_line, print_report_changes, report_delta_listing};
use crate::source::{Purpose, Source};

/// Where results go, and what they are judged by.
pub struct Taker {
    to: Source,
    arguments: JudgementArguments,
    time: Option<UnixTime>,
    confirm: (u16, u16),
}

/// What became of a result.
pub enum Taken {
    /// In a data folder.
    Local(Box<RunSummary>),
    /// At a server, and all of its changes.
    Server(Box<Imported>, Vec<Delta>),
}

impl Taker {
    /// A taker for the folder or server that is named; mistakes in what results are judged by are found here.
    pub async fn of(
        view: &ViewArguments,
        judgement: &JudgementArguments,
        time: Option<&str>,
        confirm: (u16, u16),
    ) -> Result<Self, Failure> {
        inputs::judgement(judgement)?;
        let time = time.map(inputs::time).transpose()?;
        let to = Source::of(view, Purpose::Write).await?;
        Ok(Self { to, arguments: judgement.clone(), time, confirm })
    }

    /// Takes in the bytes of a result, packed or not.
    pub async fn take(&self, source: String, raw: Vec<u8>) -> Result<Taken, Failure> {
        match &self.to {
            Source::Local(app, site) => self.take_here(app, site, source, raw).await,
            Source::Server(client, site) => self.send(client, site, &source, raw).await,
        }
    }

    async fn take_here(
        &self,
        app: &App,
        site: &SiteId,
        source: String,
        raw: Vec<u8>,
    ) -> Result<Taken, Failure> {
        let (targets, ports) = inputs::judgement(&self.arguments)?;
        let judgement = Judgement {
            run: placeholder_run()?,
            scan: None,
            targets,
            ports,
            default_time: self.time.unwrap_or_else(|| app.now()),
            time_zone: self.arguments.timezone.clone(),
            format: self.arguments.input_format.map(|format| format.name().to_owned()),
            confirm_open: self.confirm.0,
            confirm_close: self.confirm.1,
        };
        let title = format!("import {source}");
        let upload =
            Upload { site: site.clone(), title, source, raw: raw.into(), run: None, by: None, judgement };
        let bar = bar::of_blocks();
        let report = app.ingest(upload, &|done, total| bar::show(&bar, done, total)).await;
        bar.finish_and_clear();
        Ok(Taken::Local(Box::new(RunSummary::of(vec![report?]))))
    }

    async fn send(
        &self,
        client: &Client,
        site: &SiteId,
        source: &str,
        raw: Vec<u8>,
    ) -> Result<Taken, Failure> {
        // The end of a path says more than its beginning.
        let skipped = source.chars().count().saturating_sub(200);
        let name: String = source.chars().skip(skipped).collect();
        let judgement = &self.arguments;
        let call = client
            .post(&["sites", site.as_str(), "imports"])
            .query("name", &name)
            .query_some("targets", judgement.targets.as_ref())
            .query_some("ports", judgement.ports.as_ref())
            .query_some("time", self.time.map(Time))
            .query("timezone", &judgement.timezone)
            .query_some("format", judgement.input_format.map(portdelta_formats::Format::name))
            .query("confirm_open", &self.confirm.0)
            .query("confirm_close", &self.confirm.1)
            .bytes(raw);
        let imported: Imported = call.answer().await?;
        let counted: u64 = imported.changes.values().sum();
        let deltas = if counted > imported.deltas.len() as u64 && !imported.repeated {
            Pages::of(client.get(&["runs", imported.run.as_str(), "deltas"])).all().await?
        } else {
            imported.deltas.clone()
        };
        Ok(Taken::Server(Box::new(imported), deltas))
    }
}

impl Taken {
    /// Why it was refused, where it was: code and sentence.
    pub fn refusal(&self) -> Option<(String, String)> {
        match self {
            Self::Local(summary) => summary.refusals().first().cloned(),
            Self::Server(imported, _) => {
                imported.refused.as_ref().map(|refused| (refused.code.clone(), refused.message.clone()))
            }
        }
    }

    /// Whether something changed.
    pub fn has_changes(&self) -> bool {
        self.changes() > 0
    }

    /// Whether the same had been taken in before.
    pub fn is_repeated(&self) -> bool {
        match self {
            Self::Local(summary) => summary.is_repeated(),
            Self::Server(imported, _) => imported.repeated,
        }
    }

    /// How much changed.
    pub fn changes(&self) -> u64 {
        match self {
            Self::Local(summary) => summary.deltas.len() as u64,
            Self::Server(imported, _) => imported.changes.values().sum(),
        }
    }

    /// The run that it made.
    pub fn run(&self) -> &str {
        match self {
            Self::Local(summary) => &summary.run,
            Self::Server(imported, _) => imported.run.as_str(),
        }
    }

    /// In one line: `3 changes, run ...`.
    pub fn line(&self) -> String {
        if self.is_repeated() {
            format!("was taken in before, run {}", self.run())
        } else {
            format!("{}, run {}", plural(self.changes(), "change"), self.run())
        }
    }

    /// Writes what it found to standard output, warnings to standard error.
    pub fn print(&self, format: OutputFormat, with_why: bool) -> Result<(), Failure> {
        match self {
            Self::Local(summary) => summary.print(format, with_why),
            Self::Server(imported, deltas) => print_imported(imported, deltas, format, with_why),
        }
    }
}

fn print_imported(
    imported: &Imported,
    deltas: &[Delta],
    format: OutputFormat,
    with_why: bool,
) -> Result<(), Failure> {
    let views = || deltas.iter().filter(|delta| !delta.first_look).map(report_delta);
    match format {
        OutputFormat::Json => return print_line(&to_pretty(imported)?),
        OutputFormat::Jsonl => return print_line(&to_line(imported)?),
        OutputFormat::Csv => {
            let rows = deltas.iter().map(|delta| (report_delta(delta), json!(delta)));
            return report_delta_listing(rows, "").print(format);
        }
        OutputFormat::Table => {}
    }
    for warning in imported.warnings.iter().chain(&imported.refused) {
        warn(&warning.message);
    }
    if imported.repeated {
        return print_line("This result was taken in before: nothing changes.");
    }
    if imported.refused.is_some() {
        return Ok(());
    }
    print_report_changes(&views().collect::<Vec<_>>(), with_why)?;
    let both = |tally: portdelta_protocol::admin::Tally| {
        format!("{}, {}", plural(tally.hosts, "host"), plural(tally.ports, "port"))
    };
    let changes = plural(imported.changes.values().sum(), "change");
    print_line(&format!("{BOLD}{changes}{BOLD:#}; unchanged: {}", both(imported.unchanged)))?;
    if imported.first_looks != portdelta_protocol::admin::Tally::default() {
        print_line(&format!("Found at first look (no change): {}", both(imported.first_looks)))?;
    }
    print_line(&format!("Change score {} ({})", imported.score.value, imported.score.class))
}
