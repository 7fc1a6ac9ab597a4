//! How nmap finds out which hosts are up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::port_spec::{PortProblem, parse_list};
use crate::ports::{Port, PortSet, Protocol};

/// How hosts are looked for before their ports are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Discovery {
    /// nmap's own choice of probes.
    #[default]
    Normal,
    /// `-Pn`: not at all; every address counts as up.
    Skip,
    /// These probes.
    Probes(Probes),
}

/// Discovery probes; at least one is asked for, or it is [`Discovery::Normal`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// `-PE`, `-PP`, `-PM`, `-PR`.
    pub plain: BTreeSet<PlainProbe>,
    /// `-PS`, `-PA`, `-PU`, `-PY`, `-PO` with their ports, of the protocol of the probe.
    pub to_ports: BTreeMap<PortProbe, PortSet>,
}

/// A probe that has no ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlainProbe {
    /// `-PE`
    IcmpEcho,
    /// `-PP`
    IcmpTimestamp,
    /// `-PM`
    IcmpNetmask,
    /// `-PR`
    Arp,
}

/// A probe to ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortProbe {
    /// `-PS`
    TcpSyn,
    /// `-PA`
    TcpAck,
    /// `-PU`
    Udp,
    /// `-PY`
    SctpInit,
    /// `-PO`, to numbers of IP protocols.
    IpProtocol,
}

impl PlainProbe {
    /// The letter behind `-P`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::IcmpEcho => 'E',
            Self::IcmpTimestamp => 'P',
            Self::IcmpNetmask => 'M',
            Self::Arp => 'R',
        }
    }
}

impl PortProbe {
    /// The letter behind `-P`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::TcpSyn => 'S',
            Self::TcpAck => 'A',
            Self::Udp => 'U',
            Self::SctpInit => 'Y',
            Self::IpProtocol => 'O',
        }
    }

    /// What its numbers are.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::TcpSyn | Self::TcpAck => Protocol::Tcp,
            Self::Udp => Protocol::Udp,
            Self::SctpInit => Protocol::Sctp,
            Self::IpProtocol => Protocol::Ip,
        }
    }

    /// The numbers that nmap takes where none are given.
    fn default_ports(self) -> PortSet {
        let numbers: &[u16] = match self {
            Self::TcpSyn | Self::TcpAck | Self::SctpInit => &[80],
            Self::Udp => &[40_125],
            Self::IpProtocol => &[1, 2, 4],
        };
        numbers.iter().map(|&number| Port { protocol: self.protocol(), number }).collect()
    }
}

/// What the letters behind a `-P` mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProbeOption {
    /// Look for no hosts.
    Skip,
    /// A probe without ports.
    Plain(PlainProbe),
    /// A probe to ports; `-PS` and `-PS80` are the same.
    ToPorts(PortProbe, PortSet),
    /// The echo request and ACK to 80 that `-PB` was.
    Both,
}

/// Why letters behind a `-P` mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProbeProblem {
    /// nmap has no such probe.
    Unknown,
    /// Its ports are no list of ports.
    Ports(PortProblem),
}

impl ProbeOption {
    /// Reads what stands behind `-P`, in new and old spellings: `n`, `E`, `S22,80`; `0`, `I`, `T80`.
    pub(crate) fn parse(text: &str) -> Result<Self, ProbeProblem> {
        let mut letters = text.chars();
        let (letter, rest) = (letters.next(), letters.as_str());
        let probe = match letter {
            Some('n' | 'N' | '0' | 'D') if rest.is_empty() => return Ok(Self::Skip),
            Some('E' | 'I') if rest.is_empty() => return Ok(Self::Plain(PlainProbe::IcmpEcho)),
            Some('P') if rest.is_empty() => return Ok(Self::Plain(PlainProbe::IcmpTimestamp)),
            Some('M') if rest.is_empty() => return Ok(Self::Plain(PlainProbe::IcmpNetmask)),
            Some('R') if rest.is_empty() => return Ok(Self::Plain(PlainProbe::Arp)),
            Some('B') if rest.is_empty() => return Ok(Self::Both),
            Some('S') => PortProbe::TcpSyn,
            Some('A' | 'T') => PortProbe::TcpAck,
            Some('U') => PortProbe::Udp,
            Some('Y') => PortProbe::SctpInit,
            Some('O') => PortProbe::IpProtocol,
            _ => return Err(ProbeProblem::Unknown),
        };
        if rest.is_empty() {
            return Ok(Self::ToPorts(probe, probe.default_ports()));
        }
        let ports = parse_list(rest, probe.protocol()).map_err(ProbeProblem::Ports)?;
        if probe == PortProbe::IpProtocol && ports.ranges().iter().any(|range| range.last > 255) {
            return Err(ProbeProblem::Ports(PortProblem::TooLarge));
        }
        Ok(Self::ToPorts(probe, ports))
    }
}

impl Probes {
    /// Adds a probe; of two to ports of one kind the later holds.
    pub(crate) fn add(&mut self, option: ProbeOption) {
        match option {
            ProbeOption::Skip => {}
            ProbeOption::Plain(probe) => {
                self.plain.insert(probe);
            }
            ProbeOption::ToPorts(probe, ports) => {
                self.to_ports.insert(probe, ports);
            }
            ProbeOption::Both => {
                self.add(ProbeOption::Plain(PlainProbe::IcmpEcho));
                self.add(ProbeOption::ToPorts(PortProbe::TcpAck, PortProbe::TcpAck.default_ports()));
            }
        }
    }

    /// The options, in a canonical order, with their ports spelt out.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = String> + '_ {
        self.letters().map(|letters| format!("-P{letters}"))
    }

    /// What stands behind the `-P` of each: `E`, `S22,80`.
    pub(crate) fn letters(&self) -> impl Iterator<Item = String> + '_ {
        let plain = self.plain.iter().map(|probe| probe.letter().to_string());
        plain.chain(self.to_ports.iter().map(|(probe, ports)| {
            let list = ports.to_string();
            format!("{}{}", probe.letter(), list.split_once(':').map_or("", |(_, numbers)| numbers))
        }))
    }
}

/// nmap's options, parted by spaces; nothing for [`Discovery::Normal`].
impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => Ok(()),
            Self::Skip => f.write_str("-Pn"),
            Self::Probes(probes) => f.write_str(&probes.arguments().collect::<Vec<_>>().join(" ")),
        }
    }
}

/// The part of a lens that tells how hosts were looked for: `-PE -PS22,80`, `-Pn`, empty for nmap's own choice.
///
/// Two commands have the same key exactly if they look for hosts in the same way, in whatever order and
/// spelling they say so. `switches` are further options that matter here, by their long names.
pub(crate) fn discovery_key<'a>(
    discovery: &Discovery,
    switches: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut key = discovery.to_string();
    let mut switches: Vec<_> = switches.into_iter().collect();
    switches.sort_unstable();
    switches.dedup();
    for switch in switches {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(switch);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(options: &[&str]) -> String {
        let mut probes = Probes::default();
        for option in options {
            probes.add(ProbeOption::parse(option).expect(option));
        }
        discovery_key(&Discovery::Probes(probes), [])
    }

    #[test]
    fn spelling_and_order_make_no_difference() {
        assert_eq!(key(&["E", "S22,80"]), "-PE -PS22,80");
        assert_eq!(key(&["S80,22", "I"]), "-PE -PS22,80");
        assert_eq!(key(&["S"]), key(&["S80"]));
        assert_eq!(key(&["T"]), "-PA80");
        assert_eq!(key(&["B"]), "-PE -PA80");
        assert_eq!(
            key(&["M", "P", "R", "U", "Y", "O", "A1-3"]),
            "-PP -PM -PR -PA1-3 -PU40125 -PY80 -PO1-2,4"
        );
        assert_eq!(discovery_key(&Discovery::Skip, ["--send-ip"]), "-Pn --send-ip");
        assert_eq!(discovery_key(&Discovery::Normal, []), "");
    }

    #[test]
    fn unknown_probes_are_refused() {
        for text in ["", "Z", "E5", "n0"] {
            assert_eq!(ProbeOption::parse(text), Err(ProbeProblem::Unknown), "{text}");
        }
        assert_eq!(ProbeOption::parse("Sssh"), Err(ProbeProblem::Ports(PortProblem::ServiceName)));
        assert_eq!(ProbeOption::parse("O256"), Err(ProbeProblem::Ports(PortProblem::TooLarge)));
    }
}
