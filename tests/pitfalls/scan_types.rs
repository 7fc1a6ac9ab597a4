//! Ports that were closed by scans which cannot tell: ack, window, fin and their like give host status only.

use portdelta_app::diff::{DiffReport, DiffRequest, diff};
use portdelta_core::ids::ResultId;
use portdelta_core::{Port, PortSet, Protocol};
use portdelta_testkit::{NmapHost, NmapText};

use crate::office::{NOTHING, Office, Told, compare, documents, words};

/// (option, `scaninfo/@type`, protocol): what opens and closes nothing.
const BLIND: [(&str, &str, &str); 9] = [
    ("-sA", "ack", "tcp"),
    ("-sW", "window", "tcp"),
    ("-sM", "maimon", "tcp"),
    ("-sF", "fin", "tcp"),
    ("-sN", "null", "tcp"),
    ("-sX", "xmas", "tcp"),
    ("-sI 192.0.2.9", "idle", "tcp"),
    ("-b 192.0.2.9", "bounce", "tcp"),
    ("-sZ", "sctpcookieecho", "sctp"),
];

/// What these types call a port that is open.
const WORDS: [&str; 4] = ["closed", "filtered", "unfiltered", "open|filtered"];

/// 8001 of both protocols and 53/udp are open.
fn before() -> NmapText {
    let scan =
        NmapText::of("-sS -sU -sY -pT:8001,U:53,S:8001 192.0.2.7").probed("syn", "tcp", "8001").udp("53");
    let host = NmapHost::up("192.0.2.7").port("sctp", 8001, "open", "").port("udp", 53, "open", "");
    scan.probed("sctpinit", "sctp", "8001").host(host.open(&[8001]))
}

fn compare_texts(old: &str, new: &str, ports: Option<PortSet>) -> DiffReport {
    let (old, new) = (documents(old), documents(new));
    diff(DiffRequest { old: (old, ResultId([1; 32])), new: (new, ResultId([2; 32])), targets: None, ports })
}

#[test]
fn a_scan_that_cannot_tell_closed_what_it_listed() {
    for (option, scan_type, protocol) in BLIND {
        for word in WORDS {
            let scan = NmapText::of(&format!("{option} -p8001 192.0.2.7")).at(1_000);
            let host = NmapHost::up("192.0.2.7").port(protocol, 8001, word, "");
            let alone = scan.probed(scan_type, protocol, "8001").host(host.clone());
            assert_eq!(words(&compare(&before(), &alone).deltas), NOTHING, "{option}: {word}");
            // A UDP scan beside it closes UDP ports, and nothing else.
            let scan = NmapText::of(&format!("{option} -sU -p8001,U:53 192.0.2.7")).at(1_000).udp("53");
            let both = scan.probed(scan_type, protocol, "8001").host(host.port("udp", 53, "closed", ""));
            let report = compare(&before(), &both);
            assert_eq!(words(&report.deltas), ["192.0.2.7 53/udp port-closed"], "{option} -sU: {word}");
            assert_eq!(report.unchanged.ports, 0, "nothing is said about {protocol}");
        }
    }
}

#[test]
fn a_scan_that_cannot_tell_closed_what_it_counted() {
    for (option, scan_type, protocol) in BLIND {
        for word in WORDS {
            let scan = NmapText::of(&format!("{option} -sU -p8001-8040,U:53 192.0.2.7")).at(1_000).udp("53");
            let host = NmapHost::up("192.0.2.7").port("udp", 53, "open", "").counted(word, 40);
            let report = compare(&before(), &scan.probed(scan_type, protocol, "8001-8040").host(host));
            assert_eq!(words(&report.deltas), NOTHING, "{option} -sU: {word}");
            assert_eq!(report.unchanged.ports, 1, "53/udp is covered");
        }
    }
}

#[test]
fn a_scan_that_cannot_tell_closed_what_a_grepable_file_listed() {
    let old = before().text();
    for (option, _, protocol) in BLIND {
        for word in WORDS {
            for (verbose, others) in [(false, ""), (true, ""), (false, " -sU"), (true, " -sU")] {
                let udp = if others.is_empty() { "" } else { ", 53/closed/udp//domain///" };
                let scanned = match (verbose, protocol, others) {
                    (false, _, _) => "",
                    (true, "tcp", "") => "# Ports scanned: TCP(1;8001) UDP(0;) SCTP(0;) PROTOCOLS(0;)\n",
                    (true, "tcp", _) => "# Ports scanned: TCP(1;8001) UDP(1;53) SCTP(0;) PROTOCOLS(0;)\n",
                    (true, _, "") => "# Ports scanned: TCP(0;) UDP(0;) SCTP(1;8001) PROTOCOLS(0;)\n",
                    (true, _, _) => "# Ports scanned: TCP(0;) UDP(1;53) SCTP(1;8001) PROTOCOLS(0;)\n",
                };
                let new = format!(
                    "# Nmap 7.93 scan initiated Tue May 17 03:33:20 2033 as: nmap {option}{others} -p8001,U:53 \
                     -oG x 192.0.2.7\n{scanned}\
                     Host: 192.0.2.7 ()\tStatus: Up\n\
                     Host: 192.0.2.7 ()\tPorts: 8001/{word}/{protocol}/////{udp}\n\
                     # Nmap done at Tue May 17 03:33:30 2033 -- 1 IP address (1 host up) scanned in 9.99 seconds\n"
                );
                let mut ports: Vec<Port> = vec![port(protocol, 8001)];
                let mut expected = Vec::new();
                if !others.is_empty() {
                    ports.push(Port::udp(53));
                    expected.push("192.0.2.7 53/udp port-closed");
                }
                for ports in [None, Some(ports.into_iter().collect())] {
                    let report = compare_texts(&old, &new, ports);
                    assert_eq!(words(&report.deltas), expected, "{new}");
                }
            }
        }
    }
}

#[test]
fn ports_of_a_protocol_that_was_not_scanned_were_closed_because_somebody_named_them() {
    let old = NmapText::of("-sS -sU -p22,U:53 192.0.2.7")
        .udp("53")
        .probed("syn", "tcp", "22")
        .host(NmapHost::up("192.0.2.7").port("tcp", 22, "open", "syn-ack").port(
            "udp",
            53,
            "open",
            "udp-response",
        ))
        .text();
    for (types, closed) in [
        ("-sS ", &["192.0.2.7 22/tcp port-closed"][..]),
        ("", &["192.0.2.7 22/tcp port-closed"]),
        ("-sU ", &["192.0.2.7 53/udp port-closed"]),
        ("-sS -sU ", &["192.0.2.7 22/tcp port-closed", "192.0.2.7 53/udp port-closed"]),
    ] {
        let new = format!(
            "# Nmap 7.93 scan initiated Tue May 17 03:33:20 2033 as: nmap {types}-p22,U:53 -oG x 192.0.2.7\n\
             Host: 192.0.2.7 ()\tStatus: Up\n\
             # Nmap done at Tue May 17 03:33:30 2033 -- 1 IP address (1 host up) scanned in 9.99 seconds\n"
        );
        let named = [port("tcp", 22), Port::udp(53)].into_iter().collect();
        assert_eq!(words(&compare_texts(&old, &new, Some(named)).deltas), closed, "{types}");
    }
}

fn port(protocol: &str, number: u16) -> Port {
    Port { protocol: Protocol::from_name(protocol).expect("a protocol"), number }
}

#[test]
fn two_types_of_one_protocol_are_not_believed() {
    let scan = NmapText::of("-sY -sZ -p8001 192.0.2.7").at(1_000).probed("sctpinit", "sctp", "8001");
    let scan = scan.probed("sctpcookieecho", "sctp", "8001");
    // nmap counts and lists the port once.
    let host = NmapHost::up("192.0.2.7").port("sctp", 8001, "filtered", "").counted("filtered", 0);
    assert_eq!(words(&compare(&before(), &scan.host(host)).deltas), NOTHING);
}

#[tokio::test]
async fn lines_without_their_header_closed_what_another_scan_had_found() {
    // Nobody knows by which scan they were found; `open` is the same word in all that matter.
    let office = Office::new();
    office.scan(&before()).await;
    let lines = "Host: 192.0.2.7 ()\tPorts: 8001/filtered/tcp/////, 8002/open/tcp/////\n";
    let told = Told { seconds: 1_000, ..Told::default() };
    assert_eq!(office.take(lines.into(), told).await, NOTHING);
    assert_eq!(office.hosts().await, ["192.0.2.7 8001/tcp,8002/tcp,53/udp,8001/sctp"]);
}

#[test]
fn options_that_bend_the_probes_closed_what_is_open() {
    for (option, word) in [
        ("--scanflags FIN", "filtered"),
        ("--scanflags ACK", "closed"),
        ("--badsum", "filtered"),
        ("--an-option-of-tomorrow", "closed"),
    ] {
        let command = format!("-sS {option} -p8001-8040,9000 192.0.2.7");
        let scan = NmapText::of(&command).at(1_000).probed("syn", "tcp", "8001-8040,9000");
        let host = NmapHost::up("192.0.2.7").open(&[9_000]);
        let listed = scan.clone().host(host.clone().port("tcp", 8001, word, "").counted(word, 39));
        assert_eq!(words(&compare(&before(), &listed).deltas), NOTHING, "{option}");
        let counted = scan.host(host.counted(word, 40));
        assert_eq!(words(&compare(&before(), &counted).deltas), NOTHING, "{option}");
    }
}

#[tokio::test]
async fn a_host_without_open_ports_went_and_came_with_every_other_port_list() {
    let office = Office::new();
    let scan = |seconds: i64, port: u16, word: &str| {
        let text = NmapText::of(&format!("-sS -Pn -p{port} 192.0.2.7")).at(seconds);
        let host = NmapHost::up("192.0.2.7").because("user-set").port("tcp", port, word, "");
        text.probed("syn", "tcp", &port.to_string()).host(host)
    };
    for seconds in [0, 2_000, 4_000] {
        assert_eq!(office.scan(&scan(seconds, 22, "closed")).await, NOTHING, "a reset: it is there");
        assert_eq!(
            office.scan(&scan(seconds + 1_000, 80, "filtered")).await,
            NOTHING,
            "nobody asked port 22"
        );
    }
    assert_eq!(office.scan(&scan(6_000, 22, "filtered")).await, ["192.0.2.7 host-gone"]);
    assert_eq!(office.scan(&scan(7_000, 22, "closed")).await, ["192.0.2.7 host-back"]);
}

#[tokio::test]
async fn an_agent_without_raw_packets_took_down_what_another_had_seen() {
    let office = Office::new();
    let scan = |seconds: i64, option: &str, host: NmapHost| {
        let text = NmapText::of(&format!("-sT {option} -v -p22 192.0.2.7")).at(seconds).tcp("22");
        text.host(host)
    };
    let up = NmapHost::up("192.0.2.7").because("arp-response").open(&[22]);
    assert_eq!(office.scan(&scan(0, "", up)).await, NOTHING);
    // Without them nmap only tries to connect to ports 80 and 443.
    let down = || NmapHost::down("192.0.2.7");
    assert_eq!(office.scan(&scan(1_000, "--unprivileged", down())).await, NOTHING);
    assert_eq!(
        office.scan(&scan(2_000, "", down())).await,
        ["192.0.2.7 host-gone", "192.0.2.7 22/tcp port-closed with its host"]
    );
}
