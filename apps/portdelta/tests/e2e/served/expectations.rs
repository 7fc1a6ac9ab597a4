//! What a site should look like, from the command line.

use std::time::Duration;

use portdelta_app::ports::Clock;
use portdelta_system::SystemClock;
use portdelta_testkit::{NmapHost, NmapText, wait_for};
use serde_json::Value;

use crate::support::{Server, write};

const PATIENCE: Duration = Duration::from_mins(1);

/// So many seconds after a time that has gone by: what is of the future is taken to be of now, and all of one second.
fn past(seconds: i64) -> i64 {
    SystemClock.now().seconds() - 10_000 - NmapText::BEGINNING + seconds
}

/// A server that knows two scans of an office: in the second RDP opened.
fn office() -> Server {
    let server = Server::start();
    server.line("sites add office").code(0);
    server.line("networks add lan --prefixes 192.0.2.0/24").code(0);
    let url = server.url();
    for (name, at, ports) in [("one.xml", 0, &[25_u16][..]), ("two.xml", 1_000, &[25, 3389])] {
        let text = NmapText::of("-sT -p20-30,3389 192.0.2.0/30").at(past(at)).tcp("20-30,3389").of_total(4);
        let host = NmapHost::up("192.0.2.1").open(ports).service(22, "ssh", "evil", "1");
        write(server.here().home(), name, text.host(host).bytes());
        server.line(&format!("import {name} --server {url} --site office")).code(0);
    }
    server
}

/// The titles of alerts that are open, once they are what is said.
fn await_alerts(server: &Server, wanted: &[&str]) {
    wait_for("the alerts", PATIENCE, || {
        let listed = server.line("alerts list --format json").code(0).json();
        let mut titles: Vec<_> = listed
            .as_array()?
            .iter()
            .filter_map(|alert| alert["title"].as_str().map(str::to_owned))
            .collect();
        titles.sort();
        (titles == wanted).then_some(())
    });
}

fn listed(server: &Server, line: &str) -> Vec<Value> {
    let table = server.line(line).code(0);
    assert!(!table.out.contains('\u{1b}'), "{table:?}");
    server.line(&format!("{line} --format json")).code(0).json().as_array().expect("a list").clone()
}

const RDP: &str = "3389/tcp (RDP) is open at 192.0.2.1";
const SSH: &str = "22/tcp (SSH) is open at 192.0.2.1";
const MAIL: &str = "25/tcp is open at 192.0.2.1 and should not be";

#[test]
fn a_site_is_as_it_should_be_or_it_is_said() {
    let server = office();
    await_alerts(&server, &[SSH, RDP]);
    assert!(server.line("expectations list").code(0).out.contains("Nothing is expected."));
    assert!(server.line("compliance lan").code(0).out.contains("All that is expected of lan is so."));
    server.line("expectations add closed --ports 22").refused("--targets is missing");
    let run = server
        .line("expectations add closed --targets 192.0.2.0/24 --ports 1-65535 --reason clients")
        .code(0);
    assert!(run.out.contains("should be closed at site office"), "{run:?}");
    let found = listed(&server, "compliance lan");
    let problems: Vec<_> =
        found.iter().map(|line| (line["port"].as_u64(), line["problem"].as_str())).collect();
    let unexpected = Some("unexpected_open");
    assert_eq!(problems, [(Some(22), unexpected), (Some(25), unexpected), (Some(3389), unexpected)]);
    server.line("compliance lan --fail-on-violation").code(1);
    server.line("compliance nowhere").refused("there is no network nowhere");

    // By change, and by alert.
    server.line("deltas accept 192.0.2.1 3389 22 --reason desk --owner ops").code(0);
    server.line("deltas accept 192.0.2.1 443 --reason desk").refused("never changed");
    let run = server.line("deltas accept 192.0.2.1 x --reason desk").code(2);
    assert!(run.err.contains("write 22, or 53/udp"), "{run:?}");
    await_alerts(&server, &[MAIL]);
    let alert = listed(&server, "alerts list")[0]["id"].as_str().expect("an id").to_owned();
    server
        .line(&format!("alerts accept {} --reason mail --expires 2000-01-01", &alert[..8]))
        .refused("expired");
    let run = server.line(&format!("alerts accept {} --reason mail", &alert[..8])).code(0);
    assert!(run.out.contains("Ports 25 of 192.0.2.1 should be open"), "{run:?}");
    await_alerts(&server, &[]);
    server.line("compliance lan --fail-on-violation").code(0);

    let all = listed(&server, "expectations list --address 192.0.2.1");
    assert_eq!(all.len(), 4);
    let accepted = all.iter().find(|one| one["ports"] == "25").expect("it was accepted");
    let id = accepted["id"].as_str().expect("an id");
    let shown = server.line(&format!("expectations show {}", &id[..20])).code(0);
    assert!(shown.out.contains("reason") && shown.out.contains("mail"), "{shown:?}");
    server.line(&format!("expectations edit {id} --state closed --owner postmaster")).code(0);
    await_alerts(&server, &[MAIL]);
    server.line(&format!("expectations edit {id} --ports 70000")).refused("65535");
    server.line(&format!("expectations delete {id}")).code(0);
    server.line(&format!("expectations show {id}")).refused("there is no expectation");
    let noted = listed(&server, "audit --what expectation");
    let words: Vec<_> = noted.iter().filter_map(|entry| entry["what"].as_str()).collect();
    assert_eq!(words, ["expectation.removed", "expectation.edited", "expectation.created"]);
}

#[test]
fn expectations_come_from_a_file_and_go_into_one() {
    let server = office();
    let home = server.here().home();
    let file = |ports: &str| {
        format!(
            "version: 1\nexpectations:\n  - id: clients\n    site: office\n    targets: [192.0.2.0/24]\n    ports: {ports}\n    \
             state: closed\n    reason: clients only\n  - site: office\n    targets: 192.0.2.1\n    ports: 25\n    state: open\n"
        )
    };
    write(home, "wrong.yaml", file("1-70000"));
    server.line("expectations apply wrong.yaml").refused("line 6, column 12: ports: port `1-70000`: ");
    write(home, "misspelt.yaml", file("1-65535").replace("reason", "raeson"));
    server.line("expectations apply misspelt.yaml").refused("line 8, column 5: there is no field \"raeson\"");
    write(home, "good.yaml", file("1-65535"));
    let run = server.line("expectations apply good.yaml --dry-run").code(0);
    assert!(run.out.contains("2 new, 0 changed, 0 removed, 0 as before"), "{run:?}");
    assert!(listed(&server, "expectations list").is_empty());
    server.line("expectations apply good.yaml").code(0);
    let run = server.line("expectations apply good.yaml --prune").code(0);
    assert!(run.out.contains("0 new, 0 changed, 0 removed, 2 as before"), "{run:?}");
    server.line("expectations add open --targets 192.0.2.9 --ports 443").code(0);
    let exported = server.line("expectations export").code(0).out;
    assert!(exported.contains("id: \"clients\"") && exported.contains("ports: \"443\""), "{exported}");
    let run = server.line("expectations apply good.yaml --prune").code(0);
    assert!(run.out.contains("1 removed, 2 as before"), "{run:?}");
    write(home, "exported.yaml", &exported);
    let run = server.line("expectations apply exported.yaml --format json").code(0);
    assert_eq!((&run.json()["unchanged"], run.json()["made"].as_array().map(Vec::len)), (&2.into(), Some(1)));
    server.line("expectations apply nowhere.yaml").refused("could not read nowhere.yaml");

    // What others do meanwhile is not removed by a file that is older.
    let version = |err: &str| {
        err.split_once("Version ").and_then(|(_, rest)| rest.split(':').next()).map(str::to_owned)
    };
    let run = server.line("expectations export").code(0);
    let since = version(&run.err).unwrap_or_else(|| panic!("{run:?}"));
    write(home, "exported.yaml", &run.out);
    server.line("expectations add open --targets 192.0.2.10 --ports 443").code(0);
    let put_back = "expectations apply exported.yaml --prune --unchanged-since";
    server.line(&format!("{put_back} {since}")).refused("changed by somebody else");
    let run = server.line("expectations apply exported.yaml --prune --dry-run").code(0);
    assert!(run.out.contains("1 removed, 3 as before"), "{run:?}");
    let since = version(&run.err).unwrap_or_else(|| panic!("{run:?}"));
    let run = server.line(&format!("{put_back} {since}")).code(0);
    assert!(run.out.contains("1 removed, 3 as before"), "{run:?}");
}

#[test]
fn hosts_are_listed_by_their_network() {
    let server = office();
    server.line("networks add mail --prefixes 192.0.2.1").code(0);
    let data = server.here().data();
    // Asked, or read in its folder, it is the same.
    for place in [format!("--server {}", server.url()), format!("--data {}", data.display())] {
        let hosts = |network: &str| {
            let run = server.line(&format!("hosts --network {network} {place} --site office --format json"));
            run.code(0).json().as_array().expect("a list").len()
        };
        assert_eq!((hosts("mail"), hosts("lan"), hosts("unassigned")), (1, 0, 0), "{place}");
        let narrow = format!("hosts 192.0.2.2 --network mail {place} --site office --format json");
        assert_eq!(server.line(&narrow).code(0).json(), serde_json::json!([]), "{place}");
        let unknown = server.line(&format!("hosts --network nowhere {place} --site office"));
        unknown.refused("there is no network nowhere");
    }
}

#[test]
fn who_accepted_a_change_stands_in_the_history_of_its_port() {
    let server = office();
    // It is on this machine, but its data is asked for by its address.
    let there = format!("--server {} --site office", server.url());
    let history = |more: &str| {
        let run = server.line(&format!("history 192.0.2.1 --port 3389 {there} {more}")).code(0);
        run.out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!history("").contains("expected"), "{}", history(""));
    server.line("deltas accept 192.0.2.1 3389 --reason desk --owner Ops").code(0);
    let words = history("--evidence");
    for told in [
        "3389/tcp opened",
        "expected open, said ",
        " by token ",
        ", desk, Ops",
        "by: nmap 7.95, two.xml, imported by token ",
        "ran: nmap -sT -p20-30,3389 192.0.2.0/30",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert!(!words.contains("25/tcp opened"), "{words}");
    let changes =
        server.line(&format!("history 192.0.2.1 --evidence {there} --format jsonl")).code(0).lines();
    let times: Vec<_> = changes.iter().map(|change| change["time"].as_str().unwrap_or_default()).collect();
    assert!(times.is_sorted() && times.len() > 3, "{times:?}");
    let newest = changes.last().expect("a change");
    assert_eq!(newest["evidence"][0]["source"], "two.xml");
    let id = newest["evidence"][0]["id"].as_str().expect("an id");
    let shown = server.line(&format!("result {id} {there} --format json")).code(0).json();
    assert_eq!(shown, newest["evidence"][0]);
    server.line(&format!("result {} {there}", "0".repeat(64))).refused("there is no result");
    let all = server.line(&format!("deltas --evidence {there} --format json")).code(0).json();
    assert_eq!(all[0]["evidence"][0]["source"], "two.xml");
    let limited = server.line(&format!("history 192.0.2.1 --limit 1 {there} --format jsonl")).code(0).lines();
    assert_eq!(limited.len(), 1);
    assert_eq!(limited[0]["time"], newest["time"]);
}

#[test]
fn addresses_are_cleaned_up_after_a_dry_run() {
    let server = office();
    await_alerts(&server, &[SSH, RDP]);
    assert!(server.line("clean-up --list").code(0).out.contains("Nothing was cleaned up."));
    let dry = server.line("clean-up --site office --target 192.0.2.1").code(0);
    assert!(dry.out.contains("Would go of 192.0.2.1 of site office: 1 host, 3 open ports,"), "{dry:?}");
    assert!(dry.out.contains("2 alerts") && dry.out.contains("Nothing was removed"), "{dry:?}");
    let network = server.line("clean-up --site office --network lan --format json").code(0).json();
    assert_eq!((&network["hosts"], &network["alerts"], &network["runs"]), (&1.into(), &2.into(), &0.into()));
    let alerts = server.line("alerts list --format json").code(0).json();
    assert_eq!(alerts.as_array().map(Vec::len), Some(2), "a dry run removes nothing");

    let done =
        server.line("clean-up --site office --target 192.0.2.1 --target 198.51.100.0/24 --yes").code(0);
    assert!(done.out.contains("Cleaned up 192.0.2.1, 198.51.100.0/24 of site office: 1 host"), "{done:?}");
    await_alerts(&server, &[]);
    let again = server.line("clean-up --site office --target 192.0.2.1").code(0);
    assert!(again.out.contains("Nothing would go"), "{again:?}");
    let list = listed(&server, "clean-up --list");
    assert_eq!((list.len(), &list[0]["done"], &list[0]["removed"]["alerts"]), (1, &true.into(), &2.into()));
    assert!(listed(&server, "audit --what site.cleaned-up").len() == 1);
    // What an old output says does not count any more.
    let url = server.url();
    let text = NmapText::of("-sT -p20-30 192.0.2.0/30").at(past(500)).tcp("20-30").of_total(4);
    write(server.here().home(), "late.xml", text.host(NmapHost::up("192.0.2.1").open(&[29])).bytes());
    let late = server.line(&format!("import late.xml --server {url} --site office")).code(0);
    assert!(format!("{}{}", late.out, late.err).contains("cleaned up after this scan had begun"), "{late:?}");

    server.line("clean-up --site nowhere").refused("there is no site nowhere");
    server.line("clean-up --site office --network nowhere --yes").refused("there is no network nowhere");
    server.line("clean-up --site office --target 192.0.2.300").refused("192.0.2.300");
    let both = server.line("clean-up --site office --network lan --target 192.0.2.1").code(2);
    assert!(both.err.contains("cannot be used with"), "{both:?}");
    assert!(server.line("clean-up --yes").code(2).err.contains("--site"));
}
