//! Servers that go and come back, uploads that are refused, spools that are full.

use std::time::Duration;

use portdelta_agent::AgentOptions;
use portdelta_testkit::{wait_for, wait_until};

use crate::bench::{Bench, QUICK, SLOW, open_port};

#[test]
fn a_result_waits_for_its_server() {
    let mut bench = Bench::enrolled();
    let (_listener, port) = open_port("127.46.1.1");
    bench.server.send(1, "127.46.1.1", &format!("{port},1-2"), SLOW);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("begin 1");
    bench.server.go_away();
    let waits = || portdelta_agent::look_into_spool(&bench.home().spool()).results;
    wait_until("the result waits", || waits() == 1);
    bench.server.come_back();
    bench.server.wait_for("acknowledge 1");
    agent.end().expect("it ends as asked");
    let results = bench.server.results(1);
    assert!(results.len() == 1 && results[0].1.contains("state=\"open\""), "{results:?}");
    assert_eq!(bench.spooled(), 0);
}

#[test]
fn a_result_survives_the_agent() {
    let bench = Bench::enrolled();
    bench.server.fault(|faults| faults.failed_uploads = 1000);
    bench.server.send(1, "127.46.2.1", "1", QUICK);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("failed upload 1");
    agent.end().expect("it ends as asked");
    assert_eq!((bench.spooled(), bench.server.count("release")), (1, 0));
    // A new agent sends it before it takes anything new.
    bench.server.fault(|faults| faults.failed_uploads = 0);
    bench.server.send(2, "127.46.2.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    let events = bench.server.events();
    let place = |event: &str| events.iter().position(|found| found == event).expect(event);
    assert!(
        place("upload 1") < place("acknowledge 1") && place("acknowledge 1") < place("receive 2"),
        "{events:?}"
    );
    assert_eq!((bench.server.results(1).len(), bench.spooled()), (1, 0));
}

#[test]
fn a_result_that_is_never_taken_is_let_go() {
    for status in [400, 404, 409, 413, 422] {
        let bench = Bench::enrolled();
        bench.server.fault(|faults| faults.uploads = Some(status));
        bench.server.send(1, "127.46.3.1", "1", QUICK);
        bench.once().expect("nothing is wrong");
        let expected = ["receive 1", "begin 1", "refused upload 1", "acknowledge 1", "leaving"];
        assert_eq!(bench.server.events()[1..], expected, "{status}");
        assert_eq!(bench.spooled(), 0);
    }
}

#[test]
fn words_that_are_not_heard_are_said_again() {
    let bench = Bench::enrolled();
    bench.server.fault(|faults| faults.failed_words = 2);
    bench.server.send(1, "127.46.5.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    let failed = "failed acknowledge";
    let expected = ["receive 1", "begin 1", "upload 1", failed, failed, "acknowledge 1", "leaving"];
    assert_eq!(bench.server.events()[1..], expected);
}

#[test]
fn a_full_spool_takes_no_work_and_says_so() {
    let bench = Bench::enrolled();
    bench.server.fault(|faults| faults.failed_uploads = 1000);
    bench.server.send(1, "127.46.4.1", "1", QUICK);
    // Room for one small result.
    let agent = bench.start(AgentOptions { spool_budget: 700, ..Bench::options() });
    bench.server.wait_for("failed upload 1");
    bench.server.send(2, "127.46.4.1", "1", QUICK);
    let paused = wait_for("it says so", Duration::from_secs(20), || {
        bench.server.statuses().into_iter().find(|status| status["paused"].is_string())
    });
    assert!(paused["paused"].as_str().expect("a sentence").contains("spool is full"), "{paused}");
    assert!(paused["spooled"]["bytes"].as_u64() > Some(700) && paused["spooled"]["results"] == 1, "{paused}");
    assert_eq!(bench.server.count("receive 2"), 0);
    bench.server.fault(|faults| faults.failed_uploads = 0);
    bench.server.wait_for("acknowledge 2");
    agent.end().expect("it ends as asked");
}

#[test]
fn output_beyond_the_budget_is_cut() {
    let bench = Bench::enrolled();
    // Many lines of nothing that repeats much: each address with its time.
    bench.server.send(1, "127.46.128.0/17", "1-3", "-n -Pn -sT --min-rate 100000 --reason");
    let agent = bench.start(AgentOptions { spool_budget: 20_000, ..Bench::options() });
    bench.server.wait_for("upload 1");
    agent.end().expect("it ends as asked");
    assert_eq!(bench.server.results(1)[0].0.cut.as_deref(), Some("too-large"));
}

#[test]
fn half_a_scan_is_thrown_away() {
    let bench = Bench::enrolled();
    let half = bench.home().spool().join("20260101t000000-0123456789ab~00009");
    std::fs::create_dir_all(&half).expect("it is ours");
    std::fs::write(half.join("output.zst"), "half").expect("it is ours");
    bench.once().expect("nothing is wrong");
    assert_eq!((bench.spooled(), bench.server.count("upload")), (0, 0));
}
