//! The life of one task: read, checked against the limits, announced, scanned, sealed, sent.

use std::sync::Arc;
use std::time::Duration;

use portdelta_core::causes::told;
use portdelta_core::escape::escape;
use portdelta_protocol::agent::{Begin, Begun, Refuse};
use portdelta_protocol::upload::UploadNote;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::board::{Job, Why};
use super::lease::keep_lease;
use super::{Shared, upload};
use crate::limits::Forbidden;
use crate::nmap::{self, Ending, Heard, Nmap, Ran, ScanLimits};
use crate::order::{Order, TaskName, name_of};
use crate::retry::Backoff;
use crate::spool::{Accepted, Entry};
use crate::upstream::{Delivery, Kind};

/// Tries to say that a task begins.
const BEGIN_TRIES: usize = 4;

/// The longest time kept for the upload of what was scanned until the deadline.
const FOR_UPLOAD: Duration = Duration::from_mins(1);

/// How long a task that this agent can't do now stays away from it.
const LATER_SECONDS: u32 = 60;

/// How much of an argument a note says, in characters.
const MAX_ARGUMENT: usize = 1000;

/// How a task left this agent's hands without a result.
enum Left {
    /// Nobody wants it: forget it.
    Dropped(String),
    /// It goes back to the queue.
    Released { delay_seconds: u32 },
    /// This agent will never do it.
    Refused(Forbidden),
}

/// Works on a delivery until its result has arrived, or it is clear that there will be none. The permit is for the
/// scan: it is given back before the upload.
pub(super) async fn work(shared: Arc<Shared>, delivery: Delivery, permit: OwnedSemaphorePermit) {
    let Some(name) = name_of(&delivery.task) else {
        tracing::error!("a task that does not say which it is goes back");
        shared.release(delivery.receipt, 900).await;
        return;
    };
    let now = shared.clocks.now().seconds();
    let Some(job) = shared.board.take(&name, &delivery.receipt, delivery.lease, now) else {
        tracing::info!(task = %name, attempt = delivery.attempt, "delivered again while at hand");
        let accepted = accepted(&name, &delivery, deadline_of(&delivery));
        if shared.spool.entry(&name).is_sealed() {
            shared.spool.entry(&name).delivered_again(&accepted);
        }
        return;
    };
    let entry = shared.spool.entry(&name);
    let life = async {
        match scan(&shared, &job, &entry, &delivery).await {
            Ok(()) => {
                drop(permit);
                shared.slot_is_free.notify_one();
                upload::deliver(&shared, &job, &entry, deadline_of(&delivery)).await;
            }
            Err(left) => {
                entry.discard();
                leave(&shared, &job, left, delivery.attempt).await;
                drop(permit);
            }
        }
    };
    tokio::select! {
        () = life => {}
        () = keep_lease(&shared, &job) => {}
    }
    shared.board.leave(&job);
    shared.slot_is_free.notify_one();
    shared.report_now.notify_one();
}

fn deadline_of(delivery: &Delivery) -> i64 {
    delivery.task.get("deadline").and_then(serde_json::Value::as_i64).unwrap_or_default()
}

fn accepted(name: &TaskName, delivery: &Delivery, deadline: i64) -> Accepted {
    Accepted {
        run: name.run.clone(),
        number: name.number,
        receipt: delivery.receipt.clone(),
        lease_seconds: delivery.lease.as_secs(),
        deadline,
    }
}

/// From the delivery to a sealed result.
async fn scan(shared: &Shared, job: &Job, entry: &Entry, delivery: &Delivery) -> Result<(), Left> {
    let order = Arc::new(Order::parse(&delivery.task).map_err(Left::Refused)?);
    let nmap = Nmap::find()
        .await
        .map_err(|error| Left::Refused(Forbidden::new("no_nmap", format!("{error}; {}", error.hint()))))?;
    let limits = shared.limits_now().map_err(|error| {
        tracing::error!(code = error.code(), "no task is begun: {}", told(&error));
        Left::Released { delay_seconds: LATER_SECONDS }
    })?;
    let concurrency = shared.options.concurrency;
    let options = order.check(&limits, &nmap, concurrency).await.map_err(Left::Refused)?;
    // Half of what is left where little is left: the result of a short scan is small.
    let left = u64::try_from(order.deadline.saturating_sub(shared.clocks.server_now())).unwrap_or_default();
    let left = Duration::from_secs(left);
    let time = left.saturating_sub((left / 2).min(FOR_UPLOAD));
    if time < Duration::from_secs(1) {
        tracing::warn!(task = %job.name, "too late: its deadline is over, or too near");
        return Err(Left::Dropped("its deadline is over".to_owned()));
    }
    let time = limits.max_task().map_or(time, |most| most.min(time));
    let room = shared.spool.room().ok_or(Left::Released { delay_seconds: LATER_SECONDS })?;
    begin(shared, job).await?;
    let started = shared.clocks.now().seconds();
    let output = entry.begin(&accepted(&job.name, delivery, order.deadline), &order.targets);
    let output = output.map_err(|error| not_spooled(job, &error))?;
    let list = entry.targets_file();
    let raw_packets = nmap.is_privileged() && limits.privileged();
    let arguments =
        nmap::arguments(raw_packets, &order.targets, order.ports.as_ref(), &options, &list.to_string_lossy());
    job.set_order(Some(order.clone()));
    shared.report_now.notify_one();
    tracing::info!(
        task = %job.name, scan = %escape(&order.scan), addresses = u64::try_from(order.targets.count()).unwrap_or(u64::MAX),
        options = %options, attempt = delivery.attempt, "begins"
    );
    let scan_limits = ScanLimits { until: Instant::now() + time, max_bytes: room, stop: job.stop.clone() };
    let ran = nmap::run(&arguments, output, &scan_limits, |heard| show(shared, job, heard)).await;
    job.set_order(None);
    let ran = ran.map_err(|error| not_spooled(job, &error))?;
    let cut = check_ending(shared, job, &ran)?;
    let note = UploadNote {
        run: job.name.run.clone(),
        task: job.name.number,
        began: started,
        ended: shared.clocks.now().seconds(),
        at: shared.clocks.now().seconds(),
        clock_ahead: shared.clocks.ahead(),
        nmap_version: nmap.version().to_owned(),
        arguments: arguments.iter().map(|argument| shortened(argument)).collect(),
        exit_code: ran.exit_code,
        cut: cut.map(str::to_owned),
        complaints: ran.complaints,
        sha256: String::new(),
    };
    entry.seal(note).map_err(|error| not_spooled(job, &error))?;
    tracing::info!(task = %job.name, cut, exit_code = ran.exit_code, xml_bytes = ran.written, "scanned");
    Ok(())
}

/// An argument as it stands in a note, which must be short: a list of ten thousand ports is not.
fn shortened(argument: &str) -> String {
    match argument.char_indices().nth(MAX_ARGUMENT) {
        Some((end, _)) => format!("{}…", &argument[..end]),
        None => argument.to_owned(),
    }
}

/// What came of nmap: why its output is cut, or why it is no result.
fn check_ending(shared: &Shared, job: &Job, ran: &Ran) -> Result<Option<&'static str>, Left> {
    let complaints = escape(&ran.complaints).into_owned();
    match ran.ending {
        Ending::Stopped => Err(match job.why() {
            Some(Why::Cancelled) => Left::Dropped("cancelled".to_owned()),
            Some(Why::Forbidden(forbidden)) => Left::Refused(forbidden),
            Some(Why::Leaving) | None => Left::Released { delay_seconds: 0 },
        }),
        Ending::Itself if ran.written == 0 => {
            shared.say_trouble(format!("nmap wrote nothing: {complaints}"));
            tracing::error!(task = %job.name, exit_code = ran.exit_code, "nmap wrote nothing: {complaints}");
            Err(Left::Released { delay_seconds: LATER_SECONDS })
        }
        Ending::Itself => {
            if ran.exit_code != Some(0) {
                tracing::warn!(task = %job.name, exit_code = ran.exit_code, "nmap failed: {complaints}");
            }
            // Ended by somebody else's signal: what it had written counts.
            Ok(ran.exit_code.is_none().then_some("killed"))
        }
        Ending::Deadline => Ok(Some("deadline")),
        Ending::TooLarge => Ok(Some("too-large")),
    }
}

fn not_spooled(job: &Job, error: &std::io::Error) -> Left {
    tracing::error!(task = %job.name, %error, "the task goes back: nmap did not start, or the disk is full");
    Left::Released { delay_seconds: LATER_SECONDS }
}

/// Says that the task begins, and hears whether anybody still wants it.
async fn begin(shared: &Shared, job: &Job) -> Result<(), Left> {
    let begin = Begin { run: job.name.run.clone(), task: job.name.number };
    let mut backoff = Backoff::new();
    for _ in 0..BEGIN_TRIES {
        match shared.upstream.begin(&begin).await {
            Ok(Begun::GoOn) => return Ok(()),
            Ok(Begun::Drop { reason }) => return Err(Left::Dropped(reason)),
            Err(error) => {
                shared.note_failure(&error);
                tracing::warn!(task = %job.name, code = error.code(), "it can't begin: {}", told(&error));
                if error.kind() == Kind::Never || error.kind() == Kind::LeaseLost {
                    break;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next()) => {}
            () = job.stop.cancelled() => break,
        }
    }
    match job.why() {
        Some(Why::Cancelled) => Err(Left::Dropped("cancelled".to_owned())),
        Some(Why::Leaving) => Err(Left::Released { delay_seconds: 0 }),
        _ => Err(Left::Released { delay_seconds: LATER_SECONDS }),
    }
}

fn show(shared: &Shared, job: &Job, heard: Heard) {
    let now = shared.clocks.now().seconds();
    job.show(|progress| match heard {
        Heard::Phase(phase) => {
            (progress.phase, progress.percent, progress.ends) = (phase, 0, None);
        }
        Heard::At { phase, percent, left_seconds } => {
            (progress.phase, progress.percent) = (phase, percent);
            progress.ends = left_seconds.map(|left| now + i64::from(left));
        }
    });
}

/// Gives a task away that has no result.
async fn leave(shared: &Shared, job: &Job, left: Left, attempt: u32) {
    let receipt = job.receipt();
    match left {
        Left::Dropped(reason) => {
            tracing::info!(task = %job.name, reason = %escape(&reason), "dropped");
            shared.acknowledge(job).await;
        }
        Left::Released { delay_seconds } => {
            tracing::info!(task = %job.name, delay_seconds, "handed back");
            shared.release(receipt, delay_seconds).await;
        }
        Left::Refused(Forbidden { code, message }) => {
            tracing::warn!(task = %job.name, code, "refused: {message}");
            let message = message.chars().take(1000).collect();
            let refuse =
                Refuse { run: job.name.run.clone(), task: job.name.number, code: code.to_owned(), message };
            shared.tell("refuse", || shared.upstream.refuse(&refuse)).await;
            // Others first; and ever longer where there is nobody else.
            let delay_seconds = 5_u32.saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(900);
            shared.release(receipt, delay_seconds).await;
        }
    }
}
