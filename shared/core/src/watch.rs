//! Ports that should not be open without somebody knowing: rules, and what they match.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::address::AddressSet;
use crate::ports::{Port, Protocol};
use crate::service::Service;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Low,
    /// Look at it this week.
    Medium,
    /// Look at it today.
    High,
    /// Look at it now: told at once.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// `low`, `medium`, `high`, `critical`
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity that is called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A watched port: open, it is an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchRule {
    /// Unique, part of what an alert is about: 1 to 64 characters of `a-z`, `0-9` and `-`.
    pub id: String,
    /// Never [`Protocol::Ip`]: those pairs are no ports.
    pub protocol: Protocol,
    /// The lowest port.
    pub first: u16,
    /// The highest port; the same for a single one.
    pub last: u16,
    /// Only in these networks, by name; everywhere where empty.
    pub networks: Vec<String>,
    /// Only at these addresses; everywhere where empty. With networks, both must hold.
    pub addresses: AddressSet,
    /// Only where the service is known and this pattern matches it, see [`service_matches`].
    pub service: Option<String>,
    /// How much it matters.
    pub severity: Severity,
    /// What it is, for people: `RDP`. May be empty.
    pub name: String,
}

impl WatchRule {
    /// A rule for one TCP port everywhere.
    #[must_use]
    pub fn tcp(port: u16, severity: Severity, name: &str) -> Self {
        Self {
            id: format!("tcp-{port}"),
            protocol: Protocol::Tcp,
            first: port,
            last: port,
            networks: Vec::new(),
            addresses: AddressSet::default(),
            service: None,
            severity,
            name: name.to_owned(),
        }
    }

    /// Whether it watches a port at an address of a network, whatever the service.
    #[must_use]
    pub fn watches(&self, address: IpAddr, network: Option<&str>, port: Port) -> bool {
        self.protocol == port.protocol
            && (self.first..=self.last).contains(&port.number)
            && (self.addresses.is_empty() || self.addresses.contains(address))
            && (self.networks.is_empty()
                || network.is_some_and(|network| self.networks.iter().any(|name| name == network)))
    }

    /// Whether what is known of the service fits; a rule without a pattern fits everything.
    #[must_use]
    pub fn fits(&self, service: Option<&Service>) -> bool {
        let Some(pattern) = &self.service else { return true };
        service.is_some_and(|service| service_matches(pattern, service))
    }
}

/// The rules of a new installation.
#[must_use]
pub fn shipped() -> Vec<WatchRule> {
    use Severity::{Critical, High, Medium};
    [
        (3389, Critical, "RDP"),
        (22, High, "SSH"),
        (23, High, "Telnet"),
        (445, High, "SMB"),
        (5900, High, "VNC"),
        (21, Medium, "FTP"),
        (3306, Medium, "MySQL"),
        (5432, Medium, "PostgreSQL"),
    ]
    .map(|(port, severity, name)| WatchRule::tcp(port, severity, name))
    .to_vec()
}

/// Whether a pattern matches a service: its name, its name with the tunnel (`ssl/http`), its product, or its product
/// and version. `*` stands for any characters and `?` for one; case plays no part.
#[must_use]
pub fn service_matches(pattern: &str, service: &Service) -> bool {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let texts = [
        service.name.to_string(),
        format!("{}/{}", service.tunnel, service.name),
        service.product.to_string(),
        format!("{} {}", service.product, service.version),
    ];
    texts.iter().any(|text| {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        glob(&pattern, &text)
    })
}

/// Greedy with one place to come back to: linear in most cases, never exponential.
pub(crate) fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut star = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, from)) = star else { return false };
                star = Some((place, from + 1));
                at = place + 1;
                read = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, product: &str, version: &str) -> Service {
        Service { name: name.into(), product: product.into(), version: version.into(), ..Service::default() }
    }

    #[test]
    fn what_is_shipped_is_what_is_promised() {
        let of = |severity| {
            let rules = shipped().into_iter().filter(move |rule| rule.severity == severity);
            rules.map(|rule| format!("{}/{}", rule.first, rule.protocol)).collect::<Vec<_>>()
        };
        assert_eq!(of(Severity::Critical), ["3389/tcp"]);
        assert_eq!(of(Severity::High), ["22/tcp", "23/tcp", "445/tcp", "5900/tcp"]);
        assert_eq!(of(Severity::Medium), ["21/tcp", "3306/tcp", "5432/tcp"]);
        assert!(of(Severity::Low).is_empty());
    }

    #[test]
    fn a_rule_watches_its_protocol_ports_networks_and_addresses() {
        let address: IpAddr = "192.0.2.7".parse().expect("an address");
        let rule = WatchRule { last: 25, ..WatchRule::tcp(22, Severity::High, "range") };
        assert!(rule.watches(address, None, Port::tcp(25)) && rule.watches(address, None, Port::tcp(22)));
        assert!(!rule.watches(address, None, Port::tcp(26)) && !rule.watches(address, None, Port::udp(22)));
        let rule = WatchRule { networks: vec!["Office".to_owned()], ..rule };
        assert!(rule.watches(address, Some("Office"), Port::tcp(22)));
        assert!(!rule.watches(address, Some("Lab"), Port::tcp(22)));
        assert!(!rule.watches(address, None, Port::tcp(22)));
        let other = "192.0.2.8".parse::<IpAddr>().expect("an address");
        let rule = WatchRule { addresses: [other].into_iter().collect(), ..rule };
        assert!(!rule.watches(address, Some("Office"), Port::tcp(22)));
        assert!(rule.watches(other, Some("Office"), Port::tcp(22)));
    }

    #[test]
    fn patterns_match_names_products_and_versions() {
        let openssh = service("ssh", "OpenSSH", "7.4p1");
        for pattern in ["ssh", "SSH", "openssh", "openssh 7.*", "open*", "*", "s?h", "*7.4*"] {
            assert!(service_matches(pattern, &openssh), "{pattern}");
        }
        for pattern in ["", "ss", "sshd", "openssh 8.*", "?", "http"] {
            assert!(!service_matches(pattern, &openssh), "{pattern}");
        }
        let rule = WatchRule { service: Some("ssh".to_owned()), ..WatchRule::tcp(22, Severity::Low, "") };
        assert!(rule.fits(Some(&openssh)) && !rule.fits(None));
        assert!(WatchRule::tcp(22, Severity::Low, "").fits(None));
    }

    #[test]
    fn many_stars_cost_no_time() {
        let text: Vec<char> = "a".repeat(5_000).chars().collect();
        let pattern: Vec<char> = ("*a".repeat(100) + "b").chars().collect();
        assert!(!glob(&pattern, &text));
    }
}
