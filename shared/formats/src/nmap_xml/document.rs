//! Documents, and what stands in them besides hosts.

use portdelta_core::Protocol;
use portdelta_core::observation::{HostCounts, ScanInfo, ScanType, Scanner, Summary, Tool};

use super::attributes::{Attribute, resolved};
use super::host::HostReader;
use super::{MALFORMED_SHOWN, Then};
use crate::detect::Format;
use crate::limits::ResultLimits;
use crate::read::{Detail, Progress};
use crate::refusal::Refusal;
use crate::text;
use crate::warnings::Odd;

/// Gathers what the tags of a file say.
pub(super) struct DocumentReader<'p, 'a> {
    progress: &'p mut Progress<'a>,
    tool: Tool,
    document: Option<OpenDocument>,
    host: HostReader,
    /// Elements that are open.
    depth: usize,
}

/// A document that has begun.
struct OpenDocument {
    /// Its head, until the first host comes.
    head: Option<Scanner>,
    summary: Summary,
    /// `finished` was there and did not say `error`.
    succeeded: bool,
    /// Its end tag was there, and no host behind it.
    closed: bool,
    /// Something of it was cut or left out.
    broken: bool,
}

impl<'p, 'a> DocumentReader<'p, 'a> {
    pub(super) fn new(format: Format, progress: &'p mut Progress<'a>) -> Self {
        let tool = if format == Format::MasscanXml { Tool::Masscan } else { Tool::Nmap };
        Self { host: HostReader::new(progress.detail, tool), progress, tool, document: None, depth: 0 }
    }

    pub(super) fn limits(&self) -> &'a ResultLimits {
        self.progress.limits
    }

    /// An element begins, and ends at once if it is empty.
    pub(super) fn open(
        &mut self,
        name: &str,
        attributes: &[Attribute<'_>],
        empty: bool,
    ) -> Result<Then, Refusal> {
        if !empty {
            self.depth += 1;
            if self.depth > self.progress.limits.max_depth {
                return Err(Refusal::TooDeep { limit: self.progress.limits.max_depth });
            }
        }
        let then = match name {
            "host" => {
                self.start_host(attributes)?;
                Then::GoOn
            }
            "nmaprun" => {
                self.start_document(attributes)?;
                Then::GoOn
            }
            _ if self.host.is_open() => self.host.open(name, attributes, self.progress),
            _ => self.open_outside(name, attributes),
        };
        // Behind the state of a port, sinks that count look at nothing up to the end of the port.
        let ends_port = name == "state" && matches!(then, Then::SkipTo(_));
        if ends_port {
            self.depth -= usize::from(!empty);
            return Ok(then);
        }
        if empty {
            self.depth += 1;
            self.close(name)?;
            return Ok(Then::GoOn);
        }
        Ok(then)
    }

    /// An element outside of hosts begins.
    fn open_outside(&mut self, name: &str, attributes: &[Attribute<'_>]) -> Then {
        match name {
            "scaninfo" => self.scan_info(attributes),
            "finished" => self.finished(attributes),
            "hosts" => self.counts(attributes),
            "runstats" => {}
            // Hints at hosts, scripts before and after, progress, what Zenmap keeps of the screen.
            _ => return Then::SkipOver,
        }
        Then::GoOn
    }

    /// An element ends.
    pub(super) fn close(&mut self, name: &str) -> Result<(), Refusal> {
        self.depth = self.depth.saturating_sub(1);
        match name {
            "host" => self.end_host(),
            "nmaprun" => {
                self.host_is_cut();
                if let Some(document) = &mut self.document {
                    document.closed = true;
                }
                Ok(())
            }
            _ => {
                self.host.close(name);
                Ok(())
            }
        }
    }

    fn document(&mut self) -> &mut OpenDocument {
        let tool = self.tool;
        self.document.get_or_insert_with(|| OpenDocument::of(Scanner::of(tool)))
    }

    fn start_host(&mut self, attributes: &[Attribute<'_>]) -> Result<(), Refusal> {
        self.host_is_cut();
        let document = self.document();
        // A resumed scan goes on behind the end of its document.
        document.closed = false;
        if let Some(head) = document.head.take() {
            self.progress.begin(head)?;
        }
        self.host.start(attributes, self.progress);
        Ok(())
    }

    fn end_host(&mut self) -> Result<(), Refusal> {
        if !self.host.is_open() {
            return Ok(());
        }
        match self.host.finish(&mut self.progress.warnings) {
            Some((host, None)) => self.progress.host(host),
            Some((host, Some(label))) => {
                self.progress.unaddressed(Some(label.as_str()).filter(|label| !label.is_empty()), host)
            }
            None => Ok(()),
        }
    }

    /// What comes next can't be inside a host: one that is open has lost its end.
    fn host_is_cut(&mut self) {
        if self.host.is_open() {
            self.host.abandon();
            self.document().broken = true;
            self.progress.warnings.add(Odd::HostCut, "");
        }
    }

    fn start_document(&mut self, attributes: &[Attribute<'_>]) -> Result<(), Refusal> {
        // Appended to another one, which ends here, well or not.
        self.end_document()?;
        self.depth = 1;
        let mut scanner = Scanner::of(self.tool);
        let warnings = &mut self.progress.warnings;
        for &(name, value) in attributes {
            match name {
                "args" if value.len() > self.progress.limits.max_args_bytes => {
                    warnings.add(Odd::ArgsTooLong, value);
                }
                "args" => {
                    let args = resolved(value, warnings);
                    scanner.args = Some(text::clean(&args, warnings).into_owned());
                }
                "version" => {
                    let version = resolved(value, warnings);
                    scanner.version =
                        Some(text::kept(&version, self.progress.limits.max_text_bytes, warnings).into());
                }
                "start" => scanner.start = text::seconds(value, warnings),
                _ => {}
            }
        }
        self.document = Some(OpenDocument::of(scanner));
        Ok(())
    }

    fn scan_info(&mut self, attributes: &[Attribute<'_>]) {
        let (mut scan_type, mut protocol, mut services, mut count) = (ScanType::Other, None, "", None);
        for &(name, value) in attributes {
            match name {
                "type" => scan_type = ScanType::from_name(value),
                "protocol" => protocol = Protocol::from_name(value),
                "services" => services = value,
                "numservices" => count = text::number(value),
                _ => {}
            }
        }
        let list = protocol.and_then(|protocol| Some((protocol, text::port_list(protocol, services)?)));
        let Some((protocol, services)) = list else {
            self.progress.warnings.add(Odd::BadPortList, services);
            self.document().broken = true;
            return;
        };
        if count.is_some_and(|count| count != u64::from(services.count())) && !services.is_empty() {
            self.progress.warnings.add(Odd::PortListMismatch, "");
        }
        match &mut self.document().head {
            Some(head) => head.scan_infos.push(ScanInfo { scan_type, protocol, services }),
            None => self.progress.warnings.add(Odd::LateScanInfo, ""),
        }
    }

    fn finished(&mut self, attributes: &[Attribute<'_>]) {
        let most = self.progress.limits.max_text_bytes;
        let warnings = &mut self.progress.warnings;
        let (mut end, mut succeeded, mut error) = (None, true, None);
        for &(name, value) in attributes {
            match name {
                "time" => end = text::seconds(value, warnings),
                // Versions before 5 say nothing of it.
                "exit" => succeeded = value == "success",
                "errormsg" => {
                    let message = resolved(value, warnings);
                    error = Some(text::kept(&message, most, warnings).into());
                }
                _ => {}
            }
        }
        let document = self.document();
        document.succeeded = succeeded;
        document.summary.end = end;
        document.summary.error = error;
    }

    fn counts(&mut self, attributes: &[Attribute<'_>]) {
        let warnings = &mut self.progress.warnings;
        // The DTD's default for hosts that are not named.
        let (mut up, mut down, mut total) = (Some(0), Some(0), None);
        for &(name, value) in attributes {
            let mut count = || {
                let count = text::number(value);
                if count.is_none() {
                    warnings.add(Odd::BadNumber, value);
                }
                count
            };
            match name {
                "up" => up = count(),
                "down" => down = count(),
                "total" => total = count(),
                _ => {}
            }
        }
        self.document().summary.hosts = match (up, down, total) {
            (Some(up), Some(down), Some(total)) => Some(HostCounts { up, down, total }),
            _ => None,
        };
    }

    /// A tag runs into the next document: it was cut when that was appended.
    pub(super) fn broken_markup(&mut self) {
        self.document().broken = true;
        self.progress.warnings.add(Odd::Malformed, "");
    }

    /// Not XML.
    pub(super) fn malformed(&mut self, markup: &[u8]) {
        self.document().broken = true;
        let start = String::from_utf8_lossy(&markup[..markup.len().min(MALFORMED_SHOWN)]);
        self.progress.warnings.add(Odd::Malformed, &start);
    }

    /// The file ends inside a tag or comment.
    pub(super) fn cut_in_markup(&mut self) {
        self.document().broken = true;
    }

    pub(super) fn bad_characters(&mut self, tag: &str) {
        self.progress.warnings.add(Odd::BadCharacters, tag);
    }

    pub(super) fn value_cut(&mut self, start: &[u8]) {
        self.progress.warnings.add(Odd::ValueCut, &String::from_utf8_lossy(start));
    }

    fn end_document(&mut self) -> Result<(), Refusal> {
        self.host_is_cut();
        let Some(mut document) = self.document.take() else { return Ok(()) };
        if let Some(head) = document.head.take() {
            self.progress.begin(head)?;
        }
        let complete = document.succeeded && document.closed && !document.broken;
        self.progress.end(Summary { complete, ..document.summary });
        Ok(())
    }

    /// The file has ended.
    pub(super) fn finish(mut self) -> Result<(), Refusal> {
        // Cut before its first tag it is a document all the same.
        self.document();
        self.end_document()
    }
}

impl OpenDocument {
    fn of(head: Scanner) -> Self {
        Self { head: Some(head), summary: Summary::default(), succeeded: false, closed: false, broken: false }
    }
}

/// What a sink that counts does not look at.
pub(super) fn is_uncounted(name: &str, detail: Detail) -> bool {
    detail == Detail::Counts && matches!(name, "extraports" | "os" | "hostnames" | "hostscript")
}
