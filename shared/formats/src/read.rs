//! Reads any supported file as a stream of documents.

use std::cell::Cell;
use std::io::{Cursor, Read};
use std::rc::Rc;

use portdelta_core::observation::{HostRecord, Scanner, Summary};

use crate::detect::{Format, HEAD_BYTES, detect};
use crate::limits::ResultLimits;
use crate::refusal::Refusal;
use crate::unpack::{refusal_of, unpack};
use crate::warnings::{Odd, Warning, Warnings};
use crate::window::Window;

/// Takes what a reader finds: for each document one `begin`, its hosts in file order, one `end`.
///
/// A file that is refused half way gives no further `end`.
pub trait DocumentSink {
    /// A document begins.
    fn begin(&mut self, scanner: Scanner);
    /// A host record is whole.
    fn host(&mut self, host: HostRecord);
    /// A host record is whole and has no IP address: the text that stands in its place, if any, is a label. It is
    /// evidence about nothing, and its address is unspecified.
    fn unaddressed(&mut self, _label: Option<&str>, _host: HostRecord) {}
    /// The document ends, well or not.
    fn end(&mut self, summary: Summary);
    /// What the sink looks at; readers leave the rest of a record empty and are faster for it.
    fn detail(&self) -> Detail {
        Detail::Whole
    }
}

/// How much of a record is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    Whole,
    /// Address, status, and the ports with their states.
    Counts,
}

/// What a reader is told besides the file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The format, where it is not to be detected.
    pub format: Option<Format>,
    /// The zone of times that name none (grepable, plain).
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
    /// How many documents stand in it; 1 for formats that have no such thing.
    pub documents: u32,
    /// All documents are complete, see [`Summary::complete`].
    pub complete: bool,
    /// What was skipped, cut or odd, one for each kind at most.
    pub warnings: Vec<Warning>,
}

/// What all format readers share: the sink, the limits, the warnings, and how far they are.
pub(crate) struct Progress<'a> {
    sink: &'a mut dyn DocumentSink,
    pub(crate) detail: Detail,
    pub(crate) limits: &'a ResultLimits,
    pub(crate) options: &'a ReadOptions,
    pub(crate) warnings: Warnings,
    damaged: Rc<Cell<bool>>,
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
        self.check(&host)?;
        self.sink.host(host);
        Ok(())
    }

    pub(crate) fn unaddressed(&mut self, label: Option<&str>, host: HostRecord) -> Result<(), Refusal> {
        self.check(&host)?;
        self.warnings.add(Odd::NoAddress, label.unwrap_or_default());
        self.sink.unaddressed(label, host);
        Ok(())
    }

    fn check(&mut self, host: &HostRecord) -> Result<(), Refusal> {
        self.hosts += 1;
        if self.hosts > self.limits.max_hosts {
            return Err(Refusal::TooManyHosts { limit: self.limits.max_hosts });
        }
        if host.ports.len() > self.limits.max_ports_per_host {
            return Err(Refusal::TooManyPorts { limit: self.limits.max_ports_per_host });
        }
        Ok(())
    }

    /// The document ends. What was damaged on the way can't be complete, whatever its end mark says.
    pub(crate) fn end(&mut self, mut summary: Summary) {
        summary.complete &= !self.damaged.get();
        if let Some(error) = &summary.error {
            self.warnings.add(Odd::ScannerFailed, error);
        } else if !summary.complete {
            self.warnings.add(Odd::Incomplete, "");
        }
        self.complete &= summary.complete;
        self.sink.end(summary);
    }
}

/// Reads a file, packed or not, and gives what stands in it to `sink` while it reads.
///
/// Memory does not grow with the file. A file that ends early is read up to its last whole record, and its
/// document ends as not complete. The format is told by the content, see [`Format`].
///
/// # Errors
/// See [`Refusal`]; what the sink got before belongs to whole records.
pub fn read(
    input: impl Read,
    options: &ReadOptions,
    limits: &ResultLimits,
    sink: &mut dyn DocumentSink,
) -> Result<Reading, Refusal> {
    let mut unpacked = unpack(input, limits)?;
    let mut head = Vec::new();
    (&mut unpacked.text).take(HEAD_BYTES).read_to_end(&mut head).map_err(refusal_of)?;
    let format = match options.format {
        Some(format) if !head.is_empty() => format,
        _ => detect(&head)?,
    };
    let mut window = Window::new(Cursor::new(head).chain(unpacked.text), limits.read_buffer_bytes);
    let mut progress = Progress {
        detail: sink.detail(),
        sink,
        limits,
        options,
        warnings: Warnings::default(),
        damaged: unpacked.damaged,
        hosts: 0,
        documents: 0,
        complete: true,
    };
    match format {
        Format::NmapXml | Format::MasscanXml => crate::nmap_xml::read(&mut window, format, &mut progress)?,
        Format::NmapGrepable | Format::MasscanGrepable => {
            crate::nmap_grepable::read(&mut window, format, &mut progress)?;
        }
        Format::MasscanJson | Format::MasscanNdjson => {
            crate::masscan_json::read(&mut window, format, &mut progress)?;
        }
        Format::MasscanList | Format::MasscanStdout => {
            crate::masscan_list::read(&mut window, format, &mut progress)?;
        }
        Format::NaabuJson => crate::naabu::read(&mut window, &mut progress)?,
        Format::Rustscan => crate::rustscan::read(&mut window, &mut progress)?,
        Format::Plain => crate::plain::read(&mut window, &mut progress)?,
    }
    if progress.damaged.get() {
        progress.warnings.add(Odd::Damaged, "");
    }
    if progress.documents == 0 {
        // Only where a format was forced on something else.
        return Err(Refusal::NotAScan { looks_like: "nothing of the format that was asked for" });
    }
    Ok(Reading {
        format,
        documents: progress.documents,
        complete: progress.complete,
        warnings: progress.warnings.finish(),
    })
}
