//! The life of a run, as a machine without I/O: what happened goes in, what is to be done comes out.
//!
//! ```text
//! planned → dispatching(cursor) → running → closing(why) → finished(outcome)
//! ```
//!
//! From *closing* on no task counts towards the run any more, so that its report is about a fixed set of marks.
//! Events may come in any order and repeatedly; those that come too late change nothing.

use serde::{Deserialize, Serialize};

/// How many tasks of a run have which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCounts {
    /// Covered as asked.
    pub complete: u32,
    /// Some of it is covered.
    pub partial: u32,
    /// No agent may or can do it.
    pub unscannable: u32,
}

impl TaskCounts {
    /// Tasks of which nothing more is expected.
    #[must_use]
    pub fn settled(self) -> u32 {
        self.complete.saturating_add(self.partial).saturating_add(self.unscannable)
    }

    /// The later of two counts of one run: tasks settle once, and from then on only get better.
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        let rank = |counts: Self| (counts.settled(), counts.complete, counts.partial);
        if rank(other) > rank(self) { other } else { self }
    }
}

/// How a finished run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunOutcome {
    /// Every task was covered as asked.
    Complete,
    /// Something was applied, not all covered.
    Partial,
    /// Somebody ended it, or a later run took its place.
    Cancelled,
    /// Nothing was applied.
    Expired,
}

impl RunOutcome {
    /// `complete`, `partial`, `cancelled`, `expired`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// Why nothing more is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CloseReason {
    /// Every task is settled.
    Settled,
    /// Its deadline passed.
    Overdue,
    /// Somebody cancelled it: its results are not applied any more.
    Cancelled,
    /// A later run took its place; results that still come are evidence.
    Replaced,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RunPhase {
    /// No task was sent yet.
    Planned,
    /// Tasks below the cursor were sent.
    Dispatching {
        /// The number of the next task.
        cursor: u32,
    },
    /// All tasks were sent.
    Running,
    /// Nothing counts any more; its report is being made.
    Closing(CloseReason),
    /// Its report is written.
    Finished(CloseReason, RunOutcome),
}

/// A run, as far as its life goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunMachine {
    /// How many tasks it has; at least one.
    pub total: u32,
    /// How far it is.
    pub phase: RunPhase,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEvent {
    /// The tasks `from..to` were sent.
    SliceSent {
        /// The first.
        from: u32,
        /// Behind the last.
        to: u32,
    },
    /// So many tasks have ended.
    Counted(TaskCounts),
    /// Its deadline has passed.
    Overdue,
    /// Somebody cancels it.
    Cancel,
    /// A later run takes its place.
    Replace,
    /// Its report is made of marks with these counts.
    Reported(TaskCounts),
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEffect {
    /// Send tasks from this one on.
    Dispatch {
        /// The number of the next task.
        from: u32,
    },
    /// Make the report of the marks that are there.
    Report,
    /// Tell of the finished run.
    Tell,
}

impl RunMachine {
    /// A run of `total` tasks of which none was sent.
    #[must_use]
    pub fn planned(total: u32) -> Self {
        Self { total, phase: RunPhase::Planned }
    }

    /// The next task to send; `None` where none is to be sent.
    #[must_use]
    pub fn cursor(self) -> Option<u32> {
        match self.phase {
            RunPhase::Planned => Some(0),
            RunPhase::Dispatching { cursor } => Some(cursor),
            _ => None,
        }
    }

    /// Whether tasks still count towards it.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self.phase, RunPhase::Closing(_) | RunPhase::Finished(..))
    }

    /// Why it closed; `None` while it is open.
    #[must_use]
    pub fn closed(self) -> Option<CloseReason> {
        match self.phase {
            RunPhase::Closing(reason) | RunPhase::Finished(reason, _) => Some(reason),
            _ => None,
        }
    }

    /// How it ended; `None` until its report is written.
    #[must_use]
    pub fn outcome(self) -> Option<RunOutcome> {
        match self.phase {
            RunPhase::Finished(_, outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// The run after an event, and what is to be done. An event that changes nothing asks for nothing.
#[must_use]
pub fn step(machine: RunMachine, event: RunEvent) -> (RunMachine, Vec<RunEffect>) {
    let RunMachine { total, phase } = machine;
    let close = |reason| (RunPhase::Closing(reason), vec![RunEffect::Report]);
    let stays = (phase, Vec::new());
    let (phase, effects) = match (phase, event) {
        (RunPhase::Closing(reason), RunEvent::Reported(counts)) => {
            (RunPhase::Finished(reason, outcome(total, reason, counts)), vec![RunEffect::Tell])
        }
        (RunPhase::Closing(_) | RunPhase::Finished(..), _) | (_, RunEvent::Reported(_)) => stays,
        (_, RunEvent::SliceSent { from, to }) if machine.cursor() == Some(from) && to > from => {
            if to >= total {
                (RunPhase::Running, Vec::new())
            } else {
                (RunPhase::Dispatching { cursor: to }, vec![RunEffect::Dispatch { from: to }])
            }
        }
        (_, RunEvent::Counted(counts)) if counts.settled() >= total => close(CloseReason::Settled),
        (_, RunEvent::SliceSent { .. } | RunEvent::Counted(_)) => stays,
        (_, RunEvent::Overdue) => close(CloseReason::Overdue),
        (_, RunEvent::Cancel) => close(CloseReason::Cancelled),
        (_, RunEvent::Replace) => close(CloseReason::Replaced),
    };
    (RunMachine { total, phase }, effects)
}

fn outcome(total: u32, reason: CloseReason, counts: TaskCounts) -> RunOutcome {
    match reason {
        CloseReason::Cancelled | CloseReason::Replaced => RunOutcome::Cancelled,
        CloseReason::Settled | CloseReason::Overdue if counts.complete >= total => RunOutcome::Complete,
        _ if counts.complete > 0 || counts.partial > 0 => RunOutcome::Partial,
        _ => RunOutcome::Expired,
    }
}

#[cfg(test)]
mod tests;
