//! Channels: where to tell, and what goes there.

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use portdelta_core::watch::Severity;
use serde::{Deserialize, Serialize};

use super::all_items;
use super::version::LOCK;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, ChannelSettings, Condition, Item, Key, Query, TableError};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "CHANNELS";

/// Most channels that there can be.
pub const MOST_CHANNELS: usize = 50;

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRecord {
    /// A UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// It is used.
    pub enabled: bool,
    /// Where and how, with secrets.
    pub settings: ChannelSettings,
    /// What goes there.
    pub subscription: Subscription,
    /// When it was made.
    pub created: UnixTime,
    /// When it was changed last.
    pub edited: UnixTime,
    /// Grows with every change, from 1.
    pub version: i64,
}

/// What goes to a channel; everything that is set must hold.
#[expect(clippy::struct_excessive_bools, reason = "switches that people set one by one")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Only alerts at least so severe, and digests only where they have one.
    pub min_severity: Option<Severity>,
    /// Only these sites; all where empty.
    pub sites: Vec<SiteId>,
    /// Only these networks; all where empty.
    pub networks: Vec<String>,
    /// Only these scans, by id; all where empty.
    pub scans: Vec<String>,
    /// Alerts go there by themselves: critical ones at once.
    pub alerts: bool,
    /// Digests of runs go there. Without them all alerts go at once.
    pub digests: bool,
    /// All alerts go at once, not only critical ones.
    pub at_once: bool,
    /// Also digests of runs that changed nothing.
    pub quiet_runs: bool,
}

/// How it went lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelStatus {
    /// When something was last delivered.
    pub last_delivered: Option<UnixTime>,
    /// Why the newest delivery failed; `None` where it did not.
    pub last_error: Option<String>,
}

/// As it is stored: settings are JSON, as postcard can't tell tagged alternatives.
#[derive(Serialize, Deserialize)]
struct StoredChannel {
    id: String,
    name: String,
    enabled: bool,
    settings: String,
    subscription: Subscription,
    created: UnixTime,
    edited: UnixTime,
    version: i64,
}

impl ChannelRecord {
    pub(crate) fn item(&self) -> Result<Item, AppError> {
        let operation = || format!("store channel {}", self.id);
        let settings = serde_json::to_string(&self.settings)
            .map_err(|_| StoredError::Damaged { what: "channel", detail: "its settings".to_owned() })
            .during(operation)?;
        let stored = StoredChannel {
            id: self.id.clone(),
            name: self.name.clone(),
            enabled: self.enabled,
            settings,
            subscription: self.subscription.clone(),
            created: self.created,
            edited: self.edited,
            version: self.version,
        };
        Ok(Item::new(key(&self.id), pack(VERSION, &stored).during(operation)?).with(LOCK, self.version))
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        let stored: StoredChannel = unpack("channel", VERSION, &item.value)?;
        // What is wrong is not told: it could quote a secret.
        let settings = serde_json::from_str(&stored.settings)
            .map_err(|_| StoredError::Damaged { what: "channel", detail: "its settings".to_owned() })?;
        Ok(Self {
            id: stored.id,
            name: stored.name,
            enabled: stored.enabled,
            settings,
            subscription: stored.subscription,
            created: stored.created,
            edited: stored.edited,
            version: stored.version,
        })
    }
}

fn key(id: &str) -> Key {
    Key::new(PARTITION, format!("CHANNEL#{id}"))
}

fn status_key(id: &str) -> Key {
    Key::new(PARTITION, format!("STATUS#{id}"))
}

fn unknown(id: &str) -> AppError {
    AppError::Unknown { what: format!("channel {}", portdelta_core::escape::escape(id)) }
}

impl App {
    /// All channels by id, with their secrets: not for showing.
    pub async fn channel_records(&self) -> Result<Vec<ChannelRecord>, AppError> {
        let operation = || "list channels".to_owned();
        let query = Query::partition(PARTITION).prefix("CHANNEL#");
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        items.iter().map(|item| ChannelRecord::read(item).during(operation)).collect()
    }

    /// A channel with its secrets.
    pub(crate) async fn channel_record(&self, id: &str) -> Result<ChannelRecord, AppError> {
        let operation = || format!("read channel {id}");
        if id.is_empty() || id.len() > 64 {
            return Err(unknown(id));
        }
        let item = self.table.get(&key(id)).await.during(operation)?.ok_or_else(|| unknown(id))?;
        ChannelRecord::read(&item).during(operation)
    }

    /// Stores a channel: a new one, or over the version before.
    pub(crate) async fn put_channel(&self, channel: &ChannelRecord) -> Result<(), AppError> {
        let condition = match channel.version {
            1 => Condition::MustNotExist,
            version => Condition::equals(LOCK, version - 1),
        };
        match self.table.transact(vec![Action::put(channel.item()?).when(condition)]).await {
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: format!("channel {}", channel.name) })
            }
            other => other.during(|| format!("store channel {}", channel.id)),
        }
    }

    /// Removes a channel; what waits for it is not delivered any more.
    pub async fn delete_channel(&self, id: &str) -> Result<(), AppError> {
        self.channel_record(id).await?;
        let actions =
            vec![Action::delete(key(id)).when(Condition::MustExist), Action::delete(status_key(id))];
        match self.table.transact(actions).await {
            Err(TableError::ConditionFailed { .. }) => Err(unknown(id)),
            other => other.during(|| format!("remove channel {id}")),
        }
    }

    /// How a channel went lately.
    pub async fn channel_status(&self, id: &str) -> Result<ChannelStatus, AppError> {
        let operation = || format!("read how channel {id} went");
        let item = self.table.get(&status_key(id)).await.during(operation)?;
        let status = item.map(|item| unpack("channel status", VERSION, &item.value).during(operation));
        Ok(status.transpose()?.unwrap_or_default())
    }

    /// Notes how a channel went.
    pub(crate) async fn put_channel_status(&self, id: &str, status: &ChannelStatus) -> Result<(), AppError> {
        let operation = || format!("note how channel {id} went");
        let item = Item::new(status_key(id), pack(VERSION, status).during(operation)?);
        // A channel that was removed meanwhile leaves nothing behind.
        let actions = vec![Action::put(item), Action::check(key(id), Condition::MustExist)];
        match self.table.transact(actions).await {
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(()),
            other => other.during(operation),
        }
    }
}

/// Whether it can be read.
pub(crate) fn check_channel_status(item: &Item) -> Result<(), StoredError> {
    unpack::<ChannelStatus>("channel status", VERSION, &item.value).map(drop)
}
