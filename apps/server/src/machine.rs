//! What `doctor` says of the machine that the server runs on.

use std::path::{Path, PathBuf};

use portdelta_api::MachineChecks;
use portdelta_protocol::admin::{Check, Verdict};

/// With less than this the next results may not fit, in bytes.
const LITTLE: u64 = 1 << 30;

/// With less than this nothing can be relied on, in bytes.
const NOTHING: u64 = 128 << 20;

/// Looks at the disk of the data folder, anew each time.
pub(crate) fn machine_checks(data: PathBuf) -> MachineChecks {
    Box::new(move || vec![disk(&data)])
}

fn disk(data: &Path) -> Check {
    match rustix::fs::statvfs(data) {
        Ok(disk) => space(data, disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Check {
            code: "disk.space".to_owned(),
            verdict: Verdict::Bad,
            message: format!("the data folder {} can't be looked at: {error}", data.display()),
            hint: Some("See whether its disk is there and mounted, then start the server again.".to_owned()),
        },
    }
}

fn space(data: &Path, free: u64) -> Check {
    let (verdict, hint) = match free {
        0..NOTHING => (Verdict::Bad, Some("Make space now: nothing that comes in can be kept.")),
        NOTHING..LITTLE => {
            (Verdict::Warning, Some("Make space soon, or move the data folder to a larger disk."))
        }
        _ => (Verdict::Ok, None),
    };
    Check {
        code: "disk.space".to_owned(),
        verdict,
        message: format!("{} are free on the disk of the data folder {}", size(free), data.display()),
        hint: hint.map(str::to_owned),
    }
}

/// `17 MB`, `2.4 GB`
fn size(bytes: u64) -> String {
    let mb = bytes >> 20;
    if mb < 1024 { format!("{mb} MB") } else { format!("{}.{} GB", mb >> 10, (mb & 1023) * 10 / 1024) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_space_is_told_before_it_is_gone() {
        let data = Path::new("/srv/portdelta");
        let told = |free| {
            let check = space(data, free);
            (check.verdict, check.hint.is_some(), check.message)
        };
        let sentence = |size| format!("{size} are free on the disk of the data folder /srv/portdelta");
        assert_eq!(told(0), (Verdict::Bad, true, sentence("0 MB")));
        assert_eq!(told(NOTHING), (Verdict::Warning, true, sentence("128 MB")));
        assert_eq!(told(LITTLE - 1), (Verdict::Warning, true, sentence("1023 MB")));
        assert_eq!(told(5 << 29), (Verdict::Ok, false, sentence("2.5 GB")));
    }

    #[test]
    fn the_disk_of_a_folder_is_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let checks = machine_checks(folder.path().to_owned())();
        assert_eq!(checks.len(), 1);
        assert!(checks[0].message.contains("free on the disk"), "{checks:?}");
        let gone = machine_checks(folder.path().join("gone"))();
        assert_eq!(gone[0].verdict, Verdict::Bad);
        assert!(gone[0].hint.is_some());
    }
}
