//! A table in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portdelta_app::ports::table::{Change, Direction, PageBuilder};
use portdelta_app::ports::{Action, Clock, Item, Key, Page, Query, Table, TableError, TableLimits};
use portdelta_core::UnixTime;

use crate::faults::{Fault, Faults, InjectedFault};

type Items = BTreeMap<Key, Item>;

/// A [`Table`] that lasts as long as it is held. Its index does not lag unless it is told to.
pub struct MemoryTable {
    clock: Arc<dyn Clock>,
    limits: TableLimits,
    faults: Arc<Faults>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    items: Items,
    /// What index queries see while the index is held.
    held_index: Option<Items>,
}

impl MemoryTable {
    /// An empty table with DynamoDB's limits, whose items expire by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: TableLimits::DYNAMODB, faults: Arc::default(), state: Mutex::default() }
    }

    /// This table, failing where `faults` says so.
    #[must_use]
    pub fn obeying(mut self, faults: Arc<Faults>) -> Self {
        self.faults = faults;
        self
    }

    /// This table with other limits.
    #[must_use]
    pub fn limited(mut self, limits: TableLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Lets index queries see the items as they are now, whatever is written, until [`Self::release_index`].
    pub fn hold_index(&self) {
        let mut state = self.lock();
        state.held_index = Some(state.items.clone());
    }

    /// Lets the index catch up.
    pub fn release_index(&self) {
        self.lock().held_index = None;
    }

    /// All items in the order of their keys, expired ones too, without counting as an operation: for assertions.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.lock().items.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let ending = self.faults.begin().map_err(|fault| unavailable("get", fault))?;
        self.limits.check_key(key)?;
        let now = self.clock.now();
        let item = self.lock().items.get(key).filter(|item| !item.is_expired(now)).cloned();
        ending.reached().map_err(|fault| unavailable("get", fault))?;
        Ok(item)
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        let ending = self.faults.begin().map_err(|fault| unavailable("query", fault))?;
        self.limits.check_query(query)?;
        let now = self.clock.now();
        let page = {
            let state = self.lock();
            let first = Key::new(query.partition.as_str(), query.range.start());
            let found = state.items.range(first..).map(|(_, item)| item);
            // Every range is one stretch that begins here: a partition may hold a hundred thousand items behind it.
            let is_in = |key: &Key| key.partition == query.partition && query.range.contains(&key.sort);
            let found = found.take_while(|item| is_in(&item.key)).filter(|item| !item.is_expired(now));
            let found = found.map(|item| (&item.key, item)).collect();
            fill(PageBuilder::new(query, &self.limits), found, query, query.after.as_ref().map(|at| &at.key))
        };
        ending.reached().map_err(|fault| unavailable("query", fault))?;
        Ok(page)
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        let ending = self.faults.begin().map_err(|fault| unavailable("query the index", fault))?;
        self.limits.check_index_query(query)?;
        let now = self.clock.now();
        let page = {
            let state = self.lock();
            let items = state.held_index.as_ref().unwrap_or(&state.items);
            let mut found: Vec<_> = items
                .values()
                .filter(|item| !item.is_expired(now))
                .filter_map(|item| Some(((item.index.as_ref()?, &item.key), item)))
                .filter(|((index, _), _)| {
                    index.partition == query.partition && query.range.contains(&index.sort)
                })
                .collect();
            found.sort_by(|one, other| one.0.cmp(&other.0));
            let after = query.after.as_ref().and_then(|at| Some((at.index.as_ref()?, &at.key)));
            fill(PageBuilder::of_index(query, &self.limits), found, query, after)
        };
        ending.reached().map_err(|fault| unavailable("query the index", fault))?;
        Ok(page)
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        let ending = self.faults.begin().map_err(|fault| match fault.fault {
            Fault::Conflict => TableError::Conflict,
            _ => unavailable("transact", fault),
        })?;
        self.limits.check_transaction(&actions)?;
        let now = self.clock.now();
        {
            let mut state = self.lock();
            let failed = failures(&state.items, &actions, now);
            if !failed.is_empty() {
                return Err(TableError::ConditionFailed { failed });
            }
            // Computed before anything is changed, so that a counter that can't count changes nothing.
            let changes = actions.into_iter().map(|action| after(&state.items, action.change, &self.limits));
            let changes = changes.collect::<Result<Vec<_>, _>>()?;
            for (key, item) in changes {
                match item {
                    Some(item) => state.items.insert(key, item),
                    None => state.items.remove(&key),
                };
            }
        }
        self.faults.wrote();
        ending.reached().map_err(|fault| unavailable("transact", fault))
    }
}

fn unavailable(operation: &'static str, fault: InjectedFault) -> TableError {
    TableError::Unavailable { operation, source: Box::new(fault) }
}

/// Positions of the actions whose conditions do not hold.
fn failures(items: &Items, actions: &[Action], now: UnixTime) -> Vec<usize> {
    let holds = |action: &Action| {
        let stored = items.get(action.key());
        let live = stored.filter(|item| !item.is_expired(now));
        let adds_to_expired =
            matches!(action.change, Change::Add { .. }) && stored.is_some() && live.is_none();
        !adds_to_expired && action.condition.holds(live.map(|item| &item.attributes))
    };
    actions.iter().enumerate().filter(|(_, action)| !holds(action)).map(|(position, _)| position).collect()
}

/// The item as it is after a change.
fn after(items: &Items, change: Change, limits: &TableLimits) -> Result<(Key, Option<Item>), TableError> {
    Ok(match change {
        Change::Put(item) => (item.key.clone(), Some(item)),
        Change::Delete(key) => (key, None),
        Change::Check(key) => {
            let unchanged = items.get(&key).cloned();
            (key, unchanged)
        }
        Change::Add { key, attribute, by, expires } => {
            let mut item = items.get(&key).cloned().unwrap_or_else(|| Item::new(key.clone(), Vec::new()));
            Change::add_to(&mut item.attributes, &key, &attribute, by)?;
            item.expires = expires.or(item.expires);
            limits.check_item(&item)?;
            (key, Some(item))
        }
    })
}

/// The page of `found`, ascending by place, that comes after a place.
fn fill<P: Ord + Copy>(
    mut page: PageBuilder,
    mut found: Vec<(P, &Item)>,
    query: &Query,
    after: Option<P>,
) -> Page {
    let backward = query.direction == Direction::Backward;
    if backward {
        found.reverse();
    }
    for (place, item) in found {
        let already_seen = after.is_some_and(|after| if backward { place >= after } else { place <= after });
        if !already_seen && !page.offer(item.clone()) {
            break;
        }
    }
    page.finish()
}
