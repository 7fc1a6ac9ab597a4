//! Whatever a file is cut to, mixed with or read by: whole hosts or a refusal, and always the same.

use std::io::{self, Read, Write};
use std::net::IpAddr;

use portdelta_core::Port;
use portdelta_core::observation::{Document, HostRecord, PortStatus, Status};
use portdelta_formats::{CollectedFile, Format, ReadOptions, Refusal, ResultLimits, collect, summarise};
use proptest::prelude::*;

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n<!-- Nmap 7.93 -->\n\
    <nmaprun scanner=\"nmap\" args=\"nmap -sV 192.0.2.0/30\" start=\"1700000000\" version=\"7.93\">\n\
    <scaninfo type=\"syn\" protocol=\"tcp\" numservices=\"2\" services=\"22,80\"/>\n\
    <hosthint><status state=\"up\"/><address addr=\"192.0.2.1\"/></hosthint>\n\
    <host endtime=\"1700000050\"><status state=\"up\" reason=\"arp-response\"/><address addr=\"192.0.2.1\"/>\n\
    <hostnames><hostname name=\"grün.example\" type=\"PTR\"/></hostnames>\n\
    <ports><extraports state=\"closed\" count=\"1\"><extrareasons reason=\"reset\" count=\"1\" ports=\"80\"/></extraports>\n\
    <port protocol=\"tcp\" portid=\"22\"><state state='open' reason=\"syn-ack\"/><service name=\"ssh\" product=\"a&amp;b\"/>\
    <script id=\"x\" output=\"y\"><table key=\"k\"><elem>z</elem></table></script></port></ports></host>\n\
    <host><status state=\"down\" reason=\"no-response\"/><address addr=\"2001:db8::1\" addrtype=\"ipv6\"/></host>\n\
    <runstats><finished time=\"1700000060\" exit=\"success\"/><hosts up=\"1\" down=\"1\" total=\"2\"/></runstats>\n</nmaprun>\n";

const GREPABLE: &str = "# Nmap 7.93 scan initiated Sat Nov 21 04:18:32 2026 as: nmap -v -oG x 192.0.2.0/30\n\
    # Ports scanned: TCP(2;22,80) UDP(0;) SCTP(0;) PROTOCOLS(0;)\n\
    Host: 192.0.2.1 (grün.example)\tStatus: Up\n\
    Host: 192.0.2.1 (grün.example)\tPorts: 22/open/tcp//ssh//a, b/, 80/open/tcp//http///\tIgnored State: closed (0)\n\
    Host: 192.0.2.10 ()\tStatus: Down\n\
    # Nmap done at Sat Nov 21 04:18:36 2026 -- 4 IP addresses (1 host up) scanned in 4.11 seconds\n";

const MASSCAN_JSON: &str = "[\n{ \"ip\": \"192.0.2.1\", \"timestamp\": \"1700000000\", \"ports\": [ {\"port\": 80, \
    \"proto\": \"tcp\", \"status\": \"open\"} ] }\n,\n{ \"ip\": \"192.0.2.10\", \"timestamp\": \"1700000000\", \
    \"ports\": [ {\"port\": 443, \"proto\": \"tcp\", \"service\": {\"banner\": \"{\\\"\"}} ] }\n]\n";

/// One file of each kind.
const FILES: [(Format, &str); 9] = [
    (Format::NmapXml, XML),
    (Format::NmapGrepable, GREPABLE),
    (Format::MasscanJson, MASSCAN_JSON),
    (
        Format::MasscanNdjson,
        "{\"ip\":\"192.0.2.1\",\"timestamp\":\"1700000000\",\"port\":80,\"proto\":\"tcp\",\"rec_type\":\"status\",\
         \"data\":{\"status\":\"open\"}}\n{\"ip\":\"192.0.2.10\",\"port\":81,\"proto\":\"udp\",\"rec_type\":\"banner\"}\n",
    ),
    (
        Format::MasscanList,
        "#masscan\nopen tcp 80 192.0.2.1 1700000000\nclosed udp 53 192.0.2.10 1700000001\n# end\n",
    ),
    (
        Format::MasscanStdout,
        "Discovered open port 80/tcp on 192.0.2.1\nDiscovered open port 53/udp on 192.0.2.10   \n",
    ),
    (Format::NaabuJson, "{\"ip\":\"192.0.2.1\",\"port\":80}\n{\"host\":\"192.0.2.10\",\"port\":\"8080\"}\n"),
    (Format::Rustscan, "\u{1b}[1mOpen 192.0.2.1:80\u{1b}[0m\nOpen 192.0.2.10:8080\n192.0.2.1 -> [80,8080]\n"),
    (Format::Plain, "address,port,protocol\n192.0.2.1,80,tcp\n192.0.2.10,8080,udp,1700000000\n"),
];

fn read(input: impl Read, format: Format, buffer: usize) -> Result<CollectedFile, Refusal> {
    let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
    let limits = ResultLimits { read_buffer_bytes: buffer, ..ResultLimits::default() };
    collect(input, &options, &limits)
}

fn hosts(documents: &[Document]) -> Vec<&HostRecord> {
    documents.iter().flat_map(|document| &document.hosts).collect()
}

/// What a record says but for the time, which a plain line may have or not.
fn listed(host: &HostRecord) -> (IpAddr, Status, Vec<(Port, PortStatus)>) {
    (host.address, host.status, host.ports.iter().map(|port| (port.port, port.status)).collect())
}

/// Gives so many bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn every_kind_is_told_and_complete() {
    for (format, text) in FILES {
        let summary =
            summarise(text.as_bytes(), &ReadOptions::default(), &ResultLimits::default()).expect("is read");
        assert_eq!(summary.format, format.name());
        assert!(summary.complete && summary.warnings.is_empty(), "{summary:?}");
        assert_eq!(summary.hosts.listed, 2, "{summary:?}");
    }
}

#[test]
fn a_cut_file_gives_no_host_that_the_whole_one_does_not_give() {
    for (format, text) in FILES {
        let whole = read(text.as_bytes(), format, 1 << 16).expect("is read");
        for end in 0..text.len() {
            let Ok(part) = read(&text.as_bytes()[..end], format, 1 << 16) else { continue };
            let (part_hosts, whole_hosts) = (hosts(&part.documents), hosts(&whole.documents));
            assert!(part_hosts.len() <= whole_hosts.len());
            for (part, whole) in part_hosts.iter().zip(&whole_hosts) {
                assert_eq!(listed(part), listed(whole), "{} cut at {end}", format.name());
            }
            let is_whole = part_hosts.len() == whole_hosts.len();
            // Lines of plain formats are whole in themselves, and their files have no end.
            let has_end = matches!(
                format,
                Format::NmapXml | Format::NmapGrepable | Format::MasscanJson | Format::MasscanList
            );
            assert!(is_whole || !has_end || !part.reading.complete, "{} cut at {end}", format.name());
        }
    }
}

#[test]
fn how_the_bytes_come_does_not_matter() {
    for (format, text) in FILES {
        let whole = read(text.as_bytes(), format, 1 << 16).expect("is read");
        for (chunk, buffer) in [(1, 16), (1, 1 << 16), (7, 16), (usize::MAX, 16), (usize::MAX, 100)] {
            let slow = read(Slow(text.as_bytes(), chunk), format, buffer).expect("is read");
            assert_eq!(slow.documents, whole.documents, "{} by {chunk} in {buffer}", format.name());
            assert_eq!(slow.reading, whole.reading, "{} by {chunk} in {buffer}", format.name());
        }
    }
}

#[test]
fn what_a_warning_shows_does_not_depend_on_how_the_bytes_come() {
    for ruin in ["<!\0\0\0\0<?xml version=\"1.0\" en!\0\0\0\0", "<nmaprun><?x<host><!y</nmaprun>", "<!<!<!"] {
        let whole = read(ruin.as_bytes(), Format::NmapXml, 1 << 16).expect("is read");
        for chunk in 1..ruin.len() {
            let slow = read(Slow(ruin.as_bytes(), chunk), Format::NmapXml, 16).expect("is read");
            assert_eq!(slow.reading, whole.reading, "{ruin:?} by {chunk}");
        }
    }
}

#[test]
fn packing_and_encoding_do_not_matter() {
    for (format, text) in FILES {
        let whole = read(text.as_bytes(), format, 1 << 16).expect("is read").documents;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).expect("memory takes all");
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        for packed in [
            gzip.finish().expect("memory takes all"),
            zstd::encode_all(text.as_bytes(), 1).expect("memory takes all"),
            [b"\xff\xfe".to_vec(), utf16(u16::to_le_bytes)].concat(),
            [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            text.replace('\n', "\r\n").into_bytes(),
        ] {
            let read =
                collect(&packed[..], &ReadOptions::default(), &ResultLimits::default()).expect("is read");
            assert_eq!(read.reading.format, format);
            assert_eq!(hosts(&read.documents), hosts(&whole), "{}", format.name());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0..FILES.len()) {
        let _ = collect(&bytes[..], &ReadOptions::default(), &ResultLimits::default());
        let _ = read(&bytes[..], FILES[kind].0, 16);
    }

    #[test]
    fn ruins_are_read_the_same_however_they_come(
        kind in 0..FILES.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
        noise in prop::collection::vec(any::<u8>(), 0..6),
        chunk in 1_usize..40,
    ) {
        // Pieces of the file in any order, with noise between them.
        let (format, text) = FILES[kind];
        let mut ruin = Vec::new();
        for (start, end) in cuts {
            let (start, end) = (start.index(text.len()), end.index(text.len()));
            ruin.extend_from_slice(&text.as_bytes()[start.min(end)..start.max(end)]);
            ruin.extend_from_slice(&noise);
        }
        let at_once = read(&ruin[..], format, 1 << 16);
        let in_pieces = read(Slow(&ruin, chunk), format, 16);
        match (at_once, in_pieces) {
            (Ok(a), Ok(b)) => {
                prop_assert_eq!(a.documents, b.documents);
                prop_assert_eq!(a.reading, b.reading);
            }
            (Err(a), Err(b)) => prop_assert_eq!(a.code(), b.code()),
            (a, b) => prop_assert!(false, "{a:?} {b:?}"),
        }
    }
}
