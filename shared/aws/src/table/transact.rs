//! Writes of several items together.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use portdelta_app::ports::table::Change;
use portdelta_app::ports::{Action, Condition, TableError};
use portdelta_core::UnixTime;

use super::capacity::{Consumed, Operation};
use super::condition::{Expressions, some};
use super::single::Refusal;
use super::{DynamoTable, error, item};
use crate::failure::is_throttle;

impl DynamoTable {
    /// Does several actions, or none of them.
    ///
    /// The SDK gives the call a token and repeats it under that: for ten minutes DynamoDB does it once.
    pub(super) async fn write_together(&self, actions: Vec<Action>) -> Result<(), TableError> {
        let now = self.clock.now();
        // To check nothing of an item is nothing to do; its place is kept for telling positions.
        let is_something = |action: &Action| {
            !matches!((&action.change, &action.condition), (Change::Check(_), Condition::Always))
        };
        let actions: Vec<_> =
            actions.into_iter().enumerate().filter(|(_, action)| is_something(action)).collect();
        if actions.is_empty() {
            return Ok(());
        }
        let steps = actions.iter().map(|(_, action)| step(action, &self.name, now));
        let steps: Vec<_> = steps
            .collect::<Result<_, _>>()
            .map_err(|error| TableError::Backend { operation: "transact", source: Box::new(error) })?;
        let call = self.client.transact_write_items().set_transact_items(Some(steps));
        let done = call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        match done {
            Ok(done) => {
                let told = done.consumed_capacity.unwrap_or_default();
                self.capacity.consumed(&Consumed::write(Operation::Transact, &told));
                Ok(())
            }
            Err(refusal) => match refusal.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons().to_vec();
                    match self.cancelled(&actions, reasons, now).await {
                        Some(error) => Err(error),
                        None => Err(error::of("transact", refusal)),
                    }
                }
                _ => Err(error::of("transact", refusal)),
            },
        }
    }

    /// What the reasons of a cancelled transaction, one an action, mean; `None` where they say nothing known.
    async fn cancelled(
        &self,
        actions: &[(usize, Action)],
        reasons: Vec<CancellationReason>,
        now: UnixTime,
    ) -> Option<TableError> {
        let code = |reason: &CancellationReason| reason.code.clone().unwrap_or_default();
        // Who else was writing may also have made conditions fail: reading again tells.
        if reasons.iter().any(|reason| code(reason) == "TransactionConflict") {
            return Some(TableError::Conflict);
        }
        if let Some(reason) = reasons.iter().find(|reason| is_throttle_reason(&code(reason))) {
            let source = format!("{}: {}", code(reason), reason.message().unwrap_or_default());
            return Some(TableError::Unavailable { operation: "transact", source: source.into() });
        }
        let mut failed = Vec::new();
        let mut other = None;
        for ((position, action), reason) in actions.iter().zip(reasons) {
            match code(&reason).as_str() {
                "ConditionalCheckFailed" => match self.judge(action, reason.item, now) {
                    Ok(Refusal::Condition) => failed.push(*position),
                    Ok(Refusal::NotACounter(error)) | Err(error) => other = other.or(Some(error)),
                },
                told if error::is_too_large(told, reason.message().unwrap_or_default()) => {
                    other = Some(self.too_large(action).await);
                }
                _ => {}
            }
        }
        if failed.is_empty() {
            return other;
        }
        self.capacity.consumed(&Consumed::refused(Operation::Transact, actions.len()));
        Some(TableError::ConditionFailed { failed })
    }
}

/// Reasons have shorter names than errors.
fn is_throttle_reason(code: &str) -> bool {
    matches!(code, "ThrottlingError" | "ProvisionedThroughputExceeded" | "RequestLimitExceeded")
        || is_throttle(code)
}

fn step(action: &Action, table: &str, now: UnixTime) -> Result<TransactWriteItem, BuildError> {
    let found = Expressions::of(action, now);
    let (names, values) = (some(found.names), some(found.values));
    let all_old = ReturnValuesOnConditionCheckFailure::AllOld;
    let step = TransactWriteItem::builder();
    let step = match &action.change {
        Change::Put(item) => step.put(
            Put::builder()
                .table_name(table)
                .set_item(Some(item::write(item.clone())))
                .set_condition_expression(found.condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()?,
        ),
        Change::Delete(key) => step.delete(
            Delete::builder()
                .table_name(table)
                .set_key(Some(item::key(key)))
                .set_condition_expression(found.condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()?,
        ),
        Change::Add { key, .. } => step.update(
            Update::builder()
                .table_name(table)
                .set_key(Some(item::key(key)))
                .set_update_expression(found.update)
                .set_condition_expression(found.condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()?,
        ),
        Change::Check(key) => step.condition_check(
            ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(item::key(key)))
                .set_condition_expression(found.condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(all_old)
                .build()?,
        ),
    };
    Ok(step.build())
}
