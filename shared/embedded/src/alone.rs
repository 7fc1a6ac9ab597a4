//! Who has a database open, and who has it alone.
//!
//! Whoever opens a database holds a shared lock on a file beside it, and whoever puts another file in its place holds
//! that lock alone: nobody goes on writing to a file that was put aside. The end of a process frees its locks, however
//! it comes.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use portdelta_app::ports::TableError;

use crate::database::{Database, DatabaseOptions};
use crate::folder;

const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// What the lock file's name has more than the database's.
pub(crate) const SUFFIX: &str = "-in-use";

/// A database file that nobody else opens as long as this value lives.
#[derive(Debug)]
pub struct Alone {
    path: PathBuf,
    _lock: File,
}

impl Alone {
    /// Takes the file for itself, whether it is there or not; [`TableError::InUse`] where somebody has it open.
    pub fn take(path: &Path) -> Result<Self, TableError> {
        let lock = lock_file(path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(error) => Err(refused(path, error)),
        }
    }

    /// Opens the file; see [`Database::open`].
    pub fn open(&self, options: &DatabaseOptions) -> Result<Database, TableError> {
        Database::open_locked(&self.path, options, None)
    }
}

/// Holds a file open together with others; waits for one who has it alone until `deadline`.
pub(crate) fn share(path: &Path, deadline: Instant) -> Result<File, TableError> {
    let lock = lock_file(path)?;
    loop {
        match lock.try_lock_shared() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(RETRY_INTERVAL),
            Err(error) => return Err(refused(path, error)),
        }
    }
}

fn lock_file(path: &Path) -> Result<File, TableError> {
    let mut name = path.as_os_str().to_owned();
    name.push(SUFFIX);
    let made = path.parent().map_or(Ok(()), folder::create_private);
    made.and_then(|()| folder::open_private(Path::new(&name)))
        .map_err(|source| TableError::Backend { operation: "open", source: Box::new(source) })
}

fn refused(path: &Path, error: TryLockError) -> TableError {
    match error {
        TryLockError::WouldBlock => TableError::InUse { what: path.display().to_string() },
        TryLockError::Error(source) => TableError::Backend { operation: "lock", source: Box::new(source) },
    }
}
