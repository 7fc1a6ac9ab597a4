//! The program as an agent, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::FakeServer;

/// The program with a home of its own.
pub struct Agent {
    home: TempDir,
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Agent {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("temporary files can be made") }
    }

    /// Enrolled at a server.
    pub fn enrolled(server: &FakeServer) -> Self {
        let agent = Self::new();
        let ended = agent.run(&["enrol", &server.token().to_string(), "--name", "office-1"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        agent
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The agent's folder.
    pub fn data(&self) -> PathBuf {
        self.home().join("agent")
    }

    /// `portdelta agent` with nothing of the environment but the path.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portdelta"));
        command
            .arg("agent")
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("PORTDELTA_AGENT_DATA", self.data())
            .current_dir(self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// To its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().expect("the program starts").into()
    }

    /// In the background.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the program starts")
    }

    /// The processes that read their targets from this agent's spool.
    pub fn nmaps(&self) -> Vec<Pid> {
        let spool = self.data().join("spool");
        let prefix = spool.to_string_lossy().into_owned();
        let entries = std::fs::read_dir("/proc").expect("there is one").flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        ids.filter(|id| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&prefix) && !stat.contains(") Z ")
        })
        .filter_map(Pid::from_raw)
        .collect()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Sends a signal.
pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it still runs");
}

/// Waits for a process' end.
pub fn end(child: Child) -> Ended {
    child.wait_with_output().expect("it ends").into()
}
