//! Imports of whole installations: how far each is.

use portdelta_core::UnixTime;
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{Move, Time};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Query};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "MOVES";
const NEXT: &str = "next";

/// Things that were there already and are named; the others are counted.
const MOST_KEPT: usize = 50;

/// How far an import is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveProgress {
    /// The export's id.
    pub id: String,
    /// When the export was made.
    pub made: UnixTime,
    /// When its import began.
    pub begun: UnixTime,
    /// When it ended; `None` while frames are missing.
    pub ended: Option<UnixTime>,
    /// The frame that is next.
    pub next: u32,
    /// The sites that it brings.
    pub sites: Vec<SiteId>,
    /// Items that are new here.
    pub created: u64,
    /// Items that were here already and are the same.
    pub present: u64,
    /// What was here already and is another one, and stayed; the first of it.
    pub kept: Vec<String>,
    /// How much of that there is besides.
    pub kept_more: u64,
}

/// An import as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MoveRecord {
    pub progress: MoveProgress,
    /// What the frames so far hash to.
    pub chain: [u8; 32],
    /// The sites as they are when it has ended.
    pub sites: Vec<Vec<u8>>,
    /// Tokens may be among it.
    pub secrets: bool,
}

/// As people are shown it.
impl From<MoveProgress> for Move {
    fn from(progress: MoveProgress) -> Self {
        Self {
            id: progress.id,
            made: Time(progress.made),
            begun: Time(progress.begun),
            ended: progress.ended.map(Time),
            next: progress.next,
            created: progress.created,
            present: progress.present,
            kept: progress.kept,
            kept_more: progress.kept_more,
        }
    }
}

impl MoveProgress {
    /// Notes what was here already.
    pub(crate) fn keep(&mut self, what: String) {
        if self.kept.len() < MOST_KEPT { self.kept.push(what) } else { self.kept_more += 1 }
    }
}

fn key(id: &str) -> Key {
    // An id that no export can have must not make a bad key.
    Key::new(PARTITION, if id.is_empty() || id.len() > 64 { "-" } else { id })
}

fn read(item: &Item) -> Result<MoveRecord, AppError> {
    unpack("import", VERSION, &item.value).during(|| format!("read import {}", item.key.sort))
}

impl App {
    /// How far an import is; `None` where it was never begun.
    pub async fn move_progress(&self, id: &str) -> Result<Option<MoveProgress>, AppError> {
        Ok(self.loaded_move(id).await?.map(|record| record.progress))
    }

    pub(crate) async fn loaded_move(&self, id: &str) -> Result<Option<MoveRecord>, AppError> {
        let item = self.table.get(&key(id)).await.during(|| "read an import".to_owned())?;
        item.as_ref().map(read).transpose()
    }

    /// All imports, by id.
    pub(crate) async fn moves(&self) -> Result<Vec<MoveRecord>, AppError> {
        let query = Query::partition(PARTITION);
        let items = super::all_items(&*self.table, query, false).await;
        items.during(|| "list imports".to_owned())?.iter().map(read).collect()
    }

    /// Stores how far an import is, unless another one has gone on from `before`; `None` where it is new.
    pub(crate) async fn commit_move(
        &self,
        record: &MoveRecord,
        before: Option<u32>,
    ) -> Result<bool, AppError> {
        let operation = || format!("note how far import {} is", record.progress.id);
        let item = Item::new(key(&record.progress.id), pack(VERSION, record).during(operation)?);
        let item = item.with(NEXT, i64::from(record.progress.next));
        let condition =
            before.map_or(Condition::MustNotExist, |before| Condition::equals(NEXT, i64::from(before)));
        self.all_or_nothing(vec![Action::put(item).when(condition)], operation).await
    }
}
