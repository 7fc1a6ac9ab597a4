//! What is stored where: keys, layouts and transactions, written once for all stores.

mod batches;
mod blocks;
mod named;
mod results;
mod runs;
mod scans;
mod scopes;

pub use batches::{Batch, BatchPage};
pub use blocks::{AppliedTally, LoadedBlock, LoadedHead};
pub use named::{Network, NetworkDraft, Site};
pub use results::{Applied, Judgement, ResultRecord, ResultStatus};
pub use runs::{RunRecord, RunState};
pub use scans::{Overlap, Scan, ScanDraft, ScanNote, ScanSchedule};
pub(crate) use scopes::ScopeCache;

use portdelta_core::Block;
use portdelta_core::ids::SiteId;

use crate::ports::{Item, Query, Table, TableError};

/// Sorts like the block: IPv4 before IPv6, then by number.
fn block_key(block: Block) -> String {
    match block {
        Block::V4(upper) => format!("4{upper:06x}"),
        Block::V6(upper) => format!("6{upper:030x}"),
    }
}

fn block_of_key(key: &str) -> Option<Block> {
    let (family, digits) = key.split_at_checked(1)?;
    match family {
        "4" => u32::from_str_radix(digits, 16).ok().map(Block::V4),
        "6" => u128::from_str_radix(digits, 16).ok().map(Block::V6),
        _ => None,
    }
}

fn block_partition(site: &SiteId, block: Block) -> String {
    format!("BLK#{site}#{}", block_key(block))
}

/// All items of a query, page by page.
async fn all_items(table: &dyn Table, mut query: Query, of_index: bool) -> Result<Vec<Item>, TableError> {
    let mut items = Vec::new();
    loop {
        let page = if of_index { table.query_index(&query).await? } else { table.query(&query).await? };
        items.extend(page.items);
        let Some(next) = page.next else { return Ok(items) };
        query = query.after(Some(next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_keys_sort_like_blocks() {
        let mut blocks: Vec<Block> =
            ["10.0.0.0/24", "9.255.255.0/24", "192.0.2.0/24", "::/120", "2001:db8::/120"]
                .iter()
                .map(|text| text.parse().expect("a block"))
                .collect();
        blocks.sort();
        let keys: Vec<String> = blocks.iter().copied().map(block_key).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(blocks.iter().all(|&block| block_of_key(&block_key(block)) == Some(block)));
    }
}
