//! What was skipped, cut or odd in a file, counted: a hostile file can flood nobody.

use portdelta_core::escape::escape_within;
use serde::{Deserialize, Serialize};

/// Something that a reader noticed, once for all places where it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Stable, for programs.
    pub code: String,
    /// For people: one harmless line that says how often it occurred and shows the first occurrence.
    pub message: String,
}

/// The kinds of [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Odd {
    Incomplete,
    ScannerFailed,
    Damaged,
    Malformed,
    HostCut,
    NoAddress,
    BadAddress,
    ScopeIgnored,
    BadPort,
    BadNumber,
    BadTime,
    BadMac,
    BadPortList,
    PortListMismatch,
    LateScanInfo,
    UnreadableRecord,
    RecordTooLong,
    ValueCut,
    ListCut,
    ArgsTooLong,
    BadCharacters,
    UnknownEntity,
}

impl Odd {
    fn code(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::ScannerFailed => "scanner_failed",
            Self::Damaged => "damaged",
            Self::Malformed => "malformed",
            Self::HostCut => "host_cut",
            Self::NoAddress => "no_address",
            Self::BadAddress => "bad_address",
            Self::ScopeIgnored => "scope_ignored",
            Self::BadPort => "bad_port",
            Self::BadNumber => "bad_number",
            Self::BadTime => "bad_time",
            Self::BadMac => "bad_mac",
            Self::BadPortList => "bad_port_list",
            Self::PortListMismatch => "port_list_mismatch",
            Self::LateScanInfo => "late_scan_info",
            Self::UnreadableRecord => "unreadable_record",
            Self::RecordTooLong => "record_too_long",
            Self::ValueCut => "value_cut",
            Self::ListCut => "list_cut",
            Self::ArgsTooLong => "args_too_long",
            Self::BadCharacters => "bad_characters",
            Self::UnknownEntity => "unknown_entity",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Incomplete => "the scan did not reach its end: only what is whole counts",
            Self::ScannerFailed => "the scanner says that it failed",
            Self::Damaged => "the packed data is damaged or cut: only what could be unpacked was read",
            Self::Malformed => "the XML is not well-formed",
            Self::HostCut => "a host record has no end and was left out",
            Self::NoAddress => "a host record has no IP address: it is evidence about nothing",
            Self::BadAddress => "an address is no IP address, or not in its one clear spelling",
            Self::ScopeIgnored => "the zone of an address was ignored",
            Self::BadPort => "a port is not a number from 0 to 65535 of a known protocol, and was left out",
            Self::BadNumber => "a number is none, and was left out",
            Self::BadTime => "a time is none, and counts as unknown",
            Self::BadMac => "a MAC address is none, and was left out",
            Self::BadPortList => {
                "a list of scanned ports could not be read: those hosts cover only what they list"
            }
            Self::PortListMismatch => "a list of scanned ports does not have as many as it says",
            Self::LateScanInfo => "a list of scanned ports stands behind the first host, and was left out",
            Self::UnreadableRecord => "a line or record is of no known kind, and was left out",
            Self::RecordTooLong => "a line or record is too long, and was left out",
            Self::ValueCut => "a text is too long, and was cut",
            Self::ListCut => "a list has too many items; the rest was left out",
            Self::ArgsTooLong => "the recorded command is too long, and was left out",
            Self::BadCharacters => "a text has invalid bytes or forbidden characters, which were replaced",
            Self::UnknownEntity => "an entity is not one of XML's own, and was left as it stands",
        }
    }
}

/// How much of the first occurrence a warning shows, in columns.
const EXAMPLE_COLUMNS: usize = 60;

/// Warnings in the order of their first occurrence; one for each kind at most.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    counted: Vec<(Odd, u64, String)>,
}

impl Warnings {
    /// Counts one more; `example` is shown if it is the first, and may be empty.
    pub(crate) fn add(&mut self, odd: Odd, example: &str) {
        match self.counted.iter_mut().find(|(known, ..)| *known == odd) {
            Some((_, count, _)) => *count += 1,
            None => self.counted.push((odd, 1, escape_within(example, EXAMPLE_COLUMNS).to_string())),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    pub(crate) fn finish(self) -> Vec<Warning> {
        let message = |(odd, count, example): (Odd, u64, String)| {
            let what = odd.text();
            let message = match (count, example.as_str()) {
                (1, "") => what.to_owned(),
                (1, example) => format!("{what} ({example})"),
                (count, "") => format!("{what} ({count} times)"),
                (count, example) => format!("{what} ({count} times; the first: {example})"),
            };
            Warning { code: odd.code().to_owned(), message }
        };
        self.counted.into_iter().map(message).collect()
    }
}

/// The warning of ports that stand in a file in several states; only who has seen all of it can tell.
pub(crate) fn conflict_warning(count: u64) -> Option<Warning> {
    (count > 0).then(|| Warning {
        code: "conflicting_ports".to_owned(),
        message: format!("a port is listed in several states, of which open counts first ({count} times)"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_harmless_warning() {
        let mut warnings = Warnings::default();
        for number in 65_536..70_000 {
            warnings.add(Odd::BadPort, &format!("{number}\x1b[2J"));
        }
        let warnings = warnings.finish();
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, "bad_port");
        assert!(warnings[0].message.ends_with("(4464 times; the first: 65536\\x1b[2J)"), "{warnings:?}");
    }
}
