//! What people do with a server from its command line, from the first site to the last alert.

use portdelta_app::ports::Clock;
use portdelta_formats::report::rfc3339;
use portdelta_system::SystemClock;
use portdelta_testkit::{Listener, WebCatcher, WebMode, wait_until};
use serde_json::Value;

use crate::support::{Agent, Run, Server, write};

/// A list in every format: tables within 80 columns, nothing that steers a terminal; the list as JSON.
#[track_caller]
fn listed(server: &Server, line: &str) -> Vec<Value> {
    let of = |format: &str| server.line(&format!("{line} --format {format}")).code(0);
    let table = of("table");
    assert!(table.out.lines().all(|line| line.chars().count() <= 80), "{table:?}");
    let all = of("json").json().as_array().expect("a list").clone();
    assert_eq!(of("jsonl").lines(), all);
    let csv = of("csv").out;
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<_> = rows.records().collect::<Result<_, _>>().expect("CSV");
    assert_eq!(rows.len(), all.len(), "{csv}");
    for text in [&table.out, &csv] {
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    }
    all
}

/// Runs a line that must succeed and say this.
#[track_caller]
fn says(server: &Server, line: &str, words: &str) -> Run {
    let run = server.line(line).code(0);
    assert!(run.out.contains(words), "no {words:?} in {run:?}");
    run
}

#[test]
fn sites_networks_and_scans_are_made_changed_and_removed() {
    let server = Server::start();
    says(&server, "sites list", "There is no site");
    says(&server, "sites add office --name Headquarters", "office");
    says(&server, "sites add annex", "annex");
    says(&server, "sites edit annex --name Outpost", "annex");
    server.line("sites add annex").refused("annex");
    server.line("sites edit nowhere --name x").refused("nowhere");
    assert_eq!(listed(&server, "sites list").len(), 2);
    says(&server, "sites remove annex", "annex");

    says(
        &server,
        "networks add servers --prefixes 127.0.72.0/24,127.0.73.0/24 --owner operations",
        "servers",
    );
    says(&server, "networks edit servers --label production --label linux", "servers");
    let networks = listed(&server, "networks list");
    assert_eq!((networks.len(), networks[0]["owner"].as_str()), (1, Some("operations")), "{networks:?}");
    server.line("networks add broken --prefixes 127.0.72.0/33").refused("33");

    let add = "scans add nightly --targets 127.0.72.1-3 --ports 22,80 --every 6h --site office";
    says(&server, add, "Made the scan nightly: runs every 6 hours, next at 2");
    let run = server.line("scans add bad --site office --targets 127.0.72.1,127.0.72.300");
    run.refused("300");
    let lines: Vec<_> = run.err.lines().collect();
    let shown = lines.iter().position(|line| line.ends_with("127.0.72.1,127.0.72.300")).expect("the text");
    let place = lines[shown].find("127.0.72.300").expect("the mistake");
    assert!((place..place + 12).contains(&lines[shown + 1].find('^').expect("a caret")), "{run:?}");
    server.line("scans add bad --site office --targets scanme.example").refused("scanme.example");
    let mut smuggled = server.here().command(["scans", "add", "bad", "--site", "office", "--targets"]);
    Run::of(smuggled.arg("127.0.72.1 -oN /tmp/x")).refused("-oN");
    let mut smuggled = server.here().command(["scans", "add", "bad", "--site", "office"]);
    Run::of(smuggled.args(["--targets", "127.0.72.1", "--options", "--script /tmp/x.nse"])).refused("script");

    says(&server, "scans show nightly", "every 6 hours");
    says(&server, "scans edit nightly --ports top:10 --deadline 30", "Changed the scan nightly");
    let mut dark = server.here().command(["scans", "edit", "nightly", "--blackout-window"]);
    Run::of(dark.arg("mon-fri 8:00-18:00 Europe/Berlin")).code(0);
    says(&server, "scans show nightly", "Monday to Friday from 08:00 to 18:00, Europe/Berlin");
    says(&server, "scans preview nightly", "blackout window");
    says(&server, "scans edit nightly --no-blackout-window", "Changed the scan nightly");
    says(&server, "scans clone nightly --name weekly", "Made the scan weekly: its schedule is paused");
    says(&server, "scans resume weekly", "runs every 6 hours");
    says(&server, "scans pause weekly", "its schedule is paused");
    says(&server, "scans preview nightly --ports 1-100", "addresses");
    let scans = listed(&server, "scans list");
    assert_eq!(scans.len(), 2);
    assert!(scans.iter().all(|scan| scan["ports"] == "top:10"), "{scans:?}");
    says(&server, "scans remove weekly", "its history stays");
    assert_eq!(listed(&server, "scans list").len(), 1);
    assert_eq!(listed(&server, "scans list --all").len(), 2);
    server.line("scans run weekly").refused("weekly");
    says(&server, "networks remove servers", "servers");
    assert_eq!(listed(&server, "networks list").len(), 0);
    says(&server, "runs list", "Nothing has run");
    says(&server, "alerts list", "Nothing is wrong");
    server.line("runs show latest").refused("nothing has run");
}

#[test]
fn a_run_is_watched_and_reported_and_its_alert_dealt_with() {
    const RDP: u16 = 3389;
    let server = Server::start();
    let _agent = approved(&server, "office", "office-1");
    let first = Listener::on("127.0.74.1");
    let add = "scans add desktops --site office --targets 127.0.74.1-2 --ports";
    server.line(&format!("{add} {},{RDP}", first.port())).code(0);
    let run = server.line("scans run desktops --watch").code(0);
    assert!(run.out.contains("is complete: 0 changes") && run.err.contains("100 %"), "{run:?}");

    let desktop = Listener::at("127.0.74.2", RDP);
    let started = server.line("scans run desktops --format json").code(0).json();
    let id = started["runs"][0]["id"].as_str().expect("a run").to_owned();
    says(&server, &format!("runs watch {id}"), &format!("{id} at office is complete: 1 change"));
    assert_eq!(listed(&server, "runs list --scan desktops").len(), 2);
    assert_eq!(listed(&server, "runs list --scan desktops --state complete").len(), 2);
    says(&server, "runs list --scan desktops --state partial", "Nothing has run");
    assert_eq!(listed(&server, &format!("runs show {id} --tasks")).len(), 1);
    says(&server, &format!("runs show {id} --tasks"), "office-1");
    says(&server, "runs show latest", "1 port-opened");
    server.line("runs show now-0").refused("now-0");

    assert_eq!(listed(&server, "reports list --scan desktops").len(), 2);
    let shown = says(&server, "reports show latest --why", "+ 3389/tcp opened");
    assert!(shown.out.contains("127.0.74.2") && shown.out.contains("why: "), "{shown:?}");
    for (name, begin) in [("a.csv", ""), ("a.json", "{"), ("a.txt", ""), ("a.html", "<!DOCTYPE html>")] {
        server.line(&format!("reports export {id} --output {name}")).code(0);
        let text = std::fs::read_to_string(server.here().home().join(name)).expect("it was written");
        assert!(text.starts_with(begin) && text.contains("127.0.74.2") && text.contains("3389"), "{text}");
    }
    says(&server, "reports export-all --scan desktops --zip all.zip", "Wrote 2 reports to all.zip");

    // The server is on this machine, but its data is asked for by its address.
    let url = server.url();
    let hosts = listed(&server, &format!("hosts --server {url} --site office"));
    assert_eq!(hosts.len(), 2, "{hosts:?}");
    assert_eq!(listed(&server, &format!("hosts --server {url} --site office --port 3389")).len(), 1);
    let deltas = listed(&server, &format!("deltas --server {url} --site office"));
    assert_eq!((deltas.len(), &deltas[0]["kind"]), (1, &Value::from("port-opened")), "{deltas:?}");
    says(&server, &format!("history 127.0.74.2 --server {url} --site office"), "3389/tcp");

    wait_until("the alert to be there", || !listed(&server, "alerts list").is_empty());
    let alerts = listed(&server, "alerts list --severity critical");
    let alert = alerts[0]["id"].as_str().expect("an id")[..12].to_owned();
    says(&server, "alerts list", "3389/tcp (RDP) is open");
    says(&server, &format!("alerts acknowledge {alert} --note asked"), "is acknowledged now.");
    says(&server, &format!("alerts action {alert}"), "is actioned now.");
    server.line(&format!("alerts ignore {alert} --until 2999-12-24 --reason never")).refused("five years");
    let until = rfc3339(SystemClock.now().shifted(30 * 86_400))[..10].to_owned();
    let ignore = format!("alerts ignore {alert} --until {until} --reason migration");
    says(&server, &ignore, &format!("until {until}"));
    assert!(listed(&server, "alerts list").is_empty());
    assert_eq!(listed(&server, "alerts list --state ignored").len(), 1);
    says(&server, &format!("alerts reopen {alert}"), "is open now.");
    let history = says(&server, &format!("alerts show {alert}"), "migration");
    assert!(history.out.contains("asked"), "{history:?}");
    server.line("alerts acknowledge ffffffffffff").refused("there is no alert");

    says(&server, "alerts watch 9200 --severity high --label Elasticsearch", "9200");
    says(&server, "alerts ports", "Elasticsearch");
    says(&server, "alerts unwatch 9200", "9200");

    // It resolves by itself.
    drop(desktop);
    server.line("scans run desktops --watch").code(0);
    wait_until("the alert to resolve", || listed(&server, "alerts list --state resolved").len() == 1);
}

#[test]
fn a_run_is_cancelled_and_one_without_agents_waits() {
    let server = Server::start();
    server.line("sites add office").code(0);
    server.line("scans add lonely --site office --targets 127.0.75.1 --ports 9").code(0);
    let started = server.line("scans run lonely --format json").code(0).json();
    let id = started["runs"][0]["id"].as_str().expect("a run").to_owned();
    let run = server.line("doctor").code(1);
    assert!(run.out.contains("no agent of site office is online: its scans wait"), "{run:?}");
    // A second one is left out, and says why.
    let run = server.line("scans run lonely").code(1);
    assert!(run.err.contains(&id) && run.out.contains("Nothing was started"), "{run:?}");
    says(&server, &format!("runs cancel {id}"), "Cancelled the run");
    says(&server, "runs list --state cancelled", &id);
    let run = server.line(&format!("runs watch {id}")).code(1);
    assert!(run.out.contains("is cancelled"), "{run:?}");
}

#[test]
fn agents_are_let_in_moved_hidden_and_shut_out() {
    let server = Server::start();
    server.line("sites add annex").code(0);
    let mut agent = approved(&server, "office", "office-1");
    let agents = listed(&server, "agents list");
    assert_eq!((agents.len(), &agents[0]["name"]), (1, &Value::from("office-1")));
    says(&server, "agents show office-1", "online");
    says(&server, "agents hide office-1", "hidden");
    assert_eq!(listed(&server, "agents list").len(), 0);
    assert_eq!(listed(&server, "agents list --hidden").len(), 1);
    says(&server, "agents show-hidden office-1", "shown");
    says(&server, "agents move office-1 --site annex", "annex");
    server.line("agents move office-1 --site nowhere").refused("nowhere");
    assert_eq!(listed(&server, "agents list")[0]["site"], "annex");
    server.line("agents approve nobody").refused("nobody");
    says(&server, "agents revoke office-1", "gets no work any more");
    assert_eq!(agent.process().ended(), 3, "{}", agent.process().log());
    assert!(agent.process().log().contains("hint: "), "{}", agent.process().log());
    says(&server, "agents list", "revoked");
}

#[test]
fn channels_are_added_tried_and_removed_and_keep_their_secrets() {
    let programs = tempfile::tempdir().expect("a temporary folder");
    std::fs::copy("/bin/cat", programs.path().join("cat")).expect("it can be copied");
    let programs = programs.path().to_str().expect("UTF-8");
    let (server, web) = (Server::with(&["--programs", programs], &[]), WebCatcher::start());
    let home = server.here().home().to_owned();
    write(&home, "key", "a-key-of-the-signature\n");
    write(&home, "slack", format!("{}services/T0/B0/very-secret\n", web.url()));
    let url = web.url();
    let add = format!("channels add webhook tickets --url {url} --secret-file key --allow-private");
    says(&server, &add, "portdelta channels test tickets");
    says(&server, "channels add slack chat --url-file slack --allow-private --min-severity high", "chat");
    says(&server, "channels add program pager cat --timeout 5", "pager");
    server.line("channels add program shell /bin/sh").refused("the name of a file");
    server
        .line("channels add webhook inside --url https://127.0.0.1/x --secret-file key")
        .refused("127.0.0.1");
    server.line("channels add smtp mail --host mail.example --from a@example.com").refused("recipients");
    for name in ["tickets", "chat", "pager"] {
        says(&server, &format!("channels test {name}"), "works: the other side has taken a test");
    }
    let signed = web.requests();
    assert!(signed[0].headers.contains_key("portdelta-signature"), "{signed:?}");
    web.set_mode(WebMode::Answer(500, "\u{1b}[2Jout of order".to_owned()));
    let run = server.line("channels test tickets").code(1);
    assert!(run.out.contains("500") && run.out.contains("It may work later"), "{run:?}");
    assert!(!run.out.contains('\u{1b}'), "{run:?}");
    web.set_mode(WebMode::Accept);

    says(&server, "channels edit tickets --rename desk --only-kind alert", "Changed the channel desk");
    says(&server, "channels edit desk --disable", "It is disabled");
    says(&server, "channels list", "disabled");
    says(&server, "channels edit desk --enable", "Changed the channel desk");
    says(&server, "channels test desk", "works");
    assert!(web.requests().last().is_some_and(|last| last.headers.contains_key("portdelta-signature")));
    server.line("channels edit pager --host mail.example").refused("another kind");
    assert_eq!(listed(&server, "channels list").len(), 3);
    for format in ["table", "json", "jsonl", "csv"] {
        let shown = server.line(&format!("channels list --format {format}")).code(0).out;
        assert!(!shown.contains("very-secret") && !shown.contains("a-key-of"), "{shown}");
    }
    for name in ["desk", "chat", "pager"] {
        says(&server, &format!("channels remove {name}"), "Removed");
    }
    says(&server, "channels list", "Nobody is told of anything");
    server.line("channels test chat").refused("chat");
    let log = std::fs::read_to_string(home.join("server.log")).expect("it was kept");
    assert!(!log.contains("very-secret") && !log.contains("a-key-of"), "{log}");
}

/// A site and an agent there, enrolled and approved by the command line, which works.
fn approved(server: &Server, site: &str, name: &str) -> Agent {
    server.line(&format!("sites add {site}")).code(0);
    let enrolment = server.line(&format!("agents enrol --site {site} --format json")).code(0).json();
    let agent = Agent::enrolled(enrolment["token"].as_str().expect("a token"), name);
    // Who approves it sees the key that it shows on its own machine.
    let key = agent.machine().line("agent status --format json").json()["key"].clone();
    let key = key.as_str().expect("it has one");
    says(server, "agents list", &format!("key {key}"));
    says(server, &format!("agents approve {name}"), &format!("(key {key}) may work now"));
    wait_until("the agent to be online", || {
        server.line("agents list --format json").json()[0]["status"] == "online"
            && agent.machine().line("agent status --format json").json()["standing"] == "approved"
    });
    agent
}

#[test]
fn what_is_kept_how_long_is_shown_tried_and_set() {
    let server = Server::start();
    says(&server, "retention show", "for ever");
    says(&server, "retention set --results forever --dry-run", "everything is kept for ever");
    says(&server, "retention set --runs 365 --dry-run", "Would go: 0 runs that ended before");
    says(&server, "retention show", "for ever");
    says(&server, "retention set --runs 365", "365 days");
    // What is not given stays.
    let kept = server.line("retention set --results 90 --format json").code(0).json();
    assert_eq!((&kept["results_days"], &kept["runs_days"]), (&90.into(), &365.into()));
    says(&server, "retention set --runs forever", "90 days");
    for (wrong, why) in [("--runs 0", "36500"), ("--dry-run", "--results")] {
        let refused = server.line(&format!("retention set {wrong}")).code(2);
        assert!(refused.err.contains(why), "{refused:?}");
    }
}
