//! Programs from PyPI, each in an environment of its own: in a common one pip takes old releases that fit together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::steps::{output, run};
use crate::workspace::{Metadata, root};

/// A program from PyPI, pinned by `localstack/requirements/<name>.txt`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tool {
    /// Its name, and that of its environment.
    pub name: &'static str,
    /// What it is for, for people.
    pub purpose: &'static str,
    /// The only version of Python with which its pinned parts work; tests that need it are skipped elsewhere.
    pub only_python: Option<&'static str>,
}

/// The emulator on which everything runs.
pub const MINISTACK: Tool =
    Tool { name: "ministack", purpose: "emulates AWS for tests and for `cloud up`", only_python: None };
/// A second opinion on DynamoDB.
pub const MOTO: Tool = Tool { name: "moto", purpose: "emulates DynamoDB for tests", only_python: None };
/// A second opinion on S3, SQS, SNS and Scheduler.
pub const LOCALSTACK: Tool = Tool {
    name: "localstack",
    purpose: "emulates S3, SQS, SNS and Scheduler for tests",
    only_python: Some("3.11"),
};

/// Stands before an emulator and answers some requests with the faults of AWS.
pub const MICROBURST: Tool =
    Tool { name: "microburst", purpose: "lets services of AWS fail in tests", only_python: None };

/// A provider of OpenID Connect.
pub const OIDC: Tool = Tool { name: "oidc", purpose: "signs people in for tests", only_python: None };

/// Checks and deploys the template.
pub const SAM: Tool = Tool { name: "sam", purpose: "checks and deploys template.yaml", only_python: None };
/// Builds functions for Amazon Linux, on any machine. Large, and needed by those only who deploy to AWS.
pub const CARGO_LAMBDA: Tool =
    Tool { name: "cargo-lambda", purpose: "builds functions for AWS", only_python: None };

/// Builds the dashboard, where the machine has no Node.js that is new enough.
pub const NODE: Tool = Tool { name: "node", purpose: "builds and tests the dashboard", only_python: None };

/// Tries the API by its OpenAPI document.
pub const SCHEMATHESIS: Tool =
    Tool { name: "schemathesis", purpose: "tries the API by its description", only_python: None };

/// Those of which tests and lints make use.
pub const TOOLS: [Tool; 7] = [MINISTACK, MOTO, LOCALSTACK, MICROBURST, OIDC, SAM, SCHEMATHESIS];

/// In an environment, what it was made from. Written last, so that a broken one is made anew.
const STAMP: &str = "portdelta-requirements.txt";

impl Tool {
    /// Its environment's folder below the target folder.
    pub fn folder(&self, target: &Path) -> PathBuf {
        target.join("python").join(self.name)
    }

    /// A program of its environment, such as `python`.
    pub fn program(&self, target: &Path, name: &str) -> PathBuf {
        self.folder(target).join("bin").join(name)
    }

    /// Whether its environment is there, as it is pinned today.
    pub fn is_installed(&self, target: &Path) -> bool {
        let stamp = fs::read(self.folder(target).join(STAMP)).ok();
        stamp.is_some() && stamp == fs::read(self.requirements()).ok()
    }

    fn requirements(&self) -> PathBuf {
        root().join("localstack/requirements").join(self.name).with_extension("txt")
    }

    /// A command of its environment, which finds others of the same one first, at the root of the project.
    ///
    /// # Errors
    /// If the path is no path.
    pub fn command(&self, target: &Path, program: &str) -> Result<Command> {
        let mut command = Command::new(self.program(target, program));
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.folder(target).join("bin")).chain(std::env::split_paths(&rest));
        command.env("PATH", std::env::join_paths(all).context("a folder of PATH has a colon")?);
        command.current_dir(root());
        Ok(command)
    }

    /// Makes its environment, if it is not there.
    ///
    /// # Errors
    /// If Python or a package can't be had.
    pub fn install(&self, target: &Path) -> Result<()> {
        if self.is_installed(target) {
            return Ok(());
        }
        let Some(python) = self.interpreter() else {
            let version = self.only_python.unwrap_or("3");
            eprintln!("setup: skipping {}, which {}: no Python {version}", self.name, self.purpose);
            return if self.only_python.is_some() { Ok(()) } else { bail!("Python 3 is needed") };
        };
        let folder = self.folder(target);
        eprintln!("setup: {}, which {}, is missing; installing it takes a minute", self.name, self.purpose);
        run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(Command::new(self.program(target, "python")).args(quiet).arg(self.requirements()))?;
        fs::copy(self.requirements(), folder.join(STAMP))
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        Ok(())
    }

    /// The Python for its environment.
    fn interpreter(&self) -> Option<String> {
        let names = self.only_python.map(|version| format!("python{version}"));
        names.into_iter().chain(["python3".to_owned()]).find(|name| match version_of(name) {
            Some(found) => self.only_python.is_none_or(|version| found == version),
            None => false,
        })
    }
}

/// Makes the environments that are missing.
///
/// # Errors
/// If one that is needed cannot be made.
pub fn install_tools() -> Result<()> {
    let target = Metadata::read()?.target_directory;
    for tool in TOOLS {
        let done = tool.install(&target).with_context(|| format!("cannot install {}", tool.name));
        match done {
            Err(error) if tool.only_python.is_some() => {
                eprintln!("setup: skipping {}, tests on it will be skipped: {error:#}", tool.name);
            }
            done => done?,
        }
    }
    Ok(())
}

/// E.g. `3.11`.
fn version_of(python: &str) -> Option<String> {
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let version = output(Command::new(python).args(["-c", script])).ok()?;
    Some(version.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A range would install something else tomorrow.
    #[test]
    fn everything_is_pinned() {
        for tool in TOOLS.into_iter().chain([CARGO_LAMBDA, NODE]) {
            let text = fs::read_to_string(tool.requirements()).expect("a requirements file");
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            for line in lines.clone() {
                assert!(line.contains("==") && !line.contains(['<', '>', '*', '@']), "{}: {line}", tool.name);
            }
            assert!(lines.count() > 0, "{}", tool.name);
        }
    }
}
