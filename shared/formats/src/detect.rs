//! What a file is, by its content.

use serde::{Deserialize, Serialize};

use crate::limits::Refusal;

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

const FROM_NMAP: &str = "Let nmap write XML as well: -oX FILE or -oA NAME.";

/// The format of a file that begins with `head`.
pub(crate) fn detect(head: &[u8]) -> Result<Format, Refusal> {
    let unsupported = |format, hint| Err(Refusal::UnsupportedFormat { format, hint });
    if head.is_empty() {
        return Err(Refusal::Empty);
    }
    if head.starts_with(b"masscan/1.") {
        return unsupported("masscan binary (-oB)", "Convert it: masscan --readscan FILE -oX FILE.xml");
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n', '\0']);
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.contains("<NessusClientData") {
        return unsupported("Nessus", "Export a port list, or scan with nmap.");
    }
    if let Some(place) = text.find("<nmaprun") {
        let tag = text[place..].split('>').next().unwrap_or_default();
        let masscan = tag.contains("scanner=\"masscan\"") || tag.contains("scanner='masscan'");
        return Ok(if masscan { Format::MasscanXml } else { Format::NmapXml });
    }
    if text.starts_with('<') {
        return xml_of_another_kind(text);
    }
    detect_lines(text)
}

fn xml_of_another_kind(text: &str) -> Result<Format, Refusal> {
    if text.contains("<!DOCTYPE nmaprun") || text.contains("<host>") || text.contains("<host ") {
        return Ok(Format::NmapXml);
    }
    let lower: String = text.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    if lower.contains("<html") || lower.contains("<!doctype html") {
        return Err(Refusal::NotAScan { looks_like: Some("HTML") });
    }
    Err(Refusal::UnsupportedFormat {
        format: "this XML",
        hint: "Give the XML that nmap or masscan writes with -oX.",
    })
}

fn detect_lines(text: &str) -> Result<Format, Refusal> {
    let unsupported = |format, hint| Err(Refusal::UnsupportedFormat { format, hint });
    let plain_text = crate::rustscan::without_colours(text);
    let mut lines = plain_text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let starts = |start: &str| text.starts_with(start);
    if text.lines().any(|line| line.starts_with("Timestamp: ") && line.contains("\tHost: "))
        || text.lines().any(|line| line.starts_with("# Masscan "))
    {
        return Ok(Format::MasscanGrepable);
    }
    if starts("#masscan") && text.contains("open\t") {
        return unsupported("masscan's unicornscan output", "Let masscan write -oX or -oJ.");
    }
    if starts("#masscan") || lines.clone().any(crate::masscan::is_list_line) {
        return Ok(Format::MasscanList);
    }
    if starts("{") || starts("[") || starts(",") {
        return json_of_kind(text);
    }
    if lines.clone().any(crate::rustscan::is_result_line) {
        return Ok(Format::Rustscan);
    }
    if lines.clone().any(|line| line.starts_with("Host: ") && line.contains('(')) {
        return Ok(Format::NmapGrepable);
    }
    let is_report = |line: &str| {
        line.starts_with("Nmap scan report for")
            || line.contains("Interesting ports on")
            || line.starts_with("Starting ")
    };
    if lines.clone().any(is_report) {
        return unsupported("nmap's normal output", FROM_NMAP);
    }
    if lines.clone().any(|line| line.starts_with("Discovered open port ")) {
        return Ok(Format::MasscanStdout);
    }
    if lines.clone().any(|line| line.starts_with("# Nmap ") || line.starts_with("# nmap ")) {
        // No host stands in it. nmap's normal output has a word on that, the grepable one only comments.
        if lines.all(|line| line.starts_with('#')) {
            return Ok(Format::NmapGrepable);
        }
        return unsupported("nmap's normal output", FROM_NMAP);
    }
    if lines.clone().any(crate::plain::is_plain_line) {
        return Ok(Format::Plain);
    }
    let host_port = |line: &str| line.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if lines.all(host_port) {
        return unsupported("a list of host:port", "Write address,port,protocol lines instead.");
    }
    Err(Refusal::NotAScan { looks_like: None })
}

fn json_of_kind(text: &str) -> Result<Format, Refusal> {
    let has = |name: &str| text.contains(name);
    if has("\"rec_type\"") {
        return Ok(Format::MasscanNdjson);
    }
    if has("\"ports\"") && (has("\"ip\"") || has("ip:")) {
        return Ok(Format::MasscanJson);
    }
    if has("\"port\"") && (has("\"ip\"") || has("\"host\"")) {
        return Ok(Format::NaabuJson);
    }
    if has("finished") && text.trim_start_matches(['[', ',', '\n', ' ']).starts_with("{finished") {
        return Ok(Format::MasscanJson);
    }
    Err(Refusal::NotAScan { looks_like: Some("JSON") })
}
