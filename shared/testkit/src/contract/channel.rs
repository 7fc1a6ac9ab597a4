//! The suite of the channel port.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use portdelta_app::ports::{Channel, ChannelError, Notification};
use serde_json::json;

/// The longest subject that any channel shows, in characters.
const MAX_SUBJECT: usize = 100;

/// A channel to be tested, with the place that it delivers to.
pub struct ChannelUnderTest {
    /// The channel.
    pub channel: Arc<dyn Channel>,
    /// What it delivers to; nothing was delivered yet.
    pub place: Arc<dyn Place>,
    /// What must live as long as the channel.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// What arrived. A format's own marks are taken off, so that the text is what a person reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// [`Notification::id`]; `None` where the format has no place for it.
    pub id: Option<String>,
    /// The subject; `None` where the format has none.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// What filters see; `None` where the format has none.
    pub attributes: Option<BTreeMap<String, String>>,
    /// Whatever came that was not asked for: further headers, recipients, parts.
    pub smuggled: Vec<String>,
}

/// How a place behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It takes what comes.
    Kind,
    /// It says: not now.
    Busy,
    /// It says: never.
    Strict,
    /// Nobody is there.
    Gone,
}

/// What a channel delivers to.
#[async_trait]
pub trait Place: Send + Sync {
    /// What arrived so far, in order. Waits for what is under way.
    async fn arrived(&self) -> Vec<Arrived>;

    /// Changes how it behaves; `false` where it can't behave like this.
    async fn turn(&self, mood: Mood) -> bool;
}

impl ChannelUnderTest {
    async fn deliver(&self, notification: &Notification) -> Arrived {
        let before = self.place.arrived().await.len();
        self.channel.deliver(notification).await.expect("it is taken");
        let mut arrived = self.place.arrived().await;
        assert_eq!(arrived.len(), before + 1, "one delivery is one message");
        arrived.remove(before)
    }
}

fn notification(id: &str) -> Notification {
    Notification {
        id: id.to_owned(),
        kind: "digest".to_owned(),
        subject: "[critical] Office at office: 1 alert, 2 changes".to_owned(),
        text: "3389/tcp is open at 192.0.2.7\n\n  .\n  changed: 2\n".to_owned(),
        attributes: [
            ("severity", "critical"),
            ("site", "office"),
            ("scan", "Office, weekly"),
            ("network", "Office"),
            ("kind", "digest"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        several: BTreeMap::new(),
        data: json!({"run": "r-1", "deltas": [{"kind": "port-opened", "port": 3389}]}),
    }
}

/// The lines of a text, as far as somebody sees them.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

/// Subject, text and what filters see.
pub async fn a_notification_arrives_as_it_was_meant(t: ChannelUnderTest) {
    let sent = notification("run-1");
    let arrived = t.deliver(&sent).await;
    assert_eq!(lines(&arrived.text), lines(&sent.text));
    assert!(arrived.subject.is_none_or(|subject| subject == sent.subject));
    assert!(arrived.id.is_none_or(|id| id == sent.id));
    assert!(arrived.attributes.is_none_or(|attributes| attributes == sent.attributes));
    assert_eq!(arrived.smuggled, Vec::<String>::new());
}

/// A crash may repeat a delivery: by the id it can be told.
pub async fn a_repetition_has_the_same_id(t: ChannelUnderTest) {
    let (first, other) = (notification("alert-1-open"), notification("alert-2-open"));
    let arrived = [t.deliver(&first).await, t.deliver(&first).await, t.deliver(&other).await];
    assert_eq!(arrived[0], arrived[1]);
    assert!(arrived[0].id.is_none() || arrived[0].id != arrived[2].id);
}

/// Texts come harmless; a slip there must not become a header, an attribute or a second message here.
pub async fn hostile_texts_stay_texts(t: ChannelUnderTest) {
    let mut hostile = notification("run-2");
    hostile.subject = format!("a\r\nBcc: evil@example.org\r\n\r\nb\u{1b}[2J {}", "ü→".repeat(200));
    let text = "\n.\n\r\n.\r\nDATA\n<!channel> <b>&amp; \"'%n{{7*7}}\n\u{1b}]0;x\u{7}end\n";
    text.clone_into(&mut hostile.text);
    hostile.attributes.insert("scan".to_owned(), "a\"b\r\nX-Evil: 1".to_owned());
    hostile.data = json!({"banner": "\r\nX-Evil: 1\u{0}\u{1b}[2J"});
    let arrived = t.deliver(&hostile).await;
    assert_eq!(arrived.smuggled, Vec::<String>::new());
    if let Some(subject) = &arrived.subject {
        assert!(subject.chars().count() <= MAX_SUBJECT.max(hostile.subject.chars().count()), "{subject}");
        assert!(!subject.contains(['\r', '\n']), "{subject:?}");
    }
    assert!(arrived.text.contains("<!channel> <b>&amp; \"'%n{{7*7}}"), "{:?}", arrived.text);
    assert!(arrived.text.contains("end"), "a dot ends nothing: {:?}", arrived.text);
    t.deliver(&notification("run-3")).await;
}

/// A text that is too long for the format ends at the end of a line, and says that it was cut.
pub async fn a_long_text_is_whole_or_cut_at_a_line(t: ChannelUnderTest) {
    let mut long = notification("run-4");
    let all: Vec<_> = (0..20_000).map(|number| format!("{number:05} 192.0.2.1 Büro opened")).collect();
    long.text = all.join("\n");
    let arrived = t.deliver(&long).await;
    let (sent, mut got) = (lines(&long.text), lines(&arrived.text));
    if got == sent {
        return;
    }
    let told = got.pop().expect("there are lines");
    assert!(!told.is_empty() && !sent.contains(&told), "it says that it was cut: {told}");
    while got.last() == Some(&"") {
        got.pop();
    }
    assert!(got.len() > 100, "{} lines", got.len());
    assert_eq!(got, sent[..got.len()]);
}

/// The notification goes on its way again later.
pub async fn a_busy_place_is_tried_again_later(t: ChannelUnderTest) {
    for mood in [Mood::Busy, Mood::Gone] {
        if !t.place.turn(mood).await {
            continue;
        }
        let outcome = t.channel.deliver(&notification("run-5")).await;
        let Err(ChannelError::Later(message)) = outcome else { panic!("{mood:?}: {outcome:?}") };
        harmless(&message);
    }
    assert!(t.place.turn(Mood::Kind).await, "it comes to its senses");
    t.deliver(&notification("run-5")).await;
}

/// Trying again would do no good.
pub async fn a_refusal_is_told_as_final(t: ChannelUnderTest) {
    if !t.place.turn(Mood::Strict).await {
        return;
    }
    let outcome = t.channel.deliver(&notification("run-6")).await;
    let Err(ChannelError::Never(message)) = outcome else { panic!("{outcome:?}") };
    harmless(&message);
    assert_eq!(t.place.arrived().await, []);
}

/// It is shown to people and kept.
fn harmless(message: &str) {
    assert!(!message.is_empty() && message.chars().count() < 600, "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
}

/// Nothing is lost or mixed.
pub async fn several_deliveries_at_once_all_arrive(t: ChannelUnderTest) {
    let mut deliveries = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (channel, mut sent) = (Arc::clone(&t.channel), notification(&format!("run-many-{number}")));
        sent.text = format!("text {number}\n");
        deliveries.spawn(async move { channel.deliver(&sent).await });
    }
    while let Some(outcome) = deliveries.join_next().await {
        outcome.expect("a delivery does not panic").expect("it is taken");
    }
    let mut texts: Vec<String> =
        t.place.arrived().await.iter().map(|arrived| arrived.text.trim().to_owned()).collect();
    texts.sort();
    assert_eq!(texts, (0..8).map(|number| format!("text {number}")).collect::<Vec<_>>());
}

/// Makes a test of every case. Takes an async function without arguments that gives a [`ChannelUnderTest`],
/// or `None` where there is nothing to test on this machine: then nothing is.
#[macro_export]
macro_rules! channel_contract {
    ($fixture:path) => {
        $crate::channel_contract!(@tests $fixture, [
            a_notification_arrives_as_it_was_meant,
            a_repetition_has_the_same_id,
            hostile_texts_stay_texts,
            a_long_text_is_whole_or_cut_at_a_line,
            a_busy_place_is_tried_again_later,
            a_refusal_is_told_as_final,
            several_deliveries_at_once_all_arrive,
        ]);
    };
    (@tests $fixture:path, [$($case:ident,)*]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(under_test) = Option::from($fixture().await) {
                    $crate::contract::channel::$case(under_test).await;
                }
            }
        )*
    };
}
