//! Files that broke a reader.

use portdelta_core::observation::{PortStatus, Status};
use portdelta_testkit::{NmapHost, NmapText};

use crate::office::{NOTHING, compare, documents, words};

const HINT: &str = "<hosthint><status state=\"up\" reason=\"unknown-response\" reason_ttl=\"0\"/>\
    <address addr=\"192.0.2.99\" addrtype=\"ipv4\"/><hostnames></hostnames></hosthint>";

fn scan(seconds: i64, between: &str) -> NmapText {
    let host = |last: u8| NmapHost::up(&format!("192.0.2.{last}")).open(&[22]).after(between);
    NmapText::of("-sT -p22-23 192.0.2.1-2").at(seconds).tcp("22-23").host(host(1)).host(host(2))
}

#[test]
fn a_hint_between_hosts_broke_the_reader_or_was_a_host() {
    let (plain, hinted) = (scan(0, ""), scan(1_000, HINT));
    assert_eq!(documents(&hinted.text())[0].hosts.len(), 2);
    for (old, new) in [(&plain, &hinted), (&hinted, &plain)] {
        let report = compare(old, new);
        assert_eq!(words(&report.deltas), NOTHING);
        assert_eq!((report.unchanged.hosts, report.unchanged.ports), (2, 2));
    }
}

/// Elements that may stand between hosts, all of them.
const BETWEEN: [&str; 9] = [
    "<verbose level=\"1\"/>",
    "<debugging level=\"0\"/>",
    "<target specification=\"192.0.2.300\" status=\"skipped\" reason=\"invalid\"/>",
    "<taskbegin task=\"Connect Scan\" time=\"1999000001\"/>",
    "<taskprogress task=\"Connect Scan\" time=\"1999000002\" percent=\"50.0\" remaining=\"3\" etc=\"1999000005\"/>",
    "<taskend task=\"Connect Scan\" time=\"1999000003\" extrainfo=\"2 total ports\"/>",
    "<output type=\"interactive\">Discovered open port 22/tcp on 192.0.2.1 &lt;host&gt;</output>",
    "<prescript><script id=\"broadcast-ping\" output=\"&#xa;IP: 192.0.2.50\"><table key=\"hosts\">\
     <elem key=\"address\">192.0.2.50</elem></table></script></prescript>",
    "<postscript><script id=\"reverse-index\" output=\"22/tcp: 192.0.2.1\"/></postscript>",
];

#[test]
fn an_element_of_the_dtd_in_an_unusual_place_broke_the_reader() {
    let plain = scan(0, "");
    let expected = &documents(&plain.text())[0].hosts;
    for element in BETWEEN {
        assert_eq!(&documents(&scan(0, element).text())[0].hosts, expected, "{element}");
    }
    assert_eq!(&documents(&scan(0, &BETWEEN.concat()).text())[0].hosts, expected);
    let mut turned = BETWEEN;
    turned.reverse();
    assert_eq!(&documents(&scan(0, &turned.concat()).text())[0].hosts, expected);
}

#[test]
fn the_parts_of_a_host_in_another_order_were_lost() {
    let parts = [
        "<status state=\"up\" reason=\"syn-ack\" reason_ttl=\"64\"/>",
        "<address addr=\"192.0.2.1\" addrtype=\"ipv4\"/>",
        "<address addr=\"02:00:00:00:00:01\" addrtype=\"mac\" vendor=\"Example\"/>",
        "<hostnames><hostname name=\"a.example.org\" type=\"PTR\"/></hostnames>",
        "<smurf responses=\"2\"/>",
        "<ports><extraports state=\"closed\" count=\"1\"><extrareasons reason=\"conn-refused\" count=\"1\"/></extraports>\
         <port protocol=\"tcp\" portid=\"22\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"0\"/>\
         <owner name=\"root\"/><service name=\"ssh\" method=\"probed\" conf=\"10\"><cpe>cpe:/a:example:ssh</cpe></service>\
         <script id=\"ssh-hostkey\" output=\"2048 ab:cd\"><table><elem key=\"bits\">2048</elem></table></script></port></ports>",
        "<os><portused state=\"open\" proto=\"tcp\" portid=\"22\"/><osmatch name=\"Linux 5\" accuracy=\"95\" line=\"1\">\
         <osclass type=\"general purpose\" vendor=\"Linux\" osfamily=\"Linux\" osgen=\"5.X\" accuracy=\"95\"/></osmatch>\
         <osfingerprint fingerprint=\"SCAN(V=7.95)\"/></os>",
        "<distance value=\"1\"/>",
        "<uptime seconds=\"10\" lastboot=\"today\"/>",
        "<tcpsequence index=\"260\" difficulty=\"Good luck!\" values=\"1,2\"/>",
        "<ipidsequence class=\"All zeros\" values=\"0,0\"/>",
        "<tcptssequence class=\"1000HZ\" values=\"1,2\"/>",
        "<hostscript><script id=\"nbstat\" output=\"name\"/></hostscript>",
        "<trace port=\"22\" proto=\"tcp\"><hop ttl=\"1\" rtt=\"0.1\" ipaddr=\"192.0.2.250\"/></trace>",
        "<times srtt=\"100\" rttvar=\"10\" to=\"100000\"/>",
    ];
    let document = |parts: &[&str]| {
        format!(
            "<nmaprun scanner=\"nmap\" args=\"nmap -A -p22-23 192.0.2.1\" start=\"1999000000\">\
             <scaninfo type=\"connect\" protocol=\"tcp\" numservices=\"2\" services=\"22-23\"/>\
             <host endtime=\"1999000005\">{}</host><runstats><finished time=\"1999000010\" exit=\"success\"/>\
             <hosts up=\"1\" down=\"0\" total=\"1\"/></runstats></nmaprun>",
            parts.concat()
        )
    };
    let usual = documents(&document(&parts));
    let host = &usual[0].hosts[0];
    assert_eq!((host.status, host.mac), (Status::Up, Some([2, 0, 0, 0, 0, 1])));
    assert_eq!(
        (host.ports.len(), host.ports[0].status, host.ports[0].scripts.len()),
        (1, PortStatus::Open, 1)
    );
    assert_eq!((host.names.len(), host.scripts.len()), (1, 1));
    assert!(host.os.as_ref().is_some_and(|os| os.len() == 1));
    let mut turned = parts;
    for _ in 0..parts.len() {
        turned.rotate_left(1);
        assert_eq!(documents(&document(&turned)), usual);
    }
    turned.reverse();
    assert_eq!(documents(&document(&turned)), usual);
}
