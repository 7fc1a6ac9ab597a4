//! `cargo xtask web`: the dashboard, built and tested with Node.js. Cargo itself runs none of this.

mod budgets;
mod node;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

pub use self::budgets::{budgets, seed};
use self::node::Node;
use crate::cloud::Emulators;
use crate::cloud::deploy::Deployed;
use crate::steps::{Steps, run};
use crate::workspace::{Metadata, find_program, root};

/// What the pages are made from, in their folder.
const SOURCES: [&str; 6] =
    ["src", "public", "index.html", "package-lock.json", "vite.config.ts", "svelte.config.js"];

/// In `node_modules`, the lock file that it was installed from.
const STAMP: &str = "portdelta-lock.json";

/// Where the pages are developed.
fn folder() -> PathBuf {
    root().join("apps/web")
}

/// Builds the pages.
///
/// # Errors
/// If there is no Node.js and none can be had, or if the build fails.
pub fn web() -> Result<()> {
    let node = Node::find_or_install(&Metadata::read()?.target_directory)?;
    install(&node)?;
    build(&node)
}

/// Builds the pages if they are not built as they stand. Without Node.js everything else works: then it says so.
///
/// # Errors
/// If they can't be built although there is Node.js; in CI also without it.
pub fn set_up() -> Result<()> {
    let node = match Node::find_or_install(&Metadata::read()?.target_directory) {
        Ok(node) => node,
        Err(error) if is_ci() => return Err(error),
        Err(error) => {
            eprintln!(
                "setup: skipping the dashboard, the server will say so and its API will work: {error:#}"
            );
            return Ok(());
        }
    };
    install(&node)?;
    if is_fresh() {
        return Ok(());
    }
    build(&node)
}

/// Adds what is checked of the pages without a server.
pub fn add_checks(steps: &mut Steps) {
    let Some(node) = node_for_steps(steps) else { return };
    steps.step("dashboard: types of the API", || run(&mut node.script("types", &["--", "--check"])));
    steps.step("dashboard: types", || run(&mut node.script("check", &[])));
    steps.step("dashboard: tests", || run(&mut node.script("test", &[])));
}

/// Adds the tests that drive the built server with a browser; one of them wants a provider of single sign-on, which is
/// among the emulators.
pub fn add_browser_tests(steps: &mut Steps, emulators: Option<&Emulators>) {
    let Some(node) = node_for_steps(steps) else { return };
    let tell = |command: &mut Command| {
        if let Some(emulators) = emulators {
            emulators.tell(command);
        }
    };
    steps.step("dashboard: in a browser", || browser(&node, "browser", tell));
}

/// Adds the same tests with a stack in place of the server: one that nobody has set up yet.
pub fn add_tests_of_stack(steps: &mut Steps, stack: &Deployed) {
    let Some(node) = node_for_steps(steps) else { return };
    let tell = |command: &mut Command| {
        command.env("PORTDELTA_STACK_URL", &stack.pages).env("PORTDELTA_STACK_TOKEN", &stack.token);
    };
    steps.step("dashboard: of a stack, in a browser", || browser(&node, "browser-cloud", tell));
}

/// Writes pictures of all pages.
///
/// # Errors
/// If there is no Node.js or no browser, or if a page does not come.
pub fn screenshots(into: &Path) -> Result<()> {
    let node = Node::find_or_install(&Metadata::read()?.target_directory)?;
    install(&node)?;
    build(&node)?;
    run(crate::workspace::cargo().args(["build", "--package", "portdelta", "--bins", "--locked"]))?;
    let into = std::path::absolute(into).context("the folder for pictures has no path")?;
    browser(&node, "screenshots", |command| {
        command.env("PORTDELTA_SCREENSHOTS", &into);
    })
}

fn browser(node: &Node, script: &str, tell: impl FnOnce(&mut Command)) -> Result<()> {
    let Some(chromium) = chromium() else {
        if is_ci() {
            bail!("there is no Chromium");
        }
        eprintln!(
            "skipped: there is no Chromium; `cargo xtask setup` installs it where the system has it as a package"
        );
        return Ok(());
    };
    let program = Metadata::read()?.target_directory.join("debug/portdelta");
    let mut command = node.script(script, &[]);
    command.env("PORTDELTA_PROGRAM", program).env("PORTDELTA_CHROMIUM", chromium);
    tell(&mut command);
    run(&mut command)
}

/// Debian's, Fedora's, and what people install themselves.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]
        .into_iter()
        .find_map(find_program)
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Node.js with everything installed; says why there is none, which is a failure in CI only.
fn node_for_steps(steps: &mut Steps) -> Option<Node> {
    let found = Metadata::read().and_then(|metadata| {
        let node = Node::find_or_install(&metadata.target_directory)?;
        install(&node)?;
        Ok(node)
    });
    match found {
        Ok(node) => Some(node),
        Err(error) if is_ci() => {
            steps.step("dashboard: Node.js", || Err(error));
            None
        }
        Err(error) => {
            eprintln!("skipped: the dashboard's tests need Node.js: {error:#}");
            None
        }
    }
}

/// What the lock file names, and nothing else.
fn install(node: &Node) -> Result<()> {
    let lock = folder().join("package-lock.json");
    let stamp = folder().join("node_modules").join(STAMP);
    let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("setup: installing what the dashboard is built with");
    // Nothing of it needs to run a program of its own when it is installed.
    run(&mut node.npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]))?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn build(node: &Node) -> Result<()> {
    eprintln!("setup: building the dashboard");
    let is_first = !folder().join("dist").exists();
    run(&mut node.script("build", &[]))?;
    if is_first {
        // Programs that were built without the pages watch this file in place of the folder, and are built again.
        let watched = folder().join("package.json");
        let rewritten = fs::read(&watched).and_then(|text| fs::write(&watched, text));
        rewritten.with_context(|| format!("cannot write {}", watched.display()))?;
    }
    Ok(())
}

/// Whether the pages are newer than everything that they are made from.
fn is_fresh() -> bool {
    let Some(built) = modified(&folder().join("dist/index.html")) else { return false };
    SOURCES.iter().all(|source| newest(&folder().join(source)).is_some_and(|changed| changed < built))
}

/// When a file, or the youngest file of a folder, was changed.
fn newest(path: &Path) -> Option<SystemTime> {
    if path.is_file() {
        return modified(path);
    }
    let entries = fs::read_dir(path).ok()?;
    entries.filter_map(Result::ok).map(|entry| newest(&entry.path())).max().flatten()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// A command in the pages' folder that says what it does and nothing more.
fn in_folder(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder()).env("NO_UPDATE_NOTIFIER", "1");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lock file is the same for everybody, whatever registry they reach.
    #[test]
    fn the_lock_file_names_no_host() {
        let lock = fs::read_to_string(folder().join("package-lock.json")).expect("a lock file");
        assert!(
            !lock.contains("://") || !lock.contains("\"resolved\""),
            "an address stands in the lock file"
        );
        assert!(lock.contains("\"integrity\""), "hashes are what makes it safe");
    }
}
