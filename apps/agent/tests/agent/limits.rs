//! The owner's word is the last.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use portdelta_agent::{AgentError, AgentOptions};
use portdelta_testkit::{wait_for, wait_until};
use serde_json::json;

use crate::bench::{Bench, QUICK, SLOW};
use crate::support::{RUN, now};

fn write(bench: &Bench, text: &str) -> AgentOptions {
    let path = bench.file("limits.toml");
    fs::write(&path, text).expect("it is ours");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("it is ours");
    AgentOptions { limits: Some(path), ..Bench::options() }
}

#[test]
fn what_the_owner_forbids_is_refused_with_its_reason() {
    let bench = Bench::enrolled();
    let options = write(
        &bench,
        "[targets]\nallow = [\"127.47.0.0/16\"]\ndeny = [\"127.47.9.0/24\"]\n[ports]\nallow = \"1-100,U:53\"\n\
         [options]\ndeny = [\"-T5\", \"-sV\"]\nscripts = []\n[pace]\nmax_rate = 50\n[tasks]\nprivileged = false\n",
    );
    let tasks = [
        ("127.48.0.1", "1", QUICK, "target_not_allowed"),
        ("127.47.9.1", "1", QUICK, "target_not_allowed"),
        ("127.47.1.1", "101", QUICK, "port_not_allowed"),
        ("127.47.1.1", "top:1000", QUICK, "port_not_allowed"),
        ("127.47.1.1", "1", "-T5", "option_not_allowed"),
        ("127.47.1.1", "1", "-sV", "option_not_allowed"),
        ("127.47.1.1", "1", "-sC", "option_not_allowed"),
        ("127.47.1.1", "1", "--min-rate 100", "rate_not_allowed"),
        ("127.47.1.1", "1", "-O", "needs_root"),
        ("127.47.1.1", "U:53", "", "needs_root"),
    ];
    for (number, (target, ports, options, _)) in (0..).zip(tasks) {
        bench.server.send(number, target, ports, options);
    }
    bench.server.send(50, "127.47.1.1", "1", "-n -Pn");
    let agent = bench.start(options);
    bench.server.wait_for("acknowledge 50");
    agent.end().expect("it ends as asked");
    let events = bench.server.events();
    for (number, (target, ports, options, code)) in (0..).zip(tasks) {
        let place = |event: &str| events.iter().position(|found| found == event);
        let refused = place(&format!("refuse {number} {code}"));
        let released = place(&format!("release {number} 5"));
        assert!(refused.is_some() && refused < released, "{target} {ports} {options}: {events:?}");
        assert_eq!(place(&format!("begin {number}")), None);
    }
    // What is allowed keeps to the limits.
    let arguments = bench.server.results(50)[0].0.arguments.join(" ");
    assert!(arguments.contains("-sT") && arguments.contains("--max-rate 50"), "{arguments}");
    let facts = bench.server.facts();
    assert_eq!(
        (&facts["privileged"], facts["allowed"].as_str().map(str::is_empty)),
        (&json!(false), Some(false))
    );
}

#[test]
fn a_task_takes_no_longer_than_the_owner_allows() {
    let bench = Bench::enrolled();
    let options = write(&bench, "[tasks]\nmax_seconds = 2\nconcurrency = 1\n");
    for number in [1, 2] {
        bench.server.send(number, "127.47.4.1", "1-60", SLOW);
    }
    let agent = bench.start(AgentOptions { concurrency: 8, ..options });
    wait_until("both are done", || bench.server.is_done());
    agent.end().expect("it ends as asked");
    for number in [1, 2] {
        let note = &bench.server.results(number)[0].0;
        assert_eq!(note.cut.as_deref(), Some("deadline"));
        assert!(note.ended - note.began <= 5, "{note:?}");
    }
    // One at a time.
    assert!(bench.server.results(1)[0].0.ended <= bench.server.results(2)[0].0.began);
}

#[test]
fn what_is_smuggled_is_refused_and_nothing_runs() {
    let bench = Bench::enrolled();
    let evidence = bench.file("evidence");
    let name = evidence.to_str().expect("plain");
    let script = bench.file("evil.nse");
    fs::write(&script, format!("io.open('{name}', 'w')\n")).expect("it is ours");
    let task = |number: u32, targets: serde_json::Value, ports: &str, options: &str| {
        let task = json!({
            "run": RUN, "number": number, "site": "office", "scan": "x", "targets": targets, "ports": ports,
            "options": options, "deadline": now() + 60, "worst_case_seconds": 1,
        });
        bench.server.send_raw(number, task);
    };
    let one = json!(["127.47.2.1"]);
    task(0, json!([format!("-oN{name}")]), "1", QUICK);
    task(1, json!([format!("127.47.2.1 -oN {name}")]), "1", QUICK);
    task(2, json!(["127.47.2.1", "--script", script.to_str()]), "1", QUICK);
    task(3, one.clone(), &format!("1 -oN {name}"), QUICK);
    task(4, one.clone(), "1", &format!("-oN {name}"));
    task(5, one.clone(), "1", &format!("--script {}", script.display()));
    task(6, one.clone(), "1", &format!("-n -iL {}", script.display()));
    task(7, one, "1", &format!("; touch {name}"));
    bench.server.send_raw(8, json!({"run": RUN, "number": 8, "surprise": true}));
    bench.server.send_raw(9, json!({"run": "../../../../tmp/x", "number": 9}));
    bench.server.send_raw(10, json!("rubbish"));
    bench.once().expect("nothing is wrong");
    for number in 0..9 {
        let code = if (4..8).contains(&number) { "option_not_allowed" } else { "invalid_task" };
        assert_eq!(
            bench.server.count(&format!("refuse {number} {code}")),
            1,
            "{number}: {:?}",
            bench.server.events()
        );
    }
    assert_eq!((bench.server.count("release 9 900"), bench.server.count("release 10 900")), (1, 1));
    assert_eq!((bench.server.count("begin"), bench.server.count("upload")), (0, 0));
    assert!(!evidence.exists());
}

#[test]
fn limits_that_are_in_doubt_stop_the_agent() {
    let bench = Bench::enrolled();
    let start = |options| bench.start(options).wait().expect_err("it does not start").code().to_owned();
    assert_eq!(start(write(&bench, "[target]")), "limits_mistake");
    let options = write(&bench, "");
    let path = options.limits.clone().expect("a path");
    fs::set_permissions(&path, Permissions::from_mode(0o666)).expect("it is ours");
    assert_eq!(start(options.clone()), "limits_not_safe");
    fs::remove_file(&path).expect("it is ours");
    assert_eq!(start(options), "limits_unreadable");
    assert_eq!(bench.server.count("receive"), 0);
}

#[test]
fn changed_limits_count_at_once() {
    let bench = Bench::enrolled();
    let options = write(&bench, "");
    bench.server.send(1, "127.47.3.1", "1-60", SLOW);
    let agent = bench.start(options);
    bench.server.wait_for("begin 1");
    // What runs is ended.
    write(&bench, "[targets]\nallow = [\"10.0.0.0/8\"]");
    bench.server.wait_for("refuse 1 target_not_allowed");
    // It would come again as soon as the limits allow it, and take a minute.
    bench.server.withdraw(1);
    wait_until("the server hears", || bench.server.facts()["limits"] == "10.0.0.0/8; ports all");
    // While they make no sense, nothing is taken.
    write(&bench, "[targets");
    wait_for("it says so", Duration::from_secs(10), || {
        bench.server.statuses().into_iter().find(|status| status["paused"].is_string())
    });
    write(&bench, "");
    bench.server.send(2, "127.47.3.1", "1", QUICK);
    bench.server.wait_for("acknowledge 2");
    agent.end().expect("it ends as asked");
}

#[test]
fn an_agent_needs_its_enrolment() {
    let bench = Bench::new();
    bench.home().prepare().expect("it is ours");
    bench.enrol().expect("the server takes it");
    let first = bench.start(Bench::options());
    bench.server.wait_for("receive");
    let second = bench.start(Bench::options());
    assert!(matches!(second.wait(), Err(AgentError::Busy { .. })));
    assert!(!first.is_over());
    first.end().expect("it ends as asked");
}
