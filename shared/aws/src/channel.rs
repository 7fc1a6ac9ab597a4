//! Ways out on AWS: topics of SNS, and event buses.

mod bus;
mod room;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Channel, ChannelError, ChannelSettings, Channels};

use crate::client::{SdkConfig, attempt};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// [`Channels`] that know topics and buses; all others are opened by `others`.
pub struct AwsChannels {
    sns: aws_sdk_sns::Client,
    events: aws_sdk_eventbridge::Client,
    others: Arc<dyn Channels>,
}

impl AwsChannels {
    /// Channels by these SDKs.
    #[must_use]
    pub fn new(config: &SdkConfig, others: Arc<dyn Channels>) -> Self {
        let sns = aws_sdk_sns::config::Builder::from(config).timeout_config(attempt(ATTEMPT)).build();
        let events =
            aws_sdk_eventbridge::config::Builder::from(config).timeout_config(attempt(ATTEMPT)).build();
        Self {
            sns: aws_sdk_sns::Client::from_conf(sns),
            events: aws_sdk_eventbridge::Client::from_conf(events),
            others,
        }
    }
}

impl Channels for AwsChannels {
    fn open(&self, settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
        match settings {
            ChannelSettings::Topic { arn } => Ok(Box::new(topic::Topic::open(self.sns.clone(), arn)?)),
            ChannelSettings::Bus { name } => Ok(Box::new(bus::Bus::open(self.events.clone(), name)?)),
            ChannelSettings::Program { .. } => Err(ChannelError::Never(
                "programs are for a server of one's own: a function has none to start".to_owned(),
            )),
            others => self.others.open(others),
        }
    }
}

/// What an SDK's error means for a delivery.
fn outcome<E>(
    place: &str,
    error: &aws_smithy_runtime_api::client::result::SdkError<
        E,
        aws_smithy_runtime_api::client::orchestrator::HttpResponse,
    >,
) -> ChannelError
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata + std::error::Error + 'static,
{
    let (code, message) = (crate::failure::code(error), crate::failure::message(error));
    let told = if code.is_empty() {
        aws_smithy_types::error::display::DisplayErrorContext(error).to_string()
    } else {
        format!("{code}: {message}")
    };
    let told = format!("{place}: {}", portdelta_core::escape::escape_within(&told, 300));
    if crate::failure::passes(error) { ChannelError::Later(told) } else { ChannelError::Never(told) }
}
