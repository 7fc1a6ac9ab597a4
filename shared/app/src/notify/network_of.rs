//! Which network an address belongs to.

use std::net::IpAddr;

use crate::repositories::Network;

/// The name of the network with the narrowest range around an address; of equally narrow ones the first by name.
pub(crate) fn network_of(address: IpAddr, networks: &[Network]) -> Option<&str> {
    let width = |network: &Network| {
        let around = network.prefixes.ranges().iter().filter(|range| range.contains(address));
        around.map(|range| range.count()).min()
    };
    let found = networks.iter().filter_map(|network| Some((width(network)?, network.name.as_str())));
    found.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use portdelta_core::targets::parse;

    use super::*;

    #[test]
    fn the_narrowest_network_wins() {
        let network = |name: &str, prefixes: &str| Network {
            name: name.to_owned(),
            prefixes: parse(prefixes).expect("prefixes"),
            owner: String::new(),
            notes: String::new(),
            labels: Vec::new(),
        };
        let networks =
            [network("All", "10.0.0.0/8"), network("Office", "10.1.0.0/16"), network("Lab", "10.1.2.0/24")];
        let of = |address: &str| network_of(address.parse().expect("an address"), &networks);
        assert_eq!(of("10.1.2.3"), Some("Lab"));
        assert_eq!(of("10.1.3.3"), Some("Office"));
        assert_eq!(of("10.2.0.1"), Some("All"));
        assert_eq!(of("192.0.2.1"), None);
    }
}
