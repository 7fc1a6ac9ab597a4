//! What was believed at an earlier time: the present state with its later changes undone.

use std::collections::BTreeMap;

use crate::address::Block;
use crate::delta::{Delta, Kind, Value};
use crate::state::{Belief, BlockState, HostState, Known, Presence};
use crate::time::UnixTime;

/// Undoes what changed in a block after `time`.
///
/// `deltas` are the deltas and first looks of the block that are later, in any order; others are left alone. What was
/// then waiting for more results that agree was not believed, and is gone. Coverage stays as it is.
pub fn rewind<'a>(state: &mut BlockState, deltas: impl IntoIterator<Item = &'a Delta>, time: UnixTime) {
    let mut later: Vec<&Delta> = deltas.into_iter().filter(|delta| delta.time > time).collect();
    // Of one result, what its host did came first.
    later.sort_by_key(|delta| (delta.time, delta.result, delta.port.is_some()));
    for delta in later.into_iter().rev() {
        undo(&mut state.hosts, delta);
    }
}

fn undo(hosts: &mut BTreeMap<u8, HostState>, delta: &Delta) {
    let index = Block::index_of(delta.address);
    if delta.kind == Kind::HostNew {
        hosts.remove(&index);
        return;
    }
    let Some(host) = hosts.get_mut(&index) else { return };
    match delta.kind {
        Kind::HostGone => host.presence = Presence::Up,
        Kind::HostBack => host.presence = Presence::Gone,
        Kind::HostnameChanged => {
            host.names = match &delta.before {
                Some(Value::Names(names)) => Some(Known::new(names.clone())),
                _ => None,
            };
        }
        Kind::MacChanged => {
            host.mac = match &delta.before {
                Some(Value::Mac(mac)) => Some(Known::new(*mac)),
                _ => None,
            };
        }
        Kind::OsChanged => {
            host.os = match &delta.before {
                Some(Value::Os(os)) => Some(Known::new(os.clone())),
                _ => None,
            };
        }
        Kind::PortOpened | Kind::PortReopened | Kind::PortClosed | Kind::ServiceChanged => {
            let Some(port) = delta.port.and_then(|port| host.ports.get_mut(&port)) else { return };
            match delta.kind {
                Kind::PortOpened => port.belief = Belief::NeverOpen,
                Kind::PortReopened => port.belief = Belief::NotOpen,
                Kind::PortClosed => port.belief = Belief::Open,
                _ => {
                    port.service = match &delta.before {
                        Some(Value::Service(service)) => Some(Known::new(service.clone())),
                        _ => None,
                    };
                }
            }
        }
        Kind::HostNew | Kind::ScriptChanged => {}
    }
}
