//! Notifications as events of an EventBridge bus, for rules: one of the run, one of each delta and each alert.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use portdelta_app::ports::{Channel, ChannelError, Notification};
use portdelta_core::escape::escape_within;
use serde_json::{Map, Value};

use super::room::within;
use crate::failure::is_throttle;

/// Who sends.
const SOURCE: &str = "portdelta";

/// Most events of one request (EventBridge, `PutEvents`).
const MOST_EVENTS: usize = 10;

/// The largest request, and so the largest event, in bytes of their sources, kinds and details (EventBridge,
/// `PutEvents`).
const MAX_BYTES: usize = 256 * 1024;

/// The longest text of a notification that an event carries, in bytes; in JSON it may grow.
const MAX_TEXT: usize = 64 * 1024;

/// The longest text within an event that is too large as it is, in columns.
const MAX_CUT: usize = 500;

/// How often what a bus did not take of a request is sent again, with a pause that doubles.
const MOST_TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A bus.
pub(super) struct Bus {
    client: Client,
    name: String,
}

/// An event to be sent.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    kind: &'static str,
    detail: String,
}

impl Event {
    fn bytes(&self) -> usize {
        SOURCE.len() + self.kind.len() + self.detail.len()
    }
}

impl Bus {
    /// The bus with this name or ARN.
    pub(super) fn open(client: Client, name: &str) -> Result<Self, ChannelError> {
        // The pattern of `EventBusName`, less what no bus is called.
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
        if !(1..=256).contains(&name.len()) || !name.bytes().all(allowed) {
            return Err(ChannelError::Never(
                "the bus is named by 1 to 256 of a-z, A-Z, 0-9, -, _, ., / and :".to_owned(),
            ));
        }
        Ok(Self { client, name: name.to_owned() })
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(event.kind)
            .detail(&event.detail)
            .event_bus_name(&self.name)
            .build()
    }

    /// Sends the events of one request; what the bus did not take is sent again.
    async fn put(&self, mut events: Vec<Event>) -> Result<(), ChannelError> {
        let mut pause = FIRST_PAUSE;
        let mut refusal = String::new();
        for _ in 0..MOST_TRIES {
            let entries = events.iter().map(|event| self.entry(event)).collect();
            let put = self.client.put_events().set_entries(Some(entries)).send().await;
            let results = put.map_err(|error| super::outcome("the bus", &error))?.entries.unwrap_or_default();
            let left = not_taken(events, &results);
            let Some((_, result)) = left.first() else { return Ok(()) };
            refusal = told(result);
            if let Some((_, result)) = left.iter().find(|(_, result)| !passes(result)) {
                return Err(ChannelError::Never(told(result)));
            }
            events = left.into_iter().map(|(event, _)| event).collect();
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(ChannelError::Later(refusal))
    }
}

/// The events that were not taken, with what was said of them. An answer that is too short says nothing of the rest,
/// which counts as not taken.
fn not_taken(events: Vec<Event>, results: &[PutEventsResultEntry]) -> Vec<(Event, PutEventsResultEntry)> {
    let unsaid = || PutEventsResultEntry::builder().error_code("InternalFailure").build();
    let with = |(number, event)| (event, results.get(number).cloned().unwrap_or_else(unsaid));
    let all = events.into_iter().enumerate().map(with);
    all.filter(|(_, result)| result.error_code().is_some() || result.event_id().is_none()).collect()
}

fn told(result: &PutEventsResultEntry) -> String {
    let (code, message) =
        (result.error_code().unwrap_or_default(), result.error_message().unwrap_or_default());
    format!("the bus did not take an event: {}", escape_within(&format!("{code}: {message}"), 300))
}

fn passes(result: &PutEventsResultEntry) -> bool {
    let code = result.error_code().unwrap_or_default();
    code.is_empty() || is_throttle(code) || matches!(code, "InternalFailure" | "InternalException")
}

/// What becomes of a notification: a digest is `portdelta.run`, with a `portdelta.delta` for each change and a
/// `portdelta.alert` for each alert; other notifications are their alerts. Each has an id made of the notification's, so
/// that a repetition has the same.
fn events(notification: &Notification) -> Vec<Event> {
    let data = &notification.data;
    let list = |name: &str| data.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let common = || {
        let one = notification.attributes.iter().map(|(name, value)| (name, Value::from(value.as_str())));
        // A pattern of a rule meets a list with any of its values.
        let several = notification.several.iter().map(|(name, values)| (name, Value::from(values.clone())));
        one.chain(several).map(|(name, value)| (name.clone(), value)).collect::<Map<_, _>>()
    };
    let mut events = Vec::new();
    let (deltas, alerts) = (list("deltas"), list("alerts"));
    if notification.kind == "digest" || deltas.is_empty() && alerts.is_empty() {
        let kind = if notification.kind == "test" { "portdelta.test" } else { "portdelta.run" };
        let mut detail = common();
        let rest = data.as_object().into_iter().flatten();
        detail.extend(
            rest.filter(|(name, _)| !matches!(name.as_str(), "deltas" | "alerts"))
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        detail.insert("id".to_owned(), notification.id.as_str().into());
        detail.insert("subject".to_owned(), notification.subject.as_str().into());
        detail.insert("text".to_owned(), within(&notification.text, MAX_TEXT).into());
        // How many there are, not how many are named.
        let count = |named: &[Value], more: &str| {
            named.len() as u64 + data.get(more).and_then(Value::as_u64).unwrap_or(0)
        };
        detail.insert("deltas".to_owned(), count(&deltas, "more_deltas").into());
        detail.insert("alerts".to_owned(), count(&alerts, "more_alerts").into());
        events.push(Event { kind, detail: written(detail) });
    }
    for (kind, name, items) in [("portdelta.delta", "delta", deltas), ("portdelta.alert", "alert", alerts)] {
        for (number, item) in items.into_iter().enumerate() {
            let mut detail = common();
            for name in ["severity", "site", "network", "scan"] {
                // What it says of itself is closer than what all have in common.
                if let Some(own) = item.get(name).filter(|own| own.is_string()) {
                    detail.insert(name.to_owned(), own.clone());
                }
            }
            if let Some(run) =
                data.get("run").and_then(|run| run.get("run").or(Some(run))).filter(|run| run.is_string())
            {
                detail.insert("run".to_owned(), run.clone());
            }
            detail.insert("id".to_owned(), format!("{}.{name}.{number}", notification.id).into());
            detail.insert(name.to_owned(), item);
            events.push(Event { kind, detail: written(detail) });
        }
    }
    events
}

/// A detail as JSON. One that is too large has its long texts cut, and says so.
fn written(detail: Map<String, Value>) -> String {
    let mut detail = Value::Object(detail);
    let mut text = detail.to_string();
    if text.len() + 100 > MAX_BYTES {
        shorten(&mut detail);
        detail["cut"] = true.into();
        text = detail.to_string();
    }
    text
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => *text = escape_within(text, MAX_CUT).to_string(),
        Value::Array(items) => {
            items.truncate(100);
            items.iter_mut().for_each(shorten);
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

/// The events in requests that the service takes.
fn requests(events: Vec<Event>) -> Vec<Vec<Event>> {
    let mut requests: Vec<Vec<Event>> = Vec::new();
    let mut bytes = 0;
    for event in events {
        let room = requests.last().is_some_and(|request| request.len() < MOST_EVENTS);
        if let Some(last) = requests.last_mut()
            && room
            && bytes + event.bytes() <= MAX_BYTES
        {
            bytes += event.bytes();
            last.push(event);
        } else {
            bytes = event.bytes();
            requests.push(vec![event]);
        }
    }
    requests
}

#[async_trait]
impl Channel for Bus {
    /// After an error some of the events may have been taken; they come again with the same ids.
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        for request in requests(events(notification)) {
            self.put(request).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn digest(deltas: usize, text: &str) -> Notification {
        let delta = |number: usize| json!({"kind": "port-opened", "port": number, "note": text});
        Notification {
            id: "run-1".to_owned(),
            kind: "digest".to_owned(),
            subject: "s".to_owned(),
            text: "t\n".to_owned(),
            attributes: [("site".to_owned(), "office".to_owned()), ("severity".to_owned(), "low".to_owned())]
                .into(),
            several: BTreeMap::new(),
            data: json!({
                "run": {"run": "r-1", "score": 3},
                "deltas": (0..deltas).map(delta).collect::<Vec<_>>(),
                "alerts": [{"severity": "critical", "title": "x"}],
            }),
        }
    }

    #[test]
    fn a_digest_is_a_run_its_deltas_and_its_alerts() {
        let events = events(&digest(2, ""));
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["portdelta.run", "portdelta.delta", "portdelta.delta", "portdelta.alert"]);
        let details: Vec<Value> =
            events.iter().map(|event| serde_json::from_str(&event.detail).expect("JSON")).collect();
        assert_eq!(details[0]["run"]["score"], 3);
        assert_eq!((&details[0]["deltas"], &details[0]["text"]), (&json!(2), &json!("t\n")));
        assert_eq!(details[2]["id"], "run-1.delta.1");
        assert_eq!((&details[2]["run"], &details[2]["delta"]["port"]), (&json!("r-1"), &json!(1)));
        assert_eq!((&details[3]["severity"], &details[3]["site"]), (&json!("critical"), &json!("office")));
    }

    #[test]
    fn a_run_counts_what_it_does_not_name() {
        let mut digest = digest(2, "");
        digest.data["more_deltas"] = json!(300);
        digest.data["more_alerts"] = json!(7);
        let events = events(&digest);
        assert_eq!(events.len(), 4);
        let run: Value = serde_json::from_str(&events[0].detail).expect("JSON");
        assert_eq!((&run["deltas"], &run["alerts"]), (&json!(302), &json!(8)));
        assert_eq!((&run["more_deltas"], &run["more_alerts"]), (&json!(300), &json!(7)));
    }

    #[test]
    fn rules_see_all_values_of_an_attribute() {
        let mut digest = digest(1, "");
        digest.several = [("network".to_owned(), vec!["Lab".to_owned(), "Office".to_owned()])].into();
        digest.data["alerts"][0]["network"] = json!("Lab");
        let all = events(&digest);
        let details: Vec<Value> =
            all.iter().map(|event| serde_json::from_str(&event.detail).expect("JSON")).collect();
        assert_eq!(details[0]["network"], json!(["Lab", "Office"]));
        assert_eq!(details[2]["network"], "Lab", "what an alert says of itself is closer");
    }

    #[test]
    fn other_kinds_are_what_they_hold() {
        let alert = Notification { kind: "alert".to_owned(), ..digest(0, "") };
        assert_eq!(events(&alert).iter().map(|event| event.kind).collect::<Vec<_>>(), ["portdelta.alert"]);
        let test = Notification { kind: "test".to_owned(), data: json!({"test": true}), ..digest(0, "") };
        assert_eq!(events(&test).iter().map(|event| event.kind).collect::<Vec<_>>(), ["portdelta.test"]);
    }

    #[test]
    fn requests_keep_the_limits() {
        for (count, text) in [(0, ""), (9, ""), (10, ""), (57, ""), (30, "x".repeat(60_000).as_str())] {
            let all = events(&digest(count, text));
            let requests = requests(all.clone());
            for request in &requests {
                assert!(request.len() <= MOST_EVENTS);
                assert!(request.iter().map(Event::bytes).sum::<usize>() <= MAX_BYTES);
            }
            assert_eq!(requests.concat(), all);
        }
    }

    #[test]
    fn an_event_that_is_too_large_is_cut_and_says_so() {
        let all = events(&digest(1, &"\u{1b}".repeat(300_000)));
        let delta: Value = serde_json::from_str(&all[1].detail).expect("JSON");
        assert!(all[1].bytes() < MAX_BYTES);
        assert_eq!((&delta["cut"], &delta["delta"]["kind"]), (&json!(true), &json!("port-opened")));
    }

    #[test]
    fn what_was_not_taken_is_known() {
        let all = events(&digest(2, ""));
        let taken = || PutEventsResultEntry::builder().event_id("1").build();
        let throttled = || PutEventsResultEntry::builder().error_code("ThrottlingException").build();
        let left = not_taken(all.clone(), &[taken(), throttled(), taken()]);
        assert_eq!(
            left.iter().map(|(event, _)| event.clone()).collect::<Vec<_>>(),
            [all[1].clone(), all[3].clone()]
        );
        assert!(left.iter().all(|(_, result)| passes(result)));
        assert!(!passes(&PutEventsResultEntry::builder().error_code("MalformedDetail").build()));
    }
}
