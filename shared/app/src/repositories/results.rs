//! Raw results and their records: the truth from which everything else can be rebuilt.

use std::collections::BTreeMap;

use portdelta_core::ids::{ResultId, RunId, SiteId};
use portdelta_core::observation::Tool;
use portdelta_core::reconcile::Tally;
use portdelta_core::{AddressSet, PortSet, UnixTime};
use serde::{Deserialize, Serialize};

use super::{RAW, all_items, old_results};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Page, Query, TableError};
use crate::raw::{MOST_HELD_BYTES, Raw};
use crate::steps::READ_AT_ONCE;
use crate::stored::{StoredError, pack, unpack, version_of};

/// 2 adds the task; 3 the checksum, who imported it and what it says of itself; 4 holds ports in less room.
const VERSION: u8 = 4;

/// One file as it was received: a result, or several where documents were appended to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRecord {
    /// The id of its first document.
    pub id: ResultId,
    /// The site that it is evidence for.
    pub site: SiteId,
    /// A name for people: the file it came from, or the command.
    pub source: String,
    /// Bytes as received.
    pub bytes: u64,
    /// When it was received.
    pub received: UnixTime,
    /// What it is judged by; stored with it, so that a rebuild judges the same.
    pub judgement: Judgement,
    /// What became of it.
    pub status: ResultStatus,
    /// The task that it is of; `None` for imports and scans of the command line.
    pub task: Option<TaskBasis>,
    /// SHA-256 of its uncompressed bytes; `None` where it was taken in before that was kept.
    pub sha256: Option<[u8; 32]>,
    /// Who imported it: `user Ada`; `None` where an agent or the command line took it in.
    pub by: Option<String>,
    /// What its first document says of itself; `None` before it was read, where it can't be, and where it was read
    /// before that was kept. Those of later documents are parts of their own.
    pub document: Option<DocumentNote>,
}

/// What a document says of itself; texts as it has them, cut where they are long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentNote {
    /// The program.
    pub tool: Tool,
    /// Its version.
    pub version: Option<String>,
    /// The command line that it was started with, at most [`MOST_ARGUMENT_BYTES`](super::MOST_ARGUMENT_BYTES) and `…` where the
    /// middle is left out; up to version 3 of the record the first 4 KiB.
    pub arguments: Option<String>,
    /// When it began, by the server's clock.
    pub start: Option<UnixTime>,
    /// When it ended, by the server's clock.
    pub end: Option<UnixTime>,
    /// It is whole.
    pub complete: bool,
}

/// What a result of a task is judged by besides; stored, so that a rebuild judges the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskBasis {
    /// The task's number in its run.
    pub task: u32,
    /// The agent that uploaded it.
    pub agent: String,
    /// When that agent began it; earlier times in it are corrected to this.
    pub lent: UnixTime,
    /// How many seconds the agent's clock was ahead, where that is enough to be corrected; else 0.
    pub clock_ahead: i64,
    /// Why it covers only whole hosts: `deadline`, `exit code 1`, ...
    pub cut: Option<String>,
}

/// What a result is judged by besides its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Its run.
    pub run: RunId,
    /// The scan whose lens it has; `None` for an import.
    pub scan: Option<String>,
    /// The addresses that it was to cover, where told.
    pub targets: Option<AddressSet>,
    /// The ports that it was to cover, where told.
    #[serde(with = "crate::stored::ports")]
    pub ports: Option<PortSet>,
    /// The time of a result that has none.
    pub default_time: UnixTime,
    /// The time zone of times without one, an IANA name.
    pub time_zone: String,
    /// The format, where it was named.
    pub format: Option<String>,
    /// Damping of what is new.
    pub confirm_open: u16,
    /// Damping of what is gone.
    pub confirm_close: u16,
}

/// What became of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResultStatus {
    /// Kept, and not applied completely yet.
    Stored,
    /// Applied.
    Applied(Applied),
    /// Kept and listed, not applied.
    Refused {
        /// Stable, for programs.
        code: String,
        /// For people.
        message: String,
    },
}

/// What a result did, all its documents and blocks together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The time of its evidence, the latest of all blocks; the order in which a rebuild applies results.
    pub time: UnixTime,
    /// Every document is whole.
    pub complete: bool,
    /// Up or open before and now, covered both times, without a delta.
    pub unchanged: Tally,
    /// Seen where nothing had looked before.
    pub first_looks: Tally,
    /// Covered by later results before.
    pub superseded: Tally,
    /// Changes by the name of their kind.
    pub changes: BTreeMap<String, u64>,
    /// (code, message) of what was corrected, skipped or not covered.
    pub warnings: Vec<(String, String)>,
}

impl ResultRecord {
    /// When it looked; one that was never applied counts as received.
    pub(crate) fn evidence_time(&self) -> UnixTime {
        match &self.status {
            ResultStatus::Applied(applied) => applied.time,
            ResultStatus::Stored | ResultStatus::Refused { .. } => self.received,
        }
    }

    pub(super) fn key(site: &SiteId, id: ResultId) -> Key {
        Key::new(format!("RESULT#{site}"), id.to_string())
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        match version_of(&item.value) {
            version @ 1..=3 => old_results::read(version, &item.value),
            _ => unpack("result record", VERSION, &item.value),
        }
    }

    /// Marks it as applied or refused, once.
    pub(crate) fn mark_action(&self) -> Result<Action, AppError> {
        Ok(Action::put(self.to_item()?).when(Condition::equals("status", "stored")))
    }

    fn to_item(&self) -> Result<Item, AppError> {
        let bytes = pack(VERSION, self).during(|| format!("store the record of result {}", self.id))?;
        let status = match self.status {
            ResultStatus::Stored => "stored",
            ResultStatus::Applied(_) => "applied",
            ResultStatus::Refused { .. } => "refused",
        };
        Ok(Item::new(Self::key(&self.site, self.id), bytes).with("status", status))
    }
}

impl App {
    /// Keeps a raw result and its record, both create-only, the raw one first; gives the record that is stored:
    /// an earlier one where the same was received before.
    pub(crate) async fn keep_result(
        &self,
        record: ResultRecord,
        raw: &Raw,
    ) -> Result<ResultRecord, AppError> {
        let operation = || format!("keep result {}", record.id.short());
        self.keep_raw(&raw_key(&record.site, record.id)?, raw).await?;
        let create = Action::put(record.to_item()?).when(Condition::MustNotExist);
        match self.table.transact(vec![create]).await {
            Ok(()) => Ok(record),
            Err(TableError::ConditionFailed { .. }) => {
                let known = self.result(&record.site, record.id).await?;
                known.ok_or_else(|| AppError::Missing { what: format!("the record of result {}", record.id) })
            }
            Err(error) => Err(error).during(operation),
        }
    }

    /// Marks a result as applied or refused, once; `false` where it was marked before.
    pub(crate) async fn mark_result(&self, record: &ResultRecord) -> Result<bool, AppError> {
        match self.table.transact(vec![record.mark_action()?]).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. }) => Ok(false),
            Err(error) => Err(error).during(|| format!("mark result {}", record.id.short())),
        }
    }

    /// The record of a result.
    pub async fn result(&self, site: &SiteId, id: ResultId) -> Result<Option<ResultRecord>, AppError> {
        let operation = || format!("read the record of result {}", id.short());
        let item = self.table.get(&ResultRecord::key(site, id)).await.during(operation)?;
        item.map(|item| ResultRecord::read(&item).during(operation)).transpose()
    }

    /// The same, and whether its raw bytes are kept still.
    pub(crate) async fn result_and_raw(
        &self,
        site: &SiteId,
        id: ResultId,
    ) -> Result<Option<(ResultRecord, bool)>, AppError> {
        let operation = || format!("read the record of result {}", id.short());
        let Some(item) = self.table.get(&ResultRecord::key(site, id)).await.during(operation)? else {
            return Ok(None);
        };
        let is_kept = item.text(RAW).is_none();
        Ok(Some((ResultRecord::read(&item).during(operation)?, is_kept)))
    }

    /// The records of all results of a site, by id.
    pub async fn results(&self, site: &SiteId) -> Result<Vec<ResultRecord>, AppError> {
        let operation = || format!("list the results of site {site}");
        let query = Query::partition(format!("RESULT#{site}"));
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        items.iter().map(|item| ResultRecord::read(item).during(operation)).collect()
    }

    /// A page of the results of a site by id, as items, behind one of them.
    pub(super) async fn result_items_behind(
        &self,
        site: &SiteId,
        behind: Option<&str>,
    ) -> Result<Page, AppError> {
        let query = Query::partition(format!("RESULT#{site}")).limit(READ_AT_ONCE).behind(behind);
        self.table.query(&query).await.during(|| format!("list the results of site {site}"))
    }

    /// A page of the records of the results of a site by id, behind one of them; and the one behind which the next page
    /// begins.
    pub(crate) async fn results_behind(
        &self,
        site: &SiteId,
        behind: Option<&str>,
    ) -> Result<(Vec<ResultRecord>, Option<String>), AppError> {
        let operation = || format!("list the results of site {site}");
        let page = self.result_items_behind(site, behind).await?;
        let records = page.items.iter().map(|item| ResultRecord::read(item).during(operation));
        Ok((records.collect::<Result<_, _>>()?, page.next.map(|next| next.key.sort)))
    }

    /// Removes a raw result and its record, that one last: what a crash leaves is found again. `false` where somebody else
    /// removed it meanwhile.
    pub(crate) async fn remove_result(&self, site: &SiteId, id: ResultId) -> Result<bool, AppError> {
        let operation = || format!("remove result {}", id.short());
        self.blobs.delete(&raw_key(site, id)?).await.during(operation)?;
        self.remove_result_parts(site, id).await?;
        let gone = Action::delete(ResultRecord::key(site, id)).when(Condition::MustExist);
        self.all_or_nothing(vec![gone], operation).await
    }

    /// Copies a record into this store as one that is still to be applied; for a rebuild.
    pub(crate) async fn restore_result(&self, record: &ResultRecord) -> Result<(), AppError> {
        let action = Action::put(record.to_item()?);
        self.table.transact(vec![action]).await.during(|| format!("copy result {}", record.id.short()))
    }

    /// A raw result as it was received.
    pub(crate) async fn raw_result(&self, record: &ResultRecord) -> Result<Raw, AppError> {
        let missing = || AppError::Missing { what: format!("raw result {}", record.id.short()) };
        let key = raw_key(&record.site, record.id)?;
        if record.bytes > MOST_HELD_BYTES as u64 {
            return Ok(Raw::Staged { key, skip: 0, bytes: record.bytes });
        }
        let operation = || format!("read raw result {}", record.id.short());
        let held = self.blobs.get(&key, MOST_HELD_BYTES as u64).await.during(operation)?;
        held.map(Raw::Held).ok_or_else(missing)
    }
}

pub(crate) fn raw_key(site: &SiteId, id: ResultId) -> Result<crate::ports::BlobKey, AppError> {
    let name = format!("results/{site}/{id}");
    name.parse().map_err(|_| AppError::Missing { what: format!("a place for {name}") })
}
