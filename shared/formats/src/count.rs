//! What stands in a file, counted: what `portdelta parse` prints.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portdelta_core::observation::{HostRecord, Scanner, Status, Summary};
use serde::Serialize;

use crate::limits::ResultLimits;
use crate::read::{Detail, DocumentSink, ReadOptions, read};
use crate::refusal::Refusal;
use crate::tally::Tally;
use crate::warnings::{Warning, conflict_warning};

/// A file in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// The format's name.
    pub format: &'static str,
    /// The tool's name.
    pub tool: Option<&'static str>,
    /// The tool's version, of the first document that names one.
    pub tool_version: Option<String>,
    /// All documents are complete.
    pub complete: bool,
    /// Distinct addresses.
    pub hosts: Counts,
    /// Distinct listed (address, protocol, port) by what the file calls them; one that is listed in several states
    /// counts as open if it is open in one of them, else as closed, else as the next in the order of
    /// [`PortStatus`](portdelta_core::observation::PortStatus).
    pub ports: BTreeMap<&'static str, u64>,
    /// What was skipped, cut or odd.
    pub warnings: Vec<Warning>,
}

/// Distinct addresses by what the file says of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All that are listed.
    pub listed: u64,
    /// Those with a record that says up.
    pub up: u64,
    /// Those with a record that says down, and none that says up.
    pub down: u64,
}

/// A sink that counts and keeps little: some three bytes for each address and each of its ports.
#[derive(Debug, Default)]
pub struct Tallied {
    tool: Option<&'static str>,
    version: Option<String>,
    tally: Tally,
    /// Hosts without an address, by a digest of their labels; those without a label are all different.
    labelled: Tally,
    without_label: u32,
}

impl DocumentSink for Tallied {
    fn begin(&mut self, scanner: Scanner) {
        self.tool.get_or_insert(scanner.tool.name());
        if self.version.is_none() {
            self.version = scanner.version;
        }
    }

    fn host(&mut self, host: HostRecord) {
        self.tally.record(host.address, &host);
    }

    fn unaddressed(&mut self, label: Option<&str>, host: HostRecord) {
        let place = if let Some(label) = label {
            IpAddr::V6(Ipv6Addr::from_bits(digest(label)))
        } else {
            self.without_label = self.without_label.wrapping_add(1);
            IpAddr::V4(Ipv4Addr::from_bits(self.without_label))
        };
        self.labelled.record(place, &host);
    }

    fn end(&mut self, _: Summary) {}

    fn detail(&self) -> Detail {
        Detail::Counts
    }
}

/// So wide that two labels don't meet.
fn digest(label: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = std::hash::DefaultHasher::new();
        (salt, label).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// Counts what stands in a file.
pub fn summarise(
    input: impl Read,
    options: &ReadOptions,
    limits: &ResultLimits,
) -> Result<FileSummary, Refusal> {
    let mut sink = Tallied::default();
    let reading = read(input, options, limits, &mut sink)?;
    let totals = sink.tally.totals().plus(sink.labelled.totals());
    let mut warnings = reading.warnings;
    warnings.extend(conflict_warning(totals.conflicts));
    let (up, down) = (totals.hosts(Status::Up), totals.hosts(Status::Down));
    Ok(FileSummary {
        format: reading.format.name(),
        tool: sink.tool,
        tool_version: sink.version,
        complete: reading.complete,
        hosts: Counts { listed: up + down + totals.hosts(Status::Unknown), up, down },
        ports: totals.ports().map(|(status, count)| (status.name(), count)).collect(),
        warnings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_that_are_listed_twice_count_once() {
        let file = "Host: 192.0.2.1 ()\tStatus: Up\n\
                    Host: 192.0.2.1 ()\tPorts: 22/open/tcp//ssh///, 23/closed/tcp//telnet///\n\
                    Host: 192.0.2.1 ()\tPorts: 22/closed/tcp//ssh///, 22/closed/udp//ssh///\n\
                    Host: 192.0.2.2 ()\tStatus: Down\nHost: 192.0.2.3 ()\tStatus: Unknown\n";
        let summary =
            summarise(file.as_bytes(), &ReadOptions::default(), &ResultLimits::default()).expect("grepable");
        assert_eq!(summary.hosts, Counts { listed: 3, up: 1, down: 1 });
        assert_eq!(summary.ports, BTreeMap::from([("open", 1), ("closed", 2)]));
        assert_eq!(summary.warnings.last().map(|warning| warning.code.as_str()), Some("conflicting_ports"));
    }
}
