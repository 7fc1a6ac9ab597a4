//! Blocks: read whole, decided on in pure code, written whole under an optimistic lock.

use std::num::NonZeroUsize;

use portdelta_core::Block;
use portdelta_core::ids::{ResultId, SiteId};
use portdelta_core::reconcile::Tally;
use portdelta_core::state::BlockState;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::batches::Batch;
use super::version::{LOCK, at_version};
use super::{all_items, block_key, block_of_key, block_partition};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::blobs::PutMode;
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Cursor, Item, Key, Query, TableError};
use crate::stored::{StoredBody, StoredHead, join, pack, split, unpack};

const VERSION: u8 = 1;
/// The attribute of heads that counts open ports.
const OPEN_PORTS: &str = "open";
/// The attribute that names the blob with the value.
pub(crate) const BLOB: &str = "blob";

/// The attribute of heads that says up to which number the block was cleaned; absent for 0.
const CLEANED: &str = "cleaned";

/// Versions of a block that begins anew after a clean-up are none that it had before.
const VERSIONS_OF_A_NUMBER: u32 = 32;

/// Values above this go into a blob: an item may have 400 KB with its keys.
const MOST_ITEM_BYTES: usize = 350_000;

/// The largest blob of a body or batch.
const MOST_BLOB_BYTES: u64 = 256 << 20;

/// How many results a head remembers the counts of, for a delivery after a crash.
const REMEMBERED_TALLIES: usize = 8;

/// The head of a block, as read.
#[derive(Clone, Debug, Default)]
pub struct LoadedHead {
    /// What it says.
    pub head: StoredHead,
    /// What the last results counted, newest first.
    pub tallies: Vec<AppliedTally>,
    /// How many ports of its hosts are open; `None` where a version wrote it that did not count.
    pub open: Option<u64>,
    /// Up to which number it was cleaned; a number of `Forgotten`.
    pub cleaned: i64,
    /// The lock; `None` where the block is new.
    pub(crate) version: Option<i64>,
}

impl LoadedHead {
    /// Whether anything is known of the block.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.version.is_some()
    }
}

/// What one result counted in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedTally {
    /// Which.
    pub result: ResultId,
    /// Up or open before and now.
    pub unchanged: Tally,
    /// Seen where nothing had looked.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// Closures waited because nothing in the block answered.
    pub blackout: bool,
}

/// A block with its state, as read.
#[derive(Clone, Debug)]
pub struct LoadedBlock {
    /// Which.
    pub block: Block,
    /// Its state.
    pub state: BlockState,
}

fn head_key(site: &SiteId, block: Block) -> Key {
    Key::new(format!("SITE#{site}"), format!("HEAD#{}", block_key(block)))
}

fn body_key(site: &SiteId, block: Block) -> Key {
    Key::new(block_partition(site, block), "BODY")
}

impl App {
    /// The head of a block; an empty one where nothing is known of it.
    pub(crate) async fn head(&self, site: &SiteId, block: Block) -> Result<LoadedHead, AppError> {
        let operation = || format!("read the head of {block}");
        let Some(item) = self.table.get(&head_key(site, block)).await.during(operation)? else {
            return Ok(LoadedHead::default());
        };
        loaded_head(&item).during(operation)
    }

    /// The body of a block, and the lock that it was written under; empty where nothing is known of it.
    async fn body(&self, site: &SiteId, block: Block) -> Result<(StoredBody, Option<i64>), AppError> {
        let operation = || format!("read the state of {block}");
        let Some(item) = self.table.get(&body_key(site, block)).await.during(operation)? else {
            return Ok((StoredBody::default(), None));
        };
        let bytes = self.item_value(&item).await?;
        Ok((StoredBody::from_bytes(&bytes).during(operation)?, item.number(LOCK)))
    }

    /// The state of a block whose head was read.
    pub(crate) async fn state(
        &self,
        site: &SiteId,
        block: Block,
        head: &StoredHead,
    ) -> Result<BlockState, AppError> {
        let (body, _) = self.body(site, block).await?;
        let scopes = self.scopes(site, head.scopes().chain(body.scopes())).await?;
        join(head, body, &scopes).during(|| format!("read the state of {block}"))
    }

    /// A block as it is now; `None` where nothing is known of it.
    pub async fn block(&self, site: &SiteId, block: Block) -> Result<Option<LoadedBlock>, AppError> {
        loop {
            let before = self.head(site, block).await?;
            if before.version.is_none() {
                return Ok(None);
            }
            let state = self.state(site, block, &before.head).await?;
            // Head and body are two reads: they belong together if nobody wrote in between.
            if self.head(site, block).await?.version == before.version {
                return Ok(Some(LoadedBlock { block, state }));
            }
        }
    }

    /// The heads of all blocks of a site that something is known of, in order.
    pub async fn heads(&self, site: &SiteId) -> Result<Vec<(Block, StoredHead)>, AppError> {
        let operation = || format!("list the blocks of site {site}");
        let query = Query::partition(format!("SITE#{site}")).prefix("HEAD#");
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        items
            .iter()
            .filter_map(|item| Some((block_of_key(item.key.sort.strip_prefix("HEAD#")?)?, item)))
            .map(|(block, item)| Ok((block, loaded_head(item).during(operation)?.head)))
            .collect()
    }

    /// A stretch of the heads between two blocks, both included, in order; and the cursor to go on with.
    pub(crate) async fn heads_between(
        &self,
        site: &SiteId,
        range: (Block, Block),
        after: Option<Cursor>,
    ) -> Result<(Vec<(Block, LoadedHead)>, Option<Cursor>), AppError> {
        self.some_heads_between(site, range, None, after).await
    }

    /// The same, at most `limit` at once.
    pub(crate) async fn some_heads_between(
        &self,
        site: &SiteId,
        (first, last): (Block, Block),
        limit: Option<NonZeroUsize>,
        after: Option<Cursor>,
    ) -> Result<(Vec<(Block, LoadedHead)>, Option<Cursor>), AppError> {
        let operation = || format!("list the blocks of site {site}");
        let sort = |block: Block| format!("HEAD#{}", block_key(block));
        let range = SortRange::Between(sort(first), sort(last));
        let query = Query { limit, ..Query::partition(format!("SITE#{site}")).range(range).after(after) };
        let page = self.table.query(&query).await.during(operation)?;
        let heads = page
            .items
            .iter()
            .filter_map(|item| Some((block_of_key(item.key.sort.strip_prefix("HEAD#")?)?, item)))
            .map(|(block, item)| Ok((block, loaded_head(item).during(operation)?)))
            .collect::<Result<_, AppError>>()?;
        Ok((heads, page.next))
    }

    /// Writes a block in one transaction: its head with the count of its open ports, its body where that changed, and
    /// its deltas.
    ///
    /// `false`, and nothing is written, where somebody else wrote the block since `loaded` was read.
    pub(crate) async fn commit_block(
        &self,
        place: (&SiteId, Block),
        loaded: &LoadedHead,
        (head, open): (StoredHead, Option<u64>),
        body: Option<&StoredBody>,
        counted: AppliedTally,
        batch: Option<&Batch>,
    ) -> Result<bool, AppError> {
        let mut tallies = vec![counted];
        tallies.extend(loaded.tallies.iter().take(REMEMBERED_TALLIES - 1));
        self.write_block(place, loaded, (head, open, tallies), body, batch).await
    }

    async fn write_block(
        &self,
        (site, block): (&SiteId, Block),
        loaded: &LoadedHead,
        (head, open, tallies): (StoredHead, Option<u64>, Vec<AppliedTally>),
        body: Option<&StoredBody>,
        batch: Option<&Batch>,
    ) -> Result<bool, AppError> {
        let operation = || format!("store the state of {block}");
        let version = loaded.version.unwrap_or(loaded.cleaned << VERSIONS_OF_A_NUMBER) + 1;
        let bytes = pack(VERSION, &(head, tallies)).during(operation)?;
        let unchanged = at_version(loaded.version);
        let item = Item::new(head_key(site, block), bytes).with(LOCK, version);
        let item = match open.and_then(|open| i64::try_from(open).ok()) {
            Some(open) => item.with(OPEN_PORTS, open),
            None => item,
        };
        let item = if loaded.cleaned > 0 { item.with(CLEANED, loaded.cleaned) } else { item };
        let mut actions = vec![Action::put(item).when(unchanged)];
        if let Some(body) = body {
            let bytes = body.to_bytes().during(operation)?;
            let item = self.item_or_blob(body_key(site, block), bytes, "bodies").await?;
            actions.push(Action::put(item.with(LOCK, version)));
        }
        if let Some(batch) = batch {
            actions.push(Action::put(batch.to_item(self).await?).when(Condition::MustNotExist));
        }
        match self.table.transact(actions).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(operation),
        }
    }

    /// Writes a block from which addresses were taken out, in one transaction: without its head where nothing is left.
    ///
    /// `false`, and nothing is written, where somebody else wrote the block since `loaded` was read.
    pub(crate) async fn commit_cleaned(
        &self,
        (site, block): (&SiteId, Block),
        loaded: &LoadedHead,
        state: &BlockState,
    ) -> Result<bool, AppError> {
        if !state.is_blank() {
            let (head, body, scopes) = split(state);
            self.store_scopes(site, scopes).await?;
            let head = (head, Some(state.open_ports() as u64), loaded.tallies.clone());
            return self.write_block((site, block), loaded, head, Some(&body), None).await;
        }
        let head = Action::delete(head_key(site, block)).when(at_version(loaded.version));
        let gone = vec![head, Action::delete(body_key(site, block))];
        match self.table.transact(gone).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(|| format!("remove the state of {block}")),
        }
    }

    /// An item with `bytes`, or one that names the blob that they were put into because they are too many.
    pub(crate) async fn item_or_blob(
        &self,
        key: Key,
        bytes: Vec<u8>,
        folder: &str,
    ) -> Result<Item, AppError> {
        if bytes.len() <= MOST_ITEM_BYTES {
            return Ok(Item::new(key, bytes));
        }
        let hash = ResultId(Sha256::digest(&bytes).into());
        let name = format!("{folder}/{hash}");
        let operation = || format!("store blob {name}");
        let blob = name.parse().map_err(|_| AppError::Missing { what: format!("blob {name}") })?;
        // Named by content: one that is there already is the same.
        self.blobs.put(&blob, bytes, PutMode::CreateOnly).await.during(operation)?;
        Ok(Item::new(key, Vec::new()).with(BLOB, name))
    }

    /// The bytes of an item that [`App::item_or_blob`] made.
    pub(crate) async fn item_value(&self, item: &Item) -> Result<Vec<u8>, AppError> {
        let Some(name) = item.text(BLOB) else { return Ok(item.value.clone()) };
        let missing = || AppError::Missing { what: format!("blob {name}") };
        let key = name.parse().map_err(|_| missing())?;
        let bytes = self.blobs.get(&key, MOST_BLOB_BYTES).await.during(|| format!("read blob {name}"))?;
        bytes.ok_or_else(missing)
    }
}

fn loaded_head(item: &Item) -> Result<LoadedHead, crate::stored::StoredError> {
    let (head, tallies) = unpack("block head", VERSION, &item.value)?;
    let open = item.number(OPEN_PORTS).and_then(|open| u64::try_from(open).ok());
    let cleaned = item.number(CLEANED).unwrap_or(0);
    Ok(LoadedHead { head, tallies, open, cleaned, version: item.number(LOCK) })
}

/// Whether it can be read.
pub(crate) fn check_head(item: &Item) -> Result<(), crate::stored::StoredError> {
    loaded_head(item).map(drop)
}

/// Whether it can be read, as far as it is not in a blob.
pub(crate) fn check_body(item: &Item) -> Result<(), crate::stored::StoredError> {
    if item.text(BLOB).is_some() { Ok(()) } else { StoredBody::from_bytes(&item.value).map(drop) }
}
