//! Changes the watched ports.

use std::collections::BTreeSet;

use portdelta_core::Protocol;
use portdelta_core::alert::{Alert, AlertEvent, AlertSubject};
use portdelta_core::targets::parse_exclusions;
use portdelta_core::watch::{Severity, WatchRule};

use super::evaluate::Watch;
use super::happen::Occasion;
use super::network_of::network_of;
use crate::App;
use crate::check::{invalid_target, line};
use crate::error::{AppError, Invalid};

/// Most rules that there can be.
const MOST_RULES: usize = 500;

/// A watched port as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedPortDraft {
    /// Its id, to keep one that is there; `None` makes one of what the rule says.
    pub id: Option<String>,
    /// `tcp`, `udp` or `sctp`
    pub protocol: String,
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
    /// Only in these networks, by name.
    pub networks: Vec<String>,
    /// Only at these addresses, in the grammar of targets; empty for everywhere.
    pub addresses: String,
    /// Only where this pattern matches the service.
    pub service: Option<String>,
    /// How much it matters.
    pub severity: Severity,
    /// What it is, for people; may be empty.
    pub name: String,
}

impl WatchedPortDraft {
    /// The rule that this describes.
    pub fn check(&self) -> Result<WatchRule, Invalid> {
        let protocol = Protocol::from_name(&self.protocol).filter(|protocol| *protocol != Protocol::Ip);
        let protocol = protocol.ok_or_else(|| {
            let message = format!("{} is none", portdelta_core::escape::escape(&self.protocol));
            Invalid::field("protocol", "protocol", message, "give tcp, udp or sctp")
        })?;
        if self.first > self.last {
            let message = format!("the range {}-{} is empty", self.first, self.last);
            return Err(Invalid::field("last", "empty_range", message, "give the lower port first"));
        }
        let addresses = if self.addresses.trim().is_empty() {
            portdelta_core::AddressSet::default()
        } else {
            parse_exclusions(&self.addresses).map_err(|mistake| invalid_target("addresses", &mistake))?
        };
        let optional = |field, text: &str| {
            if text.trim().is_empty() { Ok(String::new()) } else { line(field, text) }
        };
        let service = self.service.as_deref().map(|text| optional("service", text)).transpose()?;
        let service = service.filter(|pattern| !pattern.is_empty());
        let mut networks: Vec<String> = Vec::new();
        for name in &self.networks {
            networks.push(line("networks", name)?);
        }
        let mut rule = WatchRule {
            id: String::new(),
            protocol,
            first: self.first,
            last: self.last,
            networks,
            addresses,
            service,
            severity: self.severity,
            name: optional("name", &self.name)?,
        };
        rule.id = match &self.id {
            Some(id) => checked_id(id)?,
            None => derived_id(&rule),
        };
        Ok(rule)
    }
}

fn checked_id(id: &str) -> Result<String, Invalid> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(is_allowed) {
        let message = "it is no id of a watched port";
        return Err(Invalid::field("id", "id", message, "give 1 to 64 of a-z, 0-9 and '-', or none"));
    }
    Ok(id.to_owned())
}

/// `tcp-3389`, with a few digits where it is not about everywhere and everything: the same rule keeps its alerts.
fn derived_id(rule: &WatchRule) -> String {
    let ports = if rule.first == rule.last {
        rule.first.to_string()
    } else {
        format!("{}-{}", rule.first, rule.last)
    };
    let id = format!("{}-{ports}", rule.protocol.name());
    if rule.networks.is_empty() && rule.addresses.is_empty() && rule.service.is_none() {
        return id;
    }
    let mut hash = sha2::Sha256::default();
    let narrowed =
        [rule.networks.join("\n"), rule.addresses.to_string(), rule.service.clone().unwrap_or_default()];
    for part in narrowed {
        sha2::Digest::update(&mut hash, part.as_bytes());
        sha2::Digest::update(&mut hash, [0]);
    }
    let digest = sha2::Digest::finalize(hash);
    format!("{id}-{:08x}", u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
}

impl App {
    /// Replaces the watched ports. Alerts of rules that are gone, or do not watch their port any more, are withdrawn;
    /// what is open now and watched becomes an alert without a message, as whoever changes rules looks at the list.
    pub async fn set_watched_ports(&self, drafts: &[WatchedPortDraft]) -> Result<Vec<WatchRule>, AppError> {
        self.replace_watched_ports(None, drafts).await.map(|(rules, _)| rules)
    }

    /// The watched ports and their version, 0 for those that are shipped.
    pub async fn versioned_watched_ports(&self) -> Result<(Vec<WatchRule>, i64), AppError> {
        let (rules, version) = self.loaded_watched_ports().await?;
        Ok((rules, version.unwrap_or(0)))
    }

    /// The same as [`App::set_watched_ports`] for somebody who has seen this version: fails with [`AppError::Stale`]
    /// where it is another by now. Gives the new version as well.
    pub async fn replace_watched_ports(
        &self,
        seen: Option<i64>,
        drafts: &[WatchedPortDraft],
    ) -> Result<(Vec<WatchRule>, i64), AppError> {
        if drafts.len() > MOST_RULES {
            let message = format!("there are {}, and at most {MOST_RULES} are allowed", drafts.len());
            return Err(Invalid::field("watched_ports", "too_many", message, "use ranges").into());
        }
        let mut rules = Vec::with_capacity(drafts.len());
        let mut taken = BTreeSet::new();
        for draft in drafts {
            let rule = draft.check()?;
            if !taken.insert(rule.id.clone()) {
                let message = format!("two watched ports have the id {}", rule.id);
                return Err(Invalid::field("id", "twice", message, "leave one of them out").into());
            }
            rules.push(rule);
        }
        let networks = self.networks().await?;
        let (before, version) = self.loaded_watched_ports().await?;
        // A network may go while a rule names it; that rule must not keep the others from being edited.
        let known_before: BTreeSet<_> = before.iter().flat_map(|rule| &rule.networks).collect();
        for name in rules.iter().flat_map(|rule| &rule.networks) {
            let is_known =
                networks.iter().any(|network| network.name == *name) || known_before.contains(name);
            if !is_known {
                let message = format!("there is no network {}", portdelta_core::escape::escape(name));
                return Err(Invalid::field("networks", "unknown", message, "make the network first").into());
            }
        }
        if seen.is_some_and(|seen| seen != version.unwrap_or(0)) {
            return Err(AppError::Stale { what: "the list of watched ports".to_owned() });
        }
        let mut now = version.unwrap_or(0);
        if version.is_none() || before != rules {
            self.store_watched_ports(&rules, version).await?;
            now += 1;
        }
        self.apply_watched_ports(&self.watching().await?.watch()).await?;
        Ok((rules, now))
    }

    /// Networks changed: what rules about networks watch did, too.
    pub(crate) async fn follow_networks(&self) -> Result<(), AppError> {
        let watching = self.watching().await?;
        if watching.rules.iter().all(|rule| rule.networks.is_empty()) {
            return Ok(());
        }
        self.apply_watched_ports(&watching.watch()).await
    }

    /// Withdraws those of `live` that no rule watches any more, or that somebody expects by now: nothing would ever
    /// resolve them.
    pub(crate) async fn withdraw_unwatched(&self, live: &[Alert], watch: &Watch<'_>) -> Result<(), AppError> {
        let occasion = Occasion { only_known: true, ..Occasion::default() };
        for alert in live {
            let stays = match &alert.subject {
                AlertSubject::Trouble(_) => true,
                AlertSubject::Port { site, address, port, rule } => {
                    let network = network_of(*address, watch.networks);
                    let is_watched =
                        |known: &WatchRule| known.id == *rule && known.watches(*address, network, *port);
                    watch.rules.iter().any(is_watched) && !watch.is_expected(site, *address, *port)
                }
                AlertSubject::Expectation { site, address, port, unmet } => {
                    watch.still_expects(site, *address, *port, *unmet)
                }
            };
            if !stays {
                self.happen(&alert.subject, &AlertEvent::RuleGone, occasion).await?;
            }
        }
        Ok(())
    }

    async fn apply_watched_ports(&self, watch: &Watch<'_>) -> Result<(), AppError> {
        self.withdraw_unwatched(&self.live_alerts().await?, watch).await?;
        for site in self.sites().await? {
            for (block, head) in self.heads(&site.id).await? {
                let may_match = |port: portdelta_core::Port| {
                    let covers = |rule: &WatchRule| {
                        rule.protocol == port.protocol && (rule.first..=rule.last).contains(&port.number)
                    };
                    watch.rules.iter().any(covers)
                };
                if head.up == 0 || !head.open_ports.ports().any(may_match) {
                    continue;
                }
                let Some(loaded) = self.block(&site.id, block).await? else { continue };
                for sighting in watch.open_now(&site.id, block, &loaded.state, true) {
                    let occasion = Occasion {
                        network: sighting.network.as_deref(),
                        first_look: true,
                        ..Occasion::default()
                    };
                    self.happen(&sighting.subject, &sighting.event, occasion).await?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> WatchedPortDraft {
        WatchedPortDraft {
            id: None,
            protocol: "tcp".to_owned(),
            first: 22,
            last: 22,
            networks: Vec::new(),
            addresses: String::new(),
            service: None,
            severity: Severity::High,
            name: "SSH".to_owned(),
        }
    }

    #[test]
    fn what_is_shipped_has_the_ids_that_people_would_get() {
        let rule = draft().check().expect("it is fine");
        assert!(portdelta_core::watch::shipped().contains(&rule), "{rule:?}");
        let narrow = WatchedPortDraft { addresses: "10.0.0.0/8".to_owned(), ..draft() };
        let id = narrow.check().expect("it is fine").id;
        assert!(id.starts_with("tcp-22-") && id.len() == 15, "{id}");
        let range = WatchedPortDraft { last: 25, ..draft() };
        assert_eq!(range.check().expect("it is fine").id, "tcp-22-25");
    }

    #[test]
    fn what_cannot_be_watched_is_refused_with_its_field() {
        let field = |draft: WatchedPortDraft| draft.check().expect_err("it is wrong").field;
        assert_eq!(field(WatchedPortDraft { protocol: "ip".to_owned(), ..draft() }), "protocol");
        assert_eq!(field(WatchedPortDraft { first: 23, ..draft() }), "last");
        assert_eq!(field(WatchedPortDraft { addresses: "x".to_owned(), ..draft() }), "addresses");
        assert_eq!(field(WatchedPortDraft { name: "a\u{1b}[2J".to_owned(), ..draft() }), "name");
        assert_eq!(field(WatchedPortDraft { id: Some("A#".to_owned()), ..draft() }), "id");
    }
}
