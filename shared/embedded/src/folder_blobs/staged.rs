//! A file that is being written and gets its name at the end.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use portdelta_app::ports::blobs::{PutMode, PutOutcome};

/// Tells the files of this process apart. Those of others are met and passed over.
static NUMBER: AtomicU64 = AtomicU64::new(1_000_000_000);

/// How often a folder is made again that others remove because it is empty.
const MOST_TRIES: u32 = 50;

/// Removed when it is dropped without having got its name; after a crash [`super::leftovers`] knows it by its own.
pub(super) struct StagedFile {
    file: File,
    /// `name#7`
    staged: PathBuf,
    place: PathBuf,
    /// Folders below it are removed when they are empty.
    root: PathBuf,
}

impl StagedFile {
    /// An empty file beside the place that it is for.
    pub(super) fn beside(root: PathBuf, place: PathBuf) -> io::Result<Self> {
        let folder = place.parent().unwrap_or(Path::new("."));
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut tries = 0;
        loop {
            fs::create_dir_all(folder)?;
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let staged = folder.join(format!("{name}#{number}"));
            match File::create_new(&staged) {
                Ok(file) => return Ok(Self { file, staged, place, root }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                // The folder was removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < MOST_TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Gives it its name when it is on disk.
    pub(super) fn name(self, mode: PutMode) -> io::Result<PutOutcome> {
        self.file.sync_all()?;
        match mode {
            PutMode::Overwrite => fs::rename(&self.staged, &self.place)?,
            // Unlike renaming, linking replaces nothing.
            PutMode::CreateOnly => match fs::hard_link(&self.staged, &self.place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Ok(PutOutcome::AlreadyExists);
                }
                other => other?,
            },
        }
        if let Some(folder) = self.place.parent() {
            // The name must outlive a crash as well as the content.
            File::open(folder)?.sync_all()?;
        }
        Ok(PutOutcome::Created)
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        // Where it was renamed there is none.
        let _ = fs::remove_file(&self.staged);
        let folders = self.place.ancestors().skip(1).take_while(|folder| **folder != self.root);
        for folder in folders {
            // One that holds something stays.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}
