//! What the function works with.

use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::Error;
use portdelta_api::{ApiLimits, ApiSettings, Logs};
use portdelta_core::AddressSet;
use portdelta_function_runtime::{NotSet, Settings, Stack};
use portdelta_oidc::Providers;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings, LogsElsewhere};
use portdelta_system::SystemIds;
use tokio_util::sync::CancellationToken;

use crate::handler::Api;
use crate::handover::Handover;

/// API Gateway waits half a minute, and whoever waits is better told than cut off.
const PATIENCE: Duration = Duration::from_secs(24);

/// What Lambda takes is 6 MB in base64 (Lambda quotas, "invocation payload").
const MOST_BYTES: usize = 4 << 20;

/// The functions that log, by the ends of their names; this one first.
const FUNCTIONS: [&str; 5] = ["api", "dispatcher", "ingest", "notify", "sweep"];

/// The API as the template set it up.
pub fn api() -> Result<Api, Error> {
    let stack = Stack::from_environment()?;
    let service = Arc::new(stack.service(stack.schedules()?, stack.channels(), stack.credentials()?)?);
    let url = stack.settings.url()?.to_owned();
    let settings = ApiSettings {
        public_url: url.clone(),
        other_urls: Vec::new(),
        pin: None,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ids: Arc::new(SystemIds),
        stopping: CancellationToken::new(),
        limits: limits(),
        machine: None,
        logs: Logs::Elsewhere(log_groups(stack.settings.stack()?, |name| std::env::var(name).ok())),
        identities: Some(Arc::new(Providers::new()?)),
        // API Gateway says who asks.
        trusted_proxies: AddressSet::default(),
    };
    let api = portdelta_api::router(Arc::clone(&service), settings);
    let router = portdelta_dashboard::around(api, url.starts_with("https:"));
    let blobs = Arc::new(stack.blobs()?);
    let handover = Handover::new(blobs.clone(), blobs, Arc::new(SystemIds), PATIENCE);
    Ok(Api::new(service, router, handover, url, first_channels(&stack.settings)?))
}

/// What an installation tells to from its beginning, by names that stay: the topic and the bus of its stack. Programs
/// learn of every run: who waits for the end of one waits for those that change nothing too.
fn first_channels(settings: &Settings) -> Result<Vec<(&'static str, ChannelDraft)>, NotSet> {
    let draft = |name: &str, settings, quiet_runs| ChannelDraft {
        name: name.to_owned(),
        enabled: true,
        settings: Some(settings),
        filter: ChannelFilter { quiet_runs, ..ChannelFilter::default() },
    };
    let topic = ChannelSettings::Topic { arn: settings.topic()?.to_owned() };
    let bus = ChannelSettings::Bus { name: settings.bus()?.to_owned() };
    Ok(vec![
        ("topic", draft("topic of the stack", topic, false)),
        ("bus", draft("bus of the stack", bus, true)),
    ])
}

/// Where the functions of a stack log, as template.yaml names the groups. Lambda says where this one logs.
fn log_groups(stack: &str, variable: impl Fn(&str) -> Option<String>) -> LogsElsewhere {
    let own = variable("AWS_LAMBDA_LOG_GROUP_NAME").unwrap_or_else(|| format!("/aws/lambda/{stack}-api"));
    let groups = match own.strip_suffix("-api") {
        Some(prefix) => FUNCTIONS.map(|function| format!("{prefix}-{function}")).to_vec(),
        None => vec![own],
    };
    LogsElsewhere { service: "CloudWatch Logs".to_owned(), region: variable("AWS_REGION"), groups }
}

/// Rates count for one instance of the function; API Gateway limits all of them together.
fn limits() -> ApiLimits {
    ApiLimits {
        max_upload_bytes: MOST_BYTES,
        max_import_bytes: MOST_BYTES,
        patience: PATIENCE,
        channel_test: PATIENCE.saturating_sub(Duration::from_secs(4)),
        large_patience: PATIENCE,
        // API Gateway passes an answer on when it is whole.
        event_interval: None,
        ..ApiLimits::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../template.yaml");

    #[test]
    fn programs_hear_of_every_run_and_people_of_those_that_changed_something() {
        let variables = [("PORTDELTA_TOPIC", "arn:aws:sns:eu-central-1:1:t"), ("PORTDELTA_BUS", "b")];
        let settings = Settings::of(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let channels = first_channels(&settings).expect("all is set");
        let quiet: Vec<_> = channels.iter().map(|(which, draft)| (*which, draft.filter.quiet_runs)).collect();
        assert_eq!(quiet, [("topic", false), ("bus", true)]);
    }

    #[test]
    fn the_log_groups_of_a_stack_are_those_of_its_template() {
        let told = log_groups("blue", |name| (name == "AWS_REGION").then(|| "eu-central-1".to_owned()));
        assert_eq!(told.region.as_deref(), Some("eu-central-1"));
        let named = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("LogGroupName: !Sub "));
        let mut named: Vec<_> = named.map(|name| name.replace("${AWS::StackName}", "blue")).collect();
        named.retain(|name| name.starts_with("/aws/lambda/"));
        let mut groups = told.groups;
        assert_eq!(groups.first().map(String::as_str), Some("/aws/lambda/blue-api"));
        groups.sort();
        named.sort();
        assert_eq!(groups, named);
    }

    #[test]
    fn a_group_by_another_name_is_the_only_one_that_is_known() {
        let told =
            log_groups("blue", |name| (name == "AWS_LAMBDA_LOG_GROUP_NAME").then(|| "/ours".to_owned()));
        assert_eq!((told.groups, told.region), (vec!["/ours".to_owned()], None));
    }
}
