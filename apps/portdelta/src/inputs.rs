//! Inputs of the command line: files, targets, ports, times.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use portdelta_core::port_spec::PortSpec;
use portdelta_core::{AddressSet, Port, PortSet, Protocol, UnixTime, targets};

use crate::arguments::JudgementArguments;
use crate::failure::Failure;

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
    });
    match file {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(Failure::new("unreadable", format!("could not open {}: {error}", path.display()))
            .hint("Check that the file exists and may be read.")),
    }
}

/// Addresses in the grammar of targets.
pub fn addresses(text: &str) -> Result<AddressSet, Failure> {
    targets::parse(text).map_err(|mistake| {
        Failure::new(mistake.code(), mistake.to_string())
            .pointer(&mistake.point_at(text))
            .hint(mistake.hint())
    })
}

/// Addresses to leave out; may be none.
pub fn exclusions(text: &str) -> Result<AddressSet, Failure> {
    targets::parse_exclusions(text).map_err(|mistake| {
        Failure::new(mistake.code(), mistake.to_string())
            .pointer(&mistake.point_at(text))
            .hint(mistake.hint())
    })
}

/// Ports in the grammar of ports.
pub fn ports(text: &str) -> Result<PortSpec, Failure> {
    text.parse::<PortSpec>().map_err(|mistake| {
        Failure::new(mistake.code(), mistake.to_string())
            .pointer(&mistake.point_at(text))
            .hint(mistake.hint())
    })
}

/// Ports that are named one by one: what a file was to cover.
pub fn named_ports(text: &str) -> Result<PortSet, Failure> {
    ports(text)?.set().cloned().ok_or_else(|| {
        Failure::new("ports_not_named", "top:N does not name the ports that were scanned")
            .hint("Name them, e.g. --ports 22,80,443 or --ports 1-1000.")
    })
}

/// `22` or `53/udp`.
pub fn port(text: &str) -> Result<Port, Failure> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let parsed = number.parse().ok().zip(Protocol::from_name(protocol));
    parsed
        .map(|(number, protocol)| Port { protocol, number })
        .ok_or_else(|| Failure::new("bad_port", format!("{text} is not a port")).hint("Write 22, or 53/udp."))
}

/// What `--targets` and `--ports` name.
pub fn judgement(arguments: &JudgementArguments) -> Result<(Option<AddressSet>, Option<PortSet>), Failure> {
    let targets = arguments.targets.as_deref().map(addresses).transpose()?;
    let ports = arguments.ports.as_deref().map(named_ports).transpose()?;
    Ok((targets, ports))
}

/// RFC 3339, or a date or civil time in UTC.
pub fn time(text: &str) -> Result<UnixTime, Failure> {
    let civil = |text: &str| -> Option<jiff::Timestamp> {
        let time: jiff::civil::DateTime = text.parse().ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| civil(text));
    stamp.and_then(|stamp| UnixTime::from_seconds(stamp.as_second())).ok_or_else(|| {
        Failure::new("bad_time", format!("{text} is not a time"))
            .hint("Write 2026-01-31, or 2026-01-31T02:00:00Z.")
    })
}
