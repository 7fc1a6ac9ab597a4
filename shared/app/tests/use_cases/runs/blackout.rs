//! Blackout windows: runs wait for their end, and no task begins in them.

use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Channels, Clock, Queue, QueueName, Work};
use portdelta_app::repositories::{Scan, ScanDraft, Site};
use portdelta_app::schedule::TableSchedules;
use portdelta_app::{App, AppError, Due, RunBegun, RunStage, Service, TableCredentials, WorkMessage};
use portdelta_core::UnixTime;
use portdelta_core::ids::RunId;
use portdelta_protocol::agent::{Begun, Task};
use portdelta_testkit::{MemoryChannels, MemoryQueue, TestClock};

use super::world::{Net, World, draft};
use crate::store::{Memory, OnDisk, site};

/// A Wednesday, 07:50 in Berlin.
const MORNING: i64 = 2_001_196_800 + 5 * 3_600 + 50 * 60;
/// 08:00 to 18:00 there.
const BEGINS: i64 = MORNING + 600;
const ENDS: i64 = BEGINS + 10 * 3_600;

struct Office {
    clock: Arc<TestClock>,
    queue: Arc<MemoryQueue>,
    service: Service,
}

impl Office {
    async fn new(app: App, clock: Arc<TestClock>, table: Arc<dyn portdelta_app::ports::Table>) -> Self {
        clock.set(UnixTime::EPOCH.shifted(MORNING));
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        for work in Work::ALL {
            queue.create(&QueueName::Work(work)).await.expect("a queue can be made");
        }
        let schedules = Arc::new(TableSchedules::new(table.clone(), clock.clone()));
        let credentials = Arc::new(TableCredentials::new(table, clock.clone()));
        let channels: Arc<dyn Channels> = Arc::new(MemoryChannels::default());
        let service = Service::new(app, queue.clone(), schedules, channels, credentials);
        let office = Site::new(site(), "office", clock.now());
        service.app().add_site(&office).await.expect("the site is new");
        Self { clock, queue, service }
    }

    fn at(&self, seconds: i64) {
        self.clock.set(UnixTime::EPOCH.shifted(seconds));
    }

    async fn scan(&self, name: &str) -> Scan {
        let draft = ScanDraft {
            name: name.to_owned(),
            blackout_windows: vec!["MON-FRI 08:00-18:00 Europe/Berlin".to_owned()],
            deadline_minutes: 2_880,
            ..draft("192.0.2.0/23", "22")
        };
        self.service.create_scan(&draft).await.expect("the scan is well")
    }

    async fn begin(&self, scan: &Scan) -> RunId {
        let due = Due::Now(scan.draft.name.clone());
        let begun = self.service.begin_run(&scan.id, &site(), &due).await.expect("it begins");
        let RunBegun::Begun(run) = begun else { panic!("{begun:?}") };
        self.send_tasks().await;
        run
    }

    /// Does the work that waits.
    async fn send_tasks(&self) {
        let queue = QueueName::Work(Work::Dispatch);
        loop {
            let taken = self.queue.receive(&queue, 10, Duration::ZERO, Duration::from_secs(30)).await;
            let taken = taken.expect("work can be received");
            if taken.is_empty() {
                return;
            }
            for delivery in taken {
                let Some(WorkMessage::Slice { run }) = WorkMessage::read(&delivery.body) else {
                    panic!("{}", delivery.body)
                };
                self.service.dispatch_slice(&run).await.expect("it is dispatched");
                self.queue.acknowledge(&queue, &delivery.receipt).await.expect("it is acknowledged");
            }
        }
    }

    async fn sweep(&self) {
        let report = self.service.sweep(self.clock.now()).await;
        assert!(report.failures.is_empty(), "{report:?}");
        self.send_tasks().await;
    }

    /// The tasks that wait for an agent; they are taken.
    async fn take_tasks(&self) -> Vec<(RunId, u32)> {
        let queue = QueueName::Tasks(site());
        let mut tasks = Vec::new();
        // Tasks may wait for the second after another run.
        self.clock.advance(2);
        loop {
            let taken = self.queue.receive(&queue, 10, Duration::ZERO, Duration::from_secs(30)).await;
            let taken = taken.expect("tasks can be received");
            if taken.is_empty() {
                tasks.sort();
                return tasks;
            }
            for delivery in taken {
                let task: Task = serde_json::from_str(&delivery.body).expect("a task");
                tasks.push((task.run, task.number));
                self.queue.acknowledge(&queue, &delivery.receipt).await.expect("it is acknowledged");
            }
        }
    }

    async fn begin_task(&self, agent: &str, run: &RunId, task: u32) -> Result<Begun, AppError> {
        self.service.begin_task(agent, run, task).await
    }
}

fn held() -> Begun {
    Begun::Drop { reason: "blackout".to_owned() }
}

async fn nothing_begins_in_a_window(office: Office) {
    let scan = office.scan("office").await;
    let run = office.begin(&scan).await;
    assert_eq!(office.take_tasks().await, [(run.clone(), 0), (run.clone(), 1)]);
    office.at(BEGINS - 10);
    assert_eq!(office.begin_task("one", &run, 0).await.expect("it answers"), Begun::GoOn);
    // An agent that got no answer asks once more: it has begun before the window.
    office.at(BEGINS + 10);
    assert_eq!(office.begin_task("one", &run, 0).await.expect("it answers"), Begun::GoOn);
    for _ in 0..2 {
        assert_eq!(office.begin_task("two", &run, 1).await.expect("it answers"), held());
    }
    // One that was started anew an hour later begins nothing that it had begun before.
    office.at(BEGINS + 3_600);
    assert_eq!(office.begin_task("one", &run, 0).await.expect("it answers"), held());

    // Somebody asks for a run, which waits.
    let other = office.begin(&office.scan("other").await).await;
    let app = office.service.app();
    let view = app.run_view(&other).await.expect("readable").expect("it is there");
    let end = UnixTime::EPOCH.shifted(ENDS);
    assert_eq!((view.stage, view.held_until), (RunStage::Waiting, Some(end)));
    for seconds in [BEGINS + 7_200, ENDS - 10] {
        office.at(seconds);
        office.sweep().await;
        assert_eq!(office.take_tasks().await, [], "at {seconds}");
    }

    office.at(ENDS);
    assert_eq!(office.begin_task("two", &run, 1).await.expect("it answers"), Begun::GoOn);
    office.sweep().await;
    let all = [(run.clone(), 0), (run.clone(), 1), (other.clone(), 0), (other.clone(), 1)];
    let mut expected = all.to_vec();
    expected.sort();
    assert_eq!(office.take_tasks().await, expected);
    for (run, task) in all {
        assert_eq!(office.begin_task("one", &run, task).await.expect("it answers"), Begun::GoOn);
    }
    let view = app.run_view(&other).await.expect("readable").expect("it is there");
    assert_eq!((view.held_until, view.scan_run.and_then(|run| run.began)), (None, Some(end)));
    // They are sent once.
    office.clock.advance(300);
    office.sweep().await;
    assert_eq!(office.take_tasks().await, []);
}

#[tokio::test]
async fn nothing_begins_in_a_window_in_memory() {
    let memory = Memory::new();
    nothing_begins_in_a_window(Office::new(memory.app(), memory.clock.clone(), memory.table.clone()).await)
        .await;
}

#[tokio::test]
async fn nothing_begins_in_a_window_in_sqlite() {
    let disk = OnDisk::new();
    let table = disk.table();
    nothing_begins_in_a_window(Office::new(disk.app(), disk.clock.clone(), table).await).await;
}

/// What was edited counts at once, and what was put off is scanned in the end: the run is complete.
#[tokio::test]
async fn a_window_that_is_taken_away_holds_nobody() {
    let world = World::new();
    world.memory.clock.set(UnixTime::EPOCH.shifted(BEGINS + 60));
    let windows = vec!["MON-FRI 08:00-18:00 Europe/Berlin".to_owned()];
    let scan = world.scan("192.0.2.0/24", "22").await;
    let run = world.begin(&scan).await;
    let dark = ScanDraft { blackout_windows: windows, ..scan.draft.clone() };
    let scan = world.service().edit_scan(&scan.id, scan.version, &dark).await.expect("it is edited");
    let net = Net::of(&[("192.0.2.1", &[22])]);
    world.agent("a", &net).await;
    assert!(world.memory.app().report(&run).await.expect("readable").is_none());
    let light = ScanDraft { blackout_windows: Vec::new(), ..scan.draft.clone() };
    world.service().edit_scan(&scan.id, scan.version, &light).await.expect("it is edited");
    world.service().sweep(world.memory.clock.now()).await;
    world.agent("a", &net).await;
    assert_eq!(world.report(&run).await.outcome, portdelta_core::run::RunOutcome::Complete);
}
