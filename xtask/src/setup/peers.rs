//! What the benches compare with. Nothing here is needed to build, test or use the project.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::packages::Wanted;
use super::works;
use crate::steps::run;
use crate::workspace::{Metadata, find_program};

/// The release that the goals were set against.
const LIBNMAP: &str = "python-libnmap==0.7.3";

/// Which packages the peers lack.
pub fn missing() -> Vec<Wanted> {
    let mut missing = Vec::new();
    if find_program("ndiff").is_none() {
        missing.push(Wanted::Ndiff);
    }
    missing
}

/// The Python of the environment that python-libnmap is, or would be, installed in.
pub fn libnmap_python(target: &Path) -> PathBuf {
    target.join("peers-venv/bin/python")
}

/// Whether python-libnmap can be used.
pub fn has_libnmap(target: &Path) -> bool {
    works(Command::new(libnmap_python(target)).args(["-c", "import libnmap.parser"]))
}

/// Installs python-libnmap where it is missing; says so where it cannot.
pub fn install_libnmap() {
    let attempt = || {
        let target = Metadata::read()?.target_directory;
        if has_libnmap(&target) {
            return Ok(());
        }
        let folder = target.join("peers-venv");
        eprintln!("setup: making a Python environment with {LIBNMAP} in {}", folder.display());
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let python = libnmap_python(&target);
        run(Command::new(python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            LIBNMAP,
        ]))
    };
    let done: anyhow::Result<()> = attempt();
    if let Err(error) = done {
        eprintln!("setup: skipping python-libnmap, benches will not compare with it: {error:#}");
    }
}
