//! What people do about an alert.

use super::{Alert, AlertState, HistoryEvent, Ignored, Stance, Truth};
use crate::time::UnixTime;

/// The longest note or reason, in characters.
pub const MAX_NOTE: usize = 1_000;

/// The longest time for which something can be ignored, in seconds.
const MAX_IGNORE_SECONDS: i64 = 5 * 366 * 86_400;

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// They have seen it.
    Acknowledge {
        /// May be empty.
        note: String,
    },
    /// They have done something about it.
    Action {
        /// May be empty.
        note: String,
    },
    /// It is to be quiet.
    Ignore {
        /// Until then.
        until: UnixTime,
        /// Why.
        reason: String,
    },
    /// They take back what people did.
    Reopen {
        /// May be empty.
        note: String,
    },
}

/// Why something can't be done about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActionRefused {
    /// There is nothing to do about it.
    #[error("it is resolved already")]
    Resolved,
    /// The end of ignoring is not in the future, or too far in it.
    #[error("it can be ignored until a time from now to five years from now")]
    Until,
    /// Ignoring needs a reason.
    #[error("the reason is empty")]
    NoReason,
    /// The note is too long.
    #[error("the note has more than 1000 characters")]
    NoteTooLong,
}

impl ActionRefused {
    /// Stable, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Resolved => "alert.resolved",
            Self::Until => "alert.until",
            Self::NoReason => "alert.no_reason",
            Self::NoteTooLong => "alert.note_too_long",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Resolved => "It opens again by itself if it becomes true again.",
            Self::Until => "Give a date in that time.",
            Self::NoReason => "Say why it can be ignored.",
            Self::NoteTooLong => "Write less.",
        }
    }
}

/// Whether somebody can do this at `now`.
pub fn check_action(alert: &Alert, action: &Action, now: UnixTime) -> Result<(), ActionRefused> {
    if alert.state(now) == AlertState::Resolved {
        return Err(ActionRefused::Resolved);
    }
    let (Action::Acknowledge { note } | Action::Action { note } | Action::Reopen { note }) = action else {
        let Action::Ignore { until, reason } = action else { return Ok(()) };
        if reason.trim().is_empty() {
            return Err(ActionRefused::NoReason);
        }
        if reason.chars().count() > MAX_NOTE {
            return Err(ActionRefused::NoteTooLong);
        }
        return if (1..=MAX_IGNORE_SECONDS).contains(&until.since(now)) {
            Ok(())
        } else {
            Err(ActionRefused::Until)
        };
    };
    if note.chars().count() > MAX_NOTE { Err(ActionRefused::NoteTooLong) } else { Ok(()) }
}

impl Alert {
    /// Does what somebody wants; what is so already changes nothing.
    pub(super) fn act(&mut self, actor: &str, action: Action, now: UnixTime) {
        if check_action(self, &action, now).is_err() {
            return;
        }
        let is_so = |alert: &Self, stance| alert.stance == stance && alert.ignored.is_none();
        match action {
            Action::Acknowledge { note } if !is_so(self, Stance::Acknowledged) || !note.is_empty() => {
                self.stance = Stance::Acknowledged;
                self.ignored = None;
                self.note_once(now, actor, HistoryEvent::Acknowledged, note);
            }
            Action::Action { note } if !is_so(self, Stance::Actioned) || !note.is_empty() => {
                self.stance = Stance::Actioned;
                self.ignored = None;
                self.note_once(now, actor, HistoryEvent::Actioned, note);
            }
            Action::Reopen { note } if !is_so(self, Stance::New) || !note.is_empty() => {
                self.stance = Stance::New;
                self.ignored = None;
                self.note_once(now, actor, HistoryEvent::Reopened, note);
            }
            Action::Ignore { until, reason } => {
                let ignored = Ignored { until, reason: reason.clone() };
                if self.ignored.replace(ignored.clone()) != Some(ignored) {
                    self.note(now, Some(actor), HistoryEvent::Ignored, reason);
                }
            }
            _ => {}
        }
        debug_assert!(self.truth != Truth::Fails, "checked above");
    }

    /// The same line twice in a row is a repeated request.
    fn note_once(&mut self, now: UnixTime, actor: &str, what: HistoryEvent, note: String) {
        let repeated = self.history.last().is_some_and(|last| {
            last.what == what && last.actor.as_deref() == Some(actor) && last.note == note
        });
        if !repeated {
            self.note(now, Some(actor), what, note);
        }
    }
}
