//! Distinct things in little memory.

use std::net::IpAddr;

use portdelta_core::Port;
use portdelta_core::observation::{HostRecord, PortStatus, Status};

/// Entries that are sorted at once.
const RUN_ENTRIES: usize = 1 << 16;

/// Addresses with what is said of them and of their ports, some three bytes each.
///
/// Entries come in any order, and again and again. They are gathered into runs; each run is sorted and packed, the
/// differences between neighbours taking one to three bytes; counting merges the runs.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    gathered: Vec<Entry>,
    runs: Vec<Box<[u8]>>,
}

/// Sorts by address, then hosts before ports, then by port, then by what is said: the first of equal things is what
/// counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    is_v6: bool,
    address: u128,
    thing: u32,
    status: u8,
}

/// The `thing` of an entry about the host itself; ports are above.
const HOST: u32 = 0;

const STATUSES: [Status; 3] = [Status::Up, Status::Down, Status::Unknown];
const PORT_STATUSES: [PortStatus; 7] = [
    PortStatus::Open,
    PortStatus::Closed,
    PortStatus::Filtered,
    PortStatus::ClosedFiltered,
    PortStatus::OpenFiltered,
    PortStatus::Unfiltered,
    PortStatus::Unknown,
];

/// How many distinct things of each status there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    hosts: [u64; STATUSES.len()],
    ports: [u64; PORT_STATUSES.len()],
    /// Statuses of ports beside the one that counts.
    pub(crate) conflicts: u64,
}

impl Totals {
    pub(crate) fn hosts(&self, status: Status) -> u64 {
        STATUSES.iter().zip(self.hosts).filter(|(known, _)| **known == status).map(|(_, count)| count).sum()
    }

    /// Both together, where nothing is in both.
    pub(crate) fn plus(mut self, other: Self) -> Self {
        self.hosts.iter_mut().zip(other.hosts).for_each(|(count, more)| *count += more);
        self.ports.iter_mut().zip(other.ports).for_each(|(count, more)| *count += more);
        self.conflicts += other.conflicts;
        self
    }

    pub(crate) fn ports(&self) -> impl Iterator<Item = (PortStatus, u64)> + '_ {
        PORT_STATUSES.into_iter().zip(self.ports).filter(|&(_, count)| count > 0)
    }
}

impl Tally {
    /// Adds what a record says, as if it were of `address`.
    pub(crate) fn record(&mut self, address: IpAddr, record: &HostRecord) {
        self.host(address, record.status);
        for port in &record.ports {
            self.port(address, port.port, port.status);
        }
    }

    fn host(&mut self, address: IpAddr, status: Status) {
        let rank = STATUSES.iter().position(|&known| known == status).unwrap_or_default();
        self.add(address, HOST, rank);
    }

    fn port(&mut self, address: IpAddr, port: Port, status: PortStatus) {
        let rank = PORT_STATUSES.iter().position(|&known| known == status).unwrap_or_default();
        self.add(address, ((port.protocol as u32 + 1) << 16) | u32::from(port.number), rank);
    }

    fn add(&mut self, address: IpAddr, thing: u32, rank: usize) {
        let (is_v6, address) = match address {
            IpAddr::V4(v4) => (false, v4.to_bits().into()),
            IpAddr::V6(v6) => (true, v6.to_bits()),
        };
        self.gathered.push(Entry { is_v6, address, thing, status: u8::try_from(rank).unwrap_or(u8::MAX) });
        if self.gathered.len() == RUN_ENTRIES {
            self.pack();
        }
    }

    fn pack(&mut self) {
        self.gathered.sort_unstable();
        self.gathered.dedup();
        let mut packed = Vec::with_capacity(self.gathered.len() * 4);
        let mut previous = Entry { is_v6: false, address: 0, thing: HOST, status: 0 };
        for &entry in &self.gathered {
            entry.pack_behind(previous, &mut packed);
            previous = entry;
        }
        self.gathered.clear();
        self.runs.push(packed.into_boxed_slice());
    }

    /// Counts what was added so far.
    pub(crate) fn totals(&mut self) -> Totals {
        self.pack();
        let mut runs: Vec<Run<'_>> = self.runs.iter().map(|run| Run::new(run)).collect();
        let mut heads: std::collections::BinaryHeap<_> = runs
            .iter_mut()
            .enumerate()
            .filter_map(|(place, run)| Some(std::cmp::Reverse((run.next()?, place))))
            .collect();
        let mut totals = Totals::default();
        let mut previous: Option<Entry> = None;
        while let Some(mut head) = heads.peek_mut() {
            let std::cmp::Reverse((entry, place)) = *head;
            match runs[place].next() {
                Some(next) => head.0.0 = next,
                None => drop(std::collections::binary_heap::PeekMut::pop(head)),
            }
            match previous {
                Some(previous) if previous == entry => {}
                Some(previous) if previous.same_thing(&entry) => {
                    totals.conflicts += u64::from(entry.thing != HOST);
                }
                _ => {
                    let counts: &mut [u64] =
                        if entry.thing == HOST { &mut totals.hosts } else { &mut totals.ports };
                    counts[usize::from(entry.status)] += 1;
                }
            }
            previous = Some(entry);
        }
        totals
    }
}

impl Entry {
    fn same_thing(&self, other: &Self) -> bool {
        (self.is_v6, self.address, self.thing) == (other.is_v6, other.address, other.thing)
    }

    /// Writes the difference to `previous`, which is not larger: a head number with the status, whether the address
    /// is another, and the difference of things or the thing; then the difference of addresses.
    fn pack_behind(self, previous: Self, packed: &mut Vec<u8>) {
        let moves = (self.is_v6, self.address) != (previous.is_v6, previous.address);
        let thing = if moves { self.thing } else { self.thing - previous.thing };
        let head = u128::from(thing) << 5
            | u128::from(self.is_v6) << 4
            | u128::from(moves) << 3
            | u128::from(self.status);
        push_number(head, packed);
        if moves {
            let base = if self.is_v6 == previous.is_v6 { previous.address } else { 0 };
            push_number(self.address - base, packed);
        }
    }
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn push_number(mut number: u128, packed: &mut Vec<u8>) {
    while number >= 0x80 {
        packed.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    packed.push((number & 0x7f) as u8);
}

/// The entries of a packed run.
struct Run<'a> {
    packed: std::slice::Iter<'a, u8>,
    previous: Entry,
}

impl<'a> Run<'a> {
    fn new(packed: &'a [u8]) -> Self {
        Self { packed: packed.iter(), previous: Entry { is_v6: false, address: 0, thing: HOST, status: 0 } }
    }

    fn number(&mut self) -> Option<u128> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = *self.packed.next()?;
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

impl Iterator for Run<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let head = self.number()?;
        let thing = u32::try_from(head >> 5).ok()?;
        let (is_v6, moves, status) = (head & 16 != 0, head & 8 != 0, (head & 7) as u8);
        let previous = self.previous;
        let entry = if moves {
            let base = if is_v6 == previous.is_v6 { previous.address } else { 0 };
            Entry { is_v6, address: base + self.number()?, thing, status }
        } else {
            Entry { thing: previous.thing + thing, status, ..previous }
        };
        self.previous = entry;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn addresses() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            (0_u32..4).prop_map(|low| std::net::Ipv4Addr::from_bits(low).into()),
            (0_u32..4).prop_map(|low| std::net::Ipv4Addr::from_bits(u32::MAX - low).into()),
            (0_u128..4).prop_map(|low| std::net::Ipv6Addr::from_bits(low).into()),
            (0_u128..4).prop_map(|low| std::net::Ipv6Addr::from_bits(u128::MAX - low).into()),
        ]
    }

    proptest! {
        #[test]
        fn counting_agrees_with_a_map(
            entries in prop::collection::vec((addresses(), 0_usize..5, 0_u16..4, 0_usize..7), 0..200),
            packs in prop::collection::vec(any::<bool>(), 200),
        ) {
            let mut tally = Tally::default();
            let (mut hosts, mut ports) = (BTreeMap::new(), BTreeMap::new());
            for (&(address, protocol, number, status), pack) in entries.iter().zip(packs) {
                if protocol == 4 {
                    let status = status % 3;
                    tally.host(address, STATUSES[status]);
                    let known = hosts.entry(address).or_insert(status);
                    *known = status.min(*known);
                } else {
                    let port = Port { protocol: portdelta_core::Protocol::ALL[protocol], number: number * 21_845 };
                    tally.port(address, port, PORT_STATUSES[status]);
                    let known = ports.entry((address, port)).or_insert(status);
                    *known = status.min(*known);
                }
                if pack {
                    tally.pack();
                }
            }
            let mut expected = Totals { conflicts: tally.totals().conflicts, ..Totals::default() };
            for &status in hosts.values() {
                expected.hosts[status] += 1;
            }
            for &status in ports.values() {
                expected.ports[status] += 1;
            }
            prop_assert_eq!(tally.totals(), expected);
        }
    }
}
