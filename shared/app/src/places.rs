//! Which network addresses and whole blocks belong to.

use std::net::IpAddr;

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
    fn what_is_touched_includes_what_is_in_no_network() {
        let networks = networks();
        let of = |text: &str| Places(&networks).touched(&parse(text).expect("targets"));
        assert_eq!(of("10.1.2.200"), ["All", "Office"]);
        assert_eq!(of("10.1.2.1, 192.0.2.1"), ["All", "Lab", "Office", UNASSIGNED]);
        assert_eq!(of("192.0.2.1"), [UNASSIGNED]);
    }
}
