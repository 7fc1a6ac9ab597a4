//! The reconcile step: what one result changes in the state of one block, and what is reported of it.
//!
//! The rules stand in docs/delta-semantics.md; here they are code:
//! `presence` decides whether hosts are there, `ports` whether ports are open, `attributes` the rest,
//! and `damping` when enough results agree.

mod attributes;
mod damping;
mod ports;
mod presence;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use sha2::{Digest, Sha256};

use crate::delta::{Cause, Delta, DeltaId, Kind, Value, Why};
use crate::evidence::{BlockEvidence, HostEvidence, Origin, StatusEvidence};
use crate::ids::{LensId, Order};
use crate::layers::{Layer, LayerStatus, Layers};
use crate::observation::Reason;
use crate::ports::{Port, PortSet};
use crate::scope::{Attributes, Hosts, Scope};
use crate::state::{Agreement, BlockState, HostState, LensView, Presence};
use crate::time::UnixTime;

/// What reconciling one result with one block gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about one result and one block")]
pub struct Outcome {
    /// Changes and first looks, by address; of one address in the order in which people read them.
    pub deltas: Vec<Delta>,
    /// What was up or open before and now, covered both times, without a delta.
    pub unchanged: Tally,
    /// What was seen where nothing had looked before.
    pub first_looks: Tally,
    /// What a later result had covered before this one came.
    pub superseded: Tally,
    /// Whether hosts or lenses changed; where not, only the layers have to be stored.
    pub changed: bool,
    /// The result was applied to this block before; nothing was done.
    pub repeated: bool,
    /// A later result had been applied to the block before this one came.
    pub late: bool,
    /// Nothing in a block with two or more hosts answered: closures wait for a second result.
    pub blackout: bool,
}

/// Hosts and ports, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// Addresses.
    pub hosts: u64,
    /// Protocol/port pairs of addresses.
    pub ports: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.hosts += other.hosts;
        self.ports += other.ports;
    }
}

/// Applies what a result says about a block to the block's state.
///
/// Applying the same result again changes nothing. Results may come in any order.
pub fn reconcile(state: &mut BlockState, evidence: &BlockEvidence, origin: &Origin) -> Outcome {
    let new_layers = layers_of(evidence, origin);
    let pending = state.is_pending();
    if let Some(outcome) = renew_by(&mut state.layers, state.number, pending, evidence, &new_layers) {
        return outcome;
    }
    let BlockState { number, layers, lenses, hosts } = state;
    let blackout = is_blackout(hosts, evidence);
    let late = layers.any_after(evidence.order);
    let mut pass = Pass {
        origin,
        order: evidence.order,
        late,
        blackout,
        layers,
        lenses,
        block_address: |index| evidence.block.address(index),
        outcome: Outcome { late, blackout, ..Outcome::default() },
        reported: 0,
    };
    for index in evidence.unlisted_down.indexes() {
        if let Some(host) = pass.absent(index, hosts.remove(&index)) {
            hosts.insert(index, host);
        }
    }
    for seen in &evidence.hosts {
        if let Some(host) = pass.host(seen, hosts.remove(&seen.index)) {
            hosts.insert(seen.index, host);
        }
    }
    let mut outcome = pass.outcome;
    outcome.deltas.sort_by_key(|delta| (delta.address, delta.kind));
    *number += u64::from(outcome.changed);
    for layer in new_layers {
        layers.insert(Layer { state_number: (!late).then_some(*number), ..layer });
    }
    outcome
}

/// The quick way for a result that repeats what is known: it only moves coverage in time.
///
/// `None` where the whole state is needed. `state_number` and `pending` are those of the block's state.
pub fn renew(
    layers: &mut Layers,
    state_number: u64,
    pending: bool,
    evidence: &BlockEvidence,
    origin: &Origin,
) -> Option<Outcome> {
    renew_by(layers, state_number, pending, evidence, &layers_of(evidence, origin))
}

fn renew_by(
    layers: &mut Layers,
    state_number: u64,
    pending: bool,
    evidence: &BlockEvidence,
    new_layers: &[Layer],
) -> Option<Outcome> {
    if layers.has_result(evidence.order.result) {
        return Some(Outcome { repeated: true, ..Outcome::default() });
    }
    if pending || !layers.renew(new_layers, state_number) {
        return None;
    }
    let up = evidence.hosts.iter().filter(|host| host.status == StatusEvidence::Up);
    let unchanged = up.fold(Tally::default(), |sum, host| Tally {
        hosts: sum.hosts + 1,
        ports: sum.ports + host.open.len() as u64,
    });
    Some(Outcome { unchanged, ..Outcome::default() })
}

/// Two or more hosts of the block were up, something is covered, and none that is covered answers.
///
/// A scanner's own address answers it without a cable, and so is no answer where another host is found down. (On
/// loopback all addresses are its own, and none is ever down.)
fn is_blackout(hosts: &BTreeMap<u8, HostState>, evidence: &BlockEvidence) -> bool {
    let mut own = Vec::new();
    for host in evidence.hosts.iter().filter(|host| host.status == StatusEvidence::Up) {
        if host.reason != Reason::LocalhostResponse {
            return false;
        }
        own.push(host.index);
    }
    let was_up = |index: u8| hosts.get(&index).is_some_and(|host| host.presence == Presence::Up);
    let others = hosts.keys().filter(|index| was_up(**index) && !own.contains(index)).count();
    let silent = |host: &HostEvidence| matches!(host.status, StatusEvidence::Down | StatusEvidence::Silent);
    let any_went = || {
        evidence.unlisted_down.indexes().any(was_up)
            || evidence.hosts.iter().any(|host| silent(host) && was_up(host.index))
    };
    others >= 2 && (own.is_empty() || any_went())
}

/// The coverage that a result adds: hosts that were covered in the same way share a layer.
fn layers_of(evidence: &BlockEvidence, origin: &Origin) -> Vec<Layer> {
    struct Class<'a> {
        covered: &'a Arc<PortSet>,
        looked: &'a Arc<PortSet>,
        attributes: Attributes,
        status: LayerStatus,
        hosts: Vec<&'a HostEvidence>,
    }
    let mut classes: Vec<Class<'_>> = Vec::new();
    for host in &evidence.hosts {
        let (status, attributes) = match host.status {
            StatusEvidence::Up => (LayerStatus::Up, host.attributes.and(Attributes::STATUS)),
            StatusEvidence::Down => (LayerStatus::Down, host.attributes.and(Attributes::STATUS)),
            StatusEvidence::Silent => (LayerStatus::Silent, host.attributes),
            StatusEvidence::Unknown => (LayerStatus::Unknown, host.attributes),
        };
        let class = classes.iter_mut().find(|class| {
            class.attributes == attributes
                && class.status == status
                && (Arc::ptr_eq(class.covered, &host.covered) || class.covered == &host.covered)
                && (Arc::ptr_eq(class.looked, &host.looked) || class.looked == &host.looked)
        });
        match class {
            Some(class) => class.hosts.push(host),
            None => classes.push(Class {
                covered: &host.covered,
                looked: &host.looked,
                attributes,
                status,
                hosts: vec![host],
            }),
        }
    }
    let mut layers = Vec::new();
    let mut add = |pairs: &PortSet, attributes, look_only, status, hosts: Hosts, said: &[u8]| {
        let scope = Scope { pairs: pairs.clone(), attributes };
        if scope.is_empty() || hosts.is_empty() {
            return;
        }
        let digest: [u8; 32] = Sha256::digest(said).into();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        layers.push(Layer {
            scope: Arc::new(scope),
            look_only,
            status,
            hosts,
            order: evidence.order,
            lens: origin.lens,
            digest: short,
            state_number: None,
        });
    };
    let mut said = Vec::new();
    for class in &classes {
        said.clear();
        for host in &class.hosts {
            host.digest_into(&mut said);
        }
        let hosts: Hosts = class.hosts.iter().map(|host| host.index).collect();
        add(class.looked, Attributes::default(), true, LayerStatus::Unknown, hosts, &said);
        add(class.covered, class.attributes, false, class.status, hosts, &said);
    }
    let none = PortSet::default();
    let down = evidence.unlisted_down;
    add(&none, Attributes::STATUS, false, LayerStatus::Down, down, b"unlisted");
    layers
}

/// One result going over one block.
struct Pass<'a, A: Fn(u8) -> IpAddr> {
    origin: &'a Origin,
    order: Order,
    /// Some layer is later than this result: look before changing anything.
    late: bool,
    blackout: bool,
    layers: &'a Layers,
    lenses: &'a mut BTreeMap<LensId, LensView>,
    block_address: A,
    outcome: Outcome,
    /// Changes reported so far, first looks left out.
    reported: usize,
}

/// What a delta is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    index: u8,
    port: Option<Port>,
    script: Option<&'a str>,
    cause: Option<Cause>,
}

impl Subject<'_> {
    fn host(index: u8) -> Self {
        Self { index, port: None, script: None, cause: None }
    }

    fn port(index: u8, port: Port) -> Self {
        Self { port: Some(port), ..Self::host(index) }
    }
}

impl<A: Fn(u8) -> IpAddr> Pass<'_, A> {
    fn lens(&mut self) -> &mut LensView {
        self.lenses.entry(self.origin.lens).or_default()
    }

    fn needed_to_close(&self) -> u16 {
        if self.blackout { self.origin.confirm_close.max(2) } else { self.origin.confirm_close }
    }

    /// Records a change that the results in `agreed` made.
    fn report(
        &mut self,
        kind: Kind,
        subject: Subject<'_>,
        values: (Option<Value>, Option<Value>),
        agreed: &[Agreement],
        needed: u16,
    ) {
        let mut results: Vec<_> = agreed.iter().map(|one| (one.order.time, one.order.result)).collect();
        if results.last().is_none_or(|&(_, result)| result != self.order.result) {
            results.push((self.order.time, self.order.result));
        }
        let closing = matches!(kind, Kind::PortClosed | Kind::HostGone);
        let delta = self.delta(kind, subject, values, results, needed, closing && self.blackout);
        self.outcome.deltas.push(delta);
        self.outcome.changed = true;
        self.reported += 1;
    }

    /// Records what was seen where nothing had looked before.
    fn first_look(&mut self, kind: Kind, subject: Subject<'_>, value: Value) {
        self.outcome.changed = true;
        if self.origin.lists_first_looks {
            let results = vec![(self.order.time, self.order.result)];
            let delta = self.delta(kind, subject, (None, Some(value)), results, 1, false);
            self.outcome.deltas.push(Delta { first_look: true, ..delta });
        }
    }

    fn delta(
        &self,
        kind: Kind,
        subject: Subject<'_>,
        (before, after): (Option<Value>, Option<Value>),
        agreed: Vec<(UnixTime, crate::ids::ResultId)>,
        needed: u16,
        blackout: bool,
    ) -> Delta {
        let Subject { index, port, script, cause } = subject;
        let address = (self.block_address)(index);
        let previous = match port {
            Some(port) => self.layers.last_cover(index, port),
            None => self.layers.last_status(index),
        };
        Delta {
            id: DeltaId::derive(&self.origin.site, address, port, kind, script, self.order.result),
            kind,
            address,
            port,
            script: script.map(CompactString::from),
            cause,
            before,
            after,
            first_look: false,
            first_seen: agreed.first().map_or(self.order.time, |&(time, _)| time),
            time: self.order.time,
            result: self.order.result,
            why: Why {
                previous: previous.map(|layer| (layer.order.time, layer.order.result)),
                agreed,
                needed,
                blackout,
            },
        }
    }
}
