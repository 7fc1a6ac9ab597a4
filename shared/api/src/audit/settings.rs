//! What is different in settings, for the audit trail: what is now, and what was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use portdelta_app::repositories::Retention;
use portdelta_core::watch::WatchRule;
use portdelta_protocol::admin::{PeopleSettings, Role, SingleSignOn};

use super::Detail;
use crate::views::address_text;

/// How people come in. A new secret of a client is noted, and not what it is.
pub(crate) fn people(before: &PeopleSettings, after: &PeopleSettings, has_new_secret: bool) -> Detail {
    let mut parts = Vec::new();
    let switch = |is: bool| Some(if is { "on" } else { "off" });
    parts.extend(differs(
        "self-registration",
        switch(before.self_registration),
        switch(after.self_registration),
    ));
    let (old, new) = (before.single_sign_on.as_ref(), after.single_sign_on.as_ref());
    let mut texts = |field: &str, text: fn(&SingleSignOn) -> Option<&str>| {
        parts.extend(differs(field, old.and_then(text), new.and_then(text)));
    };
    texts("provider", |provider| Some(&provider.name));
    texts("issuer", |provider| Some(&provider.issuer));
    texts("client", |provider| Some(&provider.client_id));
    texts("role claim", |provider| provider.role_claim.as_deref());
    texts("role of others", |provider| provider.default_role.map(Role::name));
    if has_new_secret {
        parts.push("another client secret".to_owned());
    }
    let nobody = BTreeMap::new();
    let (old, new) = (old.map_or(&nobody, |old| &old.roles), new.map_or(&nobody, |new| &new.roles));
    let name = |role: Option<&Role>| role.map_or("none", |role| role.name());
    for group in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (old.get(group), new.get(group));
        if old != new {
            // What a group is called may be long, and must not hide what it may.
            parts.push(format!("role {} (was {}) for {group}", name(new), name(old)));
        }
    }
    changes(parts)
}

/// What is kept how long, in days.
pub(crate) fn retention(before: Retention, after: Retention) -> Detail {
    let days = |days: Option<u32>| Some(days.map_or("for ever".to_owned(), |days| format!("{days} days")));
    let results = differs("results", days(before.results_days), days(after.results_days));
    let runs = differs("runs", days(before.runs_days), days(after.runs_days));
    changes(results.into_iter().chain(runs).collect())
}

/// The ports that are watched, by the ids of their rules.
pub(crate) fn watched_ports(before: &[WatchRule], after: &[WatchRule]) -> Detail {
    let by_id = |rules: &[WatchRule]| -> BTreeMap<String, String> {
        rules.iter().map(|rule| (rule.id.clone(), watched_port(rule))).collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    let ids = old.keys().chain(new.keys()).collect::<BTreeSet<_>>();
    changes(ids.into_iter().filter_map(|id| differs(id, old.get(id), new.get(id))).collect())
}

/// `tcp/5900-5910 high "VNC" in Lab at 10.0.0.0/24`
fn watched_port(rule: &WatchRule) -> String {
    let WatchRule { protocol, first, last, networks, addresses, service, severity, name, .. } = rule;
    let ports = if first == last { first.to_string() } else { format!("{first}-{last}") };
    let mut words = vec![format!("{}/{ports} {} \"{name}\"", protocol.name(), severity.name())];
    words.extend(networks.iter().map(|network| format!("in {network}")));
    words.extend(service.iter().map(|service| format!("with {service}")));
    if !addresses.is_empty() {
        words.push(format!("at {}", address_text(addresses)));
    }
    words.join(" ")
}

/// `issuer https://b.example (was https://a.example)`, where the two are not the same.
fn differs<T: Display + PartialEq>(what: &str, before: Option<T>, after: Option<T>) -> Option<String> {
    let text = |value: Option<T>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    (before != after).then(|| format!("{what} {} (was {})", text(after), text(before)))
}

fn changes(parts: Vec<String>) -> Detail {
    match parts.len() {
        0 => Detail::new("no change"),
        1 => Detail::listing("1 change", parts),
        count => Detail::listing(format!("{count} changes"), parts),
    }
}
