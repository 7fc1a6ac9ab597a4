#![doc = include_str!("../README.md")]

mod address;
mod ascii_json;
mod http_post;
mod program;
mod said;
mod slack;
mod smtp;
mod webhook;

use std::path::PathBuf;
use std::sync::Arc;

use portdelta_app::ports::{Channel, ChannelError, ChannelSettings, Channels, Clock};

pub use smtp::message_id;
pub use webhook::sign;

/// Makes channels of their settings.
pub struct Outward {
    clock: Arc<dyn Clock>,
    limits: ChannelLimits,
    programs: Option<PathBuf>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct ChannelLimits {
    /// One step of a conversation by SMTP: connecting, a command and its answer.
    pub smtp_step: std::time::Duration,
    /// A whole conversation by SMTP, for all recipients.
    pub smtp_total: std::time::Duration,
    /// A whole request, from looking up the name to the end of the answer.
    pub http: std::time::Duration,
}

impl Default for ChannelLimits {
    fn default() -> Self {
        let seconds = std::time::Duration::from_secs;
        Self { smtp_step: seconds(30), smtp_total: seconds(120), http: seconds(20) }
    }
}

impl Outward {
    /// Channels whose messages are dated by `clock`. No programs are started.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: ChannelLimits::default(), programs: None }
    }

    /// These channels and programs of this folder, which only the machine's owner chooses and fills.
    #[must_use]
    pub fn with_programs(mut self, folder: impl Into<PathBuf>) -> Self {
        self.programs = Some(folder.into());
        self
    }

    /// These channels with other limits.
    #[must_use]
    pub fn limited(mut self, limits: ChannelLimits) -> Self {
        self.limits = limits;
        self
    }
}

impl Channels for Outward {
    fn open(&self, settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
        let (clock, limits) = (self.clock.clone(), self.limits);
        Ok(match settings {
            ChannelSettings::Smtp { .. } => Box::new(smtp::Smtp::open(settings, clock, limits)?),
            ChannelSettings::Webhook { url, secret, allow_private } => {
                Box::new(webhook::Webhook::open(url, secret, *allow_private, clock, limits.http)?)
            }
            ChannelSettings::Slack { url, allow_private } => {
                Box::new(slack::Slack::open(url, *allow_private, limits.http)?)
            }
            ChannelSettings::Program { path, arguments, timeout_seconds } => {
                Box::new(program::Program::open(self.programs.as_deref(), path, arguments, *timeout_seconds)?)
            }
            ChannelSettings::Topic { .. } | ChannelSettings::Bus { .. } => {
                let message = "topics and event buses are for a server on AWS".to_owned();
                return Err(ChannelError::Never(message));
            }
        })
    }
}
