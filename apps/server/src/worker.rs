//! Works off the queues of the server itself.

use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Delivery, ErrorClass, Key, QueueName, Work};
use portdelta_app::{AppError, RunBegun, Service, UploadTaken, WorkMessage};
use portdelta_core::causes::told;
use portdelta_core::escape::escape;
use tokio_util::sync::CancellationToken;

/// A message that is worked on belongs to this process for so long, and again whenever half of it has passed.
const LEASE: Duration = Duration::from_mins(2);

/// How long to wait for a message.
const WAIT: Duration = Duration::from_secs(20);

/// A message that failed comes again after so long, twice as long with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Takes one message and does what it says; `false` where none was there.
pub(crate) async fn step(
    service: &Arc<Service>,
    work: Work,
    wait: bool,
    stop: &CancellationToken,
) -> Result<bool, AppError> {
    let name = QueueName::Work(work);
    let wait = if wait { WAIT } else { Duration::ZERO };
    let failed = |source| AppError::Queue { operation: format!("receive from {name}"), source };
    let deliveries = tokio::select! {
        // What was received and is dropped here comes again when its lease ends.
        () = stop.cancelled() => return Ok(false),
        received = service.queue().receive(&name, 1, wait, LEASE) => received.map_err(failed)?,
    };
    let Some(delivery) = deliveries.into_iter().next() else { return Ok(false) };
    let done = tokio::select! {
        done = carry_out(service, &delivery, stop) => done,
        never = hold(service, &name, &delivery) => match never {},
    };
    match done {
        Ok(()) => {
            service.queue().acknowledge(&name, &delivery.receipt).await.map_err(|source| {
                AppError::Queue { operation: format!("acknowledge a message of {name}"), source }
            })?;
        }
        Err(error) => put_off(service, &name, &delivery, &error).await,
    }
    Ok(true)
}

/// Extends the lease while somebody works.
async fn hold(service: &Arc<Service>, name: &QueueName, delivery: &Delivery) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(LEASE / 2).await;
        if let Err(error) = service.queue().extend(name, &delivery.receipt, LEASE).await {
            // Somebody else may do the same now, which is harmless.
            tracing::warn!(queue = %name, %error, "could not hold a message of {name}");
        }
    }
}

/// Lets a message come again later; after the last try it becomes a dead letter.
async fn put_off(service: &Arc<Service>, name: &QueueName, delivery: &Delivery, error: &AppError) {
    let tries = delivery.deliveries;
    let text = told(error);
    let body = escape(&delivery.body).into_owned();
    match error.class() {
        ErrorClass::Retry => {
            tracing::warn!(queue = %name, tries, code = error.code(), error = text, body, "{name}: later");
        }
        ErrorClass::Caller | ErrorClass::Bug => {
            tracing::error!(queue = %name, tries, code = error.code(), error = text, body, "{name}: failed");
        }
    }
    let factor = 1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX);
    let pause = FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
    if let Err(error) = service.queue().extend(name, &delivery.receipt, pause).await {
        tracing::warn!(queue = %name, %error, "could not put off a message of {name}");
    }
}

async fn carry_out(
    service: &Arc<Service>,
    delivery: &Delivery,
    stop: &CancellationToken,
) -> Result<(), AppError> {
    let Some(message) = WorkMessage::read(&delivery.body) else {
        return Err(AppError::Unknown { what: "such work".to_owned() });
    };
    match message {
        WorkMessage::Fire { scan, time } => service.fire_scheduled(&scan, &time).await?,
        WorkMessage::Begin { scan, site, due } => match service.begin_run(&scan, &site, &due).await? {
            RunBegun::Begun(run) => tracing::info!(%run, scan, %site, "run {run} begins"),
            RunBegun::Waiting(run) => tracing::info!(%run, scan, %site, "run {run} waits for another one"),
            RunBegun::Skipped(note) => {
                tracing::warn!(scan, %site, code = note.code, "no run of scan {scan} at {site}: {}", note.message);
            }
        },
        WorkMessage::Slice { run } => {
            let sent = service.dispatch_slice(&run).await?;
            tracing::debug!(%run, tasks = sent.tasks, "sent {} tasks of run {run}", sent.tasks);
        }
        WorkMessage::Ingest { key } => {
            let blob = key.parse().map_err(|_| AppError::Unknown { what: format!("upload {key}") })?;
            let stop = stop.clone();
            let take = async move |service: Arc<Service>| {
                service.take_upload_while(&blob, &|| !stop.is_cancelled()).await
            };
            match in_the_background(service, take).await? {
                UploadTaken::Applied { result, late } => {
                    tracing::info!(upload = key, result = %result.short(), late, "applied {key}");
                }
                UploadTaken::Refused(refused) => {
                    let message = escape(&refused.message).into_owned();
                    tracing::warn!(upload = key, code = refused.code, message, "refused {key}");
                }
                UploadTaken::Later => tracing::debug!(upload = key, "the rest of {key} comes later"),
                UploadTaken::Gone => tracing::debug!(upload = key, "{key} was taken before"),
            }
        }
        WorkMessage::Batch { partition, sort } => service.notify_batch(&Key::new(partition, sort)).await?,
        WorkMessage::Deliver => drop(service.deliver_pending().await?),
        WorkMessage::RunFinished { run, from } => {
            // A server that is stopped goes on with it when it is started again.
            if service.notify_run_while(&run, from, &|| !stop.is_cancelled()).await? {
                service.app().run_was_told(&run).await?;
            }
        }
    }
    Ok(())
}

/// Reading results is work of the processor: the threads that serve others must not wait for it.
async fn in_the_background<T: Send + 'static>(
    service: &Arc<Service>,
    work: impl AsyncFnOnce(Arc<Service>) -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let service = Arc::clone(service);
    let runtime = tokio::runtime::Handle::current();
    let job = tokio::task::spawn_blocking(move || runtime.block_on(work(service)));
    job.await.map_err(|error| AppError::Missing { what: format!("what a worker did ({error})") })?
}
