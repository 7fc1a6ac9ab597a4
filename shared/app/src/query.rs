//! What is known: hosts, and what runs changed.

use std::net::IpAddr;

use portdelta_core::delta::Delta;
use portdelta_core::ids::SiteId;
use portdelta_core::layers::Layer;
use portdelta_core::state::{BlockState, HostState};
use portdelta_core::{AddressSet, Block, Port, UnixTime};

use crate::App;
use crate::error::AppError;
use crate::repositories::RunRecord;
use crate::stored::StoredHead;

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
        let mut rows = Vec::new();
        for (block, head) in self.heads(site).await? {
            if !may_hold(block, &head, filter) {
                continue;
            }
            let Some(loaded) = self.block(site, block).await? else { continue };
            rows.extend(rows_of(block, loaded.state, filter));
        }
        Ok(rows)
    }

    /// At most `limit` hosts of a site by address, those after `after`; blocks before it are not read.
    pub async fn hosts_after(
        &self,
        site: &SiteId,
        filter: &HostFilter,
        after: Option<IpAddr>,
        limit: usize,
    ) -> Result<Vec<HostRow>, AppError> {
        let mut rows = Vec::new();
        let from = after.map(Block::of);
        let mut stretch = None;
        loop {
            let (heads, next) = self.heads_from(site, from, stretch).await?;
            for (block, head) in heads {
                if !may_hold(block, &head, filter) {
                    continue;
                }
                let Some(loaded) = self.block(site, block).await? else { continue };
                let found = rows_of(block, loaded.state, filter).into_iter();
                rows.extend(found.filter(|row| after.is_none_or(|after| row.address > after)));
                if rows.len() >= limit {
                    rows.truncate(limit);
                    return Ok(rows);
                }
            }
            match next {
                Some(next) => stretch = Some(next),
                None => return Ok(rows),
            }
        }
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
