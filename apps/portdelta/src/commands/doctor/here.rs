//! This machine: nmap, the data folder, the disk.

use std::num::NonZeroUsize;
use std::path::Path;

use portdelta_protocol::admin::{Check, Verdict};

use super::{failed, well, wrong};
use crate::failure::Failure;
use crate::nmap;
use crate::output::time_text;
use crate::store;

/// With less room the state may not be written any more.
const BAD_BYTES: u64 = 100 << 20;

/// With less room it will not last.
const LOW_BYTES: u64 = 1 << 30;

/// The nmap of this machine.
pub async fn nmap() -> Vec<Check> {
    vec![match nmap::find().await {
        Ok(found) if found.is_privileged() => {
            well("nmap", format!("nmap {} is installed, and may send raw packets", found.version()))
        }
        Ok(found) => {
            let text = format!(
                "nmap {} is installed; without root it connects (-sT) instead of sending raw packets",
                found.version()
            );
            well("nmap", text)
        }
        Err(failure) => failed(&failure),
    }]
}

/// The data folder and its disk.
pub async fn folder(named: Option<&Path>) -> Vec<Check> {
    let folder = match store::named_folder(named) {
        Ok(folder) => folder,
        Err(failure) => return vec![failed(&failure)],
    };
    let mut checks = vec![match remembered(&folder).await {
        Ok(text) => well("store", text),
        Err(failure) => failed(&failure),
    }];
    checks.extend(disk(&folder));
    checks
}

async fn remembered(folder: &Path) -> Result<String, Failure> {
    if !folder.join(store::STATE_FILE).is_file() {
        return Ok(format!("nothing is remembered in {} yet", folder.display()));
    }
    let app = store::open_existing(folder)?;
    let site = "local"
        .parse()
        .map_err(|error: portdelta_core::ids::NotAnId| Failure::new("bad_site", error.to_string()))?;
    let newest = app.runs(&site, Some(NonZeroUsize::MIN), None).await?;
    let last = newest.runs.first().map(|run| format!(", the last run began {}", time_text(run.started)));
    Ok(format!("{} can be read{}", folder.display(), last.unwrap_or_default()))
}

/// Room on the disk of the nearest folder that is there already.
fn disk(folder: &Path) -> Option<Check> {
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    let room = rustix::fs::statvfs(there).ok()?;
    let bytes = room.f_bavail.saturating_mul(room.f_frsize);
    let text = format!("{} MiB are free on the disk of {}", bytes >> 20, folder.display());
    let hint = "Free some room: results are refused, not lost, while there is none.";
    Some(match bytes {
        ..BAD_BYTES => wrong("disk", Verdict::Bad, text, hint),
        BAD_BYTES..LOW_BYTES => wrong("disk", Verdict::Warning, text, hint),
        _ => well("disk", text),
    })
}
