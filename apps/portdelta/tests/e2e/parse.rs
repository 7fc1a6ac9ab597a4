//! `portdelta parse`: counts of several files, and refusals in their place.

use std::collections::BTreeSet;

use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::{Program, office, write};

#[test]
fn a_file_has_the_agreed_fields() {
    let program = Program::new();
    write(program.home(), "old.xml", office().0.bytes());
    let run = program.line("parse --format jsonl old.xml").code(0);
    assert_eq!(
        run.lines(),
        [json!({
            "file": "old.xml", "format": "nmap-xml", "tool": "nmap", "tool_version": "7.95", "complete": true,
            "hosts": {"listed": 9, "up": 3, "down": 6}, "ports": {"open": 4}, "warnings": [],
        })]
    );
}

#[test]
fn all_files_are_tried_and_refusals_stand_in_their_place() {
    let program = Program::new();
    let home = program.home();
    let whole = office().0.text();
    write(home, "whole.xml", &whole);
    write(home, "cut.xml", &whole[..whole.len() - 90]);
    write(home, "empty.xml", "");
    write(home, "report.nmap", NMAP_NORMAL);
    write(home, "scan.nessus", NESSUS);
    write(home, "bomb.xml", BOMB);
    write(home, "list.txt", "192.0.2.7,22,tcp\n192.0.2.7,80,tcp\n");
    let files =
        ["missing.xml", "whole.xml", "empty.xml", "report.nmap", "scan.nessus", "bomb.xml", "cut.xml", "."];
    let run =
        program.run(["parse", "--format", "jsonl"].into_iter().chain(files).chain(["list.txt"])).code(2);
    let lines = run.lines();
    let names: Vec<_> =
        lines.iter().map(|line| line["file"].as_str().expect("each names its file")).collect();
    assert_eq!(names[..8], files);
    for (line, code) in lines.iter().zip([
        Some("unreadable"),
        None,
        Some("empty_file"),
        Some("unsupported_format"),
        Some("unsupported_format"),
        None,
        None,
        Some("unreadable"),
        None,
    ]) {
        let Some(code) = code else {
            assert!(line.get("error").is_none() && line["format"].is_string(), "{line}");
            continue;
        };
        assert_eq!(keys(line), BTreeSet::from(["file", "error"]));
        let error = &line["error"];
        assert_eq!(keys(error), BTreeSet::from(["code", "message", "hint"]));
        assert_eq!(error["code"], code, "{line}");
        let sentence = |field: &str| error[field].as_str().is_some_and(|text| text.len() > 10);
        assert!(sentence("message") && sentence("hint"), "{line}");
    }
    assert_eq!(lines[6]["complete"], false, "a file that was cut is no complete one");
    assert_eq!(lines[8]["format"], "plain");
    assert_eq!(lines[8]["ports"], json!({"open": 2}));
    assert_eq!(run.err, "", "programs get it all on standard output");
}

#[test]
fn other_formats_of_known_tools_are_told_apart() {
    let program = Program::new();
    for (name, content) in [("normal.nmap", NMAP_NORMAL), ("scan.nessus", NESSUS)] {
        write(program.home(), name, content);
        let run = program.run(["parse", "--format", "jsonl", name]).code(2);
        assert_eq!(run.lines()[0]["error"]["code"], "unsupported_format", "{name}: {run:?}");
        program.run(["parse", name]).refused(name);
    }
}

#[test]
fn what_is_no_scan_is_said_to_be_none() {
    let program = Program::new();
    for (name, content) in [
        ("page.html", "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"),
        ("notes.txt", "remember the milk\n"),
        ("noise.bin", "\u{1}\u{2}\u{0}\u{7}MZ\u{0}\u{0}"),
    ] {
        write(program.home(), name, content);
        let run = program.run(["parse", "--format", "jsonl", name]).code(2);
        assert_eq!(run.lines()[0]["error"]["code"], "not_a_scan", "{name}: {run:?}");
    }
}

#[test]
fn packed_files_and_standard_input_are_read() {
    let program = Program::new();
    let text = office().1.text();
    write(program.home(), "new.xml.zst", zstd(text.as_bytes()));
    let run = program.line("parse --format jsonl new.xml.zst").code(0);
    assert_eq!(run.lines()[0]["hosts"], json!({"listed": 9, "up": 3, "down": 6}));
    let path = write(program.home(), "new.xml", &text);
    let mut command = program.command(["parse", "--format", "jsonl", "-"]);
    let file = std::fs::File::open(path).expect("it was just written");
    let run = crate::support::Run::of(command.stdin(file)).code(0);
    assert_eq!(run.lines()[0]["hosts"]["up"], 3);
    assert_eq!(run.lines()[0]["file"], "-");
}

#[test]
fn addresses_and_ports_are_counted_once() {
    let program = Program::new();
    let scan = NmapText::of("-p22,23 192.0.2.1").tcp("22,23");
    let twice = scan
        .host(NmapHost::up("192.0.2.1").open(&[22]).port("tcp", 23, "filtered", ""))
        .host(NmapHost::up("192.0.2.1").open(&[22]));
    write(program.home(), "twice.xml", twice.bytes());
    let lines = program.line("parse --format jsonl twice.xml").code(0).lines();
    assert_eq!(lines[0]["hosts"], json!({"listed": 1, "up": 1, "down": 0}));
    assert_eq!(lines[0]["ports"], json!({"open": 1, "filtered": 1}));
}

#[test]
fn people_get_refusals_beside_the_table() {
    let program = Program::new();
    write(program.home(), "old.xml", office().0.bytes());
    let run = program.line("parse missing.xml old.xml").code(2);
    assert!(run.out.contains("old.xml") && !run.out.contains("missing"), "{run:?}");
    assert!(run.err.contains("missing.xml") && run.err.contains("hint: "), "{run:?}");
    let run = program.line("parse --format csv missing.xml old.xml").code(2);
    assert_eq!(run.out.lines().count(), 2, "{run:?}");
    program.line("parse --input-format nothing old.xml").code(2);
    let cut = office().0.cut().text();
    write(program.home(), "cut.xml", cut);
    let run = program.line("parse cut.xml").code(0);
    assert!(run.err.starts_with("warning: cut.xml: "), "a table has no room for sentences: {run:?}");
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("memory can be packed")
}

const NMAP_NORMAL: &str = "\
# Nmap 7.95 scan initiated Mon Jan  5 02:00:00 2026 as: nmap -oN normal.nmap 192.0.2.1
Nmap scan report for 192.0.2.1
Host is up (0.0010s latency).

PORT   STATE SERVICE
22/tcp open  ssh

# Nmap done at Mon Jan  5 02:00:01 2026 -- 1 IP address (1 host up) scanned in 1.00 seconds
";

const NESSUS: &str = "<?xml version=\"1.0\" ?>\n<NessusClientData_v2>\n<Report name=\"office\">\n\
    <ReportHost name=\"192.0.2.1\"></ReportHost>\n</Report>\n</NessusClientData_v2>\n";

const BOMB: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun [\n<!ENTITY a \"aaaaaaaaaa\">\n\
    <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\n<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\n]>\n\
    <nmaprun scanner=\"nmap\" args=\"&c;\" start=\"1\" version=\"7.95\"></nmaprun>\n";
