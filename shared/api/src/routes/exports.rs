//! Reports as files.

use std::io::Write;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use portdelta_app::repositories::{Report, ReportFilter};
use portdelta_app::{ChangeReader, report_view};
use portdelta_core::ids::RunId;
use portdelta_formats::report::{ReportArchive, ReportFormat, ReportView, ReportWriter};
use serde::Deserialize;

use super::scans;
use crate::Api;
use crate::error::ApiError;
use crate::extract::{Named, Query};
use crate::stream::{self, Out, permit};

/// Reports read at once.
const REPORTS: NonZeroUsize = NonZeroUsize::new(20).expect("not zero");

/// How a report is wanted.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `csv`, `json`, `jsonl` (a change a line), `text` (the default) or `html`.
    format: Option<String>,
    /// Also what was seen for the first time, which is no change.
    first_looks: Option<bool>,
}

/// A report as a file
///
/// Streamed: an answer that ends with an error is not whole. Cells of CSV are no formulas.
#[utoipa::path(get, path = "/reports/{run}/export", operation_id = "export_report", tag = "reports", params(
    ("run" = String, Path), Wanted,
), responses(
    (status = 200, description = "The file.", content(
        (String = "text/plain"), (String = "text/csv"), (String = "application/json"), (String = "application/x-ndjson"),
        (String = "text/html"),
    )),
    (status = 303, description = "On AWS, where it is large: it is at `Location` for some minutes."),
))]
pub(crate) async fn report(
    State(api): State<Api>,
    Named(run): Named<RunId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let format = match wanted.format.as_deref() {
        None => ReportFormat::Text,
        Some(name) => ReportFormat::from_name(name).ok_or_else(|| {
            let known = ReportFormat::ALL.map(ReportFormat::name).join(", ");
            ApiError::invalid("format", "format.unknown", "there is no such format")
                .hint(format!("There are {known}."))
        })?,
    };
    let found = api.service.app().report(&run).await?;
    let found = found.ok_or_else(|| ApiError::unknown(format!("report of run {run}")))?;
    let permit = permit(&api)?;
    let first_looks = wanted.first_looks.unwrap_or(false);
    let name = format!("portdelta-{run}.{}", format.extension());
    let task = api.clone();
    let (out, body) = Out::new();
    tokio::spawn(async move {
        let written = write_report(&task, &found, format, first_looks, &out).await;
        drop(permit);
        out.end(written);
    });
    Ok(file(body, format.media_type(), &name))
}

/// All reports of a scan as a ZIP file
///
/// Each as CSV, JSON, text and HTML, newest first, and `index.csv`. Streamed: an answer that ends with an error is not
/// whole.
#[utoipa::path(get, path = "/scans/{scan}/reports.zip", operation_id = "export_reports", tag = "reports", params(
    ("scan" = String, Path),
), responses(
    (status = 200, body = String, content_type = "application/zip"),
    (status = 303, description = "On AWS, where it is large: it is at `Location` for some minutes."),
))]
pub(crate) async fn all(State(api): State<Api>, Named(scan): Named<String>) -> Result<Response, ApiError> {
    let scan = scans::find(&api, &scan).await?;
    let permit = permit(&api)?;
    let name = format!("portdelta-{}.zip", scan.id);
    let task = api.clone();
    let (out, body) = Out::new();
    tokio::spawn(async move {
        let written = write_archive(&task, &scan.id, &out).await;
        drop(permit);
        out.end(written);
    });
    Ok(file(body, "application/zip", &name))
}

fn file(body: Body, media: &'static str, name: &str) -> Response {
    // Ids consist of letters, digits and signs that need no quoting.
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    stream::file(body, media, name.unwrap_or(HeaderValue::from_static("attachment")))
}

fn unwritten(error: &std::io::Error) -> ApiError {
    ApiError::ours("export.unwritable", error.to_string())
}

/// What a report says besides its changes.
async fn view_of(api: &Api, report: &Report) -> Result<ReportView, ApiError> {
    let posture = api.service.app().report_postures(report).await?;
    Ok(ReportView { posture, ..report_view(report) })
}

async fn write_report(
    api: &Api,
    report: &Report,
    format: ReportFormat,
    first_looks: bool,
    out: &Out,
) -> Result<(), ApiError> {
    let mut bytes = Vec::new();
    let view = view_of(api, report).await?;
    let mut writer = ReportWriter::begin(format, &view, &mut bytes).map_err(|error| unwritten(&error))?;
    let mut reader = ChangeReader::new(report.run.clone(), first_looks);
    loop {
        out.send(std::mem::take(&mut bytes)).await?;
        let changes = reader.next(api.service.app()).await?;
        if changes.is_empty() {
            break;
        }
        writer.changes(&changes, &mut bytes).map_err(|error| unwritten(&error))?;
    }
    writer.finish(&mut bytes).map_err(|error| unwritten(&error))?;
    out.send(std::mem::take(&mut bytes)).await
}

/// What a ZIP file is written to: it is passed on piece by piece.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Collected {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A report is read once for each format: so none of them is ever held as a whole.
async fn write_archive(api: &Api, scan: &str, out: &Out) -> Result<(), ApiError> {
    let app = api.service.app();
    let collected = Collected::default();
    let mut archive = ReportArchive::new(collected.clone());
    let filter = ReportFilter { scan: Some(scan.to_owned()), ..ReportFilter::default() };
    let mut after = None;
    loop {
        let page = app.reports(&filter, REPORTS, after.as_deref()).await?;
        for report in &page.reports {
            let view = view_of(api, report).await?;
            let folder = archive.begin(&view);
            for format in ReportArchive::<Collected>::formats() {
                archive.file(&folder, format, &view).map_err(|error| unwritten(&error))?;
                let begun = ReportWriter::begin(format, &view, archive.out());
                let mut writer = begun.map_err(|error| unwritten(&error))?;
                let mut reader = ChangeReader::new(report.run.clone(), false);
                loop {
                    let changes = reader.next(app).await?;
                    if changes.is_empty() {
                        break;
                    }
                    writer.changes(&changes, archive.out()).map_err(|error| unwritten(&error))?;
                    out.send(collected.take()).await?;
                }
                writer.finish(archive.out()).map_err(|error| unwritten(&error))?;
            }
            archive.end(folder, &view);
            out.send(collected.take()).await?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    archive.finish().map_err(|error| unwritten(&error))?;
    out.send(collected.take()).await
}
