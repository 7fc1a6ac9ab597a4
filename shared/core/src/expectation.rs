//! What a site should look like: addresses × ports that should be open or closed, and what of it holds.

mod judge;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::address::AddressSet;
use crate::ids::SiteId;
use crate::ports::{Port, PortSet};
use crate::service::Service;
use crate::time::UnixTime;
use crate::watch::service_matches;

pub use judge::{Finding, Look, Unmet, findings, look};

/// What some ports of some addresses should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// Its id.
    pub id: String,
    /// Seen from there.
    pub site: SiteId,
    /// At these addresses.
    pub addresses: AddressSet,
    /// These ports.
    pub ports: PortSet,
    /// Open or closed.
    pub state: ExpectedState,
    /// Open, with a service that fits this pattern where one is known, see [`service_matches`].
    pub service: Option<String>,
    /// Who answers for it; may be empty.
    pub owner: String,
    /// Why; may be empty.
    pub reason: String,
    /// From then on it expects nothing.
    pub expires: Option<UnixTime>,
    /// When it was made.
    pub created: UnixTime,
    /// When it was last changed.
    pub changed: UnixTime,
    /// Who made it, accepted it or changed it last: `user Ada`, `token 0193...`; `None` where nobody noted that.
    pub by: Option<String>,
}

/// What a port should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedState {
    /// Open.
    Open,
    /// Not open.
    Closed,
}

/// What is expected of one port of one address.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a>(&'a Expectation);

impl Expectation {
    /// Whether it expects anything at a time.
    #[must_use]
    pub fn is_in_force(&self, now: UnixTime) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    /// Whether it is about a port of an address.
    #[must_use]
    pub fn is_about(&self, address: IpAddr, port: Port) -> bool {
        self.addresses.contains(address) && self.ports.contains(port)
    }

    /// The more precise one wins: about fewer addresses, then about fewer ports, then the later one.
    fn precision(&self) -> (std::cmp::Reverse<u128>, std::cmp::Reverse<u32>, UnixTime, &str) {
        let (addresses, ports) = (self.addresses.count(), self.ports.count());
        (std::cmp::Reverse(addresses), std::cmp::Reverse(ports), self.changed, &self.id)
    }
}

impl<'a> Expected<'a> {
    /// What is expected of a port, of the expectations of one site that are in force; `None` for nothing.
    #[must_use]
    pub fn of(all: impl IntoIterator<Item = &'a Expectation>, address: IpAddr, port: Port) -> Option<Self> {
        let about = all.into_iter().filter(|expectation| expectation.is_about(address, port));
        about.max_by_key(|expectation| expectation.precision()).map(Self)
    }

    /// The expectation.
    #[must_use]
    pub fn expectation(self) -> &'a Expectation {
        self.0
    }

    /// Whether a port that is open with this service is as expected. A service that is not known contradicts nothing.
    #[must_use]
    pub fn fits_open(self, service: Option<&Service>) -> bool {
        self.0.state == ExpectedState::Open
            && match (&self.0.service, service) {
                (Some(pattern), Some(service)) => service_matches(pattern, service),
                _ => true,
            }
    }

    /// Whether the port should be open.
    #[must_use]
    pub fn wants_open(self) -> bool {
        self.0.state == ExpectedState::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::parse;

    fn expectation(id: &str, addresses: &str, ports: &[u16], state: ExpectedState) -> Expectation {
        Expectation {
            id: id.to_owned(),
            site: "office".parse().expect("an id"),
            addresses: parse(addresses).expect("targets"),
            ports: ports.iter().map(|&port| Port::tcp(port)).collect(),
            state,
            service: None,
            owner: String::new(),
            reason: String::new(),
            expires: None,
            created: UnixTime::EPOCH,
            changed: UnixTime::EPOCH,
            by: None,
        }
    }

    #[test]
    fn the_more_precise_expectation_wins_in_any_order() {
        let mut all = vec![
            expectation("all", "10.0.0.0/8", &[22, 80, 443], ExpectedState::Closed),
            expectation("web", "10.0.0.0/24", &[80, 443], ExpectedState::Open),
            expectation("one", "10.0.0.7", &[80], ExpectedState::Closed),
        ];
        for _ in 0..3 {
            all.rotate_left(1);
            let of = |address: &str, port| {
                let expected = Expected::of(&all, address.parse().expect("an address"), Port::tcp(port));
                expected.map(|expected| expected.expectation().id.as_str())
            };
            assert_eq!(of("10.0.0.1", 80), Some("web"));
            assert_eq!(of("10.0.0.7", 80), Some("one"));
            assert_eq!(of("10.0.0.7", 443), Some("web"));
            assert_eq!(of("10.0.0.1", 22), Some("all"));
            assert_eq!(of("10.0.0.1", 23), None);
            assert_eq!(of("192.0.2.1", 80), None);
        }
    }

    #[test]
    fn a_service_that_is_known_must_fit() {
        let mut one = expectation("web", "10.0.0.7", &[443], ExpectedState::Open);
        one.service = Some("http*".to_owned());
        let service = |name: &str| Service { name: name.into(), ..Service::default() };
        let expected = Expected(&one);
        assert!(expected.fits_open(None) && expected.fits_open(Some(&service("https"))));
        assert!(!expected.fits_open(Some(&service("ssh"))));
        let closed = expectation("no", "10.0.0.7", &[443], ExpectedState::Closed);
        assert!(!Expected(&closed).fits_open(None));
        let ended = Expectation { expires: Some(UnixTime::EPOCH), ..closed };
        assert!(!ended.is_in_force(UnixTime::EPOCH));
    }
}
