//! Access for agents as sessions of STS, narrowed to one queue and one folder.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sts::Client;
use aws_smithy_types::error::display::DisplayErrorContext;
use portdelta_app::ports::{Credentials, CredentialsError, LentAccess, QueueName};
use portdelta_core::ids::SiteId;
use portdelta_protocol::agent::CloudAccess;
use serde_json::json;

use crate::client::{SdkConfig, attempt};
use crate::queue::SqsQueue;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Access is lent for so long, in seconds: the least that STS allows (`AssumeRole`), as nothing voids a session before its
/// end. Agents ask for the next one when a fifth is left.
const LENT_SECONDS: i32 = 900;

/// The longest session policy, in characters (STS, `AssumeRole`).
const MAX_POLICY: usize = 2_048;

/// Where agents may go.
#[derive(Clone, Debug)]
pub struct StsOptions {
    /// The role that all agents take on. What it allows is the most that a session may; a session's own policy narrows
    /// it to one agent.
    pub role_arn: String,
    /// The bucket of uploads.
    pub bucket: String,
    /// Where agents reach the services; AWS itself where there is none.
    pub endpoint: Option<String>,
}

/// [`Credentials`] as sessions of STS, together with a token for what goes over the API: beginning a task, status.
#[derive(Clone)]
pub struct StsCredentials {
    client: Client,
    options: Arc<StsOptions>,
    region: String,
    queues: SqsQueue,
    tokens: Arc<dyn Credentials>,
}

impl StsCredentials {
    /// A lender whose sessions reach the queues of `queues`, and whose tokens are those of `tokens`.
    #[must_use]
    pub fn new(
        config: &SdkConfig,
        options: StsOptions,
        queues: SqsQueue,
        tokens: Arc<dyn Credentials>,
    ) -> Self {
        let own = aws_sdk_sts::config::Builder::from(config).timeout_config(attempt(ATTEMPT)).build();
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        Self { client: Client::from_conf(own), options: Arc::new(options), region, queues, tokens }
    }
}

/// What an agent may do: take, hold and finish the tasks of one queue, and create objects in one folder.
///
/// `If-None-Match` must be there, with which S3 creates and never overwrites; that rules uploads in parts out as well,
/// as their beginning has none.
fn policy(partition: &str, queue_arn: &str, bucket: &str, folder: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"],
                "Resource": queue_arn,
            },
            {
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": format!("arn:{partition}:s3:::{bucket}/{folder}*"),
                "Condition": {"Null": {"s3:if-none-match": "false"}},
            },
        ],
    })
    .to_string()
}

/// Which AWS this is, by an ARN of it: `aws`, `aws-cn`, `aws-us-gov`.
fn partition(arn: &str) -> &str {
    arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws")
}

/// The ARN of a queue from its address, `https://sqs.eu-central-1.amazonaws.com/123456789012/portdelta-site-office`.
fn queue_arn(partition: &str, address: &str, region: &str) -> Option<String> {
    let mut parts = address.rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && !name.is_empty()).then(|| format!("arn:{partition}:sqs:{region}:{account}:{name}"))
}

/// Whether this is an id of an agent, and nothing that means more in a policy.
fn is_agent(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (8..=50).contains(&text.len()) && text.bytes().all(allowed)
}

#[async_trait]
impl Credentials for StsCredentials {
    async fn lend(&self, agent: &str, site: &SiteId) -> Result<LentAccess, CredentialsError> {
        let failed = |reason: String| CredentialsError { agent: agent.to_owned(), reason };
        if !is_agent(agent) {
            return Err(failed("this is no id of an agent".to_owned()));
        }
        let queue = self.queues.made(&QueueName::Tasks(site.clone())).await;
        let queue = queue.map_err(|error| failed(format!("no queue for site {site}: {error}")))?;
        let partition = partition(&self.options.role_arn);
        let arn = queue_arn(partition, &queue, &self.region);
        let arn =
            arn.ok_or_else(|| failed("the address of the site's queue is not understood".to_owned()))?;
        let folder = format!("uploads/{agent}/");
        let policy = policy(partition, &arn, &self.options.bucket, &folder);
        if policy.len() > MAX_POLICY {
            return Err(failed(format!("the policy has {} characters, over {MAX_POLICY}", policy.len())));
        }
        let session = self
            .client
            .assume_role()
            .role_arn(&self.options.role_arn)
            // Names the agent in the account's audit log.
            .role_session_name(format!("agent-{agent}"))
            .duration_seconds(LENT_SECONDS)
            .policy(policy)
            .send()
            .await
            .map_err(|error| failed(DisplayErrorContext(error).to_string()))?;
        let lent = session.credentials.ok_or_else(|| failed("STS gave no credentials".to_owned()))?;
        let LentAccess::Token { token, expires } = self.tokens.lend(agent, site).await? else {
            return Err(failed("the lender of tokens lent none".to_owned()));
        };
        Ok(LentAccess::Cloud(Box::new(CloudAccess {
            token,
            expires: expires.seconds().min(lent.expiration.secs()),
            region: self.region.clone(),
            endpoint: self.options.endpoint.clone(),
            queue,
            bucket: self.options.bucket.clone(),
            folder,
            access_key: lent.access_key_id,
            secret_key: lent.secret_access_key,
            session_token: lent.session_token,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_its_address() {
        let arn = "arn:aws:sqs:eu-central-1:123456789012:pd-site-office";
        for address in [
            "https://sqs.eu-central-1.amazonaws.com/123456789012/pd-site-office",
            "http://127.0.0.1:4566/123456789012/pd-site-office",
        ] {
            assert_eq!(queue_arn("aws", address, "eu-central-1").as_deref(), Some(arn));
        }
        for address in ["", "x", "https://sqs.amazonaws.com/*/q", "https://sqs.amazonaws.com/123456789012/"] {
            assert_eq!(queue_arn("aws", address, "eu-central-1"), None, "{address}");
        }
    }

    #[test]
    fn the_longest_names_fit_into_a_policy() {
        let address = format!("https://x/123456789012/{}", "q".repeat(80));
        let arn = queue_arn("aws-us-gov", &address, "ap-southeast-99").expect("an address");
        let folder = format!("uploads/{}/", "a".repeat(50));
        let policy = policy(partition(&arn), &arn, &"b".repeat(63), &folder);
        assert!(policy.contains("arn:aws-us-gov:s3:::bbb"), "{policy}");
        assert!(policy.len() < MAX_POLICY / 2, "{}", policy.len());
    }

    #[test]
    fn only_ids_of_agents_come_into_a_policy() {
        assert!(is_agent("0190f3c2-7b1e-7c3a-9d55-0f2b1c4d5e6f"));
        for text in
            ["", "*", "agent-*", "a/b-cdefgh", "../uploads", "${aws:username}", "agent id", "AGENT-ID-1"]
        {
            assert!(!is_agent(text), "{text}");
        }
    }
}
