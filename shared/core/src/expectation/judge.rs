//! What of an address is not as it is expected to be, from what is believed of its block.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Expectation, Expected, ExpectedState};
use crate::address::Block;
use crate::ids::Order;
use crate::layers::LayerStatus;
use crate::ports::Port;
use crate::service::Service;
use crate::state::{Belief, BlockState, HostState, PendingPort, PortState, Presence};

/// What is not as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unmet {
    /// A port is open that should not be, or with another service than it should have.
    UnexpectedOpen,
    /// A port that should be open was covered and is not, or its host is down.
    Missing,
}

impl Unmet {
    /// `unexpected-open`, `missing-expected`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnexpectedOpen => "unexpected-open",
            Self::Missing => "missing-expected",
        }
    }
}

/// Something that is not as it should be, or of which nobody knows.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// Where.
    pub address: IpAddr,
    /// Which port; `None` where the whole host is down.
    pub port: Option<Port>,
    /// What is the matter; `None` where nothing looked that could tell.
    pub unmet: Option<Unmet>,
    /// What is expected.
    pub expected: Expected<'a>,
    /// The service of a port that is open.
    pub service: Option<&'a Service>,
    /// The evidence; `None` where there is none, or it is too old to be known.
    pub order: Option<Order>,
}

/// What is known of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is open, as of this evidence.
    Open(Option<Order>),
    /// It was covered, and is not open.
    NotOpen(Order),
    /// Its host was covered, and is down.
    Down(Order),
    /// Nothing looked that could tell, or too few results agree so far.
    Unknown,
}

/// What is not as expected at an address, and what nobody knows: `all` are the expectations of the site that are in
/// force, `state` is that of the address's block. Of a host that is down one line, whatever should be open there.
#[must_use]
pub fn findings<'a>(all: &'a [Expectation], address: IpAddr, state: &'a BlockState) -> Vec<Finding<'a>> {
    let here: Vec<&Expectation> = all.iter().filter(|one| one.addresses.contains(address)).collect();
    let mut found = Vec::new();
    let host = state.hosts.get(&Block::index_of(address)).filter(|host| host.presence == Presence::Up);
    for (port, known) in host.into_iter().flat_map(HostState::open_ports) {
        let service = known.service.as_ref().map(|known| &known.value);
        let expected = Expected::of(here.iter().copied(), address, port);
        if let Some(expected) = expected.filter(|expected| !expected.fits_open(service)) {
            let order = cover(state, address, port);
            let unmet = Some(Unmet::UnexpectedOpen);
            found.push(Finding { address, port: Some(port), unmet, expected, service, order });
        }
    }
    let wanted = here.iter().filter(|one| one.state == ExpectedState::Open);
    let wanted: BTreeSet<Port> = wanted.flat_map(|one| one.ports.ports()).collect();
    let mut is_told = false;
    for port in wanted {
        let expected = Expected::of(here.iter().copied(), address, port);
        let Some(expected) = expected.filter(|expected| expected.wants_open()) else { continue };
        let line = |port, unmet, order| Finding { address, port, unmet, expected, service: None, order };
        match look(state, address, port) {
            Look::NotOpen(order) => found.push(line(Some(port), Some(Unmet::Missing), Some(order))),
            Look::Down(order) if !std::mem::replace(&mut is_told, true) => {
                found.push(line(None, Some(Unmet::Missing), Some(order)));
            }
            Look::Open(_) | Look::Down(_) => {}
            Look::Unknown => found.push(line(Some(port), None, None)),
        }
    }
    found
}

/// What is known of a port, from the state of its block.
#[must_use]
pub fn look(state: &BlockState, address: IpAddr, port: Port) -> Look {
    let index = Block::index_of(address);
    let cover = cover(state, address, port);
    let Some(host) = state.hosts.get(&index) else {
        return match state.layers.last_status(index) {
            Some(layer) if layer.status == LayerStatus::Down => Look::Down(layer.order),
            // Without host discovery only that is known which was probed.
            Some(layer) if layer.status == LayerStatus::Silent && layer.scope.pairs.contains(port) => {
                Look::Down(layer.order)
            }
            _ => Look::Unknown,
        };
    };
    match (host.presence, host.ports.get(&port)) {
        (Presence::Awaited, _) => Look::Unknown,
        (Presence::Gone, _) => Look::Down(host.turned),
        (Presence::Up, Some(known)) if known.belief == Belief::Open => Look::Open(cover),
        (Presence::Up, Some(known)) if is_undecided(known) => Look::Unknown,
        (Presence::Up, _) => cover.map_or(Look::Unknown, Look::NotOpen),
    }
}

fn cover(state: &BlockState, address: IpAddr, port: Port) -> Option<Order> {
    state.layers.last_cover(Block::index_of(address), port).map(|layer| layer.order)
}

/// Its host came back without a look at it, or it may be open, on which too few results agree so far.
fn is_undecided(known: &PortState) -> bool {
    let opens = |pending: PendingPort| matches!(pending, PendingPort::Open | PendingPort::FirstLook);
    known.closed_with_host
        || known.unconfirmed
        || known.pending.as_ref().is_some_and(|pending| opens(pending.candidate))
}
