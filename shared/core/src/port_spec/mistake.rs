//! What can be wrong with a port specification, and what to do about it.

use std::fmt;

use super::MAX_PORT_RANGES;
use crate::escape::escape;
use crate::place::{Place, PointedAt};

/// A mistake in a port specification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PortMistake {
    /// The piece that is wrong.
    pub place: Place,
    /// What is wrong with it.
    pub problem: PortProblem,
}

/// ``port `65536` at column 4: the highest port is 65535``
impl fmt::Display for PortMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.piece.is_empty() {
            return write!(f, "{}", self.problem);
        }
        write!(f, "port `{}` at {}: {}", escape(&self.place.piece), self.place, self.problem)
    }
}

impl PortMistake {
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

/// What is wrong with a piece of a port specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortProblem {
    /// There is no port in it.
    #[error("no ports are given")]
    Empty,
    /// Above 65535.
    #[error("the highest port is 65535")]
    TooLarge,
    /// `https`
    #[error("this is a service name, not a number")]
    ServiceName,
    /// `http*`, `[1-1024]`
    #[error("patterns of services are not read")]
    Pattern,
    /// `53/udp`
    #[error("the protocol stands before the number")]
    Suffix,
    /// `90-80`
    #[error("the range ends before it begins")]
    Reversed,
    /// `8000 - 8100`
    #[error("an open range next to another number")]
    SpacedRange,
    /// Neither a number nor a range.
    #[error("this is no port and no range of ports")]
    NoPort,
    /// `X:22`
    #[error("this is not the letter of a protocol")]
    Letter,
    /// `P:6`
    #[error("numbers of IP protocols are no ports")]
    IpProtocol,
    /// `top:0`
    #[error("`top:` takes a number from 1 to 65535")]
    Top,
    /// `22,top:10`
    #[error("`top:` stands alone")]
    TopAndOthers,
    /// More than [`MAX_PORT_RANGES`].
    #[error("the list falls into more than {MAX_PORT_RANGES} separate ranges")]
    TooManyRanges,
}

impl PortProblem {
    /// A stable word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "no_ports",
            Self::TooLarge => "port_too_large",
            Self::ServiceName => "port_is_service_name",
            Self::Pattern => "port_is_pattern",
            Self::Suffix => "port_has_suffix",
            Self::Reversed => "port_range_reversed",
            Self::SpacedRange => "port_range_with_spaces",
            Self::NoPort => "port_not_a_number",
            Self::Letter => "port_unknown_letter",
            Self::IpProtocol => "port_is_ip_protocol",
            Self::Top => "port_bad_top",
            Self::TopAndOthers => "port_top_and_others",
            Self::TooManyRanges => "ports_too_many_ranges",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Empty | Self::NoPort => "ports look like 22,80,8000-8100 or T:22,U:53 or all or top:100",
            Self::TooLarge => "ports go from 0 to 65535",
            Self::ServiceName | Self::Pattern => {
                "names differ from machine to machine: give the numbers, or top:100 for common ports"
            }
            Self::Suffix => "write U:53 for 53/udp, T:22 for 22/tcp",
            Self::Reversed => "write the lower end first",
            Self::SpacedRange => "write a range without spaces, 8000-8100, and part open ranges by commas",
            Self::Letter => "T: is TCP, U: is UDP, S: is SCTP",
            Self::IpProtocol => "a protocol scan (-sO) opens and closes nothing; ports have T:, U: or S:",
            Self::Top => "write top:100",
            Self::TopAndOthers => "make a second scan for the other ports, or list the numbers",
            Self::TooManyRanges => "join neighbouring ports to ranges, or make several scans of it",
        }
    }
}
