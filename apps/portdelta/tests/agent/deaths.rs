//! Agents that are asked to end, and agents that are killed.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use portdelta_testkit::wait_until;
use rustix::process::Signal;

use crate::program::{Agent, Ended, end, signal};
use crate::support::{FakeServer, now};

const SLOW: &str = "-n -Pn -sT --scan-delay 1s --max-retries 0";

#[test]
fn a_service_manager_ends_it_in_order() {
    for kind in [Signal::TERM, Signal::INT] {
        let server = FakeServer::start();
        let agent = Agent::enrolled(&server);
        server.send(1, "127.51.1.1", "1-60", SLOW);
        let child = agent.start(&["run"]);
        server.wait_for("begin 1");
        wait_until("nmap scans", || !agent.nmaps().is_empty());
        signal(&child, kind);
        let ended = end(child);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(server.events()[1..], ["receive 1", "begin 1", "release 1 0", "leaving"]);
        assert!(agent.nmaps().is_empty());
        assert!(!ended.err.contains('\u{1b}') && ended.err.contains("nightly"), "{ended:?}");
    }
}

/// A folder with nothing but this script as nmap.
fn nmap_of(agent: &Agent, script: &str) -> PathBuf {
    let folder = agent.home().join("bin");
    std::fs::create_dir(&folder).expect("a fresh folder");
    let version = "[ \"$1\" = --version ] && { echo 'Nmap version 7.94 ( https://nmap.org )'; exit; }";
    let nmap = folder.join("nmap");
    std::fs::write(&nmap, format!("#!/bin/sh\n{version}\n{script}\n")).expect("it is ours");
    std::fs::set_permissions(&nmap, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    folder
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    // It does not listen to anybody.
    let folder = nmap_of(&agent, "trap '' TERM INT\nwhile :; do echo '<x/>'; /bin/sleep 0.1; done");
    server.send(1, "127.51.2.1", "1", SLOW);
    let child = agent.command(&["run"]).env("PATH", &folder).spawn().expect("the program starts");
    server.wait_for("begin 1");
    wait_until("nmap scans", || !agent.nmaps().is_empty());
    signal(&child, Signal::TERM);
    std::thread::sleep(std::time::Duration::from_millis(300));
    signal(&child, Signal::TERM);
    let ended = end(child);
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert_eq!(server.count("release"), 0);
    wait_until("nmap goes with it", || agent.nmaps().is_empty());
}

#[test]
fn an_agent_that_is_killed_leaves_nothing_running_and_loses_nothing() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    server.set_lease(4);
    server.send(1, "127.51.3.1", "1-6", SLOW);
    server.send(2, "127.51.3.1", "1-60", &SLOW.replace("1s", "100ms"));
    // nmap itself ends as soon as it has something to tell and nobody to tell it to; these stay.
    let folder = nmap_of(&agent, "trap '' TERM INT PIPE\nwhile :; do /bin/sleep 0.1; done");
    let mut child = agent
        .command(&["run", "--concurrency", "2"])
        .env("PATH", &folder)
        .spawn()
        .expect("the program starts");
    server.wait_for("begin 1");
    server.wait_for("begin 2");
    wait_until("both nmaps scan", || agent.nmaps().len() == 2);
    let left = agent.nmaps();
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    assert_eq!(agent.nmaps(), left, "nobody ended them");
    // The next agent ends them first, and gets their tasks when their leases have run out.
    let child = agent.start(&["run", "--concurrency", "2"]);
    wait_until("they are ended", || !left.iter().any(|id| agent.nmaps().contains(id)));
    wait_until("all is done", || server.is_done());
    signal(&child, Signal::TERM);
    let ended = end(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!((server.results(1).len(), server.results(2).len()), (1, 1));
    assert_eq!((server.count("upload"), server.count("acknowledge")), (2, 2));
    assert!(server.results(1)[0].1.trim_end().ends_with("</nmaprun>"));
}

#[test]
fn it_listens_on_no_port() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    server.send(1, "127.51.4.1", "1-60", SLOW);
    let child = agent.start(&["run"]);
    server.wait_for("begin 1");
    wait_until("nmap scans", || !agent.nmaps().is_empty());
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{}/fd", child.id()))
        .expect("it runs")
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    assert!(!sockets.is_empty(), "it is connected to its server");
    let mut seen = 0;
    for table in ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"] {
        let table_text = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        for line in table_text.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            if sockets.iter().any(|socket| socket == fields[9]) {
                seen += 1;
                // 0A is LISTEN; of the others only connections are to be there.
                assert!(table.starts_with("tcp") && fields[3] != "0A", "{table}: {line}");
            }
        }
    }
    assert!(seen > 0, "the connection is found");
    signal(&child, Signal::TERM);
    assert_eq!(end(child).code, Some(0));
}

#[test]
fn a_revoked_agent_says_so_by_its_exit_code() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    server.set_standing("revoked");
    let ended = agent.run(&["run"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains("error: this agent was revoked") && ended.err.contains("hint: "), "{ended:?}");
    server.fault(|faults| faults.entrance = Some((426, "protocol.agent_too_old")));
    let ended = agent.run(&["run"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.err.contains("too old"), "{ended:?}");
}

#[test]
fn a_result_that_waits_survives_a_kill() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    server.fault(|faults| faults.failed_uploads = 1000);
    server.send(1, "127.51.5.1", "1", "-n -Pn -sT");
    let mut child = agent.start(&["run"]);
    server.wait_for("failed upload 1");
    child.kill().expect("it still runs");
    child.wait().expect("it ends");
    server.fault(|faults| faults.failed_uploads = 0);
    let ended = agent.run(&["run", "--once"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(server.results(1).len(), 1);
    assert_eq!((server.count("begin"), server.count("acknowledge 1")), (1, 1));
}

#[test]
fn an_nmap_that_does_not_end_is_killed_at_the_deadline() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    let folder = nmap_of(&agent, "trap '' TERM INT\nwhile :; do echo '<x/>'; /bin/sleep 0.1; done");
    server.send_until(1, "127.51.6.1", "1", SLOW, now() + 20);
    let limits = agent.home().join("limits.toml");
    std::fs::write(&limits, "[tasks]\nmax_seconds = 1\n").expect("it is ours");
    let mut command = agent.command(&["run", "--once", "--limits", limits.to_str().expect("plain")]);
    let ended: Ended = command.env("PATH", &folder).output().expect("the program starts").into();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let results = server.results(1);
    assert_eq!(results[0].0.cut.as_deref(), Some("deadline"));
    assert!(results[0].1.starts_with("<x/>"), "{results:?}");
    assert!(agent.nmaps().is_empty());
}

#[test]
fn an_nmap_that_fails_or_is_missing_is_told() {
    let server = FakeServer::start();
    let agent = Agent::enrolled(&server);
    let folder = nmap_of(&agent, "printf 'Failed to open \\033[2J device\\n' >&2; exit 1");
    server.send(1, "127.51.7.1", "1", SLOW);
    let run = |path: &PathBuf| -> Ended {
        let mut command = agent.command(&["run", "--once"]);
        command.env("PATH", path).output().expect("the program starts").into()
    };
    let ended = run(&folder);
    assert_eq!((ended.code, server.count("release 1 60")), (Some(0), 1), "{ended:?}");
    assert!(ended.err.contains("Failed to open \\") && !ended.err.contains('\u{1b}'), "{ended:?}");
    server.send(2, "127.51.7.1", "1", SLOW);
    let ended = run(&agent.home().join("nowhere"));
    assert_eq!((ended.code, server.count("refuse 2 no_nmap")), (Some(0), 1), "{ended:?}");
    assert!(server.facts()["nmap_version"].is_null());
}
