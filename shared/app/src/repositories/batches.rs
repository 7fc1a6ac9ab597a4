//! Delta batches: all that one result changed in one block.

use std::num::NonZeroUsize;

use portdelta_core::delta::Delta;
use portdelta_core::ids::{Order, RunId, SiteId};
use portdelta_core::{AddressSet, Block, UnixTime};
use serde::{Deserialize, Serialize};

use super::{BLOB, all_items, block_key, block_partition};
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Cursor, Item, Key, Query, TableError};
use crate::steps::{READ_AT_ONCE, Steps};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;

/// The attribute of batches that nobody was told of yet: 1.
pub const OUTBOX: &str = "outbox";

/// All deltas and first looks of one block and one result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The site.
    pub site: SiteId,
    /// The block.
    pub block: Block,
    /// The run of the result.
    pub run: RunId,
    /// The result, and the time of its evidence.
    pub order: Order,
    /// A later result had been applied to the block before this one came.
    pub late: bool,
    /// By address, then by kind.
    pub deltas: Vec<Delta>,
    /// A rebuild no longer derives these.
    pub withdrawn: bool,
}

/// A stretch of batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPage {
    /// In the order of the query.
    pub batches: Vec<Batch>,
    /// Where the next page begins; `None` when this is the last one.
    pub next: Option<Cursor>,
}

/// Where the batch of a block and a result is, as long as it is not withdrawn.
pub(crate) fn batch_key(site: &SiteId, block: Block, order: Order) -> Key {
    let sort = format!("D#{:012}#{}", order.time.seconds(), order.result);
    Key::new(block_partition(site, block), sort)
}

impl Batch {
    fn key(&self) -> Key {
        let withdrawn = if self.withdrawn { "W" } else { "D" };
        let Order { time, result } = self.order;
        Key::new(
            block_partition(&self.site, self.block),
            format!("{withdrawn}#{:012}#{result}", time.seconds()),
        )
    }

    /// Where a page of the batches of a block ends that ends with this one.
    pub(crate) fn end_in_block(&self) -> Cursor {
        Cursor { key: self.key(), index: None }
    }

    /// Where a page of the batches of a run ends that ends with this one.
    #[must_use]
    pub fn end_in_run(&self) -> Cursor {
        let key = self.key();
        Cursor { index: Some(self.index_key(&key)), key }
    }

    fn index_key(&self, key: &Key) -> Key {
        Key::new(format!("RUN#{}", self.run), format!("{}#{}", block_key(self.block), key.sort))
    }

    /// The batch as an item; what outgrows an item goes into a blob before.
    pub(super) async fn to_item(&self, app: &App) -> Result<Item, AppError> {
        let operation = || format!("store the deltas of {}", self.block);
        let bytes = pack(VERSION, self).during(operation)?;
        let key = self.key();
        let index = self.index_key(&key);
        let item = app.item_or_blob(key, bytes, "batches").await?.indexed(index);
        Ok(if app.silent || self.withdrawn { item } else { item.with(OUTBOX, 1) })
    }

    async fn from_item(app: &App, item: &Item) -> Result<Self, AppError> {
        let bytes = app.item_value(item).await?;
        unpack("delta batch", VERSION, &bytes).during(|| format!("read the deltas at {}", item.key))
    }
}

impl Batch {
    /// The notification of what a batch opened that is told at once.
    pub(crate) fn bundle(&self) -> String {
        format!("alerts-{}-{}-{}", self.run, self.order.result.short(), block_key(self.block))
    }
}

impl App {
    /// The batch at a key, as the outbox names it; `None` where there is none.
    pub(crate) async fn batch_at(&self, key: &Key) -> Result<Option<Batch>, AppError> {
        if !key.partition.starts_with("BLK#") || !key.sort.starts_with("D#") {
            return Ok(None);
        }
        let item = self.table.get(key).await.during(|| format!("read the deltas at {key}"))?;
        match item {
            Some(item) => Batch::from_item(self, &item).await.map(Some),
            None => Ok(None),
        }
    }

    /// The batches of a block, oldest first, from `since` on; those that were withdrawn are left out.
    pub async fn block_batches(
        &self,
        site: &SiteId,
        block: Block,
        since: UnixTime,
        after: Option<Cursor>,
    ) -> Result<BatchPage, AppError> {
        let range = SortRange::Between(format!("D#{:012}", since.seconds()), "D$".to_owned());
        let query = Query::partition(block_partition(site, block)).range(range).after(after);
        let page = self.table.query(&query).await.during(|| format!("read the deltas of {block}"))?;
        self.batch_page(page).await
    }

    /// At most `limit` batches of a block, newest first, of evidence from one time to another, both included; those that
    /// were withdrawn are left out.
    pub(crate) async fn newest_batches(
        &self,
        site: &SiteId,
        block: Block,
        (since, until): (Option<UnixTime>, Option<UnixTime>),
        limit: NonZeroUsize,
        after: Option<Cursor>,
    ) -> Result<BatchPage, AppError> {
        let first = format!("D#{:012}", since.unwrap_or(UnixTime::EPOCH).seconds());
        // Greater than any that has a result behind its time.
        let last = until.map_or_else(|| "D$".to_owned(), |until| format!("D#{:012}$", until.seconds()));
        let range = crate::ports::table::SortRange::Between(first, last);
        let query = Query::partition(block_partition(site, block)).range(range).backward();
        let query = query.limit(limit).after(after);
        let page = self.table.query(&query).await.during(|| format!("read the deltas of {block}"))?;
        self.batch_page(page).await
    }

    /// What rebuilds no longer derived in a block, oldest first.
    pub(crate) async fn withdrawn_batches(
        &self,
        site: &SiteId,
        block: Block,
    ) -> Result<Vec<Batch>, AppError> {
        let query = Query::partition(block_partition(site, block)).prefix("W#");
        let items = all_items(&*self.table, query, false).await;
        let mut batches = Vec::new();
        for item in items.during(|| format!("read the withdrawn deltas of {block}"))? {
            batches.push(Batch::from_item(self, &item).await?);
        }
        Ok(batches)
    }

    /// The batches of a run by block; the index behind it may lag.
    pub async fn run_batches(
        &self,
        run: &RunId,
        limit: Option<NonZeroUsize>,
        after: Option<Cursor>,
    ) -> Result<BatchPage, AppError> {
        let mut query = Query::partition(format!("RUN#{run}")).after(after);
        query.limit = limit;
        let page = self.table.query_index(&query).await.during(|| format!("read the deltas of run {run}"))?;
        self.batch_page(page).await
    }

    /// The batches of a run in the blocks of a range, both ends included, or in all; the index behind it may lag.
    pub(crate) async fn run_batches_in(
        &self,
        run: &RunId,
        range: Option<(Block, Block)>,
        limit: NonZeroUsize,
        after: Option<Cursor>,
    ) -> Result<BatchPage, AppError> {
        let mut query = Query::partition(format!("RUN#{run}")).limit(limit).after(after);
        if let Some((first, last)) = range {
            let (first, last) = (format!("{}#", block_key(first)), format!("{}#~", block_key(last)));
            query = query.range(SortRange::Between(first, last));
        }
        let page = self.table.query_index(&query).await.during(|| format!("read the deltas of run {run}"))?;
        self.batch_page(page).await
    }

    /// Takes what was learnt of some addresses until `at` out of the batches of a block that lie behind a sort key, and
    /// adds the deltas to `removed`. Gives the sort key of the last one where there were no steps for all of them.
    pub(crate) async fn clean_batches(
        &self,
        (site, block): (&SiteId, Block),
        (addresses, at): (&AddressSet, UnixTime),
        behind: Option<&str>,
        removed: &mut u64,
        steps: &mut Steps<'_>,
    ) -> Result<Option<String>, AppError> {
        let operation = || format!("clean up the deltas of {block}");
        for kind in ["D", "W"] {
            let end = format!("{kind}#{:012}", at.shifted(1).seconds());
            if behind.is_some_and(|behind| behind > end.as_str()) {
                continue;
            }
            let behind = behind.filter(|behind| behind.starts_with(kind));
            let range = SortRange::Between(format!("{kind}#"), end);
            let query = Query::partition(block_partition(site, block)).range(range);
            let mut query = query.limit(READ_AT_ONCE).behind(behind);
            loop {
                let page = self.table.query(&query).await.during(operation)?;
                for item in page.items {
                    let sort = item.key.sort.clone();
                    let gone = self.clean_batch(item, addresses, at).await?;
                    *removed += gone;
                    steps.take(u32::from(gone > 0));
                    if !steps.any() {
                        return Ok(Some(sort));
                    }
                }
                let Some(next) = page.next else { break };
                steps.take(1);
                query = query.after(Some(next));
            }
        }
        Ok(None)
    }

    /// The same with one batch: how many deltas. Another one may be cleaning it, or tell of it, just now.
    async fn clean_batch(
        &self,
        mut item: Item,
        addresses: &AddressSet,
        at: UnixTime,
    ) -> Result<u64, AppError> {
        let key = item.key.clone();
        let operation = || format!("clean up the deltas at {key}");
        for _ in 0..MOST_TRIES {
            let batch = Batch::from_item(self, &item).await?;
            let is_gone = |delta: &Delta| delta.time <= at && addresses.contains(delta.address);
            let (gone, left): (Vec<_>, Vec<_>) = batch.deltas.iter().cloned().partition(is_gone);
            if gone.is_empty() {
                return Ok(0);
            }
            let waits = item.attributes.get(OUTBOX).cloned();
            let as_read = match &waits {
                Some(value) => Condition::Equals { attribute: OUTBOX.to_owned(), value: value.clone() },
                None => Condition::Lacks { attribute: OUTBOX.to_owned() },
            };
            let cleaned = if left.is_empty() {
                Action::delete(key.clone())
            } else {
                let mut fresh = Batch { deltas: left, ..batch }.to_item(self).await?;
                // Whoever was told of it is not told again.
                fresh.attributes.remove(OUTBOX);
                fresh.attributes.extend(waits.map(|value| (OUTBOX.to_owned(), value)));
                Action::put(fresh)
            };
            match self.table.transact(vec![cleaned.when(as_read)]).await {
                Ok(()) => {
                    // A batch names its run and its result: no other one has the same bytes.
                    if let Some(name) = item.text(BLOB) {
                        let blob =
                            name.parse().map_err(|_| AppError::Missing { what: format!("blob {name}") })?;
                        self.blobs.delete(&blob).await.during(operation)?;
                    }
                    return Ok(gone.len() as u64);
                }
                Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {}
                Err(error) => return Err(error).during(operation),
            }
            match self.table.get(&key).await.during(operation)? {
                Some(now) => item = now,
                None => return Ok(0),
            }
        }
        Err(AppError::Contended { what: key.to_string(), tries: MOST_TRIES })
    }

    async fn batch_page(&self, page: crate::ports::Page) -> Result<BatchPage, AppError> {
        let mut batches = Vec::with_capacity(page.items.len());
        for item in &page.items {
            batches.push(Batch::from_item(self, item).await?);
        }
        Ok(BatchPage { batches, next: page.next })
    }

    /// The batch of one result in one block.
    pub(crate) async fn batch_of(
        &self,
        site: &SiteId,
        block: Block,
        order: Order,
    ) -> Result<Option<Batch>, AppError> {
        let key = batch_key(site, block, order);
        let item = self.table.get(&key).await.during(|| format!("read the deltas of {block}"))?;
        match item {
            Some(item) => Batch::from_item(self, &item).await.map(Some),
            None => Ok(None),
        }
    }

    /// Stores a batch of deltas that a rebuild no longer derives.
    pub(crate) async fn withdraw(&self, batch: Batch) -> Result<(), AppError> {
        let batch = Batch { withdrawn: true, ..batch };
        let item = batch.to_item(self).await?;
        let action = Action::put(item);
        self.table.transact(vec![action]).await.during(|| format!("withdraw deltas of {}", batch.block))
    }
}

/// Whether it can be read, as far as it is not in a blob.
pub(crate) fn check_batch(item: &Item) -> Result<(), crate::stored::StoredError> {
    let in_blob = item.text(super::BLOB).is_some();
    if in_blob { Ok(()) } else { unpack::<Batch>("delta batch", VERSION, &item.value).map(drop) }
}
