//! Real adapters that fail where a test wants it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portdelta_app::ports::blobs::{BlobChunks, BlobPage, BlobPrefix, BlobReader, PutMode, PutOutcome};
use portdelta_app::ports::queue::{DeadLetter, QueueDepth};
use portdelta_app::ports::{
    Action, BlobError, BlobKey, Blobs, Delivery, Item, Key, Outgoing, Page, Query, Queue, QueueError,
    QueueName, Receipt, Table, TableError,
};
use portdelta_core::UnixTime;

use crate::faults::{Fault, Faults, InjectedFault};

/// A table that fails where its `Faults` say so.
pub struct FaultyTable {
    inner: Arc<dyn Table>,
    faults: Arc<Faults>,
}

/// Blobs that fail where their `Faults` say so.
pub struct FaultyBlobs {
    inner: Arc<dyn Blobs>,
    faults: Arc<Faults>,
}

/// A queue that fails where its `Faults` say so.
pub struct FaultyQueue {
    inner: Arc<dyn Queue>,
    faults: Arc<Faults>,
}

impl FaultyTable {
    /// `inner`, obeying `faults`.
    #[must_use]
    pub fn new(inner: Arc<dyn Table>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }
}

impl FaultyBlobs {
    /// `inner`, obeying `faults`.
    #[must_use]
    pub fn new(inner: Arc<dyn Blobs>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }
}

impl FaultyQueue {
    /// `inner`, obeying `faults`.
    #[must_use]
    pub fn new(inner: Arc<dyn Queue>, faults: Arc<Faults>) -> Self {
        Self { inner, faults }
    }
}

/// One operation: counted before it begins, and failed before or after it.
async fn operate<T, E>(
    faults: &Faults,
    told: impl Fn(InjectedFault) -> E,
    work: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, E> {
    let ending = faults.begin().map_err(&told)?;
    let result = work.await?;
    ending.reached().map_err(&told)?;
    Ok(result)
}

/// The same for an operation that changes something, where `changed` says so of its result.
async fn write<T, E>(
    faults: &Faults,
    told: impl Fn(InjectedFault) -> E,
    work: impl Future<Output = Result<T, E>> + Send,
    changed: fn(&T) -> bool,
) -> Result<T, E> {
    let work = async {
        let result = work.await?;
        if changed(&result) {
            faults.wrote();
        }
        Ok(result)
    };
    operate(faults, told, work).await
}

fn table(operation: &'static str) -> impl Fn(InjectedFault) -> TableError {
    move |fault| match fault.fault {
        Fault::Conflict => TableError::Conflict,
        _ => TableError::Unavailable { operation, source: Box::new(fault) },
    }
}

fn blobs(operation: &'static str, what: &str) -> impl Fn(InjectedFault) -> BlobError {
    let what = what.to_owned();
    move |fault| BlobError::Unavailable { operation, what: what.clone(), source: Box::new(fault) }
}

fn queues(operation: &'static str) -> impl Fn(InjectedFault) -> QueueError {
    move |fault| QueueError::Unavailable { operation, source: Box::new(fault) }
}

#[async_trait]
impl Table for FaultyTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        operate(&self.faults, table("get"), self.inner.get(key)).await
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        operate(&self.faults, table("query"), self.inner.query(query)).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        operate(&self.faults, table("query the index"), self.inner.query_index(query)).await
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        write(&self.faults, table("transact"), self.inner.transact(actions), |()| true).await
    }

    async fn tidy(&self) -> Result<u64, TableError> {
        write(&self.faults, table("tidy"), self.inner.tidy(), |removed| *removed > 0).await
    }
}

#[async_trait]
impl Blobs for FaultyBlobs {
    async fn put(&self, key: &BlobKey, content: Vec<u8>, mode: PutMode) -> Result<PutOutcome, BlobError> {
        let put = self.inner.put(key, content, mode);
        write(&self.faults, blobs("put", key.as_str()), put, |outcome| *outcome == PutOutcome::Created).await
    }

    async fn put_from(
        &self,
        key: &BlobKey,
        content: &mut dyn BlobChunks,
        mode: PutMode,
    ) -> Result<PutOutcome, BlobError> {
        let put = self.inner.put_from(key, content, mode);
        write(&self.faults, blobs("put", key.as_str()), put, |outcome| *outcome == PutOutcome::Created).await
    }

    async fn get(&self, key: &BlobKey, max_bytes: u64) -> Result<Option<Vec<u8>>, BlobError> {
        operate(&self.faults, blobs("get", key.as_str()), self.inner.get(key, max_bytes)).await
    }

    async fn open(&self, key: &BlobKey) -> Result<Option<BlobReader>, BlobError> {
        let found = operate(&self.faults, blobs("get", key.as_str()), self.inner.open(key)).await?;
        Ok(found.map(|reader| {
            let chunks =
                FaultyChunks { inner: reader.chunks, faults: Arc::clone(&self.faults), key: key.clone() };
            BlobReader { bytes: reader.bytes, chunks: Box::new(chunks) }
        }))
    }

    async fn list(
        &self,
        prefix: &BlobPrefix,
        after: Option<&BlobKey>,
        limit: NonZeroUsize,
    ) -> Result<BlobPage, BlobError> {
        operate(&self.faults, blobs("list", prefix.as_str()), self.inner.list(prefix, after, limit)).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        write(&self.faults, blobs("delete", key.as_str()), self.inner.delete(key), |()| true).await
    }

    async fn tidy(&self, before: UnixTime) -> Result<u64, BlobError> {
        write(&self.faults, blobs("tidy", ""), self.inner.tidy(before), |removed| *removed > 0).await
    }
}

struct FaultyChunks {
    inner: Box<dyn BlobChunks>,
    faults: Arc<Faults>,
    key: BlobKey,
}

#[async_trait]
impl BlobChunks for FaultyChunks {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        operate(&self.faults, blobs("get", self.key.as_str()), self.inner.next()).await
    }
}

#[async_trait]
impl Queue for FaultyQueue {
    async fn create(&self, queue: &QueueName) -> Result<(), QueueError> {
        write(&self.faults, queues("create a queue"), self.inner.create(queue), |()| true).await
    }

    async fn remove(&self, queue: &QueueName) -> Result<(), QueueError> {
        write(&self.faults, queues("remove a queue"), self.inner.remove(queue), |()| true).await
    }

    async fn send(&self, queue: &QueueName, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        write(&self.faults, queues("send"), self.inner.send(queue, messages), |()| true).await
    }

    async fn receive(
        &self,
        queue: &QueueName,
        max: usize,
        wait: Duration,
        lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        let received = self.inner.receive(queue, max, wait, lease);
        write(&self.faults, queues("receive"), received, |deliveries| !deliveries.is_empty()).await
    }

    async fn extend(&self, queue: &QueueName, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        let extended = self.inner.extend(queue, receipt, lease);
        write(&self.faults, queues("extend a lease"), extended, |()| true).await
    }

    async fn acknowledge(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        let gone = self.inner.acknowledge(queue, receipt);
        write(&self.faults, queues("acknowledge"), gone, |()| true).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, QueueError> {
        operate(&self.faults, queues("count messages"), self.inner.depth(queue)).await
    }

    async fn dead_letters(&self, queue: &QueueName, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        operate(&self.faults, queues("list dead letters"), self.inner.dead_letters(queue, max)).await
    }

    async fn redrive(&self, queue: &QueueName) -> Result<u64, QueueError> {
        let moved = self.inner.redrive(queue);
        write(&self.faults, queues("redrive dead letters"), moved, |moved| *moved > 0).await
    }
}
