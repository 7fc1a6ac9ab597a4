//! A program that a test starts, signals and outlives.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait_for;

/// How long a program may take to end on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs, ended when the test ends.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program; what it writes goes to the end of a file that a failing test shows.
    ///
    /// # Panics
    /// Where it does not start.
    #[must_use]
    pub fn start(command: &mut Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log);
        let file = file.expect("the test may write into its folder");
        let other = file.try_clone().expect("files can be shared");
        let child = command.stdout(other).stderr(file).spawn().expect("the program starts");
        Self { child, log: log.to_owned() }
    }

    /// What it wrote so far, and what a process before it wrote to the same file.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it at once: kill -9.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and waits until it has; its exit code.
    pub fn terminate(&mut self) -> i32 {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// Where it has ended and was waited for.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the process is there");
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it has ended by itself; its exit code, -1 where a signal ended it.
    ///
    /// # Panics
    /// Where it goes on for half a minute.
    #[track_caller]
    pub fn ended(&mut self) -> i32 {
        let status = wait_for("the program to end", PATIENCE, || self.child.try_wait().expect("it is ours"));
        status.code().unwrap_or(-1)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.log.display(), self.log());
        }
    }
}
