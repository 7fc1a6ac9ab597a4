//! Emulators for one run of tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::emulator::{Emulator, Running, Settings};
use crate::python::MICROBURST;
use crate::workspace::Metadata;

/// Which emulators tests look for, in which variable, and whether they hold everybody to their policies.
const WANTED: [(Emulator, &str, bool); 5] = [
    (Emulator::MiniStack, "PORTDELTA_TEST_MINISTACK", false),
    (Emulator::MiniStack, "PORTDELTA_TEST_MINISTACK_AUTH", true),
    (Emulator::Moto, "PORTDELTA_TEST_MOTO", false),
    (Emulator::LocalStack, "PORTDELTA_TEST_LOCALSTACK", false),
    (Emulator::Oidc, "PORTDELTA_TEST_OIDC", false),
];

/// Emulators that end with the tests. Tests share them, under names of their own.
pub struct Emulators {
    running: Vec<(&'static str, Running)>,
    folder: PathBuf,
    /// The Python that has the proxy which tests start before one of them, each its own.
    proxy: Option<PathBuf>,
}

impl Emulators {
    /// Starts all that are installed, each empty and on a free port; those whose address is in the environment
    /// already are left to whoever started them.
    ///
    /// # Errors
    /// If one does not start.
    pub fn start() -> Result<Self> {
        let target = Metadata::read()?.target_directory;
        let folder = target.join(format!("test-cloud-{}", std::process::id()));
        let proxy = MICROBURST.is_installed(&target).then(|| MICROBURST.program(&target, "python"));
        if proxy.is_none() {
            eprintln!("microburst is not installed: tests in which services of AWS fail are skipped");
        }
        let mut emulators = Self { running: Vec::new(), folder, proxy };
        let mut starting = Vec::new();
        for (emulator, variable, auth) in WANTED {
            let name = emulator.tool().name;
            if std::env::var_os(variable).is_some() {
                eprintln!("{name}: {variable} says where it is");
                continue;
            }
            if !emulator.tool().is_installed(&target) {
                eprintln!("{name} is not installed: tests on it are skipped");
                continue;
            }
            let folder = emulators.folder.join(if auth { "policies" } else { name });
            let settings = Settings { auth, ..Settings::on_free_port(folder)? };
            emulators.running.push((variable, emulator.spawn(&target, &settings)?));
            starting.push((emulator, settings));
        }
        for ((emulator, settings), (_, running)) in starting.iter().zip(&mut emulators.running) {
            emulator.await_ready(running, settings)?;
            eprintln!("{} listens on {}", emulator.tool().name, running.address);
        }
        Ok(emulators)
    }

    /// Where the MiniStack is that asks policies, if it is one of them.
    pub fn for_stacks(&self) -> Option<&str> {
        let is_it = |(variable, _): &&(&str, Running)| *variable == WANTED[1].1;
        self.running.iter().find(is_it).map(|(_, running)| running.address.as_str())
    }

    /// Tells a command where they are.
    pub fn tell(&self, command: &mut Command) {
        for (variable, running) in &self.running {
            command.env(variable, &running.address);
        }
        if let Some(proxy) = &self.proxy {
            command.env("PORTDELTA_TEST_MICROBURST", proxy);
        }
    }
}

impl Drop for Emulators {
    fn drop(&mut self) {
        self.running.clear();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
