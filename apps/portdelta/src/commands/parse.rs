//! `portdelta parse`: what stands in files.

use portdelta_core::causes::with_causes;
use portdelta_formats::{FileSummary, ReadOptions, Refusal, ResultLimits, summarise};
use serde_json::{Value, json};

use crate::arguments::{OutputFormat, ParseArguments};
use crate::failure::{EXIT_ERROR, Failure, warn};
use crate::inputs;
use crate::output::Listing;

const COLUMNS: &[&str] =
    &["file", "format", "complete", "listed", "up", "down", "open", "closed", "filtered", "warnings"];
/// A table has no room for sentences: they stand beside it.
const TABLE_COLUMNS: &[&str] = COLUMNS.split_at(COLUMNS.len() - 1).0;

/// Counts every file, also after one was refused.
pub fn parse(arguments: &ParseArguments) -> Result<u8, Failure> {
    let options = ReadOptions { format: arguments.input_format, ..ReadOptions::default() };
    let is_table = arguments.format.format == OutputFormat::Table;
    let mut listing = Listing::new(if is_table { TABLE_COLUMNS } else { COLUMNS }, "");
    let mut code = 0;
    for path in &arguments.files {
        let name = path.display().to_string();
        let summary = inputs::open(path).and_then(|file| {
            summarise(file, &options, &ResultLimits::default()).map_err(|refusal| of_refusal(&refusal, &name))
        });
        match summary {
            Ok(summary) => {
                if is_table {
                    summary.warnings.iter().for_each(|warning| warn(&format!("{name}: {}", warning.message)));
                }
                listing.row(cells(&name, &summary, is_table), json(&name, &summary));
            }
            Err(failure) => {
                code = EXIT_ERROR;
                // Programs get the refusal in its place, people beside the table.
                if matches!(arguments.format.format, OutputFormat::Json | OutputFormat::Jsonl) {
                    listing.row(Vec::new(), json!({"file": name, "error": failure.json()}));
                } else {
                    failure.print();
                }
            }
        }
    }
    if !(listing.is_empty() && code != 0) {
        listing.print(arguments.format.format)?;
    }
    Ok(code)
}

/// A refusal of a named file.
pub fn of_refusal(refusal: &Refusal, name: &str) -> Failure {
    Failure::new(refusal.code(), format!("{name}: {}", with_causes(refusal))).hint(refusal.hint())
}

fn cells(name: &str, summary: &FileSummary, is_table: bool) -> Vec<String> {
    let ports = |state: &str| summary.ports.get(state).copied().unwrap_or(0).to_string();
    let mut cells = vec![
        name.to_owned(),
        summary.format.to_owned(),
        if summary.complete { "yes" } else { "no" }.to_owned(),
        summary.hosts.listed.to_string(),
        summary.hosts.up.to_string(),
        summary.hosts.down.to_string(),
        ports("open"),
        ports("closed"),
        ports("filtered"),
    ];
    if !is_table {
        let warnings: Vec<_> = summary.warnings.iter().map(|warning| warning.message.as_str()).collect();
        cells.push(warnings.join("; "));
    }
    cells
}

fn json(name: &str, summary: &FileSummary) -> Value {
    let mut json = json!({"file": name});
    if let (Value::Object(fields), Value::Object(counted)) = (&mut json, json!(summary)) {
        fields.extend(counted);
    }
    json
}
