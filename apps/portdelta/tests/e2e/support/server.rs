//! A server, and agents as on other machines: real processes, each with a home of its own.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use portdelta_testkit::{Process, wait_for};
use serde_json::Value;

use super::{Program, Run};

/// How long a program may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// `portdelta serve`, and the command line on its machine.
pub struct Server {
    here: Program,
    process: Process,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Server {
    /// A new one, on a free port of loopback and without an agent of its own.
    pub fn start() -> Self {
        Self::with(&[], &[])
    }

    /// The same with more arguments and environment.
    pub fn with(more: &[&str], environment: &[(&str, &str)]) -> Self {
        let here = Program::new();
        let fixed = ["serve", "--listen", "127.0.0.1:0", "--no-local-agent"];
        let arguments: Vec<String> = fixed.iter().chain(more).map(ToString::to_string).collect();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = environment.iter().map(owned).collect();
        let process = started(&here, &arguments, &environment);
        Self { here, process, arguments, environment }
    }

    /// Starts it again; it listens at another port.
    pub fn restart(&mut self) {
        self.process.kill();
        // Its last address would be taken for the new one.
        let _ = std::fs::remove_file(self.here.data().join("server.json"));
        self.process = started(&self.here, &self.arguments, &self.environment);
    }

    /// Starts it again where it was: `127.0.0.1:41234`.
    pub fn restart_at(&mut self, address: &str) {
        if let Some(listen) = self.arguments.iter_mut().skip_while(|argument| *argument != "--listen").nth(1)
        {
            address.clone_into(listen);
        }
        self.restart();
    }

    /// The program on the server's machine, which finds the server by its data folder.
    pub fn here(&self) -> &Program {
        &self.here
    }

    /// Runs a line of arguments without spaces in them on the server's machine.
    pub fn line(&self, arguments: &str) -> Run {
        self.here.line(arguments)
    }

    /// `https://127.0.0.1:41234`
    pub fn url(&self) -> String {
        address(&self.here)["url"].as_str().expect("an address").to_owned()
    }

    /// The fingerprint of its certificate.
    pub fn pin(&self) -> String {
        address(&self.here)["pin"].as_str().expect("a fingerprint").to_owned()
    }

    /// The first administrator's token.
    pub fn token(&self) -> String {
        let text = std::fs::read_to_string(self.here.data().join("admin-token"));
        text.expect("it was kept").trim().to_owned()
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// Starts a server, and waits until it answers.
fn started(here: &Program, arguments: &[String], environment: &[(String, String)]) -> Process {
    let mut command = here.command(arguments);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let mut process = Process::start(&mut command, &here.home().join("server.log"));
    wait_for("the server to answer", PATIENCE, || {
        assert!(process.is_running(), "it has ended: {}", process.log());
        let told = std::fs::read_to_string(here.data().join("server.json")).ok()?;
        let told: Value = serde_json::from_str(&told).ok()?;
        let (_, address) = told["url"].as_str()?.split_once("://")?;
        TcpStream::connect_timeout(&address.parse().ok()?, PATIENCE).ok()
    });
    process
}

fn address(here: &Program) -> Value {
    let text = std::fs::read_to_string(here.data().join("server.json")).expect("the server told it");
    serde_json::from_str(&text).expect("JSON")
}

/// An agent on a machine of its own.
pub struct Agent {
    machine: Program,
    process: Option<Process>,
}

impl Agent {
    /// Enrols with a token and works; nobody has approved it yet.
    pub fn enrolled(token: &str, name: &str) -> Self {
        let machine = Program::new();
        machine.run(["agent", "enrol", token, "--name", name]).code(0);
        let mut agent = Self { machine, process: None };
        agent.start(None);
        agent
    }

    /// Works again; with another `PATH`, where one is given.
    pub fn start(&mut self, path: Option<PathBuf>) {
        self.process = None;
        let mut command = self.machine.command(["agent", "run"]);
        if let Some(path) = path {
            command.env("PATH", path);
        }
        self.process = Some(Process::start(&mut command, &self.machine.home().join("agent.log")));
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("it was started")
    }

    /// The program on its machine.
    pub fn machine(&self) -> &Program {
        &self.machine
    }
}
