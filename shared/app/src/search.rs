//! Finds hosts by their ports, services, addresses and names; now, or as they were at a time.

use std::net::IpAddr;

use portdelta_core::ids::SiteId;
use portdelta_core::rewind::rewind;
use portdelta_core::search::HostQuery;
use portdelta_core::state::{BlockState, HostState, PortState, Presence};
use portdelta_core::{AddressSet, Block, Port, UnixTime};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, Invalid};
use crate::network_blocks::block_ranges;
use crate::places::Places;

/// How many blocks one request reads: a page may have fewer hosts than asked for, or none, while there are more.
const MOST_BLOCKS: usize = 48;

/// A day, in seconds.
const DAY: i64 = 86_400;

/// What is looked for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchFilter {
    /// The words.
    pub query: HostQuery,
    /// At these sites, in this order.
    pub sites: Vec<SiteId>,
    /// As it was believed then; `None` for now.
    pub at: Option<UnixTime>,
    /// Also hosts that are gone.
    pub gone: bool,
}

/// A place among what is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPlace {
    site: SiteId,
    /// Everything up to here was looked at; `None` at the site's beginning.
    after: Option<IpAddr>,
}

/// A host that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// Where it was seen.
    pub site: SiteId,
    /// Its address.
    pub address: IpAddr,
    /// The network it belongs to, or [`UNASSIGNED`](crate::UNASSIGNED).
    pub network: String,
    /// What is, or was, believed about it.
    pub host: HostState,
    /// The open ports that are meant, ascending.
    pub ports: Vec<(Port, PortState)>,
}

impl App {
    /// Reads a search that people wrote into `field`.
    pub fn read_search(field: &'static str, text: &str) -> Result<HostQuery, Invalid> {
        HostQuery::parse(text).map_err(|mistake| {
            let place = portdelta_core::place::Place::of(text, mistake.offset, text.len());
            Invalid::field(field, mistake.code, mistake.message, mistake.hint).at(place)
        })
    }

    /// At most `limit` hosts that are looked for, by site and address, from a place on; and the place to go on from,
    /// `None` at the end. May be fewer, even none, while there are more.
    ///
    /// Blocks in which nothing can be found are not read, as far as their heads tell. An earlier time costs a read of the
    /// deltas since then.
    pub async fn search(
        &self,
        filter: &SearchFilter,
        limit: usize,
        place: Option<SearchPlace>,
    ) -> Result<(Vec<SearchHit>, Option<SearchPlace>), AppError> {
        if let Some(at) = filter.at {
            self.check_is_known(at).await?;
        }
        let networks = self.networks().await?;
        let places = Places(&networks);
        let addresses = filter.query.addresses();
        let ranges = ranges(addresses.as_ref());
        let (mut hits, mut read) = (Vec::new(), 0);
        let sites =
            filter.sites.iter().skip_while(|site| place.as_ref().is_some_and(|place| place.site != **site));
        for site in sites {
            let after = place.as_ref().filter(|place| place.site == *site).and_then(|place| place.after);
            let from = after.map(Block::of);
            for &(first, last) in ranges.iter().filter(|(_, last)| from.is_none_or(|from| *last >= from)) {
                let first = from.map_or(first, |from| first.max(from));
                let mut cursor = None;
                loop {
                    let (heads, next) = self.heads_between(site, (first, last), cursor).await?;
                    for (block, loaded) in heads {
                        let may = loaded.head.up > 0 && filter.query.may_match(&loaded.head.open_ports);
                        if !may && filter.at.is_none() && !filter.gone {
                            continue;
                        }
                        if read == MOST_BLOCKS {
                            let place = SearchPlace { site: site.clone(), after: before(block) };
                            return Ok((hits, Some(place)));
                        }
                        read += 1;
                        let Some(state) = self.block_at(site, block, filter.at).await? else { continue };
                        for hit in hits_of(site, block, state, filter, places) {
                            if after.is_some_and(|after| hit.address <= after) {
                                continue;
                            }
                            if hits.len() == limit {
                                let last: &SearchHit = &hits[limit - 1];
                                let after = if last.site == *site { Some(last.address) } else { None };
                                return Ok((hits, Some(SearchPlace { site: site.clone(), after })));
                            }
                            hits.push(hit);
                        }
                    }
                    cursor = next;
                    if cursor.is_none() {
                        break;
                    }
                }
            }
        }
        Ok((hits, None))
    }

    /// Refuses a time whose deltas went with their runs: what was believed then can't be told exactly.
    async fn check_is_known(&self, at: UnixTime) -> Result<(), AppError> {
        let Some(days) = self.retention().await?.runs_days else { return Ok(()) };
        if at >= self.now().shifted(-i64::from(days) * DAY) {
            return Ok(());
        }
        let message = format!("runs are kept for {days} days, and what changed before is not known any more");
        Err(Invalid::field("at", "at.too_old", message, "ask for a later time").into())
    }

    /// A block as it is believed to be, or was at a time.
    async fn block_at(
        &self,
        site: &SiteId,
        block: Block,
        at: Option<UnixTime>,
    ) -> Result<Option<BlockState>, AppError> {
        let Some(at) = at else { return Ok(self.block(site, block).await?.map(|loaded| loaded.state)) };
        loop {
            let Some(before) = self.block(site, block).await? else { return Ok(None) };
            let mut later = Vec::new();
            let mut after = None;
            loop {
                let page = self.block_batches(site, block, at, after).await?;
                later.extend(page.batches.into_iter().flat_map(|batch| batch.deltas));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            // State and deltas are two reads: they belong together if nothing changed in between.
            let again = self.head(site, block).await?;
            if again.head.state_number == before.state.number {
                let mut state = before.state;
                rewind(&mut state, &later, at);
                return Ok(Some(state));
            }
        }
    }
}

fn hits_of(
    site: &SiteId,
    block: Block,
    state: BlockState,
    filter: &SearchFilter,
    places: Places<'_>,
) -> Vec<SearchHit> {
    let mut hits = Vec::new();
    for (index, host) in state.hosts {
        let address = block.address(index);
        let is_there = match host.presence {
            Presence::Up => true,
            Presence::Gone => filter.gone,
            Presence::Awaited => false,
        };
        let network = places.of(address);
        let found = if is_there { filter.query.find(address, network, &host) } else { None };
        let Some(ports) = found else { continue };
        let ports = ports.into_iter().map(|(port, state)| (port, state.clone())).collect();
        hits.push(SearchHit { site: site.clone(), address, network: network.to_owned(), host, ports });
    }
    hits
}

fn ranges(addresses: Option<&AddressSet>) -> Vec<(Block, Block)> {
    match addresses {
        Some(addresses) => block_ranges(addresses),
        None => vec![(Block::V4(0), Block::V6(u128::MAX >> 8))],
    }
}

/// The address before a block; `None` before the first one.
fn before(block: Block) -> Option<IpAddr> {
    match block {
        Block::V4(0) => None,
        Block::V4(upper) => Some(Block::V4(upper - 1).address(u8::MAX)),
        Block::V6(0) => Some(Block::V4((1 << 24) - 1).address(u8::MAX)),
        Block::V6(upper) => Some(Block::V6(upper - 1).address(u8::MAX)),
    }
}
