//! Writes a report piece by piece: what stands above the changes, changes as they are read, what stands below.

use std::io::{self, Write};

use serde::Serialize;

use super::view::{ReportDelta, ReportView};
use super::{ReportFormat, csv_file, html, text, to_line, to_pretty};

/// What the list of changes looks like at the end of a report without any.
const NO_CHANGES: &str = "\"deltas\": []\n}";

/// A report in the making. Holds the report without its changes, and nothing of what was written.
#[derive(Debug)]
pub struct ReportWriter {
    format: ReportFormat,
    view: ReportView,
    has_changes: bool,
}

/// A change on a line of its own, with what it belongs to.
#[derive(Serialize)]
struct Line<'a> {
    run: &'a str,
    title: &'a str,
    site: &'a str,
    #[serde(flatten)]
    delta: &'a ReportDelta,
}

impl ReportWriter {
    /// Writes what stands above the changes; those in `view` are left out.
    pub fn begin(format: ReportFormat, view: &ReportView, out: &mut impl Write) -> io::Result<Self> {
        let view = ReportView { deltas: Vec::new(), ..view.clone() };
        match format {
            ReportFormat::Csv => csv_file::begin(out)?,
            ReportFormat::Json => {
                let whole = to_pretty(&view)?;
                out.write_all(whole.strip_suffix("]\n}").unwrap_or(&whole).as_bytes())?;
                debug_assert!(whole.ends_with(NO_CHANGES));
            }
            ReportFormat::Jsonl => {}
            ReportFormat::Text => text::write_summary(&view, out)?,
            ReportFormat::Html => html::begin(&view, out)?,
        }
        Ok(Self { format, view, has_changes: false })
    }

    /// Writes changes. All changes of an address come together, ordered by address.
    pub fn changes(&mut self, deltas: &[ReportDelta], out: &mut impl Write) -> io::Result<()> {
        if deltas.is_empty() {
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut self.has_changes, true);
        match self.format {
            ReportFormat::Csv => csv_file::changes(&self.view, deltas, out),
            ReportFormat::Json => {
                for (place, delta) in deltas.iter().enumerate() {
                    out.write_all(if is_first && place == 0 { b"\n" } else { b",\n" })?;
                    // Two levels deep in the whole.
                    for (number, line) in to_pretty(delta)?.lines().enumerate() {
                        out.write_all(if number == 0 { b"    " } else { b"\n    " })?;
                        out.write_all(line.as_bytes())?;
                    }
                }
                Ok(())
            }
            ReportFormat::Jsonl => deltas.iter().try_for_each(|delta| {
                let ReportView { run, title, site, .. } = &self.view;
                writeln!(out, "{}", to_line(&Line { run, title, site, delta })?)
            }),
            ReportFormat::Text => {
                if is_first {
                    writeln!(out)?;
                }
                text::changes(deltas, out)
            }
            ReportFormat::Html => {
                if is_first {
                    writeln!(out, "<h2>Changes</h2>")?;
                }
                html::changes(deltas, out)
            }
        }
    }

    /// Writes what stands below the changes.
    pub fn finish(self, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            ReportFormat::Csv | ReportFormat::Jsonl => {}
            ReportFormat::Json if self.has_changes => writeln!(out, "\n  ]\n}}")?,
            ReportFormat::Json => writeln!(out, "]\n}}")?,
            ReportFormat::Text => text::write_notes(&self.view, out)?,
            ReportFormat::Html => html::end(&self.view, out)?,
        }
        out.flush()
    }
}
