//! `cargo xtask setup`: installs what a fresh machine lacks, and only that.

mod packages;
mod peers;

pub use self::peers::{has_libnmap, libnmap_python};

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use self::packages::{Install, PackageManager, Wanted};
use crate::python;
use crate::steps::{run, shown};
use crate::web;
use crate::workspace::{cargo, find_program};

/// Installs what is missing. With `bench`, also what the benches compare with.
///
/// # Errors
/// If something that is needed cannot be installed, such as without root: then the command to run is in
/// the message.
pub fn setup(bench: bool) -> anyhow::Result<()> {
    eprintln!("setup: looking for what is missing");
    install_components()?;
    install_packages(bench)?;
    install_cargo_tool("cargo-nextest", "runs the tests", &["nextest", "--version"])?;
    install_cargo_tool("cargo-deny", "checks dependencies", &["deny", "--version"])?;
    python::install_tools()?;
    web::set_up()?;
    if bench {
        peers::install_libnmap();
    }
    eprintln!("setup: all is there");
    Ok(())
}

/// Whether a command can be run and ends well; it is not shown.
fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Rust comes without these in its smallest installation.
fn install_components() -> anyhow::Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if works(cargo().args([subcommand, "--version"])) {
            continue;
        }
        eprintln!("setup: {component} is missing, adding it to the toolchain");
        run(Command::new("rustup").args(["component", "add", component]))
            .with_context(|| format!("install {component} the way that Rust was installed"))?;
    }
    Ok(())
}

fn install_cargo_tool(name: &str, purpose: &str, version: &[&str]) -> anyhow::Result<()> {
    if works(cargo().args(version)) {
        return Ok(());
    }
    eprintln!("setup: {name}, which {purpose}, is missing; building it takes some minutes");
    run(cargo().args(["install", "--locked", name]))
}

fn install_packages(bench: bool) -> anyhow::Result<()> {
    let is_linux = cfg!(target_os = "linux");
    let mut missing = Vec::new();
    if find_program("nmap").is_none() {
        missing.push(Wanted::Nmap);
    }
    // The tests of hosts that come and go make networks of their own, which only Linux has.
    if is_linux && find_program("ip").is_none() {
        missing.push(Wanted::NetworkNamespaces);
    }
    if is_linux && find_program("strace").is_none() {
        missing.push(Wanted::Strace);
    }
    if web::chromium().is_none() {
        missing.push(Wanted::Chromium);
    }
    // Debian has the module without what it needs to work.
    if !works(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        missing.push(Wanted::PythonVenv);
    }
    if bench {
        missing.extend(peers::missing());
    }
    let Err(error) = install_missing(missing.clone()) else { return Ok(()) };
    if missing.iter().all(|wanted| wanted.is_optional()) {
        eprintln!("setup: some comparisons and tests will be skipped: {error:#}");
        return Ok(());
    }
    Err(error)
}

fn install_missing(mut missing: Vec<Wanted>) -> anyhow::Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let Some(manager) = PackageManager::find(|name| find_program(name).is_some()) else {
        bail!("missing: {}; found none of apt-get, dnf and brew to install it with", names(&missing));
    };
    for wanted in missing.extract_if(.., |wanted| manager.package(*wanted).is_none()) {
        if !wanted.is_optional() {
            bail!("{} is needed, and {} has no such package", wanted.what(), manager.name());
        }
        eprintln!("setup: skipping {}: {} has no such package", wanted.what(), manager.name());
    }
    match manager.install(&missing, rustix::process::geteuid().is_root()) {
        Install::Nothing => Ok(()),
        Install::Run(commands) => {
            eprintln!("setup: installing {} with {}", names(&missing), manager.name());
            for words in commands {
                let mut command = Command::new(words[0]);
                command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
                run(&mut command).with_context(|| format!("cannot install with `{}`", shown(&command)))?;
            }
            Ok(())
        }
        Install::AskFor(command) => {
            bail!(
                "missing: {}; installing needs root; run the following, and then this task again:\n\n    {command}\n",
                names(&missing)
            )
        }
    }
}

fn names(wanted: &[Wanted]) -> String {
    wanted.iter().map(|wanted| wanted.what()).collect::<Vec<_>>().join(", ")
}
