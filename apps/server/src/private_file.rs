//! Files that only their owner can read, whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::ServeError;

/// Writes a file with mode 0600; after a crash it is there as a whole or as it was.
pub(crate) fn write(file: &Path, content: &[u8]) -> Result<(), ServeError> {
    let failed = |source| ServeError::File { operation: "write", file: file.to_owned(), source };
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    // What a crash left may have been made by somebody else with another mode.
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(new).and_then(|mut open| {
        open.write_all(content)?;
        open.sync_all()
    });
    written.and_then(|()| fs::rename(new, file)).map_err(failed)
}

/// The text of a file, or `None` where there is none.
pub(crate) fn read(file: &Path) -> Result<Option<String>, ServeError> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ServeError::File { operation: "read", file: file.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_private_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("secret");
        assert_eq!(read(&file).expect("none"), None);
        fs::write(folder.path().join("secret.new"), "left by a crash").expect("a file");
        for text in ["one", "two"] {
            write(&file, text.as_bytes()).expect("written");
            assert_eq!(read(&file).expect("there").as_deref(), Some(text));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&file).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
