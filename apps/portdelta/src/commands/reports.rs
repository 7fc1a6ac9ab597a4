//! `portdelta reports`: what runs found.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use portdelta_formats::report::{ReportArchive, ReportFormat, ReportView};
use portdelta_protocol::admin::{Delta, MAX_PAGE, Report, Time};
use serde_json::json;

use super::runs::filtered;
use crate::arguments::{OutputFormat, ReportFilter, ReportsCommand};
use crate::client::{Call, Client, Pages, report_view};
use crate::failure::Failure;
use crate::inputs;
use crate::output::{Listing, minute_text, plural, print_line, report_delta_listing, tell};

/// Does what is asked with reports.
pub async fn reports(command: &ReportsCommand) -> Result<u8, Failure> {
    match command {
        ReportsCommand::List { filter, limit, remote } => {
            let client = Client::of(&remote.server)?;
            let call = wanted(&client, filter).await?;
            let reports: Vec<Report> = Pages::of(call).first(limit.get()).await?;
            let columns = &["run", "ended", "score", "class", "title"];
            let mut listing =
                Listing::new(columns, "There is no such report: runs that have ended have one.");
            for report in &reports {
                let changes = plural(report.changes.values().sum(), "change");
                let coverage = match report.coverage.percent {
                    100 => String::new(),
                    percent => format!(", {percent} % covered"),
                };
                let cells = vec![
                    report.run.to_string(),
                    minute_text(report.finished.0),
                    report.score.value.to_string(),
                    report.score.class.clone(),
                    format!("{} at {}: {changes}{coverage}", report.scan_name, report.site),
                ];
                listing.row(cells, json!(report));
            }
            listing.print(remote.format.format)?;
        }
        ReportsCommand::Show { run, why, remote } => {
            let client = Client::of(&remote.server)?;
            let (report, deltas) = whole(&client, run).await?;
            show(&report, &deltas, *why, remote.format.format)?;
        }
        ReportsCommand::Export { run, format, output, force, server } => {
            let client = Client::of(server)?;
            let (report, deltas) = whole(&client, run).await?;
            let view = report_view(&report, &deltas);
            export(&view, *format, output.as_deref(), *force)?;
        }
        ReportsCommand::ExportAll { filter, zip, force, server } => {
            let client = Client::of(server)?;
            let count = export_all(&client, filter, zip, *force).await?;
            let sentence = format!("Wrote {} to {}.", plural(count, "report"), zip.display());
            tell(OutputFormat::Table, &sentence, &())?;
        }
    }
    Ok(0)
}

/// The reports that are wanted.
async fn wanted<'a>(client: &'a Client, filter: &ReportFilter) -> Result<Call<'a>, Failure> {
    let since = filter.since.as_deref().map(inputs::time).transpose()?;
    let call = filtered(client, client.get(&["reports"]), &filter.runs).await?;
    Ok(call
        .query_some("network", filter.network.as_ref())
        .query_some("status", filter.status.as_ref())
        .query_some("class", filter.class.as_ref())
        .query_some("kind", filter.kind.map(portdelta_core::delta::Kind::name))
        .query_some("since", since.map(Time)))
}

/// A report with all of its changes.
async fn whole(client: &Client, run: &str) -> Result<(Report, Vec<Delta>), Failure> {
    let report = match run {
        "latest" => one(client, latest(client).await?.run.as_str()).await?,
        run => one(client, run).await?,
    };
    let deltas = all_deltas(client, &report).await?;
    Ok((report, deltas))
}

/// Lists have no posture scores: a report is read by itself.
async fn one(client: &Client, run: &str) -> Result<Report, Failure> {
    client.get(&["reports", run]).answer().await
}

async fn latest(client: &Client) -> Result<Report, Failure> {
    let newest: Vec<Report> = Pages::of(client.get(&["reports"])).next(1).await?.unwrap_or_default();
    newest.into_iter().next().ok_or_else(|| {
        Failure::new("no_report", "there is no report: nothing has ended yet")
            .hint("`portdelta runs list` shows what runs.")
    })
}

async fn all_deltas(client: &Client, report: &Report) -> Result<Vec<Delta>, Failure> {
    Pages::of(client.get(&["runs", report.run.as_str(), "deltas"])).all().await
}

fn show(report: &Report, deltas: &[Delta], why: bool, format: OutputFormat) -> Result<(), Failure> {
    let view = report_view(report, deltas);
    match format {
        OutputFormat::Json => print_line(&portdelta_formats::report::to_pretty(&view)?),
        OutputFormat::Jsonl => print_line(&portdelta_formats::report::to_line(&view)?),
        OutputFormat::Csv => {
            let rows = view.deltas.iter().cloned().map(|delta| (delta, serde_json::Value::Null));
            report_delta_listing(rows, "").print(OutputFormat::Csv)
        }
        OutputFormat::Table => {
            let mut text = Vec::new();
            portdelta_formats::report::write_summary(&view, &mut text)?;
            print_line(String::from_utf8_lossy(&text).trim_end())?;
            if !view.deltas.is_empty() {
                print_line("")?;
            }
            crate::output::print_report_changes(&view.deltas, why)?;
            let mut text = Vec::new();
            portdelta_formats::report::write_notes(&view, &mut text)?;
            std::io::Write::write_all(&mut anstream::stdout(), &text)?;
            Ok(())
        }
    }
}

fn export(
    view: &ReportView,
    format: Option<ReportFormat>,
    output: Option<&Path>,
    force: bool,
) -> Result<(), Failure> {
    let Some(path) = output else {
        let mut out = std::io::stdout().lock();
        format.unwrap_or(ReportFormat::Text).write(view, &mut out)?;
        return Ok(out.flush()?);
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let by_name = ReportFormat::ALL.into_iter().find(|format| {
        format.extension().eq_ignore_ascii_case(ending)
            || *format == ReportFormat::Html && ending.eq_ignore_ascii_case("htm")
    });
    let format = format.or(by_name).unwrap_or(ReportFormat::Text);
    let mut file = NewFile::create(path, force)?;
    format.write(view, &mut file.out).map_err(|error| file.failed(&error))?;
    file.finish()
}

/// Report after report goes into the file: only one is held.
async fn export_all(
    client: &Client,
    filter: &ReportFilter,
    path: &Path,
    force: bool,
) -> Result<u64, Failure> {
    let mut pages: Pages<'_, Report> = Pages::of(wanted(client, filter).await?);
    let mut file = NewFile::create(path, force)?;
    let mut archive = ReportArchive::new(&mut file.out);
    let mut count = 0;
    while let Some(reports) = pages.next(MAX_PAGE as usize).await? {
        for report in &reports {
            let report = one(client, report.run.as_str()).await?;
            let deltas = all_deltas(client, &report).await?;
            if let Err(error) = archive.add(&report_view(&report, &deltas)) {
                drop(archive);
                return Err(file.failed(&error));
            }
            count += 1;
        }
    }
    let finished = archive.finish().map(|_| ());
    finished.map_err(|error| file.failed(&error))?;
    file.finish()?;
    Ok(count)
}

/// A file that is there whole or not at all.
struct NewFile {
    path: PathBuf,
    temporary: PathBuf,
    out: BufWriter<File>,
}

impl NewFile {
    /// Begins a file beside its place.
    fn create(path: &Path, force: bool) -> Result<Self, Failure> {
        if !force && path.exists() {
            let message = format!("there is a file {} already", path.display());
            return Err(
                Failure::new("file_exists", message).hint("Name another, or add --force to replace it.")
            );
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = File::create(&temporary).map_err(|error| not_written(path, &error))?;
        Ok(Self { path: path.to_owned(), temporary, out: BufWriter::new(file) })
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        not_written(&self.path, error)
    }

    /// Puts it in its place.
    fn finish(mut self) -> Result<(), Failure> {
        let done = self.out.flush().and_then(|()| std::fs::rename(&self.temporary, &self.path));
        done.map_err(|error| not_written(&self.path, &error))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a rename there is none.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new("file_not_written", format!("could not write {}: {error}", path.display()))
        .hint("Check that the folder exists and may be written to, and that the disk is not full.")
}
