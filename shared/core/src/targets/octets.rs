//! nmap's octet patterns: `10.0.0-3.1-50`, `10.*.0.128-`.

use std::net::Ipv4Addr;

use crate::address::AddressRange;

/// Whose grammar an octet is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A comma separates targets, so an octet is one range; leading zeros are refused.
    Ours,
    /// nmap's own: an octet may be a list, `1,5,7-9`, and `010` is ten.
    Nmap,
}

/// Why a text is no octet pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OctetProblem {
    /// All of it is octets, but fewer than four.
    Short,
    /// An octet above 255.
    TooLarge,
    /// An octet with a leading zero.
    LeadingZero,
    /// A range that ends before it begins.
    Reversed,
    /// Something else than octets, or too many of them.
    Other,
}

/// The values that an octet may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Octet([u64; 4]);

/// Addresses by the values of their four octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern([Octet; 4]);

impl Pattern {
    /// Reads four octets parted by dots, without a prefix length.
    pub(crate) fn parse(text: &str, style: Style) -> Result<Self, OctetProblem> {
        let mut octets = [Octet::default(); 4];
        let mut count = 0;
        for part in text.split('.') {
            let octet = Octet::parse(part, style)?;
            *octets.get_mut(count).ok_or(OctetProblem::Other)? = octet;
            count += 1;
        }
        if count < 4 { Err(OctetProblem::Short) } else { Ok(Self(octets)) }
    }

    /// Adds all addresses that share their first `prefix` bits with one of the pattern.
    pub(crate) fn mask(&mut self, prefix: u8) {
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
        for (octet, mask) in self.0.iter_mut().zip(mask.to_be_bytes()) {
            let values: Vec<u8> = octet.values().collect();
            for value in values {
                octet.insert(value & mask, value | !mask);
            }
        }
    }

    /// How many ranges [`Self::ranges`] gives.
    pub(crate) fn range_count(&self) -> u64 {
        let split = self.split();
        let prefixes: u64 = self.0[..split].iter().map(|octet| octet.values().count() as u64).product();
        prefixes * self.0[split].runs().count() as u64
    }

    /// The addresses of the pattern in ranges; the callers have looked at [`Self::range_count`] before.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = AddressRange> {
        let split = self.split();
        let mut prefixes = vec![0_u32];
        for octet in &self.0[..split] {
            prefixes = prefixes
                .iter()
                .flat_map(|prefix| octet.values().map(move |value| prefix << 8 | u32::from(value)))
                .collect();
        }
        let runs: Vec<_> = self.0[split].runs().collect();
        let below = 8 * (3 - split);
        let rest = (1_u32 << below) - 1;
        prefixes.into_iter().flat_map(move |prefix| {
            let range = move |&(first, last): &(u8, u8)| {
                let first = (prefix << 8 | u32::from(first)) << below;
                let last = (prefix << 8 | u32::from(last)) << below | rest;
                AddressRange::new(Ipv4Addr::from_bits(first).into(), Ipv4Addr::from_bits(last).into())
            };
            runs.iter().filter_map(range).collect::<Vec<_>>()
        })
    }

    /// The last octet that does not have all values: behind it one range holds all there is.
    fn split(&self) -> usize {
        self.0.iter().rposition(|octet| !octet.is_full()).unwrap_or(0)
    }
}

impl Octet {
    fn parse(text: &str, style: Style) -> Result<Self, OctetProblem> {
        let mut octet = Self::default();
        if text == "*" {
            octet.insert(0, 255);
            return Ok(octet);
        }
        if style == Style::Ours && text.contains(',') {
            return Err(OctetProblem::Other);
        }
        for range in text.split(',') {
            let (first, last) = match range.split_once('-') {
                None => {
                    let value = value(range, style)?;
                    (value, value)
                }
                Some((first, last)) => (
                    if first.is_empty() { 0 } else { value(first, style)? },
                    if last.is_empty() { 255 } else { value(last, style)? },
                ),
            };
            if first > last {
                return Err(OctetProblem::Reversed);
            }
            octet.insert(first, last);
        }
        Ok(octet)
    }

    fn insert(&mut self, first: u8, last: u8) {
        for value in first..=last {
            self.0[usize::from(value >> 6)] |= 1 << (value & 63);
        }
    }

    fn contains(self, value: u8) -> bool {
        self.0[usize::from(value >> 6)] >> (value & 63) & 1 == 1
    }

    fn is_full(self) -> bool {
        self.0 == [u64::MAX; 4]
    }

    fn values(self) -> impl Iterator<Item = u8> {
        (0..=255).filter(move |&value| self.contains(value))
    }

    /// The values in ranges that neither overlap nor touch.
    fn runs(self) -> impl Iterator<Item = (u8, u8)> {
        self.values().filter(move |&first| first == 0 || !self.contains(first - 1)).map(move |first| {
            let last = (first..=255).take_while(|&value| self.contains(value)).last();
            (first, last.unwrap_or(first))
        })
    }
}

fn value(text: &str, style: Style) -> Result<u8, OctetProblem> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(OctetProblem::Other);
    }
    if style == Style::Ours && text.len() > 1 && text.starts_with('0') {
        return Err(OctetProblem::LeadingZero);
    }
    text.parse().map_err(|_| OctetProblem::TooLarge)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::*;
    use crate::address::AddressSet;

    fn set(text: &str) -> AddressSet {
        Pattern::parse(text, Style::Nmap).expect("a pattern").ranges().collect()
    }

    #[test]
    fn patterns_give_as_few_ranges_as_they_can() {
        for (text, ranges, expected) in [
            (
                "10.0.0-3.1-50",
                4,
                "10.0.0.1-10.0.0.50,10.0.1.1-10.0.1.50,10.0.2.1-10.0.2.50,10.0.3.1-10.0.3.50",
            ),
            ("10.0.0.1,5,7-9", 3, "10.0.0.1,10.0.0.5,10.0.0.7-10.0.0.9"),
            ("10.*.*.*", 1, "10.0.0.0-10.255.255.255"),
            ("*.*.*.*", 1, "0.0.0.0-255.255.255.255"),
            ("10-.0.0.-", 246, "10.0.0.0-10.0.0.255"),
            ("010.0.0.-3", 1, "10.0.0.0-10.0.0.3"),
        ] {
            let pattern = Pattern::parse(text, Style::Nmap).expect(text);
            assert_eq!(pattern.range_count(), ranges, "{text}");
            assert!(set(text).to_string().starts_with(expected), "{text}: {}", set(text));
        }
    }

    #[test]
    fn problems_are_told_apart() {
        use OctetProblem::{LeadingZero, Other, Reversed, Short, TooLarge};
        for (text, problem) in [
            ("10.0.0", Short),
            ("5", Short),
            ("10.0.0.256", TooLarge),
            ("10.0.0.01", LeadingZero),
            ("10.0.0.9-3", Reversed),
            ("10.0.0.1.2", Other),
            ("10.0.0.", Other),
            ("10.0.0.1,2", Other),
            ("10.0.0.1-2-3", Other),
            ("10.0.0.+1", Other),
            ("", Other),
        ] {
            assert_eq!(Pattern::parse(text, Style::Ours), Err(problem), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_mask_is_the_union_of_the_blocks(
            values in prop::array::uniform4(prop::collection::vec(any::<u8>(), 1..3)), prefix in 0_u8..=32,
        ) {
            let octets = values.clone().map(|values| values.iter().map(u8::to_string).collect::<Vec<_>>().join(","));
            let mut pattern = Pattern::parse(&octets.join("."), Style::Nmap).expect("a pattern");
            prop_assert_eq!(pattern.range_count(), pattern.ranges().count() as u64);
            let addresses: Vec<IpAddr> = pattern.ranges().collect::<AddressSet>().addresses().collect();
            pattern.mask(prefix);
            prop_assume!(pattern.range_count() < 10_000);
            let blocks = addresses.iter().filter_map(|address| {
                let IpAddr::V4(address) = address else { return None };
                let hosts = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
                let (first, last) = (address.to_bits() & !hosts, address.to_bits() | hosts);
                AddressRange::new(Ipv4Addr::from_bits(first).into(), Ipv4Addr::from_bits(last).into())
            });
            prop_assert_eq!(blocks.collect::<AddressSet>(), pattern.ranges().collect::<AddressSet>());
        }
    }
}
