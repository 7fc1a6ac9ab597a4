//! Numbers and times of a report in words, for text and HTML.

use portdelta_core::UnixTime;

use super::rfc3339;
use super::view::{Count, ReportView};

/// `192.0.2.0/24, ports 22,80: agent office-1 may not scan it`
#[must_use]
pub fn missing_text(targets: &str, ports: &str, reasons: &[String]) -> String {
    let ports = match ports {
        "" => String::new(),
        ports => format!(", ports {ports}"),
    };
    let why = match reasons {
        [] => "no result came".to_owned(),
        reasons => reasons.join("; "),
    };
    format!("{targets}{ports}: {why}")
}

/// `1 host`, `2 hosts`
pub(super) fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `2 hosts, 1 port`
pub(super) fn hosts_and_ports(count: Count) -> String {
    format!("{}, {}", plural(count.hosts, "host"), plural(count.ports, "port"))
}

/// `2026-01-31 12:00:05Z`
pub(super) fn time_text(time: UnixTime) -> String {
    rfc3339(time).replace('T', " ")
}

/// `1 port opened, 2 hosts gone`, or `nothing changed`.
pub(super) fn counts(view: &ReportView) -> String {
    let mut parts = Vec::new();
    // In the order in which people read kinds; what a newer server counts comes last.
    let known = portdelta_core::delta::Kind::ALL.map(portdelta_core::delta::Kind::name);
    for kind in known {
        if let Some(&count) = view.counts.get(kind).filter(|&&count| count > 0) {
            parts.push(counted(kind, count));
        }
    }
    let others = view.counts.iter().filter(|(kind, count)| !known.contains(&kind.as_str()) && **count > 0);
    parts.extend(others.map(|(kind, count)| format!("{count} {kind}")));
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}

fn counted(kind: &str, count: u64) -> String {
    match kind {
        "host-new" => plural(count, "new host"),
        "host-gone" => format!("{} gone", plural(count, "host")),
        "host-back" => format!("{} back", plural(count, "host")),
        "hostname-changed" => plural(count, "name change"),
        "mac-changed" => plural(count, "MAC change"),
        "port-opened" => format!("{} opened", plural(count, "port")),
        "port-closed" => format!("{} closed", plural(count, "port")),
        "port-reopened" => format!("{} reopened", plural(count, "port")),
        "service-changed" => plural(count, "service change"),
        "os-changed" => plural(count, "OS change"),
        "script-changed" => plural(count, "script change"),
        _ => format!("{count} {kind}"),
    }
}

/// `servers 80, printers 100`: the worst network first.
pub(super) fn postures(view: &ReportView) -> String {
    let mut all: Vec<_> = view.posture.iter().collect();
    all.sort_by_key(|(network, posture)| (**posture, *network));
    let all: Vec<_> = all.into_iter().map(|(network, posture)| format!("{network} {posture}")).collect();
    all.join(", ")
}

/// The lines at the top of a report: what it is, and what it says in short. Not escaped.
pub(super) fn facts(view: &ReportView) -> Vec<(&'static str, String)> {
    let mut facts =
        vec![("Run", view.run.clone()), ("Site", view.site.clone()), ("State", view.state.clone())];
    if !view.networks.is_empty() {
        facts.push(("Networks", view.networks.join(", ")));
    }
    if !view.agents.is_empty() {
        facts.push(("Agents", view.agents.join(", ")));
    }
    facts.push(("Began", time_text(view.started)));
    if let Some(time) = view.finished {
        facts.push(("Ended", time_text(time)));
    }
    let score = &view.score;
    facts.push(("Score", format!("{} ({}), status {}", score.value, score.class, score.status)));
    if !view.posture.is_empty() {
        facts.push(("Posture", postures(view)));
    }
    facts.push(("Coverage", format!("{} %", view.coverage.percent)));
    facts.push(("Changes", counts(view)));
    facts.push(("Unchanged", hosts_and_ports(view.unchanged)));
    if view.first_looks != Count::default() {
        let found = hosts_and_ports(view.first_looks);
        facts.push(("First look", format!("{found} (no change: nothing looked there before)")));
    }
    if view.superseded != Count::default() {
        facts
            .push(("Superseded", format!("{} (covered by later results)", hosts_and_ports(view.superseded))));
    }
    facts
}
