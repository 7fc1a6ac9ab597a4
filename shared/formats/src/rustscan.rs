//! rustscan: greppable lines, and what it prints on a terminal, colours and all.

use std::borrow::Cow;

use portdelta_core::observation::{HostRecord, Scanner, Summary, Tool};

use crate::lines::Lines;
use crate::port_record::port_record;
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::text;
use crate::window::Window;

/// The text without terminal sequences (CSI).
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

/// Whether a line names open ports.
pub(crate) fn is_result_line(line: &str) -> bool {
    matches!(parts_of(line), Some((_, ports)) if !ports.is_empty())
}

/// The address and the ports of `192.0.2.1 -> [22,80]` or `Open 192.0.2.1:22`, both as they stand.
fn parts_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if let Some((address, ports)) = line.split_once(" -> [") {
        let ports = ports.strip_suffix(']')?;
        let is_list = ports.bytes().all(|byte| byte.is_ascii_digit() || byte == b',' || byte == b' ');
        return (is_list && !address.contains(' ')).then_some((address, ports));
    }
    let (address, port) = line.strip_prefix("Open ")?.rsplit_once(':')?;
    text::number(port)?;
    let bare = address.strip_prefix('[').and_then(|address| address.strip_suffix(']')).unwrap_or(address);
    Some((bare, port))
}

/// Reads a file as one document; lines that name no ports are rustscan's decoration. It prints what it finds twice.
pub(crate) fn read(window: &mut Window<'_>, progress: &mut Progress<'_>) -> Result<(), Refusal> {
    let mut lines = Lines::new(window);
    let mut whole = true;
    progress.begin(Scanner::of(Tool::Rustscan))?;
    while let Some(line) = lines.next(progress)? {
        let plain = without_colours(&line.text);
        let found = parts_of(&plain);
        if !line.whole && !plain.trim_end().ends_with(']') && !plain.trim().is_empty() {
            // The port of an `Open` line may be cut with it.
            whole = false;
            continue;
        }
        let Some((address, ports)) = found else { continue };
        let Some(address) = text::address(address, &mut progress.warnings) else { continue };
        let digits = ports.split(',').map(str::trim).filter(|digits| !digits.is_empty());
        let mut host = HostRecord::of(address);
        for digits in digits {
            let port = text::port("tcp", digits, &mut progress.warnings);
            host.ports.extend(port.map(|port| port_record(port, None, None, None)));
        }
        progress.host(host)?;
    }
    progress.end(Summary { complete: whole && !lines.skipped, ..Summary::default() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::{collect_bytes, listed};

    #[test]
    fn colours_do_not_hide_a_result() {
        assert_eq!(without_colours("Open \u{1b}[35m192.0.2.1:22\u{1b}[0m"), "Open 192.0.2.1:22");
        assert_eq!(without_colours("\u{1b}[1;31"), "");
        let text = "Real hackers hack time\r\n\u{1b}[1;34m[~]\u{1b}[0m a -> [b]\r\nOpen \u{1b}[35m192.0.2.1:22\u{1b}[0m\r\n\
                    Open [2001:db8::1]:80\r\n192.0.2.1 -> [22,80]\r\n192.0.2.2 -> []\r\n";
        let (reading, documents) = collect_bytes(text.as_bytes());
        assert!(reading.complete);
        assert_eq!(
            listed(&documents),
            [
                "192.0.2.1 22/tcp open",
                "2001:db8::1 80/tcp open",
                "192.0.2.1 22/tcp open",
                "192.0.2.1 80/tcp open"
            ]
        );
    }

    #[test]
    fn a_port_that_may_be_cut_is_none() {
        let (reading, documents) = collect_bytes(b"Open 192.0.2.1:22\nOpen 192.0.2.1:80");
        assert_eq!(listed(&documents), ["192.0.2.1 22/tcp open"]);
        assert!(!reading.complete);
    }
}
