//! Schedules of EventBridge Scheduler: one a scan, in a group of their own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::BuildError;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy,
    ScheduleState, Target,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use portdelta_app::WorkMessage;
use portdelta_app::ports::{ScheduleEntry, ScheduleError, Schedules};
use portdelta_app::schedule::may_have_schedule;
use portdelta_core::UnixTime;
use tokio::task::JoinSet;

use crate::client::{SdkConfig, attempt};
use crate::failure::{code, message};

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Names of one answer; the most that the service gives.
const PAGE: i32 = 100;

/// Schedules that are asked for at once while listing.
const AT_ONCE: usize = 8;

/// How often a put is tried again that met another one.
const MOST_TRIES: u32 = 8;

/// The scheduler puts the time here for which it fires, as RFC 3339. One that does not leaves the text, which is no
/// time: the receiver then takes the latest one.
const SCHEDULED_TIME: &str = "<aws.scheduler.scheduled-time>";

/// A firing that the target did not take is tried again for so long, in seconds: an hour. What comes later is of no
/// more use, and becomes a dead letter that somebody is told of.
const RETRY_SECONDS: i32 = 3_600;
const RETRY_ATTEMPTS: i32 = 60;

/// Begins the description, where `since` is kept: the service has no other place for it.
const SINCE: &str = "since ";

/// Where schedules are kept and what they call.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    /// The group that holds our schedules and no others; somebody else made it.
    pub group: String,
    /// The queue of dispatch work, or a function that takes the same messages.
    pub target_arn: String,
    /// The role that may send to the target.
    pub role_arn: String,
    /// The queue for firings that the target never took.
    pub dead_letter_arn: Option<String>,
}

/// [`Schedules`] kept and fired by EventBridge Scheduler. A firing is a [`WorkMessage::Fire`].
///
/// `rate` counts from when the schedule was last changed, not from [`ScheduleEntry::since`]: the service has no way to
/// say that it began in the past.
#[derive(Clone)]
pub struct EventBridgeSchedules {
    client: Client,
    options: Arc<SchedulerOptions>,
}

impl EventBridgeSchedules {
    /// The schedules of an installation.
    #[must_use]
    pub fn new(config: &SdkConfig, options: SchedulerOptions) -> Self {
        let own = aws_sdk_scheduler::config::Builder::from(config).timeout_config(attempt(ATTEMPT)).build();
        Self { client: Client::from_conf(own), options: Arc::new(options) }
    }

    /// What is called, with what.
    fn target(&self, scan: &str) -> Result<Target, BuildError> {
        let message = WorkMessage::Fire { scan: scan.to_owned(), time: SCHEDULED_TIME.to_owned() };
        let dead = self.options.dead_letter_arn.as_ref();
        let retry = RetryPolicy::builder()
            .maximum_event_age_in_seconds(RETRY_SECONDS)
            .maximum_retry_attempts(RETRY_ATTEMPTS);
        Target::builder()
            .arn(&self.options.target_arn)
            .role_arn(&self.options.role_arn)
            .input(message.to_string())
            .set_dead_letter_config(dead.map(|arn| DeadLetterConfig::builder().arn(arn).build()))
            .retry_policy(retry.build())
            .build()
    }

    /// Makes the schedule; `false` where there is one.
    async fn create(&self, written: &Written) -> Result<bool, ScheduleError> {
        let put = self.client.create_schedule().name(&written.name).group_name(&self.options.group);
        let put = put
            .schedule_expression(&written.expression)
            .schedule_expression_timezone(&written.time_zone)
            .flexible_time_window(written.window.clone())
            .state(written.state.clone())
            .action_after_completion(ActionAfterCompletion::None)
            .description(&written.description)
            .target(written.target.clone());
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == "ConflictException" => Ok(false),
            Err(error) => Err(failed("make a schedule", &error)),
        }
    }

    /// Changes the schedule; `false` where there is none, or somebody else changes it now.
    async fn update(&self, written: &Written) -> Result<bool, ScheduleError> {
        let put = self.client.update_schedule().name(&written.name).group_name(&self.options.group);
        let put = put
            .schedule_expression(&written.expression)
            .schedule_expression_timezone(&written.time_zone)
            .flexible_time_window(written.window.clone())
            .state(written.state.clone())
            .action_after_completion(ActionAfterCompletion::None)
            .description(&written.description)
            .target(written.target.clone());
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if matches!(code(&error), "ConflictException" | "ResourceNotFoundException") => {
                Ok(false)
            }
            Err(error) => Err(failed("change a schedule", &error)),
        }
    }

    async fn names(&self) -> Result<Vec<String>, ScheduleError> {
        let mut names = Vec::new();
        let mut next = None;
        loop {
            let page = self.client.list_schedules().group_name(&self.options.group).max_results(PAGE);
            let page = page.set_next_token(next).send().await;
            let page = page.map_err(|error| failed("list schedules", &error))?;
            names.extend(page.schedules.into_iter().filter_map(|schedule| schedule.name));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// One schedule; `None` where it was removed meanwhile.
    async fn get(&self, name: &str) -> Result<Option<ScheduleEntry>, ScheduleError> {
        match self.client.get_schedule().group_name(&self.options.group).name(name).send().await {
            Ok(found) => Ok(Some(read(name, &found))),
            Err(error) if code(&error) == "ResourceNotFoundException" => Ok(None),
            Err(error) => Err(failed("read a schedule", &error)),
        }
    }
}

/// An entry in the service's words.
struct Written {
    name: String,
    expression: String,
    time_zone: String,
    window: FlexibleTimeWindow,
    state: ScheduleState,
    description: String,
    target: Target,
}

impl Written {
    fn of(entry: &ScheduleEntry, target: Target) -> Result<Self, ScheduleError> {
        let refused = |message: String| ScheduleError::Invalid { message };
        let schedule = entry.read().map_err(|mistake| refused(mistake.to_string()))?;
        let window = match i32::from(entry.spread_minutes) {
            0 => FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off),
            minutes => FlexibleTimeWindow::builder()
                .mode(FlexibleTimeWindowMode::Flexible)
                .maximum_window_in_minutes(minutes),
        };
        Ok(Self {
            name: entry.scan.clone(),
            // The dialect, whatever people wrote.
            expression: schedule.to_string(),
            time_zone: entry.time_zone.clone(),
            window: window.build().map_err(|error| refused(error.to_string()))?,
            state: if entry.enabled { ScheduleState::Enabled } else { ScheduleState::Disabled },
            description: format!("{SINCE}{}; kept by Portdelta", entry.since.seconds()),
            target,
        })
    }
}

/// An entry as the service has it. What somebody changed there by hand reads as something else than what was put, and
/// is put right by who compares.
fn read(name: &str, found: &GetScheduleOutput) -> ScheduleEntry {
    let since = found.description().and_then(|text| text.strip_prefix(SINCE));
    let since = since.and_then(|text| text.split(';').next()?.parse().ok()).and_then(UnixTime::from_seconds);
    let window = found.flexible_time_window();
    let spread = window.and_then(FlexibleTimeWindow::maximum_window_in_minutes).unwrap_or_default();
    ScheduleEntry {
        scan: name.to_owned(),
        expression: found.schedule_expression().unwrap_or_default().to_owned(),
        time_zone: found.schedule_expression_timezone().unwrap_or("UTC").to_owned(),
        spread_minutes: u16::try_from(spread).unwrap_or(u16::MAX),
        enabled: found.state() == Some(&ScheduleState::Enabled),
        since: since.unwrap_or(UnixTime::EPOCH),
    }
}

fn failed<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> ScheduleError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    if code(error) == "ValidationException" {
        return ScheduleError::Invalid { message: format!("the scheduler refuses it: {}", message(error)) };
    }
    ScheduleError::Unavailable { operation, reason: DisplayErrorContext(error).to_string() }
}

#[async_trait]
impl Schedules for EventBridgeSchedules {
    async fn put(&self, entry: &ScheduleEntry) -> Result<(), ScheduleError> {
        const OPERATION: &str = "put a schedule";
        entry.check()?;
        let target = self.target(&entry.scan).map_err(|error| ScheduleError::Unavailable {
            operation: OPERATION,
            reason: error.to_string(),
        })?;
        let written = Written::of(entry, target)?;
        for _ in 0..MOST_TRIES {
            // Most puts change what is there.
            if self.update(&written).await? || self.create(&written).await? {
                return Ok(());
            }
        }
        let reason = "others were changing it all the time".to_owned();
        Err(ScheduleError::Unavailable { operation: OPERATION, reason })
    }

    async fn delete(&self, scan: &str) -> Result<(), ScheduleError> {
        if !may_have_schedule(scan) {
            return Ok(());
        }
        match self.client.delete_schedule().group_name(&self.options.group).name(scan).send().await {
            Ok(_) => Ok(()),
            Err(error) if code(&error) == "ResourceNotFoundException" => Ok(()),
            Err(error) => Err(failed("remove a schedule", &error)),
        }
    }

    /// One request a page of names, and one a schedule.
    async fn list(&self) -> Result<Vec<ScheduleEntry>, ScheduleError> {
        let mut names = self.names().await?.into_iter();
        let mut entries = Vec::new();
        let mut asked = JoinSet::new();
        loop {
            while asked.len() < AT_ONCE
                && let Some(name) = names.next()
            {
                let this = self.clone();
                asked.spawn(async move { this.get(&name).await });
            }
            let Some(got) = asked.join_next().await else { break };
            let stopped = |error: tokio::task::JoinError| ScheduleError::Unavailable {
                operation: "list schedules",
                reason: error.to_string(),
            };
            entries.extend(got.map_err(stopped)??);
        }
        entries.sort_by(|one: &ScheduleEntry, other| one.scan.cmp(&other.scan));
        Ok(entries)
    }
}
