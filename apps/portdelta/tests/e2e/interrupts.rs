//! Scans that are ended early, and an nmap that is missing, too old or broken: none of it closes anything.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal};

use crate::support::{Listener, Program, Run, closed_port, wait_until, write};

/// A host with one open port that was seen, and is closed by now.
fn with_a_port_seen(host: &str) -> (Program, u16) {
    let program = Program::new();
    let listener = Listener::on(host);
    program.scan(&[host], &listener.port().to_string(), &[]).code(0);
    (program, listener.port())
}

fn open_ports(program: &Program) -> usize {
    let hosts = program.line("hosts --format json").code(0).json();
    hosts[0]["ports"].as_array().expect("the host is there").len()
}

/// A scan that takes half a minute, begun, with nmap at work.
fn slow_scan(program: &Program, host: &str, port: u16) -> Child {
    let first = closed_port(host).min(40_000);
    let ports = format!("{port},{first}-{}", first + 60);
    let mut command = program.command(["scan", "--options=-n -sT --max-rate 2", "--ports", &ports, host]);
    // A group of its own, as a shell makes it: the terminal's Ctrl-C is for all of it.
    let child = command
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    wait_until("nmap scans", || nmap_of(&child).is_some());
    child
}

/// The nmap that scans for the program.
fn nmap_of(child: &Child) -> Option<String> {
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let children = std::fs::read_to_string(children).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).find(|id| {
        let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == b"-oX")
    })
}

fn id(child: &Child) -> Pid {
    Pid::from_child(child)
}

#[test]
fn an_interrupt_closes_nothing() {
    let host = "127.43.1.1";
    let (program, port) = with_a_port_seen(host);
    let child = slow_scan(&program, host, port);
    let nmap = nmap_of(&child).expect("it was there just now");
    rustix::process::kill_process(id(&child), Signal::INT).expect("the program still runs");
    let run = Run::from(child.wait_with_output().expect("it ends")).code(130);
    assert!(run.err.contains("interrupted"), "{run:?}");
    assert!(!PathBuf::from(format!("/proc/{nmap}")).exists(), "nmap ends with it");
    assert_eq!(open_ports(&program), 1);
    // The next whole scan does close it.
    let run = program.scan(&[host], &port.to_string(), &[]).code(0);
    assert_eq!(run.deltas(), [format!("port-closed {host} {port}/tcp port")]);
}

#[test]
fn a_service_manager_may_end_a_scan() {
    let host = "127.43.5.1";
    let (program, port) = with_a_port_seen(host);
    let child = slow_scan(&program, host, port);
    let nmap = nmap_of(&child).expect("it was there just now");
    rustix::process::kill_process(id(&child), Signal::TERM).expect("the program still runs");
    Run::from(child.wait_with_output().expect("it ends")).code(130);
    assert!(!PathBuf::from(format!("/proc/{nmap}")).exists(), "nmap ends with it");
    assert_eq!(open_ports(&program), 1);
}

#[test]
fn an_nmap_that_does_not_end_is_ended() {
    let version = "[ \"$1\" = --version ] && { echo 'Nmap version 7.94 ( https://nmap.org )'; exit; }\n";
    // It talks on, as nmap does with its statistics.
    let (program, path) = with_nmap(&format!(
        "{version}trap '' INT\nwhile :; do echo '<taskprogress/>' || exit; {} 0.2; done",
        "/bin/sleep"
    ));
    let mut command = program.command(["scan", "-p22", "127.43.6.1"]);
    let child = command.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    wait_until("nmap scans", || nmap_of(&child).is_some());
    rustix::process::kill_process(id(&child), Signal::INT).expect("the program still runs");
    Run::from(child.wait_with_output().expect("it ends")).code(130);
}

#[test]
fn an_interrupt_from_the_terminal_closes_nothing() {
    let host = "127.43.2.1";
    let (program, port) = with_a_port_seen(host);
    let child = slow_scan(&program, host, port);
    rustix::process::kill_process_group(id(&child), Signal::INT).expect("the program still runs");
    let run = Run::from(child.wait_with_output().expect("it ends")).code(130);
    assert!(run.err.contains("interrupted"), "{run:?}");
    assert_eq!(open_ports(&program), 1);
}

#[test]
fn an_nmap_that_is_killed_closes_nothing() {
    let host = "127.43.3.1";
    let (program, port) = with_a_port_seen(host);
    let child = slow_scan(&program, host, port);
    let nmap = nmap_of(&child).and_then(|id| Pid::from_raw(id.parse().ok()?)).expect("it was there just now");
    rustix::process::kill_process(nmap, Signal::KILL).expect("nmap still runs");
    let run = Run::from(child.wait_with_output().expect("it ends"));
    assert!(run.code == 0 || run.code == 2, "{run:?}");
    assert!(run.err.contains("nmap"), "somebody is told: {run:?}");
    assert_eq!(open_ports(&program), 1);
}

/// A program that runs with nothing on its path but this script as nmap.
fn with_nmap(script: &str) -> (Program, PathBuf) {
    let program = Program::new();
    let folder = program.home().join("bin");
    std::fs::create_dir(&folder).expect("a fresh folder");
    let nmap = write(&folder, "nmap", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(nmap, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    (program, folder)
}

fn scan_with(program: &Program, path: PathBuf) -> Run {
    Run::of(program.command(["scan", "127.43.4.1", "--ports", "22"]).env("PATH", path))
}

#[test]
fn a_missing_nmap_is_said() {
    let program = Program::new();
    let run = scan_with(&program, program.home().join("nowhere"));
    run.refused("nmap is not installed");
    assert!(run.err.contains("apt install nmap"), "{run:?}");
    assert!(!program.data().exists(), "nothing was begun");
}

#[test]
fn an_nmap_that_is_too_old_is_said() {
    let (program, path) = with_nmap("echo; echo 'Nmap version 6.40 ( http://nmap.org )'");
    scan_with(&program, path).refused("nmap 6.40 is too old");
}

#[test]
fn an_nmap_that_is_something_else_is_said() {
    let (program, path) = with_nmap("echo 'usage: nmap [-n] map'");
    scan_with(&program, path).refused("does not tell its version");
    let (program, path) = with_nmap("exit 1");
    scan_with(&program, path.clone()).refused("does not tell its version");
    let nmap = path.join("nmap");
    std::fs::set_permissions(nmap, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    scan_with(&program, path).refused("nmap");
}

#[test]
fn an_nmap_that_fails_is_said_in_its_words() {
    let version = "[ \"$1\" = --version ] && { echo 'Nmap version 7.94 ( https://nmap.org )'; exit; }\n";
    let (program, path) =
        with_nmap(&format!("{version}echo 'Failed to open \\033[2Jdevice eth9' >&2; exit 1"));
    let run = scan_with(&program, path);
    run.refused("device eth9");
    assert!(!run.err.contains('\u{1b}'), "{run:?}");
    // One that claims success with nothing to show for it.
    let (program, path) = with_nmap(&format!("{version}exit 0"));
    scan_with(&program, path).refused("nmap wrote nothing");
    let (program, path) = with_nmap(&format!("{version}echo 'Killed'"));
    let run = scan_with(&program, path);
    assert_eq!(run.code, 2, "{run:?}");
}
