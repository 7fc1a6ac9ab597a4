//! The addresses of a network block by block: what is there, and when it changed and was covered.

use std::net::IpAddr;

use portdelta_core::ids::SiteId;
use portdelta_core::state::{BlockState, HostState, Presence};
use portdelta_core::{Block, UnixTime};

use crate::App;
use crate::error::AppError;
use crate::network_blocks::NetworkBlocks;
use crate::places::Places;
use crate::repositories::Network;

/// What is believed about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// A host is up.
    Up,
    /// One was, and is gone.
    Gone,
    /// It was covered, and none ever was up.
    NeverUp,
    /// Nothing looked yet.
    Unknown,
}

impl AddressState {
    /// `up`, `gone`, `never_up`, `unknown`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Gone => "gone",
            Self::NeverUp => "never_up",
            Self::Unknown => "unknown",
        }
    }
}

/// A block of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapBlock {
    /// Which.
    pub block: Block,
    /// Those of its addresses that belong to the network, in order; at least one.
    pub addresses: Vec<MapAddress>,
}

/// An address of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapAddress {
    /// Which.
    pub address: IpAddr,
    /// What is believed about it.
    pub state: AddressState,
    /// How many ports are open.
    pub open: u32,
    /// When the host came or went, or a port opened or closed; what was so at the first look did not change.
    pub changed: Option<UnixTime>,
    /// When something last looked whether a host is up.
    pub covered: Option<UnixTime>,
    /// Its first PTR name, else the name that somebody gave it.
    pub name: Option<String>,
}

impl App {
    /// Gives the blocks of a network at a site in order, those after `after`, until `take` refuses one; whether all were
    /// taken.
    ///
    /// Of networks of more than 65,536 addresses, and of those of no network, only blocks of which something is
    /// known. Costs a read of each block on the page.
    pub async fn network_map(
        &self,
        site: &SiteId,
        network: &Network,
        after: Option<Block>,
        take: &mut (dyn FnMut(MapBlock) -> bool + Send),
    ) -> Result<bool, AppError> {
        let networks = self.networks().await?;
        let places = Places(&networks);
        let mut blocks = NetworkBlocks::from(self, site, network, places, after);
        while let Some((block, head)) = blocks.next().await? {
            if after == Some(block) {
                continue;
            }
            let loaded = if head.is_some() { self.block(site, block).await? } else { None };
            let state = loaded.map(|loaded| loaded.state).unwrap_or_default();
            let all = (0..=u8::MAX).map(|index| block.address(index));
            let mine = all.filter(|&address| places.of(address) == network.name);
            let addresses: Vec<_> = mine.map(|address| map_address(address, &state)).collect();
            if !addresses.is_empty() && !take(MapBlock { block, addresses }) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The site whose map of a network is shown where none is named: the one whose run touched it last, else the first.
    pub async fn site_of_map(&self, network: &str) -> Result<Option<SiteId>, AppError> {
        let lines = self.newest_network_runs().await?;
        let of_network = lines.into_iter().filter(|line| line.network == network);
        if let Some(line) = of_network.max_by_key(|line| (line.finished, line.site.clone())) {
            return Ok(Some(line.site));
        }
        Ok(self.sites().await?.into_iter().next().map(|site| site.id))
    }
}

fn map_address(address: IpAddr, state: &BlockState) -> MapAddress {
    let index = Block::index_of(address);
    let covered = state.layers.last_status(index).map(|layer| layer.order.time);
    let host = state.hosts.get(&index);
    let known = match (host.map(|host| host.presence), covered) {
        (Some(Presence::Up), _) => AddressState::Up,
        (Some(Presence::Gone), _) => AddressState::Gone,
        (Some(Presence::Awaited), _) | (None, Some(_)) => AddressState::NeverUp,
        (None, None) => AddressState::Unknown,
    };
    MapAddress {
        address,
        state: known,
        open: host.map_or(0, |host| u32::try_from(host.open_ports().count()).unwrap_or(u32::MAX)),
        changed: host.and_then(changed),
        covered,
        name: host.and_then(name_of),
    }
}

/// When anything about whether it is up and what is open last changed. What was there at the first look did not come.
fn changed(host: &HostState) -> Option<UnixTime> {
    let turned = Some(host.turned.time).filter(|&time| time > UnixTime::EPOCH);
    let first = host.first_seen;
    let ports = host.ports.values().filter(|port| port.changed > first || turned.is_some());
    ports.map(|port| port.changed).chain(turned).max()
}

/// A host's first PTR name, else the name that somebody gave it.
pub(crate) fn name_of(host: &HostState) -> Option<String> {
    let names = host.names.iter().flat_map(|names| &names.value);
    names.chain(&host.aliases).next().map(ToString::to_string)
}
