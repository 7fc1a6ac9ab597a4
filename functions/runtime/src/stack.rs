//! The adapters of a stack, as its functions put them together.

use std::collections::HashMap;
use std::sync::Arc;

use portdelta_app::ports::{Channels, Credentials, Schedules, Table};
use portdelta_app::{App, Service, TableCredentials};
use portdelta_aws::client;
use portdelta_aws::schedules::{EventBridgeSchedules, SchedulerOptions};
use portdelta_aws::{
    AwsChannels, DynamoTable, S3Blobs, SdkConfig, SqsQueue, SqsQueueOptions, StsCredentials, StsOptions,
};
use portdelta_channels::Outward;
use portdelta_formats::ResultLimits;
use portdelta_system::{SystemClock, SystemIds};

use crate::settings::{NotSet, Settings};
use crate::{Absent, InTime};

/// What a function can hold in its memory and read in its time: what was read takes about three times its size.
fn limits() -> ResultLimits {
    ResultLimits { max_bytes: 128 << 20, max_hosts: 500_000, ..ResultLimits::default() }
}

/// What all functions have: settings, a table, a bucket and queues. The rest each takes that it needs, so that a
/// function contains no more than it uses.
pub struct Stack {
    /// What the template says.
    pub settings: Settings,
    config: SdkConfig,
    table: Arc<DynamoTable>,
    queue: SqsQueue,
}

impl Stack {
    /// The stack that the environment names; begins to log.
    pub fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let settings = Settings::from_environment();
        portdelta_telemetry::begin_json(settings.log_level())?;
        let config = client::from_environment()?;
        let table = Arc::new(DynamoTable::new(&config, settings.table()?, Arc::new(SystemClock)));
        let options = SqsQueueOptions {
            prefix: settings.stack()?.to_owned(),
            only_tls: settings.emulator().is_none(),
            known: HashMap::new(),
        };
        let queue = SqsQueue::new(&config, options);
        Ok(Self { settings, config, table, queue })
    }

    /// The use cases with these ports besides.
    pub fn service(
        &self,
        schedules: Arc<dyn Schedules>,
        channels: Arc<dyn Channels>,
        credentials: Arc<dyn Credentials>,
    ) -> Result<Service, NotSet> {
        let blobs = Arc::new(self.blobs()?);
        let table: Arc<dyn Table> = self.table.clone();
        let app = App::new(table, blobs, Arc::new(SystemClock), Arc::new(SystemIds)).limited(limits());
        Ok(Service::new(app, Arc::new(self.queue.clone()), schedules, channels, credentials))
    }

    /// The blobs of the stack.
    pub fn blobs(&self) -> Result<S3Blobs, NotSet> {
        Ok(S3Blobs::new(&self.config, self.settings.bucket()?))
    }

    /// The use cases of a function that neither schedules nor delivers nor lends.
    pub fn plain_service(&self) -> Result<Service, NotSet> {
        self.service(Arc::new(Absent), Arc::new(Absent), Arc::new(Absent))
    }

    /// The schedules of scans.
    pub fn schedules(&self) -> Result<Arc<dyn Schedules>, NotSet> {
        let options = SchedulerOptions {
            group: self.settings.schedule_group()?.to_owned(),
            target_arn: self.settings.schedule_target()?.to_owned(),
            role_arn: self.settings.schedule_role()?.to_owned(),
            dead_letter_arn: Some(self.settings.schedule_dead()?.to_owned()),
        };
        Ok(Arc::new(EventBridgeSchedules::new(&self.config, options)))
    }

    /// All ways out: topics and buses of AWS, e-mail and webhooks. None takes longer than
    /// [`LONGEST_DELIVERY`](crate::LONGEST_DELIVERY).
    #[must_use]
    pub fn channels(&self) -> Arc<dyn Channels> {
        let outward = Arc::new(Outward::new(Arc::new(SystemClock)));
        Arc::new(InTime::new(Arc::new(AwsChannels::new(&self.config, outward))))
    }

    /// Who lends access to agents: to the queue of their site and their folder of uploads, and to the API.
    pub fn credentials(&self) -> Result<Arc<dyn Credentials>, NotSet> {
        let tokens = Arc::new(TableCredentials::new(self.table.clone(), Arc::new(SystemClock)));
        let options = StsOptions {
            role_arn: self.settings.agent_role()?.to_owned(),
            bucket: self.settings.bucket()?.to_owned(),
            // Agents reach an emulator where functions do.
            endpoint: self.settings.emulator().map(str::to_owned),
        };
        Ok(Arc::new(StsCredentials::new(&self.config, options, self.queue.clone(), tokens)))
    }
}
