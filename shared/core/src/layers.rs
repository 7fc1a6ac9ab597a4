//! Coverage bookkeeping: which result covered what last, as a list of layers.
//!
//! Not a list of result ids but this makes repeats and late results harmless: what a result says about a pair
//! that a later one covered changes nothing, and what no later one covered still counts.

use std::sync::Arc;

use crate::evidence::EvidenceDigest;
use crate::ids::{LensId, Order, ResultId};
use crate::ports::{Port, PortSet};
use crate::scope::{Attributes, Hosts, Scope};

/// How the hosts of a layer answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum LayerStatus {
    /// They were up.
    Up,
    /// Host discovery found them down.
    Down,
    /// There was no discovery, and no covered port answered.
    Silent,
    /// The layer says nothing about hosts.
    Unknown,
}

/// Hosts of a block that one result covered in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What was looked for.
    pub scope: Arc<Scope>,
    /// The pairs were looked at without evidence; such a layer supersedes nothing.
    pub look_only: bool,
    /// How the hosts answered.
    pub status: LayerStatus,
    /// Which hosts.
    pub hosts: Hosts,
    /// The place in time of the newest result that said just this.
    pub order: Order,
    /// How that result looked for hosts.
    pub lens: LensId,
    /// What it said.
    pub digest: EvidenceDigest,
    /// The number of the state after it was applied; `None` where a later result was there before it, so that
    /// some of what it says was not applied.
    pub state_number: Option<u64>,
}

impl Layer {
    /// Whether this layer, where it is the later one, makes `older` pointless for the hosts of both.
    fn supersedes(&self, older: &Self) -> bool {
        let is_down = |layer: &Self| matches!(layer.status, LayerStatus::Down | LayerStatus::Silent);
        // Down found by one lens says nothing about what another lens found, and as long as it is not believed
        // (damping), when the host was last up must stay known. What another lens saw later does not change that
        // this one last found the host down: an earlier result of this one, come late or again, must learn of it.
        let keeps = is_down(self) && older.status == LayerStatus::Up
            || (is_down(self) || is_down(older)) && self.lens != older.lens;
        (!self.look_only || older.look_only) && !keeps && self.scope.contains(&older.scope)
    }

    /// Whether it found the host at `index` down through `lens`: without host discovery, where it covered all of `open`.
    fn says_down(&self, index: u8, lens: LensId, open: impl Fn(&PortSet) -> bool) -> bool {
        self.lens == lens
            && self.hosts.contains(index)
            && match self.status {
                LayerStatus::Down => true,
                LayerStatus::Silent => open(&self.scope.pairs),
                LayerStatus::Up | LayerStatus::Unknown => false,
            }
    }

    /// Whether `other` says the same about the same hosts in the same way.
    fn repeats(&self, other: &Self) -> bool {
        self.digest == other.digest
            && self.hosts == other.hosts
            && self.lens == other.lens
            && self.look_only == other.look_only
            && self.status == other.status
            && (Arc::ptr_eq(&self.scope, &other.scope) || self.scope == other.scope)
    }
}

/// The layers of one block, newest first, and what older ones left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    layers: Vec<Layer>,
    folded: Vec<(Arc<Scope>, Hosts)>,
}

impl Layers {
    /// More layers than this are folded into a looked set without time.
    pub const MOST: usize = 512;

    /// Layers read from a store; `layers` in any order.
    #[must_use]
    pub fn from_parts(mut layers: Vec<Layer>, folded: Vec<(Arc<Scope>, Hosts)>) -> Self {
        layers.sort_by_key(|layer| std::cmp::Reverse(layer.order));
        Self { layers, folded }
    }

    /// The layers, newest first.
    #[must_use]
    pub fn newest_first(&self) -> &[Layer] {
        &self.layers
    }

    /// Pairs that were looked at once, at a time that is no longer known.
    #[must_use]
    pub fn folded(&self) -> &[(Arc<Scope>, Hosts)] {
        &self.folded
    }

    /// Whether `result` left a layer here: it was applied to this block.
    #[must_use]
    pub fn has_result(&self, result: ResultId) -> bool {
        self.layers.iter().any(|layer| layer.order.result == result)
    }

    /// Whether any layer is later than `order`; most results are the newest, and need no further look.
    #[must_use]
    pub fn any_after(&self, order: Order) -> bool {
        self.layers.first().is_some_and(|layer| layer.order > order)
    }

    /// The newest layer with evidence for `port` of the host at `index`.
    #[must_use]
    pub fn last_cover(&self, index: u8, port: Port) -> Option<&Layer> {
        self.layers
            .iter()
            .find(|layer| !layer.look_only && layer.hosts.contains(index) && layer.scope.pairs.contains(port))
    }

    /// The newest layer that says whether the host at `index` is up.
    #[must_use]
    pub fn last_status(&self, index: u8) -> Option<&Layer> {
        self.layers.iter().find(|layer| {
            layer.status != LayerStatus::Unknown && !layer.look_only && layer.hosts.contains(index)
        })
    }

    /// The newest layer that found the host at `index` up.
    #[must_use]
    pub fn last_up(&self, index: u8) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.status == LayerStatus::Up && layer.hosts.contains(index))
    }

    /// Whether anything ever looked at `port` of the host at `index`, with or without evidence.
    #[must_use]
    pub fn looked_at(&self, index: u8, port: Port) -> bool {
        let here = |scope: &Scope, hosts: &Hosts| hosts.contains(index) && scope.pairs.contains(port);
        self.layers.iter().any(|layer| here(&layer.scope, &layer.hosts))
            || self.folded.iter().any(|(scope, hosts)| here(scope, hosts))
    }

    /// Whether a result later than `order` found the host at `index` down through `lens`; a result without
    /// host discovery counts where it covered all of `open`.
    pub(crate) fn down_after(
        &self,
        index: u8,
        order: Order,
        lens: LensId,
        open: impl Fn(&PortSet) -> bool,
    ) -> bool {
        self.later(order).any(|layer| layer.says_down(index, lens, &open))
    }

    /// Whether a result later than `order` saw the host at `index` up.
    pub(crate) fn up_after(&self, index: u8, order: Order) -> bool {
        self.later(order).any(|layer| layer.status == LayerStatus::Up && layer.hosts.contains(index))
    }

    /// Whether a result later than `order` has evidence for `port` of the host at `index`.
    pub(crate) fn covered_after(&self, index: u8, port: Port, order: Order) -> bool {
        self.later(order).any(|layer| layer.hosts.contains(index) && layer.scope.pairs.contains(port))
    }

    /// Whether a result later than `order` looked for `attribute` of the host at `index` (and of `port`).
    pub(crate) fn attribute_after(
        &self,
        index: u8,
        port: Option<Port>,
        attribute: Attributes,
        order: Order,
    ) -> bool {
        self.later(order).any(|layer| {
            layer.scope.attributes.contains(attribute)
                && layer.hosts.contains(index)
                && port.is_none_or(|port| layer.scope.pairs.contains(port))
        })
    }

    /// The layers with evidence from results later than `order`.
    fn later(&self, order: Order) -> impl Iterator<Item = &Layer> {
        self.layers.iter().take_while(move |layer| layer.order > order).filter(|layer| !layer.look_only)
    }

    /// Moves the layers that `new` repeats to its order; `false`, and no change, unless all of them are
    /// repeated by a layer with the present state number, and no result is later than theirs.
    pub(crate) fn renew(&mut self, new: &[Layer], state_number: u64) -> bool {
        if new.first().is_none_or(|layer| self.any_after(layer.order)) {
            return false;
        }
        let places: Option<Vec<usize>> = new
            .iter()
            .map(|layer| {
                self.layers
                    .iter()
                    .position(|known| known.state_number == Some(state_number) && known.repeats(layer))
            })
            .collect();
        let Some(places) = places else { return false };
        let mut renewed = Vec::with_capacity(places.len());
        for (&place, layer) in places.iter().zip(new) {
            renewed.push(Layer { order: layer.order, ..self.layers[place].clone() });
        }
        for place in places {
            self.layers[place].hosts = Hosts::default();
        }
        self.layers.retain(|layer| !layer.hosts.is_empty());
        for layer in renewed {
            self.insert(layer);
        }
        true
    }

    /// Adds a layer: it takes from older ones the hosts where its scope contains theirs, and loses to later ones
    /// the hosts where theirs contains its own.
    pub(crate) fn insert(&mut self, mut new: Layer) {
        let place = self.layers.partition_point(|layer| layer.order > new.order);
        for later in &self.layers[..place] {
            if later.supersedes(&new) {
                new.hosts.subtract(&later.hosts);
            }
        }
        if new.hosts.is_empty() {
            return;
        }
        // A result's own layers never compete: their hosts differ, or one of them is without evidence.
        for older in self.layers[place..].iter_mut().filter(|older| older.order < new.order) {
            if new.supersedes(older) {
                older.hosts.subtract(&new.hosts);
            }
        }
        self.layers.insert(place, new);
        self.layers.retain(|layer| !layer.hosts.is_empty());
        while self.layers.len() > Self::MOST {
            self.fold_oldest();
        }
    }

    /// Whether nothing ever looked here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty() && self.folded.is_empty()
    }

    /// Takes hosts out of all layers: nothing ever looked at them. Whether anything had.
    pub(crate) fn forget(&mut self, hosts: &Hosts) -> bool {
        let before = self.clone();
        for layer in &mut self.layers {
            layer.hosts.subtract(hosts);
        }
        for (_, folded) in &mut self.folded {
            folded.subtract(hosts);
        }
        self.layers.retain(|layer| !layer.hosts.is_empty());
        self.folded.retain(|(_, folded)| !folded.is_empty());
        *self != before
    }

    fn fold_oldest(&mut self) {
        let Some(oldest) = self.layers.pop() else { return };
        let scope = Scope { pairs: oldest.scope.pairs.clone(), attributes: Attributes::default() };
        if scope.pairs.is_empty() {
            return;
        }
        if let Some((_, hosts)) = self.folded.iter_mut().find(|(known, _)| known.pairs == scope.pairs) {
            hosts.add(&oldest.hosts);
            return;
        }
        // One union of all pairs for each set of hosts keeps the folded part small.
        if let Some((known, _)) = self.folded.iter_mut().find(|(_, hosts)| *hosts == oldest.hosts) {
            *known =
                Arc::new(Scope { pairs: known.pairs.union(&scope.pairs), attributes: Attributes::default() });
            return;
        }
        self.folded.push((Arc::new(scope), oldest.hosts));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::PortRange;
    use crate::ports::Protocol::Tcp;
    use crate::time::UnixTime;

    fn layer(time: i64, first: u16, last: u16, hosts: &[u8]) -> Layer {
        let order = Order {
            time: UnixTime::from_seconds(time).expect("a valid time"),
            result: ResultId([u8::try_from(time).expect("a small time"); 32]),
        };
        Layer {
            scope: Arc::new(Scope {
                pairs: [PortRange { protocol: Tcp, first, last }].into_iter().collect(),
                attributes: Attributes::STATUS,
            }),
            look_only: false,
            status: LayerStatus::Up,
            hosts: hosts.iter().copied().collect(),
            order,
            lens: LensId::derive(["test"]),
            digest: [0; 16],
            state_number: Some(1),
        }
    }

    #[test]
    fn a_wider_layer_takes_the_hosts_of_an_older_one_in_either_order_of_arrival() {
        for swapped in [false, true] {
            let mut layers = Layers::default();
            let mut new = vec![layer(1, 20, 30, &[1, 2, 3]), layer(2, 1, 1000, &[2, 3, 4])];
            if swapped {
                new.reverse();
            }
            for layer in new {
                layers.insert(layer);
            }
            let hosts: Vec<Vec<u8>> =
                layers.newest_first().iter().map(|layer| layer.hosts.indexes().collect()).collect();
            assert_eq!(hosts, [vec![2, 3, 4], vec![1]]);
        }
    }

    #[test]
    fn the_last_cover_is_the_newest_layer_that_contains_the_pair() {
        let mut layers = Layers::default();
        layers.insert(layer(1, 1, 1000, &[1]));
        layers.insert(layer(5, 20, 30, &[1]));
        let time = |port| layers.last_cover(1, Port::tcp(port)).map(|layer| layer.order.time.seconds());
        assert_eq!((time(22), time(80), time(2000)), (Some(5), Some(1), None));
        assert!(layers.looked_at(1, Port::tcp(80)) && !layers.looked_at(2, Port::tcp(80)));
    }

    #[test]
    fn looks_without_evidence_supersede_nothing() {
        let mut layers = Layers::default();
        layers.insert(layer(1, 53, 53, &[1]));
        layers.insert(Layer { look_only: true, ..layer(2, 1, 100, &[1]) });
        assert_eq!(layers.last_cover(1, Port::tcp(53)).map(|layer| layer.order.time.seconds()), Some(1));
        assert!(layers.looked_at(1, Port::tcp(99)));
    }

    #[test]
    fn the_oldest_of_too_many_layers_are_remembered_as_looked_at() {
        let mut layers = Layers::default();
        for number in 0..600_u16 {
            let mut one = layer(1, number, number, &[1]);
            one.order.time = UnixTime::from_seconds(i64::from(number)).expect("a valid time");
            layers.insert(one);
        }
        assert_eq!(layers.newest_first().len(), Layers::MOST);
        assert_eq!(layers.folded().len(), 1);
        assert!((0..600).all(|number| layers.looked_at(1, Port::tcp(number))));
        assert!(layers.last_cover(1, Port::tcp(0)).is_none());
    }
}
