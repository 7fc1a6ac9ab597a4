//! The file that the limits stand in: read anew when it changes, and nobody but its owner may change it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Limits;

/// More than anybody writes.
const MAX_BYTES: u64 = 1 << 20;

/// Why limits cannot be used. An agent whose limits are in doubt does nothing.
#[derive(Debug, thiserror::Error)]
pub enum LimitsError {
    /// The file cannot be read.
    #[error("could not read the limits in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the agent's user and root may change it.
    #[error("others may change the limits: {} {detail}", path.display())]
    NotSafe {
        /// The file, or its folder.
        path: PathBuf,
        /// Who may.
        detail: String,
    },
    /// It does not say what it should.
    #[error("the limits in {} are not understood: {detail}", path.display())]
    Mistake {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        detail: String,
    },
}

impl LimitsError {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "limits_unreadable",
            Self::NotSafe { .. } => "limits_not_safe",
            Self::Mistake { .. } => "limits_mistake",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "look at the path and its rights; without --limits all is allowed".to_owned()
            }
            Self::NotSafe { path, .. } => {
                format!(
                    "chown root {0}; chmod go-w {0}",
                    portdelta_core::escape::escape(&path.to_string_lossy())
                )
            }
            Self::Mistake { .. } => "compare it with the example, infra/limits.toml".to_owned(),
        }
    }
}

/// Limits with the file that they come from, if any.
#[derive(Debug)]
pub struct LimitsFile {
    path: Option<PathBuf>,
    stamp: Option<Stamp>,
    limits: Limits,
    generation: u64,
}

/// What changes when a file does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    mode: u32,
    owner: u32,
}

impl LimitsFile {
    /// Reads a file; without one all is allowed.
    pub fn open(path: Option<&Path>) -> Result<Self, LimitsError> {
        let mut file =
            Self { path: path.map(Path::to_owned), stamp: None, limits: Limits::default(), generation: 0 };
        file.renew()?;
        Ok(file)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// As last read.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How often it was read: who has acted on this generation need not again.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Reads the file again if it changed; whether it did. After an error the next call reads it again.
    pub fn renew(&mut self) -> Result<bool, LimitsError> {
        let Some(path) = self.path.clone() else { return Ok(false) };
        let stamp = stamp(&fs::metadata(&path).map_err(unreadable(&path))?);
        if self.stamp.as_ref() == Some(&stamp) {
            return Ok(false);
        }
        self.stamp = None;
        let (limits, stamp) = read(&path)?;
        (self.limits, self.stamp) = (limits, Some(stamp));
        self.generation += 1;
        Ok(true)
    }
}

fn read(path: &Path) -> Result<(Limits, Stamp), LimitsError> {
    let file = File::open(path).map_err(unreadable(path))?;
    // Of what was opened, and not of what the name stands for by now.
    let metadata = file.metadata().map_err(unreadable(path))?;
    if !metadata.is_file() {
        return Err(unreadable(path)(io::Error::other("it is not a file")));
    }
    check_safe(path, &metadata, 0o022)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let of_folder = fs::metadata(folder).map_err(unreadable(folder))?;
    // In a folder like /tmp nobody can replace what is another's.
    let unsafe_bits = if of_folder.mode() & 0o1000 == 0 { 0o022 } else { 0 };
    check_safe(folder, &of_folder, unsafe_bits)?;
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(unreadable(path))?;
    let limits =
        Limits::parse(&text).map_err(|detail| LimitsError::Mistake { path: path.to_owned(), detail })?;
    Ok((limits, stamp(&metadata)))
}

/// Who may write may allow; that others may read is no harm, as nothing secret stands there.
fn check_safe(path: &Path, metadata: &fs::Metadata, unsafe_bits: u32) -> Result<(), LimitsError> {
    let own = rustix::process::geteuid().as_raw();
    let not_safe = |detail: &str| LimitsError::NotSafe { path: path.to_owned(), detail: detail.to_owned() };
    if metadata.uid() != 0 && metadata.uid() != own {
        return Err(not_safe("belongs to neither root nor this user"));
    }
    match metadata.mode() & unsafe_bits {
        0 => Ok(()),
        bits if bits & 0o002 != 0 => Err(not_safe("can be written by everybody")),
        _ => Err(not_safe("can be written by its group")),
    }
}

fn stamp(metadata: &fs::Metadata) -> Stamp {
    Stamp {
        inode: metadata.ino(),
        size: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        mode: metadata.mode(),
        owner: metadata.uid(),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> LimitsError {
    let path = path.to_owned();
    move |source| LimitsError::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_changed_file_is_read_again() {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let path = folder.path().join("limits.toml");
        fs::write(&path, "[tasks]\nconcurrency = 1\n").expect("it is ours");
        let mut file = LimitsFile::open(Some(&path)).expect("limits");
        assert_eq!(file.limits().concurrency(8), 1);
        assert!(!file.renew().expect("nothing happened"));
        fs::write(&path, "[tasks]\nconcurrency = 12\n").expect("it is ours");
        assert!(file.renew().expect("it changed"));
        assert_eq!(file.limits().concurrency(8), 8);
        // A mistake is said each time, until it is mended.
        fs::write(&path, "[tasks]\nconcurrency = many").expect("it is ours");
        for _ in 0..2 {
            assert_eq!(file.renew().expect_err("a mistake").code(), "limits_mistake");
        }
        fs::remove_file(&path).expect("it is ours");
        assert_eq!(file.renew().expect_err("no file").code(), "limits_unreadable");
        fs::write(&path, "").expect("it is ours");
        assert!(file.renew().expect("it is back"));
    }

    #[test]
    fn a_file_that_others_may_change_is_refused() {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let path = folder.path().join("limits.toml");
        fs::write(&path, "").expect("it is ours");
        let set =
            |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
        for (mode, safe) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
            set(&path, mode);
            assert_eq!(LimitsFile::open(Some(&path)).is_ok(), safe, "{mode:o}");
        }
        set(&path, 0o600);
        for (mode, safe) in [(0o755, true), (0o777, false), (0o1777, true)] {
            set(folder.path(), mode);
            assert_eq!(LimitsFile::open(Some(&path)).is_ok(), safe, "{mode:o}");
        }
        assert!(LimitsFile::open(Some(folder.path())).is_err(), "a folder");
        assert!(LimitsFile::open(None).is_ok_and(|file| *file.limits() == Limits::default()));
    }
}
