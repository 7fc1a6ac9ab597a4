//! What people look for among hosts: words and `field:value`, all of which must hold.
//!
//! | term | holds |
//! |---|---|
//! | `port:443`, `port:53/udp`, `port:8000-8100` | of a port |
//! | `service:ssh`, `product:nginx`, `version:1.24*` | of a port whose service is known |
//! | `address:10.0.0.0/24` | of an address among these targets |
//! | `name:web*`, `mac:00:00:5e*`, `network:Lab` | of a host |
//! | `nginx`, `443` | of either |
//!
//! Terms about ports must hold of the same port. A value matches a part of a text, or as a pattern all of it where it has
//! `*` or `?`; case plays no part. Quotes hold words together: `product:"Apache httpd"`.

use std::net::IpAddr;

use crate::address::AddressSet;
use crate::ports::{Port, Protocol};
use crate::state::{HostState, PortState};
use crate::targets;
use crate::watch::glob;

/// More terms than this are refused.
pub const MOST_TERMS: usize = 10;

/// Longer searches are refused, in characters.
pub const MOST_CHARACTERS: usize = 300;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostQuery {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Port { protocol: Option<Protocol>, first: u16, last: u16 },
    Service(Text),
    Product(Text),
    Version(Text),
    Address(AddressSet),
    Name(Text),
    Mac(Text),
    Network(Text),
    Any(Text),
}

/// A text to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    pattern: Vec<char>,
    is_part: bool,
}

/// Why a search can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SearchMistake {
    /// Stable, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// Where, in bytes from the start.
    pub offset: usize,
}

impl Text {
    fn of(value: &str) -> Self {
        let pattern = value.chars().flat_map(char::to_lowercase).collect();
        Self { pattern, is_part: !value.contains(['*', '?']) }
    }

    fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        if self.is_part {
            return self.pattern.is_empty()
                || text.windows(self.pattern.len()).any(|part| part == self.pattern);
        }
        glob(&self.pattern, &text)
    }
}

impl HostQuery {
    /// What a text asks for.
    pub fn parse(text: &str) -> Result<Self, SearchMistake> {
        let mistake = |code, message: &str, hint: &str, offset| {
            Err(SearchMistake { code, message: message.to_owned(), hint: hint.to_owned(), offset })
        };
        if text.chars().count() > MOST_CHARACTERS {
            return mistake("search_too_long", "the search is too long", "look for fewer words", 0);
        }
        let mut terms = Vec::new();
        for (offset, word) in words(text) {
            if terms.len() == MOST_TERMS {
                return mistake(
                    "search_too_long",
                    "these are too many words",
                    "look for ten at most",
                    offset,
                );
            }
            terms.push(term(&word, offset)?);
        }
        if terms.is_empty() {
            let hint =
                "look for port:443, service:ssh, product:nginx, address:10.0.0.0/24, name:web* or any word";
            return mistake("search_empty", "nothing is looked for", hint, 0);
        }
        Ok(Self { terms })
    }

    /// The addresses that are looked for; `None` for all.
    #[must_use]
    pub fn addresses(&self) -> Option<AddressSet> {
        let sets = self.terms.iter().filter_map(|term| match term {
            Term::Address(set) => Some(set.clone()),
            _ => None,
        });
        sets.reduce(|one, other| one.intersection(&other))
    }

    /// Whether a host of a block in which just these ports are open may be found.
    #[must_use]
    pub fn may_match(&self, open: &crate::ports::PortSet) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Port { protocol, first, last } => open.ranges().iter().any(|range| {
                protocol.is_none_or(|protocol| protocol == range.protocol)
                    && range.first <= *last
                    && range.last >= *first
            }),
            // A service that is known is one of a port.
            Term::Service(_) | Term::Product(_) | Term::Version(_) => !open.is_empty(),
            _ => true,
        })
    }

    /// The open ports that are meant, where the host is found: of all terms that do not hold of the host itself. All open
    /// ones where every term does.
    #[must_use]
    pub fn find<'a>(
        &self,
        address: IpAddr,
        network: &str,
        host: &'a HostState,
    ) -> Option<Vec<(Port, &'a PortState)>> {
        let left: Vec<&Term> =
            self.terms.iter().filter(|term| !term.holds_of_host(address, network, host)).collect();
        let is_meant =
            |(port, state): &(Port, &PortState)| left.iter().all(|term| term.holds_of_port(*port, state));
        let ports: Vec<_> = host.open_ports().filter(is_meant).collect();
        (left.is_empty() || !ports.is_empty()).then_some(ports)
    }
}

impl Term {
    fn holds_of_host(&self, address: IpAddr, network: &str, host: &HostState) -> bool {
        let mut names = host.names.iter().flat_map(|names| &names.value).chain(&host.aliases);
        match self {
            Self::Address(set) => set.contains(address),
            Self::Name(text) => names.any(|name| text.matches(name)),
            Self::Mac(text) => mac(host).is_some_and(|mac| text.matches(&mac)),
            Self::Network(text) => text.matches(network),
            Self::Any(text) => {
                names.any(|name| text.matches(name))
                    || text.matches(&address.to_string())
                    || mac(host).is_some_and(|mac| text.matches(&mac))
            }
            Self::Port { .. } | Self::Service(_) | Self::Product(_) | Self::Version(_) => false,
        }
    }

    fn holds_of_port(&self, port: Port, state: &PortState) -> bool {
        let service = state.service.as_ref().map(|known| &known.value);
        match self {
            Self::Port { protocol, first, last } => {
                protocol.is_none_or(|protocol| protocol == port.protocol)
                    && (*first..=*last).contains(&port.number)
            }
            Self::Service(text) => service.is_some_and(|service| {
                text.matches(&service.name) || text.matches(&format!("{}/{}", service.tunnel, service.name))
            }),
            Self::Product(text) => service.is_some_and(|service| {
                text.matches(&service.product)
                    || text.matches(&format!("{} {}", service.product, service.version))
            }),
            Self::Version(text) => service.is_some_and(|service| text.matches(&service.version)),
            Self::Any(text) => {
                let known = |service: &crate::service::Service| {
                    [&service.name, &service.product, &service.version, &service.extra_info]
                        .into_iter()
                        .any(|field| text.matches(field))
                };
                // A number is a port as a whole, not a part of one.
                text.pattern.iter().collect::<String>().parse() == Ok(port.number)
                    || service.is_some_and(known)
            }
            Self::Address(_) | Self::Name(_) | Self::Mac(_) | Self::Network(_) => false,
        }
    }
}

fn mac(host: &HostState) -> Option<String> {
    host.mac.as_ref().map(|mac| mac.value.map(|byte| format!("{byte:02x}")).join(":"))
}

/// The words of a text with their offsets; quotes hold several together.
fn words(text: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    let mut is_new = true;
    for (offset, character) in text.char_indices() {
        if character.is_whitespace() && !open {
            is_new = true;
            continue;
        }
        if is_new {
            words.push((offset, String::new()));
            is_new = false;
        }
        if character == '"' {
            open = !open;
        } else if let Some((_, word)) = words.last_mut() {
            word.push(character);
        }
    }
    words.retain(|(_, word)| !word.is_empty());
    words
}

fn term(word: &str, offset: usize) -> Result<Term, SearchMistake> {
    let Some((field, value)) = word.split_once(':') else { return Ok(Term::Any(Text::of(word))) };
    let at = offset + field.len() + 1;
    let mistake = |code, message: String, hint: &str| SearchMistake {
        code,
        message,
        hint: hint.to_owned(),
        offset: at,
    };
    let known = ["port", "service", "product", "version", "address", "name", "mac", "network"];
    if !known.contains(&field) {
        // `2001:db8::1` and `00:00:5e` are words.
        if word.chars().all(|character| character.is_ascii_hexdigit() || ":.*?/".contains(character)) {
            return Ok(Term::Any(Text::of(word)));
        }
        let hint = format!("there are {}; put a word with a colon in quotes after any:", known.join(", "));
        if field == "any" {
            return Ok(Term::Any(Text::of(value)));
        }
        return Err(mistake("search_field", format!("nothing is called {field}"), &hint));
    }
    if value.is_empty() {
        return Err(mistake(
            "search_value",
            format!("{field}: has no value"),
            "write it without a space after the colon",
        ));
    }
    Ok(match field {
        "port" => port(value).ok_or_else(|| {
            mistake("bad_port", "this is no port".to_owned(), "write port:443, port:53/udp or port:8000-8100")
        })?,
        "address" => Term::Address(targets::parse(value).map_err(|wrong| SearchMistake {
            code: wrong.code(),
            message: wrong.to_string(),
            hint: wrong.hint().to_owned(),
            offset: at + wrong.place.offset,
        })?),
        "service" => Term::Service(Text::of(value)),
        "product" => Term::Product(Text::of(value)),
        "version" => Term::Version(Text::of(value)),
        "mac" => Term::Mac(Text::of(value)),
        "network" => Term::Network(Text::of(value)),
        _ => Term::Name(Text::of(value)),
    })
}

/// `443`, `53/udp`, `8000-8100/tcp`
fn port(value: &str) -> Option<Term> {
    let (numbers, protocol) = match value.split_once('/') {
        Some((numbers, protocol)) => (numbers, Some(Protocol::from_name(protocol)?)),
        None => (value, None),
    };
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(Term::Port { protocol, first, last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Order;
    use crate::observation::{PortStatus, Reason};
    use crate::service::Service;
    use crate::state::{Belief, Known, Presence};

    fn host() -> HostState {
        let mut host = HostState::first_seen_at(Order::BEGINNING, Presence::Up, Reason::SynAck);
        host.names = Some(Known::new(vec!["Web-1.example".into()]));
        host.mac = Some(Known::new([0, 0, 0x5e, 0, 0x53, 1]));
        for (number, name, product) in [(22, "ssh", "OpenSSH"), (443, "http", "Apache httpd")] {
            let service = Service {
                name: name.into(),
                product: product.into(),
                version: "2.4".into(),
                ..Service::default()
            };
            let state = PortState {
                belief: Belief::Open,
                shown: PortStatus::Open,
                reason: Reason::SynAck,
                first_seen: crate::UnixTime::EPOCH,
                changed: crate::UnixTime::EPOCH,
                closed_with_host: false,
                unconfirmed: false,
                pending: None,
                service: Some(Known::new(service)),
                scripts: std::collections::BTreeMap::new(),
            };
            host.ports.insert(Port::tcp(number), state);
        }
        host
    }

    fn found(text: &str) -> Option<Vec<u16>> {
        let query = HostQuery::parse(text).expect("it is understood");
        let host = host();
        let address = "192.0.2.7".parse().expect("an address");
        let ports = query.find(address, "Lab", &host)?;
        let open = host.open_ports().map(|(port, _)| port).collect();
        assert!(query.may_match(&open), "{text}");
        Some(ports.into_iter().map(|(port, _)| port.number).collect())
    }

    #[test]
    fn all_terms_must_hold_and_those_of_ports_of_the_same_port() {
        assert_eq!(found("port:443"), Some(vec![443]));
        assert_eq!(found("port:400-500/tcp service:http"), Some(vec![443]));
        assert_eq!(found("port:443 service:ssh"), None);
        assert_eq!(found("port:443/udp"), None);
        assert_eq!(found("service:SSH name:web*"), Some(vec![22]));
        assert_eq!(found("product:\"apache httpd\""), Some(vec![443]));
        assert_eq!(found("product:\"apache httpd 2.4\""), Some(vec![443]));
        assert_eq!(found("version:2.*"), Some(vec![22, 443]));
        assert_eq!(found("address:192.0.2.0/24"), Some(vec![22, 443]));
        assert_eq!(found("address:192.0.2.0/30"), None);
        assert_eq!(found("network:lab mac:00:00:5e*"), Some(vec![22, 443]));
        assert_eq!(found("name:eb-1"), Some(vec![22, 443]));
        assert_eq!(found("name:eb*"), None);
    }

    #[test]
    fn words_are_looked_for_everywhere() {
        assert_eq!(found("apache"), Some(vec![443]));
        assert_eq!(found("443"), Some(vec![443]));
        assert_eq!(found("44"), None);
        assert_eq!(found("192.0.2.7"), Some(vec![22, 443]));
        assert_eq!(found("web-1 ssh"), Some(vec![22]));
        assert_eq!(found("00:00:5e"), Some(vec![22, 443]));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, code, offset) in [
            ("", "search_empty", 0),
            ("\"\"", "search_empty", 0),
            ("web port:x", "bad_port", 9),
            ("port:90-80", "bad_port", 5),
            ("port:70000", "bad_port", 5),
            ("owner:me", "search_field", 6),
            ("port:", "search_value", 5),
            ("address:10.0.0.0/8,10.0.0.300", "bad_address", 19),
        ] {
            let mistake = HostQuery::parse(text).expect_err(text);
            assert!(mistake.offset == offset, "{text}: {mistake:?}");
            if code != "bad_address" {
                assert_eq!(mistake.code, code, "{text}");
            }
        }
        assert!(HostQuery::parse(&"a ".repeat(11)).is_err());
        assert!(HostQuery::parse(&"ä".repeat(301)).is_err());
    }
}
