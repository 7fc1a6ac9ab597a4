//! What goes wrong between the program and a server, and what is done with what a server says.

use serde_json::{Value, json};

use crate::support::{Double, Program, Run, evening, write};
use portdelta_testkit::{NmapHost, NmapText};

const TOKEN: &str = "pda_test_secret";

/// The program with this server and a token.
fn ask(program: &Program, server: &Double, line: &str) -> Run {
    let mut command = program.command(line.split_whitespace());
    Run::of(command.env("PORTDELTA_SERVER", server.url()).env("PORTDELTA_TOKEN", TOKEN))
}

fn page(items: &Value) -> Value {
    json!({ "items": items })
}

fn site(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "active": true, "created": "2026-01-31T12:00:00Z", "agents_online": 1})
}

#[test]
fn without_a_server_the_hint_says_how_to_name_one() {
    let program = Program::new();
    program.line("sites list").refused("no server is known");
    program.line("sites list --server ftp://192.0.2.1").refused("is not the address of a server");
    program.line("sites list --server http://192.0.2.1").refused("for all to read");
    program.line("sites list --server https://127.0.0.1:1 --server-pin 00").refused("not the SHA-256");
    program.line("sites list --server http://127.0.0.1:1").refused("could not reach http://127.0.0.1:1");
}

#[test]
fn the_token_comes_from_a_file_or_the_environment_and_goes_into_the_header_only() {
    let (program, server) = (Program::new(), Double::start());
    server.on("GET /sites", 200, &page(&json!([site("office", "Head office")])));
    let run = ask(&program, &server, "sites list").code(0);
    assert!(run.out.contains("Head office"), "{run:?}");
    write(program.home(), "token", "pda_of_file\n");
    let run = ask(&program, &server, "sites list --token-file token").code(0);
    assert!(run.err.contains("others may read the token"), "{run:?}");
    let headers: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| asked.headers["authorization"].to_str().expect("text").to_owned())
        .collect();
    assert_eq!(headers, [format!("Bearer {TOKEN}"), "Bearer pda_of_file".to_owned()]);
    assert!(server.asked().iter().all(|asked| !asked.query.contains("pda")));
}

#[test]
fn a_wrong_token_is_said_and_how_to_get_another() {
    let (program, server) = (Program::new(), Double::start());
    server.on("GET /sites", 401, &json!({"code": "token.unknown", "detail": "this token is not known"}));
    ask(&program, &server, "sites list").refused("this token is not known");
}

#[test]
fn a_mistake_is_pointed_at_in_what_was_given() {
    let (program, server) = (Program::new(), Double::start());
    server.on("GET /sites", 200, &page(&json!([site("office", "office")])));
    let problem = json!({
        "code": "targets.octet", "detail": "300 is no number of an address", "field": "targets", "position": 20,
        "hint": "Numbers are from 0 to 255."
    });
    server.on("POST /scans", 422, &problem);
    let run = ask(&program, &server, "scans add nightly --targets 192.0.2.1,192.0.2.300");
    run.refused("300 is no number of an address");
    let lines: Vec<_> = run.err.lines().collect();
    let shown = lines.iter().position(|line| line.contains("192.0.2.1,192.0.2.300")).expect("the text");
    assert_eq!(lines[shown + 1].find('^'), Some(22), "{run:?}");
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let (program, server) = (Program::new(), Double::start());
    let busy = json!({"code": "too_many_requests", "detail": "too many requests"}).to_string();
    server.on_with("GET /sites", 429, &[("retry-after", "0")], &busy);
    server.on_with("GET /sites", 503, &[("retry-after", "0")], &busy);
    server.on("GET /sites", 200, &page(&json!([])));
    ask(&program, &server, "sites list").code(0);
    assert_eq!(server.asked().len(), 3);
    // One that asks for an hour is not waited for.
    let server = Double::start();
    server.on_with("GET /sites", 429, &[("retry-after", "3600")], &busy);
    ask(&program, &server, "sites list").refused("too many requests");
}

#[test]
fn what_is_no_portdelta_server_is_named_so() {
    let (program, server) = (Program::new(), Double::start());
    server.on_with("GET /sites", 200, &[], "<html>hello</html>");
    ask(&program, &server, "sites list").refused("is not understood");
    server.on_with("GET /scans", 502, &[], "<html>bad gateway</html>");
    ask(&program, &server, "scans list").refused("answered 502 Bad Gateway");
    server.on_with("GET /agents", 302, &[("location", "http://192.0.2.1/")], "");
    ask(&program, &server, "agents list").refused("answered 302 Found");
    assert_eq!(server.asked().len(), 3, "nobody is followed elsewhere");
}

#[test]
fn lists_are_read_page_by_page_and_one_without_end_is_not_followed() {
    let (program, server) = (Program::new(), Double::start());
    server.on("GET /sites", 200, &json!({"items": [site("a", "first")], "next": "c1"}));
    server.on("GET /sites", 200, &json!({"items": [], "next": "c2"}));
    server.on("GET /sites", 200, &page(&json!([site("b", "second")])));
    let run = ask(&program, &server, "sites list --format jsonl").code(0);
    assert_eq!(run.lines().len(), 2);
    let cursors: Vec<_> = server.asked().iter().map(|asked| asked.query.clone()).collect();
    assert!(cursors[1].ends_with("cursor=c1") && cursors[2].ends_with("cursor=c2"), "{cursors:?}");
    let server = Double::start();
    server.on("GET /sites", 200, &json!({"items": [], "next": "again"}));
    ask(&program, &server, "sites list").refused("does not end");
}

#[test]
fn what_a_server_says_steers_no_terminal_and_is_no_formula() {
    let (program, server) = (Program::new(), Double::start());
    let hostile =
        ["\u{1b}[2J\u{1b}]0;x\u{7}", "=HYPERLINK(\"http://192.0.2.1/\")", "\u{202e}gnp.exe", "a\r\n=1+1"];
    let sites: Vec<_> = hostile.iter().map(|name| site("office", name)).collect();
    server.on("GET /sites", 200, &page(&json!(sites)));
    let bad = json!({"code": "x", "detail": "\u{1b}[2Jdone", "hint": "\u{9b}31m"});
    server.on("GET /scans", 500, &bad);
    for format in ["table", "csv", "json", "jsonl"] {
        let run = ask(&program, &server, &format!("sites list --format {format}")).code(0);
        let shown = run.out.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}');
        assert!(!shown, "{run:?}");
        if format == "csv" {
            assert!(!run.out.contains(",=") && run.out.contains("'=HYPERLINK"), "{run:?}");
        }
    }
    let run = ask(&program, &server, "scans list").code(2);
    assert!(!run.err.contains(['\u{1b}', '\u{9b}']), "{run:?}");
}

#[test]
fn a_watched_port_of_somebody_else_is_not_lost() {
    let (program, server) = (Program::new(), Double::start());
    let port = |port: u16| {
        json!({"id": format!("tcp-{port}"), "protocol": "tcp", "port": port, "addresses": "",
        "label": "", "severity": "high"})
    };
    let tagged = |tag: &str, ports: Value| {
        server.on_with("GET /watched-ports", 200, &[("etag", tag)], &ports.to_string());
    };
    tagged("\"3\"", json!([port(22)]));
    server.on("PUT /watched-ports", 412, &json!({"code": "stale", "detail": "it was changed"}));
    tagged("\"4\"", json!([port(22), port(23)]));
    server.on("PUT /watched-ports", 200, &json!([port(22), port(23), port(3389)]));
    ask(&program, &server, "alerts watch 3389 --severity high").code(0);
    let asked = server.asked();
    let put = asked.last().expect("it was asked");
    assert_eq!(put.headers["if-match"], "\"4\"");
    let sent: Value = serde_json::from_slice(&put.body).expect("JSON");
    let ports: Vec<_> = sent.as_array().expect("a list").iter().map(|port| port["port"].clone()).collect();
    assert_eq!(ports, [22, 23, 3389]);
}

#[test]
fn parts_of_paths_stay_parts() {
    let (program, server) = (Program::new(), Double::start());
    server.on("GET /networks", 200, &page(&json!([])));
    let mut command = program.command(["networks", "remove", "../sites/office?x#y"]);
    Run::of(command.env("PORTDELTA_SERVER", server.url()).env("PORTDELTA_TOKEN", TOKEN));
    assert_eq!(server.asked()[0].what, "DELETE /networks/..%2Fsites%2Foffice%3Fx%23y");
}

#[test]
fn an_edit_sends_back_what_it_read_and_says_when_somebody_was_faster() {
    let (program, server) = (Program::new(), Double::start());
    let scan = json!({
        "id": "0198c0de-0000-7000-8000-000000000001", "name": "nightly", "targets": "192.0.2.0/24", "ports": "22",
        "sites": ["office"], "active": true, "created": "2026-01-31T12:00:00Z", "edited": "2026-01-31T12:00:00Z",
        "version": 7
    });
    server.on("GET /scans", 200, &page(&json!([scan])));
    let one = "/scans/0198c0de-0000-7000-8000-000000000001";
    server.on_with(&format!("GET {one}"), 200, &[("etag", "\"7\"")], &scan.to_string());
    server.on(
        &format!("PUT {one}"),
        412,
        &json!({"code": "version.old", "detail": "the scan was edited since"}),
    );
    ask(&program, &server, "scans edit nightly --ports top:100").refused("edited since");
    let asked = server.asked();
    let put = asked.last().expect("it was asked");
    assert_eq!(put.headers["if-match"], "\"7\"");
    let sent: Value = serde_json::from_slice(&put.body).expect("JSON");
    assert_eq!((&sent["ports"], &sent["targets"]), (&json!("top:100"), &json!("192.0.2.0/24")));
    ask(&program, &server, "scans show weekly").refused("there is no scan weekly");
}

#[test]
fn edits_of_sites_networks_channels_and_retention_name_what_they_read() {
    let (program, server) = (Program::new(), Double::start());
    let channel = json!({
        "id": "0198c0de-0000-7000-8000-000000000002", "name": "team", "enabled": true, "filter": {},
        "settings": {"type": "slack", "host": "hooks.example", "allow_private": false},
        "created": "2026-01-31T12:00:00Z", "edited": "2026-01-31T12:00:00Z"
    });
    server.on("GET /channels", 200, &page(&json!([channel])));
    let network = json!({"name": "Lab", "prefixes": "192.0.2.0/24", "owner": "", "notes": "", "labels": []});
    let stale = json!({"code": "stale", "detail": "it was changed by somebody else meanwhile", "hint": "Read it again."});
    for (path, thing, line) in [
        ("/sites/office", site("office", "office"), "sites edit office --name Head"),
        ("/networks/Lab", network, "networks edit Lab --owner me"),
        ("/channels/0198c0de-0000-7000-8000-000000000002", channel.clone(), "channels edit team --disable"),
        ("/retention", json!({}), "retention set --results 30"),
    ] {
        server.on_with(&format!("GET {path}"), 200, &[("etag", "\"7\"")], &thing.to_string());
        server.on(&format!("PUT {path}"), 412, &stale);
        let run = ask(&program, &server, line);
        run.refused("changed by somebody else");
        assert!(run.err.contains("hint: Read it again."), "{run:?}");
        let put = server.asked().pop().expect("it was asked");
        assert_eq!(
            (put.what.as_str(), &put.headers["if-match"]),
            (&*format!("PUT {path}"), &"\"7\"".parse().expect("text"))
        );
    }
}

#[test]
fn a_host_is_noted_and_what_is_not_given_stays() {
    let (program, server) = (Program::new(), Double::start());
    let note = json!({
        "owner": "ops", "notes": "the \u{1b}[31mmail", "labels": ["mail"], "changed": "2026-01-31T12:00:00Z"
    });
    let path = "/sites/office/hosts/10.0.0.7/note";
    server.on("GET /sites", 200, &page(&json!([site("office", "office")])));
    server.on_with(&format!("GET {path}"), 200, &[("etag", "\"3\"")], &note.to_string());
    server.on(&format!("PUT {path}"), 200, &note);
    let shown = ask(&program, &server, "note 10.0.0.7").code(0);
    assert!(shown.out.contains("ops") && !shown.out.contains('\u{1b}'), "{shown:?}");
    assert!(server.asked().iter().all(|asked| asked.what.starts_with("GET")), "it was only asked");
    ask(&program, &server, "note 10.0.0.7 --label a --label b").code(0);
    let put = server.asked().pop().expect("it was asked");
    let sent: Value = serde_json::from_slice(&put.body).expect("JSON");
    assert_eq!(put.headers["if-match"], "\"3\"");
    assert_eq!(sent, json!({"owner": "ops", "notes": note["notes"], "labels": ["a", "b"]}));
    assert!(ask(&program, &server, "note office-1").code(2).err.contains("invalid IP address"));
}

#[test]
fn a_run_that_nobody_works_on_says_so() {
    let (program, server) = (Program::new(), Double::start());
    let run = |state: &str, done: u64| {
        json!({
            "id": "20260131t120000-0123456789ab", "site": "office", "title": "nightly", "state": state,
            "scan": "0198c0de-0000-7000-8000-000000000001", "started": "2026-01-31T12:00:00Z", "changes": {},
            "unchanged": {"hosts": 0, "ports": 0}, "first_looks": {"hosts": 0, "ports": 0},
            "superseded": {"hosts": 0, "ports": 0}, "warnings": [],
            "progress": {"tasks": 2, "sent": 2, "done": done, "partial": 0, "unscannable": 0, "percent": done * 50}
        })
    };
    let one = "GET /runs/20260131t120000-0123456789ab";
    let mut office = site("office", "Office");
    office["agents_online"] = json!(0);
    server.on("GET /sites/office", 200, &office);
    server.on(one, 200, &run("running", 0));
    let shown = ask(&program, &server, "runs show 20260131t120000-0123456789ab").code(0);
    let sentence = "no agent of the site office is online";
    assert!(shown.err.contains(sentence) && shown.err.contains("agents enrol --site office"), "{shown:?}");
    server.on(one, 200, &run("running", 1));
    server.on(one, 200, &run("complete", 2));
    let watched = ask(&program, &server, "runs watch 20260131t120000-0123456789ab").code(0);
    assert_eq!(watched.err.matches(sentence).count(), 1, "{watched:?}");
    assert!(watched.err.contains("50 %, no agent is online, 1 of 2 tasks"), "{watched:?}");
    let shown = ask(&program, &server, "runs show 20260131t120000-0123456789ab").code(0);
    assert!(!shown.err.contains(sentence), "it has ended: {shown:?}");
    // Where somebody is there, or the server does not say, nothing is told.
    let server = Double::start();
    server.on("GET /sites/office", 200, &site("office", "Office"));
    server.on("GET /sites/office", 503, &json!({"code": "busy", "detail": "not now"}));
    server.on(one, 200, &run("running", 1));
    for _ in 0..2 {
        let shown = ask(&program, &server, "runs show 20260131t120000-0123456789ab").code(0);
        assert!(!shown.err.contains("agent"), "{shown:?}");
    }
}

#[test]
fn hosts_say_who_answers_for_them() {
    let (program, server) = (Program::new(), Double::start());
    let host = |address: &str, owner: Value, labels: Value| {
        json!({
            "address": address, "status": "up", "pending": false, "names": [format!("files-{address}.office.example")],
            "first_seen": "2026-01-31T12:00:00Z", "last_covered": "2026-01-31T12:00:00Z", "owner": owner,
            "labels": labels,
            "ports": [{"protocol": "tcp", "port": 22, "first_seen": "2026-01-31T12:00:00Z",
                "since": "2026-01-31T12:00:00Z", "pending": false,
                "service": {"name": "ssh", "product": "OpenSSH", "version": "9.2p1 Debian 2+deb12u2"}}]
        })
    };
    server.on("GET /sites", 200, &page(&json!([site("office", "Office")])));
    let hosts = json!([
        host("192.0.2.10", json!("the \u{1b}[31mmail\npeople"), json!(["mail", "dmz"])),
        host("192.0.2.11", Value::Null, json!([]))
    ]);
    server.on("GET /sites/office/hosts", 200, &page(&hosts));
    let table = ask(&program, &server, "hosts").code(0);
    assert!(table.out.contains("labels mail, dmz") && table.out.contains("owner the"), "{}", table.out);
    assert_eq!(table.out.matches("owner").count(), 1, "{}", table.out);
    assert!(table.out.lines().all(|line| line.chars().count() <= 80), "{}", table.out);
    assert!(!table.out.contains('\u{1b}'), "{table:?}");
    let csv = ask(&program, &server, "hosts --format csv").code(0);
    let lines: Vec<_> = csv.out.lines().collect();
    assert_eq!(lines[0], "address,status,names,ports,last_covered,owner,labels");
    assert!(lines[1].ends_with("\"mail, dmz\"") && lines[2].ends_with(",,"), "{lines:?}");
}

#[test]
fn the_doctor_explains_a_clock_an_agent_and_a_server_that_are_not_well() {
    let (program, server) = (Program::new(), Double::start());
    let health = json!({"status": "ok", "protocol": 1, "oldest_agent": 1, "time": "2020-01-31T12:00:00Z"});
    server.on("GET /health", 200, &health);
    server.on("GET /me", 200, &json!({"kind": "token", "id": "x", "name": "x", "role": "admin"}));
    let checks = json!([
        {"code": "agent.silent", "verdict": "bad", "message": "agent office-1 has been silent for 12 minutes",
         "hint": "Look whether it runs: systemctl status portdelta-agent."},
        {"code": "agent.no_nmap", "verdict": "bad", "message": "agent office-2 has no nmap", "hint": "Install nmap there."}
    ]);
    server.on("GET /doctor", 200, &json!({"version": "1", "time": "2020-01-31T12:00:00Z", "checks": checks}));
    let run = ask(&program, &server, "doctor").code(1);
    for words in [
        "ahead of that of the server",
        "office-1 has been silent",
        "hint: Look whether",
        "office-2 has no nmap",
    ] {
        assert!(run.out.contains(words), "{words}: {run:?}");
    }
    let list = ask(&program, &server, "doctor --format json").code(1).json();
    assert!(
        list.as_array().is_some_and(|checks| checks.iter().any(|check| check["code"] == "agent.no_nmap"))
    );
    let run = program.line("doctor --server http://127.0.0.1:1").code(1);
    assert!(run.out.contains("could not reach"), "{run:?}");
}

#[test]
fn the_doctor_looks_at_this_machine_alone_and_misses_nmap() {
    let program = Program::new();
    let run = Run::of(program.command(["doctor", "--local"]).env("PATH", "/nonexistent")).code(1);
    assert!(run.out.contains("nmap is not installed") && run.out.contains("hint: Install"), "{run:?}");
    assert!(run.out.contains("nothing is remembered"), "{run:?}");
    assert!(!program.data().exists(), "a doctor makes nothing");
}

#[test]
fn a_login_keeps_server_and_token_together_and_sends_it_nowhere_else() {
    let (program, server, other) = (Program::new(), Double::start(), Double::start());
    server.on(
        "GET /health",
        200,
        &json!({"status": "ok", "protocol": 1, "oldest_agent": 1, "time": "2026-01-31T12:00:00Z"}),
    );
    server.on("GET /me", 200, &json!({"kind": "token", "id": "x7f", "name": "laptop", "role": "admin"}));
    server.on("GET /sites", 200, &page(&json!([])));
    other.on("GET /sites", 200, &page(&json!([])));
    write(program.home(), "token", TOKEN);
    let run = program.run(["login", &server.url(), "--token-file", "token"]).code(0);
    assert!(run.out.contains("Signed in"), "{run:?}");
    let kept = program.home().join(".config/portdelta/login.json");
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&kept).expect("it is kept").permissions());
    assert_eq!(mode & 0o777, 0o600);
    program.line("sites list").code(0);
    program.run(["sites", "list", "--server", &other.url()]).code(0);
    assert!(server.asked().last().is_some_and(|asked| asked.headers.contains_key("authorization")));
    assert!(other.asked().iter().all(|asked| !asked.headers.contains_key("authorization")));
    program.line("logout").code(0);
    program.line("sites list").refused("no server is known");
}

fn scan_of(day: i64, port: u16) -> NmapText {
    NmapText::of("-p22,80 192.0.2.1")
        .tcp("22,80")
        .at(evening(day))
        .host(NmapHost::up("192.0.2.1").open(&[port]))
}

/// A file that has been at rest for an hour.
fn at_rest(folder: &std::path::Path, name: &str, content: impl AsRef<[u8]>) {
    let path = write(folder, name, content);
    let file = std::fs::File::options().write(true).open(path).expect("it was written");
    let modified = file.metadata().and_then(|metadata| metadata.modified()).expect("it has a time");
    file.set_modified(modified - std::time::Duration::from_hours(1)).expect("it is ours");
}

#[test]
fn a_watched_folder_is_taken_in_and_cleared() {
    let program = Program::new();
    let inbox = program.home().join("in");
    std::fs::create_dir(&inbox).expect("the home is the test's");
    at_rest(&inbox, "monday.xml", scan_of(0, 22).bytes());
    at_rest(&inbox, "notes.txt", "nothing that was scanned");
    at_rest(&inbox, "half.xml.part", "<nmaprun");
    let run = program.line("watch in --once --format jsonl").code(2);
    let outcomes: Vec<_> = run.lines().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes.len(), 2, "{run:?}");
    assert!(inbox.join("done/monday.xml").is_file() && inbox.join("refused/notes.txt").is_file());
    assert!(inbox.join("half.xml.part").is_file());
    let reason = std::fs::read_to_string(inbox.join("refused/notes.txt.reason.txt")).expect("a reason");
    assert!(reason.len() > 10, "{reason}");
    // A crash between taking in and moving leaves the file: again is harmless.
    at_rest(&inbox, "monday.xml", scan_of(0, 22).bytes());
    let run = program.line("watch in --once").code(0);
    assert!(run.out.contains("taken in before") && inbox.join("done/monday.xml.1").is_file(), "{run:?}");
    let hosts = program.line("hosts --format json").code(0).json();
    assert_eq!(hosts.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_watched_folder_keeps_its_files_while_the_server_is_away() {
    let program = Program::new();
    let inbox = program.home().join("in");
    std::fs::create_dir(&inbox).expect("the home is the test's");
    at_rest(&inbox, "monday.xml", scan_of(0, 22).bytes());
    let run = program.line("watch in --once --server http://127.0.0.1:1 --site office").code(2);
    assert!(run.err.contains("could not reach"), "{run:?}");
    assert!(inbox.join("monday.xml").is_file());
    let server = Double::start();
    let problem = json!({"code": "body.too_large", "detail": "more than 64 MiB", "hint": "Send less."});
    server.on("POST /sites/office/imports", 413, &problem);
    ask(&program, &server, "watch in --once --site office").code(2);
    assert!(inbox.join("refused/monday.xml").is_file());
    assert!(server.asked()[0].query.contains("name=monday.xml"));
}

fn change(address: &str, port: u16) -> Value {
    let why = json!({"sentence": "closed (reset); open (syn-ack)", "agreed": [], "needed": 1});
    json!({
        "id": "0".repeat(32), "site": "office", "run": "r1", "time": "2026-01-31T12:00:00Z",
        "first_seen": "2026-01-31T12:00:00Z", "kind": "port-opened", "address": address, "protocol": "tcp",
        "port": port, "cause": "port", "before": {"state": "closed"}, "after": {"state": "open"},
        "change": format!("{port}/tcp opened"), "why": why, "first_look": false, "late": false
    })
}

fn run_of(state: &str, percent: u8) -> Value {
    let none = json!({"hosts": 0, "ports": 0});
    json!({
        "id": "r1", "site": "office", "scan": "s1", "title": "nightly", "state": state,
        "started": "2026-01-31T12:00:00Z", "changes": {"port-opened": 2}, "unchanged": none, "first_looks": none,
        "superseded": none, "warnings": [],
        "progress": {"tasks": 4, "sent": 4, "done": 2, "partial": 0, "unscannable": 0, "percent": percent}
    })
}

fn report() -> Value {
    let none = json!({"hosts": 0, "ports": 0});
    let coverage = json!({
        "percent": 50, "tasks": 4, "done": 2, "partial": 0, "unscannable": 0,
        "missing": [{"task": 3, "targets": "192.0.2.128/25", "ports": "22", "reasons": []}]
    });
    json!({
        "run": "r1", "scan": "s1", "scan_name": "nightly", "site": "office", "networks": [],
        "started": "2026-01-31T12:00:00Z", "finished": "2026-01-31T12:10:00Z", "state": "partial",
        "score": {"value": 80, "class": "good", "status": "critical"}, "changes": {"port-opened": 2},
        "unchanged": none, "first_looks": none, "superseded": none, "coverage": coverage, "warnings": []
    })
}

/// A server that knows a run, its report and its changes, the latter in two pages and not in order.
fn with_report() -> Double {
    let server = Double::start();
    server.on("GET /sites", 200, &page(&json!([site("office", "office")])));
    server.on("GET /runs", 200, &page(&json!([run_of("partial", 100)])));
    // It is looked up once before it is watched.
    server.on("GET /runs/r1", 200, &run_of("running", 50));
    server.on("GET /runs/r1", 200, &run_of("running", 50));
    server.on("GET /runs/r1", 200, &run_of("running", 75));
    server.on("GET /runs/r1", 200, &run_of("partial", 100));
    server.on("GET /reports", 200, &page(&json!([report()])));
    server.on("GET /reports/r1", 200, &report());
    for path in ["GET /runs/r1/deltas", "GET /sites/office/deltas"] {
        server.on(path, 200, &json!({"items": [change("192.0.2.10", 80)], "next": "c"}));
        server.on(path, 200, &page(&json!([change("192.0.2.9", 3389)])));
    }
    server
}

#[test]
fn a_run_is_watched_until_its_end_and_a_partial_one_is_told_by_the_exit_code() {
    let (program, server) = (Program::new(), with_report());
    let run = ask(&program, &server, "runs watch r1").code(1);
    for words in ["r1 at office: 50 %", "r1 at office: 75 %"] {
        assert!(run.err.contains(words), "{words}: {run:?}");
    }
    assert!(run.out.contains("is partial: 2 changes, 2 of 4 tasks done"), "{run:?}");
    assert!(run.out.contains("portdelta reports show r1"), "{run:?}");
}

#[test]
fn reports_are_shown_and_written_whole() {
    let program = Program::new();
    let run = ask(&program, &with_report(), "reports show latest --why").code(0);
    let places: Vec<_> = ["192.0.2.9\n", "192.0.2.10\n", "Not covered"].map(|text| run.out.find(text)).into();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{run:?}");
    ask(&program, &with_report(), "reports export r1 --output r.html").code(0);
    let html = std::fs::read_to_string(program.home().join("r.html")).expect("it was written");
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
    ask(&program, &with_report(), "reports export r1 --output r.html").refused("there is a file");
    ask(&program, &with_report(), "reports export r1 --output r.html --force").code(0);
    let csv = ask(&program, &with_report(), "reports export r1 --format csv").code(0).out;
    assert_eq!(csv.lines().count(), 3);
    ask(&program, &with_report(), "reports export-all --zip all.zip").code(0);
    let zip = std::fs::read(program.home().join("all.zip")).expect("it was written");
    assert!(zip.starts_with(b"PK") && zip.windows(9).any(|name| name == b"index.csv"));
    let left = std::fs::read_dir(program.home()).expect("a folder").flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part")));
}

#[test]
fn changes_of_a_server_are_shown_as_those_of_a_folder() {
    let program = Program::new();
    let run = ask(&program, &with_report(), "deltas").code(0);
    assert!(run.out.contains("nightly") && run.out.contains("+ 3389/tcp opened"), "{run:?}");
    let lines = ask(&program, &with_report(), "deltas --format jsonl").code(0).lines();
    assert_eq!(lines.len(), 2);
    let server = with_report();
    ask(&program, &server, "deltas 192.0.2.0/24 --kind port-opened --kind host-new --since 2026-01-01")
        .code(0);
    let query = server.asked().iter().map(|asked| asked.query.clone()).collect::<Vec<_>>().join(" ");
    assert!(
        query.contains("kind=port-opened%2Chost-new") && query.contains("since=2026-01-01T00"),
        "{query}"
    );
}
