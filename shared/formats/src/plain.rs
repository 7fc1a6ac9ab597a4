//! `address,port,protocol[,time]` lines, for anything else: all of them are open.

use std::io::Read;

use portdelta_core::UnixTime;
use portdelta_core::observation::{HostRecord, PortRecord, PortStatus, Reason, Scanner, Summary, Tool};

use crate::limits::Refusal;
use crate::lines::Lines;
use crate::read::Progress;
use crate::text;

/// Whether a line has an address, a port and a protocol.
pub(crate) fn is_plain_line(line: &str) -> bool {
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    matches!(parts[..], [address, port, protocol] | [address, port, protocol, _]
        if address.parse::<std::net::IpAddr>().is_ok()
            && text::port_number(port.as_bytes()).is_some()
            && matches!(protocol, "tcp" | "udp" | "sctp"))
}

/// Reads a file; blank lines and lines that begin with `#` are passed over, and so is one header line.
pub(crate) fn read(input: impl Read, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut lines = Lines::new(input, progress.limits.max_record_bytes);
    progress.begin(Scanner::of(Tool::Plain))?;
    let mut complete = true;
    let mut first = true;
    while let Some((line, _)) = lines.next()? {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_header = std::mem::take(&mut first) && line.to_ascii_lowercase().starts_with("address,");
        if is_header {
            continue;
        }
        if let Some(host) = host_of(line, progress) {
            progress.host(host)?;
        } else {
            complete = false;
            progress.warnings.add("odd_line", "lines of no known kind were left out", line);
        }
    }
    progress.end(Summary { complete, ..Summary::default() });
    Ok(())
}

fn host_of(line: &str, progress: &mut Progress<'_>) -> Option<HostRecord> {
    let mut parts = line.split(',').map(str::trim);
    let (address, number, protocol) = (parts.next()?, parts.next()?, parts.next()?);
    let time = parts.next().filter(|time| !time.is_empty());
    if parts.next().is_some() {
        return None;
    }
    let address = text::address(address, &mut progress.warnings)?;
    let port =
        text::port(protocol.to_ascii_lowercase().as_bytes(), number.as_bytes(), &mut progress.warnings)?;
    let time = match time {
        Some(time) => Some(time_of(time, progress)?),
        None => None,
    };
    let port = PortRecord {
        port,
        status: PortStatus::Open,
        reason: Reason::None,
        time,
        service: None,
        scripts: Vec::new(),
    };
    Some(HostRecord { end: time, ports: vec![port], ..HostRecord::of(address) })
}

/// Seconds since the epoch, RFC 3339, or a civil time in the zone that the caller named.
fn time_of(time: &str, progress: &mut Progress<'_>) -> Option<UnixTime> {
    if let Some(seconds) = text::count(time.as_bytes()) {
        return UnixTime::from_seconds(i64::try_from(seconds).ok()?);
    }
    let zone = progress.options.time_zone.clone();
    let stamp = time.parse::<jiff::Timestamp>().ok().or_else(|| {
        time.parse::<jiff::civil::DateTime>()
            .ok()
            .and_then(|time| time.to_zoned(zone).ok())
            .map(|time| time.timestamp())
    })?;
    UnixTime::from_seconds(stamp.as_second())
}
