//! What other processes use.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::Context;
use wait4::Wait4;

use crate::steps::shown;

/// What one process used.
#[derive(Clone, Debug)]
pub struct Usage {
    /// User and system time, of all its threads.
    pub cpu_seconds: f64,
    /// The most memory that it held at a time, in bytes.
    pub max_rss_bytes: u64,
    /// How it ended.
    pub status: ExitStatus,
}

/// Runs a command without input and without output, and waits for it.
///
/// # Errors
/// If it cannot be started.
pub fn measure(command: &mut Command) -> anyhow::Result<Usage> {
    let shown = shown(command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
    let done = child.wait4().with_context(|| format!("cannot wait for `{shown}`"))?;
    let cpu = done.rusage.utime + done.rusage.stime;
    Ok(Usage { cpu_seconds: cpu.as_secs_f64(), max_rss_bytes: done.rusage.maxrss, status: done.status })
}

/// The median CPU seconds of each command, run in turn for some rounds, so that whatever else the machine does
/// meets all of them.
///
/// # Errors
/// If one cannot be started, or ends other than it may.
pub fn alternate(
    rounds: usize,
    commands: &mut [Command],
    may_end: impl Fn(ExitStatus) -> bool,
) -> anyhow::Result<Vec<f64>> {
    let mut seconds = vec![Vec::new(); commands.len()];
    for _ in 0..rounds {
        for (command, seconds) in commands.iter_mut().zip(&mut seconds) {
            let usage = measure(command)?;
            anyhow::ensure!(may_end(usage.status), "`{}`: {}", shown(command), usage.status);
            seconds.push(usage.cpu_seconds);
        }
    }
    Ok(seconds.into_iter().map(median).collect())
}

/// The middle one; of an even number, the upper middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Reads a file once, so that no measure pays for the disk.
///
/// # Errors
/// If it cannot be read.
pub fn warm(path: &Path) -> anyhow::Result<()> {
    let attempt = || {
        let mut file = File::open(path)?;
        let mut buffer = vec![0; 1 << 20];
        while file.read(&mut buffer)? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    attempt().with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_no_mean() {
        assert!((median(vec![100.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn children_are_measured() {
        let usage = measure(Command::new("sh").args(["-c", "exit 3"])).expect("a shell");
        assert_eq!(usage.status.code(), Some(3));
        assert!(usage.max_rss_bytes > 100_000, "in bytes: {}", usage.max_rss_bytes);
        assert!(usage.cpu_seconds < 5.0);
    }
}
