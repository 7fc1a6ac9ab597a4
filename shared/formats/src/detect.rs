//! What a file is, by its content.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::{masscan_list, plain, rustscan};

/// How much of a file is looked at to tell what it is.
pub(crate) const HEAD_BYTES: u64 = 64 << 10;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// nmap `-oX`
    #[serde(rename = "nmap-xml")]
    NmapXml,
    /// nmap `-oG`
    #[serde(rename = "gnmap")]
    NmapGrepable,
    /// masscan `-oX`
    #[serde(rename = "masscan-xml")]
    MasscanXml,
    /// masscan `-oJ`
    #[serde(rename = "masscan-json")]
    MasscanJson,
    /// masscan `-oD`: one JSON object a line
    #[serde(rename = "masscan-ndjson")]
    MasscanNdjson,
    /// masscan `-oL`
    #[serde(rename = "masscan-list")]
    MasscanList,
    /// masscan `-oG`
    #[serde(rename = "masscan-gnmap")]
    MasscanGrepable,
    /// What masscan prints on a terminal
    #[serde(rename = "masscan-stdout")]
    MasscanStdout,
    /// naabu `-json`
    #[serde(rename = "naabu-json")]
    NaabuJson,
    /// rustscan, greppable or as printed on a terminal
    #[serde(rename = "rustscan")]
    Rustscan,
    /// `address,port,protocol[,time]` lines
    #[serde(rename = "plain")]
    Plain,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::NmapXml,
        Self::NmapGrepable,
        Self::MasscanXml,
        Self::MasscanJson,
        Self::MasscanNdjson,
        Self::MasscanList,
        Self::MasscanGrepable,
        Self::MasscanStdout,
        Self::NaabuJson,
        Self::Rustscan,
        Self::Plain,
    ];

    /// The name in options and outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NmapXml => "nmap-xml",
            Self::NmapGrepable => "gnmap",
            Self::MasscanXml => "masscan-xml",
            Self::MasscanJson => "masscan-json",
            Self::MasscanNdjson => "masscan-ndjson",
            Self::MasscanList => "masscan-list",
            Self::MasscanGrepable => "masscan-gnmap",
            Self::MasscanStdout => "masscan-stdout",
            Self::NaabuJson => "naabu-json",
            Self::Rustscan => "rustscan",
            Self::Plain => "plain",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// The format of a file that begins with `head`; what is not read is refused with what it is.
pub(crate) fn detect(head: &[u8]) -> Result<Format, Refusal> {
    if let Some(refusal) = refused_by_magic(head) {
        return Err(refusal);
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(|character: char| {
        character.is_whitespace() || matches!(character, '\u{feff}' | '\0')
    });
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.starts_with('<') { detect_xml(text) } else { detect_lines(text) }
}

fn unsupported(what: &'static str, hint: &'static str) -> Refusal {
    Refusal::UnsupportedFormat { what, hint }
}

/// Files that are no text.
fn refused_by_magic(head: &[u8]) -> Option<Refusal> {
    const UNPACK: &str = "Unpack it first; gzip and zstd are unpacked on the fly.";
    Some(match head {
        [b'm', b'a', b's', b's', b'c', b'a', b'n', b'/', b'1', b'.', ..] => {
            unsupported("masscan's binary output", "Convert it: masscan --readscan FILE -oX FILE.xml.")
        }
        [b'P', b'K', 3, 4, ..] => unsupported("a zip archive", UNPACK),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => unsupported("an xz file", UNPACK),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => unsupported("a bzip2 file", UNPACK),
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => unsupported("a file that is packed twice", UNPACK),
        [b'%', b'P', b'D', b'F', ..] => Refusal::NotAScan { looks_like: "PDF" },
        _ => return None,
    })
}

fn detect_xml(text: &str) -> Result<Format, Refusal> {
    if text.contains("<NessusClientData") {
        return Err(unsupported(
            "a Nessus report",
            "Scan the hosts with nmap, or write address,port,protocol lines.",
        ));
    }
    if let Some(place) = element(text, "nmaprun") {
        let tag = text[place..].split('>').next().unwrap_or_default();
        let masscan = tag.contains("scanner=\"masscan\"") || tag.contains("scanner='masscan'");
        return Ok(if masscan { Format::MasscanXml } else { Format::NmapXml });
    }
    if text.contains("<!DOCTYPE nmaprun") || element(text, "host").is_some() {
        return Ok(Format::NmapXml);
    }
    let start = text[..text.floor_char_boundary(2_000)].to_ascii_lowercase();
    if start.contains("<html") || start.contains("<!doctype html") {
        return Err(Refusal::NotAScan { looks_like: "HTML" });
    }
    Err(unsupported("this XML", "Give the XML that nmap or masscan writes with -oX."))
}

/// Where the element `name` begins.
fn element(text: &str, name: &str) -> Option<usize> {
    text.match_indices('<').map(|(place, _)| place).find(|&place| {
        let rest = text[place + 1..].strip_prefix(name);
        rest.is_some_and(|rest| {
            rest.starts_with(|next: char| next.is_whitespace() || matches!(next, '>' | '/'))
        })
    })
}

fn detect_lines(text: &str) -> Result<Format, Refusal> {
    let colourless = rustscan::without_colours(text);
    let has = |is: fn(&str) -> bool| colourless.lines().map(str::trim_end).any(is);
    if has(|line| {
        line.starts_with("# Masscan ") || line.starts_with("Timestamp: ") && line.contains("\tHost: ")
    }) {
        return Ok(Format::MasscanGrepable);
    }
    if has(is_unicornscan_line) {
        return Err(unsupported("masscan's unicornscan output", "Let masscan write -oX, -oJ or -oL."));
    }
    if text.starts_with("#masscan") || has(masscan_list::is_list_line) {
        return Ok(Format::MasscanList);
    }
    if text.starts_with(['{', '[', ',']) {
        return detect_json(text);
    }
    if has(rustscan::is_result_line) {
        return Ok(Format::Rustscan);
    }
    if has(|line| line.starts_with("Host: ") && line.contains('(')) {
        return Ok(Format::NmapGrepable);
    }
    if has(|line| line.starts_with("Discovered open port ") || line.contains("\rDiscovered open port ")) {
        return Ok(Format::MasscanStdout);
    }
    if has(is_nmap_line) {
        // Both kinds of output have the same comments; a grepable one without hosts has nothing else.
        if !has(|line| !line.is_empty() && !line.starts_with('#')) {
            return Ok(Format::NmapGrepable);
        }
        return Err(unsupported(
            "nmap's normal output",
            "Let nmap write XML as well: -oX FILE, or -oA NAME.",
        ));
    }
    // A line of data tells; whatever stands above it may be a header of somebody's own.
    let mut lines =
        colourless.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.find(|line| !plain::is_header(line)).unwrap_or_default();
    if plain::is_plain_line(first) {
        return Ok(Format::Plain);
    }
    Err(detect_unread(first))
}

fn is_unicornscan_line(line: &str) -> bool {
    (line.starts_with("TCP open") || line.starts_with("UDP open")) && line.contains('[')
}

fn is_nmap_line(line: &str) -> bool {
    [
        "# Nmap ",
        "# nmap ",
        "Nmap scan report for ",
        "Interesting ports on ",
        "Starting Nmap ",
        "Starting nmap ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

/// What a text is that is not read, by its first line.
fn detect_unread(first: &str) -> Refusal {
    const PLAIN: &str = "Write address,port,protocol lines instead.";
    let lower = first.to_ascii_lowercase();
    if (lower.starts_with("ip,") || lower.starts_with("host,")) && lower.contains("port")
        || lower.starts_with("saddr")
    {
        return unsupported("a CSV file with columns of its own", PLAIN);
    }
    let port = first.rsplit_once(':').map_or("", |(_, port)| port);
    if crate::text::port_number(port).is_some() && !first.contains(' ') {
        return unsupported("a list of host:port", PLAIN);
    }
    let binary = first.chars().any(|character| character.is_control() && !character.is_whitespace());
    Refusal::NotAScan { looks_like: if binary { "binary data" } else { "some other text" } }
}

fn detect_json(text: &str) -> Result<Format, Refusal> {
    let squeezed: String = text.chars().filter(|character| !character.is_whitespace()).take(4_096).collect();
    let has = |part: &str| squeezed.contains(part);
    if has("\"rec_type\":") {
        return Ok(Format::MasscanNdjson);
    }
    if has("\"ports\":[{\"port\"") || has("ports:[{port:") {
        return Ok(Format::MasscanJson);
    }
    if has("\"port\":") && (has("\"ip\":") || has("\"host\":")) {
        return Ok(Format::NaabuJson);
    }
    // `[]` and `{finished: 1}` alone as well: nothing in them tells that a scan has found nothing.
    Err(Refusal::NotAScan { looks_like: "JSON" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        detect(text.as_bytes()).map_or_else(|refusal| refusal.code(), Format::name)
    }

    #[test]
    fn content_tells_the_format() {
        for (text, expected) in [
            ("", "empty_file"),
            (" \r\n\0\0", "empty_file"),
            ("\u{feff}\r\n<?xml version='1.0'?><nmaprun scanner='nmap'", "nmap-xml"),
            ("<!-- licence -->\n<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun>", "nmap-xml"),
            ("<nmaprun scanner=\"masscan\" start=\"1\">", "masscan-xml"),
            ("<nmaprunner/>", "unsupported_format"),
            ("<hosts><hostile/></hosts>", "unsupported_format"),
            ("<!doctype HTML><title>x</title>", "not_a_scan"),
            ("<NessusClientData_v2>", "unsupported_format"),
            ("# Nmap 7.9 scan initiated x as: nmap -oG - 192.0.2.1\n", "gnmap"),
            ("# Nmap 7.9 scan initiated x as: nmap\nWARNING: No targets\n", "unsupported_format"),
            ("# Nmap 7.9 scan initiated x as: nmap\nNmap scan report for x\n", "unsupported_format"),
            ("noise\nHost: 192.0.2.1 ()\tStatus: Up\n", "gnmap"),
            ("Timestamp: 1\tHost: 192.0.2.1 ()\tPorts: 1/open/tcp////\n", "masscan-gnmap"),
            ("#masscan\n# end\n", "masscan-list"),
            ("#masscan\nTCP open\tsmtp[   25]\t\tfrom 192.0.2.1 ttl 3\n", "unsupported_format"),
            ("banner tcp 80 192.0.2.1 1 http x\n", "masscan-list"),
            ("masscan/1.1\n", "unsupported_format"),
            ("Starting masscan 1.3\nDiscovered open port 1/tcp on 192.0.2.1\n", "masscan-stdout"),
            ("[\n{ \"ip\": \"a\", \"ports\": [ {\"port\": 1", "masscan-json"),
            ("{ ip: \"a\", ports: [ {port: 1", "masscan-json"),
            ("{\"ip\":\"a\",\"port\":1,\"rec_type\":\"status\"", "masscan-ndjson"),
            ("{\"host\":\"a\",\"port\":1}", "naabu-json"),
            ("[]", "not_a_scan"),
            ("{finished: 1}", "not_a_scan"),
            ("{\"nmaprun\": {}}", "not_a_scan"),
            ("\u{1b}[1mOpen \u{1b}[35m192.0.2.1:22\u{1b}[0m\n", "rustscan"),
            ("192.0.2.1 -> [22]\n", "rustscan"),
            ("192.0.2.1,22,tcp\n", "plain"),
            ("address,port,protocol\n192.0.2.1,22,tcp,1700000000\n", "plain"),
            ("192.0.2.1:22\n", "unsupported_format"),
            ("ip,timestamp,port\n", "unsupported_format"),
            ("PK\u{3}\u{4}", "unsupported_format"),
            ("hello", "not_a_scan"),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
    }

    #[test]
    fn names_are_unique() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(format));
        }
    }
}
