//! Rows in every output format.

use std::io::Write;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use portdelta_core::escape::{csv_cell, escape};
use portdelta_formats::report::{to_line, to_pretty};
use serde_json::Value;

use super::columns;
use crate::arguments::OutputFormat;
use crate::failure::Failure;

/// Columns that share what room there is; the others are as wide as what stands in them.
const WRAPPED: [&str; 16] = [
    "file", "names", "ports", "warnings", "title", "message", "prefixes", "targets", "labels", "where",
    "schedule", "problem", "name", "hint", "detail", "who",
];

/// Columns that tables leave out: ids of things that another column names, for which there is no room.
const NOT_IN_TABLES: [&str; 1] = ["object"];

/// Rows with the same columns; each also as JSON.
pub struct Listing {
    columns: &'static [&'static str],
    rows: Vec<(Vec<String>, Value)>,
    /// What a table shows when there is no row.
    empty: String,
    /// Columns that tables show below the cell of another one, where they say anything.
    folded: Folded,
}

/// A column, and those that stand below its cells.
type Folded = (&'static str, &'static [&'static str]);

impl Listing {
    /// A listing without rows, and what to say of that.
    pub fn new(columns: &'static [&'static str], empty: impl Into<String>) -> Self {
        Self { columns, rows: Vec::new(), empty: empty.into(), folded: ("", &[]) }
    }

    /// Tables have no room for these columns: what they say stands below the cell of `under`, each with its name.
    #[must_use]
    pub fn folding(mut self, columns: &'static [&'static str], under: &'static str) -> Self {
        self.folded = (under, columns);
        self
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row: a text for each column, and the same as JSON. No texts where only JSON is written.
    pub fn row(&mut self, cells: Vec<String>, json: Value) {
        debug_assert!(cells.is_empty() || cells.len() == self.columns.len(), "a cell for each column");
        self.rows.push((cells, json));
    }

    /// Writes the rows to standard output.
    pub fn print(&self, format: OutputFormat) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        match format {
            OutputFormat::Table if self.rows.is_empty() => writeln!(out, "{}", escape(&self.empty))?,
            OutputFormat::Table => {
                for line in self.table().lines() {
                    writeln!(out, "{}", line.trim_end())?;
                }
            }
            OutputFormat::Json => {
                let all: Vec<&Value> = self.rows.iter().map(|(_, json)| json).collect();
                writeln!(out, "{}", to_pretty(&all)?)?;
            }
            OutputFormat::Jsonl => {
                for (_, json) in &self.rows {
                    writeln!(out, "{}", to_line(json)?)?;
                }
            }
            OutputFormat::Csv => self.csv(&mut out)?,
        }
        Ok(out.flush()?)
    }

    fn table(&self) -> Table {
        let (under, folded) = self.folded;
        let is_shown = |name: &str| !NOT_IN_TABLES.contains(&name) && !folded.contains(&name);
        let shown = || self.columns.iter().filter(|name| is_shown(name));
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(columns())
            .set_header(shown().map(|column| column.to_uppercase()));
        for (cells, _) in &self.rows {
            let named = || cells.iter().zip(self.columns.iter().copied());
            let below = named().filter(|(cell, name)| folded.contains(name) && !cell.is_empty());
            let below: Vec<_> = below.map(|(cell, name)| format!("{name} {}", escape(cell))).collect();
            table.add_row(named().filter(|(_, name)| is_shown(name)).map(|(cell, name)| {
                let cell = escape(cell).into_owned();
                let more = if name == under { &below[..] } else { &[] };
                let lines = Some(cell).filter(|cell| more.is_empty() || !cell.is_empty()).into_iter();
                lines.chain(more.iter().cloned()).collect::<Vec<_>>().join("\n")
            }));
        }
        for (column, name) in table.column_iter_mut().zip(shown()) {
            column.set_padding((0, 2));
            if !WRAPPED.contains(name) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        table
    }

    fn csv(&self, out: &mut impl Write) -> Result<(), Failure> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(self.columns)?;
        for (cells, _) in &self.rows {
            let cells = cells.iter().map(|cell| csv_cell(&escape(cell)).into_owned());
            writer.write_record(cells)?;
        }
        Ok(writer.flush()?)
    }
}

/// One text on standard output, wrapped to the terminal, all lines but the first further indented.
pub fn print_wrapped(indent: &str, style: anstyle::Style, text: &str) -> Result<(), Failure> {
    let hanging = format!("{indent}    ");
    let options = textwrap::Options::new(columns().into())
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(indent)
        .subsequent_indent(&hanging);
    for line in textwrap::wrap(&escape(text), options) {
        print_line(&format!("{style}{line}{style:#}"))?;
    }
    Ok(())
}

/// One line of text on standard output, colours as the terminal takes them.
pub fn print_line(line: &str) -> Result<(), Failure> {
    Ok(writeln!(anstream::stdout(), "{line}")?)
}
