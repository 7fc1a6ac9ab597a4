//! A run of 65,536 tasks whose dispatcher dies again and again: each task is sent, and each address is in one task.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Queue, QueueName, Table, Work};
use portdelta_app::repositories::ScanDraft;
use portdelta_app::{App, Due, Service, TableCredentials, WorkMessage};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_protocol::agent::Task;
use portdelta_testkit::{
    CountedIds, Fault, Faults, FaultyQueue, FaultyTable, MemoryBlobs, MemoryChannels, MemoryQueue,
    MemorySchedules,
};

use crate::installation::Cloud;

/// Longer than the patience with tasks that nobody ends, in seconds.
const PATIENCE: i64 = 121;

/// Tasks of a slice.
const SLICE: usize = 500;

fn site() -> SiteId {
    "office".parse().expect("an id")
}

fn service(cloud: &Cloud, table: Arc<dyn Table>, queue: Arc<dyn Queue>) -> Service {
    let (clock, ids) = (cloud.clock.clone(), Arc::new(CountedIds::default()));
    let app = App::new(table.clone(), Arc::new(MemoryBlobs::default()), clock.clone(), ids);
    let credentials = Arc::new(TableCredentials::new(table, clock));
    let (schedules, channels) = (Arc::new(MemorySchedules::default()), Arc::new(MemoryChannels::default()));
    Service::new(app, queue, schedules, channels, credentials)
}

/// The messages of a queue, which are gone from there then.
async fn take(queue: &dyn Queue, name: &QueueName) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let found = queue.receive(name, 10, Duration::ZERO, Duration::from_mins(10)).await;
        let found = found.expect("the queue answers");
        if found.is_empty() {
            return bodies;
        }
        for delivery in found {
            queue.acknowledge(name, &delivery.receipt).await.expect("the queue answers");
            bodies.push(delivery.body);
        }
    }
}

/// A run of these targets that has begun, and whose tasks nobody has sent.
async fn begun(sound: &Service, targets: &str) -> RunId {
    for name in [QueueName::Work(Work::Dispatch), QueueName::Tasks(site())] {
        sound.queue().create(&name).await.expect("a queue can be made");
    }
    sound.app().create_site(site(), "Office", "").await.expect("it is new");
    let draft = ScanDraft {
        name: "Everything".to_owned(),
        targets: targets.to_owned(),
        ports: "22".to_owned(),
        options: "-sT".to_owned(),
        sites: vec![site()],
        ..ScanDraft::default()
    };
    let scan = sound.create_scan(&draft).await.expect("the scan is well");
    sound.begin_run(&scan.id, &site(), &Due::Now("k".to_owned())).await.expect("it begins");
    sound.app().open_runs().await.expect("readable").pop().expect("it goes on")
}

/// Dispatches `targets` and kills the dispatcher `kills` times, before and after any of its operations; asserts that each
/// of the `tasks` was sent.
async fn dispatched(cloud: &Cloud, queue: Arc<dyn Queue>, targets: &str, tasks: u32, kills: usize) {
    let sound = service(cloud, cloud.table(), queue.clone());
    let run = begun(&sound, targets).await;
    let (mut killed, mut bodies) = (0, Vec::new());
    for attempt in 0_u64.. {
        let faults = Arc::new(Faults::default());
        // Now and then a slice gets through.
        if killed < kills && attempt % 4 != 3 {
            let fault = if attempt % 2 == 0 { Fault::KillBefore } else { Fault::KillAfter };
            faults.plan(attempt * 5 % 7 + 1, fault);
        }
        let table = Arc::new(FaultyTable::new(cloud.table(), faults.clone()));
        let mortal = service(cloud, table, Arc::new(FaultyQueue::new(queue.clone(), faults)));
        match mortal.dispatch_slice(&run).await {
            Err(_) => killed += 1,
            Ok(sent) if sent.more => {}
            Ok(_) => {
                let known = sound.app().scan_run(&run).await.expect("readable").expect("it is there");
                if known.machine.cursor().is_none() {
                    break;
                }
                // As many as it wants at the site; agents take them, and end none of them.
                bodies.extend(take(&*queue, &QueueName::Tasks(site())).await);
                cloud.clock.advance(PATIENCE);
            }
        }
    }
    assert_eq!(killed, kills);
    // The messages that ask for the next slice are of no use any more: nothing is sent twice by them.
    for body in take(&*queue, &QueueName::Work(Work::Dispatch)).await {
        let Some(WorkMessage::Slice { run }) = WorkMessage::read(&body) else { panic!("{body}") };
        assert_eq!(sound.dispatch_slice(&run).await.expect("nothing is left").tasks, 0);
    }
    bodies.extend(take(&*queue, &QueueName::Tasks(site())).await);
    let (mut numbers, mut blocks) = (BTreeSet::new(), BTreeSet::new());
    for body in &bodies {
        let task: Task = serde_json::from_str(body).expect("a task");
        assert_eq!((&task.run, task.targets.len()), (&run, 1));
        if numbers.insert(task.number) {
            assert!(blocks.insert(task.targets[0].clone()), "{} is in two tasks", task.targets[0]);
        }
    }
    assert_eq!((numbers.len(), numbers.last().copied()), (tasks as usize, Some(tasks - 1)));
    // A slice whose cursor was not moved is sent again; its tasks are begun once, as their marks say.
    assert!(bodies.len() <= tasks as usize + SLICE * kills, "{} messages for {tasks} tasks", bodies.len());
}

/// The plan and its cursor are in DynamoDB; the tasks go to a queue in memory.
#[tokio::test]
async fn an_eight_is_cut_off_in_the_middle_and_continued() {
    let Some(cloud) = Cloud::new().await else { return };
    let queue = Arc::new(MemoryQueue::new(cloud.clock.clone()));
    dispatched(&cloud, queue, "10.0.0.0/8", 65_536, 40).await;
}

#[tokio::test]
async fn a_thirteen_goes_through_sqs() {
    let Some(cloud) = Cloud::new().await else { return };
    dispatched(&cloud, cloud.queue(), "10.0.0.0/13", 2_048, 9).await;
}

#[tokio::test]
#[ignore = "minutes of an emulator's SQS: `cargo xtask cloud test --long` runs it"]
async fn an_eight_goes_through_sqs() {
    let Some(cloud) = Cloud::new().await else { return };
    dispatched(&cloud, cloud.queue(), "10.0.0.0/8", 65_536, 40).await;
}
