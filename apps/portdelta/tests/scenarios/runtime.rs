//! Where scenarios run: a server of any kind, and real agents beside it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use portdelta_protocol::admin::{Agent, AgentStatus};
use portdelta_testkit::{Process, wait_for};
use tempfile::TempDir;

use crate::api::Api;

/// How long a program may take to start or end on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long the server may take to hear what an agent does: on AWS agents say it twice a minute.
const HEARD: Duration = Duration::from_mins(1);

/// All that our own code has to say.
const LOG_LEVEL: &str = "info,portdelta=debug,portdelta_agent=debug,portdelta_api=debug,portdelta_app=debug,portdelta_server=debug";

/// A server under test. What a scenario does beyond this it does over the API, so that it runs everywhere.
pub trait Runtime {
    /// The API, asked as an administrator.
    fn api(&self) -> &Api;

    /// The fingerprint of the server's certificate, where no public authority has signed it.
    fn pin(&self) -> Option<String> {
        None
    }

    /// What the server, or each of its functions, logged so far.
    fn log(&self) -> String;

    /// Nothing was given up silently. For the end of a scenario.
    fn assert_nothing_failed(&self) {}
}

/// The program, with a home of its own and nothing else of the environment but the path.
pub fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portdelta"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("PORTDELTA_LOG", LOG_LEVEL)
        .env("COLUMNS", "80")
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Starts the program with these arguments, and a log that is named.
pub fn start(home: &Path, name: &str, arguments: &[&str]) -> Process {
    Process::start(program(home).args(arguments), &home.join(format!("{name}.log")))
}

/// An agent: a folder with its key, and the process that works with it.
pub struct AgentProcess {
    home: TempDir,
    name: String,
    token: String,
    more: Vec<String>,
    process: Process,
}

impl AgentProcess {
    /// Enrols an agent at a site and starts it; nobody has approved it yet.
    pub fn enrol(runtime: &impl Runtime, site: &str, name: &str, limits: Option<&str>) -> Self {
        Self::enrol_with(runtime.api().enrolment(site), name, limits)
    }

    /// The same with a token that somebody made.
    pub fn enrol_with(token: String, name: &str, limits: Option<&str>) -> Self {
        let home = tempfile::tempdir().expect("temporary files can be made");
        let data = home.path().join("agent");
        let data = data.to_str().expect("the temporary folder has a name in UTF-8");
        let output = program(home.path())
            .args(["agent", "enrol", &token, "--name", name, "--data", data])
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{output:?}");
        let mut more = Vec::new();
        if let Some(limits) = limits {
            let path = home.path().join("limits.toml");
            std::fs::write(&path, limits).expect("the test may write into its folder");
            let path = path.to_str().expect("the temporary folder has a name in UTF-8");
            more = vec!["--limits".to_owned(), path.to_owned()];
        }
        let process = Self::run(home.path(), name, &more);
        Self { home, name: name.to_owned(), token, more, process }
    }

    /// An agent that was approved, and has said that it is there.
    pub fn approved(runtime: &impl Runtime, site: &str, name: &str) -> Self {
        Self::limited(runtime, site, name, None)
    }

    /// The same with limits of its owner.
    pub fn limited(runtime: &impl Runtime, site: &str, name: &str, limits: Option<&str>) -> Self {
        let agent = Self::enrol(runtime, site, name, limits);
        let api = runtime.api();
        api.approve(&api.agent_named(name).id);
        agent.is(runtime, AgentStatus::Online);
        agent
    }

    fn run(home: &Path, name: &str, more: &[String]) -> Process {
        let data = home.join("agent");
        let mut arguments =
            vec!["agent", "run", "--data", data.to_str().expect("the temporary folder has a name in UTF-8")];
        arguments.extend(more.iter().map(String::as_str));
        start(home, name, &arguments)
    }

    /// Waits until the server sees it so.
    #[track_caller]
    pub fn is(&self, runtime: &impl Runtime, status: AgentStatus) -> Agent {
        wait_for(&format!("agent {} to be {}", self.name, status.name()), HEARD, || {
            let agent = runtime.api().agent_named(&self.name);
            (agent.status == status).then_some(agent)
        })
    }

    /// What `agent status` prints.
    pub fn status(&self) -> String {
        let data = self.home.path().join("agent");
        let data = data.to_str().expect("the temporary folder has a name in UTF-8");
        let output = program(self.home.path()).args(["agent", "status", "--data", data]).output();
        String::from_utf8(output.expect("the program starts").stdout).expect("the program writes UTF-8")
    }

    /// What only it and the server may know: the token it was enrolled with, and its key.
    pub fn secrets(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.home.path().join("agent")).expect("it has a folder").flatten();
        let keys = files.filter(|file| file.file_name().to_string_lossy().starts_with("key-"));
        let keys = keys.map(|file| std::fs::read_to_string(file.path()).expect("a key is text"));
        keys.map(|key| key.trim().to_owned()).chain([self.token.clone()]).collect()
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Starts it again, after it ended.
    pub fn restart(&mut self) {
        self.process.kill();
        self.process = Self::run(self.home.path(), &self.name, &self.more);
    }
}
