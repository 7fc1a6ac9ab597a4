//! Ways out, each of which takes no longer than a function has for it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portdelta_app::ports::{Channel, ChannelError, ChannelSettings, Channels, Notification};

/// The longest that a delivery takes, whatever the other side does; a silent one must not use a function up.
pub const LONGEST_DELIVERY: Duration = Duration::from_mins(1);

/// [`Channels`] whose deliveries end after [`LONGEST_DELIVERY`], and are tried again later.
pub struct InTime(Arc<dyn Channels>);

impl InTime {
    /// These channels.
    #[must_use]
    pub fn new(channels: Arc<dyn Channels>) -> Self {
        Self(channels)
    }
}

impl Channels for InTime {
    fn open(&self, settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
        Ok(Box::new(ChannelInTime(self.0.open(settings)?)))
    }
}

struct ChannelInTime(Box<dyn Channel>);

#[async_trait]
impl Channel for ChannelInTime {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let delivered = tokio::time::timeout(LONGEST_DELIVERY, self.0.deliver(notification)).await;
        delivered.unwrap_or_else(|_| {
            Err(ChannelError::Later(format!("it took longer than {} s", LONGEST_DELIVERY.as_secs())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other side never answers.
    struct Silent;

    impl Channels for Silent {
        fn open(&self, _: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
            Ok(Box::new(Self))
        }
    }

    #[async_trait]
    impl Channel for Silent {
        async fn deliver(&self, _: &Notification) -> Result<(), ChannelError> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_is_asked_later() {
        let settings = ChannelSettings::Topic { arn: "arn:aws:sns:x:1:t".to_owned() };
        let channel = InTime::new(Arc::new(Silent)).open(&settings).expect("a channel");
        let notification = Notification {
            id: "test".to_owned(),
            kind: "test".to_owned(),
            subject: "test".to_owned(),
            text: String::new(),
            attributes: std::collections::BTreeMap::default(),
            several: std::collections::BTreeMap::default(),
            data: serde_json::Value::Null,
        };
        let begun = tokio::time::Instant::now();
        let told = channel.deliver(&notification).await;
        assert!(matches!(told, Err(ChannelError::Later(_))), "{told:?}");
        assert_eq!(begun.elapsed(), LONGEST_DELIVERY);
    }
}
