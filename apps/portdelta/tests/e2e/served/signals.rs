//! How a server begins and ends.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use portdelta_testkit::wait_until;
use rustix::process::Signal;

use crate::support::{Agent, Program, Server, is_root, skip};

/// So slow that there is time to do something meanwhile.
const SLOW: &str = "--options=-sT -Pn -n --scan-delay 500ms --max-retries 0";

#[test]
fn a_server_that_is_asked_to_end_does_so_and_loses_nothing() {
    let mut server = Server::with(&["--log-format", "json"], &[]);
    server.line("sites add office").code(0);
    let enrolment = server.line("agents enrol --site office --format json").code(0).json();
    let mut agent = Agent::enrolled(enrolment["token"].as_str().expect("a token"), "office-1");
    server.line("agents approve office-1").code(0);
    let fields =
        ["scans", "add", "slow", "--site", "office", "--targets", "127.0.76.1", "--ports", "1-12", SLOW];
    server.here().run(fields).code(0);
    let started = server.line("scans run slow --format json").code(0).json();
    let id = started["runs"][0]["id"].as_str().expect("a run").to_owned();
    wait_until("the agent to scan", || {
        server.line("agents list --format json").json()[0]["status"] == "scanning"
    });
    let address = server.url().trim_start_matches("https://").to_owned();
    for signal in [Signal::TERM, Signal::INT] {
        let began = Instant::now();
        server.process().signal(signal);
        assert_eq!(server.process().ended(), 0);
        // The agent waits for answers all the time: it is sent away, not waited for.
        assert!(began.elapsed() < Duration::from_secs(15), "it took {:?}", began.elapsed());
        server.restart_at(&address);
    }
    let run = server.line(&format!("runs watch {id}")).code(0);
    assert!(run.out.contains("is complete"), "{run:?}");
    assert_eq!(agent.process().terminate(), 0);
    let log = server.process().log();
    assert!(!log.contains("broken off"), "{log}");
}

#[test]
fn a_second_signal_ends_a_server_at_once_and_the_next_start_is_fine() {
    let mut server = Server::start();
    server.line("sites add office").code(0);
    server.process().signal(Signal::INT);
    server.process().signal(Signal::INT);
    let code = server.process().ended();
    // It may have been done before the second came.
    assert!(matches!(code, 0 | 130), "{code}");
    server.restart();
    let run = server.line("sites list").code(0);
    assert!(run.out.contains("office"), "{run:?}");
}

#[test]
fn a_server_that_cannot_start_says_why_and_what_to_do() {
    let mut server = Server::start();
    let address = server.url().trim_start_matches("https://").to_owned();
    // The folder is in use, and the one that uses it stays as it is.
    let before = std::fs::read(server.here().data().join("server.json")).expect("it is there");
    let run = server.line("serve --listen 127.0.0.1:0");
    run.refused("another server is running on ");
    assert!(run.err.contains("(process "), "{run:?}");
    assert_eq!(std::fs::read(server.here().data().join("server.json")).expect("it is there"), before);
    server.line("sites list").code(0);

    let other = Program::new();
    other.line(&format!("serve --listen {address}")).refused(&format!("could not listen at {address}"));
    other.line("serve --listen 192.0.2.1:0").refused("could not listen at 192.0.2.1:0");
    other.line("serve --plain-http --listen 0.0.0.0:0").refused("plain HTTP at 0.0.0.0:0");
    other.line("serve --tls-cert a.pem --tls-key b.pem --listen 127.0.0.1:0").refused("a.pem");
    for arguments in [
        "serve --listen nowhere",
        "serve --tls-cert a.pem",
        "serve --public-url ftp://x",
        "serve --plain-http --insecure-http",
        "serve now",
    ] {
        let run = other.line(arguments).code(2);
        assert!(run.err.starts_with("error: ") && run.err.contains("--help"), "{run:?}");
    }
    // A file where the folder is to be, and a folder that nobody may write to.
    std::fs::write(other.home().join("file"), "x").expect("the home is the test's");
    other.line("serve --listen 127.0.0.1:0 --data file").refused("file");
    other.line("serve --listen 127.0.0.1:0 --data /proc/portdelta").refused("/proc/portdelta");
    assert_eq!(server.process().terminate(), 0);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    if is_root() {
        skip("root may write everywhere");
        return;
    }
    let program = Program::new();
    let folder = program.home().join("locked");
    std::fs::create_dir(&folder).expect("the home is the test's");
    let locked = std::os::unix::fs::PermissionsExt::from_mode(0o500);
    std::fs::set_permissions(&folder, locked).expect("it is ours");
    program.line("serve --listen 127.0.0.1:0 --data locked").refused("locked");
}

#[test]
fn a_damaged_state_is_not_overwritten() {
    let program = Program::new();
    std::fs::create_dir(program.data()).expect("the home is the test's");
    let state = program.data().join("state.sqlite");
    std::fs::write(&state, "this is no database, and people may want it back").expect("ours");
    let run = program.line("serve --listen 127.0.0.1:0");
    run.refused("could not open the state in ");
    assert!(std::fs::read_to_string(&state).is_ok_and(|text| text.starts_with("this is no database")));
}

/// Nothing listens where a server has ended.
#[test]
fn an_ended_server_gives_its_port_and_folder_free() {
    let mut server = Server::start();
    let address = server.url().trim_start_matches("https://").to_owned();
    assert_eq!(server.process().terminate(), 0);
    TcpListener::bind(&address).expect("the port is free");
    server.line("sites list").refused("could not reach");
    server.restart_at(&address);
    server.line("sites list").code(0);
}
