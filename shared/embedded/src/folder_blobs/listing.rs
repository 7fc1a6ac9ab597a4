//! Pages of a folder in the order of the keys.
//!
//! A walk of our own: it reads only the folders that the page needs, in order, where a general one would read all of
//! them for every page.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

use portdelta_app::ports::blobs::{BlobEntry, BlobKey, BlobPage, BlobPrefix};

/// The keys that begin with `prefix` after the key `after`, at most `limit` of them.
pub(super) fn page(
    root: &Path,
    prefix: &BlobPrefix,
    after: Option<&BlobKey>,
    limit: NonZeroUsize,
) -> io::Result<BlobPage> {
    let mut walk = Walk {
        root,
        prefix: prefix.as_str(),
        after: after.map_or("", BlobKey::as_str),
        limit: limit.get(),
        page: BlobPage::default(),
    };
    walk.folder("")?;
    Ok(walk.page)
}

struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    after: &'a str,
    limit: usize,
    page: BlobPage,
}

impl Walk<'_> {
    /// Walks a folder; `place` is empty or ends with a slash.
    fn folder(&mut self, place: &str) -> io::Result<()> {
        let entries = match fs::read_dir(self.root.join(place)) {
            Err(error) if is_gone(&error) => return Ok(()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // A name that is no text is no key. A link is not followed: it could lead anywhere.
            let Ok(mut name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type()?;
            if kind.is_dir() {
                // With its slash a folder sorts where its keys do: behind `a-b` and `a.b`.
                name.push('/');
            } else if !kind.is_file() {
                continue;
            }
            names.push(format!("{place}{name}"));
        }
        names.sort_unstable();
        for name in names {
            if self.page.next.is_some() {
                break;
            }
            if name.ends_with('/') {
                if self.may_hold(&name) {
                    self.folder(&name)?;
                }
            } else if name.as_str() > self.after && name.starts_with(self.prefix) {
                self.file(&name)?;
            }
        }
        Ok(())
    }

    /// Whether a wanted key can lie in a folder.
    fn may_hold(&self, folder: &str) -> bool {
        let wanted = folder.starts_with(self.prefix) || self.prefix.starts_with(folder);
        wanted && (folder > self.after || self.after.starts_with(folder))
    }

    fn file(&mut self, name: &str) -> io::Result<()> {
        // Also leaves out blobs that are still being written.
        let Ok(key) = name.parse::<BlobKey>() else { return Ok(()) };
        let bytes = match fs::symlink_metadata(self.root.join(name)) {
            Err(error) if is_gone(&error) => return Ok(()),
            other => other?.len(),
        };
        if self.page.entries.len() == self.limit {
            self.page.next = self.page.entries.last().map(|entry| entry.key.clone());
        } else {
            self.page.entries.push(BlobEntry { key, bytes });
        }
        Ok(())
    }
}

/// Whether it was deleted since its folder was read.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
