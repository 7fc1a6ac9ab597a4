//! What stands in a file, counted: what `portdelta parse` prints.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::net::IpAddr;

use portdelta_core::observation::{HostRecord, PortStatus, Scanner, Status, Summary};
use portdelta_core::{Port, Protocol};
use serde::Serialize;

use crate::limits::{Refusal, ResultLimits};
use crate::read::{DocumentSink, ReadOptions, read};
use crate::warnings::Warning;

/// A file in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// The format's name.
    pub format: &'static str,
    /// The tool's name.
    pub tool: Option<&'static str>,
    /// The tool's version, of the first document that names one.
    pub tool_version: Option<String>,
    /// All documents are whole.
    pub complete: bool,
    /// Distinct addresses.
    pub hosts: Counts,
    /// Distinct listed (address, protocol, port) by what the file calls them.
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

/// A sink that counts and keeps little: a few dozen bytes an address.
#[derive(Debug, Default)]
pub struct Tallied {
    tool: Option<&'static str>,
    version: Option<String>,
    hosts: HashMap<IpAddr, Seen>,
    /// Ports of addresses, so that one that is listed again counts once.
    ports: Vec<PackedPort>,
}

#[derive(Debug)]
struct Seen {
    status: Status,
    /// Where its ports begin in `ports`; more records of the address begin elsewhere.
    first: u32,
    count: u32,
    more: BTreeSet<PackedPort>,
}

/// Protocol, status and number.
type PackedPort = u32;

fn packed(port: Port, status: PortStatus) -> PackedPort {
    u32::from(port.number) | (port.protocol as u32) << 16 | (status as u32) << 20
}

const STATUSES: [PortStatus; 7] = [
    PortStatus::Open,
    PortStatus::Closed,
    PortStatus::Filtered,
    PortStatus::ClosedFiltered,
    PortStatus::OpenFiltered,
    PortStatus::Unfiltered,
    PortStatus::Unknown,
];

impl DocumentSink for Tallied {
    fn begin(&mut self, scanner: Scanner) {
        self.tool.get_or_insert(scanner.tool.name());
        if self.version.is_none() {
            self.version = scanner.version;
        }
    }

    fn host(&mut self, host: HostRecord) {
        let listed = host.ports.iter().map(|port| packed(port.port, port.status));
        match self.hosts.entry(host.address) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                let first = self.ports.len();
                self.ports.extend(listed);
                self.ports[first..].sort_unstable();
                let mut kept = first;
                for place in first..self.ports.len() {
                    if kept == first || self.ports[kept - 1] != self.ports[place] {
                        self.ports[kept] = self.ports[place];
                        kept += 1;
                    }
                }
                self.ports.truncate(kept);
                let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                entry.insert(Seen { status: host.status, first: small(first), count: small(kept - first), more: BTreeSet::new() });
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let seen = entry.get_mut();
                let own = &self.ports[seen.first as usize..(seen.first + seen.count) as usize];
                seen.more.extend(listed.filter(|port| own.binary_search(port).is_err()));
                match (seen.status, host.status) {
                    (Status::Up, _) | (_, Status::Unknown) => {}
                    (_, status) => seen.status = status,
                }
            }
        }
    }

    fn end(&mut self, _: Summary) {}
}

impl Tallied {
    fn counts(&self) -> Counts {
        let with = |status| self.hosts.values().filter(|seen| seen.status == status).count() as u64;
        Counts { listed: self.hosts.len() as u64, up: with(Status::Up), down: with(Status::Down) }
    }

    fn ports(&self) -> BTreeMap<&'static str, u64> {
        let mut by_status = [0_u64; STATUSES.len()];
        let more = self.hosts.values().flat_map(|seen| &seen.more);
        for port in self.ports.iter().chain(more) {
            by_status[(port >> 20) as usize] += 1;
        }
        let named = STATUSES.iter().zip(by_status).filter(|(_, count)| *count > 0);
        named.map(|(status, count)| (status.name(), count)).collect()
    }
}

/// Counts what stands in a file; memory follows the number of addresses, not the size of the file.
pub fn summarise(
    input: impl Read,
    options: &ReadOptions,
    limits: &ResultLimits,
) -> Result<FileSummary, Refusal> {
    let mut sink = Tallied::default();
    let reading = read(input, options, limits, &mut sink)?;
    Ok(FileSummary {
        format: reading.format.name(),
        tool: sink.tool,
        hosts: sink.counts(),
        ports: sink.ports(),
        tool_version: sink.version,
        complete: reading.complete,
        warnings: reading.warnings,
    })
}

// The packed form has four bits for the protocol.
const _: () = assert!((Protocol::Ip as u32) < 16);
