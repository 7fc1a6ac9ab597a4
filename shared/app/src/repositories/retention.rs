//! What is kept how long, and how much of it is gone: two items, as there is one of each.

use portdelta_core::UnixTime;
use portdelta_core::ids::{ResultId, SiteId};
use serde::{Deserialize, Serialize};

use super::results::{ResultRecord, raw_key};
use super::version::{LOCK, check_seen, unchanged, version_of};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, TableError};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "RETENTION";

/// The attribute of the setting that says how long runs are kept.
const RUNS_DAYS: &str = "runs_days";

/// The attribute of records of results whose raw bytes are gone.
pub(crate) const RAW: &str = "raw";

/// What is kept how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Raw results, in days since they were received; `None` for ever.
    pub results_days: Option<u32>,
    /// Runs with their reports, tasks and deltas, in days since they ended; `None` for ever.
    #[serde(skip)]
    pub runs_days: Option<u32>,
}

/// A raw result that was applied or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SettledResult {
    pub(crate) id: ResultId,
    pub(crate) received: UnixTime,
    pub(crate) bytes: u64,
}

impl App {
    /// What is kept how long; everything for ever until somebody says otherwise.
    pub async fn retention(&self) -> Result<Retention, AppError> {
        Ok(self.versioned_retention().await?.0)
    }

    /// What is kept how long, and the version that [`App::set_retention`] wants; 0 until somebody sets it.
    pub async fn versioned_retention(&self) -> Result<(Retention, i64), AppError> {
        let Some(item) = self.retention_item().await? else { return Ok((Retention::default(), 0)) };
        let kept = unpack("retention", VERSION, &item.value).during(|| "read the retention".to_owned())?;
        let runs_days = item.number(RUNS_DAYS).and_then(|days| days.try_into().ok());
        Ok((Retention { runs_days, ..kept }, version_of(Some(&item))))
    }

    async fn retention_item(&self) -> Result<Option<Item>, AppError> {
        let item = self.table.get(&Key::new(PARTITION, "SETTING")).await;
        item.during(|| "read the retention".to_owned())
    }

    /// Stores what is kept how long, and gives its version; fails with [`AppError::Stale`] where it is not the one that
    /// was `seen`.
    pub(crate) async fn store_retention(
        &self,
        retention: Retention,
        seen: Option<i64>,
    ) -> Result<i64, AppError> {
        let operation = || "store the retention".to_owned();
        let stale = || "what is kept how long".to_owned();
        let known = self.retention_item().await?;
        check_seen(known.as_ref(), seen, stale)?;
        let next = version_of(known.as_ref()) + 1;
        let item = Item::new(Key::new(PARTITION, "SETTING"), pack(VERSION, &retention).during(operation)?);
        let item = match retention.runs_days {
            Some(days) => item.with(RUNS_DAYS, i64::from(days)),
            None => item,
        };
        let put = Action::put(item.with(LOCK, next)).when(unchanged(known.as_ref()));
        match self.table.transact(vec![put]).await {
            Ok(()) => Ok(next),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: stale() })
            }
            Err(error) => Err(error).during(operation),
        }
    }

    /// Raw results that were received before this time are gone; `None` while all are there.
    pub async fn results_gone_before(&self) -> Result<Option<UnixTime>, AppError> {
        let item = self.table.get(&Key::new(PARTITION, "GONE")).await;
        let item = item.during(|| "read which raw results are gone".to_owned())?;
        Ok(item.and_then(|item| item.number("before")).and_then(UnixTime::from_seconds))
    }

    /// Notes it before the first of them goes.
    pub(crate) async fn note_results_gone(&self, before: UnixTime) -> Result<(), AppError> {
        if self.results_gone_before().await?.is_some_and(|known| known >= before) {
            return Ok(());
        }
        let item = Item::new(Key::new(PARTITION, "GONE"), Vec::new()).with("before", before.seconds());
        let noted = self.table.transact(vec![Action::put(item)]).await;
        noted.during(|| "note which raw results go".to_owned())
    }

    /// A page of the results of a site whose raw bytes are there and needed by nothing that goes on, behind a result; and
    /// the one behind which the next page begins.
    pub(crate) async fn settled_results(
        &self,
        site: &SiteId,
        behind: Option<&str>,
    ) -> Result<(Vec<SettledResult>, Option<String>), AppError> {
        let operation = || format!("list the results of site {site}");
        let page = self.result_items_behind(site, behind).await?;
        let mut settled = Vec::new();
        for item in &page.items {
            if item.text("status") == Some("stored") || item.text(RAW).is_some() {
                continue;
            }
            let ResultRecord { id, received, bytes, .. } = ResultRecord::read(item).during(operation)?;
            settled.push(SettledResult { id, received, bytes });
        }
        Ok((settled, page.next.map(|next| next.key.sort)))
    }

    /// Removes the raw bytes of a result. Its record stays: what it did, and that it was taken in.
    pub(crate) async fn remove_raw(&self, site: &SiteId, id: ResultId) -> Result<(), AppError> {
        let operation = || format!("remove raw result {}", id.short());
        self.blobs.delete(&raw_key(site, id)?).await.during(operation)?;
        let Some(item) = self.table.get(&ResultRecord::key(site, id)).await.during(operation)? else {
            return Ok(());
        };
        let status = item.text("status").unwrap_or_default().to_owned();
        let gone = Action::put(item.with(RAW, "gone")).when(Condition::equals("status", status));
        match self.table.transact(vec![gone]).await {
            // The next sweep finds it again.
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(()),
            other => other.during(operation),
        }
    }
}

/// Whether it can be read.
pub(crate) fn check_retention(item: &Item) -> Result<(), crate::stored::StoredError> {
    unpack::<Retention>("retention", VERSION, &item.value).map(drop)
}
