//! The watched ports: one item, as there are few.

use portdelta_core::watch::{WatchRule, shipped};

use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Item, Key, TableError};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
fn key() -> Key {
    Key::new("WATCHED", "RULES")
}

impl App {
    /// The watched ports; those that are shipped until somebody changes them.
    pub async fn watched_ports(&self) -> Result<Vec<WatchRule>, AppError> {
        Ok(self.loaded_watched_ports().await?.0)
    }

    /// The watched ports, and the version that [`App::store_watched_ports`] wants.
    pub(crate) async fn loaded_watched_ports(&self) -> Result<(Vec<WatchRule>, Option<i64>), AppError> {
        let operation = || "read the watched ports".to_owned();
        let Some(item) = self.table.get(&key()).await.during(operation)? else {
            return Ok((shipped(), None));
        };
        Ok((unpack("watched ports", VERSION, &item.value).during(operation)?, item.number(LOCK)))
    }

    /// Stores the watched ports, unless somebody else did since `version` was read.
    pub(crate) async fn store_watched_ports(
        &self,
        rules: &[WatchRule],
        version: Option<i64>,
    ) -> Result<(), AppError> {
        let operation = || "store the watched ports".to_owned();
        let item = Item::new(key(), pack(VERSION, &rules).during(operation)?);
        let item = item.with(LOCK, version.unwrap_or(0) + 1);
        let unchanged = at_version(version);
        match self.table.transact(vec![Action::put(item).when(unchanged)]).await {
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: "the list of watched ports".to_owned() })
            }
            other => other.during(operation),
        }
    }
}

/// Whether it can be read.
pub(crate) fn check_watched_ports(item: &Item) -> Result<(), crate::stored::StoredError> {
    unpack::<Vec<WatchRule>>("watched ports", VERSION, &item.value).map(drop)
}
