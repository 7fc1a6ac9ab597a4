//! The table port over SQLite.

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use portdelta_app::ports::table::{Change, PageBuilder};
use portdelta_app::ports::{
    Action, Clock, Condition, Item, Key, Page, Query, Table, TableError, TableLimits,
};
use portdelta_app::repositories::OUTBOX;
use portdelta_core::UnixTime;
use rusqlite::{Connection, params, params_from_iter};

use crate::database::{Database, Failure};
use crate::rows::{self, Standing};
use crate::select::{self, Select};

/// A [`Table`] in an SQLite file. Its index does not lag.
pub struct SqliteTable {
    pub(crate) database: Arc<Database>,
    clock: Arc<dyn Clock>,
    limits: TableLimits,
}

/// How many expired items one [`Table::tidy`] removes.
const PURGED_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1_999);

impl SqliteTable {
    /// The table in a database, with DynamoDB's limits; its items expire by `clock`.
    #[must_use]
    pub fn new(database: Arc<Database>, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock, limits: TableLimits::DYNAMODB }
    }

    /// Removes the bytes of at most `most` expired items, and says how many it removed.
    ///
    /// One transaction; keep `most` in the thousands, so that others get to write in between.
    pub async fn purge_expired(&self, most: NonZeroU32) -> Result<usize, TableError> {
        let now = self.clock.now().seconds();
        self.database
            .write("purge expired items", move |transaction| {
                let sql = "DELETE FROM items WHERE id IN (SELECT id FROM items WHERE expires <= ?1 LIMIT ?2)";
                Ok(transaction.prepare_cached(sql)?.execute(params![now, most.get()])?)
            })
            .await
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.limits.check_key(key)?;
        let (key, now) = (key.clone(), self.clock.now());
        self.database
            .read("get", move |connection| {
                let found = rows::find(connection, &key)?;
                Ok(found.filter(|item| !item.is_expired(now)))
            })
            .await
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        self.limits.check_query(query)?;
        let select = select::of_partition(query, self.clock.now());
        let page = PageBuilder::new(query, &self.limits);
        self.database.read("query", move |connection| fill(connection, &select, page)).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        self.limits.check_index_query(query)?;
        let select = select::of_index(query, self.clock.now());
        let page = PageBuilder::of_index(query, &self.limits);
        self.database.read("query the index", move |connection| fill(connection, &select, page)).await
    }

    async fn transact(&self, actions: Vec<Action>) -> Result<(), TableError> {
        self.limits.check_transaction(&actions)?;
        if actions.is_empty() {
            return Ok(());
        }
        let (now, limits) = (self.clock.now(), self.limits);
        let fills_outbox = actions.iter().any(|action| match &action.change {
            Change::Put(item) => item.number(OUTBOX) == Some(1),
            _ => false,
        });
        let done = self
            .database
            .write("transact", move |transaction| perform(transaction, &actions, now, &limits))
            .await;
        if fills_outbox {
            // Also where it failed: whoever looks in vain loses nothing.
            self.database.outbox().notify_one();
        }
        done
    }

    async fn tidy(&self) -> Result<u64, TableError> {
        let removed = self.purge_expired(PURGED_AT_ONCE).await?;
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }
}

/// Does the actions inside of a transaction, or fails and leaves it to be rolled back.
fn perform(
    connection: &Connection,
    actions: &[Action],
    now: UnixTime,
    limits: &TableLimits,
) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for (position, action) in actions.iter().enumerate() {
        let adds = matches!(action.change, Change::Add { .. });
        // What neither looks at the item nor adds to it needs no reading.
        let standing = match action.condition {
            Condition::Always if !adds => None,
            _ => Standing::find(connection, action.key())?,
        };
        let expired = standing.as_ref().is_some_and(|standing| standing.is_expired(now));
        let live = standing.as_ref().filter(|_| !expired).map(|standing| &standing.attributes);
        if (adds && expired) || !action.condition.holds(live) {
            failed.push(position);
        }
    }
    if !failed.is_empty() {
        return Err(TableError::ConditionFailed { failed }.into());
    }
    for action in actions {
        rows::apply(connection, &action.change, limits)?;
    }
    Ok(())
}

/// Fills a page from the rows of a statement; rows beyond the page are not read.
fn fill(connection: &Connection, select: &Select, mut page: PageBuilder) -> Result<Page, Failure> {
    let mut statement = connection.prepare_cached(&select.sql)?;
    let mut rows = statement.query(params_from_iter(&select.values))?;
    while let Some(row) = rows.next()? {
        if !page.offer(rows::item(row)?) {
            break;
        }
    }
    Ok(page.finish())
}
