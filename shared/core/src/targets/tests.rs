use proptest::prelude::*;

use super::*;

fn show(text: &str) -> String {
    parse(text)
        .map_or_else(|mistake| format!("{} {}", mistake.code(), mistake.place.column), |set| set.to_string())
}

#[test]
fn every_form_is_read() {
    for (text, expected) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.77/24", "192.0.2.0-192.0.2.255"),
        ("192.0.2.0/31, 192.0.2.2\n192.0.2.9", "192.0.2.0-192.0.2.2,192.0.2.9"),
        ("192.0.2.250-192.0.3.4", "192.0.2.250-192.0.3.4"),
        ("192.0.2.5-20", "192.0.2.5-192.0.2.20"),
        ("10.0.0-1.1-2", "10.0.0.1-10.0.0.2,10.0.1.1-10.0.1.2"),
        ("10.0.0-1.0/31", "10.0.0.0-10.0.0.1,10.0.1.0-10.0.1.1"),
        ("10.0.0.*", "10.0.0.0-10.0.0.255"),
        ("10.0.0.250-", "10.0.0.250-10.0.0.255"),
        ("10.0.0.0/8", "10.0.0.0-10.255.255.255"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8::ff/112", "2001:db8::-2001:db8::ffff"),
        ("2001:db8::1-2001:db8::5", "2001:db8::1-2001:db8::5"),
        ("::1,,127.0.0.1,", "127.0.0.1,::1"),
        ("192.0.2.0/25 192.0.2.128/25 192.0.2.7", "192.0.2.0-192.0.2.255"),
    ] {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn every_mistake_is_named_with_its_place() {
    for (text, expected) in [
        ("", "no_targets 1"),
        (" , ", "no_targets 1"),
        ("192.0.2.1 -oN", "target_is_option 11"),
        ("10.0.0.1 - 10.0.0.9", "target_is_option 10"),
        ("192.0.2.1, web.example", "target_is_host_name 12"),
        ("localhost", "target_is_host_name 1"),
        ("http://192.0.2.1/", "target_is_url 1"),
        ("192.0.2.1:80", "target_has_port 1"),
        ("[::1]", "target_has_brackets 1"),
        ("fe80::1%eth0", "target_has_zone 1"),
        ("1.2.3.4.5", "target_not_an_address 1"),
        ("2001:db8:::1", "target_not_an_address 1"),
        ("00:11:22:33:44:55", "target_not_an_address 1"),
        ("127.1", "target_too_short 1"),
        ("10", "target_too_short 1"),
        ("10.0.0.1,5,9", "target_octet_list 10"),
        ("10.0.0.1,2-3", "target_octet_list 10"),
        ("10.0.1,2.5", "target_octet_list 1"),
        ("10.0.0.300", "target_octet_too_large 1"),
        ("10.0.0.99999999999999999999", "target_octet_too_large 1"),
        ("010.0.0.1", "target_leading_zero 1"),
        ("10.0.0.9-3", "target_range_reversed 1"),
        ("10.0.0.9-10.0.0.3", "target_range_reversed 1"),
        ("::9-::3", "target_range_reversed 1"),
        ("10.0.0.1-::1", "target_mixed_families 1"),
        ("10.0.0.0/33", "target_bad_prefix 1"),
        ("10.0.0.0/", "target_bad_prefix 1"),
        ("10.0.0.0/08", "target_bad_prefix 1"),
        ("::/129", "target_bad_prefix 1"),
        ("10.0.0.0/255.0.0.0", "target_netmask 1"),
        ("2001:db8::/64", "target_v6_too_large 1"),
        ("2001:db8::-2001:db8::1:0", "target_v6_too_large 1"),
        ("10.0.0.0/7", "targets_too_many 1"),
        ("10.0.0.0/8 10.2.0.0/16, 11.0.0.1 12.0.0.1", "targets_too_many 25"),
        ("10-11.*.*.1", "targets_too_many_ranges 1"),
        ("10.*.*.1 11.*.0.1", "targets_too_many_ranges 10"),
        ("10.0.0.1\n10.0.0.x", "target_is_host_name 1"),
    ] {
        assert_eq!(show(text), expected, "{text}");
    }
}

#[test]
fn a_mistake_reads_well() {
    let text = "192.0.2.1, 10.0.0.300, 192.0.2.3";
    let mistake = parse(text).expect_err("a number too large");
    assert_eq!(mistake.to_string(), "target `10.0.0.300` at column 12: an octet is 255 at most");
    assert_eq!(mistake.hint(), "octets go from 0 to 255");
    assert_eq!(mistake.point_at(text).to_string(), format!("{text}\n           ^^^^^^^^^^"));
    assert_eq!(parse("").map_err(|mistake| mistake.to_string()), Err("no targets are given".to_owned()));
    let hostile = parse("x\u{202e}\x1b[2J").expect_err("a host name");
    assert!(!hostile.to_string().contains(['\u{202e}', '\x1b']));
}

#[test]
fn the_largest_pattern_is_read() {
    assert_eq!(parse("10.*.*.1").map(|set| set.ranges().len()), Ok(65_536));
}

#[test]
fn exclusions_are_subtracted_exactly_and_may_be_large() {
    let targets =
        Targets::parse("192.0.2.0/24", "192.0.2.1 192.0.2.255,10.0.0.0/7 2001:db8::/32").expect("targets");
    assert_eq!(targets.addresses().to_string(), "192.0.2.0,192.0.2.2-192.0.2.254");
    assert_eq!(Targets::parse("192.0.2.1", "").expect("targets").addresses().count(), 1);
    assert_eq!(Targets::parse("192.0.2.1", "0.0.0.0/0"), Err(TargetsMistake::NothingLeft));
    let mistake = Targets::parse("192.0.2.1", "x").expect_err("a host name");
    assert_eq!(
        (mistake.code(), mistake.to_string().starts_with("exclusion: ")),
        ("target_is_host_name", true)
    );
    assert_eq!(Targets::parse("x", "").map_err(|mistake| mistake.code()), Err("target_is_host_name"));
}

proptest! {
    #[test]
    fn what_a_set_prints_is_read_as_the_set(
        ranges in prop::collection::vec((any::<u32>(), 0_u32..1000), 1..20),
        v6 in prop::collection::vec((any::<u128>(), 0_u128..65_536), 0..5),
    ) {
        let v4 = ranges.iter().filter_map(|&(first, length)| AddressRange::new(
            std::net::Ipv4Addr::from_bits(first).into(),
            std::net::Ipv4Addr::from_bits(first.saturating_add(length)).into(),
        ));
        let v6 = v6.iter().filter_map(|&(first, length)| AddressRange::new(
            Ipv6Addr::from_bits(first).into(), Ipv6Addr::from_bits(first.saturating_add(length)).into(),
        ));
        let set: AddressSet = v4.chain(v6).collect();
        prop_assume!(set.ranges().iter().all(|range| range.first().is_ipv4() || range.count() <= MAX_V6_ADDRESSES));
        prop_assert_eq!(parse(&set.to_string()), Ok(set));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-f.:,/*% \\n-]{0,60}|\\PC{0,40}") {
        if let Err(mistake) = parse(&text) {
            prop_assert!(text[mistake.place.offset..].starts_with(&mistake.place.piece));
            prop_assert!(!mistake.hint().is_empty());
        }
        let _ = parse_exclusions(&text);
    }
}
