//! nmap's grepable output, and masscan's imitation of it.

mod fields;

use portdelta_core::observation::{
    HostCounts, HostRecord, ScanInfo, ScanType, Scanner, Status, Summary, Tool,
};
use portdelta_core::recorded_command::RecordedCommand;
use portdelta_core::{Protocol, UnixTime};

use crate::detect::Format;
use crate::lines::{Line, Lines};
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::text;
use crate::warnings::Odd;
use crate::window::Window;

/// Reads a file; each header line begins a document (`--append-output`).
pub(crate) fn read(
    window: &mut Window<'_>,
    format: Format,
    progress: &mut Progress<'_>,
) -> Result<(), Refusal> {
    let tool = if format == Format::MasscanGrepable { Tool::Masscan } else { Tool::Nmap };
    let mut lines = Lines::new(window);
    let mut reader = GrepableReader { tool, document: OpenDocument::default() };
    while let Some(line) = lines.next(progress)? {
        reader.line(&line, progress)?;
    }
    reader.document.broken |= lines.skipped;
    reader.end_document(progress)
}

struct GrepableReader {
    tool: Tool,
    document: OpenDocument,
}

/// A document between its header and its last line, both of which may be missing.
#[derive(Default)]
struct OpenDocument {
    head: Option<Scanner>,
    command: Option<RecordedCommand>,
    begun: bool,
    ended: bool,
    broken: bool,
    summary: Summary,
    /// The host whose lines are being read: its status has a line of its own, above that of its ports.
    host: Option<HostRecord>,
}

impl GrepableReader {
    fn line(&mut self, line: &Line<'_>, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        let text = line.text.trim_matches(['\0', '\u{feff}']);
        if let Some(comment) = text.strip_prefix("# ") {
            return self.comment(comment, line.whole, progress);
        }
        // masscan puts the time first.
        let (time, text) = match text.strip_prefix("Timestamp: ").and_then(|rest| rest.split_once('\t')) {
            Some((time, rest)) => (Some(time), rest),
            None => (None, text),
        };
        let Some(rest) = text.strip_prefix("Host: ") else {
            if !text.trim().is_empty() {
                progress.warnings.add(Odd::UnreadableRecord, text);
            }
            return Ok(());
        };
        if !line.whole {
            // Neither is the host of a status line whole when the line of its ports is not.
            progress.warnings.add(Odd::HostCut, "");
            self.document.host = None;
            self.document.broken = true;
            return Ok(());
        }
        let probed = self.document.command.as_ref().is_some_and(|command| command.services_probed);
        let Some(mut host) = fields::host(rest, probed, progress) else {
            self.document.broken = true;
            return Ok(());
        };
        host.end = time.and_then(|time| text::seconds(time.trim(), &mut progress.warnings));
        self.host(host, progress)
    }

    /// A line about a host. A status line and the ports line behind it are one record; each further line is another.
    fn host(&mut self, mut host: HostRecord, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        self.begin(progress)?;
        if let Some(before) = self.document.host.take() {
            if before.address == host.address && is_status_only(&before) && !is_status_only(&host) {
                host.status = if before.status == Status::Unknown { host.status } else { before.status };
                host.timed_out |= before.timed_out;
                if host.names.is_empty() {
                    host.names = before.names;
                }
            } else {
                progress.host(before)?;
            }
        }
        self.document.host = Some(host);
        Ok(())
    }

    fn comment(&mut self, comment: &str, whole: bool, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        let lower = comment.get(..8).unwrap_or_default().to_ascii_lowercase();
        let by_scanner = lower.starts_with("nmap ") || lower.starts_with("masscan ");
        if by_scanner && comment.contains(" scan initiated ") {
            if self.document.begun || self.document.head.is_some() {
                self.end_document(progress)?;
            }
            let head = self.header(comment, whole, progress);
            self.document.command = head.args.as_deref().map(RecordedCommand::read);
            self.document.head = Some(head);
        } else if let Some(list) = comment.strip_prefix("Ports scanned: ") {
            self.ports_scanned(list, progress);
        } else if by_scanner && (comment.contains(" done at ") || comment.contains(" run completed at ")) {
            let (_, when) = comment.split_once(" at ").unwrap_or_default();
            let (time, counts) = when.split_once(" -- ").unwrap_or((when, ""));
            // Cut in the middle it says less, but no host is missing above it.
            self.document.ended = true;
            self.document.summary.hosts = totals(counts);
            self.document.summary.end = local_time(time, progress);
        }
        Ok(())
    }

    /// `Nmap 7.93 scan initiated Sat Nov 21 04:18:32 2026 as: nmap -oG x 192.0.2.1`
    fn header(&self, comment: &str, whole: bool, progress: &mut Progress<'_>) -> Scanner {
        let mut scanner = Scanner::of(self.tool);
        let (version, rest) = comment.split_once(" scan initiated ").unwrap_or_default();
        let most = progress.limits.max_text_bytes;
        scanner.version = version
            .split_once(' ')
            .map(|(_, version)| text::kept(version.trim(), most, &mut progress.warnings).into());
        let (time, args) = rest.split_once(" as: ").unwrap_or((rest, ""));
        scanner.start = local_time(time, progress);
        if args.len() > progress.limits.max_args_bytes {
            progress.warnings.add(Odd::ArgsTooLong, args);
        } else if !args.is_empty() && whole {
            scanner.args = Some(text::clean(args, &mut progress.warnings).into_owned());
        }
        scanner
    }

    /// `TCP(2;22,80) UDP(0;) SCTP(0;) PROTOCOLS(0;)`, which nmap writes with `-v` only.
    fn ports_scanned(&mut self, list: &str, progress: &mut Progress<'_>) {
        let types = self.document.command.as_ref().map_or("", |command| command.scan_types.as_str());
        let mut infos = Vec::new();
        for part in list.split(' ') {
            let Some((name, part)) = part.split_once('(') else { continue };
            let (protocol, scan_type) = match name {
                "TCP" => (Protocol::Tcp, tcp_scan_type(types)),
                "UDP" => (Protocol::Udp, ScanType::Udp),
                "SCTP" if types.contains('Z') => (Protocol::Sctp, ScanType::SctpCookieEcho),
                "SCTP" => (Protocol::Sctp, ScanType::SctpInit),
                "PROTOCOLS" => (Protocol::Ip, ScanType::IpProto),
                _ => continue,
            };
            let counted = part.strip_suffix(')').and_then(|part| part.split_once(';'));
            let services = counted.and_then(|(_, ports)| text::port_list(protocol, ports));
            let (Some((count, _)), Some(services)) = (counted, services) else {
                progress.warnings.add(Odd::BadPortList, list);
                return;
            };
            if text::number(count) != Some(u64::from(services.count())) {
                progress.warnings.add(Odd::PortListMismatch, part);
            }
            if !services.is_empty() {
                infos.push(ScanInfo { scan_type, protocol, services });
            }
        }
        if self.document.begun {
            progress.warnings.add(Odd::LateScanInfo, list);
            return;
        }
        let tool = self.tool;
        self.document.head.get_or_insert_with(|| Scanner::of(tool)).scan_infos = infos;
    }

    fn begin(&mut self, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        if std::mem::replace(&mut self.document.begun, true) {
            return Ok(());
        }
        progress.begin(self.document.head.take().unwrap_or_else(|| Scanner::of(self.tool)))
    }

    fn end_document(&mut self, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        self.begin(progress)?;
        let document = std::mem::take(&mut self.document);
        if let Some(host) = document.host {
            // With ports still to come its status alone says that none is open.
            let awaits_ports = is_status_only(&host)
                && host.status == Status::Up
                && document.command.is_some_and(|command| !command.ping_only && !command.list_only);
            if !document.ended && awaits_ports {
                progress.warnings.add(Odd::HostCut, "");
            } else {
                progress.host(host)?;
            }
        }
        progress.end(Summary { complete: document.ended && !document.broken, ..document.summary });
        Ok(())
    }
}

/// Whether all that is known of a host is its status.
fn is_status_only(host: &HostRecord) -> bool {
    host.ports.is_empty() && host.extra.is_empty()
}

/// The type of a TCP scan by the letters of its `-s` options; without one it is one of those that open and close.
fn tcp_scan_type(types: &str) -> ScanType {
    let letters = [
        ('A', ScanType::Ack),
        ('W', ScanType::Window),
        ('M', ScanType::Maimon),
        ('F', ScanType::Fin),
        ('N', ScanType::Null),
        ('X', ScanType::Xmas),
        ('I', ScanType::Idle),
        ('b', ScanType::Bounce),
        ('T', ScanType::Connect),
    ];
    let found = letters.into_iter().find(|&(letter, _)| types.contains(letter));
    found.map_or(ScanType::Syn, |(_, scan_type)| scan_type)
}

/// `256 IP addresses (3 hosts up) scanned in 4.11 seconds`
fn totals(text: &str) -> Option<HostCounts> {
    let (total, rest) = text.split_once(" IP address")?;
    let (up, _) = rest.split_once('(')?.1.split_once(" host")?;
    let (total, up) = (text::number(total.trim())?, text::number(up)?);
    Some(HostCounts { up, down: total.checked_sub(up)?, total })
}

/// `Sat Nov 21 04:18:32 2026` in the zone that the caller named; the day of the week is not looked at.
fn local_time(text: &str, progress: &mut Progress<'_>) -> Option<UnixTime> {
    let words: Vec<&str> = text.split_whitespace().skip(1).take(4).collect();
    let time = jiff::civil::DateTime::strptime("%b %d %H:%M:%S %Y", words.join(" ")).ok();
    let time = time.and_then(|time| time.to_zoned(progress.options.time_zone.clone()).ok());
    let time = time.and_then(|time| UnixTime::from_seconds(time.timestamp().as_second()));
    if time.is_none() {
        progress.warnings.add(Odd::BadTime, text);
    }
    time
}
