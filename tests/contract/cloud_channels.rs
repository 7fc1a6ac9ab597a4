//! Topics and event buses on emulators; a queue is their subscriber.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use portdelta_app::Upload;
use portdelta_app::ports::{Channel, ChannelError, ChannelSettings, Channels, Clock as _};
use portdelta_app::repositories::{Judgement, NetworkDraft};
use portdelta_aws::{AwsChannels, SdkConfig};
use portdelta_core::ids::RunId;
use portdelta_protocol::admin::{self, ChannelDraft, ChannelFilter};
use portdelta_testkit::contract::ChannelUnderTest;
use portdelta_testkit::contract::channel::{Arrived, Mood, Place};
use portdelta_testkit::{MemoryChannels, MemoryServer, NmapHost, NmapText};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::emulators::{Emulator, unique};
use crate::relay::{Relay, Way};

/// Accounts of emulators.
const ACCOUNT: &str = "000000000000";

/// A queue that gets what a topic or bus gives out.
struct Subscriber {
    sqs: aws_sdk_sqs::Client,
    queue: String,
    arn: String,
    got: Mutex<Vec<Value>>,
}

impl Subscriber {
    async fn new(config: &SdkConfig) -> Self {
        let sqs = aws_sdk_sqs::Client::new(config);
        let name = unique("subscriber");
        let made = sqs.create_queue().queue_name(&name).send().await.expect("a queue can be made");
        let queue = made.queue_url.expect("it has an address");
        let arn = format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}");
        Self { sqs, queue, arn, got: Mutex::default() }
    }

    /// All that came so far, in the order of its sending.
    async fn got(&self) -> Vec<Value> {
        let mut got = self.got.lock().await;
        let mut idle = 0;
        while idle < 2 {
            let receive = self.sqs.receive_message().queue_url(&self.queue).max_number_of_messages(10);
            let received =
                receive.wait_time_seconds(i32::from(idle == 1)).send().await.expect("receiving succeeds");
            let messages = received.messages.unwrap_or_default();
            idle = if messages.is_empty() { idle + 1 } else { 0 };
            for message in messages {
                got.push(serde_json::from_str(message.body().expect("a body")).expect("JSON"));
                let receipt = message.receipt_handle().expect("a receipt");
                let done = self.sqs.delete_message().queue_url(&self.queue).receipt_handle(receipt).send();
                done.await.expect("it can be removed");
            }
        }
        got.clone()
    }
}

/// A config that goes through a relay.
async fn relayed(emulator: Emulator) -> Option<(SdkConfig, SdkConfig, Arc<Relay>)> {
    let direct = emulator.config()?;
    let endpoint = direct.endpoint_url().expect("emulators have addresses");
    let relay = Relay::to(endpoint.trim_start_matches("http://").to_owned()).await;
    let through = direct.to_builder().endpoint_url(relay.url()).build();
    Some((direct, through, relay))
}

fn open(config: &SdkConfig, settings: &ChannelSettings) -> Arc<dyn Channel> {
    let channels = AwsChannels::new(config, Arc::new(MemoryChannels::default()));
    Arc::from(channels.open(settings).expect("the settings can work"))
}

mod topic {
    use super::*;

    struct Subscribed(Subscriber, Arc<Relay>);

    #[async_trait]
    impl Place for Subscribed {
        async fn arrived(&self) -> Vec<Arrived> {
            let read = |envelope: &Value| {
                let given = envelope["MessageAttributes"].as_object().cloned().unwrap_or_default();
                let value = |(name, value): (String, Value)| {
                    (name, value["Value"].as_str().unwrap_or_default().to_owned())
                };
                let mut attributes: BTreeMap<String, String> = given.into_iter().map(value).collect();
                Arrived {
                    id: attributes.remove("id"),
                    subject: envelope["Subject"].as_str().map(str::to_owned),
                    text: envelope["Message"].as_str().expect("a text").to_owned(),
                    smuggled: attributes.keys().filter(|name| name.contains("vil")).cloned().collect(),
                    attributes: Some(attributes),
                }
            };
            self.0.got().await.iter().map(read).collect()
        }

        async fn turn(&self, mood: Mood) -> bool {
            self.1.turn(match mood {
                Mood::Kind => Way::Open,
                Mood::Gone => Way::Closed,
                Mood::Busy => Way::Answer(
                    429,
                    "text/xml",
                    "<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code>\
                     <Message>Rate exceeded</Message></Error></ErrorResponse>",
                ),
                Mood::Strict => Way::Answer(
                    403,
                    "text/xml",
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code>\
                     <Message>not\n\u{1b}[2J you</Message></Error></ErrorResponse>",
                ),
            });
            true
        }
    }

    async fn fixture(emulator: Emulator) -> Option<ChannelUnderTest> {
        let (direct, through, relay) = relayed(emulator).await?;
        let sns = aws_sdk_sns::Client::new(&direct);
        let made = sns.create_topic().name(unique("pd")).send().await.expect("a topic can be made");
        let arn = made.topic_arn.expect("it has an ARN");
        let subscriber = Subscriber::new(&direct).await;
        let subscribe = sns.subscribe().topic_arn(&arn).protocol("sqs").endpoint(&subscriber.arn);
        subscribe.send().await.expect("a queue can subscribe");
        let channel = open(&through, &ChannelSettings::Topic { arn });
        Some(ChannelUnderTest { channel, place: Arc::new(Subscribed(subscriber, relay)), keep: Box::new(()) })
    }

    mod ministack {
        use super::{ChannelUnderTest, Emulator};

        async fn fixture() -> Option<ChannelUnderTest> {
            super::fixture(Emulator::MiniStack).await
        }

        portdelta_testkit::channel_contract!(fixture);
    }

    mod localstack {
        use super::{ChannelUnderTest, Emulator};

        async fn fixture() -> Option<ChannelUnderTest> {
            super::fixture(Emulator::LocalStack).await
        }

        // All but `a_long_text_is_whole_or_cut_at_a_line`: its SNS takes the longest text, and its SQS loses it, as the
        // envelope around it makes it longer.
        portdelta_testkit::channel_contract!(@tests fixture, [
            a_notification_arrives_as_it_was_meant,
            a_repetition_has_the_same_id,
            hostile_texts_stay_texts,
            a_busy_place_is_tried_again_later,
            a_refusal_is_told_as_final,
            several_deliveries_at_once_all_arrive,
        ]);
    }

    /// What a server says at once when a watched port opens in the networks Lab and Office.
    async fn alert_of_two_networks() -> portdelta_app::ports::Notification {
        let server = MemoryServer::new().await;
        let (service, site) = (&server.service, server.site("office").await);
        let url = Some("https://chat.example/".to_owned());
        let draft = ChannelDraft {
            name: "chat".to_owned(),
            enabled: true,
            settings: Some(admin::ChannelSettings::Slack { url, allow_private: false }),
            filter: ChannelFilter::default(),
        };
        service.create_channel(&draft).await.expect("the channel is well");
        for (name, prefixes) in [("Lab", "192.0.2.1"), ("Office", "192.0.2.2")] {
            let network = NetworkDraft {
                name: name.to_owned(),
                prefixes: prefixes.to_owned(),
                ..NetworkDraft::default()
            };
            service.app().create_network(&network).await.expect("it is new");
        }
        for (seconds, open) in [(0, &[22][..]), (60, &[22, 3389])] {
            let text = NmapText::of("-sT -p22,3389 192.0.2.1-2").at(seconds).tcp("22,3389").of_total(2);
            let hosts = ["192.0.2.1", "192.0.2.2"].map(|address| NmapHost::up(address).open(open));
            let text = hosts.into_iter().fold(text, NmapText::host);
            let run: RunId = format!("20330101t000000-{seconds:012}").parse().expect("an id");
            let judgement = Judgement {
                run: run.clone(),
                scan: None,
                targets: None,
                ports: None,
                default_time: server.clock.now(),
                time_zone: "UTC".to_owned(),
                format: None,
                confirm_open: 1,
                confirm_close: 1,
            };
            let upload = Upload {
                site: site.clone(),
                source: "x".to_owned(),
                title: "x".to_owned(),
                raw: text.bytes().into(),
                run: Some(run.clone()),
                by: None,
                judgement,
            };
            service.app().ingest(upload, &|_, _| {}).await.expect("it is taken in");
            service.notify_run(&run).await.expect("it is told");
        }
        service.deliver_pending().await.expect("it is delivered");
        let mut told = server.channels.delivered().into_iter().map(|(_, notification)| notification);
        told.find(|notification| notification.kind == "alert").expect("an alert")
    }

    /// Whoever asked for one network hears of it, wherever else the same happened.
    #[tokio::test]
    async fn subscriptions_meet_any_of_several_values() {
        let Some(config) = Emulator::MiniStack.config() else { return };
        let sns = aws_sdk_sns::Client::new(&config);
        let made = sns.create_topic().name(unique("pd")).send().await.expect("a topic can be made");
        let arn = made.topic_arn.expect("it has an ARN");
        let mut subscribers = Vec::new();
        for network in ["Lab", "Office", "Branch"] {
            let subscriber = Subscriber::new(&config).await;
            let filter =
                json!({ "network": [network], "severity": ["critical"], "site": ["office"] }).to_string();
            let subscribe = sns.subscribe().topic_arn(&arn).protocol("sqs").endpoint(&subscriber.arn);
            subscribe.attributes("FilterPolicy", filter).send().await.expect("a queue can subscribe");
            subscribers.push(subscriber);
        }
        let notification = alert_of_two_networks().await;
        let channel = open(&config, &ChannelSettings::Topic { arn });
        channel.deliver(&notification).await.expect("it is taken");
        let mut got = Vec::new();
        for subscriber in &subscribers {
            let envelopes = subscriber.got().await;
            got.push(envelopes.len());
            for envelope in envelopes {
                let network = &envelope["MessageAttributes"]["network"];
                assert_eq!(network["Type"], "String.Array", "{envelope}");
                assert_eq!(network["Value"], r#"["Lab","Office"]"#, "{envelope}");
            }
        }
        assert_eq!(got, [1, 1, 0], "{notification:?}");
    }

    /// People subscribe to what concerns them.
    #[tokio::test]
    async fn subscriptions_can_filter() {
        let Some(config) = Emulator::MiniStack.config() else { return };
        let sns = aws_sdk_sns::Client::new(&config);
        let made = sns.create_topic().name(unique("pd")).send().await.expect("a topic can be made");
        let arn = made.topic_arn.expect("it has an ARN");
        let subscriber = Subscriber::new(&config).await;
        let filter = r#"{"severity": ["critical", "high"], "site": ["office"], "network": ["Office"]}"#;
        let subscribe = sns.subscribe().topic_arn(&arn).protocol("sqs").endpoint(&subscriber.arn);
        subscribe.attributes("FilterPolicy", filter).send().await.expect("a queue can subscribe");
        let channel = open(&config, &ChannelSettings::Topic { arn });
        for (id, severity, site) in
            [("a", "critical", "office"), ("b", "low", "office"), ("c", "high", "branch")]
        {
            let attributes =
                [("severity", severity), ("site", site), ("network", "Office"), ("kind", "alert")];
            let notification = portdelta_app::ports::Notification {
                id: id.to_owned(),
                kind: "alert".to_owned(),
                subject: "s".to_owned(),
                text: "t".to_owned(),
                attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
                several: BTreeMap::new(),
                data: Value::Null,
            };
            channel.deliver(&notification).await.expect("it is taken");
        }
        let got = subscriber.got().await;
        let ids: Vec<_> = got.iter().map(|envelope| &envelope["MessageAttributes"]["id"]["Value"]).collect();
        assert_eq!(ids, ["a"]);
    }

    #[tokio::test]
    async fn what_names_no_topic_is_refused() {
        let Some(config) = Emulator::MiniStack.config() else { return };
        let channels = AwsChannels::new(&config, Arc::new(MemoryChannels::default()));
        for arn in
            ["", "portdelta", "arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sns:us-east-1:1:t", "a\nb"]
        {
            let opened = channels.open(&ChannelSettings::Topic { arn: arn.to_owned() });
            assert!(matches!(opened.map(drop), Err(ChannelError::Never(_))), "{arn}");
        }
        let gone =
            ChannelSettings::Topic { arn: format!("arn:aws:sns:us-east-1:{ACCOUNT}:{}", unique("gone")) };
        let notification = portdelta_app::ports::Notification {
            id: "1".to_owned(),
            kind: "test".to_owned(),
            subject: "s".to_owned(),
            text: "t".to_owned(),
            attributes: BTreeMap::new(),
            several: BTreeMap::new(),
            data: Value::Null,
        };
        let outcome = open(&config, &gone).deliver(&notification).await;
        assert!(matches!(outcome, Err(ChannelError::Never(_))), "{outcome:?}");
    }
}

mod bus {
    use super::*;

    struct Rule(Subscriber, Arc<Relay>);

    #[async_trait]
    impl Place for Rule {
        async fn arrived(&self) -> Vec<Arrived> {
            let events = self.0.got().await;
            let runs = events.iter().filter(|event| event["detail-type"] == "portdelta.run");
            let read = |event: &Value| {
                let detail = event["detail"].as_object().expect("a detail").clone();
                let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
                let known = ["severity", "site", "scan", "network", "kind"];
                let attributes =
                    known.iter().filter_map(|&name| Some((name.to_owned(), text(name)?))).collect();
                Arrived {
                    id: text("id"),
                    subject: text("subject").map(|subject| subject.replace(['\r', '\n'], " ")),
                    text: text("text").expect("a text"),
                    attributes: Some(attributes),
                    smuggled: Vec::new(),
                }
            };
            runs.map(read).collect()
        }

        async fn turn(&self, mood: Mood) -> bool {
            const JSON: &str = "application/x-amz-json-1.1";
            self.1.turn(match mood {
                Mood::Kind => Way::Open,
                Mood::Gone => Way::Closed,
                Mood::Busy => Way::Answer(
                    200,
                    JSON,
                    r#"{"FailedEntryCount":2,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"slower"},
                    {"ErrorCode":"InternalFailure"}]}"#,
                ),
                Mood::Strict => {
                    Way::Answer(400, JSON, r#"{"__type":"ResourceNotFoundException","message":"no such bus"}"#)
                }
            });
            true
        }
    }

    /// A bus, and who gets all of its events.
    async fn bus(config: &SdkConfig) -> (String, Subscriber) {
        let events = aws_sdk_eventbridge::Client::new(config);
        let (name, rule) = (unique("pd"), unique("all"));
        events.create_event_bus().name(&name).send().await.expect("a bus can be made");
        let pattern = r#"{"source": ["portdelta"]}"#;
        let put = events.put_rule().name(&rule).event_bus_name(&name).event_pattern(pattern);
        put.send().await.expect("a rule can be made");
        let subscriber = Subscriber::new(config).await;
        let target = aws_sdk_eventbridge::types::Target::builder().id("queue").arn(&subscriber.arn).build();
        let put = events.put_targets().rule(&rule).event_bus_name(&name).targets(target.expect("a target"));
        put.send().await.expect("a target can be put");
        (name, subscriber)
    }

    async fn fixture() -> Option<ChannelUnderTest> {
        let (direct, through, relay) = relayed(Emulator::MiniStack).await?;
        let (name, subscriber) = bus(&direct).await;
        let channel = open(&through, &ChannelSettings::Bus { name });
        Some(ChannelUnderTest { channel, place: Arc::new(Rule(subscriber, relay)), keep: Box::new(()) })
    }

    portdelta_testkit::channel_contract!(fixture);

    /// More than a request takes, each once.
    #[tokio::test]
    async fn each_delta_and_alert_is_an_event() {
        let Some((config, _, _)) = relayed(Emulator::MiniStack).await else { return };
        let (name, subscriber) = bus(&config).await;
        let channel = open(&config, &ChannelSettings::Bus { name });
        let delta = |number: usize| serde_json::json!({"kind": "port-opened", "port": number});
        let notification = portdelta_app::ports::Notification {
            id: "run-7".to_owned(),
            kind: "digest".to_owned(),
            subject: "s".to_owned(),
            text: "t\n".to_owned(),
            attributes: BTreeMap::from([("site".to_owned(), "office".to_owned())]),
            several: BTreeMap::new(),
            data: serde_json::json!({
                "run": {"run": "r-7"},
                "deltas": (0..23).map(delta).collect::<Vec<_>>(),
                "alerts": [{"severity": "critical", "title": "x"}, {"severity": "low"}],
            }),
        };
        channel.deliver(&notification).await.expect("it is taken");
        let got = subscriber.got().await;
        let mut ids: Vec<&str> = got.iter().filter_map(|event| event["detail"]["id"].as_str()).collect();
        ids.sort_unstable();
        let mut expected: Vec<String> = (0..23).map(|number| format!("run-7.delta.{number}")).collect();
        expected.extend(["run-7", "run-7.alert.0", "run-7.alert.1"].map(str::to_owned));
        expected.sort();
        assert_eq!(ids, expected);
        let of = |kind: &str| got.iter().filter(|event| event["detail-type"] == kind).count();
        assert_eq!((of("portdelta.run"), of("portdelta.delta"), of("portdelta.alert")), (1, 23, 2));
        assert!(got.iter().all(|event| event["detail"]["site"] == "office"));
    }
}
