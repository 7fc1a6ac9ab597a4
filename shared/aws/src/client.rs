//! How all SDKs reach their services.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};

pub use aws_types::SdkConfig;

use crate::http::https_client;

/// Attempts at a call that was refused for the moment or got no answer, the first one included.
const ATTEMPTS: u32 = 5;
/// The longest wait before the second attempt; it doubles from attempt to attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(3);

/// Which AWS, and as whom: for what has no environment, such as an agent that was lent access.
#[derive(Clone)]
pub struct Place {
    /// E.g. `eu-central-1`.
    pub region: String,
    /// The address of an emulator; `None` for AWS itself.
    pub endpoint: Option<String>,
    /// The key's id.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
    /// Comes with a key that was lent.
    pub session_token: Option<String>,
    /// From when on the key is worth nothing.
    pub expires: Option<SystemTime>,
}

/// A variable that Lambda gives every function, and that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not set: Lambda sets it for its functions, elsewhere it has to be given")]
pub struct NotInEnvironment(&'static str);

/// The configuration of all SDKs by the process's environment: `AWS_REGION`, `AWS_ENDPOINT_URL`, and the credentials
/// that Lambda puts there for as long as the process lives.
///
/// Source: "Defined runtime environment variables" in the developer guide of AWS Lambda. Profiles, containers and
/// instances are not looked at: nothing that a function runs in has them.
pub fn from_environment() -> Result<SdkConfig, NotInEnvironment> {
    let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let needed = |name| given(name).ok_or(NotInEnvironment(name));
    let place = Place {
        region: needed("AWS_REGION")?,
        endpoint: given("AWS_ENDPOINT_URL"),
        access_key: needed("AWS_ACCESS_KEY_ID")?,
        secret_key: needed("AWS_SECRET_ACCESS_KEY")?,
        session_token: given("AWS_SESSION_TOKEN"),
        expires: None,
    };
    Ok(place.config())
}

impl Place {
    /// The configuration of all SDKs for this place, whatever the environment says.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
        let credentials = Credentials::new(
            self.access_key.as_str(),
            self.secret_key.as_str(),
            self.session_token.clone(),
            self.expires,
            "portdelta",
        );
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(https_client(CONNECT))
            .retry_config(retries())
            .timeout_config(timeouts());
        config.set_endpoint_url(self.endpoint.clone());
        config.build()
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

/// How long an answer may take differs from service to service: each adapter says it.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).build()
}

/// The time limit of one attempt, for an adapter's client.
pub(crate) fn attempt(limit: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(limit).build()
}
