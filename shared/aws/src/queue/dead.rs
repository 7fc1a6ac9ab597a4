//! Dead letters: SQS can neither list a queue nor count it exactly, so they are received.

use std::time::Duration;

use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message};
use portdelta_app::ports::queue::{DeadLetter, MAX_RECEIVED};
use portdelta_app::ports::{Outgoing, QueueError, QueueName};

use super::{SqsQueue, failed, sent, strange};

/// The most dead letters that a listing looks at.
const LOOKED_AT: usize = 1000;
/// How long dead letters stay hidden if whoever looks at them dies on the way.
const HIDDEN: Duration = Duration::from_mins(1);
/// Waiting makes SQS look everywhere: without it an answer without messages means nothing.
const WAIT: Duration = Duration::from_secs(1);

impl SqsQueue {
    /// The oldest of (the first thousand) dead letters. Others who look at the same time see fewer.
    pub(super) async fn list_dead(
        &self,
        queue: &QueueName,
        dead: &str,
        max: usize,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let mut found = Vec::new();
        let looked = async {
            while found.len() < LOOKED_AT {
                let more = self.fetch(queue, dead, MAX_RECEIVED, WAIT, HIDDEN).await?;
                if more.is_empty() {
                    break;
                }
                found.extend(more);
            }
            Ok(())
        }
        .await;
        self.show_again(queue, dead, &found).await?;
        looked?;
        let letter = |message: Message| Some(DeadLetter { sent: sent(&message)?, body: message.body? });
        let mut letters = found
            .into_iter()
            .map(|message| {
                let order = milliseconds(&message);
                letter(message).map(|letter| (order, letter)).ok_or_else(|| strange("list dead letters"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        letters.sort_by_key(|(order, _)| *order);
        Ok(letters.into_iter().map(|(_, letter)| letter).take(max).collect())
    }

    async fn show_again(&self, queue: &QueueName, dead: &str, found: &[Message]) -> Result<(), QueueError> {
        for batch in found.chunks(MAX_RECEIVED) {
            let entries = batch.iter().enumerate().map(|(position, message)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(position.to_string())
                    .receipt_handle(message.receipt_handle().unwrap_or_default())
                    .visibility_timeout(0)
                    .build()
            });
            let entries = entries.collect::<Result<_, _>>().map_err(|error| QueueError::Backend {
                operation: "list dead letters",
                source: Box::new(error),
            })?;
            let call = self.client.change_message_visibility_batch().queue_url(dead);
            // One that could not be shown is shown after its time.
            call.set_entries(Some(entries))
                .send()
                .await
                .map_err(|error| failed("list dead letters", queue, error))?;
        }
        Ok(())
    }

    /// Sends each dead letter again and then removes it; dying in between makes two of it, never none.
    pub(super) async fn revive(&self, queue: &QueueName, alive: &str, dead: &str) -> Result<u64, QueueError> {
        let mut revived = 0;
        loop {
            let found = self.fetch(queue, dead, MAX_RECEIVED, WAIT, HIDDEN).await?;
            if found.is_empty() {
                return Ok(revived);
            }
            let messages = found.iter().map(|message| {
                let body = message.body.clone().ok_or_else(|| strange("redrive dead letters"))?;
                Ok(Outgoing { body, delay: Duration::ZERO })
            });
            self.send_to(queue, alive, messages.collect::<Result<_, _>>()?).await?;
            revived += found.len() as u64;
            let entries = found.iter().enumerate().map(|(position, message)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(position.to_string())
                    .receipt_handle(message.receipt_handle().unwrap_or_default())
                    .build()
            });
            let entries = entries.collect::<Result<_, _>>().map_err(|error| QueueError::Backend {
                operation: "redrive dead letters",
                source: Box::new(error),
            })?;
            let call = self.client.delete_message_batch().queue_url(dead).set_entries(Some(entries));
            call.send().await.map_err(|error| failed("redrive dead letters", queue, error))?;
        }
    }
}

/// Finer than the port's seconds, for the order.
fn milliseconds(message: &Message) -> u64 {
    let name = aws_sdk_sqs::types::MessageSystemAttributeName::SentTimestamp;
    let text = message.attributes.as_ref().and_then(|attributes| attributes.get(&name));
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}
