//! Ports that a function does not use: it has neither the right nor the code for them.

use async_trait::async_trait;
use portdelta_app::ports::{
    Channel, ChannelError, ChannelSettings, Channels, Credentials, CredentialsError, LentAccess,
    ScheduleEntry, ScheduleError, Schedules,
};
use portdelta_core::ids::SiteId;

/// Says what is missing.
const WHY: &str = "this function does not do that";

/// Stands where a function has no adapter. Every operation fails, so that a use case that comes to need one is seen.
#[derive(Clone, Copy, Debug)]
pub struct Absent;

#[async_trait]
impl Schedules for Absent {
    async fn put(&self, _entry: &ScheduleEntry) -> Result<(), ScheduleError> {
        Err(ScheduleError::Invalid { message: WHY.to_owned() })
    }

    async fn delete(&self, _scan: &str) -> Result<(), ScheduleError> {
        Err(ScheduleError::Invalid { message: WHY.to_owned() })
    }

    async fn list(&self) -> Result<Vec<ScheduleEntry>, ScheduleError> {
        Err(ScheduleError::Invalid { message: WHY.to_owned() })
    }
}

impl Channels for Absent {
    fn open(&self, _settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
        Err(ChannelError::Later(WHY.to_owned()))
    }
}

#[async_trait]
impl Credentials for Absent {
    async fn lend(&self, agent: &str, _site: &SiteId) -> Result<LentAccess, CredentialsError> {
        Err(CredentialsError { agent: agent.to_owned(), reason: WHY.to_owned() })
    }
}
