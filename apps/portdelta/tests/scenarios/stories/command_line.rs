//! The command line: what the other scenarios ask of the API, done as somebody in a shell does it.

use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use portdelta_app::ports::Clock;
use portdelta_protocol::admin::AgentStatus;
use portdelta_system::SystemClock;
use portdelta_testkit::{Listener, NmapHost, NmapText, wait_for};
use serde_json::Value;
use tempfile::TempDir;

use crate::runtime::{AgentProcess, PATIENCE, Runtime, program};

/// Remote desktop, which is watched from the beginning.
const RDP: u16 = 3389;

/// A home in which somebody types.
struct Shell(TempDir);

impl Shell {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temporary files can be made"))
    }

    /// One in which an administrator has signed in.
    fn signed_in(runtime: &impl Runtime) -> Self {
        let shell = Self::new();
        let token = shell.0.path().join("token");
        std::fs::write(&token, runtime.api().token()).expect("the test may write into its folder");
        std::fs::set_permissions(&token, PermissionsExt::from_mode(0o600)).expect("it is the test's own");
        let mut line = vec!["login", runtime.api().url(), "--token-file", "token"];
        let pin = runtime.pin();
        line.extend(pin.iter().flat_map(|pin| ["--server-pin", pin]));
        shell.run(&line);
        shell
    }

    fn output(&self, arguments: &[&str]) -> Output {
        program(self.0.path()).args(arguments).output().expect("the program starts")
    }

    /// What a line that succeeds prints.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("the program writes UTF-8")
    }

    #[track_caller]
    fn line(&self, line: &str) -> String {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        let out = self.line(&format!("{line} --format json"));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error} in {out}"))
    }

    #[track_caller]
    fn list(&self, line: &str) -> Vec<Value> {
        let found = self.json(line);
        found.as_array().unwrap_or_else(|| panic!("{line}: no list: {found}")).clone()
    }
}

/// From the site to the alert, with nothing but commands; and what was typed stands in the audit.
pub fn the_command_line_is_enough(runtime: &mut impl Runtime) {
    let shell = Shell::signed_in(runtime);
    shell.line("sites add office --name Headquarters");
    let made = shell.json("agents enrol --site office --expires 10");
    let token = made["token"].as_str().expect("a token").to_owned();
    let mut agent = AgentProcess::enrol_with(token, "one", None);
    agent.is(runtime, AgentStatus::Pending);
    shell.line("agents approve one");
    agent.is(runtime, AgentStatus::Online);

    let steady = Listener::at("127.0.63.1", 2022);
    let ports = format!("2022,{RDP}");
    let add = ["scans", "add", "desks", "--targets", "127.0.63.1", "--site", "office", "--ports", &ports];
    shell.run(&[&add[..], &["--options", "-sT -Pn -n -T5 --max-retries 1"]].concat());
    let first = shell.line("scans run desks --watch");
    assert!(first.contains("is complete: 0 changes"), "{first}");
    let desktop = Listener::at("127.0.63.1", RDP);
    // Results are ordered by whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let second = shell.line("scans run desks --watch");
    assert!(second.contains("is complete: 1 change"), "{second}");

    assert_eq!(shell.list("hosts --site office")[0]["address"], "127.0.63.1");
    let deltas = shell.list("deltas --site office");
    assert_eq!((deltas.len(), &deltas[0]["kind"]), (1, &Value::from("port-opened")), "{deltas:?}");
    assert!(shell.line("history 127.0.63.1 --site office").contains("3389/tcp"));
    assert_eq!(shell.list("runs list").len(), 2);
    assert!(shell.line("reports show latest --why").contains("+ 3389/tcp opened"));
    shell.line("reports export latest --output changes.csv");
    let csv = std::fs::read_to_string(shell.0.path().join("changes.csv")).expect("it was written");
    assert!(csv.contains("3389"), "{csv}");

    let alert = wait_for("the alert", PATIENCE, || shell.list("alerts list --severity critical").pop());
    let alert = alert["id"].as_str().expect("an id").to_owned();
    shell.line(&format!("alerts acknowledge {alert} --note asked"));
    assert_eq!(shell.list("alerts list --state acknowledged").len(), 1);
    drop((steady, desktop));

    let made = shell.json("tokens add reader --role viewer");
    let secret = made["secret"].as_str().expect("a token");
    let url = runtime.api().url().to_owned();
    std::fs::write(shell.0.path().join("viewer"), secret).expect("the test may write into its folder");
    let refused = shell.output(&["sites", "add", "annex", "--server", &url, "--token-file", "viewer"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    shell.line("agents revoke one");
    // On AWS it asks the server twice a minute.
    wait_for("the agent to end", 3 * PATIENCE, || (!agent.process().is_running()).then_some(()));
    assert!(agent.process().log().contains("revoked"), "{}", agent.process().log());
    let audit = shell.line("audit --format jsonl");
    for change in ["site.created", "agent.approved", "scan.started", "alert.actions", "agent.revoked"] {
        assert!(audit.contains(change), "no {change} in {audit}");
    }
    shell.line("logout");
    assert_eq!(shell.output(&["sites", "list"]).status.code(), Some(2), "nobody is signed in");
}

/// What one machine knew goes to a server, and is known there: the next scan of it is compared with that.
pub fn an_installation_moves_in(runtime: &mut impl Runtime) {
    let source = Shell::new();
    let now = SystemClock.now().seconds();
    let evening = |day: i64, open: &[u16]| {
        let at = now - (2 - day) * 86_400 - NmapText::BEGINNING;
        let text = NmapText::of("-sT -p2022,3389 127.0.64.1").at(at);
        text.tcp("2022,3389").of_total(1).host(NmapHost::up("127.0.64.1").open(open))
    };
    for (day, open) in [(0, &[2022][..]), (1, &[2022, RDP])] {
        let name = format!("{day}.xml");
        std::fs::write(source.0.path().join(&name), evening(day, open).bytes())
            .expect("a file can be written");
        source.line(&format!("import {name} --site office --data known"));
    }
    source.line("export --all office.pdmove --data known --with-results");

    let shell = Shell::signed_in(runtime);
    let from = source.0.path().join("office.pdmove");
    let from = from.to_str().expect("the temporary folder has a name in UTF-8");
    let import = format!("import --all {from} --server {}", runtime.api().url());
    assert!(shell.line(&import).contains("Imported"));
    let known = |shell: &Shell, more: &str| -> Vec<(Value, Value)> {
        let hosts = shell.list(&format!("hosts --site office {more}"));
        hosts.into_iter().map(|mut host| (host["address"].take(), host["first_seen"].take())).collect()
    };
    let (there, here) = (known(&shell, ""), known(&source, "--data known"));
    assert_eq!((there.len(), &there), (1, &here));
    let kinds = |shell: &Shell, more: &str| -> Vec<Value> {
        let deltas = shell.list(&format!("deltas --site office {more}"));
        deltas.into_iter().map(|mut delta| delta["kind"].take()).collect()
    };
    assert_eq!(kinds(&shell, ""), ["port-opened"]);
    assert!(shell.line(&import).contains("imported before"));
    assert_eq!(kinds(&shell, ""), ["port-opened"]);

    let _agent = AgentProcess::approved(runtime, "office", "one");
    let _steady = Listener::at("127.0.64.1", 2022);
    let api = runtime.api();
    let run = api.ran(&api.add_scan(&super::draft("127.0.64.1", "2022,3389", &["office"])), "after");
    assert_eq!(api.changes(&run), ["port-closed 127.0.64.1 3389/tcp"]);
}
