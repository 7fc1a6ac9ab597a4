//! Which network addresses and whole blocks belong to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portdelta_core::address::AddressRange;
use portdelta_core::{AddressSet, Block};

use crate::notify::network_of;
use crate::repositories::Network;

/// What the addresses of no network are called.
pub const UNASSIGNED: &str = "unassigned";

/// To which network the addresses of a block belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockPlace<'a> {
    /// All of them to this one.
    Whole(&'a str),
    /// Some to this, some to that: ask for each.
    Mixed,
}

/// The networks as they are now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a>(pub &'a [Network]);

impl<'a> Places<'a> {
    /// The network of an address: the narrowest around it, else [`UNASSIGNED`].
    pub fn of(self, address: IpAddr) -> &'a str {
        network_of(address, self.0).unwrap_or(UNASSIGNED)
    }

    /// The network of a block, where it lies in one as a whole.
    pub fn of_block(self, block: Block) -> BlockPlace<'a> {
        let whole = block.range().count();
        let is_cut = |network: &Network| {
            let part = network.prefixes.within(block);
            // Ranges that meet within a block may be of different widths, and so of different networks.
            !part.is_empty() && (part.count() != whole || lies_in_several(&network.prefixes, block))
        };
        if self.0.iter().any(is_cut) {
            BlockPlace::Mixed
        } else {
            BlockPlace::Whole(self.of(block.address(0)))
        }
    }

    /// The addresses that belong to a network, or to none for [`UNASSIGNED`]; `None` where there is no such network.
    pub fn addresses_of(self, name: &str) -> Option<AddressSet> {
        if name == UNASSIGNED {
            let all = all_addresses();
            return Some(self.0.iter().fold(all, |rest, network| rest.without(&network.prefixes)));
        }
        let network = self.0.iter().find(|network| network.name == name)?;
        let mut own = Vec::new();
        for &range in network.prefixes.ranges() {
            let is_narrower = |other: &Network, theirs: &AddressRange| {
                (theirs.count(), other.name.as_str()) < (range.count(), name)
            };
            let taken: AddressSet = self
                .0
                .iter()
                .filter(|other| other.name != name)
                .flat_map(|other| {
                    other.prefixes.ranges().iter().filter(move |theirs| is_narrower(other, theirs))
                })
                .copied()
                .collect();
            let range: AddressSet = [range].into_iter().collect();
            own.extend_from_slice(range.without(&taken).ranges());
        }
        Some(own.into_iter().collect())
    }

    /// The networks whose prefixes touch these addresses, and [`UNASSIGNED`] where some of them are in none.
    pub fn touched(self, addresses: &AddressSet) -> Vec<&'a str> {
        let touches = |network: &&Network| !network.prefixes.intersection(addresses).is_empty();
        let mut names: Vec<_> = self.0.iter().filter(touches).map(|network| network.name.as_str()).collect();
        let rest = self.0.iter().fold(addresses.clone(), |rest, network| rest.without(&network.prefixes));
        if !rest.is_empty() {
            names.push(UNASSIGNED);
        }
        names
    }
}

/// The addresses that belong to one of the networks, as an address belongs to the narrowest around it; or to none of them,
/// for [`UNASSIGNED`]; where there are some to choose `among`, only of those. `None` where there is no such network.
#[must_use]
pub fn addresses_of_network(
    networks: &[Network],
    name: &str,
    among: Option<AddressSet>,
) -> Option<AddressSet> {
    let own = Places(networks).addresses_of(name)?;
    Some(match among {
        Some(among) => among.intersection(&own),
        None => own,
    })
}

/// All addresses that there are.
pub(crate) fn all_addresses() -> AddressSet {
    let v4 = AddressRange::new(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::BROADCAST.into());
    let v6 = AddressRange::new(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::from_bits(u128::MAX).into());
    v4.into_iter().chain(v6).collect()
}

fn lies_in_several(prefixes: &AddressSet, block: Block) -> bool {
    !prefixes
        .ranges()
        .iter()
        .any(|range| range.contains(block.range().first()) && range.contains(block.range().last()))
}

#[cfg(test)]
mod tests {
    use portdelta_core::targets::parse;

    use super::*;

    fn networks() -> Vec<Network> {
        let network = |name: &str, prefixes: &str| Network {
            name: name.to_owned(),
            prefixes: parse(prefixes).expect("prefixes"),
            owner: String::new(),
            notes: String::new(),
            labels: Vec::new(),
        };
        vec![network("All", "10.0.0.0/8"), network("Lab", "10.1.2.0/25"), network("Office", "10.1.0.0/16")]
    }

    #[test]
    fn blocks_belong_to_the_narrowest_network_unless_one_cuts_them() {
        let networks = networks();
        let of = |text: &str| Places(&networks).of_block(text.parse().expect("a block"));
        assert_eq!(of("10.1.2.0/24"), BlockPlace::Mixed);
        assert_eq!(of("10.1.3.0/24"), BlockPlace::Whole("Office"));
        assert_eq!(of("10.2.0.0/24"), BlockPlace::Whole("All"));
        assert_eq!(of("192.0.2.0/24"), BlockPlace::Whole(UNASSIGNED));
    }

    #[test]
    fn each_address_is_of_one_network() {
        let networks = networks();
        let places = Places(&networks);
        let of = |name: &str| places.addresses_of(name).expect("there is such a network");
        assert_eq!(of("Lab").to_string(), "10.1.2.0-10.1.2.127");
        assert_eq!(of("Office").to_string(), "10.1.0.0-10.1.1.255,10.1.2.128-10.1.255.255");
        assert_eq!(of("All").count(), (1 << 24) - (1 << 16));
        for address in ["10.1.2.0", "10.1.2.128", "10.2.0.1", "192.0.2.1", "::", "255.255.255.255"] {
            let address = address.parse().expect("an address");
            let holders =
                ["All", "Lab", "Office", UNASSIGNED].into_iter().filter(|name| of(name).contains(address));
            assert_eq!(holders.collect::<Vec<_>>(), [places.of(address)], "{address}");
        }
        assert_eq!(places.addresses_of("Nowhere"), None);
    }

    #[test]
    fn what_is_touched_includes_what_is_in_no_network() {
        let networks = networks();
        let of = |text: &str| Places(&networks).touched(&parse(text).expect("targets"));
        assert_eq!(of("10.1.2.200"), ["All", "Office"]);
        assert_eq!(of("10.1.2.1, 192.0.2.1"), ["All", "Lab", "Office", UNASSIGNED]);
        assert_eq!(of("192.0.2.1"), [UNASSIGNED]);
    }
}
