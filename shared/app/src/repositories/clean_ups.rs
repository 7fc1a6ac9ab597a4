//! Clean-ups: what is to go, how far it got and what went. One that is done is remembered for 90 days.

use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, Block, UnixTime};
use serde::{Deserialize, Serialize};

use super::forgotten::Forgotten;
use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Item, Key, TableError};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
/// The partition of all of them.
pub(crate) const CLEAN_UPS: &str = "CLEANUPS";

/// How long one that is done is remembered, in seconds.
const REMEMBERED_SECONDS: i64 = 90 * 86_400;

/// What is cleaned up at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CleanUpScope {
    /// Everything.
    Site,
    /// A network, by its name then.
    Network(String),
    /// Some addresses.
    Addresses,
}

/// What goes, or went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUpCounts {
    /// Hosts of which something is believed, also those that are gone.
    pub hosts: u64,
    /// Their open ports.
    pub open_ports: u64,
    /// Changes and first looks.
    pub deltas: u64,
    /// Alerts, also those that are resolved.
    pub alerts: u64,
    /// Notes of hosts.
    pub notes: u64,
    /// Runs with their reports and tasks; only of a whole site.
    pub runs: u64,
    /// Raw results with their records; only of a whole site.
    pub results: u64,
    /// Bytes of the raw results, as they were received.
    pub bytes: u64,
}

/// What is gone over, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CleanUpPhase {
    Days,
    Blocks,
    Alerts,
    Notes,
    Runs,
    Results,
    Networks,
}

/// A clean-up that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUp {
    /// Names it.
    pub id: String,
    /// The site.
    pub site: SiteId,
    /// What of it.
    pub scope: CleanUpScope,
    /// The addresses of the scope then.
    pub addresses: AddressSet,
    /// Who wanted it: `user anna`. Not escaped.
    pub who: String,
    /// What was learnt until then goes.
    pub at: UnixTime,
    /// The number of its mark.
    pub(crate) number: i64,
    /// What comes next; `None` where it was all gone over.
    pub(crate) phase: Option<CleanUpPhase>,
    /// The block that comes next.
    pub(crate) from: Option<Block>,
    /// All was gone over once; what was under way then is looked for a second time.
    pub(crate) again: bool,
    /// What went until now.
    pub removed: CleanUpCounts,
}

impl CleanUp {
    /// Whether all that was there is gone. What was under way when it began may be removed later.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.again || self.phase.is_none()
    }

    fn key(&self) -> Key {
        Key::new(CLEAN_UPS, format!("{:012}#{}", self.at.seconds(), self.id))
    }

    fn item(&self, version: i64) -> Result<Item, AppError> {
        let bytes = pack(VERSION, self).during(|| format!("store clean-up {}", self.id))?;
        let item = Item::new(self.key(), bytes).with(LOCK, version);
        let is_over = self.phase.is_none();
        Ok(if is_over { item.expiring(self.at.shifted(REMEMBERED_SECONDS)) } else { item })
    }
}

fn read(item: &Item) -> Result<CleanUp, StoredError> {
    unpack("clean-up", VERSION, &item.value)
}

impl App {
    /// Clean-ups of the last 90 days and those that go on, newest first, with the versions that
    /// [`App::store_clean_up`] wants.
    pub(crate) async fn loaded_clean_ups(&self) -> Result<Vec<(CleanUp, i64)>, AppError> {
        let mut all = Vec::new();
        for item in self.partition(CLEAN_UPS).await?.iter().rev() {
            let clean_up = read(item).during(|| "list clean-ups".to_owned())?;
            all.push((clean_up, item.number(LOCK).unwrap_or(0)));
        }
        Ok(all)
    }

    /// Marks the addresses of a clean-up and stores it, in one transaction; from then on it goes on by itself.
    pub(crate) async fn mark_clean_up(&self, mut clean_up: CleanUp) -> Result<CleanUp, AppError> {
        for _ in 0..MOST_TRIES {
            let (known, item) = self.loaded_forgotten(&clean_up.site).await?;
            let forgotten = known.with(clean_up.at, clean_up.addresses.clone())?;
            if let Some(mark) = forgotten.marks.last() {
                (clean_up.number, clean_up.at) = (mark.number, mark.at);
            }
            let mark = Self::forgotten_action(&clean_up.site, &forgotten, item.as_ref())?;
            let begun = Action::put(clean_up.item(1)?).when(at_version(None));
            match self.table.transact(vec![mark, begun]).await {
                Ok(()) => return Ok(clean_up),
                Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {}
                Err(error) => {
                    return Err(error).during(|| format!("begin to clean up site {}", clean_up.site));
                }
            }
        }
        Err(AppError::Contended { what: format!("site {}", clean_up.site), tries: MOST_TRIES })
    }

    /// Stores how far a clean-up got; `false`, and nothing is stored, where somebody else did since `version` was read.
    pub(crate) async fn store_clean_up(&self, clean_up: &CleanUp, version: i64) -> Result<bool, AppError> {
        let put = Action::put(clean_up.item(version + 1)?).when(at_version(Some(version)));
        match self.table.transact(vec![put]).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(|| format!("store clean-up {}", clean_up.id)),
        }
    }

    /// Puts the first marks of a site as they were once; for a rebuild.
    pub(crate) async fn restore_forgotten(
        &self,
        site: &SiteId,
        forgotten: &Forgotten,
    ) -> Result<(), AppError> {
        let action = Self::forgotten_action(site, forgotten, None)?;
        let put = Action { condition: crate::ports::Condition::Always, ..action };
        self.table.transact(vec![put]).await.during(|| format!("copy what was cleaned up at site {site}"))
    }
}

/// The site of the clean-up in an item.
pub(crate) fn check_clean_up(item: &Item) -> Result<SiteId, StoredError> {
    read(item).map(|clean_up| clean_up.site)
}
