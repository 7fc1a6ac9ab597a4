//! All reports of a scan in one ZIP file.

use std::collections::HashSet;
use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use portdelta_core::UnixTime;
use portdelta_core::escape::{csv_cell, escape};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::ReportFormat;
use super::rfc3339;
use super::view::ReportView;
use super::words::postures;

/// How long a part of a name in the archive may be.
const MOST_NAME_BYTES: usize = 80;

/// The formats of each report.
const ARCHIVED: [ReportFormat; 4] =
    [ReportFormat::Csv, ReportFormat::Json, ReportFormat::Text, ReportFormat::Html];

/// A ZIP file in the making: each report as CSV, JSON, text and HTML, in a folder of its own, and `index.csv` last.
///
/// Streamed: of a report that was added only its line of the index is kept. Names in the archive consist of
/// letters, digits, `-`, `_` and `.`, and do not begin with a point.
pub struct ReportArchive<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    used: HashSet<String>,
    index: Vec<[String; 12]>,
}

impl<W: Write> ReportArchive<W> {
    /// An archive that is written to `out`.
    pub fn new(out: W) -> Self {
        Self { zip: ZipWriter::new_stream(out), used: HashSet::new(), index: Vec::new() }
    }

    /// Adds a report; its files bear the time of its run.
    pub fn add(&mut self, view: &ReportView) -> io::Result<()> {
        let folder = self.begin(view);
        for format in ARCHIVED {
            self.file(&folder, format, view)?;
            format.write(view, self.out())?;
        }
        self.end(folder, view);
        Ok(())
    }

    /// The formats of each report.
    #[must_use]
    pub fn formats() -> [ReportFormat; 4] {
        ARCHIVED
    }

    /// Begins a report that is written in pieces: gives the name of its folder.
    pub fn begin(&mut self, view: &ReportView) -> String {
        self.folder(view)
    }

    /// Begins a file of a report; what is written to [`out`](Self::out) from now on belongs to it.
    pub fn file(&mut self, folder: &str, format: ReportFormat, view: &ReportView) -> io::Result<()> {
        let name = format!("{folder}/report.{}", format.extension());
        Ok(self.zip.start_file(name, options(view.started))?)
    }

    /// Where the file that was begun last is written.
    pub fn out(&mut self) -> &mut impl Write {
        &mut self.zip
    }

    /// Ends a report.
    pub fn end(&mut self, folder: String, view: &ReportView) {
        self.index.push([
            folder,
            view.run.clone(),
            view.title.clone(),
            view.site.clone(),
            rfc3339(view.started),
            view.finished.map(rfc3339).unwrap_or_default(),
            view.state.clone(),
            view.score.value.to_string(),
            view.score.class.clone(),
            view.counts.values().sum::<u64>().to_string(),
            postures(view),
            view.agents.join(", "),
        ]);
    }

    /// Writes the index and the directory; gives back the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.zip.start_file("index.csv", options(UnixTime::EPOCH))?;
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(&mut self.zip);
        writer.write_record([
            "folder", "run", "title", "site", "started", "finished", "state", "score", "class", "changes",
            "posture", "agents",
        ])?;
        for row in &self.index {
            writer.write_record(row.iter().map(|cell| csv_cell(&escape(cell)).into_owned()))?;
        }
        writer.flush()?;
        drop(writer);
        Ok(self.zip.finish()?.into_inner())
    }

    /// `2026-01-31T030000Z-office-nightly`, and a number where that is taken.
    fn folder(&mut self, view: &ReportView) -> String {
        let time = rfc3339(view.started).replace(':', "");
        let wanted = safe_name(&format!("{time}-{}-{}", view.site, view.title));
        let mut name = wanted.clone();
        let mut count = 1;
        while !self.used.insert(name.to_ascii_lowercase()) {
            count += 1;
            name = format!("{wanted}-{count}");
        }
        name
    }
}

fn options(time: UnixTime) -> SimpleFileOptions {
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o644);
    match civil(time) {
        Some(time) => options.last_modified_time(time),
        None => options.last_modified_time(DateTime::default()),
    }
}

/// Times of ZIP files are from 1980 to 2107.
fn civil(time: UnixTime) -> Option<DateTime> {
    let time = jiff::Timestamp::from_second(time.seconds()).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |part: i8| u8::try_from(part).ok();
    DateTime::from_date_and_time(
        u16::try_from(time.year()).ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
    )
    .ok()
}

/// `text` as a part of a file name on every system.
fn safe_name(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        let safe = character.is_ascii_alphanumeric() || "-_.".contains(character);
        let character = if safe { character } else { '-' };
        // Neither `..` nor a row of replaced characters.
        if character.is_ascii_alphanumeric() || !name.ends_with(character) {
            name.push(character);
        }
        if name.len() >= MOST_NAME_BYTES {
            break;
        }
    }
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "report".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_everywhere() {
        for (text, expected) in [
            ("2026-01-31T030000Z-office-nightly", "2026-01-31T030000Z-office-nightly"),
            ("../../etc/passwd", "etc-passwd"),
            ("a\\b:c*d?\"e\u{202e}\0", "a-b-c-d-e"),
            ("..", "report"),
            ("", "report"),
            ("ünï", "n"),
        ] {
            assert_eq!(safe_name(text), expected);
        }
        assert!(safe_name(&"x".repeat(500)).len() <= MOST_NAME_BYTES);
    }
}
