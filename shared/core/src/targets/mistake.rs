//! What can be wrong with targets, and what to do about it.

use std::fmt;

use super::{MAX_ADDRESSES, MAX_PATTERN_RANGES, MAX_V6_ADDRESSES};
use crate::escape::escape;
use crate::place::{Place, PointedAt};

/// A mistake in a target text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TargetMistake {
    /// The target that is wrong.
    pub place: Place,
    /// What is wrong with it.
    pub problem: TargetProblem,
}

/// ``target `10.0.0.300` at column 11: an octet is 255 at most``
impl fmt::Display for TargetMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.piece.is_empty() {
            return write!(f, "{}", self.problem);
        }
        write!(f, "target `{}` at {}: {}", escape(&self.place.piece), self.place, self.problem)
    }
}

impl TargetMistake {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.problem.hint()
    }

    /// Two lines that point at the mistake in `text`, the text that was parsed.
    #[must_use]
    pub fn point_at<'a>(&'a self, text: &'a str) -> PointedAt<'a> {
        self.place.point_at(text)
    }
}

/// What is wrong with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetProblem {
    /// There is nothing but separators.
    #[error("no targets are given")]
    Empty,
    /// A scanner would take it for an option.
    #[error("a target does not begin with `-`")]
    Option,
    /// `web.example`
    #[error("this is a host name or a typing error, not an address")]
    HostName,
    /// `http://web.example/`
    #[error("this is a URL, not an address")]
    Url,
    /// `192.0.2.1:80`
    #[error("a target has no port")]
    WithPort,
    /// `[2001:db8::1]`
    #[error("an IPv6 target stands without brackets")]
    Brackets,
    /// `fe80::1%eth0`
    #[error("a target has no zone")]
    Zone,
    /// Neither an address, nor a block, nor a range.
    #[error("this is not an address, a block or a range")]
    NoAddress,
    /// `127.1`
    #[error("an IPv4 address has four numbers")]
    Short,
    /// `10.0.0.1,5`
    #[error("a comma separates targets here, not numbers of one octet")]
    OctetList,
    /// `10.0.0.300`
    #[error("an octet is 255 at most")]
    TooLarge,
    /// `010.0.0.1`
    #[error("a number with a leading zero may mean octal")]
    LeadingZero,
    /// `10.0.0.9-3`
    #[error("the range ends before it begins")]
    Reversed,
    /// `10.0.0.1-2001:db8::1`
    #[error("a range is of IPv4 or of IPv6")]
    MixedFamilies,
    /// `10.0.0.0/33`
    #[error("the prefix length is a number from 0 to {highest}")]
    Prefix {
        /// 32 or 128.
        highest: u8,
    },
    /// `10.0.0.0/255.0.0.0`
    #[error("a netmask in dotted form is not read")]
    Netmask,
    /// More than [`MAX_V6_ADDRESSES`] in one block.
    #[error("an IPv6 block or range has at most {MAX_V6_ADDRESSES} addresses (a /112)")]
    TooManyV6,
    /// More than [`MAX_ADDRESSES`] up to here.
    #[error("with it the targets are more than {MAX_ADDRESSES} addresses (a /8)")]
    TooMany,
    /// More than [`MAX_PATTERN_RANGES`] up to here.
    #[error("with it the octet patterns fall into more than {MAX_PATTERN_RANGES} separate ranges")]
    TooManyRanges,
}

impl TargetProblem {
    /// A stable word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "no_targets",
            Self::Option => "target_is_option",
            Self::HostName => "target_is_host_name",
            Self::Url => "target_is_url",
            Self::WithPort => "target_has_port",
            Self::Brackets => "target_has_brackets",
            Self::Zone => "target_has_zone",
            Self::NoAddress => "target_not_an_address",
            Self::Short => "target_too_short",
            Self::OctetList => "target_octet_list",
            Self::TooLarge => "target_octet_too_large",
            Self::LeadingZero => "target_leading_zero",
            Self::Reversed => "target_range_reversed",
            Self::MixedFamilies => "target_mixed_families",
            Self::Prefix { .. } => "target_bad_prefix",
            Self::Netmask => "target_netmask",
            Self::TooManyV6 => "target_v6_too_large",
            Self::TooMany => "targets_too_many",
            Self::TooManyRanges => "targets_too_many_ranges",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Empty => "give an address, a block or a range: 192.0.2.1, 192.0.2.0/24, 192.0.2.10-20",
            Self::Option => {
                "options of the scanner go to --options; write a range without spaces: 192.0.2.1-192.0.2.9"
            }
            Self::HostName | Self::Url => {
                "names are not resolved, as the answer would depend on who asks: give the address"
            }
            Self::WithPort => "ports go to --ports",
            Self::Brackets => "write 2001:db8::1",
            Self::Zone => {
                "a zone names an interface of one machine: leave it out, and scan from an agent on that link"
            }
            Self::NoAddress => {
                "targets look like 192.0.2.1, 192.0.2.0/24, 192.0.2.10-20, 10.0.0-3.1-50, 2001:db8::/112"
            }
            Self::Short => "write all four: 127.0.0.1, or 10.0.0.0/16 for 10.0",
            Self::OctetList => "repeat the address, 10.0.0.1,10.0.0.5, or write a range, 10.0.0.1-5",
            Self::TooLarge => "octets go from 0 to 255",
            Self::LeadingZero => "write the number without it: 10.0.0.1, not 010.0.0.1",
            Self::Reversed => "write the lower end first",
            Self::MixedFamilies => "write both ends in one family",
            Self::Prefix { highest: 32 } => "write 192.0.2.0/24",
            Self::Prefix { .. } => "write 2001:db8::/112",
            Self::Netmask => "write the length of the prefix instead: /24 for 255.255.255.0",
            Self::TooManyV6 => "name the addresses or smaller blocks that are in use; a /64 cannot be swept",
            Self::TooMany => "make several scans of it",
            Self::TooManyRanges => {
                "write the blocks as CIDR: 10.0.0.0/8 is one range, 10.*.*.1-254 is 65,536"
            }
        }
    }
}

/// A mistake in the targets of a scan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetsMistake {
    /// In the targets themselves.
    #[error("{0}")]
    Include(#[source] TargetMistake),
    /// In the exclusions.
    #[error("exclusion: {0}")]
    Exclude(#[source] TargetMistake),
    /// Both are well, but together they name no address.
    #[error("the exclusions leave no address to scan")]
    NothingLeft,
}

impl TargetsMistake {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Include(mistake) | Self::Exclude(mistake) => mistake.code(),
            Self::NothingLeft => "no_targets_left",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Include(mistake) | Self::Exclude(mistake) => mistake.hint(),
            Self::NothingLeft => "exclude less, or deactivate the scan",
        }
    }
}
