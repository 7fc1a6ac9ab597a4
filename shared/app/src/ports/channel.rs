//! Ways out: e-mail, webhooks, topics.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One thing to tell, ready for every kind of channel.
///
/// All texts are harmless: control characters of banners and names are escaped where the notification is made. What a
/// channel's own format needs beyond (HTML, Slack's mark-up, header folding) is up to the adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Derived from what it is about, so that a repetition has the same: `alert-<episode>-open`, `run-<id>`. At most
    /// 200 characters of `a-z`, `0-9`, `-`, `.` and `_`.
    pub id: String,
    /// `digest`, `alert`, `test`.
    pub kind: String,
    /// One line, at most 100 characters of ASCII.
    pub subject: String,
    /// Plain text, lines of at most 80 columns where it can be.
    pub text: String,
    /// For filters and mark-up: `severity`, `site`, `scan`, `network`, `kind`, `status`. Values are never empty.
    pub attributes: BTreeMap<String, String>,
    /// Attributes with several values, in their order: what is told touches each of them. Never one that
    /// [`attributes`](Self::attributes) has, and at least two values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub several: BTreeMap<String, Vec<String>>,
    /// The same for programs: an object of the deltas, alerts and the run.
    pub data: serde_json::Value,
}

/// How a delivery went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// It may work later: no connection, time-out, 429, 5xx, SMTP 4xx.
    #[error("{0}")]
    Later(String),
    /// It will not work until somebody changes something: refused address, 4xx, SMTP 5xx, wrong password.
    #[error("{0}")]
    Never(String),
}

/// Delivers notifications to one configured place.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Delivers; returns when the other side has taken it. The other side may get it twice, with the same
    /// [`Notification::id`], after a crash.
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError>;
}

/// Makes a channel of its settings.
pub trait Channels: Send + Sync {
    /// The channel that the settings describe; refuses settings that can't work, with a sentence.
    fn open(&self, settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError>;
}

/// Where and how to deliver. Secrets in here are never shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ChannelSettings {
    /// E-mail by SMTP.
    Smtp {
        /// Host name or address.
        host: String,
        /// Port; 465 with `tls`, 587 with `starttls`, 25 with `none`.
        port: u16,
        /// How the connection is protected.
        security: SmtpSecurity,
        /// For sign-in, both or none.
        user: Option<String>,
        /// The password.
        password: Option<String>,
        /// The sender.
        from: String,
        /// The recipients, at least one.
        to: Vec<String>,
    },
    /// An HTTP POST of JSON, signed with HMAC-SHA-256.
    Webhook {
        /// `https://...`; plain `http` and private addresses only with `allow_private`.
        url: String,
        /// The key of the signature.
        secret: String,
        /// The address may be on this machine or in a private network.
        allow_private: bool,
    },
    /// An HTTP POST in the shape of Slack's incoming webhooks.
    Slack {
        /// Where.
        url: String,
        /// The address may be on this machine or in a private network.
        allow_private: bool,
    },
    /// A program that gets the notification as JSON on standard input.
    Program {
        /// Its path, absolute.
        path: String,
        /// Its arguments; nothing in them is replaced.
        arguments: Vec<String>,
        /// After so long it is ended, 1 to 600.
        timeout_seconds: u32,
    },
    /// A topic of SNS.
    Topic {
        /// `arn:aws:sns:<region>:<account>:<name>`
        arn: String,
    },
    /// An event bus of EventBridge.
    Bus {
        /// Its name or ARN.
        name: String,
    },
}

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    Tls,
    /// Begins plain and must switch to TLS.
    Starttls,
    /// Plain: for a relay on this machine.
    None,
}

/// Without the secrets.
impl std::fmt::Debug for ChannelSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Smtp { .. } => "Smtp",
            Self::Webhook { .. } => "Webhook",
            Self::Slack { .. } => "Slack",
            Self::Program { .. } => "Program",
            Self::Topic { .. } => "Topic",
            Self::Bus { .. } => "Bus",
        })
    }
}
