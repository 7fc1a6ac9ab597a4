//! What only a stack has: a topic and a bus that tell of changes, without anybody having set up a channel.

use portdelta_protocol::admin::Channel;
use portdelta_testkit::{Listener, WebCatcher, wait_for};
use serde_json::Value;

use crate::cloud::Cloud;
use crate::runtime::{AgentProcess, PATIENCE, Runtime};
use crate::stories::draft;

/// Remote desktop, which is watched from the beginning.
const RDP: u16 = 3389;

/// A watched port opens: a queue that wants what is critical, an address that wants everything, and a rule of the bus
/// get it, each once.
pub fn the_topic_and_the_bus_of_the_stack_tell_of_changes(cloud: &mut Cloud) {
    let web = WebCatcher::start();
    let subscribed = cloud.subscribe(&web.url());
    let posted = |kind: &str| -> Vec<Value> {
        let bodies = web.requests().into_iter().map(|request| serde_json::from_slice(&request.body));
        let bodies = bodies.map(|body: Result<Value, _>| body.expect("SNS posts JSON"));
        bodies.filter(|body| body["Type"] == kind).collect()
    };
    let question = wait_for("the question to confirm", PATIENCE, || posted("SubscriptionConfirmation").pop());
    subscribed.confirm(question["Token"].as_str().expect("a token"));

    let api = cloud.api();
    let channels: Vec<Channel> = api.all("/channels");
    let mut names: Vec<&str> = channels.iter().map(|channel| &*channel.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["bus of the stack", "topic of the stack"]);
    api.add_site("office");
    let _agent = AgentProcess::approved(cloud, "office", "one");
    let _steady = Listener::at("127.0.64.1", 2022);
    let scan = api.add_scan(&draft("127.0.64.1", &format!("2022,{RDP}"), &["office"]));
    api.ran(&scan, "first");
    let digest = wait_for("the digest of first looks", PATIENCE, || posted("Notification").pop());
    assert!(digest["Message"].as_str().is_some_and(|text| text.contains("2022")), "{digest}");

    let _desktop = Listener::at("127.0.64.1", RDP);
    let run = api.ran(&scan, "second");
    assert_eq!(api.changes(&run), [format!("port-opened 127.0.64.1 {RDP}/tcp")]);
    let mut critical = Vec::new();
    wait_for("the alert in the queue", PATIENCE, || {
        critical.extend(subscribed.critical());
        critical.iter().any(tells).then_some(())
    });
    wait_for("the alert at the address", PATIENCE, || posted("Notification").iter().any(tells).then_some(()));
    let mut events = Vec::new();
    for kind in ["portdelta.run", "portdelta.delta", "portdelta.alert"] {
        wait_for(kind, PATIENCE, || {
            events.extend(subscribed.events());
            let is_it =
                |event: &Value| event["detail-type"] == kind && event["detail"].to_string().contains("3389");
            events.iter().any(is_it).then_some(())
        });
    }
    // Whoever tells it twice has had the time.
    critical.extend(subscribed.critical());
    events.extend(subscribed.events());
    for (envelopes, everywhere) in [(critical, false), (posted("Notification"), true)] {
        for envelope in &envelopes {
            let subject = envelope["Subject"].as_str().expect("a subject");
            assert!(subject.is_ascii() && subject.len() <= 100, "{subject}");
            let attributes = &envelope["MessageAttributes"];
            assert!(everywhere || attributes["severity"]["Value"] == "critical", "{envelope}");
            assert_eq!(attributes["site"]["Value"], "office", "{envelope}");
        }
        once(envelopes.iter().map(|envelope| &envelope["MessageAttributes"]["id"]["Value"]));
    }
    once(events.iter().map(|event| &event["detail"]["id"]));
}

/// Whether an envelope of SNS is about remote desktop.
fn tells(envelope: &Value) -> bool {
    envelope["Message"].as_str().is_some_and(|text| text.contains("3389"))
}

/// Each has an id, and no two the same.
fn once<'a>(ids: impl Iterator<Item = &'a Value>) {
    let mut ids: Vec<&str> = ids.map(|id| id.as_str().expect("an id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(all > 0 && ids.len() == all, "{all} came, {ids:?}");
}
