//! Who asks where proxies stand before the server.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use portdelta_core::AddressSet;

/// Each proxy writes behind what it got whom it got it from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request comes from, as far as it can be believed: what a proxy wrote that is trusted, but not what
/// that got from somebody else. The peer's where there is no such proxy, or where it wrote nothing that can be read.
pub(crate) fn from(trusted: &AddressSet, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !trusted.contains(peer.to_canonical()) {
        return peer;
    }
    // From the end, and no further than to the first who is not trusted: anybody can send what stands before that.
    // As bytes: some that are no text may be in it, and must not hide what stands behind them.
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    for entry in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        let Some(address) = read(entry) else { return peer };
        if !trusted.contains(address) {
            return address;
        }
    }
    peer
}

/// An address; some proxies write a port to it.
fn read(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use portdelta_core::targets::parse_exclusions;

    use super::*;

    fn seen(peer: &str, lines: &[&[u8]]) -> String {
        let trusted = parse_exclusions("10.0.0.0/24, 2001:db8:1::/48").expect("addresses");
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).expect("a value"));
        }
        from(&trusted, peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(seen("192.0.2.9", &[b"198.51.100.1"]), "192.0.2.9");
        assert_eq!(seen("10.0.1.1", &[b"198.51.100.1"]), "10.0.1.1");
        assert_eq!(seen("10.0.0.1", &[b"198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn of_a_chain_the_last_who_is_not_trusted_counts() {
        for lines in [
            &[&b"203.0.113.7, 198.51.100.1, 10.0.0.2"[..]][..],
            &[b"203.0.113.7", b"198.51.100.1", b"10.0.0.2"],
            &[b"203.0.113.7, 198.51.100.1", b"10.0.0.3,10.0.0.2"],
            // What somebody sends who wants to be nobody stands before that.
            &[b"unknown, \xff\xfe, , 198.51.100.1 ,10.0.0.2"],
        ] {
            assert_eq!(seen("10.0.0.1", lines), "198.51.100.1", "{lines:?}");
        }
        // A chain of proxies only: who is in their network asks, or they themselves.
        assert_eq!(seen("10.0.0.1", &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.1");
    }

    #[test]
    fn addresses_of_both_families_are_read_with_and_without_a_port() {
        for (entry, expected) in [
            ("2001:db8:2::7", "2001:db8:2::7"),
            ("[2001:db8:2::7]", "2001:db8:2::7"),
            ("[2001:db8:2::7]:4711", "2001:db8:2::7"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("2001:db8:2::7, 2001:db8:1::5, ::ffff:10.0.0.2", "2001:db8:2::7"),
        ] {
            for peer in ["2001:db8:1::1", "::ffff:10.0.0.1"] {
                assert_eq!(seen(peer, &[entry.as_bytes()]), expected, "{entry}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_leaves_the_peer() {
        for entry in [
            "",
            " ",
            "unknown",
            "198.51.100",
            "198.51.100.1:x",
            "198.51.100.1;",
            "[::1",
            "a, 10.0.0.2",
            "1, ",
        ] {
            assert_eq!(seen("10.0.0.1", &[entry.as_bytes()]), "10.0.0.1", "{entry}");
        }
    }
}
