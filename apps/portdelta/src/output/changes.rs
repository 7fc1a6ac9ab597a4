//! Changes for people, host by host, and as rows.

use anstyle::{AnsiColor, Style};
use portdelta_core::delta::Delta;
use portdelta_core::escape::escape;
use portdelta_formats::report::{
    DeltaView, Direction, ReportDelta, by_host, described, rfc3339, value_words,
};
use serde_json::{Value, json};

use super::{BOLD, DIM, Listing, colour, print_line, print_wrapped, time_text};
use crate::failure::Failure;

/// The columns of changes.
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

/// Prints changes grouped by host; what came or went with its host is one line.
pub fn print_changes(deltas: &[Delta], with_why: bool) -> Result<(), Failure> {
    let deltas: Vec<_> = deltas.iter().map(|delta| ReportDelta::of(delta, false)).collect();
    print_report_changes(&deltas, with_why)
}

/// The same for changes that came from a server.
pub fn print_report_changes(deltas: &[ReportDelta], with_why: bool) -> Result<(), Failure> {
    print_explained(deltas, with_why, &|_| Vec::new())
}

/// The same with lines below each change.
pub fn print_explained(
    deltas: &[ReportDelta],
    with_why: bool,
    below: &dyn Fn(&ReportDelta) -> Vec<String>,
) -> Result<(), Failure> {
    for host in by_host(deltas) {
        print_line(&format!("{BOLD}{}{BOLD:#}", escape(host.address)))?;
        for delta in host.changes {
            let direction = Direction::of(delta);
            let sign = direction.sign();
            print_wrapped("  ", style(direction), &format!("{sign} {}", described(delta)))?;
            if with_why {
                print_wrapped("      ", DIM, &format!("why: {}", delta.why.sentence))?;
            }
            for line in below(delta) {
                print_wrapped("      ", DIM, &line)?;
            }
        }
        for line in host.with_it {
            print_wrapped("    ", DIM, &line)?;
        }
    }
    Ok(())
}

fn style(direction: Direction) -> Style {
    match direction {
        Direction::FirstLook => DIM,
        Direction::Came => colour(AnsiColor::Red),
        Direction::Went => colour(AnsiColor::Green),
        Direction::Changed => colour(AnsiColor::Yellow),
    }
}

/// Changes as rows.
pub fn delta_listing<'a>(deltas: impl IntoIterator<Item = &'a Delta>, empty: &str) -> Listing {
    report_delta_listing(
        deltas.into_iter().map(|delta| (ReportDelta::of(delta, false), delta_json(delta))),
        empty,
    )
}

/// Changes as rows, each with its JSON.
pub fn report_delta_listing(deltas: impl Iterator<Item = (ReportDelta, Value)>, empty: &str) -> Listing {
    let mut listing = Listing::new(COLUMNS, empty);
    for (delta, json) in deltas {
        let words = |value: &Option<Value>| value.as_ref().map(value_words).unwrap_or_default();
        let cells = vec![
            rfc3339(delta.time),
            delta.address,
            delta.kind,
            delta.protocol.unwrap_or_default(),
            delta.port.map(|port| port.to_string()).unwrap_or_default(),
            delta.script.unwrap_or_default(),
            delta.cause.unwrap_or_default(),
            words(&delta.before),
            words(&delta.after),
            delta.first_look.to_string(),
            delta.why.sentence,
        ];
        listing.row(cells, json);
    }
    listing
}

/// A change for programs.
pub fn delta_json(delta: &Delta) -> Value {
    let mut json = json!(DeltaView::of(delta));
    if let Some(fields) = json.as_object_mut() {
        fields.insert("id".to_owned(), json!(delta.id.to_string()));
        fields.insert("time".to_owned(), json!(rfc3339(delta.time)));
        fields.insert("first_look".to_owned(), json!(delta.first_look));
    }
    json
}

/// A heading for changes of one time.
pub fn heading(time: portdelta_core::UnixTime, title: &str) -> String {
    format!("{BOLD}{}{BOLD:#}  {}", time_text(time), escape(title))
}
