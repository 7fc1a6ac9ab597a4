//! Documents and what stands in them besides hosts.

use portdelta_core::Protocol;
use portdelta_core::observation::{HostCounts, ScanInfo, ScanType, Scanner, Summary, Tool};
use quick_xml::events::{BytesStart, Event};

use super::attributes::{each, resolved};
use super::host::HostReader;
use super::{Events, Format};
use crate::limits::Refusal;
use crate::read::Progress;
use crate::text;

/// Reads pieces of a file one after the other.
pub(super) struct DocumentReader<'p, 'a> {
    progress: &'p mut Progress<'a>,
    format: Format,
    /// The head of a document whose first host has not come yet.
    head: Option<Scanner>,
    /// The sink was told that a document begins, and not yet that it ends.
    begun: bool,
    /// The end tag of the document was seen.
    closed: bool,
    finished: Finished,
    host: HostReader,
    depth: usize,
    /// Inside an element whose content means nothing here, up to this depth.
    ignored: Option<usize>,
    malformed: bool,
}

/// What `runstats` said.
#[derive(Default)]
struct Finished {
    summary: Summary,
    seen: bool,
    success: bool,
}

impl<'p, 'a> DocumentReader<'p, 'a> {
    pub(super) fn new(format: Format, progress: &'p mut Progress<'a>) -> Self {
        let host = HostReader::new(progress.limits.max_text_bytes);
        Self {
            progress,
            format,
            head: None,
            begun: false,
            closed: false,
            finished: Finished::default(),
            host,
            depth: 0,
            ignored: None,
            malformed: false,
        }
    }

    /// Reads a piece that may not be UTF-8; see [`Self::piece`].
    pub(super) fn bytes(&mut self, bytes: &mut [u8], last: bool) -> Result<usize, Refusal> {
        let (whole, repaired) = super::repair(bytes);
        for _ in 0..repaired {
            self.progress.warnings.add("bad_text", "texts that are not UTF-8 were repaired", "");
        }
        self.piece(&bytes[..whole], last)
    }

    /// Reads a piece that ends with a host, or the `last` one; gives how much of it was read. What is left when
    /// a comment holds what looks like the end of a host is read again with more behind it.
    fn piece(&mut self, piece: &[u8], last: bool) -> Result<usize, Refusal> {
        let mut events = Events::new(piece, 0);
        let mut done = 0;
        loop {
            match events.next() {
                Ok(Event::Start(tag)) => {
                    self.depth += 1;
                    if self.depth > self.progress.limits.max_depth {
                        return Err(Refusal::TooDeep { limit: self.progress.limits.max_depth });
                    }
                    if self.ignored.is_none() {
                        self.open(&tag, false, &mut events)?;
                    }
                }
                Ok(Event::Empty(tag)) => {
                    if self.ignored.is_none() {
                        self.open(&tag, true, &mut events)?;
                    }
                }
                Ok(Event::End(tag)) => {
                    if self.ignored == Some(self.depth) {
                        self.ignored = None;
                    } else if self.ignored.is_none() {
                        self.close(tag.name().as_ref().as_bytes())?;
                    }
                    self.depth = self.depth.saturating_sub(1);
                }
                Ok(Event::Eof) => return Ok(piece.len()),
                Ok(_) => {}
                Err(_) if !last => return Ok(done),
                Err(_) => {
                    // Cut inside a tag or comment, or not XML any more.
                    self.malformed |= self.closed || !piece[done..].trim_ascii().is_empty();
                    return Ok(piece.len());
                }
            }
            done = events.place();
        }
    }

    fn open(&mut self, tag: &BytesStart<'_>, empty: bool, events: &mut Events<'_>) -> Result<(), Refusal> {
        let name = tag.name();
        let name = name.as_ref().as_bytes();
        if self.host.is_open() {
            self.host.open(name, tag, &mut self.progress.warnings);
            if name == b"script" && !empty {
                // Tables and elements say again what the output says.
                if events.skip_past(b"</script>") {
                    self.depth = self.depth.saturating_sub(1);
                    self.host.close(b"script");
                } else {
                    self.ignored = Some(self.depth);
                }
            }
            if name == b"host" && !empty {
                self.host.restart(tag, &mut self.progress.warnings);
            }
            return Ok(());
        }
        match name {
            b"host" => {
                self.begin()?;
                self.host.restart(tag, &mut self.progress.warnings);
                if empty {
                    self.close(b"host")?;
                }
            }
            b"nmaprun" => self.start_document(tag)?,
            b"scaninfo" => self.scan_info(tag),
            b"finished" => self.finished(tag),
            b"hosts" => self.counts(tag),
            b"hosthint" | b"prescript" | b"postscript" if !empty => self.ignored = Some(self.depth),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) -> Result<(), Refusal> {
        if !self.host.is_open() {
            self.closed |= name == b"nmaprun";
            return Ok(());
        }
        if name == b"host" {
            return match self.host.finish() {
                Some((host, None)) => self.progress.host(host),
                Some((host, Some(label))) => {
                    self.progress.unaddressed(Some(label.as_str()).filter(|label| !label.is_empty()), host)
                }
                None => Ok(()),
            };
        }
        self.host.close(name);
        Ok(())
    }

    fn start_document(&mut self, tag: &BytesStart<'_>) -> Result<(), Refusal> {
        if self.begun || self.head.is_some() {
            // Appended to another document, which ends here, well or not.
            self.end_document()?;
        }
        let tool = if self.format == Format::MasscanXml { Tool::Masscan } else { Tool::Nmap };
        let mut scanner = Scanner::of(tool);
        let most = self.progress.limits.max_text_bytes;
        let warnings = &mut self.progress.warnings;
        each(tag, |name, value| match name {
            b"args" => {
                let args = resolved(value);
                scanner.args = Some(String::from_utf8_lossy(&args).chars().take(65_536).collect());
            }
            b"version" => scanner.version = Some(text::kept(&resolved(value), most, warnings).into()),
            b"start" => scanner.start = text::time(value, warnings),
            _ => {}
        });
        self.head = Some(scanner);
        self.closed = false;
        Ok(())
    }

    fn scan_info(&mut self, tag: &BytesStart<'_>) {
        let (mut scan_type, mut protocol, mut services) = (ScanType::Other, None, None);
        each(tag, |name, value| match name {
            b"type" => scan_type = ScanType::from_name(&String::from_utf8_lossy(value)),
            b"protocol" => protocol = Protocol::from_name(&String::from_utf8_lossy(value)),
            b"services" => services = Some(value),
            _ => {}
        });
        let Some(protocol) = protocol else { return };
        let Some(services) = text::port_list(protocol, services.unwrap_or_default()) else {
            self.progress.warnings.add("bad_services", "lists of scanned ports could not be read", "");
            return;
        };
        let info = ScanInfo { scan_type, protocol, services };
        if let Some(head) = &mut self.head {
            head.scan_infos.push(info);
        }
    }

    fn finished(&mut self, tag: &BytesStart<'_>) {
        let mut exit = None;
        let mut error = None;
        let mut end = None;
        let warnings = &mut self.progress.warnings;
        each(tag, |name, value| match name {
            b"time" => end = text::time(value, warnings),
            b"exit" => exit = Some(value == b"success"),
            b"errormsg" => {
                let message = resolved(value);
                error = Some(String::from_utf8_lossy(&message).chars().take(300).collect());
            }
            _ => {}
        });
        self.finished.seen = true;
        // nmap wrote no exit status before 5.x.
        self.finished.success = exit.unwrap_or(true);
        self.finished.summary.end = end;
        self.finished.summary.error = error;
    }

    fn counts(&mut self, tag: &BytesStart<'_>) {
        let (mut up, mut down, mut total) = (None, None, None);
        each(tag, |name, value| match name {
            b"up" => up = text::count(value),
            b"down" => down = text::count(value),
            b"total" => total = text::count(value),
            _ => {}
        });
        self.finished.summary.hosts = match (up, down, total) {
            (Some(up), down, Some(total)) => {
                Some(HostCounts { up, down: down.unwrap_or(total.saturating_sub(up)), total })
            }
            _ => None,
        };
    }

    fn begin(&mut self) -> Result<(), Refusal> {
        let tool = if self.format == Format::MasscanXml { Tool::Masscan } else { Tool::Nmap };
        if let Some(head) = self.head.take() {
            self.begun = true;
            return self.progress.begin(head);
        }
        if !self.begun {
            // A host without a document around it.
            self.begun = true;
            return self.progress.begin(Scanner::of(tool));
        }
        // A resumed scan writes on behind the end of its document.
        self.closed = false;
        Ok(())
    }

    fn end_document(&mut self) -> Result<(), Refusal> {
        if self.head.is_some() {
            self.begin()?;
        }
        let finished = std::mem::take(&mut self.finished);
        if self.host.is_open() {
            self.host.abandon();
            self.progress.warnings.add("host_cut", "hosts that are not whole were left out", "");
        }
        if self.begun {
            let complete = finished.seen && finished.success && self.closed && !self.malformed;
            if let Some(message) = &finished.summary.error {
                self.progress.warnings.add("scanner_failed", "the scanner reported an error", message);
            }
            self.progress.end(Summary { complete, ..finished.summary });
        }
        self.begun = false;
        Ok(())
    }

    /// The file has ended.
    pub(super) fn finish(mut self) -> Result<(), Refusal> {
        if self.malformed {
            self.progress.warnings.add("malformed", "the XML is damaged or cut", "");
        }
        self.end_document()
    }
}
