//! What a stack must bear: firings, uploads and batches that come twice, late, and in another order.

use std::collections::BTreeSet;

use portdelta_protocol::admin::{Run, RunState};
use portdelta_testkit::{Listener, wait_for};
use serde_json::{Value, json};

use crate::api::Api;
use crate::cloud::Cloud;
use crate::runtime::{AgentProcess, PATIENCE, Runtime};
use crate::stories::draft;

/// Remote desktop, which is watched from the beginning.
const RDP: u16 = 3389;
/// A message of the ingest queue, as Lambda hands it to the function.
const UPLOADED: &str = include_str!("../../../../functions/ingest/events/uploaded.json");
/// A time that no schedule of the test has.
const FIRED_FOR: &str = "2033-06-01T03:00:00Z";

/// A schedule that fires twice begins one run, whose change is one delta and one alert. Then everything comes once more: the
/// firing, every upload and every event of it twice and the newest first, every batch, and that the runs are finished.
pub fn what_comes_again_in_another_order_changes_nothing(cloud: &mut Cloud) {
    cloud.listen_for_mail();
    let api = cloud.api();
    api.add_site("office");
    let _agent = AgentProcess::approved(cloud, "office", "one");
    let (_left, _right) = (Listener::at("127.0.71.1", 2022), Listener::at("127.0.72.1", 2022));
    let scan = api.add_scan(&draft("127.0.71.1, 127.0.72.1", &format!("2022,{RDP}"), &["office"]));
    let first = api.ran(&scan, "first");
    let _desktop = Listener::at("127.0.72.1", RDP);
    let fire = json!({"work": "fire", "scan": scan.id, "time": FIRED_FOR});
    cloud.send("dispatch", &[fire.clone(), fire.clone()]);
    let second = wait_for("the firing to begin a run", PATIENCE, || {
        api.all::<Run>("/runs").into_iter().find(|run| run.id != first.id)
    });
    let second = api.finished(second.id.as_str());
    assert_eq!(second.state, RunState::Complete, "{second:?}");
    let mut mails = Vec::new();
    wait_for("the alert to be told", PATIENCE, || {
        mails.extend(cloud.mails());
        mails.iter().any(|mail| mail["text"].to_string().contains("3389")).then_some(())
    });
    wait_for("the functions to have nothing to do", PATIENCE, || cloud.is_idle().then_some(()));
    let before = known(api);
    assert_eq!(before.runs.len(), 2, "{:?}", before.runs);
    assert_eq!(before.changes, [format!("port-opened 127.0.72.1 {RDP}/tcp")]);
    assert_eq!(before.alerts.len(), 1, "{:?}", before.alerts);

    let uploads = cloud.upload_again();
    // Two who send a run's tasks at once may send one twice; what is scanned twice is uploaded twice.
    let tasks: BTreeSet<&str> =
        uploads.iter().filter_map(|key| key.rsplit_once('/')).map(|(task, _)| task).collect();
    assert_eq!(tasks.len(), 4, "two tasks of two runs: {uploads:?}");
    let events: Vec<Value> = uploads.iter().map(|key| uploaded(key)).collect();
    cloud.send("ingest", &events);
    cloud.send("ingest", &events);
    cloud.send("dispatch", &[fire.clone(), fire]);
    let batches = cloud.batches();
    assert!(batches.len() >= 3, "two first looks and a change: {batches:?}");
    let told =
        |(partition, sort): &(String, String)| json!({"work": "batch", "partition": partition, "sort": sort});
    let mut again: Vec<Value> = batches.iter().rev().map(told).collect();
    again.extend([&second, &first].map(|run| json!({"work": "run-finished", "run": run.id})));
    cloud.send("notify", &again);
    cloud.send("notify", &again);
    wait_for("the functions to have nothing to do again", 4 * PATIENCE, || cloud.is_idle().then_some(()));

    let after = known(api);
    assert_eq!(after.changes, before.changes);
    assert_eq!(after.runs, before.runs);
    assert_eq!(after.deltas, before.deltas);
    assert_eq!(after.alerts, before.alerts);
    assert_eq!(after.hosts, before.hosts);
    mails.extend(cloud.mails());
    let ids: BTreeSet<&str> = mails.iter().filter_map(|mail| mail["attributes"]["id"].as_str()).collect();
    assert_eq!(ids.len(), mails.len(), "something was told twice: {mails:#?}");
}

/// What people can see of it.
struct Known {
    runs: Vec<Value>,
    /// Of all runs, first looks too.
    deltas: Vec<Value>,
    /// Those of all runs without first looks, in short.
    changes: Vec<String>,
    alerts: Vec<Value>,
    hosts: Vec<Value>,
}

fn known(api: &Api) -> Known {
    let runs: Vec<Run> = api.all("/runs");
    Known {
        runs: api.all("/runs"),
        deltas: runs.iter().flat_map(|run| api.all(&format!("/runs/{}/deltas", run.id))).collect(),
        changes: runs.iter().flat_map(|run| api.changes(run)).collect(),
        alerts: api.all("/alerts"),
        hosts: api.all("/sites/office/hosts"),
    }
}

/// What S3 says when an object was made: the sample with another key.
fn uploaded(key: &str) -> Value {
    let sample: Value = serde_json::from_str(UPLOADED).expect("a sample");
    let mut event: Value =
        serde_json::from_str(sample["Records"][0]["body"].as_str().expect("a text")).expect("an event of S3");
    event["Records"][0]["s3"]["object"]["key"] = key.into();
    event
}
