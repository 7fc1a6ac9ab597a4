use proptest::prelude::*;

use super::*;

fn targets(line: &str) -> String {
    let command = RecordedCommand::read(line);
    match (&command.targets, &command.why_not) {
        (Some(targets), None) => targets.to_string(),
        (None, Some(reason)) => reason.code().to_owned(),
        other => panic!("targets or a reason, not {other:?}"),
    }
}

#[test]
fn targets_are_what_is_no_option_and_no_value() {
    for (line, expected) in [
        ("nmap 192.0.2.1", "192.0.2.1"),
        ("nmap -sS -T4 -p 1-100 -oX out.xml 192.0.2.0/30", "192.0.2.0-192.0.2.3"),
        ("nmap -p1-100 192.0.2.7 -v -oA base 192.0.2.9", "192.0.2.7,192.0.2.9"),
        ("nmap -T 4 -e eth0 -D 10.0.0.1,10.0.0.2 -S 10.0.0.3 -g 53 192.0.2.1", "192.0.2.1"),
        (
            "nmap --max-rtt-timeout 100ms --script=a,b --script-args x=1 --dns-servers 10.0.0.1 192.0.2.1",
            "192.0.2.1",
        ),
        ("nmap -n -- 192.0.2.1", "192.0.2.1"),
        ("nmap 192.0.2.1 192.0.2.1 192.0.2.1", "192.0.2.1"),
        ("nmap 10.0.0.1,5,7-8", "10.0.0.1,10.0.0.5,10.0.0.7-10.0.0.8"),
        ("nmap 10.0.0-1.0/31", "10.0.0.0-10.0.0.1,10.0.1.0-10.0.1.1"),
        ("nmap 010.0.0.*", "10.0.0.0-10.0.0.255"),
        ("nmap 10.0.0.0/8", "10.0.0.0-10.255.255.255"),
        ("nmap 192.0.2.1/33", "192.0.2.1"),
        ("nmap 192.0.2.0/24 --exclude 192.0.2.0,192.0.2.128/25", "192.0.2.1-192.0.2.127"),
        ("nmap -6 -n 2001:db8::/126 fe80::1%eth0", "2001:db8::-2001:db8::3,fe80::1"),
        ("nmap ::1 -6", "::1"),
        ("/usr/lib/nmap/nmap --privileged -sC -oN \"my file\" 192.0.2.1", "192.0.2.1"),
    ] {
        assert_eq!(targets(line), expected, "{line}");
    }
}

#[test]
fn what_does_not_tell_its_targets_covers_what_it_lists() {
    for (line, expected) in [
        ("nmap", "command_names_no_targets"),
        ("nmap -p 1-100 -oX out.xml", "command_names_no_targets"),
        ("nmap -iL list 192.0.2.1", "command_reads_target_file"),
        ("nmap -iLlist", "command_reads_target_file"),
        ("nmap -iR 100", "command_takes_random_targets"),
        ("nmap --excludef list 192.0.2.1", "command_reads_exclude_file"),
        ("nmap --resume out.xml", "command_resumes"),
        ("nmap localhost", "command_has_host_name"),
        ("nmap 192.0.2.1 web.example", "command_has_host_name"),
        ("nmap 192.0.2.0/24 --exclude gateway", "command_has_host_name"),
        ("nmap 192.0.2.1 --exclude 192.0.2.1,5", "command_has_host_name"),
        ("nmap 127.1", "command_has_host_name"),
        ("nmap 192.0.2.1-192.0.2.9", "command_has_host_name"),
        ("nmap 127.0.0.[1-4]", "command_has_host_name"),
        ("nmap -6 192.0.2.1", "command_has_host_name"),
        ("nmap ::1", "command_has_host_name"),
        ("nmap -PS 22 192.0.2.1", "command_has_host_name"),
        ("nmap -oA scan of 192.0.2.0/24", "command_has_host_name"),
        ("nmap --nonesuch 192.0.2.1", "command_has_unknown_option"),
        ("nmap --min-r 5 192.0.2.1", "command_has_unknown_option"),
        ("nmap -sQ 192.0.2.1", "command_has_unknown_option"),
        ("nmap 192.0.2.1 -p", "command_has_unknown_option"),
        ("nmap 10-11.*.*.1", "command_has_too_many_ranges"),
        ("nmap \"-p 22 192.0.2.1", "command_unreadable"),
    ] {
        assert_eq!(targets(line), expected, "{line}");
    }
}

#[test]
fn options_that_decide_about_evidence_are_known() {
    let read = |options: &str| RecordedCommand::read(&format!("nmap {options} 192.0.2.1"));
    for options in ["-Pn", "-P0", "-PN", "-PD", "-nPn", "-sS -Pn -PE"] {
        assert!(read(options).skips_discovery, "{options}");
    }
    assert!(!read("-PE -PS0").skips_discovery);
    for options in ["--open", "-ope", "--op", "-open"] {
        assert!(read(options).open_only, "{options}");
    }
    assert!(!read("-oN open").open_only);
    assert!(read("-sL").list_only && !read("-sS").list_only);
    assert!(read("-sn").ping_only && read("-sP").ping_only);
    assert!(read("-n").no_dns && read("-nsV").no_dns && !read("-R").no_dns);
    for options in ["-sV", "-sSV", "-A", "-sR", "-AT4"] {
        assert!(read(options).services_probed, "{options}");
    }
    assert!(!read("--version-light").services_probed);
    assert!(read("-O").os_detection && read("-A").os_detection && !read("-oO").os_detection);
    assert!(read("-sC").scripts && read("--script x").scripts && read("-A").scripts);
    assert!(!read("--script-args x").scripts && !read("-sV").scripts);
    assert!(read("--scanflags FIN").bends_probes && read("--badsum").bends_probes);
    assert!(read("--scanf=ACK").bends_probes && !read("-sS -f --mtu 16").bends_probes);
    for options in ["--nonesuch", "-sQ", "-iL x --nonesuch"] {
        assert!(read(options).has_unknown_option, "{options}");
    }
    assert!(!read("-sS -iL x").has_unknown_option);
    assert_eq!(read("-sU -sS -sSV").scan_types, "SU");
    assert_eq!(read("-sI 10.0.0.1 -b 10.0.0.1").scan_types, "Ib");
    assert_eq!(read("-sTUR").scan_types, "TU");
    assert_eq!(read("-sV -sn").scan_types, "");
}

#[test]
fn a_key_tells_how_hosts_were_looked_for() {
    let key = |options: &str| RecordedCommand::read(&format!("nmap {options} 192.0.2.1")).discovery_key;
    assert_eq!(key("-sS -T4 -n"), "");
    assert_eq!(key("-PS80,22 -PE"), "-PE -PS22,80");
    assert_eq!(key("-PI -PT22 --send-ip"), "-PE -PA22 --send-ip");
    assert_eq!(key("-PE -P0"), "-Pn");
    assert_eq!(key("-PSssh -PE"), "-PE -PSssh");
    assert_eq!(key("--disable-arp"), "--disable-arp-ping");
    assert_eq!((key("--unprivileged"), key("--unpriv -Pn")), ("--unprivileged".to_owned(), "-Pn".to_owned()));
    assert_eq!(key("--privileged"), "");
}

#[test]
fn reasons_quote_without_harm() {
    let command = RecordedCommand::read("nmap web\x1b[2J\u{202e}");
    let reason = command.why_not.expect("a host name");
    assert_eq!(reason.to_string(), "`web\\x1b[2J\\u{202e}` is a host name or no target");
    assert!(reason.hint().contains("--targets"));
}

proptest! {
    #[test]
    fn any_line_is_read(line in "(nmap )?[-a-zA-Z0-9 =,./*\"\\\\:%]{0,60}|\\PC{0,40}") {
        let command = RecordedCommand::read(&line);
        prop_assert_eq!(command.targets.is_none(), command.why_not.is_some());
    }
}
