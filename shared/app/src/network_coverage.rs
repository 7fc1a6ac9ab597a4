//! When what of a network was last covered, block by block: coverage as data.

use std::collections::BTreeMap;

use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::layers::{Layer, LayerStatus, Layers};
use portdelta_core::scope::{Attributes, Hosts};
use portdelta_core::{Block, Port, PortSet, UnixTime};

use crate::App;
use crate::error::{AppError, During};
use crate::network_blocks::NetworkBlocks;
use crate::places::Places;
use crate::repositories::{LoadedHead, Network};
use crate::stored::head_layers;

/// Columns of a block; the newest.
const MOST_COLUMNS: usize = 12;

/// What of a block of a network was covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// Which.
    pub block: Block,
    /// How many of its addresses belong to the network.
    pub addresses: u32,
    /// Of how many something looked whether a host is up.
    pub looked_at: u32,
    /// When that was longest ago, and last.
    pub times: Option<(UnixTime, UnixTime)>,
    /// Each set of ports that results covered, the newest first; the first twelve.
    pub columns: Vec<CoverageColumn>,
}

/// A set of ports that results covered at some addresses of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageColumn {
    /// The ports.
    pub ports: PortSet,
    /// Services were looked for as well.
    pub services: bool,
    /// At how many addresses of the network all of them are covered, by whatever results.
    pub addresses: u32,
    /// When that was longest ago, and last.
    pub times: (UnixTime, UnixTime),
    /// The result that covered them last.
    pub newest: ResultId,
}

impl App {
    /// The coverage of a network at a site: at most `limit` blocks from one on, and whether there are more. With a
    /// port, of that port alone.
    ///
    /// Mostly read from heads; blocks with many layers cost a read of the body.
    pub async fn network_coverage(
        &self,
        site: &SiteId,
        network: &Network,
        port: Option<Port>,
        after: Option<Block>,
        limit: usize,
    ) -> Result<(Vec<CoverageRow>, bool), AppError> {
        let networks = self.networks().await?;
        let places = Places(&networks);
        let mut blocks = NetworkBlocks::from(self, site, network, places, after);
        let mut rows = Vec::new();
        while let Some((block, head)) = blocks.next().await? {
            if after == Some(block) {
                continue;
            }
            if rows.len() == limit {
                return Ok((rows, true));
            }
            let indexes = 0..=u8::MAX;
            let mine = indexes.filter(|&index| places.of(block.address(index)) == network.name).collect();
            let layers = match &head {
                Some(head) => self.layers_of(site, block, head).await?,
                None => Layers::default(),
            };
            rows.push(row(block, mine, &layers, port));
        }
        Ok((rows, false))
    }

    async fn layers_of(&self, site: &SiteId, block: Block, head: &LoadedHead) -> Result<Layers, AppError> {
        if head.head.more_layers {
            let loaded = self.block(site, block).await?;
            return Ok(loaded.map(|loaded| loaded.state.layers).unwrap_or_default());
        }
        let scopes = self.scopes(site, head.head.scopes()).await?;
        head_layers(&head.head, &scopes).during(|| format!("read the head of {block}"))
    }
}

fn row(block: Block, mine: Hosts, layers: &Layers, port: Option<Port>) -> CoverageRow {
    let status = Times::of(mine, layers, |layer| layer.status != LayerStatus::Unknown);
    let mut columns: Vec<CoverageColumn> = Vec::new();
    let sets = port.map_or_else(|| covered_sets(layers), |port| vec![[port].into_iter().collect()]);
    for ports in sets {
        let covers = |layer: &Layer| layer.scope.pairs.contains_all(&ports);
        let times = Times::of(mine, layers, covers);
        let newest = layers.newest_first().iter().find(|layer| is_evidence(layer) && covers(layer));
        let (Some(span), Some(newest)) = (times.span(), newest) else { continue };
        columns.push(CoverageColumn {
            services: newest.scope.attributes.contains(Attributes::SERVICES),
            addresses: times.count(),
            times: span,
            newest: newest.order.result,
            ports,
        });
    }
    CoverageRow { block, addresses: mine.count(), looked_at: status.count(), times: status.span(), columns }
}

/// The sets of ports that results covered, the newest first.
fn covered_sets(layers: &Layers) -> Vec<PortSet> {
    let mut sets: Vec<PortSet> = Vec::new();
    for layer in layers.newest_first().iter().filter(|layer| is_evidence(layer)) {
        if !sets.contains(&layer.scope.pairs) && !layer.scope.pairs.is_empty() {
            sets.push(layer.scope.pairs.clone());
        }
    }
    sets.truncate(MOST_COLUMNS);
    sets
}

fn is_evidence(layer: &Layer) -> bool {
    !layer.look_only
}

/// When each of some hosts was last covered.
struct Times(BTreeMap<u8, UnixTime>);

impl Times {
    fn of(mut left: Hosts, layers: &Layers, covers: impl Fn(&Layer) -> bool) -> Self {
        let mut times = BTreeMap::new();
        for layer in layers.newest_first().iter().filter(|layer| is_evidence(layer) && covers(layer)) {
            for index in layer.hosts.indexes().filter(|&index| left.contains(index)) {
                times.insert(index, layer.order.time);
            }
            left.subtract(&layer.hosts);
            if left.is_empty() {
                break;
            }
        }
        Self(times)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(256)
    }

    fn span(&self) -> Option<(UnixTime, UnixTime)> {
        Some((*self.0.values().min()?, *self.0.values().max()?))
    }
}
