//! `cargo xtask cloud`: AWS on this machine.

pub mod deploy;
pub mod emulator;
mod for_tests;
mod mail;

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

pub use self::for_tests::Emulators;

use self::emulator::{Emulator, Settings, end_group};
use crate::python::{MICROBURST, MINISTACK, SAM};
use crate::steps::{Steps, run};
use crate::web;
use crate::workspace::{Metadata, cargo, root};

/// What is done with the local cloud.
#[derive(Subcommand)]
pub enum Action {
    /// Start MiniStack, empty, and leave it running.
    Up {
        /// Where it listens, on 127.0.0.1.
        #[arg(long, default_value_t = 4566)]
        port: u16,
        /// Ask IAM policies, as AWS does.
        #[arg(long)]
        auth: bool,
    },
    /// Build the functions, deploy template.yaml to it, and print how to use what is there then.
    Deploy {
        /// The name of the stack.
        #[arg(long, default_value = "portdelta")]
        stack: String,
        /// Take the functions from the folder of a debug build, as they are.
        #[arg(long)]
        built: bool,
    },
    /// Print what a stack told by e-mail since it was last asked: the emulator sends none, but a queue listens.
    Mail {
        /// The name of the stack.
        #[arg(long, default_value = "portdelta")]
        stack: String,
    },
    /// Run all tests that want emulators, on emulators of their own: adapters, faults, moves, the scenarios on stacks, and the
    /// dashboard of a stack in a browser.
    Test {
        /// Also those that take many minutes.
        #[arg(long)]
        long: bool,
    },
    /// Measure what runs take of DynamoDB, and write what that costs into docs/cost.md.
    Cost {
        /// Write nothing; fail where it is not what was written last.
        #[arg(long)]
        check: bool,
    },
    /// End it, with all it holds.
    Down,
    /// Show what it said.
    Logs {
        /// Go on showing what it says.
        #[arg(long, short)]
        follow: bool,
    },
}

/// What `up` leaves for `down`.
#[derive(Debug, Deserialize, Serialize)]
struct Started {
    process: i32,
    port: u16,
}

/// Does it.
///
/// # Errors
/// If it could not be done.
pub fn cloud(action: &Action) -> Result<()> {
    let target = Metadata::read()?.target_directory;
    match action {
        Action::Up { port, auth } => up(&target, *port, *auth),
        Action::Deploy { stack, built } => deploy(&target, stack, *built),
        Action::Mail { stack } => mail(&target, stack),
        Action::Test { long } => test(&target, *long),
        Action::Cost { check } => cost(&target, *check),
        Action::Down => down(&target),
        Action::Logs { follow } => logs(&target, *follow),
    }
}

/// Where the emulator of `up` keeps what it writes.
fn folder(target: &Path) -> PathBuf {
    target.join("cloud")
}

fn up(target: &Path, port: u16, auth: bool) -> Result<()> {
    if let Some(started) = started(target)? {
        if started.port != port {
            bail!("it runs on port {} already; `cargo xtask cloud down` ends it", started.port);
        }
        println!("MiniStack runs already on port {port}.");
        return Ok(());
    }
    let settings = Settings { port, folder: folder(target), auth };
    let running = Emulator::MiniStack.start(target, &settings)?;
    let process = i32::try_from(running.id()).context("the process has no usable number")?;
    let state = serde_json::to_string(&Started { process, port })?;
    fs::write(state_file(target), state).context("cannot note that it runs")?;
    println!("MiniStack listens on {}. For other programs:\n", running.address);
    println!("    export AWS_ENDPOINT_URL={}", running.address);
    println!("    export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n");
    println!("`cargo xtask cloud logs` shows what it says, `cargo xtask cloud down` ends it.");
    running.leave();
    Ok(())
}

fn deploy(target: &Path, stack: &str, built: bool) -> Result<()> {
    let address = address(target)?;
    SAM.install(target)?;
    let deployed = deploy::deploy(&address, stack, built)?;
    print!("{}", deployed.next_steps());
    Ok(())
}

fn mail(target: &Path, stack: &str) -> Result<()> {
    print!("{}", mail::page(&mail::came(&address(target)?, stack)?));
    Ok(())
}

/// Those that want emulators; `cargo xtask test` runs them with all others.
const TESTS: &str = "binary(cloud) | binary(contract) | (binary(scenarios) & test(on_aws))";

fn test(target: &Path, long: bool) -> Result<()> {
    for tool in [MINISTACK, MICROBURST, SAM] {
        tool.install(target)?;
    }
    web::set_up()?;
    // As `cargo xtask test` builds them: other choices of packages would build every library once more.
    run(cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
    let emulators = Emulators::start()?;
    let (mut deployed, mut variables) = (None, Vec::new());
    if let Some(address) = emulators.for_stacks() {
        let (stack, more) = deploy::for_tests(address)?;
        (deployed, variables) = (Some(stack), more);
    }
    let tests = |wanted: &[&str]| {
        let mut tests = cargo();
        tests.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]).args(wanted);
        emulators.tell(&mut tests);
        tests.envs(variables.iter().cloned());
        run(&mut tests)
    };
    tests(&["-E", TESTS])?;
    if long {
        tests(&["--run-ignored", "only", "-E", "binary(cloud)"])?;
    }
    let mut steps = Steps::default();
    if let Some(deployed) = &deployed {
        web::add_tests_of_stack(&mut steps, deployed);
    }
    steps.finish()
}

fn cost(target: &Path, check: bool) -> Result<()> {
    MINISTACK.install(target)?;
    // As `cargo xtask test` builds it.
    run(cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
    let folder = target.join(format!("cost-{}", std::process::id()));
    let running = Emulator::MiniStack.start(target, &Settings::on_free_port(folder.clone())?)?;
    let mut measure = Command::new(target.join("debug/cloud-cost"));
    measure.current_dir(root()).env("PORTDELTA_TEST_MINISTACK", &running.address);
    if check {
        measure.args(["--compare", "recorded"]);
    } else {
        measure.args(["--record", "tests/src/cost/runs.json", "--page", "docs/cost.md"]);
    }
    let measured = run(&mut measure);
    drop(running);
    let _ = fs::remove_dir_all(folder);
    measured
}

fn down(target: &Path) -> Result<()> {
    match started(target)? {
        Some(started) => {
            end_group(started.process, || is_ours(started.process));
            println!("MiniStack has ended.");
        }
        None => println!("MiniStack does not run."),
    }
    let folder = folder(target);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn logs(target: &Path, follow: bool) -> Result<()> {
    let settings = Settings { port: 0, folder: folder(target), auth: false };
    let path = settings.log(Emulator::MiniStack);
    let mut file = fs::File::open(&path).context("there is no log; `cargo xtask cloud up` starts it")?;
    let mut shown = 0;
    loop {
        file.seek(SeekFrom::Start(shown))?;
        let mut more = Vec::new();
        shown += file.read_to_end(&mut more)? as u64;
        std::io::stdout().write_all(&more)?;
        std::io::stdout().flush()?;
        if !follow || !path.exists() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn state_file(target: &Path) -> PathBuf {
    folder(target).join("started.json")
}

/// Where the emulator is that `up` started.
fn address(target: &Path) -> Result<String> {
    let started = started(target)?.context("no emulator runs: `cargo xtask cloud up` starts one")?;
    Ok(format!("http://127.0.0.1:{}", started.port))
}

/// The emulator that `up` started, if it still runs.
fn started(target: &Path) -> Result<Option<Started>> {
    let path = state_file(target);
    let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
    let started: Started =
        serde_json::from_str(&text).with_context(|| format!("{} is damaged; remove it", path.display()))?;
    Ok(is_ours(started.process).then_some(started))
}

/// Whether a process is an emulator: after a restart of the machine its number may be somebody else's.
fn is_ours(process: i32) -> bool {
    let Ok(arguments) = fs::read(format!("/proc/{process}/cmdline")) else {
        // No Linux: at least it must be there.
        let process = rustix::process::Pid::from_raw(process);
        return !Path::new("/proc/self").exists()
            && process.is_some_and(|process| rustix::process::test_kill_process(process).is_ok());
    };
    String::from_utf8_lossy(&arguments).contains("ministack")
}
