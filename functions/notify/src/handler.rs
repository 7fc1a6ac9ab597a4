//! Who tells of what was committed: the table's stream, and the messages of the notify queue.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use portdelta_app::ports::{Key, Work};
use portdelta_app::{AppError, Service, WorkMessage};
use portdelta_core::causes::told;
use portdelta_function_runtime::{LONGEST_DELIVERY, TimeLeft, work_off};
use portdelta_telemetry::{Metrics, Unit};
use serde::{Deserialize, Serialize};

use crate::stream::{Failures, StreamEvent};

/// The longest step of a message is a batch with many alerts; a run is told of step by step.
const STEP: Duration = Duration::from_secs(30);

/// What is begun with less time than this may be broken off, or keep the last delivery from its turn.
const BEGINS: Duration = STEP.saturating_add(LONGEST_DELIVERY);

/// What the function is called with.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Records of the table's stream.
    Stream(StreamEvent),
    /// Messages of the notify queue.
    Queue(SqsEvent),
}

/// What of it is to come again.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Messages.
    Queue(SqsBatchResponse),
    /// The first record that could not be seen to.
    Stream(Failures),
}

/// Lets alerts happen and tells of them; then brings out what is due. With numbers of a stack where something could not
/// be brought out: no message fails for it, and an alarm looks at them.
pub async fn handle(
    service: &Service,
    stack: &str,
    event: Event,
    time: TimeLeft,
) -> (Answer, Option<Metrics>) {
    let answer = match event {
        Event::Queue(event) => {
            let step = async |body: &str| carry_out(service, body, time).await;
            Answer::Queue(work_off(service, Work::Notify, event, (time, BEGINS), step).await)
        }
        Event::Stream(event) => Answer::Stream(pass_on(service, event, time).await),
    };
    let failed = deliver(service, time).await;
    let metrics = (failed > 0).then(|| Metrics::of(stack).with("FailedDeliveries", Unit::Count, failed));
    (answer, metrics)
}

async fn carry_out(service: &Service, body: &str, time: TimeLeft) -> Result<(), AppError> {
    match WorkMessage::read(body) {
        Some(WorkMessage::Batch { partition, sort }) => {
            service.notify_batch(&Key::new(partition, sort)).await
        }
        Some(WorkMessage::RunFinished { run, from }) => {
            if service.notify_run_while(&run, from, &|| time.is_enough_for(BEGINS)).await? {
                service.app().run_was_told(&run).await?;
            }
            Ok(())
        }
        // It is done after all messages.
        Some(WorkMessage::Deliver) => Ok(()),
        _ => Err(AppError::Unknown { what: "such work for notify".to_owned() }),
    }
}

/// Tells of committed batches. One that fails, takes too long or cannot be begun in time becomes a message of the queue,
/// which tries again and never loses it, so that it does not hold up all that comes after it in the stream.
async fn pass_on(service: &Service, event: StreamEvent, time: TimeLeft) -> Failures {
    for record in event.records {
        let Some(key) = record.committed_batch() else { continue };
        let told_of = if time.is_enough_for(BEGINS) {
            time.leaving(LONGEST_DELIVERY, service.notify_batch(&key)).await
        } else {
            None
        };
        match told_of {
            Some(Ok(())) => continue,
            Some(Err(error)) => {
                let text = told(&error);
                tracing::warn!(code = error.code(), error = text, "a batch could not be told of: later");
            }
            None => tracing::info!(%key, "there was no time to tell of a batch: later"),
        }
        let message = WorkMessage::batch(&key);
        if let Err(error) = service.queue().send(&message.queue(), vec![message.outgoing()]).await {
            let error = told(&error);
            tracing::error!(error, "the stream is held up");
            // From here on Lambda tries again; what comes after it waits.
            return Failures::from(record);
        }
    }
    Failures::default()
}

/// Brings out what is due, as long as there is time. What is left or fails stays due, and is tried every minute.
///
/// How many deliveries nobody tries again; one where nothing at all could be done.
async fn deliver(service: &Service, time: TimeLeft) -> u64 {
    match service.deliver_while(&|| time.is_enough_for(LONGEST_DELIVERY)).await {
        Ok(report) => {
            for error in &report.failures {
                let text = told(error);
                tracing::error!(code = error.code(), error = text, "a delivery could not be noted");
            }
            if report.failed > 0 {
                tracing::error!(failed = report.failed, "{} deliveries were given up", report.failed);
            }
            if report.cut_off {
                tracing::info!("there was no time to deliver everything");
            }
            tracing::debug!(sent = report.sent, later = report.later, "sent {}", report.sent);
            report.failed as u64
        }
        Err(error) => {
            let text = told(&error);
            tracing::error!(code = error.code(), error = text, "nothing could be delivered");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use portdelta_app::ports::{ChannelError, QueueName};
    use portdelta_core::ids::RunId;
    use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings};
    use portdelta_testkit::{Fault, MemoryServer};
    use serde_json::{Value, json};

    use super::*;

    const STREAM: &str = include_str!("../events/stream.json");
    const BATCH: &str = include_str!("../events/batch.json");
    const RUN_FINISHED: &str = include_str!("../events/run-finished.json");
    const DELIVER: &str = include_str!("../events/deliver.json");

    /// Remote desktop, which is watched from the beginning.
    const RDP: u16 = 3389;

    async fn handle(service: &Service, event: Event, time: TimeLeft) -> Answer {
        super::handle(service, "test", event, time).await.0
    }

    fn minutes() -> TimeLeft {
        TimeLeft::lasting(Duration::from_mins(5))
    }

    /// The sample, about a batch and a run that are there.
    fn event(sample: &str, batch: &Key, run: &str) -> Event {
        let text = sample
            .replace("BLK#office#192.0.2.0/24", &batch.partition)
            .replace("D#1", &batch.sort)
            .replace("run-1", run);
        serde_json::from_str(&text).expect("a sample")
    }

    fn failures(answer: &Answer) -> usize {
        let answer = serde_json::to_value(answer).expect("JSON");
        answer["batchItemFailures"].as_array().expect("a list").len()
    }

    /// A server with a channel, and a run in which a watched port opened.
    async fn opened() -> (MemoryServer, Key, RunId) {
        let server = MemoryServer::new().await;
        let draft = ChannelDraft {
            name: "hook".to_owned(),
            enabled: true,
            settings: Some(ChannelSettings::Webhook {
                url: "https://hook.example/".to_owned(),
                secret: Some("k".repeat(32)),
                allow_private: false,
            }),
            filter: ChannelFilter::default(),
        };
        server.service.create_channel(&draft).await.expect("the channel is well");
        let office = server.site("office").await;
        let scan = server.scan(&office, "192.0.2.1", "22,3389").await;
        let agent = server.agent(&office, "one").await;
        server.run(&scan, &agent, "192.0.2.1", &[22]).await;
        let run = server.run(&scan, &agent, "192.0.2.1", &[22, RDP]).await;
        let items = server.table.items().into_iter();
        let index = format!("RUN#{run}");
        let mut batches =
            items.filter(|item| item.index.as_ref().is_some_and(|place| place.partition == index));
        let batch = batches.find(|item| item.key.sort.starts_with("D#")).expect("a batch").key;
        (server, batch, run)
    }

    fn subjects(server: &MemoryServer) -> Vec<String> {
        server.channels.delivered().into_iter().map(|(_, notification)| notification.subject).collect()
    }

    #[tokio::test]
    async fn what_was_committed_is_told_at_once_and_once() {
        let (server, batch, run) = opened().await;
        for _ in 0..2 {
            let answer = handle(&server.service, event(STREAM, &batch, "-"), minutes()).await;
            assert!(
                matches!(&answer, Answer::Stream(failures) if *failures == Failures::default()),
                "{answer:?}"
            );
        }
        let told = subjects(&server);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("3389"), "{told:?}");
        // The same as a message, and the digest of the run.
        for sample in [BATCH, RUN_FINISHED, RUN_FINISHED, DELIVER] {
            let answer = handle(&server.service, event(sample, &batch, run.as_str()), minutes()).await;
            assert_eq!(failures(&answer), 0);
        }
        let told = subjects(&server);
        assert_eq!(told.len(), 2, "{told:?}");
        let untold = server.service.app().untold_runs().await.expect("runs");
        assert!(!untold.contains(&run), "it was told of");
    }

    #[tokio::test]
    async fn a_record_that_fails_becomes_a_message_and_holds_up_no_other() {
        let (server, batch, _) = opened().await;
        let notify = QueueName::Work(Work::Notify);
        server.bodies(&notify).await;
        server.faults.plan(1, Fault::Before);
        let answer = handle(&server.service, event(STREAM, &batch, "-"), minutes()).await;
        assert_eq!(failures(&answer), 0);
        let bodies = server.bodies(&notify).await;
        assert_eq!(bodies, [WorkMessage::batch(&batch).to_string()]);
        assert_eq!(subjects(&server), [""; 0]);
    }

    #[tokio::test]
    async fn what_there_is_no_time_for_becomes_a_message_or_waits() {
        let (server, batch, run) = opened().await;
        let notify = QueueName::Work(Work::Notify);
        server.bodies(&notify).await;
        let little = || TimeLeft::lasting(LONGEST_DELIVERY);
        let answer = handle(&server.service, event(STREAM, &batch, "-"), little()).await;
        assert_eq!(failures(&answer), 0, "the stream is not held up");
        assert_eq!(server.bodies(&notify).await, [WorkMessage::batch(&batch).to_string()]);
        let answer = handle(&server.service, event(RUN_FINISHED, &batch, run.as_str()), little()).await;
        assert_eq!(failures(&answer), 1);
        handle(&server.service, event(BATCH, &batch, "-"), minutes()).await;
        assert_eq!(subjects(&server).len(), 1);
    }

    #[tokio::test]
    async fn a_run_is_told_of_message_by_message_where_each_has_little_time() {
        let (server, _, run) = opened().await;
        let notify = QueueName::Work(Work::Notify);
        server.bodies(&notify).await;
        let first = WorkMessage::RunFinished { run: run.clone(), from: None };
        let (mut body, mut calls) = (first.to_string(), 0);
        loop {
            calls += 1;
            carry_out(&server.service, &body, TimeLeft::lasting(STEP)).await.expect("one step is done");
            let mut sent = server.bodies(&notify).await;
            let Some(next) = sent.pop() else { break };
            assert!(sent.is_empty(), "{sent:?}");
            let untold = server.service.app().untold_runs().await.expect("runs");
            assert!(untold.contains(&run), "it is not told of yet");
            body = next;
        }
        assert!(calls > 2, "{calls}");
        let untold = server.service.app().untold_runs().await.expect("runs");
        assert!(!untold.contains(&run), "it was told of");
        deliver(&server.service, TimeLeft::lasting(Duration::from_secs(1))).await;
        assert_eq!(subjects(&server), [""; 0], "a delivery may take longer");
        deliver(&server.service, minutes()).await;
        assert_eq!(subjects(&server).len(), 2);
    }

    #[tokio::test]
    async fn a_stream_is_held_up_only_where_nothing_works() {
        let (server, batch, _) = opened().await;
        server.faults.kill();
        let answer = handle(&server.service, event(STREAM, &batch, "-"), minutes()).await;
        let answer = serde_json::to_value(&answer).expect("JSON");
        let expected = json!({ "batchItemFailures": [{ "itemIdentifier": "4421584500000000017450439091" }] });
        assert_eq!(answer, expected);
        server.faults.revive();
        handle(&server.service, event(STREAM, &batch, "-"), minutes()).await;
        assert_eq!(subjects(&server).len(), 1);
    }

    /// What an alarm is told when everything that is due was tried.
    async fn failed_deliveries(server: &MemoryServer) -> Option<Value> {
        let due = serde_json::from_str(DELIVER).expect("a sample");
        let (answer, metrics) = super::handle(&server.service, "test", due, minutes()).await;
        assert_eq!(failures(&answer), 0, "no message fails for a delivery");
        let line = metrics?.line(0);
        Some(serde_json::from_str::<Value>(&line).expect("JSON")["FailedDeliveries"].clone())
    }

    #[tokio::test]
    async fn a_delivery_that_is_given_up_is_counted_once() {
        let (server, batch, _) = opened().await;
        assert_eq!(failed_deliveries(&server).await, None, "nothing is due");
        server.channels.fail_next(ChannelError::Never("410 gone".to_owned()));
        let stream = event(STREAM, &batch, "-");
        let (_, metrics) = super::handle(&server.service, "test", stream, minutes()).await;
        let metrics = metrics.expect("numbers").line(0);
        assert!(metrics.contains(r#""FailedDeliveries":1"#), "{metrics}");
        assert_eq!(failed_deliveries(&server).await, None, "it was told");
    }

    #[tokio::test]
    async fn where_nothing_can_be_delivered_that_is_counted() {
        let (server, ..) = opened().await;
        server.faults.kill();
        assert_eq!(failed_deliveries(&server).await, Some(json!(1)));
        server.faults.revive();
        assert_eq!(failed_deliveries(&server).await, None);
    }

    #[tokio::test]
    async fn what_is_not_for_notify_fails() {
        let server = MemoryServer::new().await;
        let mut sample: Value = serde_json::from_str(DELIVER).expect("JSON");
        sample["Records"][0]["body"] = json!(r#"{"work":"slice","run":"r-1"}"#);
        let event = serde_json::from_value(sample).expect("an event");
        assert_eq!(failures(&handle(&server.service, event, minutes()).await), 1);
    }
}
