//! Which ports to scan, as people write it: `22,80,8000-8100`, `T:22,U:53,S:2905`, `all`, `top:1000`.
//!
//! A number without a letter before it is TCP; a letter holds until the next one. `-100` and `60000-` are open
//! ranges as in nmap, and port 0 is scanned only where it is named.

mod mistake;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::ports::{PortRange, PortSet, Protocol};

pub use mistake::{PortMistake, PortProblem};

/// How many separate ranges a specification may have: more do not fit into one argument of a command.
pub const MAX_PORT_RANGES: usize = 10_000;

/// The ports of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PortSpec {
    /// These and no others.
    Set(PortSet),
    /// The most common TCP ports, as the scanner ranks them; which they are depends on its version.
    Top(u16),
}

impl PortSpec {
    /// Every TCP port but 0.
    #[must_use]
    pub fn all() -> Self {
        Self::Set([whole(Protocol::Tcp)].into_iter().collect())
    }

    /// The ports, or `None` for the most common ones: which those are is not known before the scan.
    #[must_use]
    pub fn set(&self) -> Option<&PortSet> {
        match self {
            Self::Set(set) => Some(set),
            Self::Top(_) => None,
        }
    }

    /// The protocols asked for, in their order: each needs its scan technique.
    #[must_use]
    pub fn protocols(&self) -> Vec<Protocol> {
        match self {
            Self::Set(set) => {
                Protocol::ALL.into_iter().filter(|&protocol| !set.of_protocol(protocol).is_empty()).collect()
            }
            Self::Top(_) => vec![Protocol::Tcp],
        }
    }

    /// The two arguments that make nmap scan these ports: `-p T:22,U:53`, `--top-ports 100`.
    ///
    /// Every protocol has its letter, as nmap takes numbers without one for all protocols of the scan.
    #[must_use]
    pub fn nmap_arguments(&self) -> [String; 2] {
        match self {
            Self::Set(set) => ["-p".to_owned(), set.to_string()],
            Self::Top(count) => ["--top-ports".to_owned(), count.to_string()],
        }
    }
}

/// The shortest text that is read as the same ports: `all`, `22,80`, `T:22,U:53`, `top:100`.
impl fmt::Display for PortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top(count) => write!(f, "top:{count}"),
            Self::Set(set) if set.ranges() == [whole(Protocol::Tcp)] => f.write_str("all"),
            Self::Set(set) => {
                let text = set.to_string();
                let tcp_only = set.ranges().iter().all(|range| range.protocol == Protocol::Tcp);
                f.write_str(text.strip_prefix("T:").filter(|_| tcp_only).unwrap_or(&text))
            }
        }
    }
}

impl From<PortSpec> for String {
    fn from(spec: PortSpec) -> Self {
        spec.to_string()
    }
}

impl TryFrom<String> for PortSpec {
    type Error = PortMistake;

    fn try_from(text: String) -> Result<Self, PortMistake> {
        text.parse()
    }
}

impl FromStr for PortSpec {
    type Err = PortMistake;

    fn from_str(text: &str) -> Result<Self, PortMistake> {
        let pieces = pieces(text);
        if let [piece] = &pieces[..]
            && let Some(count) = top(piece.text)
        {
            return match count.parse() {
                Ok(count @ 1..) => Ok(Self::Top(count)),
                _ => Err(piece.mistake(text, PortProblem::Top)),
            };
        }
        let mut protocol = Protocol::Tcp;
        let mut ranges = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            let mut piece = *piece;
            if top(piece.text).is_some() {
                return Err(piece.mistake(text, PortProblem::TopAndOthers));
            }
            if let Some((letter, numbers)) = piece.text.split_once(':') {
                protocol = match letter {
                    "T" | "t" => Protocol::Tcp,
                    "U" | "u" => Protocol::Udp,
                    "S" | "s" => Protocol::Sctp,
                    "P" | "p" => return Err(piece.mistake(text, PortProblem::IpProtocol)),
                    _ => return Err(piece.mistake(text, PortProblem::Letter)),
                };
                piece.start += letter.len() + 1;
                piece.text = numbers;
                // `U: 53`: the numbers are the next piece.
                if numbers.is_empty() {
                    continue;
                }
            }
            let is_open = piece.text.starts_with('-') || piece.text.ends_with('-');
            if is_open && piece.follows_space {
                return Err(piece.mistake(text, PortProblem::SpacedRange));
            }
            let (first, last) = range(piece.text).map_err(|problem| piece.mistake(text, problem))?;
            ranges.push(PortRange { protocol, first, last });
        }
        let set: PortSet = ranges.into_iter().collect();
        if set.is_empty() {
            return Err(PortMistake {
                place: Place::of(text, text.len(), text.len()),
                problem: PortProblem::Empty,
            });
        }
        if set.ranges().len() > MAX_PORT_RANGES {
            return Err(PortMistake {
                place: Place::of(text, 0, text.len()),
                problem: PortProblem::TooManyRanges,
            });
        }
        Ok(Self::Set(set))
    }
}

/// A list of ports of one protocol as it stands behind a probe of nmap, `22,80-90`; no spaces, not empty.
pub(crate) fn parse_list(text: &str, protocol: Protocol) -> Result<PortSet, PortProblem> {
    text.split(',')
        .map(|piece| range(piece).map(|(first, last)| PortRange { protocol, first, last }))
        .collect()
}

fn whole(protocol: Protocol) -> PortRange {
    PortRange { protocol, first: 1, last: u16::MAX }
}

/// What follows `top:`.
fn top(piece: &str) -> Option<&str> {
    let (word, count) = piece.split_once(':')?;
    word.eq_ignore_ascii_case("top").then_some(count)
}

/// A part of the text between commas and spaces.
#[derive(Clone, Copy)]
struct Piece<'a> {
    start: usize,
    text: &'a str,
    /// Only spaces part it from a neighbour: `8000 - 8100` must not be read as three pieces, one of them `-`.
    follows_space: bool,
}

impl Piece<'_> {
    fn mistake(&self, text: &str, problem: PortProblem) -> PortMistake {
        PortMistake { place: Place::of(text, self.start, self.start + self.text.len()), problem }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for part in text.split_inclusive(|character: char| character == ',' || character.is_whitespace()) {
        let piece = part.trim_end_matches(|character: char| character == ',' || character.is_whitespace());
        if !piece.is_empty() {
            let before = text[..start].trim_end();
            let behind = text[start + piece.len()..].trim_start();
            let alone_before = before.is_empty() || before.ends_with([',', ':']);
            let alone_behind = behind.is_empty() || behind.starts_with(',');
            pieces.push(Piece { start, text: piece, follows_space: !(alone_before && alone_behind) });
        }
        start += part.len();
    }
    pieces
}

/// `22`, `80-90`, `-100`, `60000-`, `-`, `all`
fn range(piece: &str) -> Result<(u16, u16), PortProblem> {
    if piece.eq_ignore_ascii_case("all") {
        return Ok((1, u16::MAX));
    }
    let (first, last) = match piece.split_once('-') {
        None => {
            let port = port(piece)?;
            (port, port)
        }
        Some((first, last)) => (
            if first.is_empty() { 1 } else { port(first)? },
            if last.is_empty() { u16::MAX } else { port(last)? },
        ),
    };
    if first > last { Err(PortProblem::Reversed) } else { Ok((first, last)) }
}

fn port(text: &str) -> Result<u16, PortProblem> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| PortProblem::TooLarge);
    }
    Err(match text.split_once('/') {
        Some((number, _)) if number.bytes().all(|byte| byte.is_ascii_digit()) => PortProblem::Suffix,
        // `top1000` can only mean `top:1000`.
        _ if text.strip_prefix("top").is_some_and(|most| most.bytes().all(|byte| byte.is_ascii_digit())) => {
            PortProblem::Top
        }
        _ if text.contains(['[', ']', '*', '?', '{', '}']) => PortProblem::Pattern,
        _ if text.contains(char::is_alphabetic) => PortProblem::ServiceName,
        _ => PortProblem::NoPort,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(text: &str) -> String {
        text.parse::<PortSpec>().map_or_else(
            |mistake| format!("{} {}", mistake.code(), mistake.place.column),
            |spec| spec.nmap_arguments().join(" "),
        )
    }

    #[test]
    fn every_form_is_read() {
        for (text, arguments, shown) in [
            ("22", "-p T:22", "22"),
            ("22,80,8000-8100", "-p T:22,80,8000-8100", "22,80,8000-8100"),
            (" 80, 22 ,22\n23 ", "-p T:22-23,80", "22-23,80"),
            ("T:22,80,U:53,S:2905", "-p T:22,80,U:53,S:2905", "T:22,80,U:53,S:2905"),
            ("U: 53 , 123, t:22", "-p T:22,U:53,123", "T:22,U:53,123"),
            ("U:53", "-p U:53", "U:53"),
            ("all", "-p T:1-65535", "all"),
            ("-", "-p T:1-65535", "all"),
            ("1-65535", "-p T:1-65535", "all"),
            ("0-65535", "-p T:0-65535", "0-65535"),
            ("-100,60000-", "-p T:1-100,60000-65535", "1-100,60000-65535"),
            ("U:all,T:22", "-p T:22,U:1-65535", "T:22,U:1-65535"),
            ("U: -", "-p U:1-65535", "U:1-65535"),
            ("top:100", "--top-ports 100", "top:100"),
            (" TOP:1 ", "--top-ports 1", "top:1"),
            ("0", "-p T:0", "0"),
        ] {
            assert_eq!(show(text), arguments, "{text}");
            assert_eq!(text.parse::<PortSpec>().expect(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        for (text, expected) in [
            ("", "no_ports 1"),
            ("U:", "no_ports 3"),
            ("22,65536", "port_too_large 4"),
            ("22,https", "port_is_service_name 4"),
            ("top1000", "port_bad_top 1"),
            ("http*", "port_is_pattern 1"),
            ("[1-1024]", "port_is_pattern 1"),
            ("53/udp", "port_has_suffix 1"),
            ("90-80", "port_range_reversed 1"),
            ("8000 - 8100", "port_range_with_spaces 6"),
            ("8000 -8100", "port_range_with_spaces 6"),
            ("8000- 8100", "port_range_with_spaces 1"),
            ("1-2-3", "port_not_a_number 1"),
            ("X:22", "port_unknown_letter 1"),
            ("P:6", "port_is_ip_protocol 1"),
            ("top:0", "port_bad_top 1"),
            ("top:x", "port_bad_top 1"),
            ("top:70000", "port_bad_top 1"),
            ("22,top:10", "port_top_and_others 4"),
            ("22;80", "port_not_a_number 1"),
            ("+22", "port_not_a_number 1"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
        let many: Vec<String> = (0..u16::MAX).step_by(2).map(|port| port.to_string()).collect();
        assert_eq!(show(&many.join(",")), "ports_too_many_ranges 1");
        assert!(many[..MAX_PORT_RANGES].join(",").parse::<PortSpec>().is_ok());
    }

    #[test]
    fn the_protocols_asked_for_are_named() {
        let protocols = |text: &str| text.parse::<PortSpec>().expect(text).protocols();
        assert_eq!(protocols("U:53,22"), [Protocol::Udp]);
        assert_eq!(protocols("22,U:53"), [Protocol::Tcp, Protocol::Udp]);
        assert_eq!(protocols("top:10"), [Protocol::Tcp]);
    }

    proptest! {
        #[test]
        fn what_a_specification_prints_is_read_as_itself(
            ranges in prop::collection::vec((0_usize..3, any::<u16>(), 0_u16..300), 1..20), top in 1_u16..,
        ) {
            let set: PortSet = ranges
                .into_iter()
                .map(|(protocol, first, length)| PortRange {
                    protocol: Protocol::ALL[protocol], first, last: first.saturating_add(length),
                })
                .collect();
            for spec in [PortSpec::Set(set), PortSpec::Top(top)] {
                prop_assert_eq!(spec.to_string().parse(), Ok(spec.clone()));
                prop_assert_eq!(spec.nmap_arguments()[1].parse().is_ok_and(|read: PortSpec| read == spec),
                    spec.set().is_some());
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9TUSall:, -]{0,30}|\\PC{0,30}") {
            if let Err(mistake) = text.parse::<PortSpec>() {
                prop_assert!(text[mistake.place.offset..].starts_with(&mistake.place.piece));
                prop_assert!(!mistake.hint().is_empty());
            }
        }
    }
}
