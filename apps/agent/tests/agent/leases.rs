//! Leases are kept while something is done, and one that is lost loses no result.

use portdelta_testkit::wait_until;

use crate::bench::{Bench, QUICK, SLOW};

#[test]
fn a_slow_scan_keeps_its_lease() {
    let bench = Bench::enrolled();
    bench.server.set_lease(2);
    bench.server.send(1, "127.45.1.1", "1-4", SLOW);
    bench.once().expect("nothing is wrong");
    assert!(bench.server.count("extend 1") >= 2, "{:?}", bench.server.all_events());
    assert_eq!(bench.server.events()[1..], ["receive 1", "begin 1", "upload 1", "acknowledge 1", "leaving"]);
}

#[test]
fn a_lost_lease_loses_no_result() {
    let bench = Bench::enrolled();
    bench.server.set_lease(3);
    bench.server.send(1, "127.45.2.1", "1-3", SLOW);
    let agent = bench.start(Bench::options());
    bench.server.wait_for("begin 1");
    bench.server.lose_leases();
    // Others are busy: it comes back to this agent, while or after it works on it.
    wait_until("it is done", || bench.server.is_done());
    agent.end().expect("it ends as asked");
    assert!(bench.server.count("extend void") + bench.server.count("acknowledge void") > 0);
    assert!(!bench.server.results(1).is_empty());
}

#[test]
fn a_task_that_is_delivered_again_while_at_hand_is_done_once() {
    let bench = Bench::enrolled();
    bench.server.send(1, "127.45.3.1", "1-4", SLOW);
    let options = portdelta_agent::AgentOptions { concurrency: 2, ..Bench::options() };
    let agent = bench.start(options);
    bench.server.wait_for("begin 1");
    bench.server.lose_leases();
    wait_until("it is done", || bench.server.is_done());
    agent.end().expect("it ends as asked");
    let events = bench.server.events();
    assert_eq!(events[1..], ["receive 1", "begin 1", "receive 1", "upload 1", "acknowledge 1", "leaving"]);
}

#[test]
fn a_lease_is_kept_while_the_result_travels() {
    let bench = Bench::enrolled();
    bench.server.set_lease(2);
    bench.server.fault(|faults| faults.failed_uploads = 3);
    bench.server.send(1, "127.45.4.1", "1", QUICK);
    bench.once().expect("nothing is wrong");
    let failed = "failed upload 1";
    assert_eq!(
        bench.server.events()[1..],
        ["receive 1", "begin 1", failed, failed, failed, "upload 1", "acknowledge 1", "leaving"]
    );
    assert!(bench.server.count("extend 1") >= 1);
}
