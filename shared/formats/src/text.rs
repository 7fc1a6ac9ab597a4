//! Values out of hostile text: nothing wraps, nothing is guessed, nothing grows.

use std::borrow::Cow;
use std::net::IpAddr;

use compact_str::CompactString;
use portdelta_core::ports::PortRange;
use portdelta_core::{Port, PortSet, Protocol, UnixTime};

use crate::warnings::{Odd, Warnings};

/// A number in plain digits: no sign, no blank, no other base.
pub(crate) fn number(digits: &str) -> Option<u64> {
    let digits = digits.as_bytes();
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut number = 0_u64;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        number = number * 10 + u64::from(value);
    }
    Some(number)
}

/// A port number in plain digits, 0 to 65,535.
pub(crate) fn port_number(digits: &str) -> Option<u16> {
    number(digits).and_then(|number| u16::try_from(number).ok())
}

/// A count, or a warning and 0 where it is none.
pub(crate) fn count(digits: &str, warnings: &mut Warnings) -> Option<u32> {
    let count = number(digits).and_then(|count| u32::try_from(count).ok());
    if count.is_none() {
        warnings.add(Odd::BadNumber, digits);
    }
    count
}

/// Seconds since the epoch; a fraction is dropped. 0 and nothing at all are "unknown", what is no time is a warning.
pub(crate) fn seconds(digits: &str, warnings: &mut Warnings) -> Option<UnixTime> {
    let whole = digits.split_once('.').map_or(digits, |(whole, _)| whole);
    let time = number(whole).and_then(|seconds| UnixTime::from_seconds(i64::try_from(seconds).ok()?));
    if time.is_none() && !digits.is_empty() {
        warnings.add(Odd::BadTime, digits);
    }
    time.filter(|&time| time != UnixTime::EPOCH)
}

/// An IP address in a spelling that can't be mistaken: no octal, no short forms. A zone (`%eth0`) is dropped.
pub(crate) fn address(text: &str, warnings: &mut Warnings) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let scoped = text.split_once('%').and_then(|(address, _)| address.parse::<std::net::Ipv6Addr>().ok());
    warnings.add(if scoped.is_some() { Odd::ScopeIgnored } else { Odd::BadAddress }, text);
    scoped.map(IpAddr::V6)
}

/// A port by its protocol's name and its digits. masscan's `icmp` is IP protocol 1, and has no number of its own.
pub(crate) fn port(protocol: &str, digits: &str, warnings: &mut Warnings) -> Option<Port> {
    let port = match protocol {
        "icmp" => Some(Port { protocol: Protocol::Ip, number: 1 }),
        _ => Protocol::from_name(protocol)
            .and_then(|protocol| Some(Port { protocol, number: port_number(digits)? })),
    };
    if port.is_none() {
        warnings.add(Odd::BadPort, &format!("{digits}/{protocol}"));
    }
    port
}

/// nmap's list of ports without protocols: `1,3-4,6`. `None` where it is not such a list.
pub(crate) fn port_list(protocol: Protocol, list: &str) -> Option<PortSet> {
    if list.is_empty() {
        return Some(PortSet::default());
    }
    let mut ranges = Vec::with_capacity(list.len() / 5 + 1);
    let (mut start, mut number, mut has_digit) = (None, 0_u32, false);
    // A comma behind the last range ends it like all others.
    for &byte in list.as_bytes().iter().chain(b",") {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + u32::from(byte - b'0');
                has_digit = true;
                if number > 65_535 {
                    return None;
                }
            }
            b'-' if has_digit && start.is_none() => {
                start = Some(number);
                (number, has_digit) = (0, false);
            }
            b',' if has_digit => {
                let first = u16::try_from(start.take().unwrap_or(number)).ok()?;
                let range = PortRange { protocol, first, last: u16::try_from(number).ok()? };
                if range.first > range.last {
                    return None;
                }
                ranges.push(range);
                (number, has_digit) = (0, false);
            }
            _ => return None,
        }
    }
    Some(ranges.into_iter().collect())
}

/// A text to keep: no characters that XML forbids, and at most `most` bytes.
pub(crate) fn kept(text: &str, most: usize, warnings: &mut Warnings) -> CompactString {
    let mut kept = text;
    if text.len() > most {
        warnings.add(Odd::ValueCut, text);
        kept = &text[..text.floor_char_boundary(most)];
    }
    CompactString::from(clean(kept, warnings))
}

/// The text with U+FFFD for NUL, other controls that XML 1.0 forbids, and non-characters. C1 controls and marks of
/// direction are legal: to make them harmless is the work of whoever prints them.
pub(crate) fn clean<'a>(text: &'a str, warnings: &mut Warnings) -> Cow<'a, str> {
    // Without an early end, the compiler looks at many bytes at once.
    let is_suspicious =
        |byte| u8::from((byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t')) || byte == 0xef);
    if text.bytes().fold(0, |found, byte| found | is_suspicious(byte)) == 0 {
        return Cow::Borrowed(text);
    }
    let forbidden = |character| matches!(character, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if text.contains('\u{fffd}') || text.contains(forbidden) {
        warnings.add(Odd::BadCharacters, text);
    }
    if !text.contains(forbidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(forbidden, "\u{fffd}"))
}

/// A DNS name in lower case without its final dot; `None` where nothing is left.
pub(crate) fn name(text: &str, most: usize, warnings: &mut Warnings) -> Option<CompactString> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    let mut name = kept(text, most, warnings);
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name = name.to_ascii_lowercase();
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_never_wrapped_or_guessed() {
        let mut warnings = Warnings::default();
        for good in ["0", "65535", "00080"] {
            assert!(port("tcp", good, &mut warnings).is_some(), "{good}");
        }
        for bad in ["65536", "-1", "", "0x50", "1e3", "8 0", " 82", "+81", "８３", "99999999999999999999"] {
            assert!(port("tcp", bad, &mut warnings).is_none(), "{bad}");
        }
        assert_eq!(port("icmp", "0", &mut warnings), Some(Port { protocol: Protocol::Ip, number: 1 }));
        assert_eq!(port("arp", "0", &mut warnings), None);
    }

    #[test]
    fn addresses_are_never_octal_or_short() {
        let mut warnings = Warnings::default();
        for bad in ["010.0.0.1", "127.1", "256.1.1.1", "", "host", "1.2.3", "1.2.3.4%eth0", "0x7f000001"] {
            assert!(address(bad, &mut warnings).is_none(), "{bad}");
        }
        assert_eq!(address("2001:DB8:0::1", &mut warnings), address("2001:db8::1", &mut warnings));
        assert_eq!(address("fe80::1%eth0", &mut warnings), "fe80::1".parse().ok());
    }

    #[test]
    fn times_are_of_printable_years() {
        let mut warnings = Warnings::default();
        for bad in ["-1", "yesterday", "1e10", "253402300800", "9223372036854775808", "NaN"] {
            assert_eq!(seconds(bad, &mut warnings), None, "{bad}");
        }
        assert_eq!(seconds("", &mut warnings), None);
        assert_eq!(seconds("0", &mut warnings), None);
        assert_eq!(seconds("1700000000.25", &mut warnings).map(UnixTime::seconds), Some(1_700_000_000));
    }

    #[test]
    fn texts_are_cut_between_characters_and_cleaned() {
        let mut warnings = Warnings::default();
        assert_eq!(kept("ääää", 5, &mut warnings), "ää");
        assert_eq!(kept("a\0b\x1b\u{ffff}", 20, &mut warnings), "a\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(kept("a\tb\r\n\u{9b}\u{202e}", 20, &mut warnings), "a\tb\r\n\u{9b}\u{202e}");
        assert_eq!(name("Web.Example.", 20, &mut warnings).as_deref(), Some("web.example"));
        assert_eq!(name(" . ", 20, &mut warnings), None);
    }

    #[test]
    fn port_lists_are_exact() {
        let list = |list| port_list(Protocol::Tcp, list).map(|set| set.to_string());
        assert_eq!(list("1,3-4,6").as_deref(), Some("T:1,3-4,6"));
        assert_eq!(list("0-65535").as_deref(), Some("T:0-65535"));
        assert_eq!(list("1883-1883").as_deref(), Some("T:1883"));
        for bad in ["1,x", "1,,2", "-1", "1-", "1-2-3", "5-3", "65536", ",", "1,"] {
            assert_eq!(list(bad), None, "{bad}");
        }
    }
}
