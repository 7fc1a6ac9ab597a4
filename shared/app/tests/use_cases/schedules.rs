//! Schedules that are kept in the table, and fire by a clock that the test moves.

use std::sync::Arc;

use portdelta_app::ports::{
    Channels, Clock, Queue, QueueName, ScheduleEntry, ScheduleError, Schedules, Work,
};
use portdelta_app::repositories::{Scan, ScanDraft, ScanSchedule, Site};
use portdelta_app::schedule::{DueSchedule, TableSchedules};
use portdelta_app::{App, AppError, Due, Service, TableCredentials, WorkMessage};
use portdelta_core::UnixTime;
use portdelta_testkit::{CountedIds, Fault, MemoryChannels, MemoryQueue};

use crate::store::{Memory, site};

struct World {
    memory: Memory,
    ids: Arc<CountedIds>,
    queue: Arc<MemoryQueue>,
}

const DISPATCH: QueueName = QueueName::Work(Work::Dispatch);

impl World {
    async fn new() -> Self {
        let memory = Memory::new();
        // 2033-06-01T00:00:00Z
        memory.clock.set(UnixTime::EPOCH.shifted(2_001_196_800));
        let queue = MemoryQueue::new(memory.clock.clone()).obeying(memory.faults.clone());
        queue.create(&DISPATCH).await.expect("a queue can be made");
        let world = Self { memory, ids: Arc::default(), queue: Arc::new(queue) };
        let office = Site::new(site(), "office", world.memory.clock.now());
        world.service().app().add_site(&office).await.expect("the site is new");
        world
    }

    fn schedules(&self) -> TableSchedules {
        TableSchedules::new(self.memory.table.clone(), self.memory.clock.clone())
    }

    fn service(&self) -> Service {
        let Memory { table, blobs, clock, .. } = &self.memory;
        let app = App::new(table.clone(), blobs.clone(), clock.clone(), self.ids.clone());
        let credentials = Arc::new(TableCredentials::new(table.clone(), clock.clone()));
        let channels: Arc<dyn Channels> = Arc::new(MemoryChannels::default());
        Service::new(app, self.queue.clone(), Arc::new(self.schedules()), channels, credentials)
    }

    /// One turn of a server's loop.
    async fn turn(&self) -> Result<Vec<DueSchedule>, AppError> {
        let (schedules, service) = (self.schedules(), self.service());
        let due = schedules.due().await?;
        for due in &due {
            service.fire_schedule(due).await?;
            schedules.fired(due).await?;
        }
        Ok(due)
    }

    /// The times for which runs were to begin, in the order of the messages.
    fn begun(&self) -> Vec<UnixTime> {
        let messages = self.queue.bodies(&DISPATCH).into_iter();
        let time = |body: String| match WorkMessage::read(&body) {
            Some(WorkMessage::Begin { due: Due::At(time), .. }) => time,
            other => panic!("{other:?}"),
        };
        messages.map(time).collect()
    }

    async fn scan(&self, expression: &str) -> Scan {
        self.service().create_scan(&draft(expression)).await.expect("the scan is well")
    }
}

fn draft(expression: &str) -> ScanDraft {
    let schedule = ScanSchedule {
        expression: expression.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        spread_minutes: 0,
    };
    ScanDraft {
        name: "servers".to_owned(),
        targets: "192.0.2.0/28".to_owned(),
        ports: "22".to_owned(),
        sites: vec![site()],
        schedule: Some(schedule),
        ..ScanDraft::default()
    }
}

#[tokio::test]
async fn each_time_fires_once() {
    let world = World::new().await;
    world.scan("every 6 hours").await;
    let begin = world.memory.clock.now();
    for _ in 0..4 * 24 * 30 {
        world.memory.clock.advance(900);
        world.turn().await.expect("it fires");
    }
    let expected: Vec<_> = (1..=4 * 30).map(|number| begin.shifted(number * 6 * 3_600)).collect();
    assert_eq!(world.begun(), expected);
}

#[tokio::test]
async fn after_a_stop_the_latest_fires_and_the_rest_is_told() {
    let world = World::new().await;
    let scan = world.scan("rate(1 hour)").await;
    world.memory.clock.advance(5 * 3_600 + 10);
    let due = world.turn().await.expect("it fires");
    assert_eq!((due.len(), due[0].missed_count), (1, 4));
    assert_eq!(world.begun(), [scan.created.shifted(5 * 3_600)]);
    let notes = world.service().app().scan_notes(&scan.id).await.expect("they are readable");
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].code, "schedule.missed");
    let message =
        "4 runs were missed, from 2033-06-01T01:00:00Z to 2033-06-01T04:00:00Z: the server did not run";
    assert_eq!(notes[0].message, message);
    assert!(world.turn().await.expect("nothing is due").is_empty());
}

/// A crash at any operation of a turn: the next turn sends the same message, and none is lost.
#[tokio::test]
async fn a_crash_loses_no_run() {
    let mut nth = 1;
    loop {
        let mut ended = false;
        for fault in [Fault::KillBefore, Fault::KillAfter] {
            let world = World::new().await;
            let scan = world.scan("rate(1 hour)").await;
            world.memory.clock.advance(2 * 3_600);
            world.memory.faults.plan(nth, fault);
            ended = world.turn().await.is_ok();
            world.memory.faults.revive();
            world.turn().await.expect("it goes on");
            let mut begun = world.begun();
            begun.dedup();
            assert_eq!(begun, [scan.created.shifted(2 * 3_600)], "{fault:?} at {nth}");
            assert_eq!(world.service().app().scan_notes(&scan.id).await.expect("they are readable").len(), 1);
            assert!(world.turn().await.expect("nothing is due").is_empty());
        }
        if ended {
            break;
        }
        nth += 1;
    }
    assert!(nth > 5, "{nth} operations");
}

#[tokio::test]
async fn editing_a_schedule_does_not_drop_it() {
    let world = World::new().await;
    let scan = world.scan("rate(1 hour)").await;
    world.memory.clock.advance(3_600);
    // Due and not yet fired: a new name changes nothing of that.
    let renamed = ScanDraft { name: "more servers".to_owned(), ..scan.draft.clone() };
    let scan = world.service().edit_scan(&scan.id, scan.version, &renamed).await.expect("it is edited");
    world.turn().await.expect("it fires");
    assert_eq!(world.begun(), [scan.created.shifted(3_600)]);
    // Another expression counts from now: nothing of the past is due by it.
    world.memory.clock.advance(1_000);
    let daily = ScanDraft { schedule: draft("every day at 03:00").schedule, ..renamed };
    let scan = world.service().edit_scan(&scan.id, scan.version, &daily).await.expect("it is edited");
    assert_eq!(scan.draft.schedule.as_ref().expect("it has one").expression, "cron(0 3 * * ? *)");
    assert!(world.turn().await.expect("nothing is due").is_empty());
    world.memory.clock.advance(86_400);
    assert_eq!(world.turn().await.expect("it fires").len(), 1);
    // Switched off and on again: what would have been due meanwhile was not to be.
    world.service().pause_scan(&scan.id, true).await.expect("it is paused");
    world.memory.clock.advance(3 * 86_400);
    assert!(world.turn().await.expect("nothing is due").is_empty());
    world.service().pause_scan(&scan.id, false).await.expect("it goes on");
    assert!(world.turn().await.expect("nothing is due").is_empty());
    world.memory.clock.advance(86_400);
    let due = world.turn().await.expect("it fires");
    assert_eq!((due.len(), due[0].missed_count), (1, 0));
    let notes = world.service().app().scan_notes(&scan.id).await.expect("they are readable");
    assert_eq!(notes, []);
}

#[tokio::test]
async fn schedules_are_put_listed_and_removed() {
    let world = World::new().await;
    let schedules = world.schedules();
    let entry = |scan: &str, expression: &str| ScheduleEntry {
        scan: scan.to_owned(),
        expression: expression.to_owned(),
        time_zone: "UTC".to_owned(),
        spread_minutes: 5,
        enabled: true,
        since: world.memory.clock.now(),
    };
    let (one, other) = (entry("a", "rate(1 hour)"), entry("b", "at(2040-01-01T00:00:00)"));
    for entry in [&other, &one, &one] {
        schedules.put(entry).await.expect("it is put");
    }
    assert_eq!(schedules.list().await.expect("they are listed"), [one.clone(), other.clone()]);
    let changed = ScheduleEntry { enabled: false, ..one };
    schedules.put(&changed).await.expect("it is put");
    assert_eq!(schedules.list().await.expect("they are listed"), [changed, other.clone()]);
    for _ in 0..2 {
        schedules.delete("a").await.expect("removing nothing is fine");
    }
    assert_eq!(schedules.list().await.expect("they are listed"), [other]);
    let wrong = schedules.put(&entry("c", "rate(1 week)")).await;
    assert!(matches!(wrong, Err(ScheduleError::Invalid { .. })), "{wrong:?}");
    world.memory.faults.plan(1, Fault::Before);
    let failed = schedules.list().await;
    assert!(matches!(failed, Err(ScheduleError::Unavailable { .. })), "{failed:?}");
}

/// A scan whose schedule is wrong is refused with the field and the place.
#[tokio::test]
async fn wrong_schedules_of_scans_are_refused() {
    let world = World::new().await;
    let refused = world.service().create_scan(&draft("cron(0 3 * * MON *)")).await;
    let Err(AppError::Invalid(invalid)) = refused else { panic!("{refused:?}") };
    assert_eq!((invalid.field, invalid.code), ("schedule.expression", "schedule_days"));
    assert_eq!(invalid.position.map(|place| place.piece), Some("MON".to_owned()));
}

/// A scheduler that keeps no account fires by messages: the time that it tells, or the latest one.
#[tokio::test]
async fn a_foreign_scheduler_begins_one_run_a_time() {
    let world = World::new().await;
    let scan = world.scan("cron(0 3 * * ? *)").await;
    let service = world.service();
    let fire = async |scan: &str, time: &str| {
        service.fire_scheduled(scan, time).await.expect("it fires");
        world.begun().last().copied()
    };
    let told = fire(&scan.id, "2033-06-01T01:00:00Z").await.expect("a run begins");
    assert_eq!(told.seconds(), 2_001_200_400);
    // 03:00 in Berlin; a minute and an hour later it is the same time.
    for late in [0, 61, 3_600] {
        world.memory.clock.set(told.shifted(86_400 + late));
        let latest = fire(&scan.id, "<aws.scheduler.scheduled-time>").await;
        assert_eq!(latest, Some(told.shifted(86_400)), "{late} s late");
    }
    let count = world.begun().len();
    fire("no-such-scan", "2033-06-02T01:00:00Z").await;
    let unscheduled = ScanDraft { name: "unscheduled".to_owned(), schedule: None, ..draft("") };
    let unscheduled = service.create_scan(&unscheduled).await.expect("the scan is well");
    fire(&unscheduled.id, "").await;
    assert_eq!(world.begun().len(), count);
}

/// A time in a blackout window is none: it fires nothing, and nobody missed it.
#[tokio::test]
async fn times_in_blackout_windows_do_not_fire() {
    let world = World::new().await;
    let windows = vec!["09:30-17:30 Europe/Berlin".to_owned()];
    let hourly = ScanDraft { blackout_windows: windows, ..draft("cron(0 * * * ? *)") };
    let scan = world.service().create_scan(&hourly).await.expect("the scan is well");
    let begin = world.memory.clock.now();
    for _ in 0..24 {
        world.memory.clock.advance(3_600);
        world.turn().await.expect("it fires");
    }
    // The clock of Berlin is two hours ahead.
    let hours = (1..=24).filter(|hour| !(8..=15).contains(hour));
    assert_eq!(world.begun(), hours.map(|hour| begin.shifted(hour * 3_600)).collect::<Vec<_>>());
    // Two stops, one that ends in the window: what was due in it was not missed.
    world.memory.clock.set(begin.shifted((24 + 9) * 3_600));
    world.turn().await.expect("it fires");
    world.memory.clock.set(begin.shifted((24 + 18) * 3_600));
    let due = world.turn().await.expect("it fires");
    assert_eq!(due[0].missed_count, 8);
    let notes = world.service().app().scan_notes(&scan.id).await.expect("they are readable");
    let told: Vec<&str> = notes.iter().map(|note| note.message.as_str()).collect();
    let expected = [
        "2 runs were missed, from 2033-06-02T16:00:00Z to 2033-06-02T17:00:00Z: the server did not run",
        "7 runs were missed, from 2033-06-02T01:00:00Z to 2033-06-02T07:00:00Z: the server did not run",
    ];
    assert_eq!(told, expected);
    // A scheduler that keeps no account fires in the window too.
    let count = world.begun().len();
    world.service().fire_scheduled(&scan.id, "2033-06-03T10:00:00Z").await.expect("it fires");
    assert_eq!(world.begun().len(), count);
}
