//! When enough results agree on a change.

use std::net::IpAddr;

use super::Pass;
use crate::state::{Agreement, Pending};

impl<A: Fn(u8) -> IpAddr> Pass<'_, A> {
    /// Adds this result to those that agree on `candidate`, and gives all of them where they are enough.
    ///
    /// Two results count as two only if they are of different runs and the later started when the earlier had
    /// ended. A pending change that is not the `same` is dropped: this result disagrees with it.
    pub(super) fn agree<T>(
        &mut self,
        pending: &mut Option<Pending<T>>,
        candidate: T,
        same: impl Fn(&T, &T) -> bool,
        needed: u16,
    ) -> Option<Vec<Agreement>> {
        let kept = pending.take().filter(|known| same(&known.candidate, &candidate));
        let mut agreed = kept.map(|known| known.agreed).unwrap_or_default();
        let counts = agreed.iter().all(|one| one.run != self.origin.run)
            && agreed.last().is_none_or(|last| last.end <= self.origin.start);
        if counts {
            agreed.push(Agreement { order: self.order, run: self.origin.run.clone(), end: self.origin.end });
        }
        self.outcome.changed = true;
        if agreed.len() >= usize::from(needed) {
            return Some(agreed);
        }
        *pending = Some(Pending { candidate, agreed });
        None
    }

    /// Drops a pending change: this result has evidence against it.
    pub(super) fn disagree<T>(&mut self, pending: &mut Option<Pending<T>>) {
        self.outcome.changed |= pending.take().is_some();
    }
}
