//! Clean-ups: what is to go, how far it got and what went. One that is done is remembered for 90 days.

use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, Block, UnixTime};
use serde::{Deserialize, Serialize};

use super::forgotten::{Forgotten, MOST_RANGES};
use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During, Invalid};
use crate::ingest::MOST_TRIES;
use crate::ports::{Action, Item, Key, TableError};
use crate::stored::{StoredError, pack, unpack, version_of};

/// 2 says where any phase goes on, not that of blocks only.
const VERSION: u8 = 2;
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

impl CleanUpCounts {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            hosts: self.hosts + other.hosts,
            open_ports: self.open_ports + other.open_ports,
            deltas: self.deltas + other.deltas,
            alerts: self.alerts + other.alerts,
            notes: self.notes + other.notes,
            runs: self.runs + other.runs,
            results: self.results + other.results,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// What is gone over, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// Of what the phase goes over, all up to here is done: the sort key of the last one. `None` at its beginning.
    pub(crate) from: Option<String>,
    /// All was gone over once; what was under way then is looked for a second time.
    pub(crate) again: bool,
    /// What went until now.
    pub removed: CleanUpCounts,
}

/// A clean-up as version 1 stored it.
#[derive(Deserialize)]
struct CleanUpV1 {
    id: String,
    site: SiteId,
    scope: CleanUpScope,
    addresses: AddressSet,
    who: String,
    at: UnixTime,
    number: i64,
    phase: Option<CleanUpPhase>,
    /// The block that comes next: the phase begins anew, for all of it may be done twice.
    _from: Option<Block>,
    again: bool,
    removed: CleanUpCounts,
}

impl CleanUp {
    /// Whether all that was there is gone. What was under way when it began may be removed later.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.again || self.phase.is_none()
    }

    /// How far it is, to compare with.
    fn reached(&self) -> impl Ord {
        (self.again, self.phase.is_none(), self.phase, self.from.clone())
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
    if version_of(&item.value) != 1 {
        return unpack("clean-up", VERSION, &item.value);
    }
    let CleanUpV1 { id, site, scope, addresses, who, at, number, phase, again, removed, .. } =
        unpack("clean-up", VERSION, &item.value)?;
    Ok(CleanUp { id, site, scope, addresses, who, at, number, phase, from: None, again, removed })
}

impl App {
    /// Clean-ups of the last 90 days and those that go on, newest first, with the versions that
    /// [`App::add_to_clean_up`] wants.
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
            let forgotten = known.with(clean_up.at, clean_up.addresses.clone());
            let forgotten = forgotten.ok_or_else(|| too_many_ranges(&clean_up.scope))?;
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

    /// Stores how far a clean-up got that was read at a version, and adds what its last slice removed to what went; gives
    /// the version that it has then.
    ///
    /// Where somebody else went on with it meanwhile, what each of them removed counts, and who came further: up to there
    /// both have gone over all of it.
    pub(crate) async fn add_to_clean_up(
        &self,
        clean_up: &mut CleanUp,
        mut version: i64,
        gone: CleanUpCounts,
    ) -> Result<i64, AppError> {
        let operation = || format!("store clean-up {}", clean_up.id);
        let key = clean_up.key();
        let mut reached = CleanUp { removed: clean_up.removed.and(gone), ..clean_up.clone() };
        for _ in 0..MOST_TRIES {
            let put = Action::put(reached.item(version + 1)?).when(at_version(Some(version)));
            if self.all_or_nothing(vec![put], operation).await? {
                *clean_up = reached;
                return Ok(version + 1);
            }
            let stored = self.table.get(&key).await.during(operation)?;
            let stored =
                stored.ok_or_else(|| AppError::Missing { what: format!("clean-up {}", clean_up.id) })?;
            version = stored.number(LOCK).unwrap_or(0);
            let other = read(&stored).during(operation)?;
            let removed = other.removed.and(gone);
            let further = if other.reached() > reached.reached() { other } else { reached };
            reached = CleanUp { removed, ..further };
        }
        Err(AppError::Contended { what: format!("clean-up {}", clean_up.id), tries: MOST_TRIES })
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

/// Refuses a clean-up after which more ranges would be marked than can be kept, by what was asked for.
fn too_many_ranges(scope: &CleanUpScope) -> Invalid {
    let (field, hint) = match scope {
        CleanUpScope::Network(_) => (
            "network",
            "clean up the site, or a prefix around the network as targets: it takes the place of what lies in it",
        ),
        CleanUpScope::Site | CleanUpScope::Addresses => (
            "targets",
            "clean up a prefix around them, a network or the site: it takes the place of what lies in it",
        ),
    };
    let message = format!("more than {MOST_RANGES} ranges of this site would have been cleaned up singly");
    Invalid::field(field, "too_many", message, hint)
}

/// The site of the clean-up in an item.
pub(crate) fn check_clean_up(item: &Item) -> Result<SiteId, StoredError> {
    read(item).map(|clean_up| clean_up.site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_version_1_left_in_the_middle_begins_its_phase_anew() {
        let (site, addresses) = ("office".parse::<SiteId>().expect("an id"), AddressSet::default());
        let block: Block = "192.0.2.0/24".parse().expect("a block");
        let counts = CleanUpCounts { hosts: 3, ..CleanUpCounts::default() };
        let stored = (
            ("id", site, CleanUpScope::Site, addresses, "user anna", UnixTime::EPOCH),
            (1_i64, Some(CleanUpPhase::Blocks), Some(block), true, counts),
        );
        let item = Item::new(Key::new(CLEAN_UPS, "1"), pack(1, &stored).expect("it can be stored"));
        let read = read(&item).expect("it is readable");
        assert_eq!((read.phase, read.from, read.again), (Some(CleanUpPhase::Blocks), None, true));
        assert_eq!((read.who.as_str(), read.removed), ("user anna", counts));
    }
}
