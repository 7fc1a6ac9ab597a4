//! `portdelta diff`: the shape of its JSON, its exit codes, its order.

use std::collections::BTreeSet;

use portdelta_testkit::{NmapHost, NmapText};
use serde_json::{Value, json};

use crate::support::{Program, office, write};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn with_office() -> Program {
    let program = Program::new();
    let (old, new) = office();
    write(program.home(), "old.xml", old.bytes());
    write(program.home(), "new.xml", new.bytes());
    program
}

#[test]
fn the_document_has_the_agreed_shape() {
    let run = with_office().line("diff --format json old.xml new.xml").code(1);
    assert_eq!(run.err, "");
    let report = run.json();
    let expected = ["old", "new", "deltas", "counts", "unchanged", "not_comparable", "warnings"];
    assert_eq!(keys(&report), BTreeSet::from(expected));
    assert_eq!(report["old"]["file"], "old.xml");
    assert_eq!(report["new"]["tool"], "nmap");
    assert_eq!(
        report["counts"],
        json!({"host-gone": 1, "host-new": 1, "mac-changed": 1, "port-closed": 2, "port-opened": 3,
            "service-changed": 1})
    );
    assert_eq!(report["unchanged"], json!({"hosts": 0, "ports": 1}));
    assert_eq!(report["not_comparable"], json!({"hosts": 0, "ports": 0}));
    assert_eq!(report["warnings"], json!([]));
}

#[test]
fn changes_are_in_the_order_of_numbers_and_say_their_cause() {
    let run = with_office().line("diff --format json old.xml new.xml").code(1);
    assert_eq!(
        run.deltas(),
        [
            "mac-changed 192.0.2.2",
            "service-changed 192.0.2.2 22/tcp",
            "host-gone 192.0.2.3",
            "port-closed 192.0.2.3 80/tcp host",
            "port-closed 192.0.2.3 443/tcp host",
            "host-new 192.0.2.4",
            "port-opened 192.0.2.4 22/tcp host",
            "port-opened 192.0.2.4 443/tcp host",
            "port-opened 192.0.2.100 443/tcp port",
        ]
    );
}

#[test]
fn fields_that_do_not_apply_are_absent() {
    let report = with_office().line("diff --format json old.xml new.xml").json();
    let of = |kind: &str| -> &Value {
        let deltas = report["deltas"].as_array().expect("a list");
        deltas.iter().find(|delta| delta["kind"] == kind).expect("it is there")
    };
    let host = BTreeSet::from(["kind", "address", "before", "after", "why"]);
    assert_eq!(keys(of("host-gone")), host);
    assert_eq!(keys(of("mac-changed")), host);
    let service = BTreeSet::from(["kind", "address", "protocol", "port", "before", "after", "why"]);
    assert_eq!(keys(of("service-changed")), service);
    assert_eq!(
        of("service-changed")["before"],
        json!({"name": "ssh", "product": "OpenSSH", "version": "9.2"})
    );
    let mut port = service;
    port.insert("cause");
    assert_eq!(keys(of("port-opened")), port);
    let scripted = |output: &str| {
        let script = format!("<script id=\"http-title\" output=\"{output}\"/>");
        NmapText::of("-sV --script http-title -p80 192.0.2.9")
            .tcp("80")
            .host(NmapHost::up("192.0.2.9").port("tcp", 80, "open", &script))
    };
    let program = Program::new();
    write(program.home(), "old.xml", scripted("Welcome").bytes());
    write(program.home(), "new.xml", scripted("Closed").at(60).bytes());
    let run = program.line("diff --format json old.xml new.xml").code(1);
    assert_eq!(run.deltas(), ["script-changed 192.0.2.9 80/tcp http-title"]);
}

#[test]
fn nothing_changed_is_zero_and_an_error_is_two() {
    let program = with_office();
    let run = program.line("diff --format json old.xml old.xml").code(0);
    assert_eq!(run.json()["deltas"], json!([]));
    assert_eq!(run.json()["counts"], json!({}));
    assert_eq!(run.json()["unchanged"], json!({"hosts": 3, "ports": 4}), "the same bytes are no repeat here");
    program.line("diff old.xml missing.xml").refused("could not open missing.xml");
    write(program.home(), "empty.xml", "");
    program.line("diff old.xml empty.xml").refused("empty.xml: ");
    write(program.home(), "page.html", "<html><body>Sign in to continue</body></html>");
    program.line("diff page.html new.xml").refused("page.html: ");
    program.line("diff old.xml").code(2);
}

#[test]
fn what_only_one_file_looked_at_is_not_comparable() {
    let program = Program::new();
    let scan = |ports: &str, open: &[u16]| {
        let host = NmapHost::up("192.0.2.9").open(open);
        NmapText::of(&format!("-p{ports} 192.0.2.9")).tcp(ports).host(host)
    };
    write(program.home(), "old.xml", scan("22", &[22]).bytes());
    write(program.home(), "new.xml", scan("22,80", &[22, 80]).at(60).bytes());
    let run = program.line("diff --format json old.xml new.xml").code(0);
    assert_eq!(run.json()["not_comparable"], json!({"hosts": 0, "ports": 1}));
    // The other way round, 80 was not looked at any more: it did not close.
    let run = program.line("diff --format json new.xml old.xml").code(0);
    assert_eq!(run.deltas(), [""; 0]);
    assert_eq!(run.json()["warnings"][0]["code"], "times_disagree", "{run:?}");
}

#[test]
fn ports_and_targets_are_taken_where_the_files_name_none() {
    let program = Program::new();
    write(program.home(), "old.csv", "address,port,protocol\n192.0.2.9,22,tcp\n192.0.2.10,22,tcp\n");
    write(program.home(), "new.csv", "address,port,protocol\n192.0.2.10,22,tcp\n192.0.2.10,80,tcp\n");
    let run = program.line("diff --format json old.csv new.csv").code(0);
    assert_eq!(run.json()["not_comparable"]["ports"], 1, "{run:?}");
    let run = program.line("diff --format json old.csv new.csv --ports 22,80 --targets 192.0.2.8/29");
    assert!(run.deltas().contains(&"port-opened 192.0.2.10 80/tcp port".to_owned()), "{run:?}");
    program.line("diff old.csv new.csv --ports top:10").refused("top:N");
    program.line("diff old.csv new.csv --ports 22,x").refused("");
    program.line("diff old.csv new.csv --targets 192.0.2.0/33").refused("");
}

#[test]
fn every_format_says_the_same() {
    let program = with_office();
    let csv = program.line("diff --format csv old.xml new.xml").code(1);
    assert_eq!(csv.out.lines().count(), 10, "a heading and nine changes: {csv:?}");
    assert!(csv.out.starts_with("time,address,kind,protocol,port,"), "{csv:?}");
    let one = program.line("diff --format jsonl old.xml new.xml").code(1).lines();
    assert_eq!(one, [program.line("diff --format json old.xml new.xml").json()]);
    let table = program.line("diff old.xml new.xml").code(1);
    assert!(table.out.contains("9 changes"), "{table:?}");
}

#[test]
fn a_scanner_that_only_answers_itself_has_lost_its_cable() {
    let program = Program::new();
    let scan = |day: i64| NmapText::of("-p22 192.0.2.0/29").tcp("22").at(day * 86_400).of_total(8);
    let own = || NmapHost::up("192.0.2.6").because("localhost-response");
    let before =
        scan(0).host(NmapHost::up("192.0.2.1").open(&[22])).host(NmapHost::up("192.0.2.2")).host(own());
    write(program.home(), "old.xml", before.bytes());
    write(program.home(), "new.xml", scan(1).host(own()).bytes());
    let run = program.line("diff --format json old.xml new.xml").code(0);
    assert_eq!(run.json()["warnings"][0]["code"], "blackout", "{run:?}");
    // One that answers besides is enough to believe that the others are gone.
    let after = scan(1).host(NmapHost::up("192.0.2.2")).host(own());
    write(program.home(), "new.xml", after.bytes());
    let run = program.line("diff --format json old.xml new.xml").code(1);
    assert_eq!(run.deltas(), ["host-gone 192.0.2.1", "port-closed 192.0.2.1 22/tcp host"]);
}
