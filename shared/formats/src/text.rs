//! Values out of hostile text: nothing wraps, nothing is guessed.

use std::borrow::Cow;
use std::net::IpAddr;

use compact_str::CompactString;
use portdelta_core::ports::PortRange;
use portdelta_core::{Port, PortSet, Protocol, UnixTime};

use crate::warnings::Warnings;

/// A port number in plain digits, 0 to 65,535.
pub(crate) fn port_number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 5 {
        return None;
    }
    let mut number = 0_u32;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u32::from(digit - b'0');
    }
    u16::try_from(number).ok()
}

/// A count in plain digits.
pub(crate) fn count(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Seconds since the epoch in plain digits; 0 is "unknown". A value that is no time is counted.
pub(crate) fn time(digits: &[u8], warnings: &mut Warnings) -> Option<UnixTime> {
    let whole = digits.split(|&byte| byte == b'.').next().unwrap_or(digits);
    let time = count(whole).and_then(|seconds| UnixTime::from_seconds(i64::try_from(seconds).ok()?));
    if time.is_none() && !digits.is_empty() {
        warnings.add("bad_time", "times that are none were left out", &String::from_utf8_lossy(digits));
    }
    time.filter(|time| *time != UnixTime::EPOCH)
}

/// An IP address in a spelling that can't be mistaken: no octal, no short forms.
pub(crate) fn address(text: &str, warnings: &mut Warnings) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    if address.is_none() {
        warnings.add("bad_address", "records without a usable IP address were left out", text);
    }
    address
}

/// A port in digits of a protocol in words; icmp, as masscan has it, is IP protocol 1.
pub(crate) fn port(protocol: &[u8], digits: &[u8], warnings: &mut Warnings) -> Option<Port> {
    let port = match protocol {
        b"tcp" => port_number(digits).map(|number| Port { protocol: Protocol::Tcp, number }),
        b"udp" => port_number(digits).map(|number| Port { protocol: Protocol::Udp, number }),
        b"sctp" => port_number(digits).map(|number| Port { protocol: Protocol::Sctp, number }),
        b"ip" => port_number(digits).map(|number| Port { protocol: Protocol::Ip, number }),
        b"icmp" => Some(Port { protocol: Protocol::Ip, number: 1 }),
        _ => None,
    };
    if port.is_none() {
        let text = [digits, b"/", protocol].concat();
        warnings.add("bad_port", "ports that are none were left out", &String::from_utf8_lossy(&text));
    }
    port
}

/// nmap's list of ports without protocols: `1,3-4,6`. `None` where it is not such a list.
pub(crate) fn port_list(protocol: Protocol, list: &[u8]) -> Option<PortSet> {
    if list.is_empty() {
        return Some(PortSet::default());
    }
    list.split(|&byte| byte == b',')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let mut ends = piece.splitn(2, |&byte| byte == b'-');
            let first = port_number(ends.next()?)?;
            let end = match ends.next() {
                Some(digits) => port_number(digits)?,
                None => first,
            };
            Some(PortRange { protocol, first, last: end })
        })
        .collect()
}

/// A text to keep: valid UTF-8, no NUL, not longer than `most` bytes.
pub(crate) fn kept(bytes: &[u8], most: usize, warnings: &mut Warnings) -> CompactString {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(most + 4)]);
    if matches!(text, Cow::Owned(_)) && std::str::from_utf8(bytes).is_err() {
        warnings.add("bad_text", "texts that are not UTF-8 were repaired", "");
    }
    if bytes.len() <= most && !bytes.contains(&0) {
        return CompactString::from(text);
    }
    if bytes.contains(&0) {
        warnings.add("nul_bytes", "texts with NUL bytes were cleaned", "");
    }
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if bytes.len() > most {
        warnings.add("text_cut", "texts that were too long were cut", "");
    }
    text[..end].chars().filter(|&character| character != '\0').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_never_wrapped_or_guessed() {
        let mut warnings = Warnings::default();
        for good in ["0", "65535", "00080"] {
            assert!(port(b"tcp", good.as_bytes(), &mut warnings).is_some(), "{good}");
        }
        for bad in ["65536", "-1", "", "0x50", "1e3", "8 0", " 82", "+81", "８３", "99999999999"] {
            assert!(port(b"tcp", bad.as_bytes(), &mut warnings).is_none(), "{bad}");
        }
        assert_eq!(warnings.finish().len(), 1);
    }

    #[test]
    fn addresses_are_never_octal_or_short() {
        let mut warnings = Warnings::default();
        for bad in ["010.0.0.1", "127.1", "256.1.1.1", "", "host", "fe80::1%eth0", "1.2.3"] {
            assert!(address(bad, &mut warnings).is_none(), "{bad}");
        }
        assert_eq!(address("2001:DB8:0::1", &mut warnings), address("2001:db8::1", &mut warnings));
    }

    #[test]
    fn texts_are_cut_and_cleaned() {
        let mut warnings = Warnings::default();
        assert_eq!(kept(b"plain", 10, &mut warnings), "plain");
        assert_eq!(kept("ääää".as_bytes(), 5, &mut warnings), "ää");
        assert_eq!(kept(b"a\0b", 10, &mut warnings), "ab");
        assert_eq!(kept(b"a\xffb", 10, &mut warnings), "a\u{fffd}b");
    }

    #[test]
    fn port_lists_are_exact() {
        let set = port_list(Protocol::Tcp, b"1,3-4,6").expect("a list");
        assert_eq!(set.to_string(), "T:1,3-4,6");
        assert_eq!(port_list(Protocol::Tcp, b"1,x"), None);
    }
}
