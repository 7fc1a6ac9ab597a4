//! Failures at a chosen operation.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no effect.
    Before,
    /// It takes effect, and the caller does not learn of it.
    After,
    /// A transaction meets another one and has no effect. On other operations the same as [`Fault::Before`].
    Conflict,
    /// It has no effect, and all later operations fail as well: the process died before it.
    KillBefore,
    /// It takes effect, and all later operations fail: the process died after it.
    KillAfter,
    /// It has no effect, and the process really ends, at once and without tidying up.
    AbortBefore,
    /// It takes effect, and the process really ends, at once and without tidying up.
    AbortAfter,
}

/// Decides which operations fail. Shared by all stores of one imagined process.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    operations: u64,
    planned: BTreeMap<u64, Fault>,
    writes: u64,
    last_write: Option<u64>,
    deadly_write: Option<u64>,
    dead: bool,
}

/// The cause that a planned failure has.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("operation {operation} was made to fail: {fault:?}")]
pub struct InjectedFault {
    /// Number of the operation, from 1.
    pub operation: u64,
    /// How it was made to fail.
    pub fault: Fault,
}

impl Faults {
    /// Makes the `nth` operation from now fail; 1 is the next one. Plans add up.
    pub fn plan(&self, nth: u64, fault: Fault) {
        let mut plan = self.lock();
        let operation = plan.operations + nth;
        plan.planned.insert(operation, fault);
    }

    /// Makes the process end as a text says that a test has given it: `before 17`, `after 17` for the 17th operation;
    /// `write 17` right after the 17th that changed something. `false` where the text says something else.
    ///
    /// What outlives a process changes with writes only: whoever ends it after each of them has seen all of its ends.
    pub fn plan_end(&self, text: &str) -> bool {
        let Some((when, number)) = text.split_once(' ') else { return false };
        let Ok(nth) = number.parse() else { return false };
        match when {
            "before" => self.plan(nth, Fault::AbortBefore),
            "after" => self.plan(nth, Fault::AbortAfter),
            "write" => self.lock().last_write = Some(nth),
            _ => return false,
        }
        true
    }

    /// Makes all operations fail after the `nth` one from now that changes something, which takes effect and whose
    /// caller learns of it; 1 is the next one.
    pub fn kill_after_write(&self, nth: u64) {
        let mut plan = self.lock();
        plan.deadly_write = Some(plan.writes + nth);
    }

    /// Counts an operation that changed something, and ends the process where it was to be the last one.
    pub(crate) fn wrote(&self) {
        let mut plan = self.lock();
        plan.writes += 1;
        plan.dead |= plan.deadly_write == Some(plan.writes);
        if plan.last_write == Some(plan.writes) {
            std::process::abort();
        }
    }

    /// Makes all operations fail from now on.
    pub fn kill(&self) {
        self.lock().dead = true;
    }

    /// Forgets all plans and lets operations succeed again, as after a new start. The count goes on.
    pub fn revive(&self) {
        let mut plan = self.lock();
        plan.dead = false;
        plan.deadly_write = None;
        plan.planned.clear();
    }

    /// How many operations were begun, failed ones included. Every call of a port's method is one, and so is every
    /// chunk that is read.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// Counts an operation; fails where it is to have no effect.
    pub(crate) fn begin(&self) -> Result<Ending, InjectedFault> {
        let mut plan = self.lock();
        plan.operations += 1;
        let operation = plan.operations;
        if plan.dead {
            return Err(InjectedFault { operation, fault: Fault::KillBefore });
        }
        let Some(fault) = plan.planned.remove(&operation) else { return Ok(Ending(None)) };
        let injected = InjectedFault { operation, fault };
        plan.dead |= matches!(fault, Fault::KillBefore | Fault::KillAfter);
        match fault {
            Fault::Before | Fault::Conflict | Fault::KillBefore => Err(injected),
            Fault::After | Fault::KillAfter | Fault::AbortAfter => Ok(Ending(Some(injected))),
            Fault::AbortBefore => std::process::abort(),
        }
    }

    /// How many operations changed something.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is still to happen to an operation once it has taken effect.
#[must_use]
pub(crate) struct Ending(Option<InjectedFault>);

impl Ending {
    /// Fails where the caller is not to learn of the effect.
    pub(crate) fn reached(self) -> Result<(), InjectedFault> {
        match self.0 {
            None => Ok(()),
            Some(InjectedFault { fault: Fault::AbortAfter, .. }) => std::process::abort(),
            Some(fault) => Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_process_does_nothing_more_until_it_is_revived() {
        let faults = Faults::default();
        faults.plan(2, Fault::KillAfter);
        let done = |faults: &Faults| faults.begin().map(|ending| ending.reached().is_ok());
        assert_eq!(done(&faults), Ok(true));
        assert_eq!(done(&faults), Ok(false));
        assert_eq!(done(&faults), Err(InjectedFault { operation: 3, fault: Fault::KillBefore }));
        faults.revive();
        assert_eq!(done(&faults), Ok(true));
        assert_eq!(faults.operations(), 4);
        faults.kill_after_write(2);
        faults.wrote();
        assert_eq!(done(&faults), Ok(true));
        faults.wrote();
        assert!(done(&faults).is_err());
        faults.revive();
        faults.wrote();
        assert_eq!(done(&faults), Ok(true));
    }
}
