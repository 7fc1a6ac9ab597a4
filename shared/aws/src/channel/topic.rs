//! Notifications as messages of an SNS topic: its subscribers get mail, text messages, or whatever they asked for.

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use portdelta_app::ports::{Channel, ChannelError, Notification};
use portdelta_core::escape::escape_within;
use serde_json::json;

use super::room::{subject, within};

/// The largest message with its attributes, in bytes (SNS, `Publish`).
const MAX_BYTES: usize = 256 * 1024;

/// The most attributes that reach a queue as they are (SNS, raw delivery).
const MOST_ATTRIBUTES: usize = 10;

/// The longest value of an attribute, in columns; names of scans and networks are shorter.
const MAX_VALUE: usize = 200;

/// The most values of an attribute, so that a text has room beside them.
const MOST_VALUES: usize = 200;

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

/// An attribute of a message.
struct Attribute {
    name: String,
    kind: &'static str,
    value: String,
}

impl Attribute {
    fn one(name: &str, value: &str) -> Self {
        let value = escape_within(value, MAX_VALUE).to_string();
        Self { name: name.to_owned(), kind: "String", value }
    }

    /// A filter policy meets a list with any of its values.
    fn several(name: &str, values: &[String]) -> Self {
        let values = values.iter().take(MOST_VALUES);
        let values: Vec<_> = values.map(|value| escape_within(value, MAX_VALUE).to_string()).collect();
        Self { name: name.to_owned(), kind: "String.Array", value: json!(values).to_string() }
    }

    fn bytes(&self) -> usize {
        self.name.len() + self.kind.len() + self.value.len()
    }
}

/// What filter policies see: the notification's attributes, and its id, by which a repetition is known.
fn attributes(notification: &Notification) -> Vec<Attribute> {
    let own = [Attribute::one("id", &notification.id)];
    let one = notification.attributes.iter().map(|(name, value)| Attribute::one(name, value));
    let several = notification.several.iter().map(|(name, values)| Attribute::several(name, values));
    let all = own.into_iter().chain(one).chain(several);
    all.filter(|attribute| !attribute.value.is_empty()).take(MOST_ATTRIBUTES).collect()
}

#[async_trait]
impl Channel for Topic {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let attributes = attributes(notification);
        let subject = subject(&notification.subject);
        let besides: usize = attributes.iter().map(Attribute::bytes).sum();
        let besides = besides + subject.as_ref().map_or(0, String::len);
        let mut text = within(&notification.text, MAX_BYTES.saturating_sub(besides));
        if text.trim().is_empty() {
            // A message must not be empty.
            text = format!("{}\n", subject.as_deref().unwrap_or("Portdelta"));
        }
        let mut publish = self.client.publish().topic_arn(&self.arn).set_subject(subject).message(text);
        for Attribute { name, kind, value } in attributes {
            let value = MessageAttributeValue::builder().data_type(kind).string_value(value).build();
            let value = value.map_err(|error| ChannelError::Never(format!("attribute {name}: {error}")))?;
            publish = publish.message_attributes(name, value);
        }
        match publish.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(super::outcome("the topic", &error)),
        }
    }
}
