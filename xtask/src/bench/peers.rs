//! The programs that we compare with, where they are installed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::setup::{has_libnmap, libnmap_python};
use crate::workspace::{find_program, root};

use super::measure::measure;

/// What is there to compare with.
pub struct Peers {
    /// ndiff.
    pub ndiff: Option<Ndiff>,
    /// The Python that has python-libnmap.
    libnmap: Option<PathBuf>,
}

/// An installed ndiff.
pub struct Ndiff {
    program: PathBuf,
    python: PathBuf,
    /// It compares files of this project's `full` shape without an error of its own.
    pub works: bool,
}

impl Peers {
    /// Looks for them, and tries ndiff on a small pair of files of the shape `full`.
    pub fn find(target: &Path, old: &Path, new: &Path) -> Self {
        let ndiff = find_program("ndiff").map(|program| {
            let python = interpreter(&program).unwrap_or_else(|| PathBuf::from("python3"));
            // 0 is the same, 1 different, all else an error.
            let status = measure(Command::new(&program).args([old, new])).map(|usage| usage.status.code());
            let works = matches!(status, Ok(Some(0 | 1)));
            Ndiff { program, python, works }
        });
        let libnmap = has_libnmap(target).then(|| libnmap_python(target));
        Self { ndiff, libnmap }
    }

    /// Reading a file with python-libnmap, or comparing two.
    pub fn libnmap(&self, what: &str, files: &[&Path]) -> Option<Command> {
        let mut command = Command::new(self.libnmap.as_ref()?);
        command.arg(root().join("benches/peers/run_libnmap.py")).arg(what).args(files);
        Some(command)
    }
}

impl Ndiff {
    /// Reading files with ndiff's loader.
    pub fn load(&self, files: &[&Path]) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(root().join("benches/peers/run_ndiff.py"));
        if !self.works {
            command.arg("--mend");
        }
        command.arg("load").args(files);
        command
    }

    /// Comparing two files.
    pub fn diff(&self, old: &Path, new: &Path) -> Command {
        if self.works {
            let mut command = Command::new(&self.program);
            command.args([old, new]);
            return command;
        }
        let mut command = Command::new(&self.python);
        command.arg(root().join("benches/peers/run_ndiff.py")).args(["--mend", "diff"]).args([old, new]);
        command
    }

    /// For the table. Only ports with several scripts, as in `full`, make ndiff stop.
    pub fn remark(&self, shape: &str) -> &'static str {
        if self.works || shape != "full" {
            return "";
        }
        "this ndiff stops with an error; it was mended from outside"
    }
}

/// The program that a script names in its first line.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut line = String::new();
    BufReader::new(File::open(script).ok()?).read_line(&mut line).ok()?;
    interpreter_of(&line)
}

fn interpreter_of(line: &str) -> Option<PathBuf> {
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    match words.next()? {
        // `env` looks along the path, as we do then.
        "/usr/bin/env" => words.next().map(PathBuf::from),
        program => Some(PathBuf::from(program)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_name_their_interpreter() {
        assert_eq!(interpreter_of("#!/usr/bin/python3\n"), Some(PathBuf::from("/usr/bin/python3")));
        assert_eq!(interpreter_of("#!/usr/bin/env python3 -E\n"), Some(PathBuf::from("python3")));
        assert_eq!(interpreter_of("\u{7f}ELF"), None);
    }
}
