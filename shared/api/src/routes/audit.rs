//! What people changed.

use std::num::NonZeroUsize;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::Response;
use portdelta_app::repositories::{self, AuditFilter};
use portdelta_core::escape::{csv_cell, escape};
use portdelta_protocol::admin::{AuditEntry, Page, Time};
use serde::Deserialize;

use crate::Api;
use crate::answer::Answer;
use crate::cursor::{Paging, cursor};
use crate::error::ApiError;
use crate::extract::Query;
use crate::stream::{self, Out, permit};

/// Entries that are read at once for an export.
const AT_ONCE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(499);

/// Columns of an export as CSV.
const COLUMNS: [&str; 6] = ["time", "who", "what", "object", "detail", "id"];

/// Which entries are wanted; everything that is set must hold.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only with this text in who did it.
    who: Option<String>,
    /// Only what begins so: `scan`, or `scan.created`.
    what: Option<String>,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Comma-separated values; cells can't become formulas.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// `?format=`
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Written {
    /// How it is written; `csv` where absent.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// What people changed, newest first
///
/// A page may be short, or empty, although more follow.
#[utoipa::path(get, path = "/audit", operation_id = "audit", tag = "people", params(Wanted, Paging), responses(
    (status = 200, body = Page<AuditEntry>),
))]
pub(crate) async fn list(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(paging): Query<Paging>,
) -> Result<Answer<Page<AuditEntry>>, ApiError> {
    let of = format!("audit {wanted:?}");
    let limit = NonZeroUsize::new(paging.limit()?).unwrap_or(NonZeroUsize::MIN);
    let after: Option<String> = paging.place(&of)?;
    let page = api.service.app().audit(&filter(wanted), limit, after.as_deref()).await?;
    let next = page.next.and_then(|next| cursor(&of, &next));
    Ok(Answer(Page { items: page.entries.into_iter().map(view).collect(), next }))
}

/// All that people changed, as a file, newest first
#[utoipa::path(get, path = "/audit/export", operation_id = "export_audit", tag = "people", params(Wanted, Written),
    responses(
    (status = 200, description = "The file.", content((String = "text/csv"), (String = "application/x-ndjson"))),
    (status = 303, description = "On AWS, where it is large: it is at `Location` for some minutes."),
))]
pub(crate) async fn export(
    State(api): State<Api>,
    Query(wanted): Query<Wanted>,
    Query(Written { format }): Query<Written>,
) -> Result<Response, ApiError> {
    let filter = filter(wanted);
    let permit = permit(&api)?;
    // A store that can't be read is told before the file begins.
    let first = api.service.app().audit(&filter, AT_ONCE, None).await?;
    let (out, body) = Out::new();
    tokio::spawn(async move {
        let written = write(&api, &filter, format, first, &out).await;
        drop(permit);
        out.end(written);
    });
    let (media, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\""),
        Format::Jsonl => ("application/x-ndjson", "attachment; filename=\"audit.jsonl\""),
    };
    Ok(stream::file(body, media, HeaderValue::from_static(name)))
}

async fn write(
    api: &Api,
    filter: &AuditFilter,
    format: Format,
    first: repositories::AuditPage,
    out: &Out,
) -> Result<(), ApiError> {
    let mut page = first;
    let mut has_header = false;
    loop {
        let entries = page.entries.into_iter().map(view);
        let piece = match format {
            Format::Csv => csv(entries, !std::mem::replace(&mut has_header, true))?,
            Format::Jsonl => lines(entries)?,
        };
        out.send(piece).await?;
        let Some(next) = page.next else { return Ok(()) };
        page = api.service.app().audit(filter, AT_ONCE, Some(&next)).await?;
    }
}

fn csv(entries: impl Iterator<Item = AuditEntry>, with_header: bool) -> Result<Vec<u8>, ApiError> {
    let failed = |error: String| ApiError::ours("csv.unwritable", error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(COLUMNS).map_err(|error| failed(error.to_string()))?;
    }
    for AuditEntry { id, time, who, what, object, detail } in entries {
        let cells = [time.to_string(), who, what, object, detail, id];
        let cells = cells.iter().map(|cell| csv_cell(&escape(cell)).into_owned());
        writer.write_record(cells).map_err(|error| failed(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

fn lines(entries: impl Iterator<Item = AuditEntry>) -> Result<Vec<u8>, ApiError> {
    let mut text = String::new();
    for entry in entries {
        let line = portdelta_formats::report::to_line(&entry);
        text.push_str(&line.map_err(|error| ApiError::ours("json.unwritable", error.to_string()))?);
        text.push('\n');
    }
    Ok(text.into_bytes())
}

fn filter(wanted: Wanted) -> AuditFilter {
    AuditFilter { who: wanted.who, what: wanted.what }
}

fn view(entry: repositories::AuditEntry) -> AuditEntry {
    let repositories::AuditEntry { id, time, who, what, object, detail } = entry;
    AuditEntry { id, time: Time(time), who, what, object, detail }
}
