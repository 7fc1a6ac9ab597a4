//! The folder that remembers, and who works on it.

use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::ServeError;

const LOCK: &str = "serve.lock";

/// A data folder that belongs to this server as long as this value lives.
pub struct DataFolder {
    path: PathBuf,
    /// Dropping it gives the folder free, and so does the end of the process, however it comes.
    _lock: File,
}

impl DataFolder {
    /// Takes the folder; makes it where it is missing.
    pub fn take(path: &Path) -> Result<Self, ServeError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|source| ServeError::File {
            operation: "make",
            file: path.to_owned(),
            source,
        })?;
        let file = path.join(LOCK);
        let failed = |source| ServeError::File { operation: "lock", file: file.clone(), source };
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut lock = options.open(&file).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = (&lock).take(20).read_to_string(&mut text);
                return Err(ServeError::Busy { folder: path.to_owned(), by: text.trim().parse().ok() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // For the message above only.
        let pid = std::process::id();
        lock.set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{pid}"))
            .map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The process of the server that has the folder now; `None` where none has, or it has not said.
    #[must_use]
    pub fn holder(path: &Path) -> Option<u32> {
        let mut lock = File::open(path.join(LOCK)).ok()?;
        match lock.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = Read::by_ref(&mut lock).take(20).read_to_string(&mut text);
                text.trim().parse().ok()
            }
            _ => None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_server_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(DataFolder::holder(folder.path()), None);
        let first = DataFolder::take(folder.path()).expect("free");
        assert_eq!(DataFolder::holder(folder.path()), Some(std::process::id()));
        let refused = DataFolder::take(folder.path()).err().expect("taken");
        assert!(matches!(refused, ServeError::Busy { by: Some(pid), .. } if pid == std::process::id()));
        drop(first);
        assert_eq!(DataFolder::holder(folder.path()), None);
        DataFolder::take(folder.path()).expect("free again");
    }
}
