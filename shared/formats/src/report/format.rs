//! The formats of a report.

use std::io::{self, Write};

use super::ReportWriter;
use super::view::ReportView;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportFormat {
    /// Its changes as rows, for spreadsheets.
    Csv,
    /// All of it, for programs.
    Json,
    /// Its changes, one a line, for programs.
    Jsonl,
    /// Plain text of 80 columns.
    Text,
    /// One page for browsers.
    Html,
}

impl ReportFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Json, Self::Jsonl, Self::Text, Self::Html];

    /// `csv`, `json`, `jsonl`, `text`, `html`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Text => "text",
            Self::Html => "html",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What names of such files end with, without the point.
    #[must_use]
    pub fn extension(self) -> &'static str {
        if self == Self::Text { "txt" } else { self.name() }
    }

    /// `text/csv; charset=utf-8`
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Jsonl => "application/x-ndjson",
            Self::Text => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// Writes a report in this format.
    pub fn write(self, view: &ReportView, out: &mut impl Write) -> io::Result<()> {
        let mut writer = ReportWriter::begin(self, view, out)?;
        writer.changes(&view.deltas, out)?;
        writer.finish(out)
    }
}
