//! What stands behind `Host: `.

use portdelta_core::observation::{
    ExtraPorts, HostRecord, PortRecord, PortStatus, Reason, ServiceRecord, Status,
};
use portdelta_core::{Port, Protocol};

use crate::read::Progress;
use crate::text;
use crate::warnings::Odd;

/// `192.0.2.1 (name)\tPorts: ...\tIgnored State: ...`; `probed` says whether services were talked to.
pub(super) fn host(rest: &str, probed: bool, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let (address, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    let mut host = HostRecord::of(text::address(address, &mut progress.warnings)?);
    let rest = rest.trim_start_matches(' ');
    let (name, fields) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((name, fields)) => (name, fields),
        None => ("", rest),
    };
    let most = progress.limits.max_text_bytes;
    host.names.extend(text::name(name, most, &mut progress.warnings));
    for field in fields.split('\t') {
        let (key, value) = field.trim_start().split_once(": ").unwrap_or_default();
        match key {
            "Status" => match value.trim() {
                "Up" => host.status = Status::Up,
                "Down" => host.status = Status::Down,
                "Timeout" => host.timed_out = true,
                _ => {}
            },
            "Ports" => {
                host.status = Status::Up;
                for entry in entries(value) {
                    host.ports.extend(port(entry, probed, progress));
                }
            }
            "Protocols" => {
                host.status = Status::Up;
                for entry in entries(value) {
                    host.ports.extend(protocol(entry, progress));
                }
            }
            "Ignored State" => host.extra.extend(ignored(value, progress)),
            // Names of systems without family and generation can't be compared.
            _ => {}
        }
    }
    Some(host)
}

/// The ports of a field. They are joined by `, `, which texts in them hold as well; but each begins with a number and
/// `/`, and in texts `/` is written `|`.
fn entries(value: &str) -> impl Iterator<Item = &str> {
    let begins = |text: &str| {
        let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
        rest.len() < text.len() && rest.starts_with('/')
    };
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let value = rest.filter(|value| !value.trim().is_empty())?;
        let end =
            value.match_indices(", ").map(|(place, _)| place).find(|&place| begins(&value[place + 2..]));
        rest = end.map(|place| &value[place + 2..]);
        Some(&value[..end.unwrap_or(value.len())])
    })
}

/// `22/open/tcp//ssh//OpenSSH 9.2p1/`: port, state, protocol, owner, service, RPC info, version.
fn port(entry: &str, probed: bool, progress: &mut Progress<'_>) -> Option<PortRecord> {
    let mut fields = entry.trim().split('/');
    let mut next = || fields.next().unwrap_or_default();
    let (number, state, protocol, _owner, name, _rpc, version) =
        (next(), next(), next(), next(), next(), next(), next());
    let port = text::port(protocol, number, &mut progress.warnings)?;
    Some(PortRecord {
        port,
        status: PortStatus::from_name(state),
        reason: Reason::None,
        time: None,
        service: service(name, version.trim(), probed, progress),
        scripts: Vec::new(),
    })
}

/// `ssl|http` and `nginx 1.24 (Ubuntu)`. A name that was only guessed has a question mark; one that was looked up by
/// the port's number has none, and is told from a probed one by the command alone.
fn service(name: &str, version: &str, probed: bool, progress: &mut Progress<'_>) -> Option<ServiceRecord> {
    if name.is_empty() && version.is_empty() {
        return None;
    }
    let most = progress.limits.max_text_bytes;
    let sure = !name.ends_with('?');
    let name = name.trim_end_matches('?');
    let (tunnel, name) = match name.split_once('|') {
        Some((tunnel @ "ssl", name)) => (tunnel, name),
        _ => ("", name),
    };
    let mut kept = |text| text::kept(text, most, &mut progress.warnings);
    Some(ServiceRecord {
        name: kept(name),
        tunnel: kept(tunnel),
        product: kept(version),
        joined: true,
        probed: sure && (probed || !version.is_empty()),
        confidence: if sure { 10 } else { 3 },
        ..ServiceRecord::default()
    })
}

/// `1/open/icmp/` of an IP protocol scan.
fn protocol(entry: &str, progress: &mut Progress<'_>) -> Option<PortRecord> {
    let mut parts = entry.trim().split('/');
    let (number, state) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Some(number) = text::port_number(number).filter(|&number| number < 256) else {
        progress.warnings.add(Odd::BadPort, entry);
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
fn ignored(value: &str, progress: &mut Progress<'_>) -> Option<ExtraPorts> {
    let (state, count) = value.trim().strip_suffix(')')?.split_once(" (")?;
    let count = text::count(count, &mut progress.warnings)?;
    Some(ExtraPorts { status: PortStatus::from_name(state), count, reasons: Vec::new() })
}

#[cfg(test)]
mod tests {
    use portdelta_core::UnixTime;
    use portdelta_core::observation::{Document, HostCounts, PortStatus, ScanType, Status, Tool};

    use crate::collect::{collect_bytes, listed};
    use crate::read::Reading;

    const HEAD: &str =
        "# Nmap 7.93 scan initiated Sat Nov 21 04:18:32 2026 as: nmap -v -sV -oG x 192.0.2.1\n";
    const DONE: &str =
        "# Nmap done at Sat Nov  1 04:18:36 2026 -- 256 IP addresses (1 host up) scanned in 4.11 seconds\n";

    fn read(body: &str) -> (Reading, Document) {
        let (reading, mut documents) = collect_bytes(format!("{HEAD}{body}{DONE}").as_bytes());
        assert_eq!(documents.len(), 1);
        (reading, documents.remove(0))
    }

    #[test]
    fn lines_are_read_field_by_field() {
        let (reading, document) = read(
            "# Ports scanned: TCP(4;22,80-82) UDP(1;53) SCTP(0;) PROTOCOLS(0;)\n\
             Host: 192.0.2.1 (Web.Example.)\tStatus: Up\n\
             Host: 192.0.2.1 (Web.Example.)\tPorts: 22/open/tcp//ssh//OpenSSH 9.2|x (protocol 2.0)/, \
             80/open/tcp//ssl|http//nginx (a, b 1, 2)/, 81/open|filtered/udp//x?///\tIgnored State: closed (2)\n",
        );
        assert!(reading.complete && reading.warnings.is_empty(), "{reading:?}");
        let services: Vec<_> = document
            .scanner
            .scan_infos
            .iter()
            .map(|info| (info.scan_type, info.services.to_string()))
            .collect();
        assert_eq!(services, [(ScanType::Syn, "T:22,80-82".to_owned()), (ScanType::Udp, "U:53".to_owned())]);
        assert_eq!(document.scanner.version.as_deref(), Some("7.93"));
        assert_eq!(document.scanner.start.map(UnixTime::seconds), Some(1_795_234_712));
        assert_eq!(document.summary.hosts, Some(HostCounts { up: 1, down: 255, total: 256 }));
        let [host] = &document.hosts[..] else { panic!("one record: {:?}", document.hosts) };
        assert_eq!((host.status, &host.names[..]), (Status::Up, &["web.example".into()][..]));
        assert_eq!(
            listed(std::slice::from_ref(&document)),
            ["192.0.2.1 22/tcp open", "192.0.2.1 80/tcp open", "192.0.2.1 81/udp open|filtered"]
        );
        let service = |place: usize| host.ports[place].service.clone().expect("a service");
        assert_eq!(service(0).product, "OpenSSH 9.2|x (protocol 2.0)");
        assert_eq!((service(1).tunnel, service(1).name), ("ssl".into(), "http".into()));
        assert_eq!(service(1).product, "nginx (a, b 1, 2)");
        assert!(service(1).probed && service(1).joined && !service(2).probed);
        assert_eq!((host.extra[0].status, host.extra[0].count), (PortStatus::Closed, 2));
    }

    #[test]
    fn every_further_line_of_a_host_is_another_record() {
        let (_, document) = read(
            "Host: 192.0.2.1 ()\tStatus: Up\nHost: 192.0.2.1 ()\tPorts: 1/open/tcp/////\n\
             Host: 192.0.2.1 ()\tStatus: Up\nHost: 192.0.2.1 ()\tPorts: 2/open/tcp/////\n\
             Host: 192.0.2.2 ()\tStatus: Timeout\nHost: 192.0.2.3 ()\tProtocols: 1/open/icmp/, 256/open//\n",
        );
        let records: Vec<_> = document.hosts.iter().map(|host| (host.ports.len(), host.timed_out)).collect();
        assert_eq!(records, [(1, false), (1, false), (0, true), (1, false)]);
    }

    #[test]
    fn appended_documents_are_two() {
        let one = format!("{HEAD}Host: 192.0.2.1 ()\tStatus: Up\n{DONE}");
        let (reading, documents) = collect_bytes(one.repeat(2).as_bytes());
        assert_eq!((reading.documents, reading.complete), (2, true));
        assert_eq!(documents.iter().map(|document| document.hosts.len()).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn a_cut_file_has_whole_hosts_only() {
        let file = format!(
            "{HEAD}Host: 192.0.2.1 ()\tStatus: Up\nHost: 192.0.2.1 ()\tPorts: 22/open/tcp//ssh///\n\
             Host: 192.0.2.2 ()\tStatus: Up\nHost: 192.0.2.2 ()\tPorts: 22/open/tcp//ssh///, 80/open/tcp//http///\n"
        );
        for cut in 1..50 {
            let (reading, documents) = collect_bytes(&file.as_bytes()[..file.len() - cut]);
            assert!(!reading.complete);
            assert_eq!(listed(&documents), ["192.0.2.1 22/tcp open"], "{cut}");
            assert_eq!(documents[0].hosts.len(), 1, "{cut}");
        }
    }

    #[test]
    fn masscan_puts_the_time_first() {
        let file = "# Masscan 1.3.2 scan initiated Sat Jun 14 17:02:04 2025\n\
                    # Ports scanned: TCP(1;1883-1883) UDP(0;) SCTP(0;) PROTOCOLS(0;)\n\
                    Timestamp: 1749920526\tHost: 192.0.2.15 ()\tPorts: 1883/open/tcp//unknown//\n\
                    # Masscan done at Sat Jun 14 17:02:15 2025\n";
        let (reading, documents) = collect_bytes(file.as_bytes());
        assert!(reading.complete && reading.warnings.is_empty(), "{reading:?}");
        assert_eq!(documents[0].scanner.tool, Tool::Masscan);
        assert_eq!(documents[0].scanner.version.as_deref(), Some("1.3.2"));
        assert_eq!(documents[0].hosts[0].end.map(UnixTime::seconds), Some(1_749_920_526));
        assert_eq!(documents[0].summary.end.map(UnixTime::seconds), Some(1_749_920_535));
    }
}
