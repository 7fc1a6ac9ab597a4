//! Whether hosts are there.

use std::net::IpAddr;

use super::{Pass, Subject};
use crate::delta::{Cause, Kind, Value};
use crate::evidence::{HostEvidence, StatusEvidence};
use crate::ids::Order;
use crate::observation::Reason;
use crate::ports::PortSet;
use crate::state::{Agreement, Belief, HostState, Presence};

impl<A: Fn(u8) -> IpAddr> Pass<'_, A> {
    /// An address that the result does not list and found down.
    pub(super) fn absent(&mut self, index: u8, host: Option<HostState>) -> Option<HostState> {
        self.down(index, Reason::NoResponse, host)
    }

    /// An address that the result lists; `host` is what is known of it, and what is given back will be.
    pub(super) fn host(&mut self, seen: &HostEvidence, host: Option<HostState>) -> Option<HostState> {
        match seen.status {
            StatusEvidence::Down => self.down(seen.index, seen.reason, host),
            StatusEvidence::Up => self.up(seen, host),
            StatusEvidence::Silent => self.silent(seen, host),
            StatusEvidence::Unknown => {
                let mut host = host?;
                self.attributes(seen, &mut host);
                Some(host)
            }
        }
    }

    fn up(&mut self, seen: &HostEvidence, host: Option<HostState>) -> Option<HostState> {
        let index = seen.index;
        let (order, lens) = (self.order, self.origin.lens);
        let was_down = self.lens().down.contains(index);
        let turned_later = host.as_ref().is_some_and(|host| host.turned > order);
        // As in `silent`: of a host without open ports all that it was looked at.
        let covers = |pairs: &PortSet| match &seen.open[..] {
            [] => !seen.covered.is_empty() && pairs.contains_all(&seen.covered),
            open => open.iter().all(|open| pairs.contains(open.port)),
        };
        let superseded = turned_later
            || self.late
                && (self.layers.up_after(index, order) || self.layers.down_after(index, order, lens, covers));
        if superseded {
            self.outcome.superseded.hosts += 1;
            let mut host = host?;
            // Ports that no later result covered still count, but not those of a host that has gone since.
            if host.presence == Presence::Up && order > host.came {
                // What a lens saw last counts: else this result would say more when it comes again.
                if !self.layers.down_after(index, order, lens, covers) {
                    self.seen_up(index);
                }
                if order.time < host.first_seen {
                    host.first_seen = order.time;
                    self.outcome.changed = true;
                }
                self.ports(seen, &mut host, was_down, false);
                self.attributes(seen, &mut host);
            }
            return Some(host);
        }
        let Some(mut host) = host else { return Some(self.first_answer(seen, was_down)) };
        let reported = self.reported;
        let was_up = host.presence == Presence::Up;
        let came = if was_up {
            self.disagree(&mut host.pending);
            self.seen_up(index);
            false
        } else {
            self.coming(seen, &mut host)
        };
        self.ports(seen, &mut host, was_down, came);
        if host.presence == Presence::Up {
            self.attributes(seen, &mut host);
        }
        self.outcome.unchanged.hosts += u64::from(was_up && reported == self.reported);
        Some(host)
    }

    /// A host of which nothing is known yet answers.
    fn first_answer(&mut self, seen: &HostEvidence, was_down: bool) -> HostState {
        let presence = if was_down { Presence::Awaited } else { Presence::Up };
        let mut host = HostState::first_seen_at(self.order, presence, seen.reason);
        let came = if was_down {
            self.coming(seen, &mut host)
        } else {
            // Nothing is known of a time when it was not there: earlier results that come later count as well.
            (host.came, host.turned) = (Order::BEGINNING, Order::BEGINNING);
            self.forget_lenses(seen.index);
            self.seen_up(seen.index);
            self.outcome.first_looks.hosts += 1;
            self.first_look(Kind::HostNew, Subject::host(seen.index), Value::HostUp(seen.reason));
            false
        };
        self.ports(seen, &mut host, was_down, came);
        if host.presence == Presence::Up {
            self.attributes(seen, &mut host);
        }
        host
    }

    /// A host that is not up answers; says whether enough results agree that it is up now.
    fn coming(&mut self, seen: &HostEvidence, host: &mut HostState) -> bool {
        self.seen_up(seen.index);
        let needed = self.origin.confirm_open;
        let Some(agreed) = self.agree(&mut host.pending, (), |(), ()| true, needed) else { return false };
        let (kind, before) = match host.presence {
            Presence::Gone => (Kind::HostBack, Value::HostDown(host.reason)),
            Presence::Awaited | Presence::Up => {
                host.first_seen = agreed.first().map_or(self.order.time, |first| first.order.time);
                (Kind::HostNew, Value::HostDown(Reason::NoResponse))
            }
        };
        let values = (Some(before), Some(Value::HostUp(seen.reason)));
        self.report(kind, Subject::host(seen.index), values, &agreed, needed);
        host.presence = Presence::Up;
        host.reason = seen.reason;
        host.came = self.order;
        host.turned = self.order;
        for port in host.ports.values_mut() {
            port.unconfirmed = port.closed_with_host;
        }
        self.forget_lenses(seen.index);
        self.seen_up(seen.index);
        true
    }

    fn down(&mut self, index: u8, reason: Reason, host: Option<HostState>) -> Option<HostState> {
        if self.is_down_superseded(index, host.as_ref()) {
            self.outcome.superseded.hosts += u64::from(host.is_some());
            return host;
        }
        let host = match host {
            Some(host) if host.presence == Presence::Up => host,
            other => return self.still_down(index, other),
        };
        if !self.lens().up.contains(index) {
            self.seen_down(index);
            return Some(host);
        }
        Some(self.going(index, reason, host))
    }

    /// Without host discovery a host is down only if every port that is open was covered and none answered. One that
    /// has no open port answered otherwise, by a reset: then all was covered that had been when it last answered.
    fn silent(&mut self, seen: &HostEvidence, host: Option<HostState>) -> Option<HostState> {
        let index = seen.index;
        let superseded = self.is_down_superseded(index, host.as_ref());
        let mut host = match host {
            Some(host) if host.presence == Presence::Up => host,
            other if superseded => return other,
            other => return self.still_down(index, other),
        };
        let would_answer = self.would_answer(seen, &host);
        if !superseded && would_answer && self.lens().up.contains(index) {
            return Some(self.going(index, seen.reason, host));
        }
        if self.order >= host.came {
            self.ports(seen, &mut host, false, false);
        }
        Some(host)
    }

    /// Whether a host that is there would have answered what found none of its ports open.
    fn would_answer(&self, seen: &HostEvidence, host: &HostState) -> bool {
        let mut open = host.open_ports().peekable();
        if open.peek().is_some() {
            return open.all(|(port, _)| seen.covered.contains(port));
        }
        let last = self.layers.last_up(seen.index).map(|layer| &layer.scope.pairs);
        last.is_some_and(|pairs| !pairs.is_empty() && seen.covered.contains_all(pairs))
    }

    fn is_down_superseded(&self, index: u8, host: Option<&HostState>) -> bool {
        host.is_some_and(|host| host.turned > self.order)
            || self.late
                && (self.layers.up_after(index, self.order)
                    || self.layers.down_after(index, self.order, self.origin.lens, |_| false))
    }

    /// A host that is not up was found down: if this lens had seen it coming, it disagrees with that.
    fn still_down(&mut self, index: u8, host: Option<HostState>) -> Option<HostState> {
        let disagrees = self.lens().up.contains(index);
        self.seen_down(index);
        let mut host = host?;
        if disagrees && host.pending.is_some() {
            self.disagree(&mut host.pending);
            for port in host.ports.values_mut() {
                self.disagree(&mut port.pending);
            }
            if host.presence == Presence::Awaited {
                return None;
            }
        }
        Some(host)
    }

    /// A host that is up was found down by a lens that may say so.
    fn going(&mut self, index: u8, reason: Reason, mut host: HostState) -> HostState {
        let needed = self.needed_to_close();
        let Some(agreed) = self.agree(&mut host.pending, (), |(), ()| true, needed) else { return host };
        let before = Value::HostUp(host.reason);
        let values = (Some(before), Some(Value::HostDown(reason)));
        self.report(Kind::HostGone, Subject::host(index), values, &agreed, needed);
        host.presence = Presence::Gone;
        host.reason = reason;
        host.turned = self.order;
        self.seen_down(index);
        self.close_with_host(index, &mut host, &agreed, needed);
        host
    }

    fn close_with_host(&mut self, index: u8, host: &mut HostState, agreed: &[Agreement], needed: u16) {
        for (&port, state) in &mut host.ports {
            state.pending = None;
            state.unconfirmed = false;
            if state.belief != Belief::Open {
                continue;
            }
            let values = (Some(Value::Port(state.shown, state.reason)), Some(Value::PortWithHost));
            let subject = Subject { cause: Some(Cause::Host), ..Subject::port(index, port) };
            self.report(Kind::PortClosed, subject, values, agreed, needed);
            state.belief = Belief::NotOpen;
            state.changed = self.order.time;
            state.closed_with_host = true;
        }
    }

    fn seen_up(&mut self, index: u8) {
        let view = self.lens();
        let changed = view.up.insert(index) | view.down.remove(index);
        self.outcome.changed |= changed;
    }

    fn seen_down(&mut self, index: u8) {
        let view = self.lens();
        let changed = view.down.insert(index) | view.up.remove(index);
        self.outcome.changed |= changed;
    }

    /// A host came: no lens has seen it up since.
    fn forget_lenses(&mut self, index: u8) {
        for view in self.lenses.values_mut() {
            self.outcome.changed |= view.up.remove(index);
        }
    }
}
