//! `address,port,protocol[,time]` lines, for anything else: all of them are open.

use portdelta_core::UnixTime;
use portdelta_core::observation::{HostRecord, Scanner, Summary, Tool};

use crate::lines::Lines;
use crate::port_record::port_record;
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::text;
use crate::warnings::Odd;
use crate::window::Window;

/// Whether a line has an address, a port and a protocol, and a time at most.
pub(crate) fn is_plain_line(line: &str) -> bool {
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    matches!(parts[..], [address, port, protocol] | [address, port, protocol, _]
        if address.parse::<std::net::IpAddr>().is_ok()
            && text::port_number(port).is_some()
            && portdelta_core::Protocol::from_name(&protocol.to_ascii_lowercase()).is_some())
}

/// Whether a line names the columns.
pub(crate) fn is_header(line: &str) -> bool {
    line.to_ascii_lowercase().starts_with("address,port,protocol")
}

/// Reads a file as one document; blank lines and lines that begin with `#` are passed over, and a header line.
pub(crate) fn read(window: &mut Window<'_>, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut lines = Lines::new(window);
    let mut whole = true;
    progress.begin(Scanner::of(Tool::Plain))?;
    while let Some(line) = lines.next(progress)? {
        let text = line.text.trim_matches(|character: char| character.is_whitespace() || character == '\0');
        let text = text.trim_start_matches('\u{feff}');
        if text.is_empty() || text.starts_with('#') || is_header(text) {
            continue;
        }
        if let Some(host) = host_of(text, line.whole, progress) {
            progress.host(host)?;
        } else {
            whole = false;
            progress.warnings.add(Odd::UnreadableRecord, text);
        }
    }
    progress.end(Summary { complete: whole && !lines.skipped, ..Summary::default() });
    Ok(())
}

/// A line; one without an end is whole up to its protocol, for no protocol's name begins another's.
fn host_of(line: &str, whole: bool, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let (address, number, protocol, time) = match parts[..] {
        [address, number, protocol] => (address, number, protocol, ""),
        [address, number, protocol, time] if whole || time.is_empty() => (address, number, protocol, time),
        _ => return None,
    };
    let address = text::address(address, &mut progress.warnings)?;
    let port = text::port(&protocol.to_ascii_lowercase(), number, &mut progress.warnings)?;
    let time = time_of(time, progress);
    Some(HostRecord {
        end: time,
        ports: vec![port_record(port, None, None, time)],
        ..HostRecord::of(address)
    })
}

/// Seconds since the epoch, RFC 3339, or a civil time in the zone that the caller named.
fn time_of(time: &str, progress: &mut Progress<'_>) -> Option<UnixTime> {
    if time.is_empty() || text::number(time).is_some() {
        return text::seconds(time, &mut progress.warnings);
    }
    let stamp = time.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = time.parse::<jiff::civil::DateTime>().ok()?;
        Some(civil.to_zoned(progress.options.time_zone.clone()).ok()?.timestamp())
    });
    let time_of_line = stamp.and_then(|stamp| UnixTime::from_seconds(stamp.as_second()));
    if time_of_line.is_none() {
        progress.warnings.add(Odd::BadTime, time);
    }
    time_of_line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::{collect, collect_bytes, listed};
    use crate::{ReadOptions, ResultLimits};

    #[test]
    fn lines_are_open_ports() {
        let text = "address,port,protocol,time\n# by hand\n\n192.0.2.1, 22, TCP\n2001:db8::1,53,udp,1700000000\r\n\
                    192.0.2.1,99999,tcp\n192.0.2.3,80,tcp";
        let (reading, documents) = collect_bytes(text.as_bytes());
        assert_eq!(
            listed(&documents),
            ["192.0.2.1 22/tcp open", "2001:db8::1 53/udp open", "192.0.2.3 80/tcp open"]
        );
        assert!(!reading.complete, "a line was left out");
        assert!(collect_bytes(b"192.0.2.3,80,tcp").0.complete);
    }

    #[test]
    fn times_without_a_zone_are_read_in_the_callers() {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(2));
        let options = ReadOptions { time_zone: zone, ..ReadOptions::default() };
        let text = "192.0.2.1,1,tcp,2026-01-01T02:00:00\n192.0.2.1,2,tcp,2026-01-01T00:00:00Z\n\
                    192.0.2.1,3,tcp,2026-01-01 02:00\n192.0.2.1,4,tcp,1767225600\n";
        let file = collect(text.as_bytes(), &options, &ResultLimits::default()).expect("plain lines");
        for host in &file.documents[0].hosts {
            assert_eq!(host.end.map(UnixTime::seconds), Some(1_767_225_600), "{}", host.ports[0].port);
        }
    }
}
