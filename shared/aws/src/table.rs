//! The table on DynamoDB.

mod capacity;
mod condition;
mod error;
mod item;
mod query;
mod schema;
mod single;
mod transact;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use portdelta_app::ports::table::Change;
use portdelta_app::ports::{
    Action, Clock, Condition, Item, Key, Page, Query, Table, TableError, TableLimits,
};

use crate::client::{SdkConfig, attempt};

pub use capacity::{Capacity, Consumed, ObserveCapacity, Operation, Total};
pub use schema::{INDEX, create};

/// How long DynamoDB may take for one attempt; it answers within some ten milliseconds.
const ATTEMPT: Duration = Duration::from_secs(5);

/// A [`Table`] in one DynamoDB table, whose keys and index are as [`create`] makes them.
///
/// A transaction of one action is a plain write, which costs half. Transactions are repeated inside, under a token
/// that lets them take effect once; plain writes only where they were refused.
#[derive(Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
    clock: Arc<dyn Clock>,
    limits: TableLimits,
    capacity: Arc<dyn ObserveCapacity>,
}

impl DynamoTable {
    /// The table of this name; items expire by `clock`.
    #[must_use]
    pub fn new(config: &SdkConfig, name: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(config).timeout_config(attempt(ATTEMPT)).build();
        Self {
            client: Client::from_conf(config),
            name: name.into(),
            clock,
            limits: TableLimits::DYNAMODB,
            capacity: Arc::new(()),
        }
    }

    /// This table, telling `observer` what each call took.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn ObserveCapacity>) -> Self {
        self.capacity = observer;
        self
    }

    /// The item as it is stored, also where it has expired.
    async fn stored(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let call = self.client.get_item().table_name(&self.name).set_key(Some(item::key(key)));
        let call = call.consistent_read(true).return_consumed_capacity(ReturnConsumedCapacity::Total);
        let found = call.send().await.map_err(|error| error::of("get", error))?;
        self.capacity.consumed(&Consumed::read(Operation::Get, found.consumed_capacity.as_ref()));
        found.item.map(|attributes| item::read(attributes, &self.name)).transpose()
    }

    /// A transaction that only looks at one item.
    async fn check(&self, key: &Key, condition: &Condition) -> Result<(), TableError> {
        let found = self.get(key).await?;
        if condition.holds(found.as_ref().map(|item| &item.attributes)) {
            return Ok(());
        }
        Err(TableError::ConditionFailed { failed: vec![0] })
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        self.limits.check_key(key)?;
        let now = self.clock.now();
        Ok(self.stored(key).await?.filter(|item| !item.is_expired(now)))
    }

    async fn query(&self, query: &Query) -> Result<Page, TableError> {
        self.limits.check_query(query)?;
        self.read_page(query, query::Source::Table).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, TableError> {
        self.limits.check_index_query(query)?;
        self.read_page(query, query::Source::Index).await
    }

    async fn transact(&self, mut actions: Vec<Action>) -> Result<(), TableError> {
        self.limits.check_transaction(&actions)?;
        match actions.as_mut_slice() {
            [] => Ok(()),
            [Action { change: Change::Check(key), condition }] => self.check(key, condition).await,
            [_] => self.write_one(actions.remove(0)).await,
            _ => self.write_together(actions).await,
        }
    }
}
