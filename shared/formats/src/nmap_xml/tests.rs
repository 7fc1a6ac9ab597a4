use portdelta_core::UnixTime;
use portdelta_core::observation::{
    Document, HostCounts, HostRecord, PortStatus, Reason, ScanType, Status, Tool,
};

use crate::collect::{collect, collect_bytes, listed};
use crate::{ReadOptions, Reading, Refusal, ResultLimits};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n<!-- Nmap 7.93 -->\n\
    <nmaprun scanner=\"nmap\" args=\"nmap -&#45;open &quot;a b&quot;\" start=\"1700000000\" version=\"7.93\">\n\
    <scaninfo type=\"syn\" protocol=\"tcp\" numservices=\"3\" services=\"22,80-81\"/>\n<verbose level=\"0\"/>\n";
const STATS: &str = "<runstats><finished time=\"1700000060\" elapsed=\"60\" exit=\"success\"/>\
    <hosts up=\"1\" down=\"2\" total=\"3\"/></runstats>\n";
const END: &str = "</nmaprun>\n";

fn host(address: &str, ports: &str) -> String {
    format!(
        "<host endtime=\"1700000050\"><status state=\"up\" reason=\"syn-ack\" reason_ttl=\"0\"/>\n\
         <address addr=\"{address}\" addrtype=\"ipv4\"/>\n<ports>{ports}</ports>\n</host>\n"
    )
}

const PORT_22: &str =
    "<port protocol=\"tcp\" portid=\"22\"><state state=\"open\" reason=\"syn-ack\"/></port>\n";
const PORT_80: &str =
    "<port protocol=\"tcp\" portid=\"80\"><state state=\"open\" reason=\"syn-ack\"/></port>\n";

fn read_host(inside: &str) -> (HostRecord, Reading) {
    let file = format!("{HEAD}<host><address addr=\"192.0.2.1\"/>{inside}</host>{STATS}{END}");
    let (reading, documents) = collect_bytes(file.as_bytes());
    let [document] = &documents[..] else { panic!("one document") };
    let [host] = &document.hosts[..] else { panic!("one host: {reading:?}") };
    (host.clone(), reading)
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

fn completeness(documents: &[Document]) -> Vec<bool> {
    documents.iter().map(|document| document.summary.complete).collect()
}

#[test]
fn a_document_is_read_from_head_to_end() {
    let file = format!("{HEAD}{}{STATS}{END}", host("192.0.2.1", PORT_22));
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert!(reading.complete && reading.warnings.is_empty(), "{reading:?}");
    let Document { scanner, hosts, summary } = &documents[0];
    assert_eq!((scanner.tool, scanner.version.as_deref()), (Tool::Nmap, Some("7.93")));
    assert_eq!(scanner.args.as_deref(), Some("nmap --open \"a b\""));
    assert_eq!(scanner.start.map(UnixTime::seconds), Some(1_700_000_000));
    assert_eq!(scanner.scan_infos[0].scan_type, ScanType::Syn);
    assert_eq!(scanner.scan_infos[0].services.to_string(), "T:22,80-81");
    assert_eq!((hosts[0].status, hosts[0].reason), (Status::Up, Reason::SynAck));
    assert_eq!(hosts[0].end.map(UnixTime::seconds), Some(1_700_000_050));
    assert_eq!(summary.end.map(UnixTime::seconds), Some(1_700_000_060));
    assert_eq!(summary.hosts, Some(HostCounts { up: 1, down: 2, total: 3 }));
    assert_eq!(listed(&documents), ["192.0.2.1 22/tcp open"]);
}

#[test]
fn a_host_is_read_in_any_order() {
    let (host, reading) = read_host(
        "<times srtt=\"1\" rttvar=\"2\" to=\"3\"/><ports><port protocol=\"tcp\" portid=\"443\">\
         <script id=\"http-title\" output=\"Title &amp; more\"><elem key=\"title\">&lt;/script></elem></script>\
         <service name=\"http\" product=\"nginx\" version=\"1.2\" extrainfo=\"x\" tunnel=\"ssl\" method=\"probed\" \
         conf=\"10\"><cpe>cpe:/a:x</cpe></service><owner name=\"root\"/><state state=\"open\" reason=\"syn-ack\"/>\
         </port><extraports state=\"filtered\" count=\"2\"><extrareasons reason=\"no-response\" count=\"2\" \
         proto=\"tcp\" ports=\"22,80\"/></extraports></ports><trace><hop ttl=\"1\" ipaddr=\"192.0.2.9\"/></trace>\
         <hostnames><hostname name=\"Web.Example.\" type=\"PTR\"/><hostname name=\"given\" type=\"user\"/>\
         <hostname name=\"old.example\"/></hostnames><address addr=\"00:11:22:AA:BB:CC\" addrtype=\"mac\"/>\
         <status state=\"up\" reason=\"user-set\"/><hostscript><script id=\"nbstat\" output=\"BOX\"/></hostscript>\
         <os><portused state=\"open\" proto=\"tcp\" portid=\"1\"/><osmatch name=\"Linux\" accuracy=\"95\" line=\"1\">\
         <osclass osfamily=\"Linux\" osgen=\"5.X\" accuracy=\"95\"><cpe>x</cpe></osclass></osmatch></os>",
    );
    assert!(reading.complete && reading.warnings.is_empty(), "{reading:?}");
    assert_eq!(host.names, ["web.example", "old.example"]);
    assert_eq!(host.aliases, ["given"]);
    assert_eq!(host.mac, Some([0, 0x11, 0x22, 0xaa, 0xbb, 0xcc]));
    assert_eq!((host.status, host.reason), (Status::Up, Reason::UserSet));
    let port = &host.ports[0];
    assert_eq!((port.status, &port.scripts[0].id[..]), (PortStatus::Open, "http-title"));
    assert_eq!(port.scripts[0].excerpt, "Title & more");
    let service = port.service.as_ref().expect("a service");
    assert_eq!((&service.name[..], &service.tunnel[..], service.probed), ("http", "ssl", true));
    assert_eq!((&service.product[..], &service.version[..], &service.extra_info[..]), ("nginx", "1.2", "x"));
    assert_eq!(host.scripts[0].id, "nbstat");
    assert_eq!(host.extra[0].reasons[0].ports, None, "the only group is all that is not listed");
    let os = &host.os.as_ref().expect("a section")[0];
    assert_eq!((os.accuracy, &os.classes[..]), (95, &[("Linux".into(), "5.X".into())][..]));
}

#[test]
fn lists_behind_reasons_are_read_where_a_group_does_not_close() {
    let groups = |second: &str| {
        read_host(&format!(
            "<ports><extraports state=\"closed\" count=\"2\"><extrareasons reason=\"reset\" count=\"2\" proto=\"tcp\" \
             ports=\"22,80\"/></extraports><extraports state=\"{second}\" count=\"1\"><extrareasons \
             reason=\"no-response\" count=\"1\" proto=\"tcp\" ports=\"81\"/></extraports></ports>"
        ))
    };
    let lists = |second| -> Vec<Option<String>> {
        let extra = groups(second).0.extra;
        extra.iter().map(|extra| extra.reasons[0].ports.as_ref().map(ToString::to_string)).collect()
    };
    assert_eq!(lists("filtered"), [None, None]);
    assert_eq!(lists("open|filtered"), [Some("T:22,80".to_owned()), Some("T:81".to_owned())]);
}

#[test]
fn old_classes_stand_beside_their_matches() {
    let (host, _) = read_host(
        "<os><osclass osfamily=\"Linux\" osgen=\"2.6.X\" accuracy=\"100\"/><osclass osfamily=\"BSD\" accuracy=\"90\"/>\
         <osmatch name=\"Linux 2.6\" accuracy=\"100\"/></os>",
    );
    let matches: Vec<_> =
        host.os.expect("a section").into_iter().map(|one| (one.accuracy, one.classes)).collect();
    let class = |family: &str, generation: &str| vec![(family.into(), generation.into())];
    assert_eq!(matches, [(100, class("Linux", "2.6.X")), (90, class("BSD", ""))]);
}

#[test]
fn a_resumed_scan_writes_on_behind_its_end() {
    let file =
        format!("{HEAD}{}{STATS}{END}{}{STATS}{END}", host("192.0.2.1", PORT_22), host("192.0.2.2", PORT_80));
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert_eq!((completeness(&documents), documents[0].hosts.len()), (vec![true], 2));
    assert!(reading.complete);
    let unfinished = file.rsplit_once(STATS).expect("has it").0;
    assert_eq!(completeness(&collect_bytes(unfinished.as_bytes()).1), [false]);
}

#[test]
fn appended_documents_are_their_own() {
    let one = format!("{HEAD}{}{STATS}{END}", host("192.0.2.1", PORT_22));
    let (reading, documents) = collect_bytes(one.repeat(3).as_bytes());
    assert_eq!((reading.documents, completeness(&documents)), (3, vec![true; 3]));
}

#[test]
fn what_was_cut_does_not_hide_what_was_appended() {
    let one = format!("{HEAD}{}{}{STATS}{END}", host("192.0.2.1", PORT_22), host("192.0.2.2", PORT_80));
    let hosts_begin = one.find("<host ").expect("has one");
    for cut in hosts_begin..one.len() - END.len() {
        let (_, documents) = collect_bytes(format!("{}{one}", &one[..cut]).as_bytes());
        assert_eq!(completeness(&documents), [false, true], "cut at {cut}: {:?}", &one[cut - 20..cut]);
        assert_eq!(documents[1].hosts.len(), 2, "cut at {cut}");
    }
}

#[test]
fn a_refused_command_line_is_a_document_of_nothing() {
    let file = "<?xml version=\"1.0\"?>\n<nmaprun scanner=\"nmap\" args=\"nmap x\" start=\"1700000000\" version=\"7.93\">\n\
                <runstats><finished time=\"1700000001\" exit=\"error\" errormsg=\"Unknown &lt;x>\"/>\
                <hosts up=\"0\" down=\"0\" total=\"0\"/></runstats></nmaprun>";
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert_eq!(completeness(&documents), [false]);
    assert_eq!(documents[0].summary.error.as_deref(), Some("Unknown <x>"));
    assert_eq!(codes(&reading), ["scanner_failed"]);
}

#[test]
fn hints_progress_and_screens_are_no_hosts() {
    let hint = "<hosthint><status state=\"up\"/><address addr=\"192.0.2.9\"/><hostnames/></hosthint>\n\
                <taskprogress task=\"x\" time=\"1\" percent=\"1\"/><target specification=\"x\" status=\"skipped\"/>\
                <prescript><script id=\"x\" output=\"y\"><host/></script></prescript>\
                <output type=\"interactive\">Nmap &amp; more <host></host></output>";
    let file = format!("{HEAD}{hint}{}{hint}{STATS}{hint}{END}", host("192.0.2.1", PORT_22));
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert!(reading.complete && reading.warnings.is_empty(), "{reading:?}");
    assert_eq!(documents[0].hosts.len(), 1);
}

#[test]
fn masscan_writes_a_host_for_each_port() {
    let file = "<?xml version=\"1.0\"?>\r\n<!-- masscan v1.0 scan -->\r\n\
                <nmaprun scanner=\"masscan\" start=\"1700000000\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\r\n\
                <scaninfo type=\"syn\" protocol=\"tcp\" />\r\n\
                <host endtime=\"1700000001\"><address addr=\"192.0.2.1\" addrtype=\"ipv4\"/><ports><port protocol=\"icmp\" \
                portid=\"0\"><state state=\"open\" reason=\"none\"/></port></ports></host>\r\n\
                <host endtime=\"1700000002\"><address addr=\"192.0.2.1\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" \
                portid=\"80\"><state state=\"open\" reason=\"response\"/><service name=\"title\" banner=\"x\"></service>\
                </port></ports></host>\r\n<runstats>\r\n<finished time=\"1700000003\"/>\r\n\
                <hosts up=\"2\" down=\"0\" total=\"2\" />\r\n</runstats>\r\n</nmaprun>\r\n";
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert!(reading.complete && reading.warnings.is_empty(), "{reading:?}");
    assert_eq!(documents[0].scanner.tool, Tool::Masscan);
    assert_eq!(listed(&documents), ["192.0.2.1 1/ip open", "192.0.2.1 80/tcp open"]);
    assert_eq!(documents[0].hosts[1].ports[0].service, None);
}

#[test]
fn entities_of_a_document_type_are_left_as_they_stand() {
    let file = format!("{HEAD}{}{STATS}{END}", host("192.0.2.1", "")).replace(
        "<!DOCTYPE nmaprun>",
        "<!DOCTYPE nmaprun [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY y \"&x;&x;\">]>",
    );
    let file = file.replace("version=\"7.93\"", "version=\"&y;\"");
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert_eq!(documents[0].scanner.version.as_deref(), Some("&y;"));
    assert_eq!(codes(&reading), ["unknown_entity"]);
}

#[test]
fn hosts_without_an_address_are_counted_apart() {
    let file =
        format!("{HEAD}<host/><host><status state=\"up\"/></host>{}{STATS}{END}", host("10.1", PORT_22));
    let (reading, documents) = collect_bytes(file.as_bytes());
    assert!(documents[0].hosts.is_empty());
    assert_eq!(codes(&reading), ["no_address", "bad_address"]);
}

#[test]
fn text_is_valid_and_bounded() {
    let service = |product: &[u8]| {
        let port = [
            b"<port protocol='tcp' portid='1'><state state='open'/><service name='x' product=\"",
            product,
            b"\"/></port>",
        ]
        .concat();
        let body = [
            HEAD.as_bytes(),
            b"<host><address addr='192.0.2.1'/>",
            &port,
            b"</host>",
            STATS.as_bytes(),
            END.as_bytes(),
        ]
        .concat();
        let (reading, documents) = collect_bytes(&body);
        assert!(reading.complete);
        let service = documents[0].hosts[0].ports[0].service.clone().expect("a service");
        (service.product.to_string(), reading.warnings.len())
    };
    assert_eq!(service(b"Gr\xc3\xbc\xc3\x9fe \xc2\x9b"), ("Grüße \u{9b}".to_owned(), 0));
    assert_eq!(service(b"a\xffb"), ("a\u{fffd}b".to_owned(), 1));
    assert_eq!(service(b"a\0b&#0;&#x1b;"), ("a\u{fffd}b\u{fffd}\u{fffd}".to_owned(), 1));
    assert_eq!(service(&[b'x'; 3_000]), ("x".repeat(512), 1));
    assert_eq!(service(&vec![b'x'; 3 << 20]), ("x".repeat(512), 1), "too long for the window");
}

#[test]
fn long_comments_are_passed_over_and_long_tags_are_refused() {
    let limits = ResultLimits {
        max_tag_bytes: 4_096,
        max_attribute_bytes: 100,
        read_buffer_bytes: 1_024,
        ..ResultLimits::default()
    };
    let read = |inside: &str| {
        let file = format!("{HEAD}{inside}{}{STATS}{END}", host("192.0.2.1", PORT_22));
        collect(file.as_bytes(), &ReadOptions::default(), &limits).map(|file| listed(&file.documents))
    };
    let long = "x <host> ".repeat(5_000);
    for inside in [
        format!("<!--{long}-->"),
        format!("<?x {long}?>"),
        format!("<![CDATA[{long}]]>"),
        long.replace('<', "["),
    ] {
        assert_eq!(read(&inside).expect("is passed over"), ["192.0.2.1 22/tcp open"]);
    }
    assert_eq!(
        read(&format!("<x y=\"{}\"/>", long.replace('<', ""))).expect("is cut"),
        ["192.0.2.1 22/tcp open"]
    );
    let many: String = " a=\"\"".repeat(2_000);
    assert!(matches!(read(&format!("<x{many}/>")), Err(Refusal::TagTooLarge { limit: 4_096 })));
    let deep = "<ports>".repeat(100);
    assert!(matches!(read(&format!("<host>{deep}")), Err(Refusal::TooDeep { limit: 64 })));
    assert!(read(&"<unknown>".repeat(10_000)).is_ok(), "what is not known is passed over at any depth");
}

#[test]
fn too_many_of_anything_is_refused() {
    let file = format!("{HEAD}{}{}{STATS}{END}", host("192.0.2.1", PORT_22), host("192.0.2.2", "")).repeat(2);
    let read = |limits| {
        collect(file.as_bytes(), &ReadOptions::default(), &limits)
            .map(|_| ())
            .map_err(|refusal| refusal.code())
    };
    let limits = ResultLimits::default;
    assert_eq!(read(limits()), Ok(()));
    assert_eq!(read(ResultLimits { max_documents: 1, ..limits() }), Err("too_many_documents"));
    assert_eq!(read(ResultLimits { max_hosts: 3, ..limits() }), Err("too_many_hosts"));
    assert_eq!(read(ResultLimits { max_ports_per_host: 0, ..limits() }), Err("too_many_ports"));
    assert_eq!(read(ResultLimits { max_bytes: 100, ..limits() }), Err("too_large"));
    let args =
        collect(file.as_bytes(), &ReadOptions::default(), &ResultLimits { max_args_bytes: 9, ..limits() });
    assert_eq!(
        args.expect("is read").documents[0].scanner.args,
        None,
        "half a command would name other targets"
    );
}
