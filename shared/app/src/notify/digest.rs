//! What a run found, for one channel.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use portdelta_core::delta::{Delta, Kind, Value};
use portdelta_core::ids::SiteId;
use portdelta_core::state::BlockState;
use portdelta_core::{Block, Port, UnixTime};
use portdelta_formats::report::{ReportDelta, service_text};
use serde::{Deserialize, Serialize};

use super::batch::Evaluation;
use super::evaluate::service_of;
use super::network_of::network_of;
use super::render;
use super::route::{wants, wants_site};
use super::send::Notices;
use crate::close_run::change_counts;
use crate::ports::Notification;
use crate::repositories::{Batch, ChannelRecord, Report, RunRecord};

/// Changes that a digest names; the others are counted.
pub(crate) const MOST_CHANGES: usize = 200;

/// Addresses at which a digest names what a first look found.
pub(crate) const MOST_FIRST_LOOKS: usize = 50;

/// Networks that filters see of a digest.
const MOST_NETWORKS: usize = 200;

/// Ports of an address that are named.
const MOST_PORTS: usize = 20;

/// A finished run, as digests tell of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DigestRun {
    pub run: String,
    /// The scan's name, or what else ran.
    pub title: String,
    pub scan: Option<String>,
    pub site: SiteId,
    /// `complete`, `partial`, `cancelled`, `expired`
    pub outcome: String,
    #[serde(skip)]
    pub started: UnixTime,
    #[serde(skip)]
    pub finished: UnixTime,
    pub score: u8,
    /// `excellent`, `good`, `monitor`, `critical`
    pub class: String,
    /// `stable`, `changes`, `critical`
    pub status: String,
    /// Absent for imports, which nothing was asked of.
    pub coverage_percent: Option<u8>,
    pub unchanged_hosts: u64,
    pub unchanged_ports: u64,
    pub tells_first_looks: bool,
    /// (code, message)
    pub warnings: Vec<(String, String)>,
}

impl DigestRun {
    /// Of a run of a saved scan.
    pub fn of_report(report: &Report) -> Self {
        Self {
            run: report.run.to_string(),
            title: report.scan_name.clone(),
            scan: Some(report.scan.clone()),
            site: report.site.clone(),
            outcome: report.outcome.name().to_owned(),
            started: report.started,
            finished: report.finished,
            score: report.score,
            class: report.class.name().to_owned(),
            status: report.status.name().to_owned(),
            coverage_percent: Some(report.totals.coverage_percent),
            unchanged_hosts: report.totals.unchanged.hosts,
            unchanged_ports: report.totals.unchanged.ports,
            tells_first_looks: report.first_look_digest,
            warnings: report.warnings.clone(),
        }
    }

    /// Of an import.
    pub fn of_import(run: &RunRecord) -> Self {
        let counts = change_counts(&run.changes);
        let score = counts.score();
        Self {
            run: run.id.to_string(),
            title: run.title.clone(),
            scan: None,
            site: run.site.clone(),
            outcome: run.state.name().to_owned(),
            started: run.started,
            finished: run.finished.unwrap_or(run.started),
            score: score.value(),
            class: score.class().name().to_owned(),
            status: counts.status().name().to_owned(),
            coverage_percent: None,
            unchanged_hosts: run.unchanged.hosts,
            unchanged_ports: run.unchanged.ports,
            tells_first_looks: true,
            warnings: run.warnings.clone(),
        }
    }
}

/// Services in words, by address and port.
pub(crate) type Services = BTreeMap<(IpAddr, Port), String>;

/// The services of ports that opened in a batch, as they are known now.
pub(crate) fn services_of(batch: &Batch, state: Option<&BlockState>) -> Services {
    let host = |address| state.and_then(|state| state.hosts.get(&Block::index_of(address)));
    let known = |delta: &Delta| {
        let (address, port) = (delta.address, delta.port?);
        let service = match &delta.after {
            Some(Value::Service(service)) => service.clone(),
            _ if is_opening(delta) => service_of(host(address)?, port)?,
            _ => return None,
        };
        Some(((address, port), service_text(&service)))
    };
    batch.deltas.iter().filter_map(known).collect()
}

/// Whether a port opened.
pub(crate) fn is_opening(delta: &Delta) -> bool {
    matches!(delta.kind, Kind::PortOpened | Kind::PortReopened)
}

/// What one channel is told of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Digest {
    /// Alerts; they come last, and are never stored.
    #[serde(skip)]
    pub notices: Notices,
    /// Changes by the name of their kind.
    pub counts: BTreeMap<String, u64>,
    /// The first of them, and whether each came late.
    pub changes: Vec<(Delta, bool)>,
    /// What is known of services of ports that opened, by address and port.
    pub services: BTreeMap<(String, String), String>,
    /// What first looks found at the first addresses.
    pub first_looks: BTreeMap<IpAddr, Vec<String>>,
    /// Hosts that first looks found.
    pub first_look_hosts: u64,
    /// Ports that first looks found.
    pub first_look_ports: u64,
    /// The first networks, by name, in which something is told of; not only of the changes that are named.
    pub networks: BTreeSet<String>,
}

impl Digest {
    /// Whether it would name more of what it is given.
    pub fn has_room(&self) -> bool {
        self.changes.len() < MOST_CHANGES || self.first_looks.len() < MOST_FIRST_LOOKS
    }

    /// Adds what a batch says to a channel. `services`: what is known of the services of its ports.
    pub fn add(&mut self, channel: &ChannelRecord, batch: &Batch, services: &Services, with: &Evaluation) {
        if !channel.enabled || !channel.subscription.digests {
            return;
        }
        let wanted = &channel.subscription.networks;
        // Deltas come by address.
        let mut place: Option<(IpAddr, Option<&str>)> = None;
        for delta in &batch.deltas {
            let network = match place {
                Some((address, network)) if address == delta.address => network,
                _ => network_of(delta.address, &with.watching.networks),
            };
            place = Some((delta.address, network));
            if !wants(wanted, network) {
                continue;
            }
            if let Some(network) = network
                && (!delta.first_look || with.tells_first_looks)
                && self.networks.len() < MOST_NETWORKS
                && !self.networks.contains(network)
            {
                self.networks.insert(network.to_owned());
            }
            let known = delta.port.and_then(|port| services.get(&(delta.address, port)));
            if delta.first_look {
                self.add_first_look(delta, known);
            } else {
                self.add_change(delta, batch.late, known);
            }
        }
    }

    fn add_change(&mut self, delta: &Delta, late: bool, service: Option<&String>) {
        *self.counts.entry(delta.kind.name().to_owned()).or_default() += 1;
        if self.changes.len() >= MOST_CHANGES {
            return;
        }
        if let (true, Some(port), Some(service)) = (is_opening(delta), delta.port, service) {
            let place = (delta.address.to_string(), port.to_string());
            self.services.insert(place, service.clone());
        }
        self.changes.push((delta.clone(), late));
    }

    fn add_first_look(&mut self, delta: &Delta, service: Option<&String>) {
        let what = match (delta.kind, delta.port) {
            (Kind::HostNew, _) => {
                self.first_look_hosts += 1;
                None
            }
            (Kind::PortOpened, Some(port)) => {
                self.first_look_ports += 1;
                Some(service.map_or_else(|| port.to_string(), |service| format!("{port} {service}")))
            }
            // A detail that appears at something known is not worth a message.
            _ => return,
        };
        if self.first_looks.len() < MOST_FIRST_LOOKS || self.first_looks.contains_key(&delta.address) {
            let ports = self.first_looks.entry(delta.address).or_default();
            match what {
                Some(what) if ports.len() < MOST_PORTS => ports.push(what),
                Some(_) if ports.len() == MOST_PORTS => ports.push("...".to_owned()),
                _ => {}
            }
        }
    }

    /// How many changes there are.
    pub fn changed(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The changes that it names.
    pub fn named_changes(&self) -> Vec<ReportDelta> {
        self.changes.iter().map(|(delta, late)| ReportDelta::of(delta, *late)).collect()
    }

    /// Whether a channel hears of it.
    pub fn is_worth_telling(&self, channel: &ChannelRecord, run: &DigestRun) -> bool {
        let wanted = &channel.subscription;
        if !channel.enabled {
            return false;
        }
        if self.notices.count() > 0 {
            return true;
        }
        let has_first_looks = run.tells_first_looks && self.first_look_hosts + self.first_look_ports > 0;
        wanted.digests
            && wanted.min_severity.is_none()
            && wants_site(channel, Some(&run.site))
            && wants(&wanted.scans, run.scan.as_deref())
            && (wanted.quiet_runs || self.changed() > 0 || has_first_looks)
    }

    /// The digest as a notification.
    pub fn notification(&self, channel: &ChannelRecord, run: &DigestRun) -> Notification {
        render::digest_notification(self, channel, run)
    }
}
