//! Hosts that come, go, change and come back, in networks of the tests' own, found by ARP.

use serde_json::Value;

use crate::support::{Lab, Listener, Program, Run};

const NOTHING: [&str; 0] = [];
const PORTS: &str = "22,8080";

/// A network with two hosts, the first with an open port, and what the first scan found.
fn with_two_hosts(subnet: u8) -> Option<(Lab, Listener, Program)> {
    let mut lab = Lab::new(subnet)?;
    lab.start(1);
    lab.start(2);
    let listener = Listener::inside(&lab.host(1), &lab.address(1), 8080);
    let program = Program::new();
    let first = scan(&lab, &program).code(0);
    assert_eq!(first.deltas(), NOTHING);
    assert_eq!(first.json()["first_looks"]["hosts"], 3, "two hosts and the scanner: {first:?}");
    Some((lab, listener, program))
}

fn scan(lab: &Lab, program: &Program) -> Run {
    lab.scan(program, PORTS, &[&lab.network()])
}

fn hosts(program: &Program) -> Vec<(String, String, usize)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |host: &Value| {
        (text(&host["address"]), text(&host["status"]), host["ports"].as_array().map_or(0, Vec::len))
    };
    program.line("hosts --gone --format jsonl").code(0).lines().iter().map(row).collect()
}

fn warnings(run: &Run) -> Vec<String> {
    let warnings = run.json()["warnings"].as_array().cloned().unwrap_or_default();
    warnings.iter().filter_map(|warning| warning["code"].as_str().map(str::to_owned)).collect()
}

#[test]
fn hosts_come_go_and_come_back() {
    let Some((mut lab, _listener, program)) = with_two_hosts(1) else { return };
    let scan = |lab: &Lab| scan(lab, &program).code(0);
    assert_eq!(scan(&lab).deltas(), NOTHING);
    // One comes, with an open port.
    lab.start(3);
    let _other = Listener::inside(&lab.host(3), &lab.address(3), 22);
    assert_eq!(scan(&lab).deltas(), ["host-new 198.18.1.3", "port-opened 198.18.1.3 22/tcp host"]);
    // One goes, and its port with it.
    lab.switch(1, false);
    let run = scan(&lab);
    assert_eq!(run.deltas(), ["host-gone 198.18.1.1", "port-closed 198.18.1.1 8080/tcp host"]);
    assert_eq!(run.json()["deltas"][0]["after"]["reason"], "no-response", "{run:?}");
    assert_eq!(scan(&lab).deltas(), NOTHING);
    // And comes back.
    lab.switch(1, true);
    assert_eq!(scan(&lab).deltas(), ["host-back 198.18.1.1", "port-reopened 198.18.1.1 8080/tcp host"]);
    let history = program.line("history --format jsonl 198.18.1.1").code(0).lines();
    let kinds: Vec<_> = history.iter().filter_map(|change| change["kind"].as_str()).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}

#[test]
fn another_card_at_an_address_is_told() {
    let Some((lab, _listener, program)) = with_two_hosts(2) else { return };
    lab.change_card(1, "02:00:5e:77:77:77");
    let run = scan(&lab, &program).code(0);
    assert_eq!(run.deltas(), ["mac-changed 198.18.2.1"]);
    assert_eq!(run.json()["deltas"][0]["before"]["mac"], "02:00:5e:12:02:01");
    assert_eq!(run.json()["deltas"][0]["after"]["mac"], "02:00:5e:77:77:77");
    assert_eq!(scan(&lab, &program).code(0).deltas(), NOTHING);
}

#[test]
fn a_host_moves_to_another_address() {
    let Some((mut lab, listener, program)) = with_two_hosts(3) else { return };
    drop(listener);
    lab.switch(1, false);
    lab.start(4);
    lab.change_card(4, "02:00:5e:12:03:01");
    let _listener = Listener::inside(&lab.host(4), &lab.address(4), 8080);
    let run = scan(&lab, &program).code(0);
    assert_eq!(
        run.deltas(),
        [
            "host-gone 198.18.3.1",
            "port-closed 198.18.3.1 8080/tcp host",
            "host-new 198.18.3.4",
            "port-opened 198.18.3.4 8080/tcp host",
        ]
    );
}

#[test]
fn a_pulled_cable_closes_nothing() {
    let Some((lab, _listener, program)) = with_two_hosts(4) else { return };
    let before = hosts(&program);
    lab.plug(false);
    // The scanner's own address answers whatever happens to the cable.
    let run = scan(&lab, &program).code(0);
    assert_eq!(run.deltas(), NOTHING, "{run:?}");
    assert!(warnings(&run).contains(&"blackout".to_owned()), "{run:?}");
    assert_eq!(hosts(&program), before);
    lab.plug(true);
    let run = scan(&lab, &program).code(0);
    assert_eq!((run.deltas(), warnings(&run)), (vec![], vec![]));
    assert_eq!(hosts(&program), before);
}

#[test]
fn a_network_that_stays_silent_is_gone_by_the_second_scan() {
    let Some((lab, _listener, program)) = with_two_hosts(5) else { return };
    let others = format!("{}-{}", lab.address(1), 5);
    let scan = || lab.scan(&program, PORTS, &[&others]).code(0);
    scan();
    lab.plug(false);
    let run = scan();
    assert_eq!(run.deltas(), NOTHING, "{run:?}");
    assert!(warnings(&run).contains(&"blackout".to_owned()), "{run:?}");
    let told = program.line("hosts --format json").json();
    assert_eq!(told[0]["pending"], true, "{told}");
    let run = scan();
    assert_eq!(
        run.deltas(),
        ["host-gone 198.18.5.1", "port-closed 198.18.5.1 8080/tcp host", "host-gone 198.18.5.2"]
    );
    assert_eq!(run.json()["deltas"][0]["why"]["needed"], 2, "{run:?}");
}

#[test]
fn a_link_that_is_down_closes_nothing() {
    let Some((lab, _listener, program)) = with_two_hosts(6) else { return };
    let before = hosts(&program);
    lab.switch_scanner(false);
    for targets in [lab.network(), format!("{}-{}", lab.address(1), 5)] {
        let run = lab.scan(&program, PORTS, &[&targets]);
        assert!(run.code == 0 || run.code == 2, "{run:?}");
        if run.code == 0 {
            assert_eq!(run.deltas(), NOTHING, "{run:?}");
        }
        let is_said = !run.err.is_empty() || !warnings(&run).is_empty();
        assert!(is_said, "somebody is told: {run:?}");
        assert_eq!(hosts(&program), before);
    }
    lab.switch_scanner(true);
    assert_eq!(scan(&lab, &program).code(0).deltas(), NOTHING);
}

#[test]
fn one_host_of_one_that_goes_is_gone_at_once() {
    let Some(mut lab) = Lab::new(7) else { return };
    lab.start(1);
    let program = Program::new();
    let target = lab.address(1);
    let scan = |lab: &Lab| lab.scan(&program, PORTS, &[&target]).code(0);
    scan(&lab);
    lab.switch(1, false);
    assert_eq!(scan(&lab).deltas(), ["host-gone 198.18.7.1"]);
    assert!(lab.scan(&program, PORTS, &["--options=-n -Pn -T4", &target]).code(0).deltas().is_empty());
    lab.switch(1, true);
    assert_eq!(scan(&lab).deltas(), ["host-back 198.18.7.1"]);
}
