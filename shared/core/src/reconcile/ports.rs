//! Whether ports are open.

use std::net::IpAddr;

use super::{Pass, Subject};
use crate::delta::{Cause, Kind, Value};
use crate::evidence::{HostEvidence, OpenPort};
use crate::observation::{PortStatus, Reason};
use crate::ports::Port;
use crate::state::{Belief, HostState, PendingPort, PortState, Presence};

impl<A: Fn(u8) -> IpAddr> Pass<'_, A> {
    /// All ports of a host. `was_down`: this lens had found the address down, which is a look at every pair.
    /// `came`: the host is up again, or for the first time, because of this result.
    pub(super) fn ports(&mut self, seen: &HostEvidence, host: &mut HostState, was_down: bool, came: bool) {
        for open in &seen.open {
            if self.is_superseded(seen.index, open.port) {
                continue;
            }
            let looked = was_down || self.layers.looked_at(seen.index, open.port);
            self.open(seen.index, host, open, looked, came);
        }
        let not_open: Vec<Port> = host
            .ports
            .keys()
            .copied()
            .filter(|&port| seen.covered.contains(port))
            .filter(|port| seen.open.binary_search_by_key(port, |open| open.port).is_err())
            .collect();
        for port in not_open {
            if !self.is_superseded(seen.index, port) {
                self.not_open(seen, host, port);
            }
        }
        self.show_looks(seen, host);
    }

    fn is_superseded(&mut self, index: u8, port: Port) -> bool {
        let superseded = self.late && self.layers.covered_after(index, port, self.order);
        self.outcome.superseded.ports += u64::from(superseded);
        superseded
    }

    fn open(&mut self, index: u8, host: &mut HostState, open: &OpenPort, looked: bool, came: bool) {
        let order = self.order;
        let mut state = host.ports.remove(&open.port).unwrap_or(PortState {
            belief: Belief::NeverOpen,
            shown: PortStatus::Open,
            reason: open.reason,
            first_seen: order.time,
            changed: order.time,
            closed_with_host: false,
            unconfirmed: false,
            pending: None,
            service: None,
            scripts: std::collections::BTreeMap::new(),
        });
        let reported = self.reported;
        let was_open = state.belief == Belief::Open;
        if was_open {
            self.disagree(&mut state.pending);
        } else {
            self.opening(index, host, open, &mut state, looked, came);
        }
        if state.belief == Belief::Open {
            self.service_and_scripts(index, open, &mut state, was_open);
        }
        self.outcome.unchanged.ports += u64::from(was_open && reported == self.reported);
        if state.shown != PortStatus::Open && state.belief == Belief::Open {
            state.shown = PortStatus::Open;
            state.reason = open.reason;
            self.outcome.changed = true;
        }
        host.ports.insert(open.port, state);
    }

    fn opening(
        &mut self,
        index: u8,
        host: &HostState,
        open: &OpenPort,
        state: &mut PortState,
        looked: bool,
        came: bool,
    ) {
        let order = self.order;
        let first_look = match state.pending.as_ref().map(|pending| pending.candidate) {
            Some(PendingPort::FirstLook) => true,
            Some(PendingPort::Open | PendingPort::Close) => false,
            None => !looked && state.belief == Belief::NeverOpen,
        };
        let is_here = host.presence == Presence::Up;
        let candidate = if first_look { PendingPort::FirstLook } else { PendingPort::Open };
        // The ports of a pending host are pending with it; first looks at a host that is up are not damped.
        let needed = match (is_here, first_look) {
            (false, _) => u16::MAX,
            (true, true) => 1,
            (true, false) => self.origin.confirm_open,
        };
        let Some(agreed) = self.agree(&mut state.pending, candidate, |a, b| a == b, needed) else { return };
        let subject = Subject::port(index, open.port);
        let after = Value::Port(PortStatus::Open, open.reason);
        if first_look {
            self.outcome.first_looks.ports += 1;
            self.first_look(Kind::PortOpened, subject, after);
        } else {
            let kind = match state.belief {
                Belief::NotOpen => Kind::PortReopened,
                Belief::NeverOpen | Belief::Open => Kind::PortOpened,
            };
            let with_host = came || state.closed_with_host && state.unconfirmed;
            let cause = Some(if with_host { Cause::Host } else { Cause::Port });
            let before = match state.belief {
                _ if state.closed_with_host => Value::PortWithHost,
                Belief::NotOpen => Value::Port(state.shown, state.reason),
                // Listed without evidence before.
                _ if !matches!(state.shown, PortStatus::Open) => Value::Port(state.shown, state.reason),
                // What closed ports were called that never opened is not kept.
                _ => Value::Port(PortStatus::ClosedFiltered, Reason::None),
            };
            self.report(kind, Subject { cause, ..subject }, (Some(before), Some(after)), &agreed, needed);
        }
        if state.belief == Belief::NeverOpen {
            state.first_seen = agreed.first().map_or(order.time, |first| first.order.time);
        }
        state.belief = Belief::Open;
        state.shown = PortStatus::Open;
        state.reason = open.reason;
        state.changed = order.time;
        state.closed_with_host = false;
        state.unconfirmed = false;
    }

    /// A covered port of which something is known is not open.
    fn not_open(&mut self, seen: &HostEvidence, host: &mut HostState, port: Port) {
        let Some(state) = host.ports.get_mut(&port) else { return };
        let (shown, reason) = seen
            .listed
            .binary_search_by_key(&port, |&(listed, _, _)| listed)
            .map_or((seen.collapsed, Reason::None), |place| (seen.listed[place].1, seen.listed[place].2));
        if state.belief != Belief::Open {
            self.disagree(&mut state.pending);
            self.outcome.changed |= state.unconfirmed || state.shown != shown;
            state.unconfirmed = false;
            state.closed_with_host = false;
            state.shown = shown;
            state.reason = reason;
            return;
        }
        let needed = self.needed_to_close();
        let Some(agreed) = self.agree(&mut state.pending, PendingPort::Close, |a, b| a == b, needed) else {
            return;
        };
        let values = (Some(Value::Port(PortStatus::Open, state.reason)), Some(Value::Port(shown, reason)));
        state.belief = Belief::NotOpen;
        state.shown = shown;
        state.reason = reason;
        state.changed = self.order.time;
        let subject = Subject { cause: Some(Cause::Port), ..Subject::port(seen.index, port) };
        self.report(Kind::PortClosed, subject, values, &agreed, needed);
    }

    /// Ports that are listed without evidence are shown as what they are, and change nothing else.
    fn show_looks(&mut self, seen: &HostEvidence, host: &mut HostState) {
        for &(port, status, reason) in seen.listed.iter().filter(|(_, status, _)| !status.is_evidence()) {
            if self.late {
                continue;
            }
            let time = self.order.time;
            let state = host.ports.entry(port).or_insert_with(|| PortState {
                belief: Belief::NeverOpen,
                shown: PortStatus::Unknown,
                reason,
                first_seen: time,
                changed: time,
                closed_with_host: false,
                unconfirmed: false,
                pending: None,
                service: None,
                scripts: std::collections::BTreeMap::new(),
            });
            if state.shown != status {
                state.shown = status;
                state.reason = reason;
                self.outcome.changed = true;
            }
        }
    }
}
