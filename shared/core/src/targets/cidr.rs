//! Sets of addresses in the one form that every scanner reads.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{AddressRange, AddressSet};

/// The set as addresses and CIDR blocks, as few as can be, in numeric order: nmap knows no ranges `a-b`.
///
/// Lazily: a range gives 62 blocks at most in IPv4, 254 in IPv6.
pub fn cidrs(set: &AddressSet) -> impl Iterator<Item = String> + '_ {
    set.ranges().iter().flat_map(|&range| blocks(range))
}

fn blocks(range: AddressRange) -> impl Iterator<Item = String> {
    let (first, last, width) = match (range.first(), range.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (first.to_bits().into(), last.to_bits().into(), 32),
        (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits(), last.to_bits(), 128),
        // AddressRange holds one family only.
        _ => (1, 0, 32),
    };
    let mut next = (first <= last).then_some(first);
    std::iter::from_fn(move || {
        let start: u128 = next?;
        // The largest block that starts here and does not end behind the range.
        let room = (last - start).checked_add(1).map_or(127, u128::ilog2);
        let host_bits = start.trailing_zeros().min(room).min(width);
        let end = start + ((1 << host_bits) - 1);
        next = end.checked_add(1).filter(|&start| start <= last);
        let address = match u32::try_from(start) {
            Ok(start) if width == 32 => Ipv4Addr::from_bits(start).to_string(),
            _ => Ipv6Addr::from_bits(start).to_string(),
        };
        Some(if host_bits == 0 { address } else { format!("{address}/{}", width - host_bits) })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::targets::parse_exclusions;

    #[test]
    fn ranges_fall_into_the_fewest_blocks() {
        for (text, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
            ("192.0.2.1-192.0.2.6", "192.0.2.1,192.0.2.2/31,192.0.2.4/31,192.0.2.6"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("255.255.255.254-255.255.255.255", "255.255.255.254/31"),
            ("2001:db8::-2001:db8::2", "2001:db8::/127,2001:db8::2"),
        ] {
            let set = parse_exclusions(text).expect(text);
            assert_eq!(cidrs(&set).collect::<Vec<_>>().join(","), expected);
        }
        let everything = parse_exclusions("::/0").expect("a block");
        assert_eq!(parse_exclusions(&cidrs(&everything).collect::<Vec<_>>().join(",")), Ok(everything));
    }

    proptest! {
        #[test]
        fn blocks_mean_the_same_set(first in any::<u32>(), length in 0_u32..1_000_000) {
            let last = first.saturating_add(length);
            let range = AddressRange::new(Ipv4Addr::from_bits(first).into(), Ipv4Addr::from_bits(last).into());
            let set: AddressSet = range.into_iter().collect();
            let text = cidrs(&set).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(parse_exclusions(&text), Ok(set), "{}", text);
        }
    }
}
