//! What is known: hosts, and what runs changed.

use std::net::IpAddr;

use portdelta_core::delta::Delta;
use portdelta_core::ids::SiteId;
use portdelta_core::layers::Layer;
use portdelta_core::state::{BlockState, HostState};
use portdelta_core::{AddressSet, Block, Port, UnixTime};

use crate::App;
use crate::error::AppError;
use crate::network_blocks::{ALL_BLOCKS, block_ranges};
use crate::repositories::{LoadedHead, RunRecord};
use crate::steps::READ_AT_ONCE;
use crate::stored::StoredHead;

/// How many blocks, and stretches of heads, a page of hosts reads.
const MOST_READ: usize = 48;

/// Which hosts are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct HostFilter {
    /// Only these addresses.
    pub addresses: Option<AddressSet>,
    /// Only hosts with this port open.
    pub port: Option<Port>,
    /// Also hosts that are gone.
    pub gone: bool,
}

/// A host as it is believed to be.
#[derive(Clone, Debug)]
pub struct HostRow {
    /// Its address.
    pub address: IpAddr,
    /// What is believed.
    pub state: HostState,
    /// When something last covered it.
    pub last_covered: Option<UnixTime>,
    /// When each open port was last covered.
    pub ports_covered: Vec<(Port, Option<UnixTime>)>,
}

impl App {
    /// The hosts of a site by address.
    pub async fn hosts(&self, site: &SiteId, filter: &HostFilter) -> Result<Vec<HostRow>, AppError> {
        self.some_hosts(site, filter, None, (usize::MAX, usize::MAX)).await.map(|(rows, _)| rows)
    }

    /// At most `limit` hosts of a site by address, those after `after`, and the address to go on after; `None` at the
    /// end. May be fewer, even none, while there are more.
    ///
    /// Read are the blocks in which there may be some, as far as their heads tell; 48 of them, and stretches of heads,
    /// at once.
    pub async fn hosts_after(
        &self,
        site: &SiteId,
        filter: &HostFilter,
        after: Option<IpAddr>,
        limit: usize,
    ) -> Result<(Vec<HostRow>, Option<IpAddr>), AppError> {
        self.some_hosts(site, filter, after, (limit, MOST_READ)).await
    }

    async fn some_hosts(
        &self,
        site: &SiteId,
        filter: &HostFilter,
        after: Option<IpAddr>,
        (limit, most_read): (usize, usize),
    ) -> Result<(Vec<HostRow>, Option<IpAddr>), AppError> {
        let ranges = filter.addresses.as_ref().map_or_else(|| vec![ALL_BLOCKS], block_ranges);
        let from = after.map(Block::of);
        let (mut rows, mut read, mut done) = (Vec::<HostRow>::new(), 0, after);
        for (first, last) in ranges.into_iter().filter(|(_, last)| from.is_none_or(|from| *last >= from)) {
            let range = (from.map_or(first, |from| first.max(from)), last);
            let mut stretch = None;
            loop {
                if read >= most_read && done > after {
                    return Ok((rows, done));
                }
                read += 1;
                let (heads, next) = self.some_heads_between(site, range, Some(READ_AT_ONCE), stretch).await?;
                for (block, LoadedHead { head, .. }) in heads {
                    let end = Some(block.range().last());
                    if end > after && may_hold(block, &head, filter) {
                        if read >= most_read && done > after {
                            return Ok((rows, done));
                        }
                        read += 1;
                        let loaded = self.block(site, block).await?;
                        let found = loaded.map(|loaded| rows_of(block, loaded.state, filter));
                        for row in found.into_iter().flatten().filter(|row| Some(row.address) > after) {
                            if rows.len() == limit {
                                let last = rows.last().map(|row| row.address);
                                return Ok((rows, last));
                            }
                            rows.push(row);
                        }
                    }
                    done = done.max(end);
                }
                stretch = next;
                if stretch.is_none() {
                    break;
                }
            }
            done = done.max(Some(last.range().last()));
        }
        Ok((rows, None))
    }

    /// The host at an address, if anything is known of it.
    pub async fn host(&self, site: &SiteId, address: IpAddr) -> Result<Option<HostRow>, AppError> {
        let addresses = [address].into_iter().collect();
        let filter = HostFilter { addresses: Some(addresses), port: None, gone: true };
        Ok(self.hosts(site, &filter).await?.pop())
    }

    /// All changes of a run by address; first looks only where `first_looks` is set.
    pub async fn run_deltas(&self, run: &RunRecord, first_looks: bool) -> Result<Vec<Delta>, AppError> {
        let mut deltas = Vec::new();
        let mut after = None;
        loop {
            let page = self.run_batches(&run.id, None, after).await?;
            let all =
                page.batches.into_iter().filter(|batch| !batch.withdrawn).flat_map(|batch| batch.deltas);
            deltas.extend(all.filter(|delta| first_looks || !delta.first_look));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        deltas.sort_by_key(|delta| (delta.address, delta.time, delta.kind, delta.port));
        Ok(deltas)
    }
}

/// Whether a block may have hosts that are wanted, as far as its head tells.
fn may_hold(block: Block, head: &StoredHead, filter: &HostFilter) -> bool {
    let in_range = filter.addresses.as_ref().is_none_or(|set| !set.within(block).is_empty());
    let has_port = filter.port.is_none_or(|port| filter.gone || head.open_ports.contains(port));
    // The head says enough about blocks in which nothing is up.
    in_range && has_port && (head.up > 0 || filter.gone)
}

fn rows_of(block: Block, state: BlockState, filter: &HostFilter) -> Vec<HostRow> {
    let BlockState { layers, hosts, .. } = state;
    let time = |layer: Option<&Layer>| layer.map(|layer| layer.order.time);
    hosts
        .into_iter()
        .map(|(index, state)| (index, block.address(index), state))
        .filter(|(_, address, _)| filter.addresses.as_ref().is_none_or(|set| set.contains(*address)))
        .filter(|(_, _, state)| filter.gone || state.presence == portdelta_core::state::Presence::Up)
        .filter(|(_, _, state)| {
            filter.port.is_none_or(|port| state.open_ports().any(|(open, _)| open == port))
        })
        .map(|(index, address, state)| HostRow {
            address,
            last_covered: time(layers.last_status(index)),
            ports_covered: state
                .open_ports()
                .map(|(port, _)| (port, time(layers.last_cover(index, port))))
                .collect(),
            state,
        })
        .collect()
}
