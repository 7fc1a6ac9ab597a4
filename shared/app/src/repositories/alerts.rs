//! Alerts: one item each under a lock, in sixteen partitions by their id; an index lists what is wrong now and what was.

use portdelta_core::alert::{Alert, AlertId, Truth};

use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Item, Key, Query, TableError};
use crate::steps::READ_AT_ONCE;
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
/// Evidence against something that never was an alert is of use for as long as a message may come late, in seconds.
const UNHEARD_SECONDS: i64 = 60 * 86_400;

/// The partitions of alerts, by the first digit of their ids.
pub(crate) const ALERT_PARTITIONS: [&str; 16] = [
    "ALERT#0", "ALERT#1", "ALERT#2", "ALERT#3", "ALERT#4", "ALERT#5", "ALERT#6", "ALERT#7", "ALERT#8",
    "ALERT#9", "ALERT#a", "ALERT#b", "ALERT#c", "ALERT#d", "ALERT#e", "ALERT#f",
];

/// Whether an alert still is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlertList {
    /// It holds, or its host went.
    Live,
    /// It is resolved.
    Past,
}

impl AlertList {
    fn partition(self) -> &'static str {
        match self {
            Self::Live => "ALERTS#live",
            Self::Past => "ALERTS#past",
        }
    }

    fn of(alert: &Alert) -> Self {
        if alert.truth == Truth::Fails { Self::Past } else { Self::Live }
    }
}

/// Where an alert stands in its list: by the time at which its episode opened.
pub(crate) fn alert_position(alert: &Alert) -> String {
    format!("{:012}#{}", alert.opened.seconds(), alert.id())
}

fn key(id: AlertId) -> Key {
    let id = id.to_string();
    Key::new(format!("ALERT#{}", &id[..1]), id)
}

impl App {
    /// An alert by its id; `None` also where it never opened.
    pub async fn alert(&self, id: AlertId) -> Result<Option<Alert>, AppError> {
        let loaded = self.loaded_alert(id).await?;
        Ok(loaded.map(|(alert, _)| alert).filter(|alert| alert.episode > 0))
    }

    /// An alert, and the version that [`alert_action`] wants.
    pub(crate) async fn loaded_alert(&self, id: AlertId) -> Result<Option<(Alert, i64)>, AppError> {
        let operation = || format!("read alert {id}");
        let Some(item) = self.table.get(&key(id)).await.during(operation)? else { return Ok(None) };
        let alert = unpack("alert", VERSION, &item.value).during(operation)?;
        Ok(Some((alert, item.number(LOCK).unwrap_or(0))))
    }

    /// A page of the alerts of a partition, also those that never opened, with their versions, behind an id; and the id
    /// behind which the next page begins.
    pub(crate) async fn alerts_behind(
        &self,
        partition: &str,
        behind: Option<&str>,
    ) -> Result<(Vec<(Alert, i64)>, Option<String>), AppError> {
        let operation = || "list alerts".to_owned();
        let query = Query::partition(partition).limit(READ_AT_ONCE).behind(behind);
        let page = self.table.query(&query).await.during(operation)?;
        let mut alerts = Vec::with_capacity(page.items.len());
        for item in &page.items {
            let alert = unpack("alert", VERSION, &item.value).during(operation)?;
            alerts.push((alert, item.number(LOCK).unwrap_or(0)));
        }
        Ok((alerts, page.next.map(|next| next.key.sort)))
    }

    /// Removes an alert with its history; `false`, and it stays, where something happened to it since `version` was read.
    pub(crate) async fn remove_alert(&self, alert: &Alert, version: i64) -> Result<bool, AppError> {
        let id = alert.id();
        let gone = Action::delete(key(id)).when(at_version(Some(version)));
        match self.table.transact(vec![gone]).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(|| format!("remove alert {id}")),
        }
    }

    /// A page of a list, newest first: the alerts, and whether there are more. `below` is the [`alert_position`] of the
    /// last one of the page before.
    pub(crate) async fn alert_page(
        &self,
        list: AlertList,
        below: Option<&str>,
    ) -> Result<(Vec<Alert>, bool), AppError> {
        let operation = || "list alerts".to_owned();
        let mut query = Query::partition(list.partition()).backward();
        if let Some(below) = below {
            query = query.range(SortRange::Below(below.to_owned()));
        }
        let page = self.table.query_index(&query).await.during(operation)?;
        let alerts = page.items.iter().map(|item| unpack("alert", VERSION, &item.value).during(operation));
        Ok((alerts.collect::<Result<_, _>>()?, page.next.is_some()))
    }

    /// All alerts that are wrong now.
    pub(crate) async fn live_alerts(&self) -> Result<Vec<Alert>, AppError> {
        let (mut alerts, mut below) = (Vec::new(), None::<String>);
        loop {
            let (page, more) = self.alert_page(AlertList::Live, below.as_deref()).await?;
            below = page.last().map(alert_position);
            alerts.extend(page);
            if !more || below.is_none() {
                return Ok(alerts);
            }
        }
    }
}

/// Stores an alert, unless somebody else did since `version` was read; `None` where there was none.
pub(crate) fn alert_action(alert: &Alert, version: Option<i64>) -> Result<Action, AppError> {
    let id = alert.id();
    let bytes = pack(VERSION, alert).during(|| format!("store alert {id}"))?;
    let item = Item::new(key(id), bytes).with(LOCK, version.unwrap_or(0) + 1);
    let item = if alert.episode == 0 {
        item.expiring(alert.changed.shifted(UNHEARD_SECONDS))
    } else {
        item.indexed(Key::new(AlertList::of(alert).partition(), alert_position(alert)))
    };
    let unchanged = at_version(version);
    Ok(Action::put(item).when(unchanged))
}

/// The id of the alert in an item.
pub(crate) fn check_alert(item: &Item) -> Result<String, crate::stored::StoredError> {
    unpack::<Alert>("alert", VERSION, &item.value).map(|alert| alert.id().to_string())
}
