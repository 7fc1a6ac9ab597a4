//! Changes host by host, as people read them.

use super::ReportDelta;

/// How many ports of one host are named that came or went with it.
const MOST_NAMED_PORTS: usize = 12;

/// The changes of one host.
#[derive(Clone, Debug)]
pub struct HostChanges<'a> {
    /// Its address.
    pub address: &'a str,
    /// What did not come or go with the host.
    pub changes: Vec<&'a ReportDelta>,
    /// `closed with it: 22/tcp, 80/tcp`, `open with it: ...`; at most two.
    pub with_it: Vec<String>,
}

/// Whether something came, went or became another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// New, open, back.
    Came,
    /// Closed, gone.
    Went,
    /// Something else than before.
    Changed,
    /// Nothing had looked before.
    FirstLook,
}

impl Direction {
    /// Of a change.
    #[must_use]
    pub fn of(delta: &ReportDelta) -> Self {
        match delta.kind.as_str() {
            _ if delta.first_look => Self::FirstLook,
            "host-new" | "host-back" | "port-opened" | "port-reopened" => Self::Came,
            "host-gone" | "port-closed" => Self::Went,
            _ => Self::Changed,
        }
    }

    /// `+`, `-`, `~`, `.`
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Came => '+',
            Self::Went => '-',
            Self::Changed => '~',
            Self::FirstLook => '.',
        }
    }
}

/// The change in words, with the state that a port has now, and whether it is none.
#[must_use]
pub fn described(delta: &ReportDelta) -> String {
    let text = &delta.change;
    let late = if delta.late { " (late)" } else { "" };
    match &delta.after {
        _ if delta.first_look => format!("{text} (first look){late}"),
        Some(after) if delta.kind == "port-closed" && after.get("with_host").is_none() => {
            let now = super::value_words(after);
            // `closed, now closed (reset)` says it twice.
            match now.strip_prefix("closed") {
                Some(reason) if reason.is_empty() || reason.starts_with(" (") => {
                    format!("{text}{reason}{late}")
                }
                _ => format!("{text}, now {now}{late}"),
            }
        }
        _ => format!("{text}{late}"),
    }
}

/// The changes grouped by host, in the order in which they come: deltas of one address stand together.
#[must_use]
pub fn by_host(deltas: &[ReportDelta]) -> Vec<HostChanges<'_>> {
    deltas.chunk_by(|one, next| one.address == next.address).map(of_host).collect()
}

fn of_host(deltas: &[ReportDelta]) -> HostChanges<'_> {
    let mut with_it = Vec::new();
    for (kinds, verb) in
        [(&["port-closed"][..], "closed with it"), (&["port-opened", "port-reopened"][..], "open with it")]
    {
        let ports: Vec<String> = deltas
            .iter()
            .filter(|delta| delta.is_with_host() && kinds.contains(&delta.kind.as_str()))
            .filter_map(ReportDelta::port_text)
            .collect();
        if ports.is_empty() {
            continue;
        }
        let named = ports.iter().take(MOST_NAMED_PORTS).cloned().collect::<Vec<_>>().join(", ");
        let more = match ports.len().saturating_sub(MOST_NAMED_PORTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        with_it.push(format!("{verb}: {named}{more}"));
    }
    HostChanges {
        address: deltas.first().map(|delta| delta.address.as_str()).unwrap_or_default(),
        changes: deltas.iter().filter(|delta| !delta.is_with_host()).collect(),
        with_it,
    }
}
