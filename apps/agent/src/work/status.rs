//! Tells the server how it goes, and hears what nobody wants any more.

use std::time::Duration;

use portdelta_core::causes::told;
use portdelta_protocol::agent::Status;

use super::Shared;
use super::board::Why;
use crate::facts::Machine;
use crate::nmap::Nmap;

/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How often to look whether the owner has changed the limits.
const LIMITS_EVERY: Duration = Duration::from_secs(1);

/// Between two reports, however much happens.
const AT_MOST_EVERY: Duration = Duration::from_secs(2);

/// Reports until the agent ends: now and then, and soon after a task began or ended.
pub(super) async fn keep_reporting(shared: &Shared) {
    let mut machine = Machine::watch();
    loop {
        let reports = shared.is_approved();
        if reports {
            report(shared, &mut machine, false).await;
        }
        shared.remember();
        if reports {
            tokio::time::sleep(AT_MOST_EVERY).await;
        }
        let _ = tokio::time::timeout(shared.status_every(), shared.report_now.notified()).await;
    }
}

/// The last words of an agent.
pub(super) async fn say_goodbye(shared: &Shared) {
    if shared.is_approved() {
        let _ = tokio::time::timeout(LAST_WORDS, report(shared, &mut Machine::watch(), true)).await;
    }
}

async fn report(shared: &Shared, machine: &mut Machine, leaving: bool) {
    let asked = shared.clocks.now();
    let status = Status {
        at: asked.seconds(),
        tasks: shared.board.progress(),
        spooled: shared.spool.spooled(),
        load: machine.load(),
        leaving,
        paused: shared.paused(),
    };
    match shared.upstream.status(&status).await {
        Ok(answer) => {
            shared.note_contact();
            shared.clocks.hear(asked, answer.server_time);
            answer.cancelled.iter().for_each(|run| shared.board.cancel(run));
        }
        Err(error) => {
            shared.note_failure(&error);
            tracing::warn!(code = error.code(), "the status is not reported: {}", told(&error));
        }
    }
}

/// Watches the owner's limits, and ends what they do not allow any more.
pub(super) async fn hold_to_limits(shared: &Shared) {
    let mut held = shared.limits().generation();
    loop {
        tokio::time::sleep(LIMITS_EVERY).await;
        let Ok(limits) = shared.limits_now() else { continue };
        let generation = shared.limits().generation();
        if generation == held {
            continue;
        }
        held = generation;
        tracing::info!(limits = %limits, "the owner's limits have changed");
        shared.renew_access.notify_one();
        let Ok(nmap) = Nmap::find().await else { continue };
        for job in shared.board.all() {
            if let Some(order) = job.order()
                && let Err(forbidden) = order.check(&limits, &nmap, shared.options.concurrency).await
            {
                job.end(Why::Forbidden(forbidden));
            }
        }
    }
}
