//! Services that change, as nmap's probes recognise them.

use crate::support::{Listener, Program};

/// A server speaks first in all of these, so that nmap's first probe is enough and a scan takes no time.
fn versions(program: &Program, host: &str, port: u16) -> Vec<String> {
    let run = program.scan(&[host], &port.to_string(), &["--options=-n -sV --version-light"]).code(0);
    run.deltas()
}

#[test]
fn a_new_version_is_a_change_and_silence_is_none() {
    let host = "127.42.1.1";
    let program = Program::new();
    let listener = Listener::on(host).greets("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n");
    let port = listener.port();
    assert!(versions(&program, host, port).is_empty(), "a first look");
    assert!(versions(&program, host, port).is_empty());
    let listener = listener.greets("SSH-2.0-OpenSSH_9.9p1 Debian-3\r\n");
    assert_eq!(versions(&program, host, port), [format!("service-changed {host} {port}/tcp")]);
    let run = program.line("deltas --format json").code(0).json();
    assert_eq!(run[0]["before"]["version"], "9.2p1 Debian 2+deb12u3", "{run}");
    assert_eq!(run[0]["after"]["version"], "9.9p1 Debian 3", "{run}");
    // A server that closes at once is tcpwrapped: nobody talked to it.
    let listener = listener.greets("");
    assert!(versions(&program, host, port).is_empty());
    // And a scan that does not ask for versions has no say in them.
    assert!(program.scan(&[host], &port.to_string(), &[]).code(0).deltas().is_empty());
    let _listener = listener.greets("SSH-2.0-OpenSSH_9.9p1 Debian-3\r\n");
    assert!(versions(&program, host, port).is_empty(), "it is as it was when last heard");
    let hosts = program.line("hosts --format json").code(0).json();
    assert_eq!(hosts[0]["ports"][0]["service"]["product"], "OpenSSH", "{hosts}");
}

#[test]
fn another_service_at_a_port_is_a_change() {
    let host = "127.42.2.1";
    let program = Program::new();
    let listener = Listener::on(host).greets("220 (vsFTPd 3.0.3)\r\n");
    let port = listener.port();
    assert!(versions(&program, host, port).is_empty());
    let _listener = listener.greets("220 mail.example ESMTP Postfix\r\n");
    assert_eq!(versions(&program, host, port), [format!("service-changed {host} {port}/tcp")]);
    let table = program.line("deltas --why").code(0).out;
    assert!(table.contains("ftp") && table.contains("smtp") && table.contains("why: "), "{table}");
}
