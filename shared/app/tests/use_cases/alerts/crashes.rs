//! Processes that die at any operation, and messages that come twice and in any order.

use std::collections::BTreeMap;

use portdelta_app::AppError;
use portdelta_protocol::admin::ChannelFilter;
use portdelta_testkit::Fault;

use super::office::{Office, id, scan};

const OPEN: &[(&str, &[u16])] = &[("192.0.2.1", &[25, 3389, 22]), ("192.0.2.2", &[25])];
const CLOSED: &[(&str, &[u16])] = &[("192.0.2.1", &[25]), ("192.0.2.2", &[25])];

/// Two runs are there, and nobody was told of the second.
async fn prepared() -> Office {
    let office = Office::new();
    office.channel("team", ChannelFilter::default()).await;
    office.channel("all", ChannelFilter { at_once: true, ..ChannelFilter::default() }).await;
    office.run("first", &scan(0, CLOSED)).await;
    office.memory.clock.advance(600);
    office.result("second", &scan(1_000, OPEN)).await;
    office
}

async fn work(office: &Office) -> Result<(), AppError> {
    office.tell("second").await
}

fn told_of(office: &Office) -> BTreeMap<&'static str, Vec<(String, u64, String)>> {
    ["team", "all"].into_iter().map(|channel| (channel, office.told(channel))).collect()
}

#[tokio::test]
async fn a_crash_at_any_operation_loses_and_doubles_nothing() {
    let undisturbed = prepared().await;
    let begun = undisturbed.memory.faults.operations();
    work(&undisturbed).await.expect("nothing fails");
    let operations = undisturbed.memory.faults.operations() - begun;
    assert!(operations > 40, "a crash test with {operations} operations tests nothing");
    let expected = told_of(&undisturbed);
    assert_eq!(expected["team"].len(), 2, "{expected:?}");
    assert_eq!(expected["all"].len(), 2, "{expected:?}");
    let alerts = undisturbed.alerts().await;
    for fault in [Fault::KillBefore, Fault::KillAfter, Fault::Before, Fault::After, Fault::Conflict] {
        for nth in 1..=operations {
            let office = prepared().await;
            office.memory.faults.plan(nth, fault);
            let crashed = work(&office).await;
            office.memory.faults.revive();
            let case = format!("{fault:?} at operation {nth} of {operations}, which gave {crashed:?}");
            work(&office).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
            // What was being delivered is tried again when its lease is over.
            office.memory.clock.advance(1_000);
            work(&office).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
            assert_eq!(told_of(&office), expected, "{case}");
            assert_eq!(office.alerts().await, alerts, "{case}");
            let repeated = office.got("team").len() + office.got("all").len();
            let normal = undisturbed.got("team").len() + undisturbed.got("all").len();
            assert!(repeated <= normal + 1, "{case}: only what a crash hid from us is sent again");
        }
    }
}

#[tokio::test]
async fn messages_in_any_order_and_twice_end_the_same() {
    let orders: [[usize; 4]; 8] = [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 0, 3, 2],
        [2, 3, 0, 1],
        [3, 0, 1, 2],
        [1, 2, 3, 0],
        [2, 0, 3, 1],
        [0, 3, 2, 1],
    ];
    for order in orders {
        let office = Office::new();
        office.channel("team", ChannelFilter::default()).await;
        let runs = ["a", "b", "c", "d"];
        // Looked at, opened, closed, opened again; and only then the messages.
        for (number, (run, hosts)) in runs.into_iter().zip([CLOSED, OPEN, CLOSED, OPEN]).enumerate() {
            office.memory.clock.advance(600);
            let seconds = i64::try_from(number).expect("a small number") * 1_000;
            office.result(run, &scan(seconds, hosts)).await;
        }
        for _ in 0..2 {
            for place in order {
                for key in office.batches(runs[place]) {
                    office.service().notify_batch(&key).await.expect("it is told");
                }
            }
            for place in order {
                office.service().notify_run(&id(runs[place])).await.expect("it is told");
            }
            office.deliver().await.expect("it is delivered");
        }
        let alerts = office.alerts().await;
        assert!(
            alerts.len() == 2 && alerts.iter().all(|alert| alert.contains(": Open ")),
            "{order:?} {alerts:?}"
        );
        let told = office.told("team");
        let mut once = told.clone();
        once.dedup();
        assert_eq!(once, told, "{order:?}: each episode once a state");
        let opened = told.iter().filter(|(_, _, event)| event == "opened").count();
        assert!((2..=4).contains(&opened), "{order:?} {told:?}");
        let ids: Vec<_> = office.got("team").into_iter().map(|(id, _)| id).collect();
        let mut distinct = ids.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len(), "{order:?} {ids:?}");
    }
}

#[tokio::test]
async fn two_workers_at_once_tell_once() {
    let office = prepared().await;
    let (one, other) = (office.service(), office.service());
    let keys = office.batches("second");
    let batches = async |service: &portdelta_app::Service| {
        for key in &keys {
            service.notify_batch(key).await.expect("it is told");
        }
        service.notify_run(&id("second")).await.expect("it is told");
        service.deliver_pending().await.expect("it is delivered");
    };
    tokio::join!(batches(&one), batches(&other));
    office.deliver().await.expect("it is delivered");
    let ids: Vec<_> = office.got("team").into_iter().map(|(id, _)| id).collect();
    let mut distinct = ids.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), ids.len(), "{ids:?}");
    assert_eq!(office.told("team").len(), 2);
}
