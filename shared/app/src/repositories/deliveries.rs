//! Deliveries: one for each notification and channel, made once; what waits stands in an index by its next try.

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

use super::all_items;
use super::version::LOCK;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Item, Key, Notification, Query, TableError};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PENDING: &str = "DELIVERIES#pending";

/// A delivery that ended is remembered for so long: a repetition within it tells nothing again. In seconds.
const REMEMBERED_SECONDS: i64 = 90 * 86_400;

/// A notification on its way to a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The channel's id.
    pub channel: String,
    /// What to tell.
    pub notification: Notification,
    /// How it went so far.
    pub progress: DeliveryProgress,
}

/// How a delivery went so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryProgress {
    /// When it was made.
    pub created: UnixTime,
    /// How often it was tried.
    pub attempts: u32,
    /// What comes next.
    pub state: DeliveryState,
    /// Why the last attempt failed. Escaped, without secrets.
    pub error: Option<String>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// It is tried then.
    Pending {
        /// Not before.
        next: UnixTime,
    },
    /// The other side has taken it.
    Sent {
        /// When.
        at: UnixTime,
    },
    /// It is not tried any more.
    Failed {
        /// Since when.
        at: UnixTime,
    },
}

/// As it is stored: the notification is JSON, for the sake of its data.
#[derive(Serialize, Deserialize)]
struct StoredDelivery {
    channel: String,
    notification: String,
    progress: DeliveryProgress,
}

impl DeliveryRecord {
    /// A delivery that nobody has tried.
    #[must_use]
    pub fn new(channel: impl Into<String>, notification: Notification, now: UnixTime) -> Self {
        let state = DeliveryState::Pending { next: now };
        let progress = DeliveryProgress { created: now, attempts: 0, state, error: None };
        Self { channel: channel.into(), notification, progress }
    }

    fn key(&self) -> Key {
        delivery_key(&self.channel, &self.notification.id)
    }

    fn operation(&self) -> String {
        format!("store delivery {} to channel {}", self.notification.id, self.channel)
    }
}

fn delivery_key(channel: &str, notification: &str) -> Key {
    Key::new(delivery_partition(channel), notification)
}

/// Where the deliveries of a channel are.
pub(crate) fn delivery_partition(channel: &str) -> String {
    format!("SENT#{channel}")
}

impl App {
    async fn delivery_item(&self, delivery: &DeliveryRecord, version: i64) -> Result<Item, AppError> {
        let operation = || delivery.operation();
        let notification = serde_json::to_string(&delivery.notification)
            .map_err(|error| StoredError::Damaged { what: "delivery", detail: error.to_string() })
            .during(operation)?;
        let (channel, progress) = (delivery.channel.clone(), delivery.progress.clone());
        let bytes = pack(VERSION, &StoredDelivery { channel, notification, progress }).during(operation)?;
        let item = self.item_or_blob(delivery.key(), bytes, "deliveries").await?.with(LOCK, version);
        Ok(match delivery.progress.state {
            DeliveryState::Pending { next } => {
                let (channel, id) = (&delivery.channel, &delivery.notification.id);
                item.indexed(Key::new(PENDING, format!("{:012}#{channel}#{id}", next.seconds())))
            }
            DeliveryState::Sent { at } | DeliveryState::Failed { at } => {
                item.expiring(at.shifted(REMEMBERED_SECONDS))
            }
        })
    }

    async fn read_delivery(&self, item: &Item) -> Result<DeliveryRecord, AppError> {
        let operation = || format!("read delivery {}", item.key.sort);
        let bytes = self.item_value(item).await?;
        let stored: StoredDelivery = unpack("delivery", VERSION, &bytes).during(operation)?;
        let notification = serde_json::from_str(&stored.notification)
            .map_err(|error| StoredError::Damaged { what: "delivery", detail: error.to_string() })
            .during(operation)?;
        Ok(DeliveryRecord { channel: stored.channel, notification, progress: stored.progress })
    }

    /// Makes a delivery unless it is there.
    pub(crate) async fn add_delivery(&self, delivery: &DeliveryRecord) -> Result<(), AppError> {
        let item = self.delivery_item(delivery, 1).await?;
        match self.table.transact(vec![Action::put(item).when(Condition::MustNotExist)]).await {
            Err(TableError::ConditionFailed { .. }) => Ok(()),
            other => other.during(|| delivery.operation()),
        }
    }

    /// A delivery, and the version that [`App::commit_delivery`] wants.
    pub(crate) async fn loaded_delivery(
        &self,
        channel: &str,
        notification: &str,
    ) -> Result<Option<(DeliveryRecord, i64)>, AppError> {
        let operation = || format!("read delivery {notification} to channel {channel}");
        let item = self.table.get(&delivery_key(channel, notification)).await.during(operation)?;
        let Some(item) = item else { return Ok(None) };
        let version = item.number(LOCK).unwrap_or(0);
        Ok(Some((self.read_delivery(&item).await?, version)))
    }

    /// Stores how a delivery went; `false` where somebody else did since `version` was read.
    pub(crate) async fn commit_delivery(
        &self,
        delivery: &DeliveryRecord,
        version: i64,
    ) -> Result<bool, AppError> {
        let item = self.delivery_item(delivery, version + 1).await?;
        let unchanged = Condition::equals(LOCK, version);
        match self.table.transact(vec![Action::put(item).when(unchanged)]).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(|| delivery.operation()),
        }
    }

    /// Which deliveries are due at `now`, the oldest first: (channel, notification). The index behind it may lag.
    pub(crate) async fn due_deliveries(&self, now: UnixTime) -> Result<Vec<(String, String)>, AppError> {
        let due = SortRange::Below(format!("{:012}$", now.seconds()));
        let query = Query::partition(PENDING).range(due);
        let page =
            self.table.query_index(&query).await.during(|| "list what is to be delivered".to_owned())?;
        let place = |item: Item| Some((item.key.partition.strip_prefix("SENT#")?.to_owned(), item.key.sort));
        Ok(page.items.into_iter().filter_map(place).collect())
    }

    /// How many deliveries of a channel have an id that begins so, as far as `most`.
    pub(crate) async fn count_deliveries(
        &self,
        channel: &str,
        prefix: &str,
        most: std::num::NonZeroUsize,
    ) -> Result<usize, AppError> {
        let query = Query::partition(delivery_partition(channel)).prefix(prefix).limit(most);
        let page =
            self.table.query(&query).await.during(|| format!("count deliveries to channel {channel}"))?;
        Ok(page.items.len())
    }

    /// All deliveries of a channel that are remembered, by notification.
    pub async fn deliveries(&self, channel: &str) -> Result<Vec<DeliveryRecord>, AppError> {
        let operation = || format!("list the deliveries to channel {channel}");
        let query = Query::partition(delivery_partition(channel));
        let mut deliveries = Vec::new();
        for item in all_items(&*self.table, query, false).await.during(operation)? {
            deliveries.push(self.read_delivery(&item).await?);
        }
        Ok(deliveries)
    }
}

/// Whether it can be read, as far as it is not in a blob.
pub(crate) fn check_delivery(item: &Item) -> Result<(), StoredError> {
    let in_blob = item.text(super::BLOB).is_some();
    if in_blob { Ok(()) } else { unpack::<StoredDelivery>("delivery", VERSION, &item.value).map(drop) }
}
