//! What a message of the dispatch queue asks for.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use portdelta_app::ports::Work;
use portdelta_app::{AppError, RunBegun, Service, WorkMessage};
use portdelta_function_runtime::{TimeLeft, work_off};

/// A slice of 500 tasks is 50 requests to SQS and some to the table; this is plenty, also when they are throttled.
const SLICE: Duration = Duration::from_secs(15);

/// Begins runs that are due, and sends tasks of runs, slice after slice while there is time; what is left then is
/// another message.
pub async fn handle(service: &Service, event: SqsEvent, time: TimeLeft) -> SqsBatchResponse {
    work_off(service, Work::Dispatch, event, (time, SLICE), async |body| carry_out(service, body, time).await)
        .await
}

async fn carry_out(service: &Service, body: &str, time: TimeLeft) -> Result<(), AppError> {
    match WorkMessage::read(body) {
        Some(WorkMessage::Fire { scan, time }) => service.fire_scheduled(&scan, &time).await?,
        Some(WorkMessage::Begin { scan, site, due }) => match service.begin_run(&scan, &site, &due).await? {
            RunBegun::Begun(run) => tracing::info!(%run, scan, %site, "run {run} begins"),
            RunBegun::Waiting(run) => tracing::info!(%run, scan, %site, "run {run} waits for another one"),
            RunBegun::Skipped(note) => {
                tracing::warn!(scan, %site, code = note.code, "no run of scan {scan} at {site}: {}", note.message);
            }
        },
        Some(WorkMessage::Slice { run }) => {
            let sent = service.dispatch(&run, || time.is_enough_for(SLICE)).await?;
            tracing::info!(%run, tasks = sent.tasks, more = sent.more, "sent {} tasks of run {run}", sent.tasks);
        }
        _ => return Err(AppError::Unknown { what: "such work for the dispatcher".to_owned() }),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use portdelta_app::ports::QueueName;
    use portdelta_testkit::MemoryServer;

    use super::*;

    const BEGIN: &str = include_str!("../events/begin.json");
    const SLICE_OF_RUN: &str = include_str!("../events/slice.json");

    /// The sample with the id of a scan or run that is there.
    fn event(sample: &str, id: &str) -> SqsEvent {
        let text = sample.replace("0190f3c2-7b1e-7c3a-9d55-0f2b1c4d5e6f", id).replace("run-1", id);
        serde_json::from_str(&text).expect("a sample")
    }

    fn minutes(minutes: u64) -> TimeLeft {
        TimeLeft::lasting(Duration::from_mins(minutes))
    }

    /// The only run that goes on.
    async fn open_run(server: &MemoryServer) -> String {
        let mut runs = server.service.app().open_runs().await.expect("runs");
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0).to_string()
    }

    #[tokio::test]
    async fn a_run_begins_once_and_its_tasks_are_sent() {
        let server = MemoryServer::new().await;
        let office = server.site("office").await;
        let scan = server.scan(&office, "192.0.2.0/24, 198.51.100.0/24", "22").await;
        for _ in 0..2 {
            let response = handle(&server.service, event(BEGIN, &scan.id), minutes(1)).await;
            assert!(response.batch_item_failures.is_empty());
        }
        let run = open_run(&server).await;
        let response = handle(&server.service, event(SLICE_OF_RUN, &run), minutes(1)).await;
        assert!(response.batch_item_failures.is_empty());
        let tasks = server.take_tasks(&office).await;
        assert_eq!(tasks.iter().map(|task| task.number).collect::<Vec<_>>(), [0, 1]);
    }

    #[tokio::test]
    async fn slices_go_on_while_there_is_time_and_room_at_the_site() {
        let server = MemoryServer::new().await;
        let office = server.site("office").await;
        // 2,048 tasks: five slices.
        let scan = server.scan(&office, "10.0.0.0/13", "22").await;
        handle(&server.service, event(BEGIN, &scan.id), minutes(1)).await;
        let dispatch = QueueName::Work(Work::Dispatch);
        server.bodies(&dispatch).await;
        let run = open_run(&server).await;

        // What is left when the time is over is left to a message.
        server.service.dispatch_slice(&run.parse().expect("an id")).await.expect("a slice");
        assert_eq!(server.bodies(&dispatch).await, [format!(r#"{{"work":"slice","run":"{run}"}}"#)]);
        assert_eq!(server.take_tasks(&office).await.len(), 500);

        let response = handle(&server.service, event(SLICE_OF_RUN, &run), minutes(1)).await;
        assert!(response.batch_item_failures.is_empty());
        let tasks = server.take_tasks(&office).await;
        assert_eq!(
            tasks.iter().map(|task| task.number).collect::<Vec<_>>(),
            (500..1_000).collect::<Vec<_>>()
        );
        assert!(server.bodies(&dispatch).await.is_empty(), "those that are done ask for more");
    }

    #[tokio::test]
    async fn without_time_a_message_is_handed_back() {
        let server = MemoryServer::new().await;
        let response =
            handle(&server.service, event(SLICE_OF_RUN, "r-1"), TimeLeft::lasting(Duration::ZERO)).await;
        assert_eq!(response.batch_item_failures.len(), 1);
    }

    #[tokio::test]
    async fn what_is_not_for_the_dispatcher_fails() {
        let server = MemoryServer::new().await;
        let sample = SLICE_OF_RUN.replace("slice", "run-finished");
        let response = handle(&server.service, event(&sample, "r-1"), minutes(1)).await;
        assert_eq!(response.batch_item_failures.len(), 1);
    }
}
