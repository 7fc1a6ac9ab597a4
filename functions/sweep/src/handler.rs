//! One sweep, and the numbers that alarms look at.

use std::time::Duration;

use portdelta_app::ports::{QueueError, QueueName};
use portdelta_app::{AppError, Service};
use portdelta_core::UnixTime;
use portdelta_core::causes::told;
use portdelta_function_runtime::TimeLeft;
use portdelta_telemetry::{Metrics, Unit};

/// What could not be done. Everything else was.
#[derive(Debug, thiserror::Error)]
#[error("{failures} parts of a sweep failed, the first one: {first}")]
pub struct SweepFailed {
    failures: usize,
    first: String,
}

/// What is begun while there is less time than this may be broken off. The longest is to close a run of 65,536 tasks.
const LONGEST: Duration = Duration::from_mins(1);

/// Gives the numbers of a stack, and goes over what may stand still.
///
/// What failed is logged and tried again by the next sweep; the error only makes it seen.
pub async fn handle(
    service: &Service,
    stack: &str,
    time: TimeLeft,
) -> (Result<(), SweepFailed>, Option<Metrics>) {
    let now = service.app().now();
    // Before the sweep: who has much to sweep up needs the numbers most.
    let metrics = numbers(service, stack, now).await;
    let report = service.sweep_while(now, &|| time.is_enough_for(LONGEST)).await;
    if report.cut_off {
        tracing::warn!("there was no time to sweep everything; the next sweep begins with the rest");
    }
    for run in &report.overdue {
        tracing::warn!(%run, "run {run} did not end in time");
    }
    for run in &report.resumed {
        tracing::info!(%run, "run {run} stood still and goes on");
    }
    for run in &report.told {
        tracing::info!(%run, "run {run} is told of again");
    }
    let mut failures = report.failures;
    let metrics = match metrics {
        Ok(metrics) => Some(metrics),
        Err(error) => {
            failures.push(error);
            None
        }
    };
    for error in &failures {
        let text = told(error);
        tracing::error!(code = error.code(), error = text, "a sweep could not do everything");
    }
    let failed = failures.first().map(|first| SweepFailed { failures: failures.len(), first: told(first) });
    (failed.map_or(Ok(()), Err), metrics)
}

/// What only the application knows, for alarms.
async fn numbers(service: &Service, stack: &str, now: UnixTime) -> Result<Metrics, AppError> {
    let app = service.app();
    let silent = app.silent_agents(now).await?.len() as u64;
    let (open, mut oldest) = (app.open_runs().await?, 0);
    for id in &open {
        let Some(run) = app.scan_run(id).await? else { continue };
        // Its tasks wait from the moment at which it began to send them.
        let waiting = run.began.map_or(0, |began| now.since(began));
        oldest = oldest.max(u64::try_from(waiting).unwrap_or(0));
    }
    let mut dead = 0;
    for site in app.sites().await? {
        let queue = QueueName::Tasks(site.id);
        dead += match service.queue().depth(&queue).await {
            Ok(depth) => depth.dead,
            // Nothing was ever sent there.
            Err(QueueError::NoQueue { .. }) => 0,
            Err(source) => {
                return Err(AppError::Queue { operation: format!("count messages of {queue}"), source });
            }
        };
    }
    Ok(Metrics::of(stack)
        .with("SilentAgents", Unit::Count, silent)
        .with("DeadTasks", Unit::Count, dead)
        .with("OpenRuns", Unit::Count, open.len() as u64)
        .with("OldestTask", Unit::Seconds, oldest))
}

#[cfg(test)]
mod tests {
    use portdelta_app::Due;
    use portdelta_app::ports::queue::MAX_DELIVERIES;
    use portdelta_testkit::MemoryServer;
    use serde_json::Value;

    use super::*;

    fn minutes() -> TimeLeft {
        TimeLeft::lasting(Duration::from_mins(4))
    }

    fn numbers_of(metrics: Option<Metrics>) -> Value {
        serde_json::from_str(&metrics.expect("numbers").line(0)).expect("JSON")
    }

    #[tokio::test]
    async fn silent_agents_and_old_tasks_are_counted() {
        let server = MemoryServer::new().await;
        let office = server.site("office").await;
        let scan = server.scan(&office, "192.0.2.1", "22").await;
        server.agent(&office, "one").await;
        let (done, metrics) = handle(&server.service, "test", minutes()).await;
        done.expect("nothing is wrong");
        let numbers = numbers_of(metrics);
        assert_eq!((&numbers["SilentAgents"], &numbers["OldestTask"]), (&0.into(), &0.into()));

        let due = Due::Now("test".to_owned());
        server.service.begin_run(&scan.id, &office, &due).await.expect("it begins");
        let run = server.service.app().open_runs().await.expect("runs").remove(0);
        server.service.dispatch_slice(&run).await.expect("it is sent");
        server.clock.advance(1_000);
        let (done, metrics) = handle(&server.service, "test", minutes()).await;
        done.expect("nothing is wrong");
        let numbers = numbers_of(metrics);
        assert_eq!((&numbers["SilentAgents"], &numbers["OldestTask"]), (&1.into(), &1_000.into()));
        assert_eq!((&numbers["OpenRuns"], &numbers["Stack"]), (&1.into(), &"test".into()));
        assert_eq!(numbers["DeadTasks"], 0);

        // Five agents take the task and die.
        let tasks = QueueName::Tasks(office);
        for _ in 0..=MAX_DELIVERIES {
            server.bodies(&tasks).await;
            server.clock.advance(3_600);
        }
        let (_, metrics) = handle(&server.service, "test", minutes()).await;
        assert_eq!(numbers_of(metrics)["DeadTasks"], 1);
    }

    #[tokio::test]
    async fn without_time_there_are_numbers_and_the_next_sweep_does_the_rest() {
        let server = MemoryServer::new().await;
        let office = server.site("office").await;
        let scan = server.scan(&office, "192.0.2.1", "22").await;
        server.agent(&office, "one").await;
        let due = Due::Now("test".to_owned());
        server.service.begin_run(&scan.id, &office, &due).await.expect("it begins");
        let run = server.service.app().open_runs().await.expect("runs").remove(0);
        server.service.dispatch_slice(&run).await.expect("it is sent");
        server.clock.advance(200_000);
        let (done, metrics) =
            handle(&server.service, "test", TimeLeft::lasting(Duration::from_secs(1))).await;
        done.expect("nothing failed");
        assert_eq!(numbers_of(metrics)["OpenRuns"], 1);
        assert_eq!(server.service.app().open_runs().await.expect("runs").len(), 1, "nothing was begun");
        handle(&server.service, "test", minutes()).await.0.expect("nothing is wrong");
        assert!(server.service.app().open_runs().await.expect("runs").is_empty(), "its deadline has passed");
    }

    #[tokio::test]
    async fn a_sweep_that_fails_says_so() {
        let server = MemoryServer::new().await;
        server.faults.kill();
        let (done, metrics) = handle(&server.service, "test", minutes()).await;
        let error = done.expect_err("the stores are dead").to_string();
        assert!(error.contains("parts of a sweep failed"), "{error}");
        assert_eq!(metrics, None);
    }
}
