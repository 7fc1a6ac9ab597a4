//! One address, one host: the records of an address in one result are united before anything else.

use std::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;

use super::covering::Rules;
use super::is_own_trouble;
use crate::address::Block;
use crate::evidence::{HostEvidence, OpenPort, StatusEvidence};
use crate::observation::{HostRecord, PortRecord, PortStatus, Reason, ScriptRecord, Status};
use crate::scope::Attributes;
use crate::service::Service;
use crate::time::UnixTime;

/// The least accuracy, in per cent, at which an operating system match counts.
const LEAST_OS_ACCURACY: u8 = 90;

/// What one record says about its address.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) address: IpAddr,
    /// When work on it ended.
    pub(super) end: Option<UnixTime>,
    pub(super) host: HostEvidence,
}

/// What one record is evidence for.
pub(super) fn judge(record: HostRecord, rules: &Rules) -> Judged {
    Judged { address: record.address, end: record.end, host: host_evidence(record, rules) }
}

/// The same for all records of a document, which may be of a scanner that writes one for each port.
pub(super) fn judge_all(mut records: Vec<HostRecord>, rules: &Rules) -> impl Iterator<Item = Judged> {
    // In file order where they are of one address.
    if !records.is_sorted_by_key(|record| record.address) {
        records.sort_by_key(|record| record.address);
    }
    let mut records = records.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut record = records.next()?;
        if rules.one_record_a_port {
            while let Some(next) = records.next_if(|next| next.address == record.address) {
                absorb(&mut record, next);
            }
        }
        Some(judge(record, rules))
    })
}

/// One for each address, ascending.
pub(super) fn unite(mut records: Vec<Judged>) -> impl Iterator<Item = Judged> {
    if !records.is_sorted_by_key(|record| record.address) {
        records.sort_by_key(|record| record.address);
    }
    let mut records = records.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut known = records.next()?;
        while let Some(next) = records.next_if(|next| next.address == known.address) {
            let at_once = next.end == known.end;
            let end = next.end.max(known.end);
            let (later, earlier) = if next.end < known.end { (known, next) } else { (next, known) };
            known = Judged { address: later.address, end, host: join(later.host, earlier.host, at_once) };
        }
        Some(known)
    })
}

/// Adds a record of a scanner that writes one for each port.
fn absorb(record: &mut HostRecord, mut next: HostRecord) {
    // The times of such records are those of their ports.
    for (ports, end) in [(&mut record.ports, record.end), (&mut next.ports, next.end)] {
        for port in ports {
            port.time = port.time.or(end);
        }
    }
    record.ports.append(&mut next.ports);
    record.end = record.end.max(next.end);
    if record.status != Status::Up {
        record.status = next.status;
        record.reason = next.reason;
    }
    record.names.append(&mut next.names);
    record.aliases.append(&mut next.aliases);
    record.mac = next.mac.or(record.mac);
    record.scripts.append(&mut next.scripts);
}

/// What one record is evidence for.
fn host_evidence(mut record: HostRecord, rules: &Rules) -> HostEvidence {
    let pairs = rules.pairs.covered_by(&record, &rules.no_pairs);
    let answered = answers(&record);
    let status = match record.status {
        Status::Down if rules.skips_discovery || is_own_trouble(record.reason) => StatusEvidence::Unknown,
        Status::Down => StatusEvidence::Down,
        _ if answered => StatusEvidence::Up,
        Status::Up if rules.skips_discovery || record.reason == Reason::UserSet => {
            if pairs.covered.is_empty() { StatusEvidence::Unknown } else { StatusEvidence::Silent }
        }
        Status::Up => StatusEvidence::Up,
        Status::Unknown => StatusEvidence::Unknown,
    };
    let ports = decide_ports(std::mem::take(&mut record.ports));
    let mut open = Vec::with_capacity(ports.iter().filter(|port| port.status == PortStatus::Open).count());
    let mut listed = Vec::with_capacity(ports.len() - open.capacity());
    for port in ports {
        if port.status != PortStatus::Open {
            listed.push((port.port, port.status, port.reason));
        } else if pairs.covered.contains(port.port) {
            open.push(OpenPort {
                port: port.port,
                reason: port.reason,
                service: port.service.and_then(Service::looked_at),
                scripts: port.scripts,
            });
        }
    }
    let names = (!record.names.is_empty()).then(|| sorted(record.names));
    let os = record.os.as_deref().map(good_matches).filter(|classes| !classes.is_empty());
    let is_there = status != StatusEvidence::Down;
    let has_services = rules.services || open.iter().any(|port| port.service.is_some());
    let has_scripts =
        rules.scripts || !record.scripts.is_empty() || open.iter().any(|port| !port.scripts.is_empty());
    HostEvidence {
        index: Block::index_of(record.address),
        status,
        reason: record.reason,
        covered: pairs.covered,
        looked: pairs.looked,
        attributes: Attributes::NAMES
            .when(names.is_some())
            .and(Attributes::SERVICES.when(has_services && is_there))
            .and(Attributes::SCRIPTS.when(has_scripts && is_there))
            .and(Attributes::OS.when(os.is_some()))
            .and(Attributes::MAC.when(record.mac.is_some())),
        open,
        listed,
        collapsed: pairs.collapsed,
        names,
        aliases: sorted(record.aliases),
        mac: record.mac,
        os,
        scripts: sorted_scripts(record.scripts),
    }
}

/// Whether any probe of a port was answered.
fn answers(record: &HostRecord) -> bool {
    let answer = |status| matches!(status, PortStatus::Open | PortStatus::Closed | PortStatus::Unfiltered);
    record.ports.iter().any(|port| answer(port.status) && !is_own_trouble(port.reason))
        || record.extra.iter().any(|extra| answer(extra.status) && extra.count > 0)
}

/// One record a pair, ascending: the latest with evidence wins, at equal times open.
fn decide_ports(mut ports: Vec<PortRecord>) -> Vec<PortRecord> {
    let rank = |port: &PortRecord| {
        let evidence = port.status.is_evidence() && !is_own_trouble(port.reason);
        (
            evidence,
            port.time,
            port.status == PortStatus::Open,
            port.service.as_ref().is_some_and(Service::is_look),
        )
    };
    if ports.is_sorted_by(|a, b| a.port < b.port) {
        return ports;
    }
    ports.sort_by(|a, b| a.port.cmp(&b.port).then_with(|| rank(b).cmp(&rank(a))));
    ports.dedup_by(|next, kept| {
        let same = next.port == kept.port;
        if same && kept.service.is_none() && kept.status == next.status {
            kept.service = next.service.take();
        }
        same
    });
    ports
}

/// Unites two records of one address; where both cover a pair, the later one is right, at equal times open.
fn join(later: HostEvidence, earlier: HostEvidence, at_once: bool) -> HostEvidence {
    let covered = Arc::new(later.covered.union(&earlier.covered));
    let looked = Arc::new(later.looked.union(&earlier.looked).without(&covered));
    let mut open = later.open;
    for port in earlier.open {
        match open.binary_search_by_key(&port.port, |known| known.port) {
            Ok(place) => {
                let known = &mut open[place];
                known.service = known.service.take().or(port.service);
                for script in port.scripts {
                    if !known.scripts.iter().any(|other| other.id == script.id) {
                        known.scripts.push(script);
                    }
                }
            }
            Err(place) if at_once || !later.covered.contains(port.port) => open.insert(place, port),
            Err(_) => {}
        }
    }
    let is_open = |port| open.binary_search_by_key(&port, |known: &OpenPort| known.port).is_ok();
    let mut listed = later.listed;
    for entry in earlier.listed {
        if let Err(place) = listed.binary_search_by_key(&entry.0, |&(port, _, _)| port) {
            listed.insert(place, entry);
        }
    }
    listed.retain(|&(port, status, _)| !is_open(port) && (status.is_evidence() || !covered.contains(port)));
    let rank = |status| match status {
        StatusEvidence::Up => 3,
        StatusEvidence::Down => 2,
        StatusEvidence::Silent => 1,
        StatusEvidence::Unknown => 0,
    };
    let (status, reason) = if rank(later.status) >= rank(earlier.status) {
        (later.status, later.reason)
    } else {
        (earlier.status, earlier.reason)
    };
    let names = match (later.names, earlier.names) {
        (Some(a), Some(b)) => Some(sorted(a.into_iter().chain(b).collect())),
        (a, b) => a.or(b),
    };
    let mut scripts = later.scripts;
    for script in earlier.scripts {
        if !scripts.iter().any(|known| known.id == script.id) {
            scripts.push(script);
        }
    }
    HostEvidence {
        index: later.index,
        status,
        reason,
        covered,
        looked,
        attributes: later.attributes.and(earlier.attributes),
        open,
        listed,
        collapsed: later.collapsed,
        names,
        aliases: sorted(later.aliases.into_iter().chain(earlier.aliases).collect()),
        mac: later.mac.or(earlier.mac),
        os: later.os.or(earlier.os),
        scripts: sorted_scripts(scripts),
    }
}

fn good_matches(matches: &[crate::observation::OsMatch]) -> Vec<(CompactString, CompactString)> {
    let good = matches.iter().filter(|one| one.accuracy >= LEAST_OS_ACCURACY);
    let mut classes: Vec<_> = good.flat_map(|one| one.classes.iter().cloned()).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

fn sorted(mut names: Vec<CompactString>) -> Vec<CompactString> {
    names.sort_unstable();
    names.dedup();
    names
}

fn sorted_scripts(mut scripts: Vec<ScriptRecord>) -> Vec<ScriptRecord> {
    scripts.sort_by(|a, b| a.id.cmp(&b.id));
    scripts.dedup_by(|next, kept| next.id == kept.id);
    scripts
}
