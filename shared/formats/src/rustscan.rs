//! rustscan: greppable lines, and what it prints on a terminal, colours and all.

use std::borrow::Cow;
use std::io::Read;

use portdelta_core::Port;
use portdelta_core::observation::{HostRecord, PortRecord, PortStatus, Reason, Scanner, Summary, Tool};

use crate::limits::Refusal;
use crate::lines::Lines;
use crate::read::Progress;
use crate::text;

/// The text without terminal sequences.
pub(crate) fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\u{1b}') {
        plain.push_str(&rest[..place]);
        let sequence = &rest[place + 1..];
        rest = match sequence.strip_prefix('[') {
            // Parameters, then one letter.
            Some(body) => {
                let end = body.find(|character: char| !matches!(character, '0'..='?')).unwrap_or(body.len());
                let mut after = body[end..].chars();
                after.next();
                after.as_str()
            }
            None => sequence,
        };
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Whether a line names open ports: `192.0.2.1 -> [22,80]` or `Open 192.0.2.1:22`.
pub(crate) fn is_result_line(line: &str) -> bool {
    parse_line(line).is_some()
}

/// The address and the ports, both as they stand.
fn parse_line(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if let Some((address, ports)) = line.split_once(" -> [") {
        return ports.strip_suffix(']').map(|ports| (address.trim(), ports));
    }
    let (address, port) = line.strip_prefix("Open ")?.rsplit_once(':')?;
    text::port_number(port.as_bytes())?;
    Some((address.trim_start_matches('[').trim_end_matches(']'), port))
}

/// Reads a file; lines that name no ports are rustscan's decoration.
pub(crate) fn read(input: impl Read, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut lines = Lines::new(input, progress.limits.max_record_bytes);
    progress.begin(Scanner::of(Tool::Rustscan))?;
    while let Some((line, _)) = lines.next()? {
        let line = String::from_utf8_lossy(line);
        let line = without_colours(&line);
        let Some((address, ports)) = parse_line(&line) else { continue };
        let Some(address) = text::address(address, &mut progress.warnings) else { continue };
        let mut host = HostRecord::of(address);
        for digits in ports.split(',').map(str::trim).filter(|digits| !digits.is_empty()) {
            let Some(port) = text::port(b"tcp", digits.as_bytes(), &mut progress.warnings) else { continue };
            host.ports.push(record(port));
        }
        progress.host(host)?;
    }
    progress.end(Summary { complete: true, ..Summary::default() });
    Ok(())
}

fn record(port: Port) -> PortRecord {
    PortRecord {
        port,
        status: PortStatus::Open,
        reason: Reason::None,
        time: None,
        service: None,
        scripts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_do_not_hide_a_result() {
        let line = "Open \u{1b}[35m192.0.2.1:22\u{1b}[0m";
        assert_eq!(without_colours(line), "Open 192.0.2.1:22");
        assert_eq!(parse_line("Open [2001:db8::1]:22"), Some(("2001:db8::1", "22")));
        assert_eq!(parse_line("192.0.2.1 -> [22,80]"), Some(("192.0.2.1", "22,80")));
        assert_eq!(parse_line("Open the door"), None);
        assert_eq!(without_colours("\u{1b}[1;31"), "");
    }
}
