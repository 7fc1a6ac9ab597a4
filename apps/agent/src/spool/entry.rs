//! The place of one task in the spool.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use portdelta_core::AddressSet;
use portdelta_core::ids::RunId;
use portdelta_core::targets::cidrs;
use portdelta_protocol::agent::task_key;
use portdelta_protocol::upload::{MAX_NOTE_BYTES, UploadNote, digest, open, seal};
use serde::{Deserialize, Serialize};

use crate::home::{read_json, sync_folder, write_json};
use crate::order::TaskName;
use crate::upstream::Sealed;

/// A folder of the spool.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    path: PathBuf,
}

/// A delivery that was taken on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) run: RunId,
    pub(crate) number: u32,
    pub(crate) receipt: String,
    pub(crate) lease_seconds: u64,
    /// By the server's clock.
    pub(crate) deadline: i64,
}

/// A result that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) accepted: Accepted,
    /// When it was sealed, by the agent's clock.
    pub(crate) sealed: i64,
}

impl Accepted {
    pub(crate) fn name(&self) -> TaskName {
        TaskName { run: self.run.clone(), number: self.number }
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }
}

impl Entry {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn sealed_file(&self) -> PathBuf {
        self.path.join("upload")
    }

    fn output_file(&self) -> PathBuf {
        self.path.join("output.zst")
    }

    /// Where nmap reads its targets from.
    pub(crate) fn targets_file(&self) -> PathBuf {
        self.path.join("targets")
    }

    /// Writes down what was taken on, and for nmap what to scan.
    pub(crate) fn begin(&self, accepted: &Accepted, targets: &AddressSet) -> io::Result<File> {
        self.discard();
        fs::DirBuilder::new().mode(0o700).create(&self.path)?;
        write_json(&self.path.join("task.json"), accepted).map_err(io::Error::other)?;
        let list: String = cidrs(targets).map(|target| target + "\n").collect();
        self.create("targets")?.write_all(list.as_bytes())?;
        self.create("output.zst")
    }

    /// Writes down another delivery of the same task: the newest receipt is the one that counts.
    pub(crate) fn delivered_again(&self, accepted: &Accepted) {
        // Only the receipt is lost if this fails, and the task will come back then.
        let _ = write_json(&self.path.join("task.json"), accepted);
    }

    fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path.join(name))
    }

    /// Makes a result of what nmap wrote: from now on it survives whatever happens.
    pub(crate) fn seal(&self, note: UploadNote) -> io::Result<()> {
        let packed = fs::read(self.output_file())?;
        let sealed = seal(note, &packed);
        drop(packed);
        let new = "upload.new";
        let mut file = self.create(new)?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        fs::rename(self.path.join(new), self.sealed_file())?;
        sync_folder(&self.sealed_file())?;
        sync_folder(&self.path)?;
        fs::remove_file(self.output_file())
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed_file().exists()
    }

    /// The result that waits here, if it is whole.
    pub(super) fn waiting(&self) -> Option<Waiting> {
        let mut head = Vec::new();
        let file = File::open(self.sealed_file()).ok()?;
        file.take(MAX_NOTE_BYTES as u64).read_to_end(&mut head).ok()?;
        let line = head.split(|byte| *byte == b'\n').next()?;
        let note: UploadNote = serde_json::from_slice(line).ok()?;
        let accepted: Accepted = read_json(&self.path.join("task.json")).ok()??;
        let is_its_own = accepted.run == note.run && accepted.number == note.task;
        is_its_own.then_some(Waiting { accepted, sealed: note.at })
    }

    /// The result, ready to be sent. An error also where the disk does not give back what was written.
    pub(crate) fn load(&self, name: &TaskName) -> io::Result<Sealed> {
        let bytes = fs::read(self.sealed_file())?;
        open(&bytes).map_err(io::Error::other)?;
        let digest = digest(&bytes);
        Ok(Sealed {
            run: name.run.clone(),
            task: task_key(name.number),
            name: digest[..16].to_owned(),
            bytes,
        })
    }

    /// Forgets the task.
    pub(crate) fn discard(&self) {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(entry = %self.path.display(), %error, "could not remove a part of the spool");
            }
            _ => {}
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        let Ok(files) = fs::read_dir(&self.path) else { return 0 };
        files.flatten().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Spool;
    use super::*;

    fn accepted(number: u32) -> Accepted {
        let run = "20260101t000000-0123456789ab".parse().expect("an id");
        Accepted { run, number, receipt: format!("receipt {number}"), lease_seconds: 60, deadline: 5 }
    }

    fn note(number: u32, at: i64) -> UploadNote {
        UploadNote {
            run: accepted(number).run,
            task: number,
            began: 1,
            ended: 2,
            at,
            clock_ahead: None,
            nmap_version: "7.93".to_owned(),
            arguments: Vec::new(),
            exit_code: Some(0),
            cut: None,
            complaints: String::new(),
            sha256: String::new(),
        }
    }

    #[test]
    fn whole_results_survive_and_halves_do_not() {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let spool = Spool::open(&folder.path().join("spool"), 1000).expect("a fresh folder");
        let targets = portdelta_core::targets::parse("192.0.2.0/25").expect("targets");
        let entry_of = |number| spool.entry(&accepted(number).name());
        for number in [1, 2, 3] {
            let mut output = entry_of(number).begin(&accepted(number), &targets).expect("there is room");
            output.write_all(b"packed").expect("there is room");
        }
        assert_eq!(fs::read_to_string(entry_of(1).targets_file()).expect("targets"), "192.0.2.0/25\n");
        entry_of(1).seal(note(1, 30)).expect("there is room");
        entry_of(3).seal(note(3, 20)).expect("there is room");
        // A crash in the middle of sealing.
        fs::write(entry_of(2).path().join("upload.new"), b"{\"run\"").expect("there is room");
        assert_eq!(spool.spooled().results, 2);
        let recovered = spool.recover().expect("it can be read");
        let numbers: Vec<_> = recovered.iter().map(|(_, waiting)| waiting.accepted.number).collect();
        assert_eq!(numbers, [3, 1]);
        assert!(!entry_of(2).path().exists());
        let sealed = recovered[1].0.load(&accepted(1).name()).expect("it can be read");
        assert_eq!((sealed.task.as_str(), sealed.name.len()), ("00001", 16));
        assert_eq!(open(&sealed.bytes).expect("an upload").1, b"packed");
        // A disk that forgets.
        let path = entry_of(3).path().join("upload");
        let mut bytes = fs::read(&path).expect("it can be read");
        *bytes.last_mut().expect("there are some") ^= 1;
        fs::write(&path, bytes).expect("it can be written");
        assert!(entry_of(3).load(&accepted(3).name()).is_err());
        for (entry, _) in &recovered {
            entry.discard();
        }
        let spooled = spool.spooled();
        assert_eq!((spooled.results, spooled.bytes), (0, 0));
        assert!(spooled.free.is_some());
        assert_eq!(spool.room(), Some(1000));
    }

    #[test]
    fn a_full_spool_has_no_room() {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let spool = Spool::open(&folder.path().join("spool"), 100).expect("a fresh folder");
        let targets = portdelta_core::targets::parse("192.0.2.1").expect("targets");
        let mut output =
            spool.entry(&accepted(1).name()).begin(&accepted(1), &targets).expect("there is room");
        output.write_all(&[0; 200]).expect("there is room");
        assert_eq!(spool.room(), None);
        assert!(spool.why_full().is_some_and(|why| why.contains("its 100 bytes wait")));
    }
}
