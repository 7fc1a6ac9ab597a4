//! Runs commands one after another, says which, and sums up.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// The steps of a task. All of them run; the task fails if one did.
#[derive(Default)]
pub struct Steps {
    done: Vec<(String, Duration, bool)>,
}

impl Steps {
    /// Runs a command as a step.
    pub fn command(&mut self, name: &str, command: &mut Command) {
        self.step(name, || run(command));
    }

    /// Does something as a step, and shows its error where there is one.
    pub fn step(&mut self, name: &str, action: impl FnOnce() -> anyhow::Result<()>) {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        let result = action();
        let took = start.elapsed();
        let passed = result.is_ok();
        match result {
            Ok(()) => eprintln!("=== {name}: ok, {:.1} s", took.as_secs_f64()),
            Err(error) => eprintln!("=== {name}: FAILED, {:.1} s: {error:#}", took.as_secs_f64()),
        }
        self.done.push((name.to_owned(), took, passed));
    }

    /// Prints how each step went.
    ///
    /// # Errors
    /// If one failed.
    pub fn finish(self) -> anyhow::Result<()> {
        eprintln!("\n=== summary");
        let mut failed = Vec::new();
        for (name, took, passed) in &self.done {
            let word = if *passed { "ok" } else { "FAILED" };
            eprintln!("{word:>7} {:>7.1} s  {name}", took.as_secs_f64());
            if !passed {
                failed.push(name.as_str());
            }
        }
        if failed.is_empty() {
            return Ok(());
        }
        bail!("{} of {} steps failed: {}", failed.len(), self.done.len(), failed.join(", "))
    }
}

/// How a person would type the command.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a command without input, its output going where ours goes.
///
/// # Errors
/// If it cannot be started, or ends badly.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}`: {status}");
    }
    Ok(())
}

/// Runs a command quietly, and gives what it printed.
///
/// # Errors
/// If it cannot be started, or ends badly; with what it said.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}`: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_run_and_one_failure_is_enough() {
        let mut steps = Steps::default();
        let mut ran = 0;
        steps.step("bad", || bail!("no"));
        steps.step("good", || {
            ran += 1;
            Ok(())
        });
        assert_eq!(ran, 1);
        let error = steps.finish().expect_err("one failed");
        assert_eq!(error.to_string(), "1 of 2 steps failed: bad");
    }
}
