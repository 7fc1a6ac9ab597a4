//! masscan's list (`-oL`), and the lines that it prints on a terminal.

use portdelta_core::observation::{HostRecord, Scanner, Summary, Tool};

use crate::detect::Format;
use crate::lines::Lines;
use crate::port_record::port_record;
use crate::read::Progress;
use crate::refusal::Refusal;
use crate::text;
use crate::warnings::{Odd, Warnings};
use crate::window::Window;

/// Reads a file as one document.
pub(crate) fn read(
    window: &mut Window<'_>,
    format: Format,
    progress: &mut Progress<'_>,
) -> Result<(), Refusal> {
    let mut lines = Lines::new(window);
    let (mut ended, mut whole) = (format == Format::MasscanStdout, true);
    progress.begin(Scanner::of(Tool::Masscan))?;
    while let Some(line) = lines.next(progress)? {
        let text = line.text.trim_matches(|character: char| character.is_whitespace() || character == '\0');
        if text.is_empty() || text.starts_with('#') {
            ended |= text == "# end";
            continue;
        }
        let host = match format {
            // The address and the time stand last, and may be cut with their line.
            _ if !line.whole => None,
            Format::MasscanList => list_line(text, &mut progress.warnings),
            _ => discovered_line(text, &mut progress.warnings),
        };
        match host {
            Some(host) => progress.host(host)?,
            // What else masscan prints is no result that was lost.
            None if format == Format::MasscanStdout && line.whole => {}
            None => {
                whole = false;
                progress.warnings.add(Odd::UnreadableRecord, text);
            }
        }
    }
    progress.end(Summary { complete: ended && whole && !lines.skipped, ..Summary::default() });
    Ok(())
}

/// Whether `line` is one of `-oL`.
pub(crate) fn is_list_line(line: &str) -> bool {
    let words: Vec<&str> = line.splitn(6, ' ').collect();
    matches!(words[..], ["open" | "closed" | "banner", _, number, _, time, ..]
        if text::port_number(number).is_some() && text::number(time).is_some())
}

/// `open tcp 80 192.0.2.1 1629960470`, or `banner` with the banner behind.
fn list_line(line: &str, warnings: &mut Warnings) -> Option<HostRecord> {
    let words: Vec<&str> = line.splitn(6, ' ').collect();
    let [kind @ ("open" | "closed" | "banner"), protocol, number, address, time, ..] = words[..] else {
        return None;
    };
    let address = text::address(address, warnings)?;
    let time = text::seconds(time, warnings);
    let port = text::port(protocol, number, warnings);
    let status = (kind != "banner").then_some(kind);
    let ports = port.map(|port| port_record(port, status, None, time)).into_iter().collect();
    Some(HostRecord { end: time, ports, ..HostRecord::of(address) })
}

/// `Discovered open port 80/tcp on 192.0.2.1`, filled up with blanks on a terminal.
fn discovered_line(line: &str, warnings: &mut Warnings) -> Option<HostRecord> {
    // Its progress is drawn over the line with carriage returns.
    let line = &line[line.rfind("Discovered open port ")?..];
    let (port, address) = line.strip_prefix("Discovered open port ")?.split_once(" on ")?;
    let (number, protocol) = port.split_once('/')?;
    let address = text::address(address.split_whitespace().next()?, warnings)?;
    let port = text::port(protocol, number, warnings)?;
    Some(HostRecord { ports: vec![port_record(port, Some("open"), None, None)], ..HostRecord::of(address) })
}

#[cfg(test)]
mod tests {
    use crate::collect::{collect_bytes, listed};

    #[test]
    fn a_list_needs_its_end() {
        let list = "#masscan\nopen tcp 80 192.0.2.1 1700000000\nbanner tcp 80 192.0.2.1 1700000002 title a b\n\
                    open icmp 0 192.0.2.2 1700000000\n# end\n";
        let (reading, documents) = collect_bytes(list.as_bytes());
        assert!(reading.complete, "{reading:?}");
        assert_eq!(
            listed(&documents),
            ["192.0.2.1 80/tcp open", "192.0.2.1 80/tcp open", "192.0.2.2 1/ip open"]
        );
        let cut = &list[..list.len() - 20];
        let (reading, documents) = collect_bytes(cut.as_bytes());
        assert!(!reading.complete);
        assert_eq!(listed(&documents).len(), 2, "{cut}");
    }

    #[test]
    fn what_a_terminal_showed_is_read() {
        let text = "Starting masscan 1.3.2 at 2024-01-01 00:00:00 GMT\nrate:  0.00-kpps\r\
                    Discovered open port 22/tcp on 192.0.2.1              \n\
                    Discovered open port 53/udp on 2001:db8::1\n";
        let (_, documents) = collect_bytes(text.as_bytes());
        assert_eq!(listed(&documents), ["192.0.2.1 22/tcp open", "2001:db8::1 53/udp open"]);
        let (reading, documents) = collect_bytes(&text.as_bytes()[..text.len() - 2]);
        assert_eq!(listed(&documents), ["192.0.2.1 22/tcp open"]);
        assert!(!reading.complete, "the address of the last line may be cut");
    }
}
