//! `portdelta diff`: what changed from one file to another.

use std::io::Read;
use std::path::Path;

use portdelta_app::diff::{DiffReport, EarlierFile, Told, counts};
use portdelta_core::ids::ResultId;
use portdelta_core::observation::Scanner;
use portdelta_formats::report::{DeltaView, to_line, to_pretty};
use portdelta_formats::{DocumentSink, ReadOptions, Reading, ResultLimits};
use serde_json::{Value, json};
use twox_hash::XxHash3_128;

use super::parse::of_refusal;
use crate::arguments::{DiffArguments, OutputFormat};
use crate::failure::{EXIT_CHANGES, Failure, warn};
use crate::inputs;
use crate::output::{BOLD, change_counts, delta_listing, plural, print_changes, print_line};

/// What a file was.
struct Side {
    name: String,
    reading: Reading,
    id: ResultId,
}

/// Compares two files; exit code 1 where something changed.
pub fn diff(arguments: &DiffArguments) -> Result<u8, Failure> {
    let (targets, ports) = inputs::judgement(&arguments.judgement)?;
    let zone = &arguments.judgement.timezone;
    let options = ReadOptions {
        format: arguments.judgement.input_format,
        time_zone: jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC),
    };
    let mut earlier = EarlierFile::default();
    let old = read(&arguments.old, &options, &mut earlier)?;
    let old_json = side_json(&old, earlier.scanner());
    let mut later = earlier.whole(old.id, Told { targets, ports });
    let new = read(&arguments.new, &options, &mut later)?;
    let new_json = side_json(&new, later.scanner());
    let mut warnings: Vec<(String, String)> = Vec::new();
    for (side, name) in [(&old, "old"), (&new, "new")] {
        for warning in &side.reading.warnings {
            warnings.push((warning.code.clone(), format!("{name}: {}", warning.message)));
        }
    }
    let report = later.report(new.id);
    for warning in &report.warnings {
        warnings.push((warning.code.to_owned(), warning.message.clone()));
    }
    let json = || {
        let warnings: Vec<Value> =
            warnings.iter().map(|(code, message)| json!({"code": code, "message": message})).collect();
        json!({
            "old": old_json,
            "new": new_json,
            "deltas": report.deltas.iter().map(DeltaView::of).collect::<Vec<_>>(),
            "counts": counts(&report.deltas),
            "unchanged": report.unchanged,
            "not_comparable": report.not_comparable,
            "warnings": warnings,
        })
    };
    match arguments.format.format {
        OutputFormat::Json => print_line(&to_pretty(&json())?)?,
        OutputFormat::Jsonl => print_line(&to_line(&json())?)?,
        OutputFormat::Csv => delta_listing(&report.deltas, "").print(OutputFormat::Csv)?,
        OutputFormat::Table => {
            for (_, message) in &warnings {
                warn(message);
            }
            print_text(&report, arguments.why)?;
        }
    }
    Ok(if report.deltas.is_empty() { 0 } else { EXIT_CHANGES })
}

fn read(path: &Path, options: &ReadOptions, sink: &mut dyn DocumentSink) -> Result<Side, Failure> {
    let name = path.display().to_string();
    // Nothing is kept under this id, it only tells the files apart: no need for a slow hash.
    let mut input = Hashing { inner: inputs::open(path)?, hash: XxHash3_128::new() };
    let reading = portdelta_formats::read(&mut input, options, &ResultLimits::default(), sink)
        .map_err(|refusal| of_refusal(&refusal, &name))?;
    let mut id = [0; 32];
    id[..16].copy_from_slice(&input.hash.finish_128().to_be_bytes());
    Ok(Side { name, reading, id: ResultId(id) })
}

struct Hashing<R> {
    inner: R,
    hash: XxHash3_128,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.write(&buffer[..read]);
        Ok(read)
    }
}

fn side_json(side: &Side, scanner: Option<&Scanner>) -> Value {
    json!({
        "file": side.name,
        "format": side.reading.format.name(),
        "tool": scanner.map(|scanner| scanner.tool.name()),
        "tool_version": scanner.and_then(|scanner| scanner.version.clone()),
        "complete": side.reading.complete,
        "start": scanner.and_then(|scanner| scanner.start).map(portdelta_formats::report::rfc3339),
        "result": side.id.to_string(),
    })
}

fn print_text(report: &DiffReport, with_why: bool) -> Result<(), Failure> {
    print_changes(&report.deltas, with_why)?;
    if !report.deltas.is_empty() {
        print_line("")?;
    }
    let changes = plural(report.deltas.len() as u64, "change");
    let hosts = plural(report.unchanged.hosts, "host");
    let ports = plural(report.unchanged.ports, "open port");
    print_line(&format!("{BOLD}{changes}{BOLD:#}; unchanged: {hosts}, {ports}"))?;
    if report.not_comparable.hosts + report.not_comparable.ports > 0 {
        let hosts = plural(report.not_comparable.hosts, "host");
        let ports = plural(report.not_comparable.ports, "open port");
        print_line(&format!("Not comparable (the old file did not look there): {hosts}, {ports}"))?;
    }
    let score = change_counts(&report.deltas).score();
    print_line(&format!("Change score {} ({})", score.value(), score.class().name()))
}
