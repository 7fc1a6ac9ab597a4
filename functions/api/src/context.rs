//! What the function works with.

use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::Error;
use portdelta_api::{ApiLimits, ApiSettings};
use portdelta_function_runtime::{NotSet, Settings, Stack};
use portdelta_oidc::Providers;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings};
use portdelta_system::SystemIds;
use tokio_util::sync::CancellationToken;

use crate::handler::Api;

/// API Gateway waits half a minute, and whoever waits is better told than cut off.
const PATIENCE: Duration = Duration::from_secs(24);

/// What Lambda takes is 6 MB in base64 (Lambda quotas, "invocation payload").
const MOST_BYTES: usize = 4 << 20;

/// The API as the template set it up.
pub async fn api() -> Result<Api, Error> {
    let stack = Stack::from_environment().await?;
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
        identities: Some(Arc::new(Providers::new()?)),
    };
    let api = portdelta_api::router(Arc::clone(&service), settings);
    let router = portdelta_dashboard::around(api, url.starts_with("https:"));
    Ok(Api::new(service, router, url, first_channels(&stack.settings)?))
}

/// What an installation tells to from its beginning, by names that stay: the topic and the bus of its stack.
fn first_channels(settings: &Settings) -> Result<Vec<(&'static str, ChannelDraft)>, NotSet> {
    let draft = |name: &str, settings| ChannelDraft {
        name: name.to_owned(),
        enabled: true,
        settings: Some(settings),
        filter: ChannelFilter::default(),
    };
    Ok(vec![
        ("topic", draft("topic of the stack", ChannelSettings::Topic { arn: settings.topic()?.to_owned() })),
        ("bus", draft("bus of the stack", ChannelSettings::Bus { name: settings.bus()?.to_owned() })),
    ])
}

/// Rates count for one instance of the function; API Gateway limits all of them together.
fn limits() -> ApiLimits {
    ApiLimits {
        max_upload_bytes: MOST_BYTES,
        max_import_bytes: MOST_BYTES,
        patience: PATIENCE,
        large_patience: PATIENCE,
        // API Gateway passes an answer on when it is whole.
        event_interval: None,
        ..ApiLimits::default()
    }
}
