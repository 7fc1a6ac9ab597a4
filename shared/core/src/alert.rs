//! The life of an alert, as a machine without I/O: evidence and people go in, what is to be told comes out.
//!
//! An alert is about a thing that is wrong, not about an event. Three things are kept apart: what the evidence says
//! ([`Truth`]), what people made of it ([`Stance`]), and whether it is to be quiet ([`Ignored`]). Evidence carries its
//! [`Order`]: what is not later than the evidence that counts already is a repeat or came too late, and changes nothing.

mod act;
mod step;
mod subject;

use serde::{Deserialize, Serialize};

use crate::ids::Order;
use crate::time::UnixTime;
use crate::watch::Severity;

pub use act::{Action, ActionRefused, check_action};
pub use step::step;
pub use subject::{AlertId, AlertSubject, Trouble, TroubleKind};

/// How long a host may be gone before its alerts resolve, in seconds.
pub const DORMANT_SECONDS: i64 = 30 * 86_400;

/// How many lines of history an alert keeps, the newest.
pub const MOST_HISTORY: usize = 100;

/// So many openings within [`FLAPPING_SECONDS`] are called flapping.
const FLAPPING_EPISODES: usize = 4;

/// The time that is looked at for flapping.
const FLAPPING_SECONDS: i64 = 86_400;

/// A thing that is, or was, wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What it is about.
    pub subject: AlertSubject,
    /// How much it matters; follows the rule.
    pub severity: Severity,
    /// One line for people: `3389/tcp (RDP) is open at 192.0.2.7`. Not escaped.
    pub title: String,
    /// More about it: the service. Not escaped; may be empty.
    pub detail: String,
    /// What the evidence says.
    pub truth: Truth,
    /// What people made of this episode.
    pub stance: Stance,
    /// Quiet until then, over episodes.
    pub ignored: Option<Ignored>,
    /// How often it opened; 0 where it never did, and only the evidence against it is known.
    pub episode: u32,
    /// When this episode opened.
    pub opened: UnixTime,
    /// When anything about it last changed.
    pub changed: UnixTime,
    /// The latest evidence about the thing.
    pub evidence: Option<Order>,
    /// The latest evidence about whether its host is there.
    pub host_evidence: Option<Order>,
    /// What was told of this episode.
    pub told: Told,
    /// Who did what, oldest first.
    pub history: Vec<HistoryLine>,
}

/// What the evidence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    /// It is so.
    Holds,
    /// Its host went: quiet, and not resolved. `gone_since` is absent while the host is back and nothing has looked.
    Dormant {
        /// When the host went.
        gone_since: Option<UnixTime>,
    },
    /// It was covered, and is not so.
    Fails,
}

/// What people made of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stance {
    /// Nothing.
    New,
    /// They have seen it.
    Acknowledged,
    /// They have done something about it.
    Actioned,
}

/// Quiet, because somebody said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// From then on it speaks again.
    pub until: UnixTime,
    /// Why.
    pub reason: String,
}

/// What was told of an episode, or was to stay untold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// That it opened.
    pub opened: bool,
    /// It was heard of: somebody was told, so that its end is worth telling.
    pub heard: bool,
}

/// One line of an alert's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When.
    pub time: UnixTime,
    /// Who; `None` where evidence or time did.
    pub actor: Option<String>,
    /// What.
    pub what: HistoryEvent,
    /// What they said, or what it was. Not escaped.
    pub note: String,
}

/// What happened to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HistoryEvent {
    /// A new episode.
    Opened,
    /// Its host went.
    Dormant,
    /// Its host is back, and it is still so.
    Woke,
    /// By evidence, or after its host was gone for long.
    Resolved,
    /// The rule was removed.
    Withdrawn,
    /// By somebody.
    Acknowledged,
    /// By somebody.
    Actioned,
    /// By somebody.
    Ignored,
    /// Its time has come.
    IgnoreEnded,
    /// Somebody took back what people did.
    Reopened,
}

impl HistoryEvent {
    /// `opened`, `ignore-ended`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Dormant => "dormant",
            Self::Woke => "woke",
            Self::Resolved => "resolved",
            Self::Withdrawn => "withdrawn",
            Self::Acknowledged => "acknowledged",
            Self::Actioned => "actioned",
            Self::Ignored => "ignored",
            Self::IgnoreEnded => "ignore-ended",
            Self::Reopened => "reopened",
        }
    }
}

/// How an alert is, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlertState {
    /// Nobody has done anything about it.
    Open,
    /// Somebody has seen it.
    Acknowledged,
    /// Somebody has done something about it.
    Actioned,
    /// Quiet until a date.
    Ignored,
    /// Its host went.
    Dormant,
    /// Covered, and not so any more.
    Resolved,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertEvent {
    /// Evidence that it is so. Without an order it is as of now, and cannot come too late.
    Holds {
        /// The place of the evidence in time.
        order: Option<Order>,
        /// What the rule and the evidence say today.
        facts: Facts,
        /// An episode that this opens is not told.
        quiet: bool,
    },
    /// Evidence that it is not so.
    Fails {
        /// The place of the evidence in time.
        order: Option<Order>,
        /// What it was: `closed (conn-refused)`.
        note: String,
    },
    /// The port closed because its host went.
    WentWithHost {
        /// The place of the evidence in time.
        order: Order,
    },
    /// The host of a dormant alert was seen, or found down again; nothing is known of the port.
    Host {
        /// The place of the evidence in time.
        order: Order,
        /// It is up.
        up: bool,
    },
    /// The rule does not exist any more, or does not watch this any more.
    RuleGone,
    /// Somebody does something; see [`check_action`].
    Person {
        /// Who.
        actor: String,
        /// What.
        action: Action,
    },
    /// Time goes by.
    Tick,
}

impl AlertEvent {
    /// The place of its evidence in time; `None` where it has none, or is as of now.
    #[must_use]
    pub fn order(&self) -> Option<Order> {
        match self {
            Self::Holds { order, .. } | Self::Fails { order, .. } => *order,
            Self::WentWithHost { order } | Self::Host { order, .. } => Some(*order),
            Self::RuleGone | Self::Person { .. } | Self::Tick => None,
        }
    }
}

/// What a rule and the evidence say of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How much it matters.
    pub severity: Severity,
    /// See [`Alert::title`].
    pub title: String,
    /// See [`Alert::detail`]; an empty one leaves what is known.
    pub detail: String,
}

/// What is to be told; each at most once an episode, ends of ignoring once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Telling {
    /// It opened.
    Opened,
    /// It resolved.
    Resolved,
    /// It was to be quiet until then, and is still so.
    IgnoreEnded(UnixTime),
}

impl Telling {
    /// Stands in notification ids: `opened`, `resolved`, `unignored-2000000000`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Opened => "opened".to_owned(),
            Self::Resolved => "resolved".to_owned(),
            Self::IgnoreEnded(until) => format!("unignored-{}", until.seconds()),
        }
    }
}

impl Alert {
    /// What is known before anything happened.
    #[must_use]
    pub fn unheard(subject: AlertSubject, now: UnixTime) -> Self {
        Self {
            subject,
            severity: Severity::Low,
            title: String::new(),
            detail: String::new(),
            truth: Truth::Fails,
            stance: Stance::New,
            ignored: None,
            episode: 0,
            opened: now,
            changed: now,
            evidence: None,
            host_evidence: None,
            told: Told::default(),
            history: Vec::new(),
        }
    }

    /// When something was last heard of the thing.
    #[must_use]
    pub fn heard(&self) -> UnixTime {
        self.evidence.map_or(self.opened, |order| order.time)
    }

    /// Its id: the same thing keeps it over all episodes.
    #[must_use]
    pub fn id(&self) -> AlertId {
        self.subject.id()
    }

    /// Whether somebody wants it to be quiet at `now`.
    #[must_use]
    pub fn is_ignored(&self, now: UnixTime) -> bool {
        self.ignored.as_ref().is_some_and(|ignored| now < ignored.until)
    }

    /// How it is at `now`.
    #[must_use]
    pub fn state(&self, now: UnixTime) -> AlertState {
        match (self.truth, self.stance) {
            (Truth::Fails, _) => AlertState::Resolved,
            (Truth::Dormant { .. }, _) => AlertState::Dormant,
            (Truth::Holds, _) if self.is_ignored(now) => AlertState::Ignored,
            (Truth::Holds, Stance::New) => AlertState::Open,
            (Truth::Holds, Stance::Acknowledged) => AlertState::Acknowledged,
            (Truth::Holds, Stance::Actioned) => AlertState::Actioned,
        }
    }

    /// Whether it opens again and again.
    #[must_use]
    pub fn is_flapping(&self, now: UnixTime) -> bool {
        let recent = |line: &&HistoryLine| {
            line.what == HistoryEvent::Opened && now.since(line.time) <= FLAPPING_SECONDS
        };
        self.history.iter().filter(recent).count() >= FLAPPING_EPISODES
    }

    fn note(&mut self, time: UnixTime, actor: Option<&str>, what: HistoryEvent, note: impl Into<String>) {
        self.changed = time;
        self.history.push(HistoryLine { time, actor: actor.map(str::to_owned), what, note: note.into() });
        let surplus = self.history.len().saturating_sub(MOST_HISTORY);
        self.history.drain(..surplus);
    }
}

#[cfg(test)]
mod tests;
