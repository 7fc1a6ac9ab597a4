//! Sets of addresses, and the blocks that state is kept in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// A /24 of IPv4 or a /120 of IPv6: 256 neighbouring addresses, the unit of state.
///
/// Orders numerically, IPv4 before IPv6.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Block {
    /// The upper 24 bits of an IPv4 address.
    V4(u32),
    /// The upper 120 bits of an IPv6 address.
    V6(u128),
}

impl Block {
    /// The block that holds `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::V4(v4.to_bits() >> 8),
            IpAddr::V6(v6) => Self::V6(v6.to_bits() >> 8),
        }
    }

    /// The place of `address` in its block: its lowest eight bits.
    #[must_use]
    pub fn index_of(address: IpAddr) -> u8 {
        match address {
            IpAddr::V4(v4) => v4.octets()[3],
            IpAddr::V6(v6) => v6.octets()[15],
        }
    }

    /// The address at `index`.
    #[must_use]
    pub fn address(self, index: u8) -> IpAddr {
        match self {
            Self::V4(upper) => Ipv4Addr::from_bits(upper << 8 | u32::from(index)).into(),
            Self::V6(upper) => Ipv6Addr::from_bits(upper << 8 | u128::from(index)).into(),
        }
    }

    /// All addresses of the block.
    #[must_use]
    pub fn range(self) -> AddressRange {
        AddressRange { first: self.address(0), last: self.address(255) }
    }
}

/// `192.0.2.0/24`, `2001:db8::/120`: unique, and usable in a key.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = if matches!(self, Self::V4(_)) { 24 } else { 120 };
        write!(f, "{}/{length}", self.address(0))
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Block {
    type Err = NotABlock;

    fn from_str(text: &str) -> Result<Self, NotABlock> {
        let (address, length) = text.split_once('/').ok_or(NotABlock)?;
        let address: IpAddr = address.parse().map_err(|_| NotABlock)?;
        let block = Self::of(address);
        let expected = if address.is_ipv4() { "24" } else { "120" };
        (length == expected && block.address(0) == address).then_some(block).ok_or(NotABlock)
    }
}

/// The text is not what [`Block`] prints.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a block: expected the form 192.0.2.0/24 or 2001:db8::/120")]
pub struct NotABlock;

/// An inclusive range of addresses of one family; `first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// The range from `first` to `last`, or `None` where the families differ or it would be empty.
    #[must_use]
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Self { first, last })
    }

    /// The range of one address.
    #[must_use]
    pub fn single(address: IpAddr) -> Self {
        Self { first: address, last: address }
    }

    /// The lowest address.
    #[must_use]
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// The highest address.
    #[must_use]
    pub fn last(self) -> IpAddr {
        self.last
    }

    /// `192.0.2.0/24` where it is a CIDR block, else as it displays.
    #[must_use]
    pub fn notation(self) -> String {
        let width = if self.first.is_ipv4() { 32 } else { 128 };
        let (first, last) = (bits(self.first), bits(self.last));
        let host_bits = (first ^ last).count_ones();
        // All bits that differ are the lowest ones, 0 in the first address and 1 in the last.
        let mask = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |bit| bit - 1);
        if host_bits > 0 && first ^ last == mask && first & mask == 0 {
            return format!("{}/{}", self.first, width - host_bits);
        }
        self.to_string()
    }

    /// How many addresses the range holds; `u128::MAX` for all of IPv6, which holds one more.
    #[must_use]
    pub fn count(self) -> u128 {
        (bits(self.last) - bits(self.first)).saturating_add(1)
    }

    /// Whether `address` is in the range.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.first.is_ipv4() == address.is_ipv4() && self.first <= address && address <= self.last
    }
}

/// `192.0.2.1` or `192.0.2.1-192.0.2.9`.
impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// A set of addresses as sorted ranges that neither overlap nor touch.
///
/// Its size in memory follows the number of ranges, not of addresses: a /8 is one range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AddressSet {
    ranges: Vec<AddressRange>,
}

impl AddressSet {
    /// The ranges in numeric order, IPv4 before IPv6.
    #[must_use]
    pub fn ranges(&self) -> &[AddressRange] {
        &self.ranges
    }

    /// Whether no address is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many addresses the set holds, at most `u128::MAX`.
    #[must_use]
    pub fn count(&self) -> u128 {
        self.ranges.iter().fold(0, |sum, range| sum.saturating_add(range.count()))
    }

    /// Whether `address` is in the set.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let after = self.ranges.partition_point(|range| range.first <= address);
        after > 0 && self.ranges[after - 1].contains(address)
    }

    /// The addresses that are in this set and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.ranges.len());
        let mut cuts = other.ranges.iter().peekable();
        for &range in &self.ranges {
            while cuts.next_if(|cut| cut.last < range.first).is_some() {}
            let mut rest = Some(range);
            let mut ahead = cuts.clone();
            while let (Some(part), Some(&cut)) = (rest, ahead.next()) {
                if cut.first > part.last {
                    break;
                }
                if cut.first > part.first {
                    left.push(AddressRange { first: part.first, last: before(cut.first) });
                }
                rest =
                    (cut.last < part.last).then(|| AddressRange { first: after(cut.last), last: part.last });
            }
            left.extend(rest);
        }
        Self { ranges: left }
    }

    /// The addresses that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut ours, mut theirs) = (0, 0);
        let mut ranges = Vec::new();
        while let (Some(a), Some(b)) = (self.ranges.get(ours), other.ranges.get(theirs)) {
            ranges.extend(AddressRange::new(a.first.max(b.first), a.last.min(b.last)));
            if a.last < b.last { ours += 1 } else { theirs += 1 }
        }
        Self { ranges }
    }

    /// The part of the set that lies in `block`.
    #[must_use]
    pub fn within(&self, block: Block) -> Self {
        let range = block.range();
        let start = self.ranges.partition_point(|ours| ours.last < range.first);
        let ranges = self.ranges[start..]
            .iter()
            .take_while(|ours| ours.first <= range.last)
            .filter_map(|ours| AddressRange::new(ours.first.max(range.first), ours.last.min(range.last)))
            .collect();
        Self { ranges }
    }

    /// The blocks that hold at least one address of the set, in order; lazily, a /8 has 65,536.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        let mut previous = None;
        self.ranges
            .iter()
            .flat_map(|range| {
                let mut next = Some(Block::of(range.first));
                let last = Block::of(range.last);
                std::iter::from_fn(move || {
                    let block = next?;
                    next = (block < last).then(|| match block {
                        Block::V4(upper) => Block::V4(upper + 1),
                        Block::V6(upper) => Block::V6(upper + 1),
                    });
                    Some(block)
                })
            })
            .filter(move |&block| previous.replace(block) != Some(block))
    }

    /// Every single address in order; lazily, and not for sets of unknown size.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.ranges.iter().flat_map(|range| {
            let mut next = Some(range.first);
            std::iter::from_fn(move || {
                let address = next?;
                next = (address < range.last).then(|| after(address));
                Some(address)
            })
        })
    }
}

impl FromIterator<AddressRange> for AddressSet {
    fn from_iter<I: IntoIterator<Item = AddressRange>>(ranges: I) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let joins = next.first.is_ipv4() == kept.first.is_ipv4()
                && (next.first <= kept.last || bits(next.first) - 1 == bits(kept.last));
            if joins {
                kept.last = kept.last.max(next.last);
            }
            joins
        });
        Self { ranges }
    }
}

impl FromIterator<IpAddr> for AddressSet {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(addresses: I) -> Self {
        addresses.into_iter().map(AddressRange::single).collect()
    }
}

/// Ranges joined by commas, as the target grammar reads them.
impl fmt::Display for AddressSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, range) in self.ranges.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            write!(f, "{range}")?;
        }
        Ok(())
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The next address; the highest of its family stays what it is (callers compare before they step).
fn after(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits().saturating_add(1)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits().saturating_add(1)).into(),
    }
}

fn before(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits().saturating_sub(1)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits().saturating_sub(1)).into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn v4(value: u32) -> IpAddr {
        Ipv4Addr::from_bits(value).into()
    }

    fn sets() -> impl Strategy<Value = AddressSet> {
        let range = (0_u32..600, 0_u32..40);
        prop::collection::vec(range, 0..8).prop_map(|ranges| {
            ranges
                .into_iter()
                .filter_map(|(first, length)| AddressRange::new(v4(first), v4(first + length)))
                .collect()
        })
    }

    fn naive(set: &AddressSet) -> BTreeSet<IpAddr> {
        (0..700).map(v4).filter(|&address| set.ranges().iter().any(|range| range.contains(address))).collect()
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_naive_sets(a in sets(), b in sets()) {
            let (x, y) = (naive(&a), naive(&b));
            prop_assert_eq!(naive(&a.without(&b)), x.difference(&y).copied().collect());
            prop_assert_eq!(naive(&a.intersection(&b)), x.intersection(&y).copied().collect());
            prop_assert_eq!(a.count(), x.len() as u128);
            prop_assert_eq!(a.addresses().collect::<BTreeSet<_>>(), x.clone());
            prop_assert_eq!(a.blocks().collect::<Vec<_>>(),
                x.iter().map(|&address| Block::of(address)).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
            for address in (0..700).map(v4) {
                prop_assert_eq!(a.contains(address), x.contains(&address));
            }
            let block = Block::of(v4(300));
            prop_assert_eq!(naive(&a.within(block)),
                x.iter().copied().filter(|&address| Block::of(address) == block).collect());
        }
    }

    #[test]
    fn ends_of_the_families_do_not_overflow() {
        let all4: AddressSet = AddressRange::new(v4(0), v4(u32::MAX)).into_iter().collect();
        let top: AddressSet = [v4(u32::MAX)].into_iter().collect();
        assert_eq!(all4.count(), 1 << 32);
        assert_eq!(all4.without(&top).count(), (1 << 32) - 1);
        assert_eq!(top.without(&all4), AddressSet::default());
        let v6: AddressSet =
            AddressRange::new(Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::from_bits(u128::MAX).into())
                .into_iter()
                .collect();
        assert_eq!(v6.count(), u128::MAX);
        assert_eq!(v6.intersection(&all4), AddressSet::default());
        assert!(!v6.contains(v4(7)));
    }

    #[test]
    fn blocks_print_and_parse() {
        for text in ["192.0.2.0/24", "2001:db8::/120", "2001:db8::ff00/120"] {
            assert_eq!(text.parse::<Block>().map(|block| block.to_string()).as_deref(), Ok(text));
        }
        for text in ["192.0.2.1/24", "192.0.2.0/25", "192.0.2.0", "x/24"] {
            assert_eq!(text.parse::<Block>(), Err(NotABlock));
        }
    }
}
