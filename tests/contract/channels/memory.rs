//! The channel that delivers to a test.

use std::sync::Arc;

use async_trait::async_trait;
use portdelta_app::ports::{ChannelError, ChannelSettings, Channels};
use portdelta_testkit::MemoryChannels;
use portdelta_testkit::contract::ChannelUnderTest;
use portdelta_testkit::contract::channel::{Arrived, Mood, Place};

struct Memory(MemoryChannels);

#[async_trait]
impl Place for Memory {
    async fn arrived(&self) -> Vec<Arrived> {
        let arrived = |(_, sent): (ChannelSettings, portdelta_app::ports::Notification)| Arrived {
            id: Some(sent.id),
            subject: Some(sent.subject.replace(['\r', '\n'], " ")),
            text: sent.text,
            attributes: Some(sent.attributes),
            smuggled: Vec::new(),
        };
        self.0.delivered().into_iter().map(arrived).collect()
    }

    async fn turn(&self, mood: Mood) -> bool {
        match mood {
            Mood::Kind => {}
            Mood::Busy | Mood::Gone => self.0.fail_next(ChannelError::Later("not now".to_owned())),
            Mood::Strict => self.0.fail_next(ChannelError::Never("never".to_owned())),
        }
        true
    }
}

async fn fixture() -> ChannelUnderTest {
    let channels = MemoryChannels::default();
    let settings = ChannelSettings::Slack { url: "memory".to_owned(), allow_private: true };
    let channel = channels.open(&settings).expect("it takes all settings");
    ChannelUnderTest { channel: Arc::from(channel), place: Arc::new(Memory(channels)), keep: Box::new(()) }
}

portdelta_testkit::channel_contract!(fixture);
