//! Notifications in words. Banners, names and whatever else strangers chose are escaped here, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use portdelta_core::alert::Telling;
use portdelta_core::escape::{escape, escape_within};
use portdelta_core::watch::Severity;
use portdelta_formats::report::{Direction, ReportDelta, by_host, described, rfc3339};
use serde_json::json;

use super::digest::{Digest, DigestRun, MOST_CHANGES};
use super::send::Notices;
use crate::ports::Notification;
use crate::repositories::{ChannelRecord, Notice};

/// The longest subject, in characters.
const MAX_SUBJECT: usize = 100;

/// The longest line of a notification, in columns; longer banners are cut.
const MAX_COLUMNS: usize = 200;

/// Warnings that a digest names.
const MOST_WARNINGS: usize = 10;

/// Lines of changes; a host takes one or more.
const MOST_LINES: usize = 300;

/// A subject: one line of at most 100 ASCII characters.
pub(crate) fn subject(text: &str) -> String {
    let plain: String = escape(text)
        .chars()
        .map(|character| if character == '→' { '>' } else { character })
        .map(|character| if matches!(character, ' '..='~') { character } else { '?' })
        .collect();
    if plain.len() <= MAX_SUBJECT {
        return plain;
    }
    format!("{}...", plain[..MAX_SUBJECT - 3].trim_end())
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What a notice says in one line.
fn headline(notice: &Notice) -> String {
    match notice.telling {
        Telling::Opened => notice.title.clone(),
        Telling::Resolved => format!("resolved: {}", notice.title),
        Telling::IgnoreEnded(_) => format!("no longer ignored: {}", notice.title),
    }
}

fn line(text: &mut String, indent: &str, content: &str) {
    let _ = writeln!(text, "{indent}{}", escape_within(content, MAX_COLUMNS));
}

fn worst(notices: &Notices) -> Option<Severity> {
    notices.named.iter().map(|notice| notice.severity).max()
}

/// How bad the news are; `None` where all of them are good.
fn worst_news(notices: &Notices) -> Option<Severity> {
    notices.named.iter().filter(|notice| is_bad(notice)).map(|notice| notice.severity).max()
}

fn is_bad(notice: &Notice) -> bool {
    notice.telling != Telling::Resolved
}

/// `1 alert`, `2 alerts resolved`, `1 alert; 2 alerts resolved`
fn alert_words(notices: &Notices) -> Vec<String> {
    let bad = notices.named.iter().filter(|notice| is_bad(notice)).count();
    let good = notices.named.len() - bad;
    // Of those that have no room nobody knows; the most severe come first.
    let bad = if bad > 0 || notices.more > 0 { notices.count() - good } else { 0 };
    let mut words = Vec::new();
    if bad > 0 {
        words.push(counted(bad, "alert"));
    }
    if good > 0 {
        words.push(format!("{} resolved", counted(good, "alert")));
    }
    words
}

/// The lines about alerts.
fn alert_lines(text: &mut String, notices: &Notices) {
    for notice in &notices.named {
        line(text, &format!("  [{}] ", notice.severity), &headline(notice));
        let mut facts = Vec::new();
        if !notice.detail.is_empty() {
            facts.push(notice.detail.clone());
        }
        facts.extend(notice.site.as_ref().map(|site| format!("site {site}")));
        facts.extend(notice.network.as_ref().map(|network| format!("network {network}")));
        facts.push(format!("since {}", rfc3339(notice.opened)));
        if notice.first_look {
            facts.push("first look".to_owned());
        }
        if notice.flapping {
            facts.push("flapping".to_owned());
        }
        line(text, "      ", &facts.join(", "));
        line(text, "      ", &format!("alert {}", notice.alert));
    }
    if notices.more > 0 {
        let _ = writeln!(text, "  and {} more", notices.more);
    }
}

fn alert_data(notice: &Notice) -> serde_json::Value {
    let mut data = json!({
        "alert": notice.alert.to_string(),
        "episode": notice.episode,
        "event": match notice.telling {
            Telling::Opened => "opened",
            Telling::Resolved => "resolved",
            Telling::IgnoreEnded(_) => "ignore-ended",
        },
        "severity": notice.severity.name(),
        "title": notice.title,
        "rule": notice.rule,
        "first_look": notice.first_look,
        "flapping": notice.flapping,
        "opened": rfc3339(notice.opened),
    });
    let optional = [
        ("detail", Some(notice.detail.clone()).filter(|detail| !detail.is_empty())),
        ("site", notice.site.as_ref().map(ToString::to_string)),
        ("network", notice.network.clone()),
        ("address", notice.address.map(|address| address.to_string())),
        ("protocol", notice.port.map(|port| port.protocol.name().to_owned())),
        ("scan", notice.scan.clone()),
        ("run", notice.run.as_ref().map(ToString::to_string)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            data[name] = value.into();
        }
    }
    if let Some(port) = notice.port {
        data["port"] = port.number.into();
    }
    data
}

/// The values of notices, for filters.
fn values(notices: &Notices, of: impl Fn(&Notice) -> Option<String>) -> BTreeSet<String> {
    notices.named.iter().filter_map(of).collect()
}

/// What filters see: one value as a text, several as a list. How bad it is is the worst of all.
struct Attributes {
    one: BTreeMap<String, String>,
    several: BTreeMap<String, Vec<String>>,
}

impl Attributes {
    fn of(
        kind: &str,
        severity: Option<Severity>,
        more: impl IntoIterator<Item = (&'static str, BTreeSet<String>)>,
    ) -> Self {
        let severity = severity.map(|severity| severity.name().to_owned());
        let common = [("kind", [kind.to_owned()].into()), ("severity", severity.into_iter().collect())];
        let mut attributes = Self { one: BTreeMap::new(), several: BTreeMap::new() };
        for (name, values) in common.into_iter().chain(more) {
            let values = values.iter().filter(|value| !value.is_empty());
            let mut values: Vec<_> = values.map(|value| escape(value).into_owned()).collect();
            if values.len() > 1 {
                attributes.several.insert(name.to_owned(), values);
            } else if let Some(value) = values.pop() {
                attributes.one.insert(name.to_owned(), value);
            }
        }
        attributes
    }
}

/// Alerts that are told by themselves.
pub(crate) fn alerts_notification(id: &str, notices: &Notices) -> Notification {
    let severity = worst(notices).map_or("", Severity::name);
    let first = notices.named.first().map(headline).unwrap_or_default();
    let title = match notices.count() {
        1 => format!("[{severity}] {first}"),
        count => format!("[{severity}] {}: {first} and {} more", counted(count, "alert"), count - 1),
    };
    let mut text = String::new();
    line(&mut text, "", &title);
    text.push('\n');
    alert_lines(&mut text, notices);
    let alerts: Vec<_> = notices.named.iter().map(alert_data).collect();
    let attributes = Attributes::of(
        "alert",
        worst(notices),
        [
            ("network", values(notices, |notice| notice.network.clone())),
            ("site", values(notices, |notice| notice.site.as_ref().map(ToString::to_string))),
            ("scan", values(notices, |notice| notice.scan.clone())),
            ("status", ["alert".to_owned()].into()),
        ],
    );
    Notification {
        id: id.to_owned(),
        kind: "alert".to_owned(),
        subject: subject(&title),
        text,
        attributes: attributes.one,
        several: attributes.several,
        data: json!({ "alerts": alerts, "more_alerts": notices.more }),
    }
}

/// `2 ports opened, 1 host gone`
fn change_words(digest: &Digest) -> String {
    let words = |kind: &str, count: u64| {
        let of = |one: &str| counted(usize::try_from(count).unwrap_or(usize::MAX), one);
        match kind {
            "host-new" => of("new host"),
            "host-gone" => format!("{} gone", of("host")),
            "host-back" => format!("{} back", of("host")),
            "port-opened" => format!("{} opened", of("port")),
            "port-closed" => format!("{} closed", of("port")),
            "port-reopened" => format!("{} reopened", of("port")),
            "service-changed" => of("service change"),
            other => format!("{count} {other}"),
        }
    };
    let kinds = portdelta_core::delta::Kind::ALL.map(portdelta_core::delta::Kind::name);
    let named = kinds.iter().filter_map(|&kind| Some(words(kind, *digest.counts.get(kind)?)));
    named.collect::<Vec<_>>().join(", ")
}

/// The digest of a run.
pub(crate) fn digest_notification(digest: &Digest, channel: &ChannelRecord, run: &DigestRun) -> Notification {
    let with_changes = channel.subscription.digests;
    let title = digest_title(digest, with_changes, run);
    let changes = digest.named_changes();
    let mut text = String::new();
    line(&mut text, "", &title);
    text.push('\n');
    if with_changes {
        run_lines(&mut text, digest, run);
    }
    if digest.notices.count() > 0 {
        text.push_str("\nAlerts\n");
        alert_lines(&mut text, &digest.notices);
    }
    if with_changes {
        change_lines(&mut text, digest, &changes);
        if run.tells_first_looks {
            first_look_lines(&mut text, digest);
        }
        warning_lines(&mut text, run);
    }
    let kind = if with_changes { "digest" } else { "alert" };
    let mut networks = values(&digest.notices, |notice| notice.network.clone());
    networks.extend(digest.networks.iter().cloned());
    let attributes = Attributes::of(
        kind,
        worst_news(&digest.notices),
        [
            ("network", networks),
            ("site", [run.site.to_string()].into()),
            ("scan", run.scan.iter().cloned().collect()),
            ("status", [run.status.clone()].into()),
        ],
    );
    Notification {
        id: format!("run-{}", run.run),
        kind: kind.to_owned(),
        subject: subject(&title),
        text,
        attributes: attributes.one,
        several: attributes.several,
        data: digest_data(digest, with_changes.then_some(&changes[..]), run),
    }
}

fn digest_title(digest: &Digest, with_changes: bool, run: &DigestRun) -> String {
    let severity = worst_news(&digest.notices).map(|severity| format!("[{severity}] ")).unwrap_or_default();
    let mut parts = alert_words(&digest.notices);
    if with_changes && digest.changed() > 0 {
        parts.push(change_words(digest));
    }
    let found = digest.first_look_hosts + digest.first_look_ports;
    if with_changes && run.tells_first_looks && found > 0 {
        parts.push("found at first look".to_owned());
    }
    if parts.is_empty() {
        parts.push("nothing changed".to_owned());
    }
    let outcome = if run.outcome == "complete" { String::new() } else { format!(" ({})", run.outcome) };
    // What happened is worth more room than a long name.
    let name = escape_within(&run.title, 40).to_string();
    format!("{severity}{name} at {}{outcome}: {}", run.site, parts.join("; "))
}

fn run_lines(text: &mut String, digest: &Digest, run: &DigestRun) {
    let mut fact = |name: &str, value: &str| line(text, "", &format!("{name:<11}{value}"));
    fact("Run", &run.run);
    fact("Began", &rfc3339(run.started));
    fact("Ended", &rfc3339(run.finished));
    fact("Outcome", &run.outcome);
    if let Some(percent) = run.coverage_percent {
        fact("Coverage", &format!("{percent} %"));
    }
    fact("Score", &format!("{} ({}), status {}", run.score, run.class, run.status));
    let changes = change_words(digest);
    fact("Changes", if changes.is_empty() { "none" } else { &changes });
    fact("Unchanged", &format!("{} hosts, {} ports", run.unchanged_hosts, run.unchanged_ports));
}

fn change_lines(text: &mut String, digest: &Digest, changes: &[ReportDelta]) {
    if changes.is_empty() {
        return;
    }
    text.push_str("\nChanges\n");
    let mut lines = 0;
    let mut told = 0;
    for host in by_host(changes) {
        if lines >= MOST_LINES {
            break;
        }
        line(text, "  ", host.address);
        for change in &host.changes {
            let place = change.port_text().map(|port| (change.address.clone(), port));
            let service = place.and_then(|place| digest.services.get(&place));
            let service = service.map(|service| format!(", {service}")).unwrap_or_default();
            let sign = Direction::of(change).sign();
            line(text, &format!("    {sign} "), &format!("{}{service}", described(change)));
        }
        for with_it in &host.with_it {
            line(text, "      ", with_it);
        }
        lines += 1 + host.changes.len() + host.with_it.len();
        told += changes.iter().filter(|change| change.address == host.address).count() as u64;
    }
    let named = told.min(MOST_CHANGES as u64);
    if digest.changed() > named {
        let _ = writeln!(text, "  and {} more", digest.changed() - named);
    }
}

fn first_look_lines(text: &mut String, digest: &Digest) {
    if digest.first_look_hosts + digest.first_look_ports == 0 {
        return;
    }
    let _ = writeln!(
        text,
        "\nFound at first look: {} hosts, {} ports (no change: nothing looked there before)",
        digest.first_look_hosts, digest.first_look_ports
    );
    for (address, ports) in &digest.first_looks {
        let ports = if ports.is_empty() { "up".to_owned() } else { ports.join(", ") };
        line(text, "  ", &format!("{address}: {ports}"));
    }
    let named = digest.first_looks.len() as u64;
    if digest.first_look_hosts > named {
        let _ = writeln!(text, "  and {} more hosts", digest.first_look_hosts - named);
    }
}

fn warning_lines(text: &mut String, run: &DigestRun) {
    if run.warnings.is_empty() {
        return;
    }
    text.push_str("\nWarnings\n");
    for (_, message) in run.warnings.iter().take(MOST_WARNINGS) {
        line(text, "  - ", message);
    }
    if run.warnings.len() > MOST_WARNINGS {
        let _ = writeln!(text, "  and {} more", run.warnings.len() - MOST_WARNINGS);
    }
}

fn digest_data(digest: &Digest, changes: Option<&[ReportDelta]>, run: &DigestRun) -> serde_json::Value {
    let alerts: Vec<_> = digest.notices.named.iter().map(alert_data).collect();
    let mut about = json!(run);
    about["started"] = rfc3339(run.started).into();
    about["finished"] = rfc3339(run.finished).into();
    let warning = |(code, message): &(String, String)| json!({ "code": code, "message": message });
    about["warnings"] = run.warnings.iter().map(warning).collect();
    let mut data = json!({ "run": about, "alerts": alerts, "more_alerts": digest.notices.more });
    if let Some(changes) = changes {
        data["counts"] = json!(digest.counts);
        data["deltas"] = json!(changes);
        data["more_deltas"] = digest.changed().saturating_sub(changes.len() as u64).into();
        data["first_looks"] = json!({
            "hosts": digest.first_look_hosts,
            "ports": digest.first_look_ports,
        });
    }
    data
}
