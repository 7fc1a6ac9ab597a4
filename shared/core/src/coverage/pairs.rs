//! Which pairs of a host a record covers.

use std::sync::Arc;

use super::is_own_trouble;
use crate::observation::{ExtraPorts, HostRecord, PortStatus, Scanner, Status, Tool};
use crate::ports::{PortRange, PortSet, Protocol};
use crate::recorded_command::{RecordedCommand, TargetsUnknown};

/// How the pairs of a host follow from its record.
#[derive(Debug)]
pub(super) struct ProbedPairs {
    how: How,
    /// All pairs of the protocols that a scan looked at in a way which opens and closes nothing: whatever stands there
    /// about them is no evidence, also beside types that do.
    blind: PortSet,
}

#[derive(Debug)]
enum How {
    /// There is no evidence about pairs: host discovery only, or a scan type that opens and closes nothing.
    None,
    /// Only pairs that are listed.
    Listed {
        /// Of a scan whose type is not known, or that has an option which is not, only what is open is evidence:
        /// `filtered` and `closed` may be what an ack or window scan calls a port that is open.
        closes: bool,
    },
    /// All of these; what is not listed is not open.
    OpenOnly(Arc<PortSet>),
    /// All of these, if those that are listed and those that are counted add up to them.
    Counted {
        probed: Arc<PortSet>,
        /// How many they are.
        count: u64,
    },
}

/// The pairs that one record covers.
pub(super) struct CoveredPairs {
    /// With evidence: open or not.
    pub(super) covered: Arc<PortSet>,
    /// Looked at, without evidence.
    pub(super) looked: Arc<PortSet>,
    /// What covered pairs are that are not listed.
    pub(super) collapsed: PortStatus,
}

impl ProbedPairs {
    /// Where it follows from the head of a document; `None` where it names no ports.
    pub(super) fn named_by(scanner: &Scanner, command: Option<&RecordedCommand>) -> Option<Self> {
        if command.is_some_and(|command| command.list_only || command.ping_only) {
            return Some(Self { how: How::None, blind: PortSet::default() });
        }
        let names_ports = scanner.scan_infos.iter().any(|info| !info.services.is_empty());
        if scanner.tool != Tool::Nmap || !names_ports {
            return None;
        }
        let blind = blind_pairs(scanner, command);
        let infos = scanner.scan_infos.iter();
        let probed: PortSet = infos.flat_map(|info| info.services.ranges().iter().copied()).collect();
        let how = if blind.contains_all(&probed) {
            How::None
        } else if command.is_some_and(|command| command.has_unknown_option) {
            How::Listed { closes: false }
        } else if command.is_some_and(|command| command.open_only) {
            How::OpenOnly(Arc::new(probed.without(&blind)))
        } else {
            // The scanner counts the pairs of all its types together.
            How::Counted { count: probed.count().into(), probed: Arc::new(probed) }
        };
        Some(Self { how, blind })
    }

    /// Where the head names no ports: those `named` otherwise, if the document is complete.
    pub(super) fn told(
        scanner: &Scanner,
        command: Option<&RecordedCommand>,
        named: Option<&PortSet>,
        complete: bool,
    ) -> Self {
        let reads_type = command.is_some_and(|command| {
            !command.has_unknown_option && command.why_not != Some(TargetsUnknown::Unreadable)
        });
        let knows_type = scanner.tool != Tool::Nmap || reads_type;
        let blind = blind_pairs(scanner, command);
        let how = match named {
            Some(ports) if complete && knows_type => {
                let ports = ports.without(&blind);
                How::OpenOnly(Arc::new(match command.filter(|_| scanner.tool == Tool::Nmap) {
                    Some(command) => of_asked_protocols(&ports, command),
                    None => ports,
                }))
            }
            _ => How::Listed { closes: knows_type },
        };
        Self { how, blind }
    }

    /// The pairs that `record` covers; nothing where the host timed out or was not up.
    pub(super) fn covered_by(&self, record: &HostRecord, none: &Arc<PortSet>) -> CoveredPairs {
        let mut pairs = self.how.covered_by(record, none);
        if !self.blind.is_empty() {
            pairs.covered = Arc::new(pairs.covered.without(&self.blind));
            pairs.looked = Arc::new(pairs.looked.without(&self.blind));
        }
        pairs
    }
}

/// All pairs of the protocols that a scan looked at which opens and closes nothing: by its type, or because its packets
/// are not what the type says. Where the head does not tell the types, as a grepable one without `Ports scanned`, the
/// command line does.
fn blind_pairs(scanner: &Scanner, command: Option<&RecordedCommand>) -> PortSet {
    let infos = scanner.scan_infos.iter().filter(|info| !info.scan_type.opens_and_closes());
    let letters = command.map_or("", |command| command.scan_types.as_str());
    let asked = letters.chars().filter_map(|letter| match letter {
        'A' | 'W' | 'M' | 'F' | 'N' | 'X' | 'I' | 'b' => Some(Protocol::Tcp),
        'Z' => Some(Protocol::Sctp),
        _ => None,
    });
    let bent = command.is_some_and(|command| command.bends_probes);
    infos
        .map(|info| info.protocol)
        .chain(asked)
        .chain(Protocol::ALL.into_iter().filter(|_| bent))
        .map(|protocol| PortRange { protocol, first: 0, last: u16::MAX })
        .collect()
}

/// The pairs whose protocol the command line asks for: whoever names `T:22,U:53` beside a scan without `-sU` has not
/// looked at 53.
fn of_asked_protocols(ports: &PortSet, command: &RecordedCommand) -> PortSet {
    let of_letter = |letter| match letter {
        'U' => Protocol::Udp,
        'Y' | 'Z' => Protocol::Sctp,
        'O' => Protocol::Ip,
        _ => Protocol::Tcp,
    };
    let mut asked: Vec<Protocol> = command.scan_types.chars().map(of_letter).collect();
    if asked.is_empty() {
        asked.push(Protocol::Tcp);
    }
    asked.sort_unstable();
    asked.dedup();
    asked.into_iter().fold(PortSet::default(), |pairs, protocol| pairs.union(&ports.of_protocol(protocol)))
}

impl How {
    fn covered_by(&self, record: &HostRecord, none: &Arc<PortSet>) -> CoveredPairs {
        let nothing =
            CoveredPairs { covered: none.clone(), looked: none.clone(), collapsed: PortStatus::Closed };
        if record.timed_out || record.status == Status::Down {
            return nothing;
        }
        match self {
            Self::None => nothing,
            Self::Listed { closes } => Self::listed(record, *closes, none),
            Self::OpenOnly(probed) => {
                let mut pairs = subtract_listed(record, probed, none);
                pairs.collapsed = PortStatus::ClosedFiltered;
                pairs
            }
            Self::Counted { probed, count } => Self::counted(record, probed, *count, none),
        }
    }

    /// Only what is listed.
    fn listed(record: &HostRecord, closes: bool, none: &Arc<PortSet>) -> CoveredPairs {
        let evident = record.ports.iter().filter(|port| !is_own_trouble(port.reason));
        let is_sure = |status: PortStatus| status == PortStatus::Open || closes && status.is_evidence();
        let (sure, unsure): (Vec<_>, Vec<_>) = evident.partition(|port| is_sure(port.status));
        let set = |ports: Vec<&crate::observation::PortRecord>| {
            if ports.is_empty() {
                none.clone()
            } else {
                Arc::new(ports.iter().map(|port| port.port).collect())
            }
        };
        CoveredPairs { covered: set(sure), looked: set(unsure), collapsed: PortStatus::Closed }
    }

    fn counted(record: &HostRecord, probed: &Arc<PortSet>, count: u64, none: &Arc<PortSet>) -> CoveredPairs {
        let counted: u64 = record.extra.iter().map(|extra| u64::from(extra.count)).sum();
        let listed = || record.ports.iter().map(|port| port.port);
        let distinct = if listed().is_sorted_by(|a, b| a < b) {
            record.ports.len() as u64
        } else {
            listed().collect::<PortSet>().count().into()
        };
        let adds_up = distinct + counted == count && listed().all(|port| probed.contains(port));
        if !adds_up {
            return Self::listed(record, true, none);
        }
        let mut pairs = subtract_listed(record, probed, none);
        let groups: Vec<&ExtraPorts> = record.extra.iter().filter(|extra| extra.count > 0).collect();
        if let [only] = groups[..] {
            pairs.collapsed = only.status;
        }
        let all_close = groups.iter().all(|group| {
            group.status.is_evidence() && !group.reasons.iter().any(|reason| is_own_trouble(reason.reason))
        });
        if all_close {
            return pairs;
        }
        let unlisted = probed.without(&listed().collect());
        let (unsure, unseen) = without_evidence(&unlisted, &groups);
        let looked = pairs.looked.union(&unsure);
        pairs.covered = Arc::new(pairs.covered.without(&unsure).without(&unseen));
        pairs.looked = Arc::new(looked);
        pairs
    }
}

/// All of `probed` but the listed pairs that are no evidence.
fn subtract_listed(record: &HostRecord, probed: &Arc<PortSet>, none: &Arc<PortSet>) -> CoveredPairs {
    let no_evidence =
        |port: &&crate::observation::PortRecord| !port.status.is_evidence() || is_own_trouble(port.reason);
    if !record.ports.iter().any(|port| no_evidence(&port)) {
        return CoveredPairs {
            covered: probed.clone(),
            looked: none.clone(),
            collapsed: PortStatus::ClosedFiltered,
        };
    }
    let gone: PortSet = record.ports.iter().filter(no_evidence).map(|port| port.port).collect();
    let looked: PortSet = record
        .ports
        .iter()
        .filter(no_evidence)
        .filter(|port| !is_own_trouble(port.reason))
        .map(|port| port.port)
        .collect();
    CoveredPairs {
        covered: Arc::new(probed.without(&gone)),
        looked: Arc::new(looked),
        collapsed: PortStatus::ClosedFiltered,
    }
}

/// Of the pairs that are only counted: those looked at without evidence, and those not looked at.
///
/// A pair has the state of the range that it is in, else of the only group; with several groups it is not
/// covered if one of them is no evidence for its protocol.
fn without_evidence(unlisted: &PortSet, groups: &[&ExtraPorts]) -> (PortSet, PortSet) {
    let mut unsure = PortSet::default();
    let mut unseen = PortSet::default();
    let mut rest = unlisted.clone();
    for group in groups {
        for reason in &group.reasons {
            let Some(ports) = &reason.ports else { continue };
            let ports = ports.intersection(unlisted);
            if is_own_trouble(reason.reason) {
                unseen = unseen.union(&ports);
            } else if !group.status.is_evidence() {
                unsure = unsure.union(&ports);
            }
            rest = rest.without(&ports);
        }
    }
    if rest.is_empty() {
        return (unsure, unseen);
    }
    let trouble = |group: &ExtraPorts| group.reasons.iter().any(|reason| is_own_trouble(reason.reason));
    match groups {
        [only] if !trouble(only) => {
            if !only.status.is_evidence() {
                unsure = unsure.union(&rest);
            }
        }
        _ => {
            for protocol in Protocol::ALL {
                let blind = groups.iter().any(|group| {
                    trouble(group) || !group.status.is_evidence() && may_be(group.status, protocol)
                });
                if blind {
                    unseen = unseen.union(&rest.of_protocol(protocol));
                }
            }
        }
    }
    (unsure, unseen)
}

/// Whether a scan that opens and closes can give `status` for a port of `protocol`: a TCP or SCTP port never is
/// `open|filtered` there.
fn may_be(status: PortStatus, protocol: Protocol) -> bool {
    status != PortStatus::OpenFiltered || matches!(protocol, Protocol::Udp | Protocol::Ip)
}
