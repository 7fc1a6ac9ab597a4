//! Making queues.

use std::collections::HashMap;

use aws_sdk_sqs::operation::create_queue::CreateQueueError;
use aws_sdk_sqs::types::QueueAttributeName;
use portdelta_app::ports::queue::MAX_DELIVERIES;
use portdelta_app::ports::{QueueError, QueueName};
use serde_json::json;

use super::{SqsQueue, failed, names, no_queue};

/// How long a message may wait: ten days. Longer than a run takes, and short enough for a dead letter, whose time
/// counts from when it was sent, to be found before it is gone.
const KEPT_SECONDS: u32 = 10 * 24 * 60 * 60;
/// How long dead letters are kept: fourteen days, the most that SQS allows.
const DEAD_KEPT_SECONDS: u32 = 14 * 24 * 60 * 60;

type Attributes = HashMap<QueueAttributeName, String>;

impl SqsQueue {
    /// Makes a queue and the one for its dead letters; those that are there get today's settings.
    pub(super) async fn make(&self, queue: &QueueName) -> Result<(), QueueError> {
        let prefix = &self.options.prefix;
        let settings = |seconds: u32| {
            Attributes::from([
                (QueueAttributeName::MessageRetentionPeriod, seconds.to_string()),
                (QueueAttributeName::SqsManagedSseEnabled, "true".to_owned()),
            ])
        };
        let dead = self.make_one(queue, &names::of_dead(prefix, queue), settings(DEAD_KEPT_SECONDS)).await?;
        let target = self.resource_name(queue, &dead).await?;
        let mut alive = settings(KEPT_SECONDS);
        let redrive = json!({ "deadLetterTargetArn": target, "maxReceiveCount": MAX_DELIVERIES });
        alive.insert(QueueAttributeName::RedrivePolicy, redrive.to_string());
        let alive = self.make_one(queue, &names::of(prefix, queue), alive).await?;
        if self.options.only_tls {
            self.refuse_plain(queue, &dead, &target).await?;
            let source = self.resource_name(queue, &alive).await?;
            self.refuse_plain(queue, &alive, &source).await?;
        }
        Ok(())
    }

    /// The address of a queue with these settings, made or found.
    async fn make_one(
        &self,
        queue: &QueueName,
        name: &str,
        settings: Attributes,
    ) -> Result<String, QueueError> {
        let call = self.client.create_queue().queue_name(name).set_attributes(Some(settings.clone()));
        let call =
            call.tags("portdelta-stack", &self.options.prefix).tags("portdelta-queue", queue.to_string());
        match call.send().await {
            Ok(made) => made.queue_url.ok_or_else(|| no_queue(queue)),
            Err(error) if matches!(error.as_service_error(), Some(CreateQueueError::QueueNameExists(_))) => {
                let address = self.find(queue, name).await?;
                self.set(queue, &address, settings).await?;
                Ok(address)
            }
            Err(error) => Err(failed("create a queue", queue, error)),
        }
    }

    /// The name (ARN) of a queue for policies.
    async fn resource_name(&self, queue: &QueueName, address: &str) -> Result<String, QueueError> {
        let call = self.client.get_queue_attributes().queue_url(address);
        let found = call.attribute_names(QueueAttributeName::QueueArn).send().await;
        let found = found.map_err(|error| failed("create a queue", queue, error))?;
        let name = found.attributes.and_then(|mut found| found.remove(&QueueAttributeName::QueueArn));
        name.ok_or_else(|| no_queue(queue))
    }

    async fn refuse_plain(&self, queue: &QueueName, address: &str, name: &str) -> Result<(), QueueError> {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": name,
                "Condition": { "Bool": { "aws:SecureTransport": "false" } },
            }],
        });
        self.set(queue, address, Attributes::from([(QueueAttributeName::Policy, policy.to_string())])).await
    }

    async fn set(&self, queue: &QueueName, address: &str, settings: Attributes) -> Result<(), QueueError> {
        let call = self.client.set_queue_attributes().queue_url(address).set_attributes(Some(settings));
        call.send().await.map_err(|error| failed("create a queue", queue, error))?;
        Ok(())
    }
}
