//! Where the project is, and what it is made of.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::Deserialize;

use crate::steps::output;

/// The part of `cargo metadata` that we need.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// The packages of the workspace.
    pub packages: Vec<Package>,
    /// The folder of the root manifest.
    pub workspace_root: PathBuf,
    /// Where cargo builds.
    pub target_directory: PathBuf,
}

/// A package of the workspace.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its manifest.
    pub manifest_path: PathBuf,
    /// What it names as dependencies.
    pub dependencies: Vec<Dependency>,
}

/// A dependency, as a manifest names it.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The name of the package, whatever it is called in the code.
    pub name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Metadata {
    /// Asks cargo.
    ///
    /// # Errors
    /// If cargo cannot tell, such as for a broken manifest.
    pub fn read() -> anyhow::Result<Self> {
        let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
        serde_json::from_str(&text).context("cannot read what `cargo metadata` printed")
    }
}

/// The cargo that runs us, at the root of the project.
pub fn cargo() -> Command {
    // Set by cargo; absent where somebody starts the binary directly.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    // What it says of ourselves: build scripts (ring's, for one) that ask for these run again whenever they differ from those
    // of a cargo that was started by hand, and then half of all crates are built again.
    let ours = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in ours.filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
        command.env_remove(name);
    }
    command
}

/// The root of the project.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Where a program is, if it is installed. Also looks where administrators' programs are, which are not on
/// the path of others everywhere.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}
