//! From enrolment to results, and what ends a task before its time.

use std::time::Duration;

use portdelta_agent::{AgentError, AgentOptions};
use portdelta_testkit::{wait_for, wait_until};

use crate::bench::{Ahead, Bench, QUICK, SLOW, open_port};
use crate::support::now;

#[test]
fn a_task_is_scanned_uploaded_and_only_then_acknowledged() {
    let bench = Bench::enrolled();
    let (_listener, port) = open_port("127.44.1.1");
    bench.server.send(3, "127.44.1.1", &port, QUICK);
    bench.once().expect("nothing is wrong");
    assert_eq!(
        bench.server.events(),
        ["enrol", "receive 3", "begin 3", "upload 3", "acknowledge 3", "leaving"]
    );
    let results = bench.server.results(3);
    let [(note, xml)] = &results[..] else { panic!("{results:?}") };
    assert!(xml.contains(&format!("portid=\"{port}\"><state state=\"open\"")), "{xml}");
    assert!(xml.trim_end().ends_with("</nmaprun>"));
    assert_eq!((note.exit_code, note.cut.as_deref(), note.complaints.as_str()), (Some(0), None, ""));
    assert!(note.clock_ahead.is_some_and(|ahead| ahead.abs() <= 1), "{note:?}");
    assert!(note.began <= note.ended && (note.ended - now()).abs() < 20, "{note:?}");
    assert!(note.arguments.windows(2).any(|pair| pair == ["-oX", "-"]), "{note:?}");
    assert_eq!(bench.spooled(), 0);
    let facts = bench.server.facts();
    assert_eq!(facts["limits"], "all targets; ports all");
    assert!(!facts["host_name"].as_str().expect("a name").is_empty());
    assert_eq!(facts["nmap_version"], note.nmap_version.as_str());
}

#[test]
fn nothing_is_asked_for_before_approval() {
    let bench = Bench::new();
    bench.server.set_standing("pending");
    bench.enrol().expect("the server takes it");
    bench.server.send(1, "127.44.2.1", "1", QUICK);
    let agent = bench.start(Bench::options());
    wait_until("it asks again", || bench.server.count("access pending") >= 2);
    assert_eq!(bench.server.count("receive"), 0);
    let seen = wait_for("its status", Duration::from_secs(10), || bench.home().last_seen().ok().flatten());
    assert_eq!(seen.standing, "pending");
    bench.server.set_standing("approved");
    bench.server.wait_for("acknowledge 1");
    agent.end().expect("it ends as asked");
}

#[test]
fn tasks_run_side_by_side_and_show_how_far_they_are() {
    let bench = Bench::enrolled();
    for number in 0..3 {
        bench.server.send(number, "127.44.3.1", "1-3", SLOW);
    }
    let agent = bench.start(AgentOptions { concurrency: 2, ..Bench::options() });
    let both = wait_for("two tasks at once", Duration::from_secs(20), || {
        bench
            .server
            .statuses()
            .into_iter()
            .find(|status| status["tasks"].as_array().is_some_and(|list| list.len() == 2))
    });
    assert!(both["load"]["memory_total"].as_u64() > Some(0), "{both}");
    wait_until("a phase is shown", || {
        bench.server.statuses().iter().any(|status| status["tasks"][0]["phase"] == "Connect Scan")
    });
    wait_until("all is done", || bench.server.is_done());
    for status in bench.server.statuses() {
        let tasks = status["tasks"].as_array().expect("a list");
        // The result of one may still travel when the next one begins.
        assert!(tasks.iter().filter(|task| task["phase"] != "upload").count() <= 2, "{status}");
    }
    agent.end().expect("it ends as asked");
}

#[test]
fn at_the_deadline_nmap_is_ended_and_what_it_has_counts() {
    let bench = Bench::enrolled();
    bench.server.send_until(1, "127.44.4.1", "1-60", SLOW, now() + 6);
    bench.once().expect("nothing is wrong");
    let results = bench.server.results(1);
    let [(note, xml)] = &results[..] else { panic!("{results:?}") };
    assert_eq!((note.cut.as_deref(), note.exit_code), (Some("deadline"), None));
    assert!(xml.contains("<nmaprun") && !xml.contains("</nmaprun>"), "{xml}");
    assert!(note.ended - note.began <= 6, "{note:?}");
    // One that is over already is not begun.
    bench.server.send_until(2, "127.44.4.1", "1", QUICK, now() - 1);
    bench.once().expect("nothing is wrong");
    assert_eq!(bench.server.count("begin 2"), 0);
    assert_eq!(bench.server.count("acknowledge 2"), 1);
}

#[test]
fn hosts_of_ipv6_are_scanned() {
    let bench = Bench::enrolled();
    let Ok(listener) = std::net::TcpListener::bind("[::1]:0") else {
        eprintln!("skipped: this machine has no IPv6");
        return;
    };
    let port = listener.local_addr().expect("it is bound").port().to_string();
    bench.server.send(1, "::1", &port, QUICK);
    bench.once().expect("nothing is wrong");
    let results = bench.server.results(1);
    assert!(results[0].1.contains("state=\"open\"") && results[0].0.arguments.contains(&"-6".to_owned()));
}

#[test]
fn a_cancelled_run_ends_and_leaves_nothing() {
    let bench = Bench::enrolled();
    bench.server.send(1, "127.44.5.1", "1-60", SLOW);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("begin 1");
    bench.server.cancel();
    bench.server.wait_for("acknowledge 1");
    wait_until("the spool is empty", || bench.spooled() == 0);
    assert_eq!(bench.server.count("upload"), 0);
    agent.end().expect("it ends as asked");
}

#[test]
fn a_result_on_its_way_arrives_though_its_run_is_closed_meanwhile() {
    let bench = Bench::enrolled();
    bench.server.fault(|faults| faults.failed_uploads = 1000);
    bench.server.send(1, "127.44.5.2", "1", QUICK);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("failed upload 1");
    bench.server.cancel();
    let before = bench.server.statuses().len();
    wait_until("the agent was told", || bench.server.statuses().len() > before + 1);
    bench.server.fault(|faults| faults.failed_uploads = 0);
    bench.server.wait_for("upload 1");
    bench.server.wait_for("acknowledge 1");
    wait_until("the spool is empty", || bench.spooled() == 0);
    agent.end().expect("it ends as asked");
}

#[test]
fn what_nobody_wants_is_not_begun() {
    let bench = Bench::enrolled();
    bench.server.fault(|faults| faults.drop = Some("done"));
    bench.server.send(1, "127.44.6.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    assert_eq!(bench.server.events()[1..], ["receive 1", "begin 1", "acknowledge 1", "leaving"]);
}

#[test]
fn when_asked_to_end_it_hands_work_back_at_once() {
    let bench = Bench::enrolled();
    bench.server.send(1, "127.44.7.1", "1-60", SLOW);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("begin 1");
    agent.end().expect("it ends as asked");
    assert_eq!(bench.server.events()[1..], ["receive 1", "begin 1", "release 1 0", "leaving"]);
    assert_eq!(bench.spooled(), 0);
    assert_eq!(bench.server.statuses().last().expect("it said goodbye")["tasks"], serde_json::json!([]));
}

#[test]
fn a_revoked_agent_ends() {
    let bench = Bench::enrolled();
    bench.server.send(1, "127.44.8.1", "1-60", SLOW);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("begin 1");
    bench.server.set_standing("revoked");
    assert!(matches!(agent.wait(), Err(AgentError::Revoked)));
    assert_eq!(bench.server.count("upload"), 0);
    assert_eq!(bench.home().last_seen().expect("a status").expect("a status").standing, "revoked");
}

#[test]
fn access_that_has_ended_is_renewed() {
    let bench = Bench::enrolled();
    bench.server.fault(|faults| faults.unauthorized = 2);
    bench.server.send(1, "127.44.9.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    assert_eq!(bench.server.results(1).len(), 1);
    assert!(bench.server.count("access approved") >= 2);
}

#[test]
fn a_clock_that_is_off_stops_nobody_and_is_said() {
    let bench = Bench::new().with_clock(Ahead(7200));
    bench.enrol().expect("the server takes it");
    bench.server.send_until(1, "127.44.10.1", "1", QUICK, now() + 60);
    bench.once().expect("nothing is wrong");
    let results = bench.server.results(1);
    let ahead = results[0].0.clock_ahead.expect("it is known");
    assert!((7199..=7201).contains(&ahead), "{ahead}");
    assert_eq!(bench.server.count("access refused"), 1);
}
