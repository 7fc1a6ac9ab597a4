//! Expectations: an item each, all in one partition, as each is asked of all.

use portdelta_core::UnixTime;
use portdelta_core::expectation::Expectation;
use portdelta_core::ids::SiteId;

use super::all_items;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Query, TableError};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const LOCK: &str = "version";
/// The partition of all expectations.
pub(crate) const EXPECTATIONS: &str = "EXPECTATIONS";

fn key(id: &str) -> Key {
    Key::new(EXPECTATIONS, id)
}

fn read(item: &Item) -> Result<(Expectation, i64), StoredError> {
    Ok((unpack("expectation", VERSION, &item.value)?, item.number(LOCK).unwrap_or(0)))
}

impl App {
    /// All expectations with their versions, by id; those that expired too.
    pub async fn expectations(&self) -> Result<Vec<(Expectation, i64)>, AppError> {
        let operation = || "list expectations".to_owned();
        let items = all_items(&*self.table, Query::partition(EXPECTATIONS), false).await.during(operation)?;
        items.iter().map(|item| read(item).during(operation)).collect()
    }

    /// What is expected at a site at a time.
    pub(crate) async fn expectations_of(
        &self,
        site: &SiteId,
        now: UnixTime,
    ) -> Result<Vec<Expectation>, AppError> {
        let all = self.expectations().await?.into_iter().map(|(expectation, _)| expectation);
        Ok(all.filter(|one| one.site == *site && one.is_in_force(now)).collect())
    }

    /// An expectation and its version.
    pub async fn expectation(&self, id: &str) -> Result<Option<(Expectation, i64)>, AppError> {
        let operation = || "read an expectation".to_owned();
        let item = self.table.get(&key(id)).await.during(operation)?;
        item.map(|item| read(&item).during(operation)).transpose()
    }

    /// Stores an expectation, unless somebody else did since `version` was read; `None` where there was none.
    pub(crate) async fn store_expectation(
        &self,
        expectation: &Expectation,
        version: Option<i64>,
    ) -> Result<i64, AppError> {
        let operation = || format!("store expectation {}", expectation.id);
        let next = version.unwrap_or(0) + 1;
        let bytes = pack(VERSION, expectation).during(operation)?;
        let unchanged = version.map_or(Condition::MustNotExist, |version| Condition::equals(LOCK, version));
        let put = Action::put(Item::new(key(&expectation.id), bytes).with(LOCK, next)).when(unchanged);
        match self.table.transact(vec![put]).await {
            Ok(()) => Ok(next),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: format!("expectation {}", expectation.id) })
            }
            Err(error) => Err(error).during(operation),
        }
    }

    /// Removes an expectation; fails where there is none.
    pub async fn remove_expectation(&self, id: &str) -> Result<(), AppError> {
        let gone = Action::delete(key(id)).when(Condition::MustExist);
        match self.table.transact(vec![gone]).await {
            Err(TableError::ConditionFailed { .. }) => {
                Err(AppError::Unknown { what: "such expectation".to_owned() })
            }
            other => other.during(|| "remove an expectation".to_owned()),
        }
    }
}

/// The id of the expectation in an item.
pub(crate) fn check_expectation(item: &Item) -> Result<String, StoredError> {
    read(item).map(|(expectation, _)| expectation.id)
}
