//! Access lent by STS, tried at services that hold everybody to their policies.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use portdelta_app::TableCredentials;
use portdelta_app::ports::{LentAccess, Outgoing, Queue, QueueName};
use portdelta_aws::{Place, SdkConfig, SqsQueue, SqsQueueOptions, StsCredentials, StsOptions};
use portdelta_core::ids::SiteId;
use portdelta_testkit::contract::CredentialsUnderTest;
use portdelta_testkit::contract::credentials::{Attempt, Door};
use portdelta_testkit::{MemoryTable, TestClock};

use crate::emulators::{Emulator, unique};

/// Accounts of emulators.
const ACCOUNT: &str = "000000000000";

/// What an installation has, as far as agents could meet it.
pub struct Installation {
    pub config: SdkConfig,
    pub queues: SqsQueue,
    pub bucket: String,
    pub table: String,
    pub role: String,
}

impl Installation {
    /// One of its own on an emulator; `None`, with a message, where there is no emulator.
    pub async fn new(emulator: Emulator) -> Option<Self> {
        let config = emulator.config()?;
        let prefix = unique("pd");
        let options = SqsQueueOptions {
            prefix: prefix.clone(),
            only_tls: false,
            known: std::collections::HashMap::new(),
        };
        let queues = SqsQueue::new(&config, options);
        let s3 = s3(&config);
        s3.create_bucket().bucket(&prefix).send().await.expect("a bucket can be made");
        let key =
            |name| KeySchemaElement::builder().attribute_name("PK").key_type(name).build().expect("a key");
        let attribute =
            AttributeDefinition::builder().attribute_name("PK").attribute_type(ScalarAttributeType::S);
        aws_sdk_dynamodb::Client::new(&config)
            .create_table()
            .table_name(&prefix)
            .key_schema(key(KeyType::Hash))
            .attribute_definitions(attribute.build().expect("an attribute"))
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await
            .expect("a table can be made");
        let role = agent_role(&config, &prefix).await;
        Some(Self { config, queues, bucket: prefix.clone(), table: prefix, role })
    }

    /// Who lends access to it.
    pub fn lender(&self, tokens: Arc<dyn portdelta_app::ports::Credentials>) -> StsCredentials {
        let options = StsOptions {
            role_arn: self.role.clone(),
            bucket: self.bucket.clone(),
            endpoint: self.config.endpoint_url().map(str::to_owned),
        };
        StsCredentials::new(&self.config, options, self.queues.clone(), tokens)
    }
}

pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let own = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(own)
}

/// The role that all agents take on, as the template makes it: it may more than any session of it.
async fn agent_role(config: &SdkConfig, prefix: &str) -> String {
    let allow = |statement: serde_json::Value| {
        serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let trust = allow(serde_json::json!({
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")},
        "Action": "sts:AssumeRole",
    }));
    let may = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"],
            "Resource": format!("arn:aws:sqs:*:{ACCOUNT}:{prefix}-site-*"),
        },
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::{prefix}/uploads/*")},
    ]});
    let name = format!("{prefix}-agent");
    let _ = rustls::crypto::ring::default_provider().install_default();
    for form in [
        vec![("Action", "CreateRole"), ("RoleName", &name), ("AssumeRolePolicyDocument", &trust)],
        vec![
            ("Action", "PutRolePolicy"),
            ("RoleName", &name),
            ("PolicyName", "agent"),
            ("PolicyDocument", &may.to_string()),
        ],
    ] {
        let client = reqwest::Client::new();
        let endpoint = config.endpoint_url().expect("emulators have addresses");
        let scope = "AWS4-HMAC-SHA256 Credential=test/20330518/us-east-1/iam/aws4_request";
        let fields = [("Version", "2010-05-08")].into_iter().chain(form);
        let fields: Vec<_> = fields.map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let answer = client
            .post(endpoint)
            .header("authorization", format!("{scope}, SignedHeaders=host, Signature=0"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(fields.join("&"))
            .send()
            .await
            .expect("the emulator answers");
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
    }
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text + &char::from(byte).to_string(),
        _ => text + &format!("%{byte:02X}"),
    })
}

/// Whether a call was let in. Other failures are none of policies.
fn let_in<T, E: ProvideErrorMetadata + Debug>(outcome: Result<T, SdkError<E>>) -> bool {
    let Err(error) = outcome else { return true };
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default().to_owned();
    // A HEAD has no body to say why.
    let status = error.raw_response().map(|response| response.status().as_u16());
    let is_refusal = code.starts_with("AccessDenied") || code == "AuthorizationError" || status == Some(403);
    assert!(is_refusal, "neither let in nor turned away: {error:?}");
    false
}

struct Services {
    installation: Installation,
    uploads: AtomicU32,
}

impl Services {
    fn config(access: &LentAccess) -> SdkConfig {
        let LentAccess::Cloud(lent) = access else { panic!("sessions are lent here") };
        let place = Place {
            region: lent.region.clone(),
            endpoint: lent.endpoint.clone(),
            access_key: lent.access_key.clone(),
            secret_key: lent.secret_key.clone(),
            session_token: Some(lent.session_token.clone()),
            expires: None,
        };
        place.config()
    }

    async fn queue(&self, site: &SiteId) -> String {
        self.installation.queues.made(&QueueName::Tasks(site.clone())).await.expect("it is there")
    }

    async fn works(&self, config: &SdkConfig, site: &SiteId) -> bool {
        let (sqs, queue) = (aws_sdk_sqs::Client::new(config), self.queue(site).await);
        let receive = sqs.receive_message().queue_url(&queue).wait_time_seconds(2).visibility_timeout(30);
        let received = receive.send().await;
        let messages = received.as_ref().map(|received| received.messages().to_vec()).unwrap_or_default();
        let mut works = let_in(received);
        for message in &messages {
            assert_eq!(message.body(), Some(site.as_str()));
            for seconds in [60, 0] {
                let change = sqs.change_message_visibility().queue_url(&queue).visibility_timeout(seconds);
                works &= let_in(change.set_receipt_handle(message.receipt_handle.clone()).send().await);
            }
        }
        works && !messages.is_empty()
    }

    fn number(&self) -> u32 {
        self.uploads.fetch_add(1, Ordering::SeqCst)
    }

    /// An upload that is there.
    async fn uploaded(&self, agent: &str) -> String {
        let key = format!("uploads/{agent}/r-1/00000/there");
        let put = s3(&self.installation.config).put_object().bucket(&self.installation.bucket).key(&key);
        put.body(b"there".to_vec().into()).send().await.expect("it can be put");
        key
    }

    async fn overwrites(&self, config: &SdkConfig, agent: &str) -> bool {
        let (s3, bucket) = (s3(config), &self.installation.bucket);
        let key = self.uploaded(agent).await;
        let put = || s3.put_object().bucket(bucket).key(&key).body(b"other".to_vec().into());
        let mut done = let_in(put().send().await);
        let created = put().if_none_match("*").send().await;
        if let Err(error) = &created {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            assert!(matches!(code, Some("PreconditionFailed" | "AccessDenied")), "{error:?}");
        }
        done |= created.is_ok();
        done |= let_in(s3.create_multipart_upload().bucket(bucket).key(&key).send().await);
        let source = format!("{bucket}/{key}");
        done |= let_in(s3.copy_object().bucket(bucket).key(&key).copy_source(source).send().await);
        let got = self::s3(&self.installation.config).get_object().bucket(bucket).key(&key).send().await;
        let body = got.expect("it is there").body.collect().await.expect("it can be read").into_bytes();
        done || &body[..] != b"there"
    }

    async fn table(&self, config: &SdkConfig, write: bool) -> bool {
        let (client, table) = (aws_sdk_dynamodb::Client::new(config), &self.installation.table);
        let key = || AttributeValue::S("x".to_owned());
        if write {
            let put = let_in(client.put_item().table_name(table).item("PK", key()).send().await);
            return put | let_in(client.delete_item().table_name(table).key("PK", key()).send().await);
        }
        let mut read = let_in(client.get_item().table_name(table).key("PK", key()).send().await);
        read |= let_in(client.scan().table_name(table).send().await);
        read | let_in(client.describe_table().table_name(table).send().await)
    }
}

#[async_trait]
impl Door for Services {
    async fn tries(&self, access: &LentAccess, attempt: &Attempt) -> bool {
        let (config, bucket) = (Self::config(access), &self.installation.bucket);
        let (s3, sqs) = (s3(&config), aws_sdk_sqs::Client::new(&config));
        match attempt {
            Attempt::Work(site) => self.works(&config, site).await,
            Attempt::SendTask(site) => {
                let send = sqs.send_message().queue_url(self.queue(site).await).message_body("evil");
                let_in(send.send().await)
            }
            Attempt::EmptyQueue(site) => {
                let queue = self.queue(site).await;
                let mut done = let_in(sqs.purge_queue().queue_url(&queue).send().await);
                done |= let_in(sqs.delete_queue().queue_url(&queue).send().await);
                let set = sqs.set_queue_attributes().queue_url(&queue);
                let name = aws_sdk_sqs::types::QueueAttributeName::VisibilityTimeout;
                done | let_in(set.attributes(name, "0").send().await)
            }
            Attempt::Upload(agent) => {
                let key = format!("uploads/{agent}/r-1/00000/{}", self.number());
                let put = s3.put_object().bucket(bucket).key(key).if_none_match("*");
                let_in(put.body(b"result".to_vec().into()).send().await)
            }
            Attempt::Overwrite(agent) => self.overwrites(&config, agent).await,
            Attempt::ReadUpload(agent) => {
                let key = self.uploaded(agent).await;
                let read = let_in(s3.get_object().bucket(bucket).key(&key).send().await);
                read | let_in(s3.head_object().bucket(bucket).key(&key).send().await)
            }
            Attempt::ListUploads(agent) => {
                let list = s3.list_objects_v2().bucket(bucket).prefix(format!("uploads/{agent}/"));
                let_in(list.send().await) | let_in(s3.list_object_versions().bucket(bucket).send().await)
            }
            Attempt::RemoveUpload(agent) => {
                let key = self.uploaded(agent).await;
                let_in(s3.delete_object().bucket(bucket).key(&key).send().await)
            }
            Attempt::WriteElsewhere => {
                let mut done = false;
                for key in ["raw/r-1/x", "blobs/x", "uploads/x", "x"] {
                    let put = s3.put_object().bucket(bucket).key(key).if_none_match("*");
                    done |= let_in(put.body(b"evil".to_vec().into()).send().await);
                }
                done
            }
            Attempt::ReadTable => self.table(&config, false).await,
            Attempt::WriteTable => self.table(&config, true).await,
            Attempt::Administer => {
                let assume =
                    aws_sdk_sts::Client::new(&config).assume_role().role_arn(&self.installation.role);
                let mut done = let_in(assume.role_session_name("agent-more").send().await);
                done |= let_in(aws_sdk_scheduler::Client::new(&config).list_schedules().send().await);
                let publish = aws_sdk_sns::Client::new(&config).publish().message("evil");
                done | let_in(publish.topic_arn(format!("arn:aws:sns:us-east-1:{ACCOUNT}:t")).send().await)
            }
        }
    }
}

async fn fixture() -> Option<CredentialsUnderTest> {
    let installation = Installation::new(Emulator::MiniStackAuth).await?;
    let sites: [SiteId; 2] = ["office", "branch"].map(|id| id.parse().expect("an id"));
    for site in &sites {
        let queue = QueueName::Tasks(site.clone());
        installation.queues.create(&queue).await.expect("a queue can be made");
        let message = Outgoing { body: site.to_string(), delay: Duration::ZERO };
        installation.queues.send(&queue, vec![message]).await.expect("a message can be sent");
    }
    // Tokens that last longer than any session: what ends first counts.
    let clock = Arc::new(TestClock::default());
    let table = Arc::new(MemoryTable::new(clock.clone()));
    let tokens = Arc::new(TableCredentials::new(table, clock));
    let credentials = Arc::new(installation.lender(tokens));
    Some(CredentialsUnderTest {
        credentials,
        door: Arc::new(Services { installation, uploads: AtomicU32::new(0) }),
        sites,
        agents: ["0190f3c2-7b1e-7c3a-9d55-000000000001", "0190f3c2-7b1e-7c3a-9d55-000000000002"]
            .map(str::to_owned),
        clock: None,
        keep: Box::new(()),
    })
}

portdelta_testkit::credentials_contract!(fixture);
