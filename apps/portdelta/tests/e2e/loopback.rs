//! Real nmap, real listeners on addresses of 127.0.0.0/8: every test has addresses of its own.

use serde_json::json;

use crate::support::{Listener, Program, Run, closed_port, is_root, skip};

const NOTHING: [&str; 0] = [];

#[test]
fn a_port_opens_closes_and_opens_again() {
    let host = "127.41.1.1";
    let program = Program::new();
    let (constant, port) = (Listener::on(host), closed_port(host));
    let ports = format!("{},{port}", constant.port());
    let scan = || program.scan(&[host], &ports, &[]).code(0);
    let first = scan();
    assert_eq!(first.deltas(), NOTHING, "nothing looked there before");
    assert_eq!(first.json()["first_looks"], json!({"hosts": 1, "ports": 1}));
    let listener = Listener::at(host, port);
    let second = scan();
    assert_eq!(second.deltas(), [format!("port-opened {host} {port}/tcp port")]);
    assert_eq!(second.json()["unchanged"]["ports"], 1);
    assert_eq!(scan().deltas(), NOTHING);
    drop(listener);
    let third = scan();
    assert_eq!(third.deltas(), [format!("port-closed {host} {port}/tcp port")]);
    assert_eq!(third.json()["deltas"][0]["after"]["state"], "closed");
    let listener = Listener::at(host, port);
    assert_eq!(scan().deltas(), [format!("port-reopened {host} {port}/tcp port")]);
    drop(listener);
    drop(constant);
}

#[test]
fn several_hosts_are_told_apart_and_in_order() {
    let hosts = ["127.41.2.9", "127.41.2.10", "127.41.2.100"];
    let program = Program::new();
    let ports: Vec<u16> = hosts.map(closed_port).into();
    let all = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    let scan = || program.scan(&hosts, &all, &[]).code(0);
    scan();
    let listeners: Vec<_> =
        hosts.into_iter().zip(&ports).map(|(host, port)| Listener::at(host, *port)).collect();
    let expected: Vec<_> =
        hosts.iter().zip(&ports).map(|(host, port)| format!("port-opened {host} {port}/tcp port")).collect();
    assert_eq!(scan().deltas(), expected);
    drop(listeners);
    // Two of three, given as a range with a hole: the third is not looked at.
    let run = program.scan(&["127.41.2.9-100"], &all, &["--exclude", "127.41.2.11-100"]).code(0);
    let closed: Vec<_> = expected[..2].iter().map(|delta| delta.replace("opened", "closed")).collect();
    assert_eq!(run.deltas(), closed);
}

#[test]
fn a_narrower_scan_closes_nothing() {
    let host = "127.41.3.1";
    let program = Program::new();
    let listeners = [Listener::on(host), Listener::on(host), Listener::on(host)];
    let ports = listeners.each_ref().map(|listener| listener.port().to_string());
    let wide = || program.scan(&[host], &ports.join(","), &[]).code(0);
    wide();
    assert_eq!(program.scan(&[host], &ports[1], &[]).code(0).deltas(), NOTHING);
    let hosts = program.line("hosts --format json").code(0).json();
    assert_eq!(hosts[0]["ports"].as_array().map(Vec::len), Some(3), "{hosts}");
    assert_eq!(wide().deltas(), NOTHING);
    // Looking for hosts only looks at no port.
    assert_eq!(program.scan(&[host], &ports[1], &["--options=-sn -n"]).code(0).deltas(), NOTHING);
    drop(listeners);
    let run = program.scan(&[host], &ports[1], &[]).code(0);
    assert_eq!(run.deltas(), [format!("port-closed {host} {}/tcp port", ports[1])]);
    assert_eq!(wide().deltas().len(), 2, "now that all are looked at");
}

#[test]
fn udp_ports_open_and_close() {
    if !is_root() {
        return skip("UDP scans need root");
    }
    let host = "127.41.4.1";
    let program = Program::new();
    let listener = Listener::udp(host);
    let port = listener.port();
    let scan = || {
        // Silence is no evidence: only answers open, only refusals close.
        program.scan(&[host], &format!("U:{port}"), &["--options=-n -sU -T5"]).code(0)
    };
    assert_eq!(scan().json()["first_looks"]["ports"], 1);
    assert_eq!(scan().deltas(), NOTHING);
    drop(listener);
    assert_eq!(scan().deltas(), [format!("port-closed {host} {port}/udp port")]);
}

#[test]
fn tcp_and_udp_of_one_number_are_two_ports() {
    if !is_root() {
        return skip("UDP scans need root");
    }
    let host = "127.41.5.1";
    let program = Program::new();
    let udp = Listener::udp(host);
    let port = udp.port();
    let scan = || {
        let options = "--options=-n -sS -sU -T5 --max-retries 1";
        program.scan(&[host], &format!("T:{port},U:{port}"), &[options]).code(0)
    };
    scan();
    let tcp = Listener::at(host, port);
    assert_eq!(scan().deltas(), [format!("port-opened {host} {port}/tcp port")]);
    drop(tcp);
}

#[test]
fn both_address_families_are_scanned_in_one_run() {
    let (v4, v6) = ("127.41.6.1", "::1");
    if std::net::TcpListener::bind((v6, 0)).is_err() {
        return skip("this machine has no ::1");
    }
    let program = Program::new();
    let (old, new) = (Listener::on(v6), closed_port(v6));
    let ports = format!("{},{new}", old.port());
    let scan = || program.scan(&[v6, v4], &ports, &[]).code(0);
    assert_eq!(scan().json()["first_looks"]["hosts"], 2);
    let _four = Listener::at(v4, new);
    let six = Listener::at(v6, new);
    let expected = [format!("port-opened {v4} {new}/tcp port"), format!("port-opened {v6} {new}/tcp port")];
    assert_eq!(scan().deltas(), expected);
    drop(six);
    assert_eq!(scan().deltas(), [format!("port-closed {v6} {new}/tcp port")]);
    let deltas = program.line("deltas --runs 2 --format json").code(0).json();
    assert_eq!(deltas.as_array().map(Vec::len), Some(3), "{deltas}");
    let history = program.line("history --format json ::1").code(0).json();
    assert_eq!(history["host"]["ports"].as_array().map(Vec::len), Some(1), "{history}");
}

#[test]
fn two_scans_must_agree_where_that_is_asked() {
    let host = "127.41.7.1";
    let program = Program::new();
    let (constant, listener) = (Listener::on(host), Listener::on(host));
    let port = listener.port();
    let ports = format!("{},{port}", constant.port());
    let scan = || program.scan(&[host], &ports, &["--confirm-close", "2"]).code(0);
    scan();
    drop(listener);
    assert_eq!(scan().deltas(), NOTHING, "one is not enough");
    let hosts = program.line("hosts --format json").code(0).json();
    assert_eq!(hosts[0]["pending"], true, "{hosts}");
    let again = Listener::at(host, port);
    assert_eq!(scan().deltas(), NOTHING, "it was a hiccup");
    drop(again);
    assert_eq!(scan().deltas(), NOTHING, "the count began anew");
    let run = scan();
    assert_eq!(run.deltas(), [format!("port-closed {host} {port}/tcp port")]);
    assert_eq!(run.json()["deltas"][0]["why"]["needed"], 2);
    assert_eq!(run.json()["deltas"][0]["why"]["agreed"].as_array().map(Vec::len), Some(2));
}

#[test]
fn sites_are_never_mixed() {
    let host = "127.41.8.1";
    let program = Program::new();
    let (constant, listener) = (Listener::on(host), Listener::on(host));
    let ports = format!("{},{}", constant.port(), listener.port());
    let scan = |site: &str| program.scan(&[host], &ports, &["--site", site]).code(0);
    scan("inside");
    drop(listener);
    let outside = scan("outside");
    assert_eq!(outside.deltas(), NOTHING, "nobody looked from there before");
    assert_eq!(outside.json()["first_looks"]["ports"], 1);
    assert_eq!(scan("inside").deltas().len(), 1);
    let count = |site: &str| {
        let run = program.run(["deltas", "--format", "jsonl", "--site", site]).code(0);
        run.lines().len()
    };
    assert_eq!((count("inside"), count("outside"), count("local")), (1, 0, 0));
}

#[test]
fn a_change_can_fail_the_command() {
    let host = "127.41.9.1";
    let program = Program::new();
    let (constant, port) = (Listener::on(host), closed_port(host));
    let ports = format!("{},{port}", constant.port());
    let scan = |more: &[&str]| program.scan(&[host], &ports, more);
    scan(&["--fail-on-change"]).code(0);
    scan(&["--fail-on-change"]).code(0);
    let listener = Listener::at(host, port);
    scan(&["--fail-on-change"]).code(1);
    drop(listener);
    scan(&[]).code(0);
}

#[test]
fn the_data_folder_can_be_named() {
    let host = "127.41.10.1";
    let program = Program::new();
    let listener = Listener::on(host);
    let port = listener.port().to_string();
    program.scan(&[host], &port, &["--data", "elsewhere"]).code(0);
    assert!(!program.data().exists());
    let run = program.line("hosts --data elsewhere --format csv").code(0);
    assert!(run.out.lines().nth(1).is_some_and(|line| line.starts_with("127.41.10.1,up,")), "{run:?}");
    program.line("hosts").refused("nothing is remembered");
    let run = Run::of(program.command(["hosts", "--format", "jsonl"]).env("PORTDELTA_DATA", "elsewhere"));
    assert_eq!(run.code(0).lines()[0]["ports"][0]["port"], listener.port());
}
