//! The agent, killed before each of its writes and words: files, folders, renames, and what it sends.
//!
//! The agent is the real one, unchanged, and nmap is real. `strace` writes down the calls of its one thread, and then
//! kills it as each of them comes, before it has any effect. What it left running or lying about is there when it is
//! started again.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portdelta_protocol::admin::{CreatedEnrolment, NewEnrolment};
use portdelta_testkit::{Listener, MailCatcher};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::mortal::{Mortal, copy};
use crate::story::Driver;
use crate::view::View;

/// Calls that change files, or say something to somebody. Opening a file is not among them: an empty new file is what
/// is left when it dies at the first `write`.
const CALLS: &str = "mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,fsync,fdatasync,ftruncate,\
                     write,writev,pwrite64,sendto,sendmsg";

/// A call of the agent: its name, and which one of that name.
type Call = (String, usize);

/// What `strace` does with an agent.
enum Watch<'a> {
    /// Nothing: it is not there.
    None,
    /// Writes its calls down.
    Record(&'a Path),
    /// Kills it as a call comes.
    Kill(&'a Call),
}

/// The ends are shared out to so many tests, so that they run side by side.
const PARTS: usize = 4;

/// How often an agent is started until the run must be done.
const MOST_STARTS: usize = 6;

/// SIGKILL.
const KILLED: i32 = 9;

/// A server with a run whose tasks wait, an agent that may do them, and what becomes of it.
struct Stage {
    template: TempDir,
    mail: MailCatcher,
    admin: String,
    run: String,
    /// What the tasks are about.
    _listeners: [Listener; 2],
}

/// The addresses of the two tasks.
const TARGETS: [&str; 2] = ["127.61.1.1", "127.61.2.1"];

fn agent(what: &str, home: &Path, other: &str, watch: &Watch<'_>) -> Command {
    let program = env!("CARGO_BIN_EXE_mortal-agent");
    let mut strace = Command::new("strace");
    strace.arg("-qq");
    let mut command = match watch {
        Watch::None => Command::new(program),
        Watch::Record(log) => {
            strace.arg("-o").arg(log).args(["-e", &format!("trace={CALLS}")]).arg(program);
            strace
        }
        Watch::Kill((call, nth)) => {
            strace.args(["-o", "/dev/null", "-e", &format!("trace={call}")]);
            strace.args(["-e", &format!("inject={call}:signal=KILL:when={nth}")]).arg(program);
            strace
        }
    };
    command.arg(what).arg(home).arg(other).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// What `strace` wrote down: `mkdir("/home/agent/spool", 0777) = 0`.
fn recorded(log: &Path) -> Vec<Call> {
    let text = std::fs::read_to_string(log).expect("strace wrote it down");
    let mut counts = BTreeMap::new();
    let names = text.lines().filter_map(|line| line.split_once('('));
    names
        .map(|(name, _)| {
            let count = counts.entry(name.to_owned()).or_insert(0);
            *count += 1;
            (name.to_owned(), *count)
        })
        .collect()
}

/// Whether it did all it had to do, and was not killed.
fn lives(mut agent: Command) -> bool {
    let output =
        agent.stderr(Stdio::piped()).output().expect("it starts: strace is one of the set-up's packages");
    if output.status.signal() == Some(KILLED) {
        return false;
    }
    assert!(output.status.success(), "the agent failed: {}", String::from_utf8_lossy(&output.stderr));
    true
}

/// Lets an agent work; whether it was killed. Then time has gone by, and what it had comes back.
fn is_killed(mortal: &mut Mortal, home: &Path, watch: &Watch<'_>) -> bool {
    let clock = mortal.clock().to_string_lossy().into_owned();
    if lives(agent("work", home, &clock, watch)) {
        return false;
    }
    mortal.wait_for_leases();
    true
}

async fn enrolment(driver: &mut Driver<'_>, admin: &str) -> String {
    let new = NewEnrolment { site: "office".parse().expect("a site"), expires_minutes: 60 };
    let made = driver.ask(admin, Method::POST, "/enrolments", &json!(new)).await;
    serde_json::from_value::<CreatedEnrolment>(made).expect("an enrolment").token
}

/// The ids of all agents.
async fn agents(driver: &mut Driver<'_>, admin: &str) -> Vec<String> {
    let agents = driver.ask(admin, Method::GET, "/agents", &Value::Null).await;
    let id = |agent: &Value| agent["id"].as_str().expect("an id").to_owned();
    agents["items"].as_array().or(agents.as_array()).expect("a list").iter().map(id).collect()
}

impl Stage {
    async fn new() -> Self {
        let first = Listener::on(TARGETS[0]);
        let second = Listener::at(TARGETS[1], first.port());
        let ports = first.port().to_string();
        let mail = MailCatcher::start();
        let mut mortal = Mortal::start(None, None);
        let template = tempfile::tempdir().expect("temporary files can be made");
        let home = template.path().join("agent");
        let mut driver = Driver::new(&mut mortal);
        let admin = driver.admin();
        driver.set_site_up(&admin, &mail).await;
        let token = enrolment(&mut driver, &admin).await;
        assert!(lives(agent("enrol", &home, &token, &Watch::None)));
        let id = agents(&mut driver, &admin).await.remove(0);
        driver.ask(&admin, Method::POST, &format!("/agents/{id}/approve"), &Value::Null).await;
        let run = driver.begin(&admin, &TARGETS, &ports).await;
        driver.wait_for_tasks(&admin, TARGETS.len()).await;
        mortal.kill();
        copy(&mortal.data(), &template.path().join("data"));
        Self { template, mail, admin, run, _listeners: [first, second] }
    }

    /// What becomes of the run with an agent that is watched at first, and whether it was killed.
    async fn told(&self, watch: &Watch<'_>) -> (View, bool) {
        self.mail.forget();
        let mut mortal = Mortal::start(Some(&self.template.path().join("data")), None);
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let home = folder.path().join("agent");
        copy(&self.template.path().join("agent"), &home);
        let home = at_another_address(home, &mortal.url());
        let was_killed = is_killed(&mut mortal, &home, watch);
        // Also when all was sent: it tidies up.
        assert!(!was_killed || !is_killed(&mut mortal, &home, &Watch::None), "nobody kills it again");
        for _ in 0..MOST_STARTS {
            let path = format!("/runs/{}", self.run);
            let seen = Driver::new(&mut mortal).ask(&self.admin, Method::GET, &path, &Value::Null).await;
            if !matches!(seen["state"].as_str(), Some("dispatching" | "running")) {
                break;
            }
            assert!(!is_killed(&mut mortal, &home, &Watch::None), "nobody kills it");
        }
        let left: Vec<_> = std::fs::read_dir(home.join("spool")).expect("its spool").flatten().collect();
        assert!(left.is_empty(), "it left {left:?}");
        let mut driver = Driver::new(&mut mortal);
        let view = View::of(&mut driver, &self.admin, &self.run, &self.mail, TARGETS[0]).await;
        assert_eq!(mortal.deaths, 0, "the server lives");
        (view.without_contents(), was_killed)
    }
}

/// The server of each try has a port of its own, and its agent was enrolled at another one.
fn at_another_address(home: PathBuf, url: &str) -> PathBuf {
    let file = home.join("agent.json");
    let text = std::fs::read_to_string(&file).expect("it is enrolled");
    let mut identity: Value = serde_json::from_str(&text).expect("JSON");
    identity["server"] = json!(url);
    std::fs::write(&file, identity.to_string()).expect("it is ours");
    home
}

/// Whether one process may trace another here; says so where it may not.
fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let can = traced.is_ok_and(|output| output.status.success());
    if !can {
        eprintln!("skipped: strace is not installed, or may not trace processes here");
    }
    can
}

/// Kills the agent at calls `part`, `part` + [`PARTS`], ... of those that it makes when nobody kills it.
async fn ends(part: usize) {
    if !can_trace() {
        return;
    }
    let stage = Stage::new().await;
    let log = stage.template.path().join("calls");
    let (undisturbed, _) = stage.told(&Watch::Record(&log)).await;
    let calls = recorded(&log);
    let (mut killed, mut tried) = (0, 0);
    for call in calls.iter().skip(part).step_by(PARTS) {
        let (seen, was_killed) = stage.told(&Watch::Kill(call)).await;
        seen.assert_same(&undisturbed, &format!("the agent was killed at {call:?}"));
        tried += 1;
        killed += usize::from(was_killed);
    }
    eprintln!("of {} calls, the agent was killed at {killed} of {tried}", calls.len());
    // It says how it is as time goes by, not at the same calls each time.
    assert!(tried >= 10 && killed * 10 >= tried * 9, "the agent was killed at {killed} of {tried} calls");
}

macro_rules! parts {
    ($($name:ident: $part:literal;)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            ends($part).await;
        })+
    };
}

parts! {
    it_is_killed_at_each_call_part_1: 0;
    it_is_killed_at_each_call_part_2: 1;
    it_is_killed_at_each_call_part_3: 2;
    it_is_killed_at_each_call_part_4: 3;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_killed_while_it_enrols() {
    if !can_trace() {
        return;
    }
    let mut mortal = Mortal::start(None, None);
    let mail = MailCatcher::start();
    let clock = mortal.clock().to_string_lossy().into_owned();
    let mut driver = Driver::new(&mut mortal);
    let admin = driver.admin();
    driver.set_site_up(&admin, &mail).await;
    let recording = tempfile::tempdir().expect("temporary files can be made");
    let log = recording.path().join("calls");
    let token = enrolment(&mut driver, &admin).await;
    assert!(lives(agent("enrol", &recording.path().join("agent"), &token, &Watch::Record(&log))));
    let calls = recorded(&log);
    for call in &calls {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let home = folder.path().join("agent");
        let token = enrolment(&mut driver, &admin).await;
        let before = agents(&mut driver, &admin).await;
        assert!(!lives(agent("enrol", &home, &token, &Watch::Kill(call))), "not killed at {call:?}");
        assert!(lives(agent("enrol", &home, &token, &Watch::None)), "the same token is as good again");
        let after = agents(&mut driver, &admin).await;
        let new: Vec<_> = after.iter().filter(|id| !before.contains(id)).collect();
        assert_eq!(new.len(), 1, "killed at {call:?}: it is one agent, and no second one");
        let keys = std::fs::read_dir(&home).expect("its folder").flatten();
        let keys = keys.filter(|file| file.file_name().to_string_lossy().starts_with("key")).count();
        assert_eq!(keys, 1, "killed at {call:?}");
        // It has the key that the server knows.
        let path = format!("/agents/{}/approve", new[0]);
        driver.ask(&admin, Method::POST, &path, &Value::Null).await;
        assert!(lives(agent("work", &home, &clock, &Watch::None)), "killed at {call:?}");
    }
    eprintln!("the agent was killed at {} calls", calls.len());
    assert!(calls.len() >= 8, "the agent made only {calls:?}");
}
