//! Holds the result of a task to what was asked: its times to the server's clock, its hosts and ports to the task.
//!
//! An agent sends what its scanner wrote; nothing that the task did not ask for counts, and complete is only what names
//! exactly what was asked.

use std::collections::BTreeSet;
use std::net::IpAddr;

use portdelta_core::observation::{Document, HostRecord, Reason, ScanType, Status};
use portdelta_core::{PortSet, Protocol, UnixTime};

use crate::repositories::{ResultRecord, TaskBasis};

/// Clocks that are less than this apart are the same, in seconds.
pub(crate) const CLOCK_TOLERANCE: i64 = 5;

/// What fitting found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fitted {
    /// It names exactly what was asked, and ended well.
    pub complete: bool,
    /// (code, message)
    pub warnings: Vec<(String, String)>,
    /// Addresses of the task.
    asked: u64,
    /// Addresses that are listed with evidence.
    listed: u64,
    /// Addresses that are listed without.
    blind: u64,
}

impl Fitted {
    /// Whether some address that was asked for is listed without evidence: whatever the scanner says of itself, not all
    /// is covered.
    pub fn is_blind(&self) -> bool {
        self.blind > 0
    }

    /// How many addresses of the task there is evidence about.
    pub fn covered(&self, complete: bool) -> u64 {
        if complete { self.asked.saturating_sub(self.blind) } else { self.listed.min(self.asked) }
    }
}

/// Fits the documents of one result to its task.
pub(crate) fn fit(documents: &mut [Document], basis: &TaskBasis, record: &ResultRecord) -> Fitted {
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| warnings.push((code.to_owned(), message));
    if basis.clock_ahead != 0 {
        let (seconds, word) =
            (basis.clock_ahead.abs(), if basis.clock_ahead > 0 { "ahead" } else { "behind" });
        let message = format!(
            "the clock of agent {} is {seconds} seconds {word}; the times of its results are corrected",
            basis.agent
        );
        warn("clock_skew", message);
    }
    let mut moved = 0;
    for document in documents.iter_mut() {
        moved = moved.max(correct_times(document, basis, record.received));
    }
    if moved > CLOCK_TOLERANCE {
        let message = format!(
            "times were up to {moved} seconds outside of the time in which agent {} had the task, and were corrected",
            basis.agent
        );
        warn("time_outside_task", message);
    }
    if let Some(cut) = &basis.cut {
        warn("result_cut", format!("the scan did not end by itself ({cut}): it covers only whole hosts"));
    }
    let targets = record.judgement.targets.clone().unwrap_or_default();
    let (mut foreign, mut foreign_ports) = (0_u64, false);
    for document in documents.iter_mut() {
        let before = document.hosts.len();
        document.hosts.retain(|host| targets.contains(host.address));
        foreign += (before - document.hosts.len()) as u64;
        if let Some(ports) = &record.judgement.ports {
            foreign_ports |= keep_ports(document, ports);
        }
    }
    if foreign > 0 {
        warn("hosts_outside_task", format!("{foreign} hosts that the task did not name were left out"));
    }
    if foreign_ports {
        warn("ports_outside_task", "ports that the task did not name were left out".to_owned());
    }
    let listed: BTreeSet<IpAddr> = hosts(documents).map(|host| host.address).collect();
    let with_evidence: BTreeSet<IpAddr> =
        hosts(documents).filter(|host| is_evidence(host)).map(|host| host.address).collect();
    for (code, message) in blind_warnings(documents) {
        warn(&code, message);
    }
    let asked = u64::try_from(targets.count()).unwrap_or(u64::MAX);
    let names_all = listed.len() as u64 == asked
        || documents
            .iter()
            .any(|document| document.summary.hosts.is_some_and(|counts| counts.total == asked));
    if !names_all {
        warn("addresses_missing", format!("it names {} of {asked} addresses", listed.len()));
    }
    let has_ports = record.judgement.ports.as_ref().is_none_or(|ports| {
        // Where no host is up, nmap probes no ports.
        let probed: PortSet = documents
            .iter()
            .flat_map(|document| &document.scanner.scan_infos)
            .fold(PortSet::default(), |all, info| all.union(&info.services));
        probed.contains_all(ports) || hosts(documents).all(|host| host.status != Status::Up)
    });
    if !has_ports {
        warn("ports_missing", "not all ports of the task were probed".to_owned());
    }
    let complete = basis.cut.is_none() && names_all && has_ports;
    for document in documents.iter_mut() {
        document.summary.complete &= complete;
    }
    let blind = listed.difference(&with_evidence).count() as u64;
    Fitted { complete, warnings, asked, listed: with_evidence.len() as u64, blind }
}

/// What is to be said of listed hosts about which nothing is said, because they timed out or could not be reached.
pub(crate) fn blind_warnings(documents: &[Document]) -> Vec<(String, String)> {
    let of = |is: fn(&HostRecord) -> bool| -> BTreeSet<IpAddr> {
        hosts(documents).filter(|host| is(host)).map(|host| host.address).collect()
    };
    let with_evidence = of(is_evidence);
    let timed_out = of(|host| host.timed_out);
    let unreached = of(|host| !host.timed_out && host.reason == Reason::NetUnreach);
    let mut warnings = Vec::new();
    let mut warn = |code: &str, hosts: &BTreeSet<IpAddr>, words: &str| {
        let number = hosts.difference(&with_evidence).count();
        if number > 0 {
            warnings.push((code.to_owned(), format!("{number} hosts {words}")));
        }
    };
    warn("hosts_timed_out", &timed_out, "timed out, and nothing is said about their ports");
    warn(
        "hosts_unreached",
        &unreached,
        "could not be reached from the scanner, and nothing is said about them",
    );
    warnings
}

fn hosts(documents: &[Document]) -> impl Iterator<Item = &HostRecord> {
    documents.iter().flat_map(|document| &document.hosts)
}

/// Whether a record says anything about its host: one that timed out or could not be reached says nothing.
fn is_evidence(host: &HostRecord) -> bool {
    !host.timed_out && host.reason != Reason::NetUnreach && host.status != Status::Unknown
}

/// Moves all times by the agent's skew and into the time in which it had the task; says by how many seconds the latter
/// moved them at most.
fn correct_times(document: &mut Document, basis: &TaskBasis, received: UnixTime) -> i64 {
    let mut most = 0;
    let last = received.max(basis.lent);
    let mut correct = |time: &mut Option<UnixTime>| {
        if let Some(time) = time {
            let skewless = time.shifted(-basis.clock_ahead);
            let inside = skewless.clamp(basis.lent, last);
            most = most.max(inside.since(skewless).abs());
            *time = inside;
        }
    };
    correct(&mut document.scanner.start);
    correct(&mut document.summary.end);
    for host in &mut document.hosts {
        correct(&mut host.end);
    }
    most
}

/// Leaves out probed and listed ports that are not in `ports`; whether there were any.
fn keep_ports(document: &mut Document, ports: &PortSet) -> bool {
    let mut any = false;
    for info in &mut document.scanner.scan_infos {
        // Numbers of IP protocols are no ports, and open none.
        if info.scan_type != ScanType::IpProto && !ports.contains_all(&info.services) {
            info.services = info.services.intersection(ports);
            any = true;
        }
    }
    for host in &mut document.hosts {
        let before = host.ports.len();
        host.ports.retain(|port| port.port.protocol == Protocol::Ip || ports.contains(port.port));
        any |= host.ports.len() < before;
    }
    any
}
