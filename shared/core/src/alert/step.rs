//! One step of an alert.

use super::{
    Alert, AlertEvent, DORMANT_SECONDS, Facts, HistoryEvent, Order, Stance, Telling, Told, Truth, UnixTime,
};
use crate::ids::ResultId;

/// The alert after an event at `now`, and what is to be told.
///
/// Evidence that is not later than what counts already changes nothing, so events may come in any order and
/// repeatedly: the truth at the end is that of the latest evidence.
#[must_use]
pub fn step(mut alert: Alert, event: AlertEvent, now: UnixTime) -> (Alert, Vec<Telling>) {
    let mut tellings = Vec::new();
    match event {
        AlertEvent::Holds { order, facts, quiet } => {
            if alert.takes(order) {
                tellings.extend(alert.holds(facts, quiet, now));
            } else if order == alert.evidence && alert.truth == Truth::Holds {
                // The same evidence, and perhaps another rule.
                alert.describe(facts);
            }
        }
        AlertEvent::Fails { order, note } => {
            if alert.takes(order) {
                tellings.extend(alert.fails(&note, now));
            }
        }
        AlertEvent::WentWithHost { order } => {
            if alert.takes(Some(order)) {
                alert.went_with_host(order, now);
            }
        }
        AlertEvent::Host { order, up } => alert.host(order, up),
        AlertEvent::RuleGone => {
            if alert.truth != Truth::Fails {
                alert.truth = Truth::Fails;
                alert.forget_latest();
                alert.note(now, None, HistoryEvent::Withdrawn, "");
            }
        }
        AlertEvent::Person { actor, action } => alert.act(&actor, action, now),
        AlertEvent::Tick => alert.tick(now),
    }
    // The end of ignoring is told unless something else is that says as much.
    let ended = alert.ignore_ends(now);
    if tellings.is_empty() {
        tellings.extend(ended);
    }
    (alert, tellings)
}

impl Alert {
    /// Whether evidence is later than what counts already; from then on it counts.
    fn takes(&mut self, order: Option<Order>) -> bool {
        let Some(order) = order else { return true };
        if self.evidence.is_some_and(|evidence| order <= evidence) {
            return false;
        }
        self.evidence = Some(order);
        true
    }

    /// What spoke last may speak again: a rule that is put back finds the evidence that it had. What is older stays
    /// too late.
    fn forget_latest(&mut self) {
        self.evidence = self.evidence.map(|latest| Order { result: ResultId([0; 32]), ..latest });
    }

    fn describe(&mut self, facts: Facts) {
        let Facts { severity, title, detail } = facts;
        self.severity = severity;
        self.title = title;
        if !detail.is_empty() {
            self.detail = detail;
        }
    }

    fn holds(&mut self, facts: Facts, quiet: bool, now: UnixTime) -> Option<Telling> {
        self.describe(facts);
        match self.truth {
            Truth::Holds => return None,
            Truth::Dormant { .. } => {
                self.truth = Truth::Holds;
                self.note(now, None, HistoryEvent::Woke, "");
            }
            Truth::Fails => {
                self.truth = Truth::Holds;
                self.episode = self.episode.saturating_add(1);
                self.opened = now;
                self.stance = Stance::New;
                self.told = Told { opened: quiet, heard: false };
                let detail = self.detail.clone();
                self.note(now, None, HistoryEvent::Opened, detail);
            }
        }
        self.tell_opened(now)
    }

    fn tell_opened(&mut self, now: UnixTime) -> Option<Telling> {
        if self.told.opened || self.is_ignored(now) {
            return None;
        }
        self.told = Told { opened: true, heard: true };
        Some(Telling::Opened)
    }

    fn fails(&mut self, note: &str, now: UnixTime) -> Option<Telling> {
        if self.truth == Truth::Fails {
            return None;
        }
        let was_dormant = self.truth != Truth::Holds;
        self.truth = Truth::Fails;
        self.note(now, None, HistoryEvent::Resolved, note);
        // What was never heard of, or is not to be heard of, ends as quietly.
        let tell = self.told.heard && !was_dormant && !self.is_ignored(now);
        self.told.heard = false;
        tell.then_some(Telling::Resolved)
    }

    fn went_with_host(&mut self, order: Order, now: UnixTime) {
        let is_latest = self.host_evidence.is_none_or(|known| known < order);
        self.host_evidence = self.host_evidence.max(Some(order));
        if self.truth == Truth::Holds {
            self.truth = Truth::Dormant { gone_since: is_latest.then_some(order.time.min(now)) };
            self.note(now, None, HistoryEvent::Dormant, "");
        }
    }

    fn host(&mut self, order: Order, up: bool) {
        if self.host_evidence.is_some_and(|known| order <= known) {
            return;
        }
        self.host_evidence = Some(order);
        if let Truth::Dormant { gone_since } = &mut self.truth {
            *gone_since = (!up).then_some(order.time);
        }
    }

    fn tick(&mut self, now: UnixTime) {
        let Truth::Dormant { gone_since: Some(since) } = self.truth else { return };
        if now.since(since) >= DORMANT_SECONDS {
            self.truth = Truth::Fails;
            self.told.heard = false;
            self.note(now, None, HistoryEvent::Resolved, "its host was gone for 30 days");
        }
    }

    /// Ends ignoring where its time has come; what is still so speaks.
    fn ignore_ends(&mut self, now: UnixTime) -> Option<Telling> {
        let until = self.ignored.as_ref().map(|ignored| ignored.until).filter(|&until| until <= now)?;
        self.ignored = None;
        self.note(now, None, HistoryEvent::IgnoreEnded, "");
        if self.truth != Truth::Holds {
            return None;
        }
        self.stance = Stance::New;
        Some(self.tell_opened(now).unwrap_or_else(|| {
            self.told.heard = true;
            Telling::IgnoreEnded(until)
        }))
    }
}
