//! The blocks of a network, one after the other.

use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, Block};

use crate::App;
use crate::error::AppError;
use crate::places::{BlockPlace, Places, UNASSIGNED};
use crate::ports::Cursor;
use crate::repositories::{LoadedHead, Network};

/// Networks of at most so many addresses are listed whole; of larger ones the blocks of which something is known.
const LISTED_WHOLE: u128 = 65_536;

/// The first and the last block that there can be.
pub(crate) const ALL_BLOCKS: (Block, Block) = (Block::V4(0), Block::V6(u128::MAX >> 8));

/// Reads the blocks of a network at a site, in order. Of networks of more than 65,536 addresses, and of those of no
/// network, only blocks of which something is known.
pub(crate) struct NetworkBlocks<'a> {
    app: &'a App,
    site: &'a SiteId,
    network: &'a str,
    places: Places<'a>,
    /// What is left to read, the last first.
    ranges: Vec<(Block, Block)>,
    /// What of the last of them was read, and where its rest begins.
    read: std::vec::IntoIter<(Block, LoadedHead)>,
    next: Option<Cursor>,
    /// All blocks of the network that are to be listed, where all are.
    whole: Option<Box<dyn Iterator<Item = Block> + Send + 'a>>,
}

impl<'a> NetworkBlocks<'a> {
    /// Those from a block on.
    pub fn from(
        app: &'a App,
        site: &'a SiteId,
        network: &'a Network,
        places: Places<'a>,
        from: Option<Block>,
    ) -> Self {
        let is_after = move |block: &Block| from.is_none_or(|from| *block >= from);
        let is_rest = network.name == UNASSIGNED;
        let whole = (!is_rest && network.prefixes.count() <= LISTED_WHOLE).then(|| {
            Box::new(network.prefixes.blocks().filter(is_after)) as Box<dyn Iterator<Item = Block> + Send>
        });
        let ranges = if is_rest { vec![ALL_BLOCKS] } else { block_ranges(&network.prefixes) };
        let ranges = ranges.into_iter().filter(|(_, last)| is_after(last));
        let begun = ranges.map(|(first, last)| (from.map_or(first, |from| first.max(from)), last));
        let mut ranges: Vec<_> = if whole.is_some() { Vec::new() } else { begun.collect() };
        ranges.reverse();
        let (read, next) = (Vec::new().into_iter(), None);
        Self { app, site, network: &network.name, places, ranges, read, next, whole }
    }

    /// The next block, with its head where something is known of it.
    pub async fn next(&mut self) -> Result<Option<(Block, Option<LoadedHead>)>, AppError> {
        if let Some(whole) = &mut self.whole {
            for block in whole {
                if !elsewhere(self.places, self.network, block) {
                    let head = self.app.head(self.site, block).await?;
                    return Ok(Some((block, head.is_known().then_some(head))));
                }
            }
            return Ok(None);
        }
        loop {
            for (block, head) in self.read.by_ref() {
                if !elsewhere(self.places, self.network, block) {
                    return Ok(Some((block, Some(head))));
                }
            }
            let Some(&range) = self.ranges.last() else { return Ok(None) };
            let (heads, next) = self.app.heads_between(self.site, range, self.next.take()).await?;
            self.read = heads.into_iter();
            if next.is_none() {
                self.ranges.pop();
            }
            self.next = next;
        }
    }
}

/// Whether a block lies in another network as a whole.
fn elsewhere(places: Places<'_>, network: &str, block: Block) -> bool {
    matches!(places.of_block(block), BlockPlace::Whole(name) if name != network)
}

/// The blocks in which addresses lie, as ranges that do not overlap.
pub(crate) fn block_ranges(addresses: &AddressSet) -> Vec<(Block, Block)> {
    let mut blocks: Vec<(Block, Block)> = Vec::new();
    for range in addresses.ranges() {
        let (first, last) = (Block::of(range.first()), Block::of(range.last()));
        match blocks.last_mut() {
            // Two ranges may share a block.
            Some((_, end)) if *end >= first => *end = last.max(*end),
            _ => blocks.push((first, last)),
        }
    }
    blocks
}
