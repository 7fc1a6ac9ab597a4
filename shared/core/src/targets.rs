//! What people and files call targets, as sets of addresses.
//!
//! A target text is a list, parted by commas and spaces, of addresses (`192.0.2.1`, `2001:db8::1`), blocks
//! (`192.0.2.0/24`; host bits are masked off, as nmap does), ranges (`192.0.2.9-192.0.3.4`,
//! `2001:db8::1-2001:db8::ff`) and nmap's octet ranges (`10.0.0-3.1-50`, `10.*.0.1`, `10.0.0.128-`). Overlaps
//! and repeats merge. Nothing is expanded: a /8 is one range.

mod cidr;
mod mistake;
pub(crate) mod octets;

use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::address::{AddressRange, AddressSet};
use crate::place::Place;
use octets::{OctetProblem, Pattern, Style};

pub use cidr::cidrs;
pub use mistake::{TargetMistake, TargetProblem, TargetsMistake};

/// How many addresses all targets of a text may have together: an IPv4 /8.
pub const MAX_ADDRESSES: u128 = 1 << 24;

/// How many addresses one IPv6 block or range may have: a /112.
pub const MAX_V6_ADDRESSES: u128 = 1 << 16;

/// How many separate ranges the octet patterns of a text may need together; `10.*.*.1` needs all of them.
pub const MAX_PATTERN_RANGES: u64 = 1 << 16;

/// What to scan: targets, less exclusions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// The addresses asked for.
    pub include: AddressSet,
    /// The addresses that must not be touched; they need not be among the others.
    pub exclude: AddressSet,
}

impl Targets {
    /// Reads both texts; an empty `exclude` excludes nothing. It is a mistake if no address is left.
    pub fn parse(include: &str, exclude: &str) -> Result<Self, TargetsMistake> {
        let targets = Self {
            include: parse(include).map_err(TargetsMistake::Include)?,
            exclude: parse_exclusions(exclude).map_err(TargetsMistake::Exclude)?,
        };
        if targets.addresses().is_empty() {
            return Err(TargetsMistake::NothingLeft);
        }
        Ok(targets)
    }

    /// The addresses to scan: what is included and not excluded, exactly.
    #[must_use]
    pub fn addresses(&self) -> AddressSet {
        self.include.without(&self.exclude)
    }
}

/// The addresses of a target text, within the limits of this module. An empty text is a mistake.
pub fn parse(text: &str) -> Result<AddressSet, TargetMistake> {
    let list = TargetList::read(text)?;
    if list.pieces.is_empty() {
        return Err(TargetMistake { place: Place::of(text, 0, 0), problem: TargetProblem::Empty });
    }
    for piece in &list.pieces {
        let ranges = &list.ranges[piece.ranges.clone()];
        if ranges.iter().any(|range| range.first().is_ipv6() && range.count() > MAX_V6_ADDRESSES) {
            return Err(piece.mistake(text, TargetProblem::TooManyV6));
        }
    }
    let set = list.set(list.pieces.len());
    if set.count() > MAX_ADDRESSES {
        let pieces = first_not_fitting(list.pieces.len(), |pieces| list.set(pieces).count() <= MAX_ADDRESSES);
        return Err(list.pieces[pieces - 1].mistake(text, TargetProblem::TooMany));
    }
    Ok(set)
}

/// The addresses of an exclusion text: the same grammar, empty or of any size.
pub fn parse_exclusions(text: &str) -> Result<AddressSet, TargetMistake> {
    let list = TargetList::read(text)?;
    Ok(list.set(list.pieces.len()))
}

/// The lowest number up to `highest` for which `fits` is false; it is true for 0 and never turns true again.
fn first_not_fitting(highest: usize, fits: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, highest);
    while low < high {
        let middle = usize::midpoint(low, high);
        if fits(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// One target of a list, by its place in the text.
struct Piece {
    start: usize,
    end: usize,
    /// Its part of [`TargetList::ranges`].
    ranges: std::ops::Range<usize>,
}

impl Piece {
    fn mistake(&self, text: &str, problem: TargetProblem) -> TargetMistake {
        TargetMistake { place: Place::of(text, self.start, self.end), problem }
    }
}

#[derive(Default)]
struct TargetList {
    pieces: Vec<Piece>,
    ranges: Vec<AddressRange>,
}

impl TargetList {
    fn read(text: &str) -> Result<Self, TargetMistake> {
        let mut list = Self::default();
        let mut patterns = 0;
        let mut start = 0;
        for part in text.split_inclusive(|character: char| character == ',' || character.is_whitespace()) {
            let target =
                part.trim_end_matches(|character: char| character == ',' || character.is_whitespace());
            let mut piece = Piece { start, end: start + target.len(), ranges: list.ranges.len()..0 };
            start += part.len();
            if target.is_empty() {
                continue;
            }
            let problem = match read(target) {
                Ok(Target::Range(range)) => {
                    list.ranges.push(range);
                    None
                }
                Ok(Target::Pattern(pattern)) => {
                    let needed = pattern.range_count();
                    patterns += if needed > 1 { needed } else { 0 };
                    if patterns <= MAX_PATTERN_RANGES {
                        list.ranges.extend(pattern.ranges());
                        None
                    } else {
                        Some(TargetProblem::TooManyRanges)
                    }
                }
                Err(TargetProblem::Short) if text[..piece.start].ends_with(',') || part.ends_with(',') => {
                    Some(TargetProblem::OctetList)
                }
                Err(problem) => Some(problem),
            };
            if let Some(problem) = problem {
                return Err(piece.mistake(text, problem));
            }
            piece.ranges.end = list.ranges.len();
            list.pieces.push(piece);
        }
        Ok(list)
    }

    /// The addresses of the first `pieces`.
    fn set(&self, pieces: usize) -> AddressSet {
        let ranges = pieces.checked_sub(1).map_or(0, |last| self.pieces[last].ranges.end);
        self.ranges[..ranges].iter().copied().collect()
    }
}

enum Target {
    Range(AddressRange),
    Pattern(Pattern),
}

fn read(target: &str) -> Result<Target, TargetProblem> {
    if target.starts_with('-') {
        return Err(TargetProblem::Option);
    }
    if target.contains("://") {
        return Err(TargetProblem::Url);
    }
    if target.contains(':') {
        return read_v6(target).map(Target::Range);
    }
    if let Some((first, last)) = target.split_once('-')
        && let (Ok(first), Ok(last)) = (first.parse::<IpAddr>(), last.parse::<IpAddr>())
    {
        return AddressRange::new(first, last).map(Target::Range).ok_or(TargetProblem::Reversed);
    }
    let (octets, prefix) = match target.split_once('/') {
        Some((octets, prefix)) => (octets, Some(read_prefix(prefix, 32)?)),
        None => (target, None),
    };
    let mut pattern = Pattern::parse(octets, Style::Ours).map_err(|problem| match problem {
        OctetProblem::TooLarge => TargetProblem::TooLarge,
        OctetProblem::LeadingZero => TargetProblem::LeadingZero,
        OctetProblem::Reversed => TargetProblem::Reversed,
        OctetProblem::Short => TargetProblem::Short,
        OctetProblem::Other if octets.contains(char::is_alphabetic) => TargetProblem::HostName,
        OctetProblem::Other => TargetProblem::NoAddress,
    })?;
    if let Some(prefix) = prefix {
        pattern.mask(prefix);
    }
    Ok(Target::Pattern(pattern))
}

fn read_v6(target: &str) -> Result<AddressRange, TargetProblem> {
    if target.starts_with('[') {
        return Err(TargetProblem::Brackets);
    }
    if target.contains('%') {
        return Err(TargetProblem::Zone);
    }
    if let Some((first, last)) = target.split_once('-') {
        let (first, last) = (read_any(first)?, read_any(last)?);
        if first.is_ipv4() != last.is_ipv4() {
            return Err(TargetProblem::MixedFamilies);
        }
        return AddressRange::new(first, last).ok_or(TargetProblem::Reversed);
    }
    let (address, prefix) = match target.split_once('/') {
        Some((address, prefix)) => (address, read_prefix(prefix, 128)?),
        None => (target, 128),
    };
    match address.parse::<Ipv6Addr>() {
        Ok(address) => Ok(v6_block(address, prefix)),
        Err(_) => Err(match address.split_once(':') {
            Some((host, port)) if !host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                TargetProblem::WithPort
            }
            _ => TargetProblem::NoAddress,
        }),
    }
}

fn read_any(address: &str) -> Result<IpAddr, TargetProblem> {
    address.parse().map_err(|_| TargetProblem::NoAddress)
}

/// The block of `prefix` bits that holds `address`.
pub(crate) fn v6_block(address: Ipv6Addr, prefix: u8) -> AddressRange {
    let host_bits = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
    let address = address.to_bits();
    let (first, last) = (Ipv6Addr::from_bits(address & !host_bits), Ipv6Addr::from_bits(address | host_bits));
    AddressRange::new(first.into(), last.into()).unwrap_or(AddressRange::single(first.into()))
}

fn read_prefix(text: &str, highest: u8) -> Result<u8, TargetProblem> {
    if text.contains('.') {
        return Err(TargetProblem::Netmask);
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = is_number && (text == "0" || !text.starts_with('0'));
    text.parse()
        .ok()
        .filter(|prefix| canonical && *prefix <= highest)
        .ok_or(TargetProblem::Prefix { highest })
}

#[cfg(test)]
mod tests;
