//! The agent's data folder: who it is, its key, its spool, and what `status` shows.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use portdelta_core::ids::SiteId;
use portdelta_protocol::signature::PrivateKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::AgentError;

/// The data folder of one agent. Only its owner may enter it.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
}

/// Who the agent is, as the server told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The server's address.
    pub server: String,
    /// SHA-256 of the server's certificate, where it is no public one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// The agent's id.
    pub agent: String,
    /// What it is called.
    pub name: String,
    /// The site it was enrolled for; it may have been moved since.
    pub site: SiteId,
    /// SHA-256 of the token's secret: the same token again is no mistake.
    pub token: String,
}

/// What the agent last knew, for `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastSeen {
    /// The process that wrote this.
    pub process: u32,
    /// When the server last answered, by this machine's clock.
    pub contact: Option<i64>,
    /// `pending`, `approved`, `revoked`.
    pub standing: String,
    /// The site, as the server last said.
    pub site: String,
    /// The owner's limits in words.
    pub limits: String,
    /// The file that they stand in.
    pub limits_file: Option<PathBuf>,
    /// Seconds that this machine's clock is ahead of the server's.
    pub clock_ahead: Option<i64>,
    /// Tasks at work.
    pub tasks: u32,
    /// Bytes that the spool may hold.
    pub spool_budget: u64,
    /// Why it takes no work.
    pub paused: Option<String>,
    /// What last went wrong.
    pub trouble: Option<String>,
}

/// Held by the one agent that works in a folder; the system lets go of it when the process ends, however it does.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

impl Home {
    /// A folder that may not be there yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where results wait.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.folder.join("spool")
    }

    /// A key for each token: one that is replaced stays in force until the new one is.
    fn key_file(&self, token: &str) -> PathBuf {
        self.folder.join(format!("key-{}", &token[..token.len().min(16)]))
    }

    fn identity_file(&self) -> PathBuf {
        self.folder.join("agent.json")
    }

    /// Makes the folder, for its owner alone.
    pub fn prepare(&self) -> Result<(), AgentError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&self.folder).map_err(file("make", &self.folder))
    }

    /// Takes the folder for one agent.
    pub fn lock(&self) -> Result<HomeLock, AgentError> {
        let path = self.folder.join("lock");
        let file_of = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let held = file_of.map_err(file("open", &path))?;
        match held.try_lock() {
            Ok(()) => Ok(HomeLock { _file: held }),
            Err(TryLockError::WouldBlock) => Err(AgentError::Busy { folder: self.folder.clone() }),
            Err(TryLockError::Error(source)) => Err(AgentError::File { operation: "lock", path, source }),
        }
    }

    /// Whether an agent works in the folder now.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.folder.join("lock").exists() && matches!(self.lock(), Err(AgentError::Busy { .. }))
    }

    /// Who the agent is; none before it was enrolled.
    pub fn identity(&self) -> Result<Option<Identity>, AgentError> {
        read_json(&self.identity_file())
    }

    /// Who the agent is; an error before it was enrolled.
    pub fn enrolled(&self) -> Result<Identity, AgentError> {
        self.identity()?.ok_or_else(|| AgentError::NotEnrolled { folder: self.folder.clone() })
    }

    /// Remembers who the agent is.
    pub fn keep_identity(&self, identity: &Identity) -> Result<(), AgentError> {
        write_json(&self.identity_file(), identity)
    }

    /// Removes the keys of former enrolments.
    pub fn forget_other_keys(&self, token: &str) -> Result<(), AgentError> {
        let keep = self.key_file(token);
        for entry in fs::read_dir(&self.folder).map_err(file("read", &self.folder))?.flatten() {
            let path = entry.path();
            if path != keep && entry.file_name().to_string_lossy().starts_with("key-") {
                fs::remove_file(&path).map_err(file("remove", &path))?;
            }
        }
        Ok(())
    }

    /// The key that was enrolled with the token of this digest. Refused where others may read it.
    pub fn key(&self, token: &str) -> Result<Option<PrivateKey>, AgentError> {
        let path = self.key_file(token);
        let opened = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(file("read", &path))?,
        };
        let metadata = opened.metadata().map_err(file("read", &path))?;
        if metadata.mode() & 0o077 != 0 {
            return Err(AgentError::KeyNotSafe { path });
        }
        let text = io::read_to_string(opened).map_err(file("read", &path))?;
        let bytes = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let bytes: [u8; 32] =
            bytes.ok_or_else(|| AgentError::Damaged { path, detail: "it holds no key".to_owned() })?;
        Ok(Some(PrivateKey::from_bytes(&bytes)))
    }

    /// The key for the token of this digest; made where there is none.
    pub fn key_or_new(&self, token: &str) -> Result<PrivateKey, AgentError> {
        if let Some(key) = self.key(token)? {
            return Ok(key);
        }
        let path = self.key_file(token);
        let mut random = [0; 32];
        getrandom::fill(&mut random)
            .map_err(|error| file("make", &path)(io::Error::other(error.to_string())))?;
        let key = PrivateKey::from_bytes(&random);
        replace(&path, HEXLOWER.encode(&key.to_bytes()).as_bytes())?;
        Ok(key)
    }

    /// What the agent last knew.
    pub fn last_seen(&self) -> Result<Option<LastSeen>, AgentError> {
        read_json(&self.folder.join("status.json"))
    }

    /// Remembers what the agent knows.
    pub fn keep_last_seen(&self, seen: &LastSeen) -> Result<(), AgentError> {
        write_json(&self.folder.join("status.json"), seen)
    }
}

/// An error about a file.
pub(crate) fn file(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> AgentError {
    let path = path.to_owned();
    move |source| AgentError::File { operation, path, source }
}

/// A file of JSON; none where there is no file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, AgentError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(file("read", path))?,
    };
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| AgentError::Damaged { path: path.to_owned(), detail: error.to_string() })?;
    Ok(Some(value))
}

/// Writes a file of JSON, whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), AgentError> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| file("write", path)(error.into()))?;
    replace(path, &text)
}

/// Writes a file for its owner alone, whole or not at all, whatever happens to the machine meanwhile.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), AgentError> {
    let new = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        sync_folder(path)
    };
    write().map_err(file("write", path))
}

/// Makes the names in the folder of `path` last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        let home = Home::new(folder.path().join("agent"));
        home.prepare().expect("a fresh folder");
        (folder, home)
    }

    #[test]
    fn the_key_stays_and_is_the_owners() {
        let (_folder, home) = home();
        assert!(home.key("a").expect("no key is no mistake").is_none());
        let key = home.key_or_new("a").expect("a key");
        assert_eq!(home.key_or_new("a").expect("the same key").public(), key.public());
        let path = home.key_file("a");
        assert_eq!(fs::metadata(&path).expect("it is there").mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(home.folder()).expect("it is there").mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        assert!(matches!(home.key("a"), Err(AgentError::KeyNotSafe { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
        home.key_or_new("b").expect("another key");
        home.forget_other_keys("a").expect("they are ours");
        assert!(home.key("a").is_ok_and(|key| key.is_some()) && home.key("b").is_ok_and(|key| key.is_none()));
        fs::write(&path, "0011").expect("it is ours");
        assert!(matches!(home.key("a"), Err(AgentError::Damaged { .. })));
    }

    #[test]
    fn one_agent_works_in_a_folder() {
        let (_folder, home) = home();
        assert!(!home.is_busy());
        let lock = home.lock().expect("nobody has it");
        assert!(home.is_busy() && matches!(home.lock(), Err(AgentError::Busy { .. })));
        drop(lock);
        assert!(!home.is_busy());
    }
}
