//! Agents that die, are revoked, hidden, held back by their owner, or sent home.

use portdelta_protocol::admin::{Agent, AgentStatus, RunState, ScanDraft, TaskState, TaskView};
use portdelta_testkit::{Listener, wait_for};
use serde_json::{Value, json};

use super::draft;
use crate::api::id;
use crate::runtime::{AgentProcess, PATIENCE, Runtime};

/// So slow that there is time to do something meanwhile: 60 closed ports, one in half a second.
const SLOW: &str = "-sT -Pn -n --scan-delay 500ms --max-retries 0";

/// Half of a run's tasks never come: nothing is closed there, and the run says what is missing.
pub fn one_of_two_dies(runtime: &mut impl Runtime) {
    let (left, right) = (Listener::on("127.0.41.1"), Listener::on("127.0.42.1"));
    let ports = format!("{},{}", left.port(), right.port());
    let only = |network: &str| format!("[targets]\nallow = [\"{network}\"]\n");
    runtime.api().add_site("office");
    let _one = AgentProcess::limited(runtime, "office", "one", Some(&only("127.0.41.0/24")));
    let mut other = AgentProcess::limited(runtime, "office", "other", Some(&only("127.0.42.0/24")));
    let patient = draft("127.0.41.1, 127.0.42.1", &ports, &["office"]);
    let api = runtime.api();
    // Each task may go to the agent that must not do it some times before the other one gets it.
    let scan = api.add_scan(&patient);
    let first = api.ran(&scan, "first");
    assert_eq!(first.state, RunState::Complete, "{first:?}");
    assert_eq!(first.first_looks.ports, 2, "{first:?}");

    other.process().kill();
    drop((left, right));
    let scan = api.edit_scan(&scan, &ScanDraft { deadline_minutes: 1, ..patient });
    let second = api.ran(&scan, "second");
    assert_eq!(second.state, RunState::Partial, "{second:?}");
    let changes = api.changes(&second);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes[0].starts_with("port-closed 127.0.41.1"), "{changes:?}");
    let report = api.report(&second);
    assert_eq!(report.coverage.percent, 50, "{report:?}");
    assert_eq!(report.coverage.missing.len(), 1, "{report:?}");
    assert_eq!(report.coverage.missing[0].targets, "127.0.42.1");
}

/// A revoked agent gets nothing more, and ends by itself.
pub fn revoked(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let mut agent = AgentProcess::approved(runtime, "office", "one");
    let api = runtime.api();
    let agent_id = api.agent_named("one").id;
    let revoked: Agent = api.post(&format!("/agents/{agent_id}/revoke"), &());
    assert_eq!(revoked.status, AgentStatus::Revoked);
    let scan = api.add_scan(&draft("127.0.43.1", "9", &["office"]));
    let run = id(&api.start(&scan, "after").runs[0]);
    assert_ne!(agent.process().ended(), 0, "{}", agent.process().log());
    assert!(agent.process().log().contains("revoked"), "{}", agent.process().log());
    let tasks: Vec<TaskView> = api.all(&format!("/runs/{run}/tasks"));
    assert!(tasks.iter().all(|task| task.state == TaskState::Waiting), "{tasks:?}");
}

/// A hidden agent is left out of lists, and works on.
pub fn hidden(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let _agent = AgentProcess::approved(runtime, "office", "one");
    let api = runtime.api();
    let id = api.agent_named("one").id;
    let _: Agent = api.post(&format!("/agents/{id}/hide"), &());
    assert!(api.all::<Agent>("/agents").is_empty());
    assert_eq!(api.all::<Agent>("/agents?hidden=true").len(), 1);
    let scan = api.add_scan(&draft("127.0.44.1", "9", &["office"]));
    assert_eq!(api.ran(&scan, "hidden").state, RunState::Complete);
    let _: Agent = api.post(&format!("/agents/{id}/show"), &());
    assert_eq!(api.all::<Agent>("/agents").len(), 1);
}

/// What the owner of the only agent forbids is not scanned, and is named; the rest is.
pub fn limited_by_their_owner(runtime: &mut impl Runtime) {
    let allowed = Listener::on("127.0.45.1");
    runtime.api().add_site("office");
    let limits = "[targets]\nallow = [\"127.0.45.0/24\"]\n";
    let _agent = AgentProcess::limited(runtime, "office", "one", Some(limits));
    let api = runtime.api();
    let port = allowed.port().to_string();
    let scan = api.add_scan(&draft("127.0.45.1, 127.0.46.1", &port, &["office"]));
    let run = api.ran(&scan, "limited");
    assert_eq!(run.state, RunState::Partial, "{run:?}");
    let report = api.report(&run);
    assert_eq!(report.coverage.missing.len(), 1, "{report:?}");
    assert_eq!(report.coverage.missing[0].targets, "127.0.46.1");
    let tasks: Vec<TaskView> = api.all(&format!("/runs/{}/tasks", run.id));
    let refused = tasks.iter().find(|task| task.state == TaskState::Unscannable);
    let refused = refused.unwrap_or_else(|| panic!("no task was refused: {tasks:?}"));
    assert_eq!(refused.targets, "127.0.46.1");
    let why = &refused.warnings[0];
    assert!(why.message.contains("one") && !why.code.is_empty(), "{why:?}");
}

/// An agent that is sent home hands its task back; it is done when it comes again, once.
pub fn ended_and_started_again(runtime: &mut impl Runtime) {
    runtime.api().add_site("office");
    let mut agent = AgentProcess::approved(runtime, "office", "one");
    let mut slow = draft("127.0.47.1", "1-12", &["office"]);
    SLOW.clone_into(&mut slow.options);
    let scan = runtime.api().add_scan(&slow);
    let run = id(&runtime.api().start(&scan, "slow").runs[0]);
    agent.is(runtime, AgentStatus::Scanning);
    assert_eq!(agent.process().terminate(), 0, "{}", agent.process().log());
    let tasks: Vec<TaskView> = runtime.api().all(&format!("/runs/{run}/tasks"));
    assert!(tasks.iter().all(|task| task.results.is_empty()), "{tasks:?}");
    agent.restart();
    let run = runtime.api().finished(&run);
    assert_eq!(run.state, RunState::Complete, "{run:?}");
    assert_eq!(run.first_looks.ports, 0, "closed ports are no news: {run:?}");
    let progress = run.progress.expect("it had tasks");
    assert_eq!((progress.tasks, progress.done), (1, 1), "{progress:?}");
    wait_for("the agent to be idle", PATIENCE, || {
        (runtime.api().agent_named("one").status == AgentStatus::Online).then_some(())
    });
}

/// Whatever strangers say, logs stay lines of their own, and hold no secret.
pub fn keep_logs_harmless(runtime: &mut impl Runtime) {
    let banner = "SSH-2.0-OpenSSH_9.2p1 \u{1b}]0;x\u{7}\u{1b}[2J\rERROR forged\r\n";
    let listener = Listener::on("127.0.48.1").greets(banner);
    runtime.api().add_site("office");
    let mut agent = AgentProcess::approved(runtime, "office", "<b>=1+1 \"one\"");
    let api = runtime.api();
    let forged = "%1B%5B2J%0A%1B%5D0;x%07ERROR%20forged";
    for path in ["/sites", "/scans", "/runs", "/reports", "/agents", "/alerts", "/queues", ""] {
        assert!(api.try_get::<Value>(&format!("{path}/{forged}")).is_err(), "{path}");
        // Some lists have no pages: what counts is what is logged of it.
        let _ = api.try_get::<Value>(&format!("{path}?cursor={forged}&site={forged}"));
    }
    let name = "a\n\u{1b}[2JERROR forged\u{202e}";
    let enrol = json!({"secret": name, "name": name, "public_key": name, "protocol": 1, "facts": {}});
    for (path, body) in [
        ("/sites", json!({"id": name, "name": name})),
        ("/enrolments", json!({"site": name, "expires_minutes": 5})),
        ("/scans", json!({"name": name, "targets": name, "ports": name, "sites": ["office"]})),
        ("/agent/enrol", enrol),
        ("/agent/access", json!({"agent": name})),
    ] {
        assert!(api.try_post::<Value>(path, &body).is_err(), "{path}");
    }
    let mut versions = draft("127.0.48.1", &listener.port().to_string(), &["office"]);
    "-sT -Pn -n -sV --version-light".clone_into(&mut versions.options);
    let run = api.ran(&api.add_scan(&versions), "banner");
    assert_eq!((run.state, run.first_looks.ports), (RunState::Complete, 1), "{run:?}");
    assert_eq!(agent.process().terminate(), 0, "{}", agent.process().log());
    let secrets = agent.secrets();
    assert!(secrets.len() == 2 && secrets.iter().all(|secret| secret.len() >= 32), "they are there");
    for (whose, log) in [("server", runtime.log()), ("agent", agent.process().log())] {
        assert!(log.lines().count() > 5, "the {whose} has something to say:\n{log}");
        let control =
            log.chars().find(|letter| letter.is_control() && *letter != '\n' || *letter == '\u{202e}');
        assert_eq!(control, None, "in the log of the {whose}:\n{log}");
        assert!(!log.lines().any(|line| line.trim_start().starts_with("ERROR forged")), "{whose}:\n{log}");
        for secret in &secrets {
            assert!(!log.contains(secret.as_str()), "a secret is in the log of the {whose}:\n{log}");
        }
        // What the server prints at its first start, the token and a link with it, is shown once, and is no log.
        assert!(log.matches(runtime.api().token()).count() <= 2, "{whose}:\n{log}");
    }
    assert!(agent.process().log().contains(run.id.as_str()), "it tells of its work");
}
