//! Names, MAC addresses, operating systems, services and scripts.

use std::collections::BTreeMap;
use std::net::IpAddr;

use compact_str::CompactString;

use super::{Pass, Subject};
use crate::delta::{Kind, Value};
use crate::evidence::{HostEvidence, OpenPort};
use crate::observation::ScriptRecord;
use crate::ports::Port;
use crate::scope::Attributes;
use crate::service::Comparison;
use crate::state::{HostState, Known, PortState, ScriptOutput};
use crate::time::UnixTime;

/// A name that was current this long ago is no change when it returns.
const NAME_MEMORY_SECONDS: i64 = 30 * 24 * 3600;

impl<A: Fn(u8) -> IpAddr> Pass<'_, A> {
    /// The attributes of a host that is up.
    pub(super) fn attributes(&mut self, seen: &HostEvidence, host: &mut HostState) {
        let index = seen.index;
        if !self.late && !seen.aliases.is_empty() && host.aliases != seen.aliases {
            host.aliases.clone_from(&seen.aliases);
            self.outcome.changed = true;
        }
        if let Some(names) = &seen.names
            && !self.is_looked_for_later(index, None, Attributes::NAMES)
        {
            self.names(index, names, host);
        }
        if let Some(mac) = seen.mac
            && !self.is_looked_for_later(index, None, Attributes::MAC)
        {
            self.value(Kind::MacChanged, index, mac, &mut host.mac, |a, b| a == b, Value::Mac);
        }
        if let Some(os) = &seen.os
            && !self.is_looked_for_later(index, None, Attributes::OS)
        {
            let overlap = |a: &Vec<_>, b: &Vec<_>| a.iter().any(|one| b.contains(one));
            self.value(Kind::OsChanged, index, os.clone(), &mut host.os, overlap, Value::Os);
        }
        if !self.is_looked_for_later(index, None, Attributes::SCRIPTS) {
            self.scripts(Subject::host(index), &seen.scripts, &mut host.scripts);
        }
    }

    /// The service and the scripts of a port that is open; `was_open`: before this result, too.
    pub(super) fn service_and_scripts(
        &mut self,
        index: u8,
        open: &OpenPort,
        state: &mut PortState,
        was_open: bool,
    ) {
        if let Some(new) = &open.service
            && !self.is_looked_for_later(index, Some(open.port), Attributes::SERVICES)
        {
            self.service(index, open, new, state, was_open);
        }
        if !self.is_looked_for_later(index, Some(open.port), Attributes::SCRIPTS) {
            self.scripts(Subject::port(index, open.port), &open.scripts, &mut state.scripts);
        }
    }

    fn service(
        &mut self,
        index: u8,
        open: &OpenPort,
        new: &crate::service::Service,
        state: &mut PortState,
        was_open: bool,
    ) {
        let Some(known) = &mut state.service else {
            state.service = Some(Known::new(new.clone()));
            self.learnt(index, open.port, new.clone(), was_open);
            return;
        };
        match known.value.compare(new) {
            Comparison::Same => self.disagree(&mut known.pending),
            Comparison::Completes(merged) => {
                self.disagree(&mut known.pending);
                known.value.clone_from(&merged);
                self.learnt(index, open.port, merged, was_open);
            }
            Comparison::Differs => {
                let needed = self.origin.confirm_open;
                let same = |a: &crate::service::Service, b: &crate::service::Service| {
                    !matches!(a.compare(b), Comparison::Differs)
                };
                if let Some(agreed) = self.agree(&mut known.pending, new.clone(), same, needed) {
                    let before = std::mem::replace(&mut known.value, new.clone());
                    let values = (Some(Value::Service(before)), Some(Value::Service(new.clone())));
                    self.report(
                        Kind::ServiceChanged,
                        Subject::port(index, open.port),
                        values,
                        &agreed,
                        needed,
                    );
                }
            }
        }
    }

    /// More is known of a service. Where its port has long been open nothing else tells, and whoever watches for this
    /// service has to hear of it.
    fn learnt(&mut self, index: u8, port: Port, service: crate::service::Service, was_open: bool) {
        self.outcome.changed = true;
        if was_open {
            self.first_look(Kind::ServiceChanged, Subject::port(index, port), Value::Service(service));
        }
    }

    fn names(&mut self, index: u8, names: &[CompactString], host: &mut HostState) {
        let Some(known) = &mut host.names else {
            host.names = Some(Known::new(names.to_vec()));
            self.outcome.changed = true;
            return;
        };
        if known.value == names {
            self.disagree(&mut known.pending);
            return;
        }
        let recent = |name: &CompactString| {
            host.former_names
                .iter()
                .any(|(former, until)| former == name && self.order.time.since(*until) <= NAME_MEMORY_SECONDS)
        };
        let mut added = names.iter().filter(|name| !known.value.contains(name)).peekable();
        let mut removed = known.value.iter().filter(|name| !names.contains(name));
        let is_change = if added.peek().is_some() {
            added.any(|name| !recent(name))
        } else {
            removed.any(|name| !recent(name))
        };
        let before = if is_change {
            let needed = self.origin.confirm_open;
            let Some(agreed) = self.agree(&mut known.pending, names.to_vec(), |a, b| a == b, needed) else {
                return;
            };
            let before = std::mem::replace(&mut known.value, names.to_vec());
            let values = (Some(Value::Names(before.clone())), Some(Value::Names(names.to_vec())));
            self.report(Kind::HostnameChanged, Subject::host(index), values, &agreed, needed);
            before
        } else {
            self.disagree(&mut known.pending);
            self.outcome.changed = true;
            std::mem::replace(&mut known.value, names.to_vec())
        };
        remember(
            &mut host.former_names,
            before.into_iter().filter(|name| !names.contains(name)),
            self.order.time,
        );
    }

    /// An attribute with one value, compared by `same`.
    fn value<T: Clone>(
        &mut self,
        kind: Kind,
        index: u8,
        new: T,
        known: &mut Option<Known<T>>,
        same: impl Fn(&T, &T) -> bool,
        show: impl Fn(T) -> Value,
    ) {
        let Some(known) = known else {
            *known = Some(Known::new(new));
            self.outcome.changed = true;
            return;
        };
        if same(&known.value, &new) {
            self.disagree(&mut known.pending);
            return;
        }
        let needed = self.origin.confirm_open;
        if let Some(agreed) = self.agree(&mut known.pending, new.clone(), same, needed) {
            let before = std::mem::replace(&mut known.value, new.clone());
            self.report(kind, Subject::host(index), (Some(show(before)), Some(show(new))), &agreed, needed);
        }
    }

    fn scripts(
        &mut self,
        subject: Subject<'_>,
        seen: &[ScriptRecord],
        known: &mut BTreeMap<CompactString, Known<ScriptOutput>>,
    ) {
        for script in seen {
            let new = ScriptOutput { excerpt: script.excerpt.clone(), digest: script.digest };
            let Some(known) = known.get_mut(&script.id) else {
                known.insert(script.id.clone(), Known::new(new));
                self.outcome.changed = true;
                continue;
            };
            if known.value.digest == new.digest {
                self.disagree(&mut known.pending);
                continue;
            }
            let needed = self.origin.confirm_open;
            let same = |a: &ScriptOutput, b: &ScriptOutput| a.digest == b.digest;
            if let Some(agreed) = self.agree(&mut known.pending, new.clone(), same, needed) {
                let before = std::mem::replace(&mut known.value, new);
                let values =
                    (Some(Value::Script(before.excerpt)), Some(Value::Script(known.value.excerpt.clone())));
                let subject = Subject { script: Some(&script.id), ..subject };
                self.report(Kind::ScriptChanged, subject, values, &agreed, needed);
            }
        }
    }

    fn is_looked_for_later(&self, index: u8, port: Option<crate::ports::Port>, what: Attributes) -> bool {
        self.late && self.layers.attribute_after(index, port, what, self.order)
    }
}

/// Keeps the names that are current no longer, and drops those that went too long ago to matter.
fn remember(
    former: &mut Vec<(CompactString, UnixTime)>,
    gone: impl Iterator<Item = CompactString>,
    now: UnixTime,
) {
    former.retain(|(_, until)| now.since(*until) <= NAME_MEMORY_SECONDS);
    for name in gone {
        match former.iter_mut().find(|(known, _)| *known == name) {
            Some((_, until)) => *until = now.max(*until),
            None => former.push((name, now)),
        }
    }
}
