//! Places that only their owner can read.

use std::fs;
use std::io;
use std::path::Path;

/// Makes a folder and its parents where they are missing, each with mode 0700. One that exists stays as it is: its
/// mode was somebody's decision.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes an empty file with mode 0600 where there is none.
pub(crate) fn touch_private(file: &Path) -> io::Result<()> {
    // One that exists is not even opened: closing it would drop the locks that SQLite holds on it.
    match private().create_new(true).open(file) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Opens a file, and makes it with mode 0600 where there is none.
pub(crate) fn open_private(file: &Path) -> io::Result<fs::File> {
    private().create(true).truncate(false).open(file)
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
