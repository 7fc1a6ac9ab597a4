//! The server that somebody signed in at, remembered in `login.json`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::target::same;
use crate::failure::{Failure, warn};

/// A server, its certificate and a token, as they belong together.
#[derive(Clone, Deserialize, Serialize)]
pub struct Login {
    /// `https://portdelta.example:8443`
    pub server: String,
    /// The token; sent to this server only.
    pub token: String,
    /// SHA-256 of the only certificate to accept, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
}

/// `$XDG_CONFIG_HOME/portdelta` or `~/.config/portdelta`.
pub fn config_folder() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    of("XDG_CONFIG_HOME")
        .or_else(|| of("HOME").map(|home| home.join(".config")))
        .map(|folder| folder.join("portdelta"))
}

fn path() -> Option<PathBuf> {
    config_folder().map(|folder| folder.join("login.json"))
}

impl Login {
    /// The login that is remembered, if any.
    pub fn load() -> Result<Option<Self>, Failure> {
        let Some(path) = path() else { return Ok(None) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let message = format!("could not read {}: {error}", path.display());
                return Err(
                    Failure::new("login_unreadable", message).hint("Sign in again: `portdelta login URL`.")
                );
            }
        };
        if fs::metadata(&path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
            warn(&format!("others may read the token in {}; run: chmod 600 {0}", path.display()));
        }
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::new("login_unreadable", format!("{} is damaged: {error}", path.display()))
                .hint("Sign in again: `portdelta logout`, then `portdelta login URL`.")
        })
    }

    /// Remembers it, readable by its owner only, and whole or not at all.
    pub fn store(&self) -> Result<PathBuf, Failure> {
        let path = path().ok_or_else(|| {
            Failure::new("no_home", "there is no home folder to remember the login in").hint("Set HOME.")
        })?;
        let failed = |error: std::io::Error| {
            Failure::new("login_not_stored", format!("could not write {}: {error}", path.display()))
                .hint("Check that the folder may be written to.")
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let new = path.with_extension("json.new");
        let _ = fs::remove_file(&new);
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(failed)?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&new, &path).map_err(failed)?;
        Ok(path)
    }

    /// Forgets the login; whether there was one.
    pub fn forget() -> Result<bool, Failure> {
        let Some(path) = path() else { return Ok(false) };
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => {
                let message = format!("could not remove {}: {error}", path.display());
                Err(Failure::new("login_not_removed", message)
                    .hint("Check that the folder may be written to."))
            }
        }
    }

    /// Whether its token is for the server at `url`.
    pub fn is_for(&self, url: &Url) -> bool {
        same(&self.server, url)
    }
}
