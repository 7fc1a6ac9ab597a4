//! Ways out.

use serde::{Deserialize, Serialize};

use super::{Severity, Time};

/// A way out. Secrets are never shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Channel {
    /// A UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// It is used.
    pub enabled: bool,
    /// Where and how, without secrets.
    pub settings: ChannelView,
    /// What goes there.
    pub filter: ChannelFilter,
    /// When it was made.
    pub created: Time,
    /// When something was last delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_delivered: Option<Time>,
    /// Why the newest delivery failed; absent where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// `POST /channels` and `PUT /channels/{channel}`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelDraft {
    /// 1 to 100 characters.
    pub name: String,
    /// It is used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where and how. With `PUT`: absent leaves them as they are, and an absent secret keeps the one that is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<ChannelSettings>,
    /// What goes there.
    #[serde(default)]
    pub filter: ChannelFilter,
}

fn yes() -> bool {
    true
}

/// What goes to a channel; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ChannelFilter {
    /// Only alerts at least so severe; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_severity: Option<Severity>,
    /// Only these sites; all where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// Only these networks; all where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<String>,
    /// Only these scans, by id; all where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scans: Vec<String>,
    /// Only these kinds of notification, `digest` or `alert`; all where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// All alerts go at once, not only critical ones; what first looks find still goes with the digest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// Also digests of runs that changed nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quiet_runs: bool,
}

/// Where and how to deliver, with secrets: written, never read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ChannelSettings {
    /// E-mail by SMTP.
    Smtp {
        /// Host name or address.
        host: String,
        /// 465 with `tls`, 587 with `starttls`, 25 with `none` where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        /// How the connection is protected.
        #[serde(default)]
        security: SmtpSecurity,
        /// For sign-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// The password.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(write_only))]
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
        /// The key of the signature, 16 to 200 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(write_only))]
        secret: Option<String>,
        /// The address may be on the server's machine or in a private network.
        #[serde(default)]
        allow_private: bool,
    },
    /// An HTTP POST in the shape of Slack's incoming webhooks.
    Slack {
        /// Where; a secret, as it stands for the right to post. With `PUT` it may be absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "openapi", schema(write_only))]
        url: Option<String>,
        /// The address may be on the server's machine or in a private network.
        #[serde(default)]
        allow_private: bool,
    },
    /// A program on the server that gets the notification as JSON on standard input.
    Program {
        /// Its name in the folder of programs that the server was started with.
        path: String,
        /// Its arguments; nothing in them is replaced.
        #[serde(default)]
        arguments: Vec<String>,
        /// After so long it is ended, 1 to 600.
        #[serde(default = "half_a_minute")]
        timeout_seconds: u32,
    },
    /// A topic of SNS, for a server on AWS.
    Topic {
        /// `arn:aws:sns:<region>:<account>:<name>`
        arn: String,
    },
    /// An event bus of EventBridge, for a server on AWS.
    Bus {
        /// Its name or ARN.
        name: String,
    },
}

fn half_a_minute() -> u32 {
    30
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

/// How an SMTP connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    Tls,
    /// Begins plain and must switch to TLS.
    #[default]
    Starttls,
    /// Plain: for a relay on the server's machine.
    None,
}

/// Where and how a channel delivers, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ChannelView {
    /// E-mail by SMTP.
    Smtp {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
        /// How the connection is protected.
        security: SmtpSecurity,
        /// For sign-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
        /// There is a password.
        has_password: bool,
        /// The sender.
        from: String,
        /// The recipients.
        to: Vec<String>,
    },
    /// An HTTP POST of JSON.
    Webhook {
        /// Where.
        url: String,
        /// There is a key for the signature.
        has_secret: bool,
        /// The address may be on the server's machine or in a private network.
        allow_private: bool,
    },
    /// An HTTP POST in the shape of Slack's incoming webhooks.
    Slack {
        /// The host of the address, the rest is a secret.
        host: String,
        /// The address may be on the server's machine or in a private network.
        allow_private: bool,
    },
    /// A program on the server.
    Program {
        /// Its path.
        path: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// After so long it is ended.
        timeout_seconds: u32,
    },
    /// A topic of SNS.
    Topic {
        /// Its ARN.
        arn: String,
    },
    /// An event bus of EventBridge.
    Bus {
        /// Its name or ARN.
        name: String,
    },
}

/// The answer to `POST /channels/{channel}/test`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChannelTest {
    /// The other side has taken it.
    pub delivered: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// It may work later.
    #[serde(default)]
    pub retry: bool,
}
