//! Works off what SQS hands to a function: a message that fails comes again by itself, and holds up no other.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use portdelta_app::ports::{ErrorClass, QueueName, Receipt, Work};
use portdelta_app::{AppError, Service};
use portdelta_core::causes::told;
use portdelta_core::escape::escape_within;

use crate::TimeLeft;

/// A message that failed comes again after so long, twice as long with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What is left for the answer when a message takes too long.
const ANSWER: Duration = Duration::from_secs(3);

/// How much of a body is logged, in columns.
const MAX_BODY: usize = 300;

/// Does `step` with the body of each message, one after another; which of them are to come again.
///
/// What failed comes again after a pause that grows, not only when its visibility ends, and is a dead letter when it was
/// delivered as often as its queue allows. What cannot be begun in the time that is left, `each` for one message, is
/// handed back at once. A message that takes all of it is broken off, and has failed, before the function is: those that
/// were done before it would come again.
pub async fn work_off(
    service: &Service,
    work: Work,
    event: SqsEvent,
    (time, each): (TimeLeft, Duration),
    mut step: impl AsyncFnMut(&str) -> Result<(), AppError>,
) -> SqsBatchResponse {
    let queue = QueueName::Work(work);
    let mut response = SqsBatchResponse::default();
    for message in event.records {
        let body = message.body.as_deref().unwrap_or_default();
        let pause = if time.is_enough_for(each) {
            match time.leaving(ANSWER, step(body)).await {
                Some(Ok(())) => continue,
                Some(Err(error)) => log(&queue, &message, &error),
                None => log_broken_off(&queue, &message),
            }
            pause(deliveries(&message))
        } else {
            tracing::info!(%queue, "no time is left for a message of {queue}");
            Duration::ZERO
        };
        put_off(service, &queue, &message, pause).await;
        response.add_failure(message.message_id.unwrap_or_default());
    }
    response
}

/// Lets a message come again after a pause; where that does not work, it comes when its visibility ends.
async fn put_off(service: &Service, queue: &QueueName, message: &SqsMessage, pause: Duration) {
    let Some(receipt) = message.receipt_handle.clone() else { return };
    if let Err(error) = service.queue().extend(queue, &Receipt(receipt), pause).await {
        let error = told(&error);
        tracing::warn!(%queue, error, "could not put off a message of {queue}");
    }
}

fn log(queue: &QueueName, message: &SqsMessage, error: &AppError) {
    let (tries, code, text) = (deliveries(message), error.code(), told(error));
    let body = escape_within(message.body.as_deref().unwrap_or_default(), MAX_BODY).to_string();
    match error.class() {
        ErrorClass::Retry => {
            tracing::warn!(%queue, tries, code, error = text, body, "{queue}: later");
        }
        ErrorClass::Caller | ErrorClass::Bug => {
            tracing::error!(%queue, tries, code, error = text, body, "{queue}: failed");
        }
    }
}

fn log_broken_off(queue: &QueueName, message: &SqsMessage) {
    let tries = deliveries(message);
    let body = escape_within(message.body.as_deref().unwrap_or_default(), MAX_BODY).to_string();
    tracing::error!(%queue, tries, body, "{queue}: it took longer than the function may");
}

/// How often a message was delivered, this time included.
fn deliveries(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

fn pause(deliveries: u32) -> Duration {
    let factor = 1_u32.checked_shl(deliveries.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use portdelta_app::ports::{Outgoing, Queue};
    use portdelta_testkit::MemoryServer;
    use serde_json::json;

    use super::*;

    const QUEUE: QueueName = QueueName::Work(Work::Notify);
    const LEASE: Duration = Duration::from_hours(1);

    /// A server with these messages in the queue.
    async fn server_with(bodies: &[&str]) -> MemoryServer {
        let server = MemoryServer::new().await;
        let outgoing = |body: &&str| Outgoing { body: (*body).to_owned(), delay: Duration::ZERO };
        server.queue.send(&QUEUE, bodies.iter().map(outgoing).collect()).await.expect("sent");
        server
    }

    /// What Lambda would be handed, as it hands it.
    async fn received(server: &MemoryServer) -> SqsEvent {
        let received = server.queue.receive(&QUEUE, 10, Duration::ZERO, LEASE).await.expect("messages");
        let records: Vec<_> = received
            .into_iter()
            .map(|delivery| {
                json!({
                    "messageId": format!("id-{}", delivery.body),
                    "receiptHandle": delivery.receipt.0,
                    "body": delivery.body,
                    "attributes": { "ApproximateReceiveCount": delivery.deliveries.to_string() },
                })
            })
            .collect();
        serde_json::from_value(json!({ "Records": records })).expect("an event")
    }

    fn failures(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|failure| &*failure.item_identifier).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_fails_comes_again_later_and_holds_up_no_other() {
        let server = server_with(&["one", "bad", "two"]).await;
        let time = (TimeLeft::lasting(Duration::from_mins(1)), Duration::from_secs(1));
        let mut done = Vec::new();
        let event = received(&server).await;
        let response = work_off(&server.service, Work::Notify, event, time, async |body| {
            if body == "bad" {
                return Err(AppError::Unknown { what: "such work".to_owned() });
            }
            done.push(body.to_owned());
            Ok(())
        })
        .await;
        assert_eq!(done, ["one", "two"]);
        assert_eq!(failures(&response), ["id-bad"]);
        server.clock.advance(4);
        assert!(server.bodies(&QUEUE).await.is_empty());
        server.clock.advance(1);
        assert_eq!(server.bodies(&QUEUE).await, ["bad"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_there_is_no_time_for_is_handed_back() {
        let server = server_with(&["one", "two"]).await;
        let time = (TimeLeft::lasting(Duration::from_secs(10)), Duration::from_secs(6));
        let event = received(&server).await;
        let response = work_off(&server.service, Work::Notify, event, time, async |_| {
            tokio::time::advance(Duration::from_secs(5)).await;
            Ok(())
        })
        .await;
        assert_eq!(failures(&response), ["id-two"]);
        assert_eq!(server.bodies(&QUEUE).await, ["two"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_takes_too_long_fails_alone() {
        let server = server_with(&["one", "slow", "two"]).await;
        let time = (TimeLeft::lasting(Duration::from_mins(1)), Duration::from_secs(5));
        let event = received(&server).await;
        let response = work_off(&server.service, Work::Notify, event, time, async |body| {
            let takes = Duration::from_secs(if body == "slow" { 100 } else { 10 });
            tokio::time::sleep(takes).await;
            Ok(())
        })
        .await;
        assert_eq!(failures(&response), ["id-slow", "id-two"]);
        assert_eq!(server.bodies(&QUEUE).await, ["two"]);
        server.clock.advance(5);
        assert_eq!(server.bodies(&QUEUE).await, ["slow"]);
    }

    #[test]
    fn pauses_grow_and_end_at_five_minutes() {
        assert_eq!([1, 2, 5, 9, 99].map(|tries| pause(tries).as_secs()), [5, 10, 80, 300, 300]);
    }
}
