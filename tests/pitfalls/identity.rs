//! Things that were taken for others, or for changed.

use portdelta_testkit::{NmapHost, NmapText};

use crate::office::{NOTHING, Office, compare, words};

fn host(seconds: i64, host: NmapHost) -> NmapText {
    NmapText::of("-sT -sU -sV -O -sC -p53 192.0.2.7").at(seconds).tcp("53").udp("53").host(host)
}

#[test]
fn tcp_and_udp_of_one_number_were_one_port() {
    let both = host(0, NmapHost::up("192.0.2.7").open(&[53]).port("udp", 53, "open", ""));
    let only_tcp = host(1_000, NmapHost::up("192.0.2.7").open(&[53]));
    let only_udp = host(1_000, NmapHost::up("192.0.2.7").port("udp", 53, "open", ""));
    let report = compare(&both, &only_tcp);
    assert_eq!(words(&report.deltas), ["192.0.2.7 53/udp port-closed"]);
    assert_eq!(report.unchanged.ports, 1);
    assert_eq!(words(&compare(&both, &only_udp).deltas), ["192.0.2.7 53/tcp port-closed"]);
    let swapped = compare(&only_tcp.at(0), &only_udp);
    assert_eq!(words(&swapped.deltas), ["192.0.2.7 53/udp port-opened", "192.0.2.7 53/tcp port-closed"]);
}

#[test]
fn a_host_that_gained_a_name_was_removed_and_added() {
    let plain = host(0, NmapHost::up("192.0.2.7").open(&[53]));
    let named = host(1_000, NmapHost::up("192.0.2.7").name("ns.example.org").open(&[53]));
    let renamed = host(2_000, NmapHost::up("192.0.2.7").name("dns.example.org").open(&[53]));
    assert_eq!(words(&compare(&plain, &named).deltas), NOTHING);
    assert_eq!(words(&compare(&named, &renamed).deltas), ["192.0.2.7 hostname-changed"]);
    // No name at all in the whole result: the name server did not answer.
    assert_eq!(words(&compare(&named, &plain.clone().at(2_000)).deltas), NOTHING);
    let other = NmapHost::up("192.0.2.8").name("www.example.org").open(&[53]);
    let nameless = plain.at(2_000).host(other);
    assert_eq!(words(&compare(&named, &nameless).deltas), ["192.0.2.7 hostname-changed"]);
}

#[tokio::test]
async fn a_name_that_came_back_was_a_change_each_time() {
    let office = Office::new();
    let named = |seconds, name: &str| host(seconds, NmapHost::up("192.0.2.7").name(name).open(&[53]));
    assert_eq!(office.scan(&named(0, "a.example.org")).await, NOTHING);
    assert_eq!(office.scan(&named(1_000, "b.example.org")).await, ["192.0.2.7 hostname-changed"]);
    assert_eq!(office.scan(&named(2_000, "a.example.org")).await, NOTHING);
    assert_eq!(office.scan(&named(3_000, "b.example.org")).await, NOTHING);
    assert_eq!(office.scan(&named(4_000, "c.example.org")).await, ["192.0.2.7 hostname-changed"]);
}

#[test]
fn clocks_uptimes_and_round_trips_were_changes() {
    let volatile = |seconds: i64, ttl: u8, port: &str| {
        let clock = 1_999_000_000 + seconds;
        let dated = format!(
            "<script id=\"ssl-date\" output=\"2033-04-{:02}T10:00:00+00:00; +{ttl}s from scanner time.\"/>\
             <script id=\"http-title\" output=\"Welcome, it is 2033-04-{:02} 10:0{}:00\"/>",
            ttl % 28 + 1,
            ttl % 28 + 1,
            ttl % 10
        );
        let inner =
            format!("<service name=\"domain\" product=\"Bind\" method=\"probed\" conf=\"10\"/>{dated}");
        let tail = format!(
            "<uptime seconds=\"{clock}\" lastboot=\"day {ttl}\"/><distance value=\"{}\"/>\
             <tcpsequence index=\"{ttl}\" difficulty=\"Good luck!\" values=\"{clock:X}\"/>\
             <hostscript><script id=\"smb2-time\" output=\"date: {clock}\"/>\
             <script id=\"clock-skew\" output=\"mean: {ttl}s\"/></hostscript>\
             <times srtt=\"{}\" rttvar=\"{ttl}\" to=\"100000\"/>",
            ttl % 5,
            u32::from(ttl) * 100
        );
        host(
            seconds,
            NmapHost::up("192.0.2.7")
                .port("tcp", 53, "open", &inner)
                .tail(&tail)
                .because(if port == "echo" { "echo-reply" } else { "arp-response" }),
        )
    };
    let report = compare(&volatile(0, 63, "echo"), &volatile(86_400, 118, "arp"));
    assert_eq!(words(&report.deltas), NOTHING, "{:#?}", report.deltas);
    assert_eq!((report.unchanged.hosts, report.unchanged.ports), (1, 1));
}

#[test]
fn noise_of_service_detection_was_a_change() {
    let with =
        |seconds, service: &str| host(seconds, NmapHost::up("192.0.2.7").port("tcp", 53, "open", service));
    let known =
        with(0, "<service name=\"domain\" product=\"Bind\" version=\"9.18\" method=\"probed\" conf=\"10\"/>");
    for noise in [
        "",
        "<service name=\"domain\" method=\"table\" conf=\"3\"/>",
        "<service name=\"tcpwrapped\" method=\"probed\" conf=\"8\"/>",
        "<service name=\"unknown\" method=\"probed\" conf=\"10\"/>",
        "<service name=\"domain\" method=\"probed\" conf=\"10\"/>",
        "<service name=\"http\" product=\"x\" method=\"probed\" conf=\"5\"/>",
    ] {
        assert_eq!(words(&compare(&known, &with(1_000, noise)).deltas), NOTHING, "{noise}");
    }
}

#[test]
fn plain_text_ordered_addresses() {
    let addresses = ["2001:db8::10", "192.0.2.100", "192.0.2.9", "2001:db8::9", "10.0.0.1", "192.0.2.10"];
    let scan = |seconds, open: &[u16]| {
        let scan = NmapText::of("-sT -p22 192.0.2.0/24").at(seconds).tcp("22");
        addresses.iter().fold(scan, |scan, address| scan.host(NmapHost::up(address).open(open)))
    };
    let report = compare(&scan(0, &[]), &scan(1_000, &[22]));
    let order: Vec<_> = report.deltas.iter().map(|delta| delta.address.to_string()).collect();
    let numeric = ["10.0.0.1", "192.0.2.9", "192.0.2.10", "192.0.2.100", "2001:db8::9", "2001:db8::10"];
    assert_eq!(order, numeric);
}

#[tokio::test]
async fn the_list_of_hosts_was_ordered_as_text() {
    let office = Office::new();
    let scan = NmapText::of("-sT -p22 192.0.2.0/24").tcp("22");
    let addresses = ["192.0.2.100", "192.0.2.9", "2001:db8::1", "9.0.0.1", "192.0.2.10", "10.0.0.1"];
    let scan = addresses.iter().fold(scan, |scan, address| scan.host(NmapHost::up(address).open(&[22])));
    office.scan(&scan).await;
    let order: Vec<_> = office.hosts().await.iter().map(|host| host.replace(" 22/tcp", "")).collect();
    assert_eq!(order, ["9.0.0.1", "10.0.0.1", "192.0.2.9", "192.0.2.10", "192.0.2.100", "2001:db8::1"]);
}

#[test]
fn one_host_listed_under_two_names_was_two_hosts() {
    let once = host(0, NmapHost::up("192.0.2.7").name("a.example.org").name("b.example.org").open(&[53]));
    let twice = host(1_000, NmapHost::up("192.0.2.7").name("a.example.org").open(&[53]));
    let twice = twice.host(NmapHost::up("192.0.2.7").name("b.example.org").open(&[53]));
    for (old, new) in [(&once, &twice), (&twice, &once)] {
        let report = compare(old, new);
        assert_eq!(words(&report.deltas), NOTHING);
        assert_eq!(report.unchanged.hosts, 1);
    }
}
