//! What was scanned and has not arrived, on disk.
//!
//! ```text
//! spool/<run>~<task>/task.json    which delivery it is, written before nmap is started
//!                    targets      what nmap reads
//!                    output.zst   what nmap writes, packed as it comes
//!                    upload       the sealed result; whole, as it was renamed to that name
//! ```
//!
//! A folder with an `upload` is a result, one without is half a scan: after a crash it is thrown away, as its task
//! comes back when its lease has run out.

mod entry;

use std::fs;
use std::path::{Path, PathBuf};

use portdelta_protocol::agent::{Spooled, task_key};

use crate::error::AgentError;
use crate::home::file;
use crate::order::TaskName;

pub(crate) use entry::{Accepted, Entry, Waiting};

/// What an agent may keep on disk where nothing else is said: 1 GiB.
pub const DEFAULT_BUDGET: u64 = 1 << 30;

/// The largest packed result: servers take 64 MB, with what is said about it. Millions of open ports need less.
const MAX_RESULT_BYTES: u64 = 60 << 20;

/// Bytes of the disk that the spool leaves to others, whatever its budget.
const KEPT_FREE: u64 = 32 << 20;

/// The spool of one agent.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    budget: u64,
}

impl Spool {
    /// Opens a spool that may hold `budget` bytes; makes it where it is missing.
    pub(crate) fn open(folder: &Path, budget: u64) -> Result<Self, AgentError> {
        fs::create_dir_all(folder).map_err(file("make", folder))?;
        // Absolute, as its name tells leftovers from strangers.
        let folder = folder.canonicalize().map_err(file("find", folder))?;
        Ok(Self { folder, budget })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// The place of a task.
    pub(crate) fn entry(&self, name: &TaskName) -> Entry {
        // No id has a tilde in it.
        Entry::at(self.folder.join(format!("{}~{}", name.run, task_key(name.number))))
    }

    /// The results that wait, oldest first; what is no whole result is removed.
    pub(crate) fn recover(&self) -> Result<Vec<(Entry, Waiting)>, AgentError> {
        let mut waiting = Vec::new();
        for entry in self.entries()? {
            if let Some(found) = entry.waiting() {
                waiting.push((entry, found));
            } else {
                tracing::info!(entry = %entry.path().display(), "half a result is thrown away");
                entry.discard();
            }
        }
        waiting.sort_by_key(|(_, waiting)| waiting.sealed);
        Ok(waiting)
    }

    /// What waits now.
    pub(crate) fn spooled(&self) -> Spooled {
        let entries = self.entries().unwrap_or_default();
        let results = entries.iter().filter(|entry| entry.is_sealed()).count();
        let results = u32::try_from(results).unwrap_or(u32::MAX);
        Spooled { results, bytes: self.bytes(), free: self.free() }
    }

    /// Bytes on disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.entries().unwrap_or_default().iter().map(Entry::bytes).sum()
    }

    /// How much one more result may have; none if the spool is full.
    pub(crate) fn room(&self) -> Option<u64> {
        let room = self.budget.saturating_sub(self.bytes());
        let room = room.min(self.free().map_or(u64::MAX, |free| free.saturating_sub(KEPT_FREE)));
        (room > 0).then_some(room.min(MAX_RESULT_BYTES))
    }

    /// Why there is no room, in words.
    pub(crate) fn why_full(&self) -> Option<String> {
        if self.room().is_some() {
            return None;
        }
        Some(if self.bytes() >= self.budget {
            format!("the spool is full: its {} bytes wait for their upload", self.budget)
        } else {
            let free = self.free().unwrap_or_default();
            format!("the disk of the spool is full: {free} bytes are free, and {KEPT_FREE} are kept so")
        })
    }

    /// Bytes free on its disk, for this user.
    fn free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn entries(&self) -> Result<Vec<Entry>, AgentError> {
        let entries = fs::read_dir(&self.folder).map_err(file("read", &self.folder))?;
        Ok(entries.flatten().map(|entry| Entry::at(entry.path())).collect())
    }
}

/// What waits in the spool of a folder that another process works in.
#[must_use]
pub fn look(folder: &Path) -> Spooled {
    Spool { folder: folder.to_owned(), budget: 0 }.spooled()
}
