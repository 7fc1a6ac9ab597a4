//! What calls cost, in the units of DynamoDB's price list.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// One item.
    Get,
    /// A page of the table.
    Query,
    /// A page of the index.
    QueryIndex,
    /// One item, with or without a condition.
    Write,
    /// Several items together.
    Transact,
}

/// What one call took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consumed {
    /// Which kind.
    pub operation: Operation,
    /// Read request units; one is a strong read of up to 4 KiB.
    pub read_units: f64,
    /// Write request units; one is a write of up to 1 KiB, in a transaction of up to 512 bytes as it were.
    pub write_units: f64,
    /// A condition did not hold. DynamoDB charges for that and does not tell how much: the least possible is counted.
    pub refused: bool,
}

/// Is told what each call took.
pub trait ObserveCapacity: Send + Sync {
    /// Called after each call that DynamoDB answered and charged.
    fn consumed(&self, call: &Consumed);
}

/// Nobody wants to know.
impl ObserveCapacity for () {
    fn consumed(&self, _call: &Consumed) {}
}

/// Sums up what calls took, by their kind.
#[derive(Debug, Default)]
pub struct Capacity {
    totals: Mutex<BTreeMap<Operation, Total>>,
}

/// What calls of one kind took together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// How many calls.
    pub calls: u64,
    /// Of these, how many a condition refused.
    pub refused: u64,
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
}

impl Capacity {
    /// What was summed up so far, and begins again from nothing.
    #[must_use]
    pub fn take(&self) -> BTreeMap<Operation, Total> {
        std::mem::take(&mut *self.totals.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ObserveCapacity for Capacity {
    fn consumed(&self, call: &Consumed) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let total = totals.entry(call.operation).or_default();
        total.calls += 1;
        total.refused += u64::from(call.refused);
        total.read_units += call.read_units;
        total.write_units += call.write_units;
    }
}

impl Consumed {
    pub(super) fn read(operation: Operation, told: Option<&ConsumedCapacity>) -> Self {
        let read_units = told.and_then(|told| told.capacity_units).unwrap_or_default();
        Self { operation, read_units, write_units: 0.0, refused: false }
    }

    /// A transaction that was repeated under its token reads what it had written.
    pub(super) fn write<'a>(
        operation: Operation,
        told: impl IntoIterator<Item = &'a ConsumedCapacity>,
    ) -> Self {
        let mut consumed = Self { operation, read_units: 0.0, write_units: 0.0, refused: false };
        for told in told {
            let read = told.read_capacity_units.unwrap_or_default();
            consumed.read_units += read;
            consumed.write_units += told.capacity_units.unwrap_or_default() - read;
        }
        consumed
    }

    /// A write that a condition refused: a unit an item, two in a transaction.
    pub(super) fn refused(operation: Operation, items: usize) -> Self {
        let each = if operation == Operation::Transact { 2 } else { 1 };
        // No transaction has more than a hundred items.
        let write_units = f64::from(u32::try_from(items * each).unwrap_or(u32::MAX));
        Self { operation, read_units: 0.0, write_units, refused: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_by_kind_and_taken_once() {
        let told = |units, read| {
            ConsumedCapacity::builder().capacity_units(units).set_read_capacity_units(read).build()
        };
        let capacity = Capacity::default();
        capacity.consumed(&Consumed::read(Operation::Get, Some(&told(1.5, None))));
        capacity.consumed(&Consumed::read(Operation::Get, None));
        capacity.consumed(&Consumed::write(Operation::Transact, [&told(6.0, Some(2.0)), &told(3.0, None)]));
        capacity.consumed(&Consumed::refused(Operation::Transact, 3));
        let totals = capacity.take();
        let get = Total { calls: 2, read_units: 1.5, ..Total::default() };
        let transact = Total { calls: 2, refused: 1, read_units: 2.0, write_units: 13.0 };
        assert_eq!(totals, BTreeMap::from([(Operation::Get, get), (Operation::Transact, transact)]));
        assert_eq!(capacity.take(), BTreeMap::new());
    }
}
