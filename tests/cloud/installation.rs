//! An installation on the services of AWS, and one in memory beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use portdelta_app::notify::AlertFilter;
use portdelta_app::ports::blobs::BlobPrefix;
use portdelta_app::ports::{BlobKey, Blobs, Clock, Item, Key, Notification, Query, Queue, Table};
use portdelta_app::repositories::{DeliveryState, Judgement};
use portdelta_app::{App, Raw, Upload};
use portdelta_aws::{
    AwsChannels, DynamoTable, Place, S3Blobs, SdkConfig, SqsQueue, SqsQueueOptions, blobs, table,
};
use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_protocol::admin::ChannelSettings;
use portdelta_testkit::{
    CountedIds, MemoryBlobs, MemoryChannels, MemoryQueue, MemoryTable, NmapText, TestClock,
};
use serde_json::Value;

use crate::emulators::{Emulator, unique};
use crate::story::{Order, Ports, play};

/// A table, a bucket, queues and a topic of one test.
pub struct Cloud {
    pub clock: Arc<TestClock>,
    pub config: SdkConfig,
    pub table_name: String,
    bucket: String,
    queues: SqsQueueOptions,
    topic: String,
    /// Gets what the topic gives out.
    subscriber: String,
}

/// The same in memory.
pub struct Memory {
    pub clock: Arc<TestClock>,
    pub table: Arc<MemoryTable>,
    pub blobs: Arc<MemoryBlobs>,
}

impl Cloud {
    /// `None`, with a message, where there is no emulator.
    pub async fn new() -> Option<Self> {
        let config = Emulator::MiniStack.config()?;
        let (table_name, bucket) = (unique("table"), unique("bucket"));
        table::create(&config, &table_name).await.expect("a table can be made");
        blobs::create(&config, &bucket).await.expect("a bucket can be made");
        let (topic, subscriber) = subscribed_topic(&config).await;
        let queues = SqsQueueOptions { prefix: unique("pd"), only_tls: false, known: HashMap::new() };
        Some(Self { clock: Arc::default(), config, table_name, bucket, queues, topic, subscriber })
    }

    /// The configuration for another address of the same services.
    pub fn by_way_of(endpoint: &str) -> SdkConfig {
        let place = Place {
            region: "us-east-1".to_owned(),
            endpoint: Some(endpoint.to_owned()),
            access_key: "test".to_owned(),
            secret_key: "test".to_owned(),
            session_token: None,
            expires: None,
        };
        place.config()
    }

    pub fn table(&self) -> Arc<DynamoTable> {
        Arc::new(DynamoTable::new(&self.config, &self.table_name, self.clock.clone() as Arc<dyn Clock>))
    }

    pub fn blobs(&self) -> Arc<S3Blobs> {
        Arc::new(S3Blobs::new(&self.config, self.bucket.as_str()))
    }

    pub fn queue(&self) -> Arc<dyn Queue> {
        Arc::new(SqsQueue::new(&self.config, self.queues.clone()))
    }

    /// Everything by the shortest way.
    pub fn ports(&self) -> Ports {
        self.ports_through(&self.config)
    }

    pub fn ports_through(&self, config: &SdkConfig) -> Ports {
        let clock = self.clock.clone();
        Ports {
            table: Arc::new(DynamoTable::new(config, &self.table_name, clock.clone() as Arc<dyn Clock>)),
            blobs: Arc::new(S3Blobs::new(config, self.bucket.as_str())),
            queue: Arc::new(SqsQueue::new(config, self.queues.clone())),
            channels: Arc::new(AwsChannels::new(config, Arc::new(MemoryChannels::default()))),
            clock,
        }
    }

    /// A process that has just started.
    pub fn app(&self) -> App {
        app(self.table(), self.blobs(), &self.clock)
    }

    /// Whom the stories tell.
    pub fn topic(&self) -> ChannelSettings {
        serde_json::from_value(serde_json::json!({ "type": "topic", "arn": self.topic }))
            .expect("settings of a channel")
    }

    /// The story in memory, where nothing fails; what it told is in the topic.
    pub async fn undisturbed(&self) -> (Memory, BTreeSet<String>) {
        let memory = Memory::new();
        let channels = self.ports().channels;
        let ports = Ports { channels, ..memory.ports() };
        play(&ports, self.topic(), Order::AsSent, async |step| {
            step.take(&ports).await.expect("nothing fails");
        })
        .await;
        (memory, self.letters().await)
    }

    /// What came from the topic since the last time. The same letter may come twice: it counts once.
    pub async fn letters(&self) -> BTreeSet<String> {
        let sqs = aws_sdk_sqs::Client::new(&self.config);
        let mut letters = BTreeSet::new();
        loop {
            let receive = sqs.receive_message().queue_url(&self.subscriber).max_number_of_messages(10);
            let received = receive.send().await.expect("receiving succeeds").messages.unwrap_or_default();
            if received.is_empty() {
                return letters;
            }
            for message in received {
                let envelope: Value = serde_json::from_str(message.body().expect("a body")).expect("JSON");
                let part = |name: &str| envelope[name].to_string();
                letters.insert(["Subject", "Message", "MessageAttributes"].map(part).join("\n"));
                let receipt = message.receipt_handle().expect("a receipt");
                let done = sqs.delete_message().queue_url(&self.subscriber).receipt_handle(receipt).send();
                done.await.expect("it can be removed");
            }
        }
    }

    /// Asserts that everything that is stored is what is stored there: each item, no item more, and the blobs. How often
    /// something had to be sent, and when that succeeded, may differ; what was sent may not.
    pub async fn assert_same(&self, expected: &Memory, case: &str) {
        let mut items = expected.table.items();
        items.retain(|item| key_is_compared(&item.key));
        let keys: BTreeSet<Key> = items.iter().map(|item| item.key.clone()).collect();
        let found: BTreeSet<Key> = self.keys().await.into_iter().filter(key_is_compared).collect();
        let other: Vec<_> = found.symmetric_difference(&keys).collect();
        assert!(other.is_empty(), "{case}: only on one side: {other:?}");
        let partitions: BTreeSet<&str> = keys.iter().map(|key| key.partition.as_str()).collect();
        // Nobody reads what has expired; the table may have removed it or not.
        let now = self.clock.now();
        items.retain(|item| item.expires.is_none_or(|end| end > now));
        let mut stored = BTreeMap::new();
        for partition in partitions {
            let found = all_items(&*self.table(), partition).await.into_iter();
            stored.extend(found.map(|item| (item.key.clone(), item)));
        }
        for wanted in &items {
            assert_eq!(stored.get(&wanted.key), Some(wanted), "{case}");
        }
        assert_eq!(all_blobs(&*self.blobs()).await, expected.blobs.keys(), "{case}");
        assert_eq!(sent(&self.app()).await, sent(&expected.app()).await, "{case}");
    }

    /// The keys of all items, as they are in the table.
    async fn keys(&self) -> BTreeSet<Key> {
        let client = aws_sdk_dynamodb::Client::new(&self.config);
        let mut keys = BTreeSet::new();
        let mut next = None;
        loop {
            let scan = client.scan().table_name(&self.table_name).projection_expression("pk, sk");
            let page = scan.set_exclusive_start_key(next).send().await.expect("the table can be read");
            for item in page.items.unwrap_or_default() {
                let part = |name: &str| match &item[name] {
                    AttributeValue::S(text) => text.clone(),
                    other => panic!("{name} is {other:?}"),
                };
                keys.insert(Key::new(part("pk"), part("sk")));
            }
            next = page.last_evaluated_key.filter(|key| !key.is_empty());
            if next.is_none() {
                return keys;
            }
        }
    }
}

/// A topic, and a queue that gets what it gives out.
async fn subscribed_topic(config: &SdkConfig) -> (String, String) {
    let (sns, sqs) = (aws_sdk_sns::Client::new(config), aws_sdk_sqs::Client::new(config));
    let name = unique("told");
    let made = sns.create_topic().name(&name).send().await.expect("a topic can be made");
    let topic = made.topic_arn.expect("it has an ARN");
    let made = sqs.create_queue().queue_name(&name).send().await.expect("a queue can be made");
    let queue = made.queue_url.expect("it has an address");
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let subscribe = sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(arn);
    subscribe.send().await.expect("a queue can subscribe");
    (topic, queue)
}

impl Memory {
    pub fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        Self { table: Arc::new(MemoryTable::new(clock.clone())), blobs: Arc::default(), clock }
    }

    pub fn app(&self) -> App {
        app(self.table.clone(), self.blobs.clone(), &self.clock)
    }

    pub fn ports(&self) -> Ports {
        Ports {
            table: self.table.clone(),
            blobs: self.blobs.clone(),
            queue: Arc::new(MemoryQueue::new(self.clock.clone())),
            channels: Arc::new(MemoryChannels::default()),
            clock: self.clock.clone(),
        }
    }
}

pub fn app(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, clock: &Arc<TestClock>) -> App {
    App::new(table, blobs, clock.clone(), Arc::new(CountedIds::default()))
}

/// Deliveries count their attempts, and channels note when the last one was.
fn key_is_compared(key: &Key) -> bool {
    let is_status = key.partition == "CHANNELS" && key.sort.starts_with("STATUS#");
    !is_status && !key.partition.starts_with("SENT#")
}

/// What was to be delivered, by channel, and whether it was.
async fn sent(app: &App) -> Vec<(String, Notification, bool)> {
    let mut sent = Vec::new();
    for channel in app.channel_records().await.expect("channels") {
        for delivery in app.deliveries(&channel.id).await.expect("deliveries") {
            let done = matches!(delivery.progress.state, DeliveryState::Sent { .. });
            sent.push((delivery.channel, delivery.notification, done));
        }
    }
    sent
}

/// What people see.
pub async fn seen(app: &App) -> String {
    let many = std::num::NonZeroUsize::MAX;
    let office = "office".parse().expect("an id");
    let filter = portdelta_app::HostFilter::default();
    let mut parts = vec![format!("{:#?}", app.sites().await.expect("sites"))];
    parts.push(format!("{:#?}", app.hosts(&office, &filter).await.expect("hosts")));
    for run in app.runs(&office, None, None).await.expect("runs").runs {
        parts.push(format!("{:#?} {:#?}", run, app.run_deltas(&run, true).await.expect("deltas")));
    }
    let alerts = app.alerts(&AlertFilter::default(), many, None).await.expect("alerts").alerts;
    parts.push(format!("{alerts:#?}"));
    parts.join("\n")
}

/// A partition as it is stored.
async fn all_items(table: &dyn Table, partition: &str) -> Vec<Item> {
    let (mut items, mut query) = (Vec::new(), Query::partition(partition));
    loop {
        let page = table.query(&query).await.expect("the table answers");
        items.extend(page.items);
        match page.next {
            Some(next) => query = query.after(Some(next)),
            None => return items,
        }
    }
}

async fn all_blobs(blobs: &dyn Blobs) -> Vec<BlobKey> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let limit = std::num::NonZeroUsize::MIN.saturating_add(999);
        let page =
            blobs.list(&BlobPrefix::default(), after.as_ref(), limit).await.expect("the bucket answers");
        keys.extend(page.entries.into_iter().map(|entry| entry.key));
        match page.next {
            Some(next) => after = Some(next),
            None => return keys,
        }
    }
}

/// An import of this text, at the site `office`, as a part of a run.
pub fn upload(run: &str, text: &NmapText) -> Upload {
    let run: RunId = run.parse().expect("an id");
    let judgement = Judgement {
        run: run.clone(),
        scan: None,
        targets: None,
        ports: None,
        default_time: UnixTime::EPOCH.shifted(1_999_000_000),
        time_zone: "UTC".to_owned(),
        format: None,
        confirm_open: 1,
        confirm_close: 1,
    };
    Upload {
        site: "office".parse().expect("an id"),
        title: format!("import {run}"),
        source: format!("{run}.xml"),
        raw: Raw::Held(text.bytes()),
        run: Some(run),
        by: None,
        judgement,
    }
}
