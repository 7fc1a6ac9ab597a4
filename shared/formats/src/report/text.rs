//! A report as plain text of 80 columns, without colours.

use std::io::{self, Write};

use portdelta_core::escape::escape;
use textwrap::{Options, WordSplitter};

use super::by_host::{Direction, by_host, described};
use super::view::{ReportDelta, ReportView};
use super::words::facts;

const COLUMNS: usize = 80;

/// Writes changes host by host.
pub(super) fn changes(deltas: &[ReportDelta], out: &mut impl Write) -> io::Result<()> {
    for host in by_host(deltas) {
        wrapped(out, "", "", host.address)?;
        for delta in host.changes {
            let sign = Direction::of(delta).sign();
            wrapped(out, &format!("  {sign} "), "      ", &described(delta))?;
            wrapped(out, "      why: ", "           ", &delta.why.sentence)?;
        }
        for line in host.with_it {
            wrapped(out, "    ", "      ", &line)?;
        }
    }
    Ok(())
}

/// Writes what stands above the changes: what it is, and what it says in short.
pub fn write_summary(view: &ReportView, out: &mut impl Write) -> io::Result<()> {
    wrapped(out, "", "", &view.title)?;
    writeln!(out)?;
    for (name, value) in facts(view) {
        wrapped(out, &format!("{name:<11} "), &" ".repeat(12), &value)?;
    }
    Ok(())
}

/// Writes what stands below the changes: what was not covered, and warnings.
pub fn write_notes(view: &ReportView, out: &mut impl Write) -> io::Result<()> {
    list(out, "Not covered", &view.coverage.missing)?;
    let warnings: Vec<_> = view.warnings.iter().map(|warning| warning.message.clone()).collect();
    list(out, "Warnings", &warnings)
}

fn list(out: &mut impl Write, heading: &str, items: &[String]) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    items.iter().try_for_each(|item| wrapped(out, "  - ", "    ", item))
}

fn wrapped(out: &mut impl Write, first: &str, rest: &str, text: &str) -> io::Result<()> {
    let options = Options::new(COLUMNS)
        .word_splitter(WordSplitter::NoHyphenation)
        .initial_indent(first)
        .subsequent_indent(rest);
    for line in textwrap::wrap(&escape(text), options) {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
