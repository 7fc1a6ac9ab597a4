//! A folder into which others put files.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use portdelta_app::ports::Clock;
use portdelta_system::SystemClock;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::failure::Failure;

const DONE: &str = "done";
const REFUSED: &str = "refused";

/// Ends of names of files that are being written.
const UNFINISHED: [&str; 6] = [".part", ".tmp", ".filepart", ".crdownload", ".swp", "~"];

/// So many files of the same name are told apart.
const MOST_OF_A_NAME: u32 = 10_000;

/// A folder, and what was seen in it.
pub struct Inbox {
    folder: PathBuf,
    /// A file that has not changed for so long is complete.
    settle: Duration,
    seen: HashMap<PathBuf, Seen>,
}

/// How a file was when it was seen.
#[derive(Clone, Debug)]
struct Seen {
    size: u64,
    modified: Option<SystemTime>,
    /// Since when it has been so, by our own clock.
    since: Instant,
    /// It could not be moved: only another file of that name is looked at.
    skipped: bool,
}

impl Inbox {
    /// The folder, with `done` and `refused` in it.
    pub fn open(folder: &Path, settle: Duration) -> Result<Self, Failure> {
        if !folder.is_dir() {
            return Err(Failure::new("no_folder", format!("{} is not a folder", folder.display()))
                .hint("Name the folder into which the scanners write."));
        }
        for name in [DONE, REFUSED] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(|error| {
                Failure::new("folder_not_writable", format!("could not make {}: {error}", path.display()))
                    .hint("Files are moved there once they are taken in: the folder must be writable.")
            })?;
        }
        Ok(Self { folder: folder.to_owned(), settle, seen: HashMap::new() })
    }

    /// Where a file is.
    pub fn path(&self, name: &Path) -> PathBuf {
        self.folder.join(name)
    }

    /// The files that nobody writes any more, the oldest first.
    pub fn complete(&mut self) -> Result<Vec<PathBuf>, Failure> {
        let unreadable = |error: io::Error| {
            Failure::new("folder_unreadable", format!("could not read {}: {error}", self.folder.display()))
                .hint("Check that the folder is there and may be read.")
        };
        let mut found = HashMap::new();
        let mut complete = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = PathBuf::from(entry.file_name());
            if is_unfinished(name.as_os_str()) {
                continue;
            }
            // Not through links: what is outside of the folder is nobody's to move. One may be gone again.
            let Ok(metadata) = fs::symlink_metadata(entry.path()) else { continue };
            if !metadata.is_file() {
                continue;
            }
            let (size, modified) = (metadata.len(), metadata.modified().ok());
            let before = self.seen.get(&name).filter(|seen| seen.size == size && seen.modified == modified);
            let now = Seen { size, modified, since: Instant::now(), skipped: false };
            let seen = before.cloned().unwrap_or(now);
            let rested = age(modified) >= Some(self.settle) || seen.since.elapsed() >= self.settle;
            if rested && !seen.skipped {
                complete.push((modified, name.clone()));
            }
            found.insert(name, seen);
        }
        self.seen = found;
        complete.sort();
        Ok(complete.into_iter().map(|(_, name)| name).collect())
    }

    /// Whether there is a file that may still be written.
    pub fn is_awaiting(&self) -> bool {
        self.seen.values().any(|seen| !seen.skipped)
    }

    /// Moves a file that was taken in.
    pub fn done(&mut self, name: &Path) -> Result<(), Failure> {
        self.put(name, DONE).map(|_| ())
    }

    /// Moves a file that was refused, and writes down why.
    pub fn refuse(&mut self, name: &Path, reason: &str) -> Result<(), Failure> {
        let place = self.put(name, REFUSED)?;
        let mut beside = place.into_os_string();
        beside.push(".reason.txt");
        let beside = PathBuf::from(beside);
        let text = portdelta_core::escape::escape(reason);
        fs::write(&beside, format!("{text}\n")).map_err(|error| {
            Failure::new("reason_not_written", format!("could not write {}: {error}", beside.display()))
                .hint("Check that the disk is not full.")
        })
    }

    /// Leaves a file alone until it is another one.
    pub fn forget_until_changed(&mut self, name: &Path) {
        if let Some(seen) = self.seen.get_mut(name) {
            seen.skipped = true;
        }
    }

    /// Moves a file into a folder, under another name where that is taken; somebody else may have moved it before.
    fn put(&mut self, name: &Path, folder: &str) -> Result<PathBuf, Failure> {
        let from = self.path(name);
        let mut place = self.folder.join(folder).join(name);
        for count in 1..MOST_OF_A_NAME {
            match move_new(&from, &place) {
                Ok(()) => {
                    self.seen.remove(name);
                    return Ok(place);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.seen.remove(name);
                    return Ok(place);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let mut other = name.as_os_str().to_owned();
                    other.push(format!(".{count}"));
                    place = self.folder.join(folder).join(other);
                }
                Err(error) => {
                    let message =
                        format!("could not move {} to {}: {error}", from.display(), place.display());
                    return Err(Failure::new("not_moved", message)
                        .hint("It was taken in; move it yourself, and check who may write to the folder."));
                }
            }
        }
        Err(Failure::new("not_moved", format!("there are too many {} in {folder}", name.display()))
            .hint("Clear the folder."))
    }
}

/// Moves a file where there is none; never replaces one.
fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Some network file systems know no such rename.
        Err(Errno::INVAL | Errno::NOSYS) if to.symlink_metadata().is_ok() => {
            Err(io::ErrorKind::AlreadyExists.into())
        }
        Err(Errno::INVAL | Errno::NOSYS) => fs::rename(from, to),
        moved => Ok(moved?),
    }
}

fn is_unfinished(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.starts_with(b".") || UNFINISHED.iter().any(|end| bytes.ends_with(end.as_bytes()))
}

/// How long ago; `None` for times to come, as clocks of file servers have them.
fn age(modified: Option<SystemTime>) -> Option<Duration> {
    let now = u64::try_from(SystemClock.now().seconds()).ok()?;
    (SystemTime::UNIX_EPOCH + Duration::from_secs(now)).duration_since(modified?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, seconds_old: u64) {
        let path = folder.join(name);
        fs::write(&path, name).expect("the folder is the test's");
        let now = u64::try_from(SystemClock.now().seconds()).expect("after 1970");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(now - seconds_old);
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(time))
            .expect("its time is set");
    }

    fn names(inbox: &mut Inbox) -> Vec<String> {
        inbox.complete().expect("it can be read").iter().map(|name| name.display().to_string()).collect()
    }

    #[test]
    fn files_at_rest_are_complete_oldest_first_and_others_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, age) in [("b.xml", 900), ("a.xml", 100), ("new.xml", 0), (".hidden", 900), ("x.part", 900)]
        {
            write(folder.path(), name, age);
        }
        fs::create_dir(folder.path().join("deeper")).expect("a folder");
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).expect("a link");
        let mut inbox = Inbox::open(folder.path(), Duration::from_mins(1)).expect("a folder");
        assert_eq!(names(&mut inbox), ["b.xml", "a.xml"]);
        assert!(inbox.is_awaiting());
        // The clock of a file server may be wrong: what does not change any more is complete all the same.
        inbox.settle = Duration::ZERO;
        assert_eq!(names(&mut inbox), ["b.xml", "a.xml", "new.xml"]);
    }

    #[test]
    fn a_file_is_never_replaced_and_may_be_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut inbox = Inbox::open(folder.path(), Duration::ZERO).expect("a folder");
        for round in ["first", "second", "third"] {
            fs::write(folder.path().join("a.xml"), round).expect("the folder is the test's");
            assert_eq!(names(&mut inbox), ["a.xml"]);
            inbox.done(Path::new("a.xml")).expect("moved");
        }
        let read = |name: &str| fs::read_to_string(folder.path().join("done").join(name)).expect(name);
        assert_eq!([read("a.xml"), read("a.xml.1"), read("a.xml.2")], ["first", "second", "third"]);
        inbox.done(Path::new("gone.xml")).expect("somebody else was faster");
        assert!(!inbox.is_awaiting());
    }

    #[test]
    fn a_refused_file_has_its_reason_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut inbox = Inbox::open(folder.path(), Duration::ZERO).expect("a folder");
        fs::write(folder.path().join("a.xml"), "x").expect("the folder is the test's");
        inbox.refuse(Path::new("a.xml"), "not a scan\u{1b}[2J").expect("moved");
        let reason = fs::read_to_string(folder.path().join("refused/a.xml.reason.txt")).expect("a reason");
        assert_eq!(reason, "not a scan\\x1b[2J\n");
    }

    #[test]
    fn what_cannot_be_moved_is_left_until_it_is_another_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut inbox = Inbox::open(folder.path(), Duration::ZERO).expect("a folder");
        fs::write(folder.path().join("a.xml"), "x").expect("the folder is the test's");
        assert_eq!(names(&mut inbox), ["a.xml"]);
        inbox.forget_until_changed(Path::new("a.xml"));
        assert!(names(&mut inbox).is_empty() && !inbox.is_awaiting());
        fs::write(folder.path().join("a.xml"), "longer").expect("the folder is the test's");
        assert_eq!(names(&mut inbox), ["a.xml"]);
    }
}
