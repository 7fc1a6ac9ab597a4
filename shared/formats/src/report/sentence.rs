//! Deltas in words. Nothing here is escaped: that is the business of whoever prints it.

use portdelta_core::delta::{Cause, Delta, Kind, Value};
use portdelta_core::observation::{PortStatus, Reason};
use portdelta_core::service::Service;

use super::rfc3339;

/// What changed, without the address: `22/tcp opened`, `80/tcp http nginx 1.24.0 → http nginx 1.25.1`.
#[must_use]
pub fn change(delta: &Delta) -> String {
    let port = delta.port.map(|port| format!("{port} ")).unwrap_or_default();
    let values = || {
        let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), value_text);
        format!("{} → {}", text(&delta.before), text(&delta.after))
    };
    let with_host = match (delta.cause, delta.kind) {
        (Some(Cause::Host), Kind::PortClosed) => " (its host went)",
        (Some(Cause::Host), _) => " (its host came)",
        _ => "",
    };
    match delta.kind {
        Kind::HostNew => "new host".to_owned(),
        Kind::HostGone => "host gone".to_owned(),
        Kind::HostBack => "host back".to_owned(),
        Kind::HostnameChanged => format!("name {}", values()),
        Kind::MacChanged => format!("MAC {}", values()),
        Kind::PortOpened => format!("{port}opened{with_host}"),
        Kind::PortClosed => format!("{port}closed{with_host}"),
        Kind::PortReopened => format!("{port}reopened{with_host}"),
        Kind::ServiceChanged => format!("{port}{}", values()),
        Kind::OsChanged => format!("OS {}", values()),
        Kind::ScriptChanged => {
            format!("{port}script {}: {}", delta.script.as_deref().unwrap_or("?"), values())
        }
    }
}

/// One side of a change in words.
#[must_use]
pub fn value_text(value: &Value) -> String {
    match value {
        Value::HostUp(reason) => with_reason("up", reason.name()),
        Value::HostDown(reason) => with_reason("down", reason.name()),
        Value::Port(PortStatus::ClosedFiltered, Reason::None) => "not open".to_owned(),
        Value::Port(status, reason) => with_reason(status.name(), reason.name()),
        Value::PortWithHost => "closed (with its host)".to_owned(),
        Value::Service(service) => service_text(service),
        Value::Names(names) if names.is_empty() => "no name".to_owned(),
        Value::Names(names) => names.join(", "),
        Value::Mac(mac) => mac_text(*mac),
        Value::Os(classes) => {
            let classes: Vec<_> =
                classes.iter().map(|(family, generation)| format!("{family} {generation}")).collect();
            classes.iter().map(|class| class.trim()).collect::<Vec<_>>().join(", ")
        }
        Value::Script(output) => format!("“{output}”"),
    }
}

/// `ssl/http nginx 1.24.0`.
#[must_use]
pub fn service_text(service: &Service) -> String {
    service.to_string()
}

pub(super) fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

fn with_reason(state: &str, reason: &str) -> String {
    if reason.is_empty() { state.to_owned() } else { format!("{state} ({reason})") }
}

/// Why the delta was reported: what was known before, what is known now, who agreed.
#[must_use]
pub fn why(delta: &Delta) -> String {
    let after = delta.after.as_ref().map_or_else(|| "changed".to_owned(), value_text);
    let now = format!("{after} at {}", rfc3339(delta.time));
    let before = match (&delta.before, &delta.why.previous) {
        (Some(before), Some((time, _))) => format!("{}, last covered {}", value_text(before), rfc3339(*time)),
        (Some(before), None) => format!("{} before", value_text(before)),
        (None, Some((time, _))) => format!("last covered {}", rfc3339(*time)),
        (None, None) if delta.first_look => "never looked at before".to_owned(),
        (None, None) => "looked at before, and not there".to_owned(),
    };
    let agreed = delta.why.agreed.len();
    let damping = match (agreed, delta.why.blackout) {
        (0 | 1, _) => String::new(),
        (_, false) => format!("; {agreed} results agree, {} were needed", delta.why.needed),
        (_, true) => {
            format!("; {agreed} results agree, two were needed because nothing in the block answered")
        }
    };
    format!("{before}; {now}{damping}")
}
