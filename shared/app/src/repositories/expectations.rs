//! Expectations: an item each, all in one partition, as each is asked of all.
//!
//! An edit and the note that alerts have to follow it are one transaction, so that they do after a crash as well.

use std::collections::BTreeMap;

use portdelta_core::expectation::{Expectation, ExpectedState};
use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, PortSet, UnixTime};
use serde::{Deserialize, Serialize};

use super::all_items;
use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Query, TableError};
use crate::stored::{StoredError, pack, unpack, version_of};

/// 2 adds who.
const VERSION: u8 = 2;
const EDIT_VERSION: u8 = 1;
/// The partition of all expectations.
pub(crate) const EXPECTATIONS: &str = "EXPECTATIONS";
const EDITS: &str = "EXPECTEDITS";

/// An edit that alerts have not followed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// The expectation.
    pub id: String,
    /// Tells it from later edits.
    pub number: String,
    /// When it was made.
    pub time: UnixTime,
    /// What it was and is about.
    pub places: Vec<(SiteId, AddressSet)>,
}

fn key(id: &str) -> Key {
    Key::new(EXPECTATIONS, id)
}

/// An expectation as version 1 stored it.
#[derive(Deserialize)]
struct ExpectationV1 {
    id: String,
    site: SiteId,
    addresses: AddressSet,
    ports: PortSet,
    state: ExpectedState,
    service: Option<String>,
    owner: String,
    reason: String,
    expires: Option<UnixTime>,
    created: UnixTime,
    changed: UnixTime,
}

fn read(item: &Item) -> Result<(Expectation, i64), StoredError> {
    let lock = item.number(LOCK).unwrap_or(0);
    if version_of(&item.value) != 1 {
        return Ok((unpack("expectation", VERSION, &item.value)?, lock));
    }
    let ExpectationV1 {
        id,
        site,
        addresses,
        ports,
        state,
        service,
        owner,
        reason,
        expires,
        created,
        changed,
    } = unpack("expectation", VERSION, &item.value)?;
    let by = None;
    let read = Expectation {
        id,
        site,
        addresses,
        ports,
        state,
        service,
        owner,
        reason,
        expires,
        created,
        changed,
        by,
    };
    Ok((read, lock))
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

    /// Makes, replaces or removes an expectation, unless somebody else did since `before` was read; `None` stands for
    /// none. Gives its version, and the edit that alerts are to follow.
    pub(crate) async fn put_expectation(
        &self,
        before: Option<&(Expectation, i64)>,
        after: Option<&Expectation>,
    ) -> Result<(i64, Edit), AppError> {
        let Some(either) = after.or(before.map(|(before, _)| before)) else {
            return Err(AppError::Unknown { what: "such expectation".to_owned() });
        };
        let id = either.id.clone();
        let operation = || format!("store expectation {id}");
        let unchanged = at_version(before.map(|(_, version)| *version));
        let next = before.map_or(0, |(_, version)| *version) + 1;
        let change = match after {
            Some(after) => {
                Action::put(Item::new(key(&id), pack(VERSION, after).during(operation)?).with(LOCK, next))
            }
            None => Action::delete(key(&id)),
        };
        let both = before.map(|(before, _)| before).into_iter().chain(after);
        let edit = Edit {
            id: id.clone(),
            number: self.ids.new_id(),
            time: self.clock.now(),
            places: both.map(|one| (one.site.clone(), one.addresses.clone())).collect(),
        };
        let item = Item::new(Key::new(EDITS, &id), pack(EDIT_VERSION, &edit).during(operation)?);
        let note = Action::put(item.with("edit", edit.number.as_str()));
        match self.table.transact(vec![change.when(unchanged), note]).await {
            Ok(()) => Ok((next, edit)),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: format!("expectation {id}") })
            }
            Err(error) => Err(error).during(operation),
        }
    }

    /// Edits that alerts have not followed.
    pub(crate) async fn expectation_edits(&self) -> Result<Vec<Edit>, AppError> {
        let operation = || "list edits of expectations".to_owned();
        let items = all_items(&*self.table, Query::partition(EDITS), false).await.during(operation)?;
        items.iter().map(|item| unpack("edit", EDIT_VERSION, &item.value).during(operation)).collect()
    }

    /// Notes that alerts followed edits; later ones of the same expectations stay.
    pub(crate) async fn forget_edits(&self, edits: &[Edit]) -> Result<(), AppError> {
        for edit in edits {
            let is_this = Condition::equals("edit", edit.number.as_str());
            let gone = Action::delete(Key::new(EDITS, &edit.id)).when(is_this);
            match self.table.transact(vec![gone]).await {
                Ok(()) | Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {}
                Err(error) => return Err(error).during(|| "note that alerts followed".to_owned()),
            }
        }
        Ok(())
    }
}

/// What edits are about, by site.
pub(crate) fn places_of(edits: &[Edit]) -> BTreeMap<SiteId, AddressSet> {
    let mut places: BTreeMap<SiteId, AddressSet> = BTreeMap::new();
    for (site, addresses) in edits.iter().flat_map(|edit| &edit.places) {
        let known = places.entry(site.clone()).or_default();
        *known = known.ranges().iter().chain(addresses.ranges()).copied().collect();
    }
    places
}

/// The id of the expectation in an item.
pub(crate) fn check_expectation(item: &Item) -> Result<String, StoredError> {
    read(item).map(|(expectation, _)| expectation.id)
}
