//! Changes for people, host by host, and as rows.

use std::net::IpAddr;

use anstyle::{AnsiColor, Style};
use portdelta_core::delta::{Cause, Delta, Kind, Value};
use portdelta_core::escape::escape;
use portdelta_formats::report::{DeltaView, change, value_text, why};
use serde_json::json;

use super::{BOLD, DIM, Listing, colour, print_line, print_wrapped, time_text};
use crate::failure::Failure;

/// How many ports of one host are named that came or went with it.
const MOST_NAMED_PORTS: usize = 12;

/// Prints changes grouped by host; what came or went with its host is one line.
pub fn print_changes(deltas: &[Delta], with_why: bool) -> Result<(), Failure> {
    let mut rest = deltas;
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|delta| delta.address != first.address).unwrap_or(rest.len());
        print_host(first.address, &rest[..end], with_why)?;
        rest = &rest[end..];
    }
    Ok(())
}

fn print_host(address: IpAddr, deltas: &[Delta], with_why: bool) -> Result<(), Failure> {
    print_line(&format!("{BOLD}{address}{BOLD:#}"))?;
    let with_host = |delta: &&Delta| delta.cause == Some(Cause::Host);
    for delta in deltas.iter().filter(|delta| !with_host(delta)) {
        let (sign, style) = sign(delta);
        print_wrapped("  ", style, &format!("{sign} {}", described(delta)))?;
        if with_why {
            print_wrapped("      ", DIM, &format!("why: {}", why(delta)))?;
        }
    }
    for (kinds, verb) in [
        (&[Kind::PortClosed][..], "closed with it"),
        (&[Kind::PortOpened, Kind::PortReopened][..], "open with it"),
    ] {
        let ports: Vec<String> = deltas
            .iter()
            .filter(|delta| with_host(delta) && kinds.contains(&delta.kind))
            .filter_map(|delta| delta.port.map(|port| port.to_string()))
            .collect();
        if ports.is_empty() {
            continue;
        }
        let named = ports.iter().take(MOST_NAMED_PORTS).cloned().collect::<Vec<_>>().join(", ");
        let more = match ports.len().saturating_sub(MOST_NAMED_PORTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        print_wrapped("    ", DIM, &format!("{verb}: {named}{more}"))?;
    }
    Ok(())
}

fn sign(delta: &Delta) -> (char, Style) {
    match delta.kind {
        _ if delta.first_look => ('.', DIM),
        Kind::HostNew | Kind::HostBack | Kind::PortOpened | Kind::PortReopened => {
            ('+', colour(AnsiColor::Red))
        }
        Kind::HostGone | Kind::PortClosed => ('-', colour(AnsiColor::Green)),
        _ => ('~', colour(AnsiColor::Yellow)),
    }
}

/// The change in words, with the reason where one says something.
fn described(delta: &Delta) -> String {
    let text = change(delta);
    match (&delta.after, delta.kind) {
        _ if delta.first_look => format!("{text} (first look)"),
        (Some(value @ Value::Port(..)), Kind::PortClosed) => format!("{text}, now {}", value_text(value)),
        _ => text,
    }
}

/// Changes as rows.
pub fn delta_listing<'a>(deltas: impl IntoIterator<Item = &'a Delta>, empty: &str) -> Listing {
    const COLUMNS: &[&str] = &[
        "time",
        "address",
        "kind",
        "protocol",
        "port",
        "script",
        "cause",
        "before",
        "after",
        "first_look",
        "why",
    ];
    let mut listing = Listing::new(COLUMNS, empty);
    for delta in deltas {
        let text = |value: &Option<Value>| value.as_ref().map(value_text).unwrap_or_default();
        let cells = vec![
            portdelta_formats::report::rfc3339(delta.time),
            delta.address.to_string(),
            delta.kind.name().to_owned(),
            delta.port.map(|port| port.protocol.to_string()).unwrap_or_default(),
            delta.port.map(|port| port.number.to_string()).unwrap_or_default(),
            delta.script.as_ref().map(ToString::to_string).unwrap_or_default(),
            delta.cause.map(|cause| cause.name().to_owned()).unwrap_or_default(),
            text(&delta.before),
            text(&delta.after),
            delta.first_look.to_string(),
            why(delta),
        ];
        listing.row(cells, delta_json(delta));
    }
    listing
}

fn delta_json(delta: &Delta) -> serde_json::Value {
    let mut json = json!(DeltaView::of(delta));
    if let Some(fields) = json.as_object_mut() {
        fields.insert("id".to_owned(), json!(delta.id.to_string()));
        fields.insert("time".to_owned(), json!(portdelta_formats::report::rfc3339(delta.time)));
        fields.insert("first_look".to_owned(), json!(delta.first_look));
    }
    json
}

/// A heading for changes of one time.
pub fn heading(time: portdelta_core::UnixTime, title: &str) -> String {
    format!("{BOLD}{}{BOLD:#}  {}", time_text(time), escape(title))
}
