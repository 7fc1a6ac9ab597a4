//! Reads any supported file as a stream of documents.

use std::io::{Cursor, Read};

use portdelta_core::observation::{HostRecord, Scanner, Summary};

use crate::detect::{Format, detect};
use crate::input::{self, HEAD_BYTES};
use crate::limits::{Refusal, ResultLimits};
use crate::warnings::{Warning, Warnings};

/// Takes what a reader finds: for each document one `begin`, its hosts in file order, one `end`.
pub trait DocumentSink {
    /// A document begins.
    fn begin(&mut self, scanner: Scanner);
    /// A host record is whole.
    fn host(&mut self, host: HostRecord);
    /// A host record is whole and has no IP address, but what stands in place of one, or nothing. It is no
    /// evidence about anything.
    fn unaddressed(&mut self, _label: Option<&str>, _host: HostRecord) {}
    /// The document ends, well or not.
    fn end(&mut self, summary: Summary);
}

/// What a reader is told besides the file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The format, where it is not to be detected.
    pub format: Option<Format>,
    /// The zone of times that name none (grepable, old nmap).
    pub time_zone: jiff::tz::TimeZone,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { format: None, time_zone: jiff::tz::TimeZone::UTC }
    }
}

/// What a file was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Its format.
    pub format: Format,
    /// How many documents stand in it.
    pub documents: u32,
    /// All of them are whole, and their scanners ended well.
    pub complete: bool,
    /// What was skipped, cut or odd.
    pub warnings: Vec<Warning>,
}

/// What all readers share: the sink, the limits, the warnings, and where in the file they are.
pub(crate) struct Progress<'a> {
    pub(crate) sink: &'a mut dyn DocumentSink,
    pub(crate) limits: &'a ResultLimits,
    pub(crate) warnings: Warnings,
    pub(crate) options: &'a ReadOptions,
    hosts: u64,
    documents: u32,
    complete: bool,
}

impl Progress<'_> {
    pub(crate) fn begin(&mut self, scanner: Scanner) -> Result<(), Refusal> {
        self.documents += 1;
        if self.documents > self.limits.max_documents {
            return Err(Refusal::TooManyDocuments { limit: self.limits.max_documents });
        }
        self.sink.begin(scanner);
        Ok(())
    }

    pub(crate) fn host(&mut self, host: HostRecord) -> Result<(), Refusal> {
        self.hosts += 1;
        if self.hosts > self.limits.max_hosts {
            return Err(Refusal::TooManyHosts { limit: self.limits.max_hosts });
        }
        self.sink.host(host);
        Ok(())
    }

    pub(crate) fn unaddressed(&mut self, label: Option<&str>, host: HostRecord) -> Result<(), Refusal> {
        self.warnings.add(
            "no_address",
            "hosts without an IP address were left out",
            label.unwrap_or_default(),
        );
        self.hosts += 1;
        if self.hosts > self.limits.max_hosts {
            return Err(Refusal::TooManyHosts { limit: self.limits.max_hosts });
        }
        self.sink.unaddressed(label, host);
        Ok(())
    }

    pub(crate) fn end(&mut self, summary: Summary) {
        self.complete &= summary.complete;
        if !summary.complete && summary.error.is_none() {
            self.warnings.add("incomplete", "the scan was cut short: only what is whole counts", "");
        }
        self.sink.end(summary);
    }
}

/// Reads a file, packed or not, and gives what stands in it to `sink` while it reads.
///
/// Memory does not grow with the file. A file that ends early is read up to its last whole record, and its
/// document ends as not complete. The format is detected from the first 64 KiB.
///
/// # Errors
/// See [`Refusal`]; what the sink got before belongs to whole records.
pub fn read(
    input: impl Read,
    options: &ReadOptions,
    limits: &ResultLimits,
    sink: &mut dyn DocumentSink,
) -> Result<Reading, Refusal> {
    let mut input = input::open(input, limits.max_bytes)?;
    let mut head = Vec::new();
    match input::fill(&mut input, &mut head, HEAD_BYTES) {
        Err(error) if head.is_empty() || !input::is_cut(&error) => {
            return Err(input::refusal_of(error, true));
        }
        _ => {}
    }
    let format = match options.format {
        Some(format) if !head.is_empty() => format,
        _ => detect(&head)?,
    };
    let input = Cursor::new(head).chain(input);
    let mut progress = Progress {
        sink,
        limits,
        warnings: Warnings::default(),
        options,
        hosts: 0,
        documents: 0,
        complete: true,
    };
    match format {
        Format::NmapXml | Format::MasscanXml => crate::nmap_xml::read(input, format, &mut progress)?,
        Format::NmapGrepable | Format::MasscanGrepable => {
            crate::nmap_grepable::read(input, format, &mut progress)?;
        }
        Format::MasscanJson | Format::MasscanNdjson => {
            crate::masscan::read_json(input, format, &mut progress)?;
        }
        Format::MasscanList | Format::MasscanStdout => {
            crate::masscan::read_lines(input, format, &mut progress)?;
        }
        Format::NaabuJson => crate::naabu::read(input, &mut progress)?,
        Format::Rustscan => crate::rustscan::read(input, &mut progress)?,
        Format::Plain => crate::plain::read(input, &mut progress)?,
    }
    Ok(Reading {
        format,
        documents: progress.documents,
        complete: progress.complete && progress.documents > 0,
        warnings: progress.warnings.finish(),
    })
}
