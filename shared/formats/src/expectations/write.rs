//! The file of expectations.

use std::fmt::Write as _;

use portdelta_core::expectation::{Expectation, ExpectedState};
use portdelta_core::port_spec::PortSpec;

use crate::report::{is_unsafe, rfc3339};

/// Expectations as a file, in this order; [`read_expectations`](super::read_expectations) reads it back as the same.
#[must_use]
pub fn write_expectations<'a>(all: impl IntoIterator<Item = &'a Expectation>) -> String {
    let mut text = String::from("version: 1\nexpectations:");
    let mut any = false;
    for one in all {
        any = true;
        let state = match one.state {
            ExpectedState::Open => "open",
            ExpectedState::Closed => "closed",
        };
        let ranges = one.addresses.ranges().iter().map(|range| range.notation()).collect::<Vec<_>>();
        let ports = PortSpec::Set(one.ports.clone()).to_string();
        let _ = write!(text, "\n  - id: {}\n    site: {}", quoted(&one.id), quoted(one.site.as_str()));
        if let [range] = &ranges[..] {
            let _ = write!(text, "\n    targets: {}", quoted(range));
        } else {
            text.push_str("\n    targets:");
            for range in &ranges {
                let _ = write!(text, "\n      - {}", quoted(range));
            }
        }
        let _ = write!(text, "\n    ports: {}\n    state: {state}", quoted(&ports));
        let service = one.service.as_deref().unwrap_or_default();
        for (name, value) in [("service", service), ("owner", &one.owner), ("reason", &one.reason)] {
            if !value.is_empty() {
                let _ = write!(text, "\n    {name}: {}", quoted(value));
            }
        }
        if let Some(expires) = one.expires {
            let _ = write!(text, "\n    expires: {}", rfc3339(expires));
        }
    }
    text.push_str(if any { "\n" } else { " []\n" });
    text
}

/// In double quotes: whatever stands in it is text, and harmless on a terminal.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if character.is_control() || is_unsafe(character) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
