//! Sending in batches.

use std::time::Duration;

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use portdelta_app::ports::queue::MAX_MESSAGE_BYTES;
use portdelta_app::ports::{Outgoing, QueueError, QueueName};

use super::{SqsQueue, failed, whole_seconds};

/// The most messages that SQS takes at once. Together they may have as many bytes as a single one.
const BATCH: usize = 10;
/// How often messages are sent that SQS took only a part of, the first time included.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What SQS said about a message of a batch.
#[derive(Debug, thiserror::Error)]
#[error("a message of a batch was refused with {code}: {text}")]
struct Refused {
    code: String,
    text: String,
}

impl SqsQueue {
    /// Sends messages of any number; those that SQS refuses for the moment again.
    pub(super) async fn send_to(
        &self,
        queue: &QueueName,
        address: &str,
        messages: Vec<Outgoing>,
    ) -> Result<(), QueueError> {
        let mut waiting = messages.as_slice();
        while !waiting.is_empty() {
            let (batch, rest) = waiting.split_at(batch_length(waiting));
            self.send_batch(queue, address, batch).await?;
            waiting = rest;
        }
        Ok(())
    }

    async fn send_batch(
        &self,
        queue: &QueueName,
        address: &str,
        batch: &[Outgoing],
    ) -> Result<(), QueueError> {
        let entries = batch.iter().enumerate().map(|(position, message)| entry(position, message));
        let mut entries: Vec<_> = entries
            .collect::<Result<_, _>>()
            .map_err(|error| QueueError::Backend { operation: "send", source: Box::new(error) })?;
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let call = self.client.send_message_batch().queue_url(address);
            let done = call.set_entries(Some(entries.clone())).send().await;
            let refused = done.map_err(|error| failed("send", queue, error))?.failed;
            let Some(first) = refused.first() else { return Ok(()) };
            // What is wrong with the message itself stays wrong.
            if let Some(wrong) = refused.iter().find(|refused| refused.sender_fault) {
                return Err(QueueError::Backend { operation: "send", source: Box::new(cause(wrong)) });
            }
            if attempt >= ATTEMPTS {
                return Err(QueueError::Unavailable { operation: "send", source: Box::new(cause(first)) });
            }
            entries.retain(|entry| refused.iter().any(|refused| refused.id == entry.id));
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(())
    }
}

fn entry(position: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, BuildError> {
    SendMessageBatchRequestEntry::builder()
        .id(position.to_string())
        .message_body(&message.body)
        .delay_seconds(whole_seconds(message.delay))
        .build()
}

/// How many of the first messages fit into one batch; at least one, where there is any.
fn batch_length(messages: &[Outgoing]) -> usize {
    let mut bytes = 0;
    let fitting = messages.iter().take(BATCH).take_while(|message| {
        bytes += message.body.len();
        bytes <= MAX_MESSAGE_BYTES
    });
    fitting.count().max(1).min(messages.len())
}

fn cause(refused: &BatchResultErrorEntry) -> Refused {
    let text = refused.message.clone().unwrap_or_default();
    Refused { code: refused.code.clone(), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_limited_by_number_and_by_bytes() {
        let messages = |count: usize, bytes: usize| {
            vec![Outgoing { body: "x".repeat(bytes), delay: Duration::ZERO }; count]
        };
        assert_eq!(batch_length(&messages(57, 10)), 10);
        assert_eq!(batch_length(&messages(3, 10)), 3);
        assert_eq!(batch_length(&messages(10, 100_000)), 2);
        assert_eq!(batch_length(&messages(2, MAX_MESSAGE_BYTES)), 1);
        assert_eq!(batch_length(&messages(2, MAX_MESSAGE_BYTES / 2)), 2);
        assert_eq!(batch_length(&[]), 0);
    }
}
