//! What a batch of deltas says about watched ports.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portdelta_core::alert::{AlertEvent, AlertSubject, Facts};
use portdelta_core::delta::{Cause, Delta, Kind, Value};
use portdelta_core::expectation::Expectation;
use portdelta_core::ids::{Order, SiteId};
use portdelta_core::service::Service;
use portdelta_core::state::{Belief, BlockState, HostState, Presence};
use portdelta_core::watch::WatchRule;
use portdelta_core::{Block, Port};
use portdelta_formats::report::{service_text, value_text};

use super::network_of::network_of;
use crate::repositories::{Batch, Network};

/// Something that happens to an alert about a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// Which alert.
    pub subject: AlertSubject,
    /// What happens.
    pub event: AlertEvent,
    /// The network of its address.
    pub network: Option<String>,
    /// Nothing had looked there before.
    pub first_look: bool,
    /// Nothing happens where there is no such alert.
    pub only_known: bool,
}

/// What decides which ports are watched.
pub(crate) struct Watch<'a> {
    /// The rules.
    pub rules: &'a [WatchRule],
    /// The networks that they name.
    pub networks: &'a [Network],
    /// What is expected at all sites: what should be open is not watched.
    pub expectations: &'a [Expectation],
}

impl Watch<'_> {
    /// The rules that watch a port at an address, and its network; none where it is expected to be open.
    fn of(&self, site: &SiteId, address: IpAddr, port: Port) -> (Vec<&WatchRule>, Option<String>) {
        let network = network_of(address, self.networks);
        let mut rules: Vec<_> =
            self.rules.iter().filter(|rule| rule.watches(address, network, port)).collect();
        if !rules.is_empty() && self.is_expected(site, address, port) {
            rules.clear();
        }
        (rules, network.map(str::to_owned))
    }

    /// Whether the deltas alone do not say enough: hosts came or went, the service of a watched port is to be told, or
    /// something is expected there.
    pub fn needs_state(&self, batch: &Batch) -> bool {
        let is_expected =
            self.expected_at(&batch.site).any(|one| !one.addresses.within(batch.block).is_empty());
        is_expected
            || batch.deltas.iter().any(|delta| match (delta.kind, delta.port) {
                (Kind::HostGone | Kind::HostBack, _) => true,
                (Kind::PortOpened | Kind::PortReopened, Some(port)) => {
                    !self.of(&batch.site, delta.address, port).0.is_empty()
                }
                _ => false,
            })
    }

    /// What a batch says, in its order. `state` is that of its block as it is now, where [`Watch::needs_state`].
    /// Alerts that first looks open are quiet where `quiet_first_looks`.
    pub fn sightings(
        &self,
        batch: &Batch,
        state: Option<&BlockState>,
        quiet_first_looks: bool,
    ) -> Vec<Sighting> {
        if batch.withdrawn {
            return Vec::new();
        }
        let pass = Pass { watch: self, batch, state, quiet_first_looks, services: services(&batch.deltas) };
        batch.deltas.iter().flat_map(|delta| pass.of_delta(delta)).collect()
    }

    /// What is believed of a port of an alert whose host went: `None` while nothing has looked since.
    pub fn asleep(&self, subject: &AlertSubject, (block, state): (Block, &BlockState)) -> Option<AlertEvent> {
        let AlertSubject::Port { address, port, rule, .. } = subject else { return None };
        let index = Block::index_of(*address);
        let host = state.hosts.get(&index).filter(|_| Block::of(*address) == block)?;
        if host.presence != Presence::Up {
            return None;
        }
        let rule = self.rules.iter().find(|known| known.id == *rule)?;
        let known = host.ports.get(port)?;
        let order = Some(state.layers.last_cover(index, *port)?.order);
        match known.belief {
            Belief::Open => Some(AlertEvent::Holds {
                order,
                facts: facts(rule, *address, *port, service_of(host, *port).as_ref()),
                quiet: false,
            }),
            Belief::NotOpen | Belief::NeverOpen if !known.closed_with_host => {
                Some(AlertEvent::Fails { order, note: NOT_OPEN.to_owned() })
            }
            Belief::NotOpen | Belief::NeverOpen => Some(AlertEvent::Host { order: host.came, up: true }),
        }
    }

    /// Every port that is open now and watched, as if it was seen now; nobody is told where `quiet`.
    pub fn open_now(&self, site: &SiteId, block: Block, state: &BlockState, quiet: bool) -> Vec<Sighting> {
        let mut sightings = Vec::new();
        for (&index, host) in state.hosts.iter().filter(|(_, host)| host.presence == Presence::Up) {
            let address = block.address(index);
            for (port, _) in host.open_ports() {
                let (rules, network) = self.of(site, address, port);
                let service = service_of(host, port);
                let order = state.layers.last_cover(index, port).map(|layer| layer.order);
                for rule in rules.into_iter().filter(|rule| rule.fits(service.as_ref())) {
                    sightings.push(Sighting {
                        subject: AlertSubject::Port {
                            site: site.clone(),
                            address,
                            port,
                            rule: rule.id.clone(),
                        },
                        event: AlertEvent::Holds {
                            order,
                            facts: facts(rule, address, port, service.as_ref()),
                            quiet,
                        },
                        network: network.clone(),
                        first_look: quiet,
                        only_known: false,
                    });
                }
            }
        }
        sightings
    }
}

const NOT_OPEN: &str = "covered, and not open";

struct Pass<'a> {
    watch: &'a Watch<'a>,
    batch: &'a Batch,
    state: Option<&'a BlockState>,
    quiet_first_looks: bool,
    /// What the batch says about services.
    services: BTreeMap<(IpAddr, Port), &'a Service>,
}

fn services(deltas: &[Delta]) -> BTreeMap<(IpAddr, Port), &Service> {
    let of = |delta: &'_ Delta| -> Option<(IpAddr, Port)> { Some((delta.address, delta.port?)) };
    deltas
        .iter()
        .filter_map(|delta| match (&delta.after, of(delta)) {
            (Some(Value::Service(service)), Some(place)) => Some((place, service)),
            _ => None,
        })
        .collect()
}

pub(crate) fn service_of(host: &HostState, port: Port) -> Option<Service> {
    host.ports.get(&port)?.service.as_ref().map(|known| known.value.clone())
}

fn facts(rule: &WatchRule, address: IpAddr, port: Port, service: Option<&Service>) -> Facts {
    let name = if rule.name.is_empty() { String::new() } else { format!(" ({})", rule.name) };
    Facts {
        severity: rule.severity,
        title: format!("{port}{name} is open at {address}"),
        detail: service.map(service_text).unwrap_or_default(),
    }
}

impl Pass<'_> {
    fn order(&self) -> Order {
        self.batch.order
    }

    fn of_delta(&self, delta: &Delta) -> Vec<Sighting> {
        match (delta.kind, delta.port) {
            (Kind::PortOpened | Kind::PortReopened, Some(port)) => self.opened(delta, port),
            (Kind::PortClosed, Some(port)) => {
                let event = || match delta.cause {
                    Some(Cause::Host) => AlertEvent::WentWithHost { order: self.order() },
                    _ => AlertEvent::Fails {
                        order: Some(self.order()),
                        note: delta.after.as_ref().map(value_text).unwrap_or_default(),
                    },
                };
                self.for_rules(delta, port, |_| Some(event()))
            }
            (Kind::ServiceChanged, Some(port)) if !self.has_opened(delta.address, port) => {
                self.service_changed(delta, port)
            }
            (Kind::HostGone | Kind::HostBack, _) => self.host_turned(delta),
            _ => Vec::new(),
        }
    }

    fn has_opened(&self, address: IpAddr, port: Port) -> bool {
        self.batch.deltas.iter().any(|delta| {
            delta.address == address
                && delta.port == Some(port)
                && matches!(delta.kind, Kind::PortOpened | Kind::PortReopened)
        })
    }

    fn for_rules(
        &self,
        delta: &Delta,
        port: Port,
        event: impl Fn(&WatchRule) -> Option<AlertEvent>,
    ) -> Vec<Sighting> {
        let (rules, network) = self.watch.of(&self.batch.site, delta.address, port);
        let sighting = |rule: &WatchRule| {
            Some(Sighting {
                subject: AlertSubject::Port {
                    site: self.batch.site.clone(),
                    address: delta.address,
                    port,
                    rule: rule.id.clone(),
                },
                event: event(rule)?,
                network: network.clone(),
                first_look: delta.first_look,
                only_known: false,
            })
        };
        rules.into_iter().filter_map(sighting).collect()
    }

    fn holds(&self, rule: &WatchRule, delta: &Delta, port: Port, service: Option<&Service>) -> AlertEvent {
        AlertEvent::Holds {
            order: Some(self.order()),
            facts: facts(rule, delta.address, port, service),
            quiet: delta.first_look && self.quiet_first_looks,
        }
    }

    fn opened(&self, delta: &Delta, port: Port) -> Vec<Sighting> {
        let told = self.services.get(&(delta.address, port)).map(|&service| service.clone());
        let host = self.state.and_then(|state| state.hosts.get(&Block::index_of(delta.address)));
        let service = told.or_else(|| service_of(host?, port));
        self.for_rules(delta, port, |rule| {
            rule.fits(service.as_ref()).then(|| self.holds(rule, delta, port, service.as_ref()))
        })
    }

    /// A rule that asks for a service begins or ends to hold with it.
    fn service_changed(&self, delta: &Delta, port: Port) -> Vec<Sighting> {
        let Some(Value::Service(service)) = &delta.after else { return Vec::new() };
        self.for_rules(delta, port, |rule| match rule.service {
            None => None,
            Some(_) if rule.fits(Some(service)) => Some(self.holds(rule, delta, port, Some(service))),
            // What was learnt first was nothing else before.
            Some(_) if delta.first_look => None,
            Some(_) => Some(AlertEvent::Fails {
                order: Some(self.order()),
                note: format!("the service is {}", service_text(service)),
            }),
        })
    }

    /// Ports that have no delta of their own, but may have an alert that sleeps.
    fn host_turned(&self, delta: &Delta) -> Vec<Sighting> {
        let Some(state) = self.state else { return Vec::new() };
        let Some(host) = state.hosts.get(&Block::index_of(delta.address)) else { return Vec::new() };
        let has_delta = |port: Port| {
            let about = |other: &&Delta| other.address == delta.address && other.port == Some(port);
            self.batch.deltas.iter().any(|other| about(&other) && other.kind != Kind::ServiceChanged)
        };
        let ports = host.ports.keys().copied().filter(|&port| !has_delta(port));
        let turned = AlertEvent::Host { order: self.order(), up: delta.kind == Kind::HostBack };
        let mut sightings: Vec<_> =
            ports.flat_map(|port| self.for_rules(delta, port, |_| Some(turned.clone()))).collect();
        for sighting in &mut sightings {
            sighting.only_known = true;
            let looked = self.watch.asleep(&sighting.subject, (self.batch.block, state));
            if delta.kind == Kind::HostBack && matches!(looked, Some(AlertEvent::Fails { .. })) {
                sighting.event = looked.unwrap_or_else(|| turned.clone());
            }
        }
        sightings
    }
}
