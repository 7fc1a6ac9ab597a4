//! Messages that are delivered at least once, one holder at a time.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;

use super::ErrorClass;

/// The largest body of a message, in bytes; the limit of SQS, kept by every adapter.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The longest lease: 12 hours, the limit of SQS.
pub const MAX_LEASE: Duration = Duration::from_hours(12);

/// The longest delay of a message: 15 minutes, the limit of SQS.
pub const MAX_DELAY: Duration = Duration::from_mins(15);

/// Most messages of one [`Queue::receive`].
pub const MAX_RECEIVED: usize = 10;

/// The longest wait of one [`Queue::receive`]; the limit of SQS.
pub const MAX_WAIT: Duration = Duration::from_secs(20);

/// After so many deliveries without an acknowledgement a message becomes a dead letter.
pub const MAX_DELIVERIES: u32 = 5;

/// Which queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueName {
    /// Tasks for the agents of a site.
    Tasks(SiteId),
    /// Work of the server itself.
    Work(Work),
}

/// The kinds of work that a server does in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// Runs to begin, and slices of runs to dispatch.
    Dispatch,
    /// Uploads to apply.
    Ingest,
    /// Committed deltas and finished runs to tell of.
    Notify,
}

impl Work {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dispatch, Self::Ingest, Self::Notify];
}

/// `tasks-office`, `work-dispatch`; at most 70 characters of `a-z`, `0-9`, `-`, `_` and `.`.
impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tasks(site) => write!(f, "tasks-{site}"),
            Self::Work(Work::Dispatch) => f.write_str("work-dispatch"),
            Self::Work(Work::Ingest) => f.write_str("work-ingest"),
            Self::Work(Work::Notify) => f.write_str("work-notify"),
        }
    }
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// UTF-8, 1 to [`MAX_MESSAGE_BYTES`] bytes.
    pub body: String,
    /// Nobody gets it before this has passed; at most [`MAX_DELAY`].
    pub delay: Duration,
}

impl Outgoing {
    /// Refuses what no queue takes; for adapters.
    pub fn check(&self) -> Result<(), QueueError> {
        if self.body.is_empty() || self.body.len() > MAX_MESSAGE_BYTES {
            let what = format!("message of {} bytes", self.body.len());
            return Err(QueueError::OverLimit { what });
        }
        if self.delay > MAX_DELAY {
            return Err(QueueError::OverLimit { what: format!("delay of {} s", self.delay.as_secs()) });
        }
        Ok(())
    }
}

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names this delivery until its lease ends; opaque, at most 1,024 characters.
    pub receipt: Receipt,
    /// As sent.
    pub body: String,
    /// How often it was delivered, this time included; from 1.
    pub deliveries: u32,
    /// When it was sent.
    pub sent: UnixTime,
}

/// Names one delivery of one message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receipt(pub String);

/// A message that nobody could finish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// As sent.
    pub body: String,
    /// When it was sent.
    pub sent: UnixTime,
}

/// How full a queue is. Approximate on SQS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Could be received now, or after their delay.
    pub waiting: u64,
    /// Held by somebody.
    pub leased: u64,
    /// Given up.
    pub dead: u64,
}

/// Queues of messages.
///
/// At least once, in no promised order: a message may be delivered again although it was acknowledged, and to two
/// holders at once. Consumers make repeats harmless.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Makes a queue; fine where it is there.
    async fn create(&self, queue: &QueueName) -> Result<(), QueueError>;

    /// Removes a queue with its messages and dead letters; fine where there is none.
    async fn remove(&self, queue: &QueueName) -> Result<(), QueueError>;

    /// Sends all of the messages, any number.
    ///
    /// After an error some may have been sent: the caller sends them all again.
    async fn send(&self, queue: &QueueName, messages: Vec<Outgoing>) -> Result<(), QueueError>;

    /// At most `max` (1 to [`MAX_RECEIVED`]) messages, each leased for `lease` (a second to [`MAX_LEASE`]); waits up
    /// to `wait` (at most [`MAX_WAIT`]) for the first one. Messages that were delivered [`MAX_DELIVERIES`] times
    /// become dead letters instead.
    ///
    /// Delays and leases count in whole seconds; a part of a second counts as one.
    async fn receive(
        &self,
        queue: &QueueName,
        max: usize,
        wait: Duration,
        lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError>;

    /// Holds a message for `lease` from now on; zero hands it back at once, for others to receive.
    ///
    /// Fails with [`QueueError::LeaseLost`] where the message is done, and where the lease has ended and the message may
    /// be somebody else's; but SQS may prolong such a lease all the same. SQS holds a message for at most
    /// [`MAX_LEASE`] in all, however often that is asked for.
    async fn extend(&self, queue: &QueueName, receipt: &Receipt, lease: Duration) -> Result<(), QueueError>;

    /// The message is done; fine where it is gone. Where the lease was lost, the message may come again, and on SQS
    /// it may be gone for its new holder as well: what was done once is done.
    async fn acknowledge(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError>;

    /// How full a queue is.
    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, QueueError>;

    /// Dead letters, oldest first, at most `max`.
    async fn dead_letters(&self, queue: &QueueName, max: usize) -> Result<Vec<DeadLetter>, QueueError>;

    /// Lets all dead letters be received again, their deliveries counted from the beginning; how many.
    async fn redrive(&self, queue: &QueueName) -> Result<u64, QueueError>;
}

/// Why an operation on a queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// There is no such queue.
    #[error("there is no queue {queue}")]
    NoQueue {
        /// Its name.
        queue: String,
    },
    /// The lease has ended.
    #[error("the lease has ended; the message may be somebody else's")]
    LeaseLost,
    /// A message is too large, or a delay, lease or count out of range.
    #[error("the queue takes no {what}")]
    OverLimit {
        /// What: `message of 300000 bytes`.
        what: String,
    },
    /// It cannot be reached, or answered with something temporary; the outcome is unknown.
    #[error("the queue could not {operation}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// It refuses for a reason that will stay.
    #[error("the queue refused to {operation}")]
    Backend {
        /// What was being done.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl QueueError {
    /// Refuses to receive what no queue gives; for adapters.
    pub fn check_receive(max: usize, wait: Duration, lease: Duration) -> Result<(), Self> {
        if !(1..=MAX_RECEIVED).contains(&max) {
            return Err(Self::OverLimit { what: format!("receiver of {max} messages at once") });
        }
        if wait > MAX_WAIT {
            return Err(Self::OverLimit { what: format!("wait of {} s", wait.as_secs()) });
        }
        if lease.is_zero() {
            return Err(Self::OverLimit { what: "receiver without a lease".to_owned() });
        }
        Self::check_lease(lease)
    }

    /// Refuses a lease that is too long; for adapters.
    pub fn check_lease(lease: Duration) -> Result<(), Self> {
        if lease > MAX_LEASE {
            return Err(Self::OverLimit { what: format!("lease of {} s", lease.as_secs()) });
        }
        Ok(())
    }

    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoQueue { .. } => "queue.none",
            Self::LeaseLost => "queue.lease_lost",
            Self::OverLimit { .. } => "queue.over_limit",
            Self::Unavailable { .. } => "queue.unavailable",
            Self::Backend { .. } => "queue.backend",
        }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NoQueue { .. } | Self::LeaseLost => ErrorClass::Caller,
            Self::Unavailable { .. } => ErrorClass::Retry,
            Self::OverLimit { .. } | Self::Backend { .. } => ErrorClass::Bug,
        }
    }
}
