//! Notifications as messages of an SNS topic: its subscribers get mail, text messages, or whatever they asked for.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use portdelta_app::ports::{Channel, ChannelError, Notification};
use portdelta_core::escape::escape_within;

use super::room::{subject, within};

/// The largest message with its attributes, in bytes (SNS, `Publish`).
const MAX_BYTES: usize = 256 * 1024;

/// The most attributes that reach a queue as they are (SNS, raw delivery).
const MOST_ATTRIBUTES: usize = 10;

/// The longest value of an attribute, in columns; names of scans and networks are shorter.
const MAX_VALUE: usize = 200;

/// A topic.
pub(super) struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic with this ARN, `arn:aws:sns:eu-central-1:123456789012:portdelta`.
    pub(super) fn open(client: Client, arn: &str) -> Result<Self, ChannelError> {
        let parts: Vec<&str> = arn.split(':').collect();
        let plain =
            |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        match parts[..] {
            ["arn", _, "sns", region, account, name]
                if !region.is_empty()
                    && account.len() == 12
                    && !name.is_empty()
                    && parts.iter().all(plain) =>
            {
                Ok(Self { client, arn: arn.to_owned() })
            }
            _ => Err(ChannelError::Never(
                "the topic is not named by an ARN like arn:aws:sns:eu-central-1:123456789012:portdelta"
                    .to_owned(),
            )),
        }
    }
}

/// What filter policies see: the notification's attributes, and its id, by which a repetition is known.
fn attributes(notification: &Notification) -> Vec<(String, String)> {
    let own = [("id".to_owned(), notification.id.clone())];
    let given = notification.attributes.iter().map(|(name, value)| (name.clone(), value.clone()));
    let harmless = |(name, value): (String, String)| (name, escape_within(&value, MAX_VALUE).to_string());
    let all = own.into_iter().chain(given).map(harmless);
    all.filter(|(_, value)| !value.is_empty()).take(MOST_ATTRIBUTES).collect()
}

#[async_trait]
impl Channel for Topic {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let attributes = attributes(notification);
        let subject = subject(&notification.subject);
        let besides: usize =
            attributes.iter().map(|(name, value)| name.len() + "String".len() + value.len()).sum();
        let besides = besides + subject.as_ref().map_or(0, String::len);
        let mut text = within(&notification.text, MAX_BYTES.saturating_sub(besides));
        if text.trim().is_empty() {
            // A message must not be empty.
            text = format!("{}\n", subject.as_deref().unwrap_or("Portdelta"));
        }
        let mut publish = self.client.publish().topic_arn(&self.arn).set_subject(subject).message(text);
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|error| ChannelError::Never(format!("attribute {name}: {error}")))?;
            publish = publish.message_attributes(name, value);
        }
        match publish.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(super::outcome("the topic", &error)),
        }
    }
}
