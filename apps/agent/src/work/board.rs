//! The tasks at hand, for all who have to know: leases, status, whoever ends them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portdelta_core::ids::RunId;
use portdelta_protocol::agent::TaskProgress;
use tokio_util::sync::CancellationToken;

use crate::limits::Forbidden;
use crate::order::{Order, TaskName};

/// The phase in which a result travels.
pub(super) const UPLOAD: &str = "upload";

/// A task at hand.
pub(super) struct Job {
    pub(super) name: TaskName,
    pub(super) lease: Duration,
    receipt: Mutex<String>,
    lost: AtomicBool,
    progress: Mutex<TaskProgress>,
    order: Mutex<Option<Arc<Order>>>,
    why: Mutex<Option<Why>>,
    /// Cancelled when the task is to end before its time.
    pub(super) stop: CancellationToken,
}

/// Why a task ends before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Nobody wants its run any more.
    Cancelled,
    /// The owner has changed the limits.
    Forbidden(Forbidden),
    /// The agent ends.
    Leaving,
}

/// All tasks at hand.
#[derive(Default)]
pub(super) struct Board(Mutex<BTreeMap<TaskName, Arc<Job>>>);

impl Board {
    fn jobs(&self) -> MutexGuard<'_, BTreeMap<TaskName, Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a task on. None if it is at hand: its newest receipt is then the one that counts.
    pub(super) fn take(
        &self,
        name: &TaskName,
        receipt: &str,
        lease: Duration,
        began: i64,
    ) -> Option<Arc<Job>> {
        let mut jobs = self.jobs();
        if let Some(job) = jobs.get(name) {
            receipt.clone_into(&mut lock(&job.receipt));
            job.lost.store(false, Ordering::Relaxed);
            return None;
        }
        let progress = TaskProgress {
            run: name.run.clone(),
            task: name.number,
            percent: 0,
            phase: String::new(),
            began,
            ends: None,
        };
        let job = Arc::new(Job {
            name: name.clone(),
            lease,
            receipt: Mutex::new(receipt.to_owned()),
            lost: AtomicBool::new(false),
            progress: Mutex::new(progress),
            order: Mutex::default(),
            why: Mutex::default(),
            stop: CancellationToken::new(),
        });
        jobs.insert(name.clone(), job.clone());
        Some(job)
    }

    /// A task is over.
    pub(super) fn leave(&self, job: &Job) {
        self.jobs().remove(&job.name);
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Arc<Job>> {
        self.jobs().values().cloned().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs().is_empty()
    }

    /// Ends the scans of a run. A result that is on its way goes on: the server knows what a late one is good for.
    pub(super) fn cancel(&self, run: &RunId) {
        let scans = self.all().into_iter().filter(|job| job.name.run == *run && !job.is_uploading());
        scans.for_each(|job| job.end(Why::Cancelled));
    }

    /// Ends all tasks, as the agent does.
    pub(super) fn hand_back(&self) {
        self.all().iter().for_each(|job| job.end(Why::Leaving));
    }

    /// How far they are.
    pub(super) fn progress(&self) -> Vec<TaskProgress> {
        self.all().iter().map(|job| lock(&job.progress).clone()).collect()
    }
}

impl Job {
    pub(super) fn receipt(&self) -> String {
        lock(&self.receipt).clone()
    }

    /// Somebody else may have it by now.
    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Ends it before its time. The first reason counts.
    pub(super) fn end(&self, why: Why) {
        lock(&self.why).get_or_insert(why);
        self.stop.cancel();
    }

    pub(super) fn why(&self) -> Option<Why> {
        lock(&self.why).clone()
    }

    pub(super) fn show(&self, change: impl FnOnce(&mut TaskProgress)) {
        change(&mut lock(&self.progress));
    }

    /// Whether only its result has yet to arrive.
    pub(super) fn is_uploading(&self) -> bool {
        lock(&self.progress).phase == UPLOAD
    }

    /// What it scans, from when it is about to until it has.
    pub(super) fn set_order(&self, order: Option<Arc<Order>>) {
        *lock(&self.order) = order;
    }

    pub(super) fn order(&self) -> Option<Arc<Order>> {
        lock(&self.order).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_at_hand_once() {
        let board = Board::default();
        let name = TaskName { run: "r".parse().expect("an id"), number: 1 };
        let lease = Duration::from_mins(1);
        let job = board.take(&name, "first", lease, 1).expect("it is new");
        job.lose();
        assert!(board.take(&name, "second", lease, 2).is_none());
        assert_eq!((job.receipt().as_str(), job.is_lost()), ("second", false));
        board.cancel(&"other".parse().expect("an id"));
        assert!(!job.stop.is_cancelled());
        board.cancel(&name.run);
        board.hand_back();
        assert_eq!(job.why(), Some(Why::Cancelled));
        board.leave(&job);
        assert!(board.is_empty());
    }
}
