//! What of a network is not as it is expected to be.

use std::net::IpAddr;

use portdelta_core::expectation::{Expectation, Expected};
use portdelta_core::ids::SiteId;
use portdelta_core::state::{Belief, BlockState, HostState, Presence};
use portdelta_core::{Block, Port};
use portdelta_formats::report::service_text;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::network_blocks::NetworkBlocks;
use crate::places::Places;
use crate::repositories::Network;

/// How many blocks one request reads: a page may have fewer lines than asked for, or none, while there are more.
const MOST_BLOCKS: usize = 48;

/// Ports of one address that are compared with what is expected to be open.
const MOST_PORTS: usize = 1_024;

/// Something that is not as it should be, or of which nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where.
    pub address: IpAddr,
    /// Which port; `None` where the whole host is down.
    pub port: Option<Port>,
    /// What is the matter.
    pub problem: Problem,
    /// The expectation.
    pub expectation: String,
    /// The service of an open port. Not escaped; may be empty.
    pub service: String,
}

/// What is the matter with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// It is open, and should not be, or should be another service.
    UnexpectedOpen,
    /// It should be open, was covered, and is not; or its host is down.
    Missing,
    /// It should be open, and nothing looked yet.
    Unknown,
}

impl App {
    /// What of a network at a site is not as expected, by address: blocks after `after` until about `limit` lines are
    /// there, and the block to go on after, `None` at the end. A block is given whole.
    pub async fn violations(
        &self,
        site: &SiteId,
        network: &Network,
        limit: usize,
        after: Option<Block>,
    ) -> Result<(Vec<Violation>, Option<Block>), AppError> {
        let expectations = self.expectations_of(site, self.now()).await?;
        let networks = self.networks().await?;
        let places = Places(&networks);
        let mut found = Vec::new();
        if expectations.is_empty() {
            return Ok((found, None));
        }
        let mut blocks = NetworkBlocks::from(self, site, network, places, after);
        let (mut read, mut last) = (0, after);
        while let Some((block, head)) = blocks.next().await? {
            if after == Some(block) {
                continue;
            }
            let here: Vec<Expectation> =
                expectations.iter().filter(|one| !one.addresses.within(block).is_empty()).cloned().collect();
            if here.is_empty() {
                continue;
            }
            if read == MOST_BLOCKS || found.len() >= limit {
                return Ok((found, last));
            }
            read += 1;
            last = Some(block);
            let loaded = if head.is_some() { self.block(site, block).await? } else { None };
            let state = loaded.map(|loaded| loaded.state).unwrap_or_default();
            let addresses = (0..=u8::MAX).map(|index| block.address(index));
            for address in addresses.filter(|&address| places.of(address) == network.name) {
                of_address(address, &here, &state, &mut found);
            }
        }
        Ok((found, None))
    }
}

fn of_address(address: IpAddr, all: &[Expectation], state: &BlockState, found: &mut Vec<Violation>) {
    let index = Block::index_of(address);
    let host = state.hosts.get(&index);
    let up = host.filter(|host| host.presence == Presence::Up);
    for (port, known) in up.iter().flat_map(|host| host.open_ports()) {
        let service = known.service.as_ref().map(|known| &known.value);
        if let Some(expected) = Expected::of(all, address, port)
            && !expected.fits_open(service)
        {
            found.push(Violation {
                address,
                port: Some(port),
                problem: Problem::UnexpectedOpen,
                expectation: expected.expectation().id.clone(),
                service: service.map(service_text).unwrap_or_default(),
            });
        }
    }
    let is_here = |one: &&Expectation| one.addresses.contains(address);
    let wanted = all
        .iter()
        .filter(is_here)
        .filter(|one| one.state == portdelta_core::expectation::ExpectedState::Open);
    let mut ports: Vec<Port> = wanted.flat_map(|one| one.ports.ports().take(MOST_PORTS)).collect();
    ports.sort();
    ports.dedup();
    let mut is_told = false;
    for port in ports.into_iter().take(MOST_PORTS) {
        let Some(expected) = Expected::of(all, address, port).filter(|expected| expected.wants_open()) else {
            continue;
        };
        let line = |port, problem| Violation {
            address,
            port,
            problem,
            expectation: expected.expectation().id.clone(),
            service: String::new(),
        };
        match look(index, port, host, state) {
            Look::Closed => found.push(line(Some(port), Problem::Missing)),
            // One line a host.
            Look::Down if !std::mem::replace(&mut is_told, true) => found.push(line(None, Problem::Missing)),
            Look::Open | Look::Down => {}
            Look::Never => found.push(line(Some(port), Problem::Unknown)),
        }
    }
}

enum Look {
    Open,
    Closed,
    /// The host was covered, and is down.
    Down,
    Never,
}

fn look(index: u8, port: Port, host: Option<&HostState>, state: &BlockState) -> Look {
    let covered = state.layers.last_cover(index, port).is_some();
    match host {
        Some(host) if host.presence == Presence::Up => match host.ports.get(&port).map(|port| port.belief) {
            Some(Belief::Open) => Look::Open,
            _ if covered => Look::Closed,
            _ => Look::Never,
        },
        Some(host) if host.presence == Presence::Gone => Look::Down,
        _ if state.layers.last_status(index).is_some() => Look::Down,
        _ => Look::Never,
    }
}
