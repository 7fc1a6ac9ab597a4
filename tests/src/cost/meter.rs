//! A table and blobs that count what they are asked for, by the price lists of DynamoDB and S3.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portdelta_app::ports::blobs::{BlobChunks, BlobPage, BlobPrefix, BlobReader, PutMode, PutOutcome};
use portdelta_app::ports::table::Change;
use portdelta_app::ports::{Action, BlobError, BlobKey, Blobs, Item, Key, Page, Query, Table, TableError};
use serde::{Deserialize, Serialize};

/// What calls took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Units {
    /// Calls.
    pub calls: u64,
    /// Read request units; one is a strong read of up to 4 KiB.
    pub reads: f64,
    /// Write request units; one is a write of up to 1 KiB, half of one in a transaction.
    pub writes: f64,
}

/// What was counted, by the kind of what was read or written: `head`, `body`, `batch`, `task` ...
pub type Counted = BTreeMap<&'static str, Units>;

/// Counts what a [`Metered`] table takes.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Counted>);

/// Counts requests to a [`MeteredBlobs`].
#[derive(Debug, Default)]
pub struct Requests(Mutex<BTreeMap<&'static str, u64>>);

/// A table whose calls are counted as DynamoDB charges them: by the sizes of items, doubled in transactions of more than
/// one action, and once more for the index.
pub struct Metered {
    inner: Arc<dyn Table>,
    meter: Arc<Meter>,
}

/// Blobs whose requests are counted.
pub struct MeteredBlobs {
    inner: Arc<dyn Blobs>,
    requests: Arc<Requests>,
}

impl Meter {
    /// What was counted so far, and begins again from nothing.
    #[must_use]
    pub fn take(&self) -> Counted {
        std::mem::take(&mut *self.lock())
    }

    fn add(&self, kind: &'static str, calls: u64, reads: f64, writes: f64) {
        let mut counted = self.lock();
        let units = counted.entry(kind).or_default();
        units.calls += calls;
        units.reads += reads;
        units.writes += writes;
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Requests {
    /// What was counted so far by `put`, `get`, `list`, `delete`, and begins again from nothing.
    #[must_use]
    pub fn take(&self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, request: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(request).or_default() += 1;
    }
}

impl Metered {
    /// `inner`, counted by `meter`.
    #[must_use]
    pub fn new(inner: Arc<dyn Table>, meter: Arc<Meter>) -> Self {
        Self { inner, meter }
    }
}

impl MeteredBlobs {
    /// `inner`, counted by `requests`.
    #[must_use]
    pub fn new(inner: Arc<dyn Blobs>, requests: Arc<Requests>) -> Self {
        Self { inner, requests }
    }
}

/// What an item is, by its key.
#[must_use]
pub fn kind_of(key: &Key) -> &'static str {
    let family = key.partition.split('#').next().unwrap_or_default();
    let sort = key.sort.split('#').next().unwrap_or_default();
    match (family, sort) {
        ("SITE", "HEAD") => "head",
        ("SITE", "SCOPE") => "scope",
        ("BLK", "BODY") => "body",
        ("BLK", _) => "batch",
        ("RESULT", _) => "result",
        ("RUN", "TASK") => "mark",
        ("RUN", "COUNT") => "counter",
        ("RUN", "LENT") => "lent",
        ("RUN", "PLAN") => "plan",
        ("RUN", "REPORT") => "report",
        ("RUN", _) => "run",
        ("FORGOTTEN", _) => "clean-up",
        ("ALERT" | "ALERTS" | "BUNDLE" | "BUNDLES" | "SENT" | "DELIVERIES", _) => "alert",
        _ => "other",
    }
}

fn units(bytes: usize, each: usize) -> f64 {
    f64::from(u32::try_from(bytes.div_ceil(each).max(1)).unwrap_or(u32::MAX))
}

fn read_units(bytes: usize) -> f64 {
    units(bytes, 4096)
}

/// Units of one action that takes effect, times `each` for the table. The index holds a copy of the whole item, which is
/// written outside of the transaction.
fn write_units(action: &Action, each: f64) -> f64 {
    match &action.change {
        Change::Put(item) => {
            let own = units(item.size_bytes(), 1024);
            own * each + if item.index.is_some() { own } else { 0.0 }
        }
        // Everything that is deleted, counted or checked here is small.
        Change::Delete(_) | Change::Add { .. } | Change::Check(_) => each,
    }
}

#[async_trait]
impl Table for Metered {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let found = self.inner.get(key).await?;
        let bytes = found.as_ref().map_or(0, Item::size_bytes);
        self.meter.add(kind_of(key), 1, read_units(bytes), 0.0);
        Ok(found)
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        let page = self.inner.query(query).await?;
        let key = Key::new(query.partition.as_str(), query.range.start());
        let bytes = page.items.iter().map(Item::size_bytes).sum();
        self.meter.add(kind_of(&key), 1, read_units(bytes), 0.0);
        Ok(page)
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        let page = self.inner.query_index(query).await?;
        let bytes = page.items.iter().map(Item::size_bytes).sum();
        // The index is read as it is, which costs half.
        self.meter.add("index", 1, read_units(bytes) / 2.0, 0.0);
        Ok(page)
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        let each = if actions.len() > 1 { 2.0 } else { 1.0 };
        let charges: Vec<_> =
            actions.iter().map(|action| (kind_of(action.key()), write_units(action, each))).collect();
        let done = self.inner.transact(actions).await;
        // What a condition refused is charged too, by the least: a unit for each action.
        let refused = matches!(done, Err(TableError::ConditionFailed { .. }));
        for (kind, charge) in charges {
            self.meter.add(kind, 1, 0.0, if refused { each } else { charge });
        }
        done
    }

    async fn tidy(&self) -> Result<u64, TableError> {
        self.inner.tidy().await
    }
}

#[async_trait]
impl Blobs for MeteredBlobs {
    async fn put(&self, key: &BlobKey, content: Vec<u8>, mode: PutMode) -> Result<PutOutcome, BlobError> {
        self.requests.count("put");
        self.inner.put(key, content, mode).await
    }

    async fn put_from(
        &self,
        key: &BlobKey,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        self.requests.count("put");
        self.inner.put_from(key, content, mode).await
    }

    async fn get(&self, key: &BlobKey, max_bytes: u64) -> Result<Option<Vec<u8>>, BlobError> {
        self.requests.count("get");
        self.inner.get(key, max_bytes).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, BlobError> {
        self.requests.count("get");
        self.inner.open(key).await
    }

    async fn list(
        &self,
        prefix: &BlobPrefix,
        after: Option<&BlobKey>,
        limit: NonZeroUsize,
    ) -> Result<BlobPage, BlobError> {
        self.requests.count("list");
        self.inner.list(prefix, after, limit).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.requests.count("delete");
        self.inner.delete(key).await
    }
}
