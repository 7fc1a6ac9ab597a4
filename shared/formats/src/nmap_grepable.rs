//! nmap's grepable output, and masscan's imitation of it.

use std::io::Read;
use std::net::IpAddr;

use portdelta_core::observation::{
    ExtraPorts, HostCounts, HostRecord, OsMatch, PortRecord, PortStatus, Reason, ScanInfo, ScanType, Scanner,
    ServiceRecord, Status, Summary, Tool,
};
use portdelta_core::recorded_command::RecordedCommand;
use portdelta_core::{Port, Protocol, UnixTime};

use crate::detect::Format;
use crate::limits::Refusal;
use crate::lines::Lines;
use crate::read::Progress;
use crate::text;

/// Reads a file; each header line begins a document (`--append-output`).
pub(crate) fn read(input: impl Read, format: Format, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut lines = Lines::new(input, progress.limits.max_record_bytes);
    let mut reader = GrepableReader { format, head: None, begun: false, summary: Summary::default() };
    while let Some((line, _)) = lines.next()? {
        let line = String::from_utf8_lossy(line);
        reader.line(&line, progress)?;
    }
    reader.end(progress)
}

struct GrepableReader {
    format: Format,
    head: Option<Scanner>,
    begun: bool,
    summary: Summary,
}

impl GrepableReader {
    fn line(&mut self, line: &str, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        if let Some(comment) = line.strip_prefix("# ") {
            return self.comment(comment, progress);
        }
        // masscan puts the time first.
        let (time, line) = match line.strip_prefix("Timestamp: ").and_then(|rest| rest.split_once('\t')) {
            Some((time, rest)) => (text::time(time.trim().as_bytes(), &mut progress.warnings), rest),
            None => (None, line),
        };
        let Some(rest) = line.strip_prefix("Host: ") else {
            if !line.trim().is_empty() {
                progress.warnings.add("odd_line", "lines of no known kind were left out", line);
            }
            return Ok(());
        };
        if let Some(host) = host_line(rest, time, self.scan(), progress) {
            self.begin(progress)?;
            progress.host(host)?;
        }
        Ok(())
    }

    /// Whether services were talked to: with them grepable names are more than the port table's.
    fn scan(&self) -> bool {
        let args = self.head.as_ref().and_then(|head| head.args.as_deref());
        args.is_some_and(|args| RecordedCommand::read(args).services_probed)
    }

    fn comment(&mut self, comment: &str, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        let lower = comment.to_ascii_lowercase();
        let scanner = lower.starts_with("nmap ") || lower.starts_with("masscan ");
        if scanner && comment.contains(" scan initiated ") {
            if self.begun || self.head.is_some() {
                self.end(progress)?;
            }
            self.head = Some(self.header(comment, progress));
        } else if let Some(list) = comment.strip_prefix("Ports scanned: ") {
            self.ports_scanned(list, progress);
        } else if scanner && (lower.contains(" done at ") || lower.contains(" run completed at ")) {
            self.begin(progress)?;
            self.summary.complete = true;
            let (_, rest) = comment.split_once(" at ").unwrap_or_default();
            let (time, rest) = rest.split_once(" -- ").unwrap_or((rest, ""));
            self.summary.end = local_time(time, progress);
            self.summary.hosts = totals(rest);
        }
        Ok(())
    }

    fn tool(&self) -> Tool {
        if self.format == Format::MasscanGrepable { Tool::Masscan } else { Tool::Nmap }
    }

    fn header(&self, comment: &str, progress: &mut Progress<'_>) -> Scanner {
        let mut scanner = Scanner::of(self.tool());
        let mut words = comment.splitn(3, ' ');
        scanner.version = words.nth(1).map(|version| version.chars().take(64).collect());
        let rest = comment.split_once(" scan initiated ").map_or("", |(_, rest)| rest);
        let (time, args) = match rest.split_once(" as: ") {
            Some((time, args)) => (time, Some(args)),
            None => (rest, None),
        };
        scanner.start = local_time(time, progress);
        scanner.args = args.map(|args| args.chars().take(65_536).collect());
        scanner
    }

    /// `TCP(2;22,80) UDP(0;) SCTP(0;) PROTOCOLS(0;)`, which nmap writes with `-v` only.
    fn ports_scanned(&mut self, list: &str, progress: &mut Progress<'_>) {
        let Some(head) = &mut self.head else { return };
        let types =
            head.args.as_deref().map(|args| RecordedCommand::read(args).scan_types).unwrap_or_default();
        for part in list.split(' ') {
            let Some((name, ports)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) else {
                continue;
            };
            let Some((_, ports)) = ports.split_once(';') else { continue };
            let (protocol, scan_type) = match name {
                "TCP" => (Protocol::Tcp, tcp_scan_type(&types)),
                "UDP" => (Protocol::Udp, ScanType::Udp),
                "SCTP" if types.contains('Z') => (Protocol::Sctp, ScanType::SctpCookieEcho),
                "SCTP" => (Protocol::Sctp, ScanType::SctpInit),
                "PROTOCOLS" => (Protocol::Ip, ScanType::IpProto),
                _ => continue,
            };
            match text::port_list(protocol, ports.as_bytes()) {
                Some(services) if services.is_empty() => {}
                Some(services) => head.scan_infos.push(ScanInfo { scan_type, protocol, services }),
                None => {
                    progress.warnings.add("bad_services", "lists of scanned ports could not be read", ports);
                }
            }
        }
    }

    fn begin(&mut self, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        // The head stays: its options say how lines are to be read.
        progress.begin(self.head.clone().unwrap_or_else(|| Scanner::of(self.tool())))
    }

    fn end(&mut self, progress: &mut Progress<'_>) -> Result<(), Refusal> {
        self.begin(progress)?;
        self.begun = false;
        self.head = None;
        progress.end(std::mem::take(&mut self.summary));
        Ok(())
    }
}

/// The type of a TCP scan by the letters of its `-s` options.
fn tcp_scan_type(types: &str) -> ScanType {
    let letters = [
        ('A', ScanType::Ack),
        ('W', ScanType::Window),
        ('M', ScanType::Maimon),
        ('F', ScanType::Fin),
        ('N', ScanType::Null),
        ('X', ScanType::Xmas),
        ('I', ScanType::Idle),
        ('S', ScanType::Syn),
        ('T', ScanType::Connect),
    ];
    letters
        .into_iter()
        .find(|&(letter, _)| types.contains(letter))
        .map_or(ScanType::Syn, |(_, scan_type)| scan_type)
}

/// What stands behind `Host: `.
fn host_line(
    rest: &str,
    time: Option<UnixTime>,
    probed: bool,
    progress: &mut Progress<'_>,
) -> Option<HostRecord> {
    let (address, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let address: IpAddr = text::address(address, &mut progress.warnings)?;
    let mut host = HostRecord { end: time, ..HostRecord::of(address) };
    let rest = rest.trim_start();
    let (name, fields) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((name, fields)) => (name, fields),
        None => ("", rest),
    };
    let name = name.trim_end_matches('.').to_lowercase();
    if !name.is_empty() {
        host.names.push(text::kept(name.as_bytes(), 255, &mut progress.warnings));
    }
    for field in fields.split('\t') {
        let (key, value) = field.trim_start().split_once(": ").unwrap_or((field.trim(), ""));
        match key {
            "Status" => match value.trim() {
                "Up" => host.status = Status::Up,
                "Down" => host.status = Status::Down,
                "Timeout" => host.timed_out = true,
                _ => {}
            },
            "Ports" => {
                host.status = Status::Up;
                for port in split_ports(value) {
                    host.ports.extend(port_field(port, probed, progress));
                }
            }
            "Protocols" => {
                host.status = Status::Up;
                for protocol in split_ports(value) {
                    host.ports.extend(protocol_field(protocol, progress));
                }
            }
            "Ignored State" => host.extra.extend(ignored(value)),
            "OS" if !value.trim().is_empty() => {
                // A name for people without family and generation: it is not compared.
                let name = text::kept(value.trim().as_bytes(), 255, &mut progress.warnings);
                host.os = Some(vec![OsMatch { name, accuracy: 0, classes: Vec::new() }]);
            }
            _ => {}
        }
    }
    Some(host)
}

/// The ports of a field: they are joined by `, `, which service texts hold as well, and begin with a number.
fn split_ports(value: &str) -> impl Iterator<Item = &str> {
    let begins = |text: &str| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && text[digits..].starts_with('/')
    };
    let mut rest = value;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.match_indices(", ").map(|(place, _)| place).find(|&place| begins(&rest[place + 2..]));
        let (port, after) = match end {
            Some(place) => (&rest[..place], &rest[place + 2..]),
            None => (rest, ""),
        };
        rest = after;
        Some(port)
    })
}

/// `22/open/tcp//ssh//OpenSSH 9.2p1/`: port, state, protocol, owner, service, RPC info, version.
fn port_field(field: &str, probed: bool, progress: &mut Progress<'_>) -> Option<PortRecord> {
    let parts: Vec<&str> = field.split('/').collect();
    let [number, state, protocol, ..] = parts[..] else {
        progress.warnings.add("bad_port", "ports that are none were left out", field);
        return None;
    };
    let number = number.trim().as_bytes();
    let port = text::port(protocol.as_bytes(), number, &mut progress.warnings)?;
    let text_at = |place: usize| parts.get(place).map_or("", |part| part.trim());
    let (name, version) = (text_at(4), text_at(6));
    let most = progress.limits.max_text_bytes;
    let service = (!name.is_empty() || !version.is_empty()).then(|| {
        let sure = !name.ends_with('?');
        let (tunnel, name) =
            name.trim_end_matches('?').split_once('|').unwrap_or(("", name.trim_end_matches('?')));
        ServiceRecord {
            name: text::kept(name.as_bytes(), most, &mut progress.warnings),
            tunnel: text::kept(tunnel.as_bytes(), most, &mut progress.warnings),
            product: text::kept(version.as_bytes(), most, &mut progress.warnings),
            joined: true,
            // A name without a version may come from the table of ports: only then was it no look.
            probed: probed && (sure && !version.is_empty()),
            confidence: 10,
            ..ServiceRecord::default()
        }
    });
    Some(PortRecord {
        port,
        status: PortStatus::from_name(state),
        reason: Reason::None,
        time: None,
        service,
        scripts: Vec::new(),
    })
}

/// `1/open/icmp/` of an IP protocol scan.
fn protocol_field(field: &str, progress: &mut Progress<'_>) -> Option<PortRecord> {
    let mut parts = field.split('/');
    let number = text::port_number(parts.next()?.trim().as_bytes());
    let (Some(number), Some(state)) = (number, parts.next()) else {
        progress.warnings.add("bad_port", "ports that are none were left out", field);
        return None;
    };
    Some(PortRecord {
        port: Port { protocol: Protocol::Ip, number },
        status: PortStatus::from_name(state),
        reason: Reason::None,
        time: None,
        service: None,
        scripts: Vec::new(),
    })
}

/// `closed (98)`
fn ignored(value: &str) -> Option<ExtraPorts> {
    let (state, count) = value.trim().strip_suffix(')')?.split_once(" (")?;
    let count = text::count(count.as_bytes()).and_then(|count| u32::try_from(count).ok())?;
    Some(ExtraPorts { status: PortStatus::from_name(state), count, reasons: Vec::new() })
}

/// `256 IP addresses (3 hosts up) scanned in 4.11 seconds`
fn totals(text: &str) -> Option<HostCounts> {
    let (total, rest) = text.split_once(" IP address")?;
    let (_, up) = rest.split_once('(')?;
    let (up, _) = up.split_once(" host")?;
    let (total, up) = (text::count(total.trim().as_bytes())?, text::count(up.as_bytes())?);
    Some(HostCounts { up, down: total.saturating_sub(up), total })
}

/// `Sat Nov 21 04:18:32 2026` in the zone that the caller named.
fn local_time(text: &str, progress: &mut Progress<'_>) -> Option<UnixTime> {
    let words: Vec<&str> = text.split_whitespace().take(5).collect();
    let time = jiff::civil::DateTime::strptime("%a %b %d %H:%M:%S %Y", words.join(" ")).ok();
    let time = time.and_then(|time| time.to_zoned(progress.options.time_zone.clone()).ok());
    let time = time.and_then(|time| UnixTime::from_seconds(time.timestamp().as_second()));
    if time.is_none() {
        progress.warnings.add("bad_time", "times that are none were left out", text);
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::collect_bytes;

    #[test]
    fn lines_are_read_field_by_field() {
        let file = "# Nmap 7.93 scan initiated Sat Nov 21 04:18:32 2026 as: nmap -v -sV -oG x 192.0.2.1\n\
                    # Ports scanned: TCP(4;22,80-82) UDP(0;) SCTP(0;) PROTOCOLS(0;)\n\
                    Host: 192.0.2.1 (Web.Example.)\tStatus: Up\n\
                    Host: 192.0.2.1 (web.example)\tPorts: 22/open/tcp//ssh//OpenSSH 9.2, 1/2/, \
                    80/open/tcp//ssl|http//nginx (a, b)/\tIgnored State: closed (2)\n\
                    # Nmap done at Sat Nov 21 04:18:36 2026 -- 1 IP address (1 host up) scanned in 4.11 seconds\n";
        let (reading, documents) = collect_bytes(file.as_bytes());
        let document = &documents[0];
        assert!(reading.complete, "{reading:?}");
        assert_eq!(document.scanner.scan_infos[0].services.to_string(), "T:22,80-82");
        assert_eq!(document.scanner.start.map(UnixTime::seconds), Some(1_795_234_712));
        assert_eq!(document.summary.hosts, Some(HostCounts { up: 1, down: 0, total: 1 }));
        assert_eq!(document.hosts[0].names, ["web.example"]);
        let ports: Vec<String> = document.hosts[1].ports.iter().map(|port| port.port.to_string()).collect();
        assert_eq!(ports, ["22/tcp", "80/tcp"]);
        let service = document.hosts[1].ports[1].service.as_ref().expect("a service");
        assert_eq!((service.tunnel.as_str(), service.name.as_str()), ("ssl", "http"));
        assert_eq!(document.hosts[1].extra[0].count, 2);
    }

    #[test]
    fn a_file_without_its_last_line_is_not_complete() {
        let (reading, documents) = collect_bytes(b"Host: 192.0.2.1 ()\tStatus: Up\n");
        assert!(!reading.complete);
        assert_eq!(documents[0].hosts.len(), 1);
    }
}
