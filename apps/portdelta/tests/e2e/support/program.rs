//! The program, run on a data folder of one test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program with a home and a data folder of its own.
pub struct Program {
    home: TempDir,
}

/// How one run ended, and what it wrote.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    /// Nothing is remembered yet.
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("temporary files can be made") }
    }

    /// A place for the files of the test.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The data folder; made by the program.
    pub fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    /// The program, with the test's folders and nothing else of the environment but the path.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portdelta"));
        self.settle(command.args(arguments));
        command
    }

    /// `command` with the test's folders and nothing else of the environment but the path.
    pub fn settle<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("PORTDELTA_DATA", self.data())
            .env("COLUMNS", "80")
            .current_dir(self.home())
            .stdin(Stdio::null())
    }

    /// Runs the program with these arguments.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Runs a line of arguments without spaces in them.
    pub fn line(&self, arguments: &str) -> Run {
        self.run(arguments.split_whitespace())
    }

    /// Runs `scan` quietly for the network, and in JSON.
    pub fn scan(&self, targets: &[&str], ports: &str, more: &[&str]) -> Run {
        let options = "--options=-n -T5 --max-retries 1";
        let fixed = ["scan", "--format", "json", "--ports", ports];
        let has_options = more.iter().any(|argument| argument.starts_with("--options"));
        let options = if has_options { None } else { Some(options) };
        self.run(fixed.iter().chain(&options).chain(more).chain(targets))
    }
}

impl Run {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        command.output().expect("the program starts").into()
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Standard output as a JSON document a line.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let value = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        self.out.lines().map(value).collect()
    }

    /// The deltas of a JSON document, each as `kind address port/protocol cause`.
    #[track_caller]
    pub fn deltas(&self) -> Vec<String> {
        self.json()["deltas"].as_array().expect("there is a list of deltas").iter().map(short).collect()
    }

    /// Asserts a refusal: code 2, and on standard error a sentence with these words, and a hint.
    #[track_caller]
    pub fn refused(&self, words: &str) {
        assert_eq!(self.code, 2, "{self:?}");
        let (error, hint) = self.err.split_once("\nhint: ").unwrap_or_else(|| panic!("no hint in {self:?}"));
        assert!(error.starts_with("error: ") && error.contains(words), "no {words:?} in {self:?}");
        assert!(hint.trim_end().ends_with('.') && hint.len() > 10, "no sentence: {self:?}");
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        // A signal that killed the program is no exit code.
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A delta as `kind address port/protocol cause`, as far as it has these.
pub fn short(delta: &Value) -> String {
    let text = |field: &str| delta[field].as_str().map(str::to_owned);
    let port = delta["port"].as_u64().map(|port| format!("{port}/{}", text("protocol").unwrap_or_default()));
    [text("kind"), text("address"), port, text("script"), text("cause")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}
