//! Queues in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use portdelta_app::ports::queue::{DeadLetter, MAX_DELIVERIES, QueueDepth};
use portdelta_app::ports::{Clock, Delivery, Outgoing, Queue, QueueError, QueueName, Receipt};
use portdelta_core::UnixTime;

use crate::faults::{Faults, InjectedFault};

/// How often a receiver that waits looks again: the clock moves without telling.
const TURN: Duration = Duration::from_millis(10);

/// A [`Queue`] that lasts as long as it is held. Messages come in the order in which they were sent.
pub struct MemoryQueue {
    clock: Arc<dyn Clock>,
    faults: Arc<Faults>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    queues: BTreeMap<QueueName, Vec<Message>>,
    /// Number of the latest delivery of any message; makes receipts unique.
    receipts: u64,
}

#[derive(Clone)]
struct Message {
    body: String,
    sent: UnixTime,
    /// From when on it can be received.
    visible: UnixTime,
    deliveries: u32,
    receipt: Option<Receipt>,
}

impl Message {
    fn is_waiting(&self, now: UnixTime) -> bool {
        self.visible <= now && self.deliveries < MAX_DELIVERIES
    }

    fn is_dead(&self, now: UnixTime) -> bool {
        self.visible <= now && self.deliveries >= MAX_DELIVERIES
    }
}

impl MemoryQueue {
    /// No queues yet; delays and leases end by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, faults: Arc::default(), state: Mutex::default() }
    }

    /// These queues, failing where `faults` says so.
    #[must_use]
    pub fn obeying(mut self, faults: Arc<Faults>) -> Self {
        self.faults = faults;
        self
    }

    /// The bodies of all messages in a queue, whoever holds them, dead ones too, without counting as an operation:
    /// for assertions.
    #[must_use]
    pub fn bodies(&self, queue: &QueueName) -> Vec<String> {
        let state = self.lock();
        state.queues.get(queue).into_iter().flatten().map(|message| message.body.clone()).collect()
    }

    /// Puts copies of all messages of a queue behind them and turns their order around, as a service may that
    /// promises to deliver at least once and in no order.
    pub fn repeat_and_reverse(&self, queue: &QueueName) {
        let mut state = self.lock();
        let Some(messages) = state.queues.get_mut(queue) else { return };
        let copies = messages.iter().cloned().map(|message| Message { receipt: None, ..message });
        let mut all: Vec<_> = copies.collect();
        all.append(messages);
        all.reverse();
        *messages = all;
    }

    /// Counts an operation, does `work` on the messages of a queue, which counts what it wrote, and fails where it was
    /// planned.
    fn operate<T>(
        &self,
        operation: &'static str,
        queue: &QueueName,
        work: impl FnOnce(&mut Vec<Message>, &mut u64) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        let ending = self.faults.begin().map_err(|fault| unavailable(operation, fault))?;
        let result = {
            let state = &mut *self.lock();
            let messages = state.queues.get_mut(queue);
            let messages = messages.ok_or_else(|| QueueError::NoQueue { queue: queue.to_string() })?;
            work(messages, &mut state.receipts)
        }?;
        ending.reached().map_err(|fault| unavailable(operation, fault))?;
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable(operation: &'static str, fault: InjectedFault) -> QueueError {
    QueueError::Unavailable { operation, source: Box::new(fault) }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn create(&self, queue: &QueueName) -> Result<(), QueueError> {
        let ending = self.faults.begin().map_err(|fault| unavailable("create a queue", fault))?;
        self.lock().queues.entry(queue.clone()).or_default();
        self.faults.wrote();
        ending.reached().map_err(|fault| unavailable("create a queue", fault))
    }

    async fn remove(&self, queue: &QueueName) -> Result<(), QueueError> {
        let ending = self.faults.begin().map_err(|fault| unavailable("remove a queue", fault))?;
        self.lock().queues.remove(queue);
        self.faults.wrote();
        ending.reached().map_err(|fault| unavailable("remove a queue", fault))
    }

    async fn send(&self, queue: &QueueName, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        messages.iter().try_for_each(Outgoing::check)?;
        let now = self.clock.now();
        self.operate("send", queue, |all, _| {
            all.extend(messages.into_iter().map(|message| Message {
                body: message.body,
                sent: now,
                visible: now.after(message.delay),
                deliveries: 0,
                receipt: None,
            }));
            self.faults.wrote();
            Ok(())
        })
    }

    async fn receive(
        &self,
        queue: &QueueName,
        max: usize,
        wait: Duration,
        lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        QueueError::check_receive(max, wait, lease)?;
        let begin = Instant::now();
        // One operation, however long it waits.
        let ending = self.faults.begin().map_err(|fault| unavailable("receive", fault))?;
        loop {
            let now = self.clock.now();
            let found = {
                let state = &mut *self.lock();
                let messages = state.queues.get_mut(queue);
                let messages = messages.ok_or_else(|| QueueError::NoQueue { queue: queue.to_string() })?;
                take(messages, &mut state.receipts, max, now, now.after(lease))
            };
            if !found.is_empty() {
                self.faults.wrote();
            }
            if !found.is_empty() || begin.elapsed() >= wait {
                ending.reached().map_err(|fault| unavailable("receive", fault))?;
                return Ok(found);
            }
            tokio::time::sleep(TURN).await;
        }
    }

    async fn extend(&self, queue: &QueueName, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        QueueError::check_lease(lease)?;
        let now = self.clock.now();
        self.operate("extend a lease", queue, |messages, _| {
            let held = messages.iter_mut().find(|message| message.receipt.as_ref() == Some(receipt));
            let held = held.filter(|message| message.visible > now).ok_or(QueueError::LeaseLost)?;
            held.visible = now.after(lease);
            if lease.is_zero() {
                held.receipt = None;
            }
            self.faults.wrote();
            Ok(())
        })
    }

    async fn acknowledge(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        self.operate("acknowledge", queue, |messages, _| {
            messages.retain(|message| message.receipt.as_ref() != Some(receipt));
            self.faults.wrote();
            Ok(())
        })
    }

    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, QueueError> {
        let now = self.clock.now();
        self.operate("count messages", queue, |messages, _| {
            let mut depth = QueueDepth::default();
            for message in messages {
                if message.is_dead(now) {
                    depth.dead += 1;
                } else if message.visible > now && message.receipt.is_some() {
                    depth.leased += 1;
                } else {
                    depth.waiting += 1;
                }
            }
            Ok(depth)
        })
    }

    async fn dead_letters(&self, queue: &QueueName, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let now = self.clock.now();
        self.operate("list dead letters", queue, |messages, _| {
            let mut dead: Vec<_> = messages.iter().filter(|message| message.is_dead(now)).collect();
            dead.sort_by_key(|message| message.sent);
            let letter = |message: &Message| DeadLetter { body: message.body.clone(), sent: message.sent };
            Ok(dead.into_iter().take(max).map(letter).collect())
        })
    }

    async fn redrive(&self, queue: &QueueName) -> Result<u64, QueueError> {
        let now = self.clock.now();
        self.operate("redrive dead letters", queue, |messages, _| {
            let mut redriven = 0;
            for message in messages.iter_mut().filter(|message| message.is_dead(now)) {
                (message.deliveries, message.receipt) = (0, None);
                redriven += 1;
            }
            if redriven > 0 {
                self.faults.wrote();
            }
            Ok(redriven)
        })
    }
}

/// Leases messages that can be received.
fn take(
    messages: &mut [Message],
    receipts: &mut u64,
    max: usize,
    now: UnixTime,
    until: UnixTime,
) -> Vec<Delivery> {
    let waiting = messages.iter_mut().filter(|message| message.is_waiting(now)).take(max);
    let deliver = |message: &mut Message| {
        *receipts += 1;
        let receipt = Receipt(format!("receipt-{receipts}"));
        message.deliveries += 1;
        message.visible = until;
        message.receipt = Some(receipt.clone());
        Delivery { receipt, body: message.body.clone(), deliveries: message.deliveries, sent: message.sent }
    };
    waiting.map(deliver).collect()
}
