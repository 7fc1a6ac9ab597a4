//! Brings a sealed result to the server, however long it takes.

use portdelta_core::causes::told;
use std::time::Duration;

use super::Shared;
use super::board::{Job, UPLOAD, Why};
use crate::retry::Backoff;
use crate::spool::Entry;
use crate::upstream::{Kind, UpstreamError};

/// How long a result is kept whose deadline is over: a server can still learn from it, though its run is done.
const KEPT_LATE_SECONDS: i64 = 24 * 3600;

/// How long an upload may go on when the agent is to end.
const LAST_TRY: Duration = Duration::from_secs(5);

/// What came of one try.
pub(super) enum Tried {
    /// It is there, or nobody wants it: nothing is left to do.
    Done,
    /// Another try may help.
    Failed,
}

/// Tries until the result is there, nobody wants it, or the agent ends: then it stays in the spool.
pub(super) async fn deliver(shared: &Shared, job: &Job, entry: &Entry, deadline: i64) {
    job.show(|progress| {
        UPLOAD.clone_into(&mut progress.phase);
        (progress.percent, progress.ends) = (0, None);
    });
    let mut backoff = Backoff::new();
    loop {
        match job.why() {
            Some(Why::Cancelled) => {
                tracing::info!(task = %job.name, "cancelled: its result is thrown away");
                shared.acknowledge(job).await;
                entry.discard();
                return;
            }
            // The limits can't change in the middle of an upload, but just before one.
            Some(Why::Leaving | Why::Forbidden(_)) => {
                tracing::info!(task = %job.name, "its result stays in the spool");
                return;
            }
            None => {}
        }
        let tried = {
            let attempt = attempt(shared, job, entry);
            tokio::pin!(attempt);
            tokio::select! {
                tried = &mut attempt => tried,
                () = job.stop.cancelled() => {
                    tokio::time::timeout(LAST_TRY, attempt).await.unwrap_or(Tried::Failed)
                }
            }
        };
        if matches!(tried, Tried::Done) {
            return;
        }
        if shared.clocks.server_now() > deadline.saturating_add(KEPT_LATE_SECONDS) {
            tracing::error!(task = %job.name, "its result is thrown away: its deadline is long over");
            entry.discard();
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next()) => {}
            () = job.stop.cancelled() => {}
            // The line is good again: somebody else just got through.
            () = shared.line_is_good.notified() => {}
        }
    }
}

/// One try: the result first, and only when that is safe the message.
pub(super) async fn attempt(shared: &Shared, job: &Job, entry: &Entry) -> Tried {
    let Ok(_turn) = shared.uploads.acquire().await else { return Tried::Failed };
    let sealed = match entry.load(&job.name) {
        Ok(sealed) => sealed,
        Err(error) => {
            tracing::error!(task = %job.name, %error, "its result can't be read: the task goes back");
            entry.discard();
            shared.release(job.receipt(), 0).await;
            return Tried::Done;
        }
    };
    match shared.upstream.upload(&sealed).await {
        Ok(()) => {
            tracing::info!(task = %job.name, result = sealed.name, bytes = sealed.bytes.len(), "uploaded");
            shared.note_contact();
            shared.acknowledge(job).await;
            entry.discard();
            Tried::Done
        }
        Err(error) => {
            shared.note_failure(&error);
            let is_final = is_final(&error);
            tracing::warn!(task = %job.name, code = error.code(), is_final, "not uploaded: {}", told(&error));
            if !is_final {
                return Tried::Failed;
            }
            // The server has said that it will never take it; scanning again would give the same.
            shared.acknowledge(job).await;
            entry.discard();
            Tried::Done
        }
    }
}

/// Whether the server will never take this result. A refused access is another matter: it can be renewed.
fn is_final(error: &UpstreamError) -> bool {
    matches!(error.kind(), Kind::Never | Kind::LeaseLost)
}
