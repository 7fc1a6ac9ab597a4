//! Ends what an agent left running when it was killed.
//!
//! Each nmap reads its targets from a file in the spool, and so carries the name of that file among its arguments
//! for as long as it lives. That is how it is known again: there is no moment in which it runs and was not yet
//! written down, and no process id that may be somebody else's by now.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, getuid, kill_process, kill_process_group};

/// How long a leftover may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is looked whether it did.
const TURN: Duration = Duration::from_millis(50);

/// A process that scans for this spool.
#[derive(Debug, PartialEq, Eq)]
struct Leftover {
    id: Pid,
    /// When it started, in ticks since the machine did: with the id, unique.
    started: u64,
    leads_its_group: bool,
}

/// Ends every process of this user that reads its targets from `spool`. Returns how many there were.
pub(crate) async fn end_leftovers(spool: &Path) -> usize {
    let found = leftovers(spool);
    for leftover in &found {
        tracing::warn!(
            process = leftover.id.as_raw_nonzero().get(),
            "ending an nmap that an earlier agent left running"
        );
        leftover.signal(Signal::TERM);
    }
    for _ in 0..PATIENCE.as_millis() / TURN.as_millis() {
        if leftovers(spool).is_empty() {
            return found.len();
        }
        tokio::time::sleep(TURN).await;
    }
    // Looked up again: an id may have been given to another process meanwhile.
    for leftover in leftovers(spool) {
        leftover.signal(Signal::KILL);
    }
    found.len()
}

impl Leftover {
    fn signal(&self, signal: Signal) {
        let _ = if self.leads_its_group {
            kill_process_group(self.id, signal)
        } else {
            kill_process(self.id, signal)
        };
    }
}

fn leftovers(spool: &Path) -> Vec<Leftover> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let own = std::process::id();
    ids.filter(|id: &u32| *id != own).filter_map(|id| leftover(id, spool)).collect()
}

fn leftover(id: u32, spool: &Path) -> Option<Leftover> {
    let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let mut arguments = line.split(|byte| *byte == 0);
    arguments.find(|argument| *argument == b"-iL")?;
    let mut prefix = spool.as_os_str().as_bytes().to_vec();
    prefix.push(b'/');
    if !arguments.next()?.starts_with(&prefix) {
        return None;
    }
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let user = status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().next()?;
    if user.parse() != Ok(getuid().as_raw()) {
        return None;
    }
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in parentheses may hold anything; after it come state, parent, group ...
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let group: u32 = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(16)?.parse().ok()?;
    // One that has ended and waits for its parent is no trouble.
    if state == "Z" {
        return None;
    }
    let raw = Pid::from_raw(i32::try_from(id).ok()?)?;
    Some(Leftover { id: raw, started, leads_its_group: group == id })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    /// A process that runs until it is ended, with these arguments.
    fn sleeper(arguments: &[&str]) -> std::process::Child {
        let mut command = Command::new("/bin/sh");
        // It waits for what nobody writes, by itself: a child of it would have its arguments too, until it is another program.
        command.args(["-c", "trap '' TERM; while :; do read -r _; done", "nmap"]).args(arguments);
        let child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        // Starting it ends a moment before its arguments can be read.
        while fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default().is_empty() {
            std::thread::yield_now();
        }
        child
    }

    #[tokio::test]
    async fn only_its_own_leftovers_are_ended() {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let (spool, other) = (folder.path().join("spool"), folder.path().join("spool-of-others"));
        let targets = |folder: &Path| folder.join("run~00001/targets").to_string_lossy().into_owned();
        let mut mine = sleeper(&["-oX", "-", "-iL", &targets(&spool)]);
        let mut stranger = sleeper(&["-oX", "-", "-iL", &targets(&other)]);
        let mut another = sleeper(&["-oX", &targets(&spool)]);
        assert_eq!(end_leftovers(&spool).await, 1);
        mine.wait().expect("it was ended");
        assert!(stranger.try_wait().expect("it is ours").is_none());
        assert!(another.try_wait().expect("it is ours").is_none());
        assert_eq!(end_leftovers(&other).await, 1);
        stranger.wait().expect("it was ended");
        let id = Pid::from_child(&another);
        kill_process_group(id, Signal::KILL).expect("it is ours");
        another.wait().expect("it was ended");
    }
}
