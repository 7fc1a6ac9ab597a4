//! Queues of SQS.

mod create;
mod dead;
mod names;
mod send;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use portdelta_app::ports::queue::{DeadLetter, QueueDepth};
use portdelta_app::ports::{Delivery, Outgoing, Queue, QueueError, QueueName, Receipt};
use portdelta_core::UnixTime;

use crate::client::{SdkConfig, attempt};
use crate::failure::{cause, code, message, passes};

/// How long one attempt may take besides waiting for messages.
const ATTEMPT: Duration = Duration::from_secs(10);

/// What all queues of an installation have in common.
#[derive(Clone, Debug)]
pub struct SqsQueueOptions {
    /// Begins the names of all queues; the name of the stack. At most 20 characters are kept as they are.
    pub prefix: String,
    /// Refuses requests without TLS; not for emulators.
    pub only_tls: bool,
    /// The addresses of queues that somebody else made, such as a template, or that may be used and not be asked for.
    pub known: HashMap<QueueName, String>,
}

/// [`Queue`]s as standard queues of SQS, each with a second one for its dead letters.
///
/// Beyond what the port says, SQS is approximate: counts may lag, a receiver that does not wait may miss a message,
/// and a message that had its last delivery is moved to the dead ones when the next receiver comes by.
#[derive(Clone)]
pub struct SqsQueue {
    client: Client,
    options: Arc<SqsQueueOptions>,
    /// Addresses follow from names and never change, also where a queue is removed and made again.
    addresses: Arc<Mutex<HashMap<String, String>>>,
}

impl SqsQueue {
    /// The queues of an installation.
    #[must_use]
    pub fn new(config: &SdkConfig, options: SqsQueueOptions) -> Self {
        let own = aws_sdk_sqs::config::Builder::from(config).timeout_config(attempt(ATTEMPT)).build();
        Self { client: Client::from_conf(own), options: Arc::new(options), addresses: Arc::default() }
    }

    /// The address of a queue, which is made where it is not there. SQS is asked each time: whoever learnt an address
    /// does not hear that somebody else removed the queue, and nobody else would make it again.
    pub async fn made(&self, queue: &QueueName) -> Result<String, QueueError> {
        let name = names::of(&self.options.prefix, queue);
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        match self.address(queue).await {
            Err(QueueError::NoQueue { .. }) => {
                self.make(queue).await?;
                self.address(queue).await
            }
            other => other,
        }
    }

    /// The address of a queue.
    async fn address(&self, queue: &QueueName) -> Result<String, QueueError> {
        if let Some(known) = self.options.known.get(queue) {
            return Ok(known.clone());
        }
        self.find(queue, &names::of(&self.options.prefix, queue)).await
    }

    /// The address of the queue of dead letters beside a queue.
    async fn dead_address(&self, queue: &QueueName) -> Result<String, QueueError> {
        // The template names its queues as we do.
        self.find(queue, &names::of_dead(&self.options.prefix, queue)).await
    }

    async fn find(&self, queue: &QueueName, name: &str) -> Result<String, QueueError> {
        let known = self.addresses.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.client.get_queue_url().queue_name(name).send().await;
        let found = found.map_err(|error| failed("find a queue", queue, error))?;
        let address = found.queue_url.ok_or_else(|| no_queue(queue))?;
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.insert(name.to_owned(), address.clone());
        Ok(address)
    }

    /// Numbers that SQS has of a queue.
    async fn counts<const N: usize>(
        &self,
        queue: &QueueName,
        address: String,
        names: [QueueAttributeName; N],
    ) -> Result<[u64; N], QueueError> {
        let call = self.client.get_queue_attributes().queue_url(address);
        let call = call.set_attribute_names(Some(names.to_vec()));
        let found = call.send().await.map_err(|error| failed("count messages", queue, error))?;
        let found = found.attributes.unwrap_or_default();
        Ok(names.map(|name| found.get(&name).and_then(|count| count.parse().ok()).unwrap_or_default()))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn create(&self, queue: &QueueName) -> Result<(), QueueError> {
        self.make(queue).await
    }

    async fn remove(&self, queue: &QueueName) -> Result<(), QueueError> {
        for address in [self.address(queue).await, self.dead_address(queue).await] {
            let address = match address {
                Ok(address) => address,
                Err(QueueError::NoQueue { .. }) => continue,
                Err(error) => return Err(error),
            };
            let removed = self.client.delete_queue().queue_url(address).send().await;
            match removed.map_err(|error| failed("remove a queue", queue, error)) {
                Ok(_) | Err(QueueError::NoQueue { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn send(&self, queue: &QueueName, messages: Vec<Outgoing>) -> Result<(), QueueError> {
        messages.iter().try_for_each(Outgoing::check)?;
        let address = self.address(queue).await?;
        self.send_to(queue, &address, messages).await
    }

    async fn receive(
        &self,
        queue: &QueueName,
        max: usize,
        wait: Duration,
        lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        QueueError::check_receive(max, wait, lease)?;
        let address = self.address(queue).await?;
        let found = self.fetch(queue, &address, max, wait, lease).await?;
        found.into_iter().map(|message| delivery(message).ok_or_else(|| strange("receive"))).collect()
    }

    async fn extend(&self, queue: &QueueName, receipt: &Receipt, lease: Duration) -> Result<(), QueueError> {
        QueueError::check_lease(lease)?;
        let address = self.address(queue).await?;
        // SQS would say that something is missing.
        if receipt.0.is_empty() {
            return Err(QueueError::LeaseLost);
        }
        let call = self.client.change_message_visibility().queue_url(address);
        let call = call.receipt_handle(&receipt.0).visibility_timeout(whole_seconds(lease));
        let Err(error) = call.send().await else { return Ok(()) };
        let error = match is_lost(&error) {
            Some(lost) => lost,
            None => failed("extend a lease", queue, error),
        };
        Err(error)
    }

    async fn acknowledge(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        let address = self.address(queue).await?;
        if receipt.0.is_empty() {
            return Ok(());
        }
        let call = self.client.delete_message().queue_url(address).receipt_handle(&receipt.0);
        match call.send().await {
            Err(error) if is_lost(&error).is_none() => Err(failed("acknowledge", queue, error)),
            _ => Ok(()),
        }
    }

    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, QueueError> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let [now, later, leased] = self.counts(queue, self.address(queue).await?, names.clone()).await?;
        let dead = self.counts(queue, self.dead_address(queue).await?, names).await?;
        Ok(QueueDepth { waiting: now + later, leased, dead: dead.into_iter().sum() })
    }

    async fn dead_letters(&self, queue: &QueueName, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let dead = self.dead_address(queue).await?;
        self.list_dead(queue, &dead, max).await
    }

    async fn redrive(&self, queue: &QueueName) -> Result<u64, QueueError> {
        let (alive, dead) = (self.address(queue).await?, self.dead_address(queue).await?);
        self.revive(queue, &alive, &dead).await
    }
}

impl SqsQueue {
    /// Messages as SQS gives them.
    async fn fetch(
        &self,
        queue: &QueueName,
        address: &str,
        max: usize,
        wait: Duration,
        lease: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        let call = self
            .client
            .receive_message()
            .queue_url(address)
            .max_number_of_messages(i32::try_from(max).unwrap_or(i32::MAX))
            .wait_time_seconds(whole_seconds(wait))
            .visibility_timeout(whole_seconds(lease))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let patient = aws_sdk_sqs::config::Builder::new().timeout_config(attempt(ATTEMPT + wait));
        let found = call.customize().config_override(patient).send().await;
        Ok(found.map_err(|error| failed("receive", queue, error))?.messages.unwrap_or_default())
    }
}

fn delivery(message: Message) -> Option<Delivery> {
    let sent = sent(&message)?;
    let attributes = message.attributes?;
    let count = attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount)?;
    let (receipt, body) = (Receipt(message.receipt_handle?), message.body?);
    Some(Delivery { receipt, body, deliveries: count.parse().ok()?, sent })
}

/// When a message was first sent; SQS keeps that when it becomes a dead letter.
fn sent(message: &Message) -> Option<UnixTime> {
    let milliseconds = message.attributes.as_ref()?.get(&MessageSystemAttributeName::SentTimestamp)?;
    UnixTime::from_seconds(milliseconds.parse::<i64>().ok()? / 1000)
}

/// Whether an error says that a receipt is not good any more, and if so, what that is for the port.
fn is_lost<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<QueueError> {
    match code(error).trim_start_matches("AWS.SimpleQueueService.") {
        // SQS keeps no message from others for more than twelve hours in all, however often that is asked for.
        "InvalidParameterValue" | "InvalidParameterValueException" if message(error).contains("Total") => {
            Some(QueueError::OverLimit { what: "lease of more than 12 hours in all".to_owned() })
        }
        "MessageNotInflight"
        | "ReceiptHandleIsInvalid"
        | "InvalidIdFormat"
        | "InvalidParameterValue"
        | "InvalidParameterValueException" => Some(QueueError::LeaseLost),
        _ => None,
    }
}

/// A part of a second counts as one.
fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn no_queue(queue: &QueueName) -> QueueError {
    QueueError::NoQueue { queue: queue.to_string() }
}

fn strange(operation: &'static str) -> QueueError {
    QueueError::Backend { operation, source: "a message has no body, receipt, count or time".into() }
}

fn failed<E>(operation: &'static str, queue: &QueueName, error: SdkError<E, HttpResponse>) -> QueueError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match code(&error).trim_start_matches("AWS.SimpleQueueService.") {
        "QueueDoesNotExist" | "NonExistentQueue" => no_queue(queue),
        // A name can be used again a minute after its queue was removed.
        "QueueDeletedRecently" => QueueError::Unavailable { operation, source: cause(error) },
        _ if passes(&error) => QueueError::Unavailable { operation, source: cause(error) },
        _ => QueueError::Backend { operation, source: cause(error) },
    }
}
