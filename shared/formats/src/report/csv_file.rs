//! The changes of a report as comma-separated values.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};
use portdelta_core::escape::{csv_cell, escape};

use super::rfc3339;
use super::value_words::value_words;
use super::view::{ReportDelta, ReportView};

/// The columns.
pub const REPORT_COLUMNS: [&str; 18] = [
    "run",
    "title",
    "site",
    "time",
    "first_seen",
    "address",
    "kind",
    "protocol",
    "port",
    "script",
    "cause",
    "before",
    "after",
    "change",
    "first_look",
    "late",
    "why",
    "id",
];

/// Begins comma-separated values as RFC 4180 has them: one row a change, lines that end with CR LF, a row of names first.
/// No cell is a formula to a spreadsheet, and none has a line break.
pub(super) fn begin(out: &mut impl Write) -> io::Result<()> {
    let mut writer = rows(out);
    writer.write_record(REPORT_COLUMNS)?;
    writer.flush()
}

/// Writes the rows of some changes.
pub(super) fn changes(view: &ReportView, deltas: &[ReportDelta], out: &mut impl Write) -> io::Result<()> {
    let mut writer = rows(out);
    for delta in deltas {
        writer.write_record(cells(view, delta).iter().map(|cell| csv_cell(&escape(cell)).into_owned()))?;
    }
    writer.flush()
}

fn rows<W: Write>(out: W) -> csv::Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(out)
}

fn cells(view: &ReportView, delta: &ReportDelta) -> [String; 18] {
    let words = |value: &Option<serde_json::Value>| value.as_ref().map(value_words).unwrap_or_default();
    [
        view.run.clone(),
        view.title.clone(),
        view.site.clone(),
        rfc3339(delta.time),
        rfc3339(delta.first_seen),
        delta.address.clone(),
        delta.kind.clone(),
        delta.protocol.clone().unwrap_or_default(),
        delta.port.map(|port| port.to_string()).unwrap_or_default(),
        delta.script.clone().unwrap_or_default(),
        delta.cause.clone().unwrap_or_default(),
        words(&delta.before),
        words(&delta.after),
        delta.change.clone(),
        delta.first_look.to_string(),
        delta.late.to_string(),
        delta.why.sentence.clone(),
        delta.id.clone(),
    ]
}
