//! Protocols, ports and sets of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a port number belongs to. Port 53 of TCP and of UDP are two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Transmission control protocol.
    Tcp,
    /// User datagram protocol.
    Udp,
    /// Stream control transmission protocol.
    Sctp,
    /// An IP protocol number instead of a port, from nmap's `-sO`.
    Ip,
}

impl Protocol {
    /// All protocols, in the order in which ports sort.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Sctp, Self::Ip];

    /// `tcp`, `udp`, `sctp` or `ip`, as scanners write them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::Ip => "ip",
        }
    }

    /// The protocol that a scanner calls `name`, in lower case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A protocol/port pair. Sorts by protocol, then by number; port 0 is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Port {
    /// The protocol.
    pub protocol: Protocol,
    /// The port number; for [`Protocol::Ip`] the protocol number.
    pub number: u16,
}

impl Port {
    /// The TCP port `number`.
    #[must_use]
    pub fn tcp(number: u16) -> Self {
        Self { protocol: Protocol::Tcp, number }
    }

    /// The UDP port `number`.
    #[must_use]
    pub fn udp(number: u16) -> Self {
        Self { protocol: Protocol::Udp, number }
    }
}

/// `22/tcp`.
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.number, self.protocol))
    }
}

/// An inclusive range of ports of one protocol; `first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortRange {
    /// The protocol of all of them.
    pub protocol: Protocol,
    /// The lowest number.
    pub first: u16,
    /// The highest number.
    pub last: u16,
}

/// A set of protocol/port pairs as sorted ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortSet {
    ranges: Vec<PortRange>,
}

impl PortSet {
    /// The ranges in order of protocol and number.
    #[must_use]
    pub fn ranges(&self) -> &[PortRange] {
        &self.ranges
    }

    /// Whether no pair is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many pairs the set holds, 262,144 at most.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.ranges.iter().map(|range| u32::from(range.last - range.first) + 1).sum()
    }

    /// Whether `port` is in the set.
    #[must_use]
    pub fn contains(&self, port: Port) -> bool {
        let after = self
            .ranges
            .partition_point(|range| (range.protocol, range.first) <= (port.protocol, port.number));
        after > 0 && {
            let range = self.ranges[after - 1];
            range.protocol == port.protocol && port.number <= range.last
        }
    }

    /// Whether every pair of `other` is in this set.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other.ranges.iter().all(|theirs| {
            let after = self
                .ranges
                .partition_point(|ours| (ours.protocol, ours.first) <= (theirs.protocol, theirs.first));
            after > 0 && {
                let ours = self.ranges[after - 1];
                ours.protocol == theirs.protocol && theirs.last <= ours.last
            }
        })
    }

    /// The pairs that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.ranges.iter().chain(&other.ranges).copied().collect()
    }

    /// The pairs that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut ours, mut theirs) = (0, 0);
        let mut ranges = Vec::new();
        while let (Some(a), Some(b)) = (self.ranges.get(ours), other.ranges.get(theirs)) {
            let (first, last) = (a.first.max(b.first), a.last.min(b.last));
            if a.protocol == b.protocol && first <= last {
                ranges.push(PortRange { protocol: a.protocol, first, last });
            }
            if (a.protocol, a.last) < (b.protocol, b.last) { ours += 1 } else { theirs += 1 }
        }
        Self { ranges }
    }

    /// The pairs that are in this set and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.ranges.len());
        for &range in &self.ranges {
            let mut next = u32::from(range.first);
            let start =
                other.ranges.partition_point(|cut| (cut.protocol, cut.last) < (range.protocol, range.first));
            for cut in &other.ranges[start..] {
                if cut.protocol != range.protocol || cut.first > range.last {
                    break;
                }
                if u32::from(cut.first) > next {
                    left.extend(part(range.protocol, next, u32::from(cut.first) - 1));
                }
                next = next.max(u32::from(cut.last) + 1);
            }
            left.extend(part(range.protocol, next, u32::from(range.last)));
        }
        Self { ranges: left }
    }

    /// The pairs of one protocol.
    #[must_use]
    pub fn of_protocol(&self, protocol: Protocol) -> Self {
        Self { ranges: self.ranges.iter().filter(|range| range.protocol == protocol).copied().collect() }
    }

    /// Every pair, in order.
    pub fn ports(&self) -> impl Iterator<Item = Port> + '_ {
        self.ranges.iter().flat_map(|range| {
            (range.first..=range.last).map(|number| Port { protocol: range.protocol, number })
        })
    }
}

/// The range from `first` to `last`, or nothing where it is empty.
fn part(protocol: Protocol, first: u32, last: u32) -> Option<PortRange> {
    let (first, last) = (u16::try_from(first).ok()?, u16::try_from(last).ok()?);
    (first <= last).then_some(PortRange { protocol, first, last })
}

impl FromIterator<PortRange> for PortSet {
    fn from_iter<I: IntoIterator<Item = PortRange>>(ranges: I) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().filter(|range| range.first <= range.last).collect();
        if !ranges.is_sorted() {
            ranges.sort_unstable();
        }
        ranges.dedup_by(|next, kept| {
            let joins = next.protocol == kept.protocol && u32::from(next.first) <= u32::from(kept.last) + 1;
            if joins {
                kept.last = kept.last.max(next.last);
            }
            joins
        });
        Self { ranges }
    }
}

impl FromIterator<Port> for PortSet {
    fn from_iter<I: IntoIterator<Item = Port>>(ports: I) -> Self {
        ports
            .into_iter()
            .map(|port| PortRange { protocol: port.protocol, first: port.number, last: port.number })
            .collect()
    }
}

/// `T:22,80,8000-8100,U:53`, as the port grammar reads it; empty for the empty set.
impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut protocol = None;
        for (position, range) in self.ranges.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            if protocol.replace(range.protocol) != Some(range.protocol) {
                f.write_str(match range.protocol {
                    Protocol::Tcp => "T:",
                    Protocol::Udp => "U:",
                    Protocol::Sctp => "S:",
                    Protocol::Ip => "P:",
                })?;
            }
            write!(f, "{}", range.first)?;
            if range.last > range.first {
                write!(f, "-{}", range.last)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    pub(crate) fn port_sets() -> impl Strategy<Value = PortSet> {
        let range = (0_usize..3, prop_oneof![0_u16..60, 65_500_u16..=65_535], 0_u16..12);
        prop::collection::vec(range, 0..8).prop_map(|ranges| {
            ranges
                .into_iter()
                .map(|(protocol, first, length)| PortRange {
                    protocol: Protocol::ALL[protocol],
                    first,
                    last: first.saturating_add(length),
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_naive_sets(a in port_sets(), b in port_sets()) {
            let (x, y): (BTreeSet<_>, BTreeSet<_>) = (a.ports().collect(), b.ports().collect());
            prop_assert_eq!(a.union(&b).ports().collect::<BTreeSet<_>>(), &x | &y);
            prop_assert_eq!(a.intersection(&b).ports().collect::<BTreeSet<_>>(), &x & &y);
            prop_assert_eq!(a.without(&b).ports().collect::<BTreeSet<_>>(), &x - &y);
            prop_assert_eq!(a.contains_all(&b), y.is_subset(&x));
            prop_assert_eq!(a.count() as usize, x.len());
            prop_assert!(y.iter().all(|&port| b.contains(port)));
            prop_assert!(x.difference(&y).all(|&port| !b.contains(port)));
            prop_assert_eq!(x.iter().copied().collect::<PortSet>(), a);
        }
    }

    #[test]
    fn a_set_prints_in_the_port_grammar() {
        let set: PortSet =
            [Port::udp(53), Port::tcp(80), Port::tcp(22), Port::tcp(81), Port::tcp(81)].into_iter().collect();
        assert_eq!(set.to_string(), "T:22,80-81,U:53");
    }
}
