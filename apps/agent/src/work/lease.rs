//! Keeps a task from others while it is worked on.

use portdelta_core::causes::told;
use portdelta_protocol::agent::Extend;

use super::Shared;
use super::board::Job;
use crate::upstream::Kind;

/// Extends the lease each third of its time, for as long as this is polled.
///
/// A lease that was lost is said once and then left: what comes of the task is sent all the same, as a result that
/// arrives twice counts once. Another delivery of the task to this agent brings a new lease.
pub(super) async fn keep_lease(shared: &Shared, job: &Job) {
    loop {
        tokio::time::sleep(job.lease / 3).await;
        if job.is_lost() {
            continue;
        }
        let seconds = u32::try_from(job.lease.as_secs()).unwrap_or(u32::MAX).clamp(1, 43_200);
        let receipt = job.receipt();
        match shared.upstream.extend(&Extend { receipt: receipt.clone(), seconds }).await {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::LeaseLost => {
                // Of an older delivery: there is a newer one.
                if job.receipt() == receipt {
                    tracing::warn!(task = %job.name, "the lease was lost: another agent may scan it too");
                    job.lose();
                }
            }
            Err(error) => {
                shared.note_failure(&error);
                tracing::warn!(task = %job.name, code = error.code(), "the lease is not extended: {}", told(&error));
            }
        }
    }
}
