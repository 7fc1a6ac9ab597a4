//! Writes of one item.

use std::error::Error;

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    ConsumedCapacity, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use portdelta_app::ports::table::Change;
use portdelta_app::ports::{Action, TableError};
use portdelta_core::UnixTime;

use super::capacity::{Consumed, Operation};
use super::condition::{Expressions, some};
use super::item::Attributes;
use super::{DynamoTable, error, item};
use crate::failure::{code, message};
use crate::refused_only::RefusedOnly;

/// Why one action was refused.
pub(super) enum Refusal {
    /// Its condition does not hold.
    Condition,
    /// Its condition holds, and the counter is a text or full.
    NotACounter(TableError),
}

impl DynamoTable {
    /// Does a transaction of one action that changes something.
    pub(super) async fn write_one(&self, action: Action) -> Result<(), TableError> {
        let now = self.clock.now();
        let expressions = Expressions::of(&action, now);
        let consumed = match &action.change {
            Change::Put(item) => self.put(&action, item::write(item.clone()), expressions, now).await,
            Change::Delete(_) | Change::Check(_) => self.delete(&action, expressions, now).await,
            Change::Add { .. } => self.update(&action, expressions, now).await,
        }?;
        self.capacity.consumed(&Consumed::write(Operation::Write, consumed.as_ref()));
        Ok(())
    }

    async fn put(
        &self,
        action: &Action,
        attributes: Attributes,
        expressions: Expressions,
        now: UnixTime,
    ) -> Result<Option<ConsumedCapacity>, TableError> {
        let call = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(attributes))
            .set_condition_expression(expressions.condition)
            .set_expression_attribute_names(some(expressions.names))
            .set_expression_attribute_values(some(expressions.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let once = Builder::new().retry_classifier(RefusedOnly::<PutItemError>::new());
        let done = call.customize().config_override(once).send().await;
        let old = |error: &PutItemError| match error {
            PutItemError::ConditionalCheckFailedException(refusal) => Some(refusal.item.clone()),
            _ => None,
        };
        match done {
            Ok(done) => Ok(done.consumed_capacity),
            Err(error) => Err(self.refused(action, error, old, now).await),
        }
    }

    async fn delete(
        &self,
        action: &Action,
        expressions: Expressions,
        now: UnixTime,
    ) -> Result<Option<ConsumedCapacity>, TableError> {
        let call = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(item::key(action.key())))
            .set_condition_expression(expressions.condition)
            .set_expression_attribute_names(some(expressions.names))
            .set_expression_attribute_values(some(expressions.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let once = Builder::new().retry_classifier(RefusedOnly::<DeleteItemError>::new());
        let done = call.customize().config_override(once).send().await;
        let old = |error: &DeleteItemError| match error {
            DeleteItemError::ConditionalCheckFailedException(refusal) => Some(refusal.item.clone()),
            _ => None,
        };
        match done {
            Ok(done) => Ok(done.consumed_capacity),
            Err(error) => Err(self.refused(action, error, old, now).await),
        }
    }

    async fn update(
        &self,
        action: &Action,
        expressions: Expressions,
        now: UnixTime,
    ) -> Result<Option<ConsumedCapacity>, TableError> {
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(item::key(action.key())))
            .set_update_expression(expressions.update)
            .set_condition_expression(expressions.condition)
            .set_expression_attribute_names(some(expressions.names))
            .set_expression_attribute_values(some(expressions.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let once = Builder::new().retry_classifier(RefusedOnly::<UpdateItemError>::new());
        let done = call.customize().config_override(once).send().await;
        let old = |error: &UpdateItemError| match error {
            UpdateItemError::ConditionalCheckFailedException(refusal) => Some(refusal.item.clone()),
            _ => None,
        };
        match done {
            Ok(done) => Ok(done.consumed_capacity),
            Err(error) => Err(self.refused(action, error, old, now).await),
        }
    }

    /// The error of a plain write. `old` gives the item that a condition looked at, if it was that.
    async fn refused<E>(
        &self,
        action: &Action,
        refusal: SdkError<E, HttpResponse>,
        old: impl FnOnce(&E) -> Option<Option<Attributes>>,
        now: UnixTime,
    ) -> TableError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        if let Some(old) = refusal.as_service_error().and_then(old) {
            self.capacity.consumed(&Consumed::refused(Operation::Write, 1));
            return match self.judge(action, old, now) {
                Ok(Refusal::Condition) => TableError::ConditionFailed { failed: vec![0] },
                Ok(Refusal::NotACounter(error)) | Err(error) => error,
            };
        }
        if error::is_too_large(code(&refusal), message(&refusal)) {
            return self.too_large(action).await;
        }
        error::of("write an item", refusal)
    }

    /// Why a condition failed at `now` that looked at `old`.
    pub(super) fn judge(
        &self,
        action: &Action,
        old: Option<Attributes>,
        now: UnixTime,
    ) -> Result<Refusal, TableError> {
        let old = old.filter(|attributes| !attributes.is_empty());
        let Some(old) = old else { return Ok(Refusal::Condition) };
        let mut old = item::read(old, &self.name)?;
        if old.is_expired(now) || !action.condition.holds(Some(&old.attributes)) {
            return Ok(Refusal::Condition);
        }
        let Change::Add { key, attribute, by, .. } = &action.change else { return Ok(Refusal::Condition) };
        match Change::add_to(&mut old.attributes, key, attribute, *by) {
            Ok(()) => Ok(Refusal::Condition),
            Err(error) => Ok(Refusal::NotACounter(error)),
        }
    }

    /// The error of a counter that would make its item too large, with the size that it would have.
    pub(super) async fn too_large(&self, action: &Action) -> TableError {
        let limit = self.limits.item_bytes;
        let mut bytes = limit + 1;
        if let Change::Add { key, attribute, by, .. } = &action.change
            && let Ok(Some(mut item)) = self.stored(key).await
            && Change::add_to(&mut item.attributes, key, attribute, *by).is_ok()
        {
            bytes = bytes.max(item.size_bytes());
        }
        TableError::ItemTooLarge { key: action.key().clone(), bytes, limit }
    }
}
