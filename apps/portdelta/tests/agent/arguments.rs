//! What can be said to an agent, and what it answers.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use portdelta_testkit::Listener;
use serde_json::{Value, json};

use crate::program::{Agent, Ended, end};
use crate::support::FakeServer;

#[test]
fn enrolling_makes_a_key_that_stays() {
    let server = FakeServer::with_tls();
    let agent = Agent::new();
    let token = server.token().to_string();
    let ended = agent.run(&["enrol", &token]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.starts_with("Enrolled as ") && ended.out.contains("portdelta agent run"), "{ended:?}");
    let key = std::fs::read_dir(agent.data())
        .expect("the folder is there")
        .flatten()
        .find(|entry| entry.file_name().to_string_lossy().starts_with("key-"))
        .expect("there is a key");
    assert_eq!(key.metadata().expect("it is there").mode() & 0o777, 0o600);
    let secret = std::fs::read_to_string(key.path()).expect("it is ours");
    assert!(!server.facts().to_string().contains(secret.trim()) && !ended.out.contains(secret.trim()));
    // From standard input, where no list of processes shows it.
    let mut child = agent.command(&["enrol", "-"]).stdin(Stdio::piped()).spawn().expect("the program starts");
    writeln!(child.stdin.take().expect("a pipe"), "{token}").expect("it reads");
    let again = end(child);
    assert!(again.code == Some(0) && again.out.starts_with("Enrolled before"), "{again:?}");
}

#[test]
fn one_command_enrols_and_works() {
    let server = FakeServer::start();
    let agent = Agent::new();
    let listener = Listener::on("127.52.1.1");
    server.send(1, "127.52.1.1", &listener.port().to_string(), "-n -Pn -sT");
    let token = server.token().to_string();
    for turn in 0..2 {
        let mut command = agent.command(&["run", "--once", "--log-format", "json", "--name", "container-7"]);
        let ended: Ended =
            command.env("PORTDELTA_AGENT_TOKEN", &token).output().expect("the program starts").into();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for line in ended.err.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
            assert!(line["level"].is_string() && line["message"].is_string(), "{line}");
        }
        assert!(!ended.err.contains(&token) && ended.out.is_empty(), "{ended:?}");
        assert_eq!((server.count("enrol"), server.results(1).len()), (1, 1), "turn {turn}");
    }
}

#[test]
fn status_tells_what_the_files_say() {
    let server = FakeServer::start();
    let agent = Agent::new();
    refused(&agent.run(&["status"]), "not enrolled");
    let agent = Agent::enrolled(&server);
    let limits = agent.home().join("limits.toml");
    std::fs::write(&limits, "[targets]\nallow = [\"127.52.0.0/16\"]\n").expect("it is ours");
    let status = |format: &str| agent.run(&["status", "--format", format]);
    let before: Value = serde_json::from_str(&status("json").out).expect("JSON");
    assert_eq!((&before["standing"], &before["running"]), (&json!("enrolled"), &json!(false)));
    let run = agent.run(&["run", "--once", "--limits", limits.to_str().expect("plain")]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let after: Value = serde_json::from_str(&status("json").out).expect("JSON");
    assert_eq!(after["limits"], "127.52.0.0/16; ports all");
    assert_eq!(
        (&after["standing"], &after["site"], &after["name"]),
        (&json!("approved"), &json!("office"), &json!("office-1"))
    );
    assert!(after["last_contact"].is_string() && after["trouble"].is_null(), "{after}");
    let table = status("table").out;
    assert!(table.contains("Standing         approved") && table.contains("Clock ahead      no"), "{table}");
    assert_eq!(serde_json::from_str::<Value>(&status("jsonl").out).expect("JSON"), after);
    let csv = status("csv").out;
    assert!(csv.starts_with("name,agent,key,server") && csv.lines().count() == 2, "{csv}");
}

#[test]
fn mistakes_are_told_with_a_hint() {
    let server = FakeServer::start();
    let agent = Agent::new();
    refused(&agent.run(&["run"]), "is not enrolled");
    refused(&agent.run(&["enrol", "pde_nonsense"]), "not an enrolment token");
    refused(&agent.run(&["enrol", &server.token().to_string(), "--name", ""]), "1 to 64 characters");
    refused(&agent.run(&["enrol", &server.token().to_string(), "--proxy", "nonsense"]), "not a URL");
    let agent = Agent::enrolled(&server);
    refused(&agent.run(&["run", "--limits", "/nowhere/limits.toml"]), "could not read the limits");
    refused(&agent.run(&["run", "--log-level", "a=b=c"]), "not a level");
    let mut other = server.token();
    other.secret = "other".to_owned();
    refused(&agent.run(&["enrol", &other.to_string()]), "enrolled already");
    for arguments in [&["run", "--spool-budget", "1"][..], &["run", "--concurrency", "0"], &["walk"]] {
        assert_eq!(agent.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[track_caller]
fn refused(ended: &Ended, words: &str) {
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let (error, hint) = ended.err.split_once("\nhint: ").unwrap_or_else(|| panic!("no hint in {ended:?}"));
    assert!(error.contains("error: ") && error.contains(words), "no {words:?} in {ended:?}");
    assert!(hint.trim_end().ends_with('.'), "no sentence: {ended:?}");
}

/// What stands in `infra` is what the program takes.
#[test]
fn the_service_and_the_container_start_it_right() {
    let agent = Agent::new();
    let unit = include_str!("../../../../infra/portdelta-agent.service");
    let container = include_str!("../../../../infra/Containerfile");
    let readme = include_str!("../../../../infra/README.md");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/portdelta agent "));
    let arguments: Vec<_> = start.expect("it starts the agent").split_whitespace().collect();
    let ended = agent.run(&arguments);
    assert!(ended.err.contains("is not enrolled"), "{ended:?}");
    assert!(container.contains("CMD [\"run\", \"--log-format\", \"json\"]"));
    assert!(agent.run(&["run", "--log-format", "json"]).err.contains("is not enrolled"));
    assert!(unit.contains("RestartPreventExitStatus=3 4\n"));
    let help = agent.run(&["run", "--help"]).out;
    for text in [unit, container, readme] {
        let words = text.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
        for name in words.filter(|word| word.starts_with("PORTDELTA_")) {
            assert!(help.contains(&format!("[env: {name}]")), "{name}");
        }
    }
}
