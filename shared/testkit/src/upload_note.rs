//! What agents say about their results.

use portdelta_protocol::agent::Task;
use portdelta_protocol::upload::UploadNote;

/// What an honest agent says about a result of a task that it scanned at `now`, in seconds since 1970.
#[must_use]
pub fn honest_note(task: &Task, now: i64) -> UploadNote {
    UploadNote {
        run: task.run.clone(),
        task: task.number,
        began: now,
        ended: now,
        at: now,
        clock_ahead: Some(0),
        nmap_version: "7.95".to_owned(),
        arguments: vec!["-sT".to_owned()],
        exit_code: Some(0),
        cut: None,
        complaints: String::new(),
        sha256: String::new(),
    }
}
