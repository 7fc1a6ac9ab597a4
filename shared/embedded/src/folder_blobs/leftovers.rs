//! Files of puts that never ended.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use portdelta_core::UnixTime;

/// Removes files that were being written before `before` and never got their name; says how many.
pub(super) fn remove(folder: &Path, before: UnixTime) -> io::Result<u64> {
    let before = SystemTime::UNIX_EPOCH + Duration::from_secs(before.seconds().unsigned_abs());
    let mut removed = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && is_staged(&entry.file_name().to_string_lossy()) {
                // It may get its name or be removed by others at any moment.
                let Ok(changed) = entry.metadata().and_then(|about| about.modified()) else { continue };
                if changed < before && fs::remove_file(entry.path()).is_ok() {
                    removed += 1;
                }
            }
        }
    }
    Ok(removed)
}

/// `name#7`: no key can have such a name.
fn is_staged(name: &str) -> bool {
    let Some((name, number)) = name.rsplit_once('#') else { return false };
    !name.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
