//! What stands in a file, counted: what `portdelta parse` prints.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::net::IpAddr;

use portdelta_core::observation::{HostRecord, PortRecord, PortStatus, Scanner, Status, Summary};
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
    /// Hosts whose address is none, by what stands in its place, or by number.
    labelled: HashMap<String, (Status, BTreeSet<PackedPort>)>,
    /// The ports of the first record of each address.
    ports: Vec<PackedPort>,
    conflicts: u64,
}

#[derive(Debug)]
struct Seen {
    status: Status,
    /// Where its ports begin in `ports`, and how many they are.
    first: u32,
    count: u32,
    /// Ports that other records of the address have.
    more: BTreeSet<PackedPort>,
}

/// Protocol and number, and in the lowest three bits the status; open, which wins, sorts first.
type PackedPort = u32;

fn packed(port: &PortRecord) -> PackedPort {
    (port.port.protocol as u32) << 19 | u32::from(port.port.number) << 3 | port.status as u32
}

fn is_same_port(a: PackedPort, b: PackedPort) -> bool {
    a >> 3 == b >> 3
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
        let listed = host.ports.iter().map(packed);
        match self.hosts.entry(host.address) {
            Entry::Vacant(entry) => {
                let first = self.ports.len();
                self.ports.extend(listed);
                self.ports[first..].sort_unstable();
                let mut kept = first;
                for place in first..self.ports.len() {
                    let port = self.ports[place];
                    if kept == first || !is_same_port(self.ports[kept - 1], port) {
                        self.ports[kept] = port;
                        kept += 1;
                    } else if self.ports[kept - 1] != port {
                        self.conflicts += 1;
                    }
                }
                self.ports.truncate(kept);
                let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let (first, count) = (small(first), small(kept - first));
                entry.insert(Seen { status: host.status, first, count, more: BTreeSet::new() });
            }
            Entry::Occupied(mut entry) => {
                let seen = entry.get_mut();
                seen.status = united(seen.status, host.status);
                let own = &mut self.ports[seen.first as usize..(seen.first + seen.count) as usize];
                for port in listed {
                    match own.binary_search_by_key(&(port >> 3), |known| known >> 3) {
                        Ok(place) => {
                            self.conflicts += u64::from(own[place] != port);
                            own[place] = own[place].min(port);
                        }
                        Err(_) => self.conflicts += u64::from(add(&mut seen.more, port)),
                    }
                }
            }
        }
    }

    fn unaddressed(&mut self, label: Option<&str>, host: HostRecord) {
        let label = label.map_or_else(|| format!("#{}", self.labelled.len()), str::to_owned);
        let (status, ports) = self.labelled.entry(label).or_insert((host.status, BTreeSet::new()));
        *status = united(*status, host.status);
        for port in host.ports.iter().map(packed) {
            self.conflicts += u64::from(add(ports, port));
        }
    }

    fn end(&mut self, _: Summary) {}
}

/// Up wins over down, and either over nothing.
fn united(a: Status, b: Status) -> Status {
    match (a, b) {
        (Status::Up, _) | (_, Status::Up) => Status::Up,
        (Status::Down, _) | (_, Status::Down) => Status::Down,
        _ => Status::Unknown,
    }
}

/// Adds a port once, whatever its status; says whether its statuses conflict.
fn add(ports: &mut BTreeSet<PackedPort>, port: PackedPort) -> bool {
    let known = ports.range(port >> 3 << 3..=port | 7).next().copied();
    match known {
        Some(known) if known == port => false,
        Some(known) => {
            ports.remove(&known);
            ports.insert(known.min(port));
            true
        }
        None => !ports.insert(port),
    }
}

impl Tallied {
    fn counts(&self) -> Counts {
        let statuses = || {
            let addressed = self.hosts.values().map(|seen| seen.status);
            addressed.chain(self.labelled.values().map(|(status, _)| *status))
        };
        let with = |status| statuses().filter(|&one| one == status).count() as u64;
        Counts { listed: statuses().count() as u64, up: with(Status::Up), down: with(Status::Down) }
    }

    fn ports(&self) -> BTreeMap<&'static str, u64> {
        let mut by_status = [0_u64; STATUSES.len()];
        let more = self.hosts.values().flat_map(|seen| &seen.more);
        let labelled = self.labelled.values().flat_map(|(_, ports)| ports);
        for port in self.ports.iter().chain(more).chain(labelled) {
            by_status[(port & 7) as usize] += 1;
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
    let mut warnings = reading.warnings;
    if sink.conflicts > 0 {
        warnings.push(Warning {
            code: "conflicting_ports".to_owned(),
            message: format!("ports stand there with more than one state; open wins ({})", sink.conflicts),
        });
    }
    Ok(FileSummary {
        format: reading.format.name(),
        tool: sink.tool,
        hosts: sink.counts(),
        ports: sink.ports(),
        tool_version: sink.version,
        complete: reading.complete,
        warnings,
    })
}
