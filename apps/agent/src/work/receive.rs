//! The loop that takes work, and its orderly end.

use std::sync::Arc;
use std::time::Duration;

use portdelta_core::causes::told;
use portdelta_protocol::agent::Receive;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lease::keep_lease;
use super::{Shared, status, task, upload};
use crate::error::AgentError;
use crate::retry::Backoff;
use crate::spool::{Entry, Waiting};
use crate::upstream::Kind;

/// How long to wait for work in one request.
const WAIT_SECONDS: u32 = 20;

/// The same for an agent that ends when there is none.
const WAIT_SECONDS_ONCE: u32 = 1;

/// How often to look whether work may be taken again.
const PAUSE: Duration = Duration::from_secs(2);

/// How many tasks can be asked for in one request.
const MOST_AT_ONCE: usize = 10;

/// How long an agent with `--once` goes on trying when nothing gets on.
const PATIENCE_ONCE: Duration = Duration::from_mins(1);

/// How long handing back may take: nmap gets seven seconds to end.
const PARTING: Duration = Duration::from_secs(20);

/// Works until `stop`, or with `--once` until nothing is left.
pub(super) async fn receive(
    shared: &Arc<Shared>,
    waiting: Vec<(Entry, Waiting)>,
    stop: &CancellationToken,
) -> Result<(), AgentError> {
    let mut jobs = JoinSet::new();
    let ended = tokio::select! {
        ended = take_work(shared, waiting, &mut jobs) => ended,
        () = stop.cancelled() => Ok(()),
    };
    tracing::info!(tasks = shared.board.all().len(), "ends: what is not done is handed back");
    shared.board.hand_back();
    let all = async { while jobs.join_next().await.is_some() {} };
    if tokio::time::timeout(PARTING, all).await.is_err() {
        tracing::warn!("not all could be handed back in time: it comes back when its lease runs out");
    }
    status::say_goodbye(shared).await;
    ended
}

async fn take_work(
    shared: &Arc<Shared>,
    waiting: Vec<(Entry, Waiting)>,
    jobs: &mut JoinSet<()>,
) -> Result<(), AgentError> {
    while !shared.is_approved() {
        shared.approval.notified().await;
    }
    send_what_waits(shared, waiting, jobs).await;
    // A permit is for a scan, not for its upload.
    let all = usize::try_from(shared.options.concurrency.max(1)).unwrap_or(1);
    let slots = Arc::new(Semaphore::new(all));
    let mut backoff = Backoff::new();
    let mut failures = 0_u32;
    let mut stuck = None;
    loop {
        while jobs.try_join_next().is_some() {}
        // Limits may allow fewer at once, and fewer than before.
        let most = shared.limits().limits().concurrency(shared.options.concurrency) as usize;
        let free = most.saturating_sub(all - slots.available_permits()).min(MOST_AT_ONCE);
        if free == 0 {
            let _ = tokio::time::timeout(PAUSE, shared.slot_is_free.notified()).await;
            continue;
        }
        if let Some(why) = shared.paused() {
            tracing::warn!("takes no work: {why}");
            shared.report_now.notify_one();
            end_if_stuck(shared, &mut stuck)?;
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let wait_seconds = if shared.options.once { WAIT_SECONDS_ONCE } else { WAIT_SECONDS };
        let ask = Receive { max: u32::try_from(free).unwrap_or(1), wait_seconds };
        match shared.upstream.receive(&ask).await {
            Ok(deliveries) => {
                backoff.reset();
                failures = 0;
                shared.note_contact();
                if deliveries.is_empty() {
                    if shared.options.once && shared.board.is_empty() {
                        return Ok(());
                    }
                    end_if_stuck(shared, &mut stuck)?;
                    continue;
                }
                stuck = None;
                for delivery in deliveries {
                    // There are as many permits as tasks were asked for: only a server that sends more waits here.
                    let Ok(permit) = slots.clone().acquire_owned().await else { return Ok(()) };
                    jobs.spawn(task::work(shared.clone(), delivery, permit));
                }
                shared.report_now.notify_one();
            }
            Err(error) => {
                shared.note_failure(&error);
                end_if_stuck(shared, &mut stuck)?;
                failures += 1;
                let wait = backoff.next();
                let is_access = error.kind() == Kind::Access;
                tracing::warn!(
                    code = error.code(),
                    wait_seconds = wait.as_secs(),
                    "no work is received: {}",
                    told(&error)
                );
                // New access is under way; if it does not help, it is not asked for without end.
                if is_access && failures == 1 {
                    let _ = tokio::time::timeout(wait, shared.approval.notified()).await;
                } else {
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }
}

/// With `--once`, nobody waits for ever for what does not come: ends when for a minute nothing was left to do but
/// uploads that fail, or the server is gone.
fn end_if_stuck(shared: &Shared, since: &mut Option<Instant>) -> Result<(), AgentError> {
    if !shared.options.once || !shared.board.all().iter().all(|job| job.is_uploading()) {
        *since = None;
        return Ok(());
    }
    if since.get_or_insert_with(Instant::now).elapsed() < PATIENCE_ONCE {
        return Ok(());
    }
    let results = shared.spool.spooled().results;
    Err(AgentError::Left { results, folder: shared.spool.folder().to_owned() })
}

/// What an earlier agent left behind is sent before anything new is begun. What can't be sent now goes on in the
/// background.
async fn send_what_waits(shared: &Arc<Shared>, waiting: Vec<(Entry, Waiting)>, jobs: &mut JoinSet<()>) {
    for (entry, Waiting { accepted, .. }) in waiting {
        let now = shared.clocks.now().seconds();
        let Some(job) = shared.board.take(&accepted.name(), &accepted.receipt, accepted.lease(), now) else {
            continue;
        };
        let tried = upload::attempt(shared, &job, &entry).await;
        if matches!(tried, upload::Tried::Done) {
            shared.board.leave(&job);
            continue;
        }
        let shared = shared.clone();
        jobs.spawn(async move {
            tokio::select! {
                () = upload::deliver(&shared, &job, &entry, accepted.deadline) => {}
                () = keep_lease(&shared, &job) => {}
            }
            shared.board.leave(&job);
        });
    }
}
