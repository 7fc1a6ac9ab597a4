//! Channels that deliver to the test.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use portdelta_app::ports::{Channel, ChannelError, ChannelSettings, Channels, Notification};

use crate::faults::{Faults, InjectedFault};

/// Makes channels that keep what they are given. All channels of one maker share what it keeps.
#[derive(Clone, Default)]
pub struct MemoryChannels {
    faults: Arc<Faults>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    delivered: Vec<(ChannelSettings, Notification)>,
    failures: VecDeque<ChannelError>,
}

impl MemoryChannels {
    /// These channels, failing where `faults` says so; a failure is [`ChannelError::Later`].
    #[must_use]
    pub fn obeying(mut self, faults: Arc<Faults>) -> Self {
        self.faults = faults;
        self
    }

    /// Makes the next delivery that has no failure yet fail like this, without an effect.
    pub fn fail_next(&self, error: ChannelError) {
        self.lock().failures.push_back(error);
    }

    /// What was delivered and through which settings, in the order of the deliveries, repetitions too.
    #[must_use]
    pub fn delivered(&self) -> Vec<(ChannelSettings, Notification)> {
        self.lock().delivered.clone()
    }

    /// The ids of what was delivered, in the order of the deliveries, repetitions too.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.lock().delivered.iter().map(|(_, notification)| notification.id.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channels for MemoryChannels {
    fn open(&self, settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
        Ok(Box::new(MemoryChannel { maker: self.clone(), settings: settings.clone() }))
    }
}

struct MemoryChannel {
    maker: MemoryChannels,
    settings: ChannelSettings,
}

#[async_trait]
impl Channel for MemoryChannel {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let told = |fault: InjectedFault| ChannelError::Later(fault.to_string());
        let ending = self.maker.faults.begin().map_err(told)?;
        {
            let mut state = self.maker.lock();
            if let Some(error) = state.failures.pop_front() {
                return Err(error);
            }
            state.delivered.push((self.settings.clone(), notification.clone()));
        }
        ending.reached().map_err(told)
    }
}
