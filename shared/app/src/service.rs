//! What a server is: the application with everything that runs scans and tells of them.

use std::sync::Arc;

use crate::App;
use crate::ports::{Channels, Credentials, Queue, Schedules};

/// The application as a server runs it, on one machine or as functions: its use cases are methods.
///
/// What only remembers and answers is in [`App`], so that a command line without a server needs no more.
pub struct Service {
    app: App,
    queue: Arc<dyn Queue>,
    schedules: Arc<dyn Schedules>,
    channels: Arc<dyn Channels>,
    credentials: Arc<dyn Credentials>,
}

impl Service {
    /// The server on these adapters.
    #[must_use]
    pub fn new(
        app: App,
        queue: Arc<dyn Queue>,
        schedules: Arc<dyn Schedules>,
        channels: Arc<dyn Channels>,
        credentials: Arc<dyn Credentials>,
    ) -> Self {
        Self { app, queue, schedules, channels, credentials }
    }

    /// What is remembered.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The queues.
    #[must_use]
    pub fn queue(&self) -> &dyn Queue {
        &*self.queue
    }

    /// The schedules.
    #[must_use]
    pub fn schedules(&self) -> &dyn Schedules {
        &*self.schedules
    }

    /// The makers of channels.
    #[must_use]
    pub fn channels(&self) -> &dyn Channels {
        &*self.channels
    }

    /// The lender of access.
    #[must_use]
    pub fn credentials(&self) -> &dyn Credentials {
        &*self.credentials
    }
}
