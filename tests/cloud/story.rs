//! Some days of a site: results come in, schedules fire, agents scan, changes are told. The same on any stores.
//!
//! A story is a sequence of [`Step`]s, each what one function or agent does with one message. How a step is done (once,
//! twice, again and again by processes that die) is up to who tells the story; what comes of it must not be.

use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::blobs::PutMode;
use portdelta_app::ports::{BlobKey, Blobs, Channels, Clock, Key, Query, Queue, QueueName, Table, Work};
use portdelta_app::repositories::{Overlap, ScanDraft};
use portdelta_app::{App, AppError, Service, TableCredentials, WorkMessage};
use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings};
use portdelta_protocol::agent::{Begun, Task};
use portdelta_protocol::upload::{digest, seal};
use portdelta_testkit::{CountedIds, MemorySchedules, NmapHost, NmapText, TestClock, honest_note};

use crate::installation::upload;

const AGENT: &str = "agent-1";

/// Longer than any step takes: what was taken from a queue is acknowledged at once.
const LEASE: Duration = Duration::from_mins(10);

/// Pauses after which whatever waits to be told was tried so often that it is.
const ROUNDS: usize = 12;

/// What a process works with.
#[derive(Clone)]
pub struct Ports {
    pub table: Arc<dyn Table>,
    pub blobs: Arc<dyn Blobs>,
    pub queue: Arc<dyn Queue>,
    pub channels: Arc<dyn Channels>,
    pub clock: Arc<TestClock>,
}

impl Ports {
    /// A process that has just started.
    pub fn service(&self) -> Service {
        let ids = Arc::new(CountedIds::default());
        let app = App::new(self.table.clone(), self.blobs.clone(), self.clock.clone(), ids);
        let credentials = Arc::new(TableCredentials::new(self.table.clone(), self.clock.clone()));
        let schedules = Arc::new(MemorySchedules::default());
        Service::new(app, self.queue.clone(), schedules, self.channels.clone(), credentials)
    }
}

/// What one call of a function, or an agent, does. May be done again.
#[derive(Debug)]
pub enum Step {
    /// Somebody imports a result, as a run of this name.
    Import(&'static str, NmapText),
    /// A message of a work queue.
    Work(String),
    /// A message of the site's queue: an agent scans.
    Task(String),
    /// What waits is brought out.
    Deliver,
}

impl Step {
    /// Does it.
    pub async fn take(&self, ports: &Ports) -> Result<(), AppError> {
        let service = ports.service();
        match self {
            Self::Import(run, text) => service.app().ingest(upload(run, text), &|_, _| {}).await.map(drop),
            Self::Work(body) => work(&service, body).await,
            Self::Task(body) => scan(ports, &service, body).await,
            Self::Deliver => {
                let report = service.deliver_pending().await?;
                report.failures.into_iter().next().map_or(Ok(()), Err)
            }
        }
    }
}

/// As the functions do it.
async fn work(service: &Service, body: &str) -> Result<(), AppError> {
    match WorkMessage::read(body).expect("nobody else sends messages") {
        WorkMessage::Fire { scan, time } => service.fire_scheduled(&scan, &time).await,
        WorkMessage::Begin { scan, site, due } => service.begin_run(&scan, &site, &due).await.map(drop),
        WorkMessage::Slice { run } => service.dispatch_slice(&run).await.map(drop),
        WorkMessage::Ingest { key } => {
            let key: BlobKey = key.parse().expect("a key");
            service.take_upload(&key).await.map(drop)
        }
        WorkMessage::Batch { partition, sort } => service.notify_batch(&Key::new(partition, sort)).await,
        WorkMessage::RunFinished { run, from } => {
            if service.notify_run_while(&run, from, &|| true).await? {
                service.app().run_was_told(&run).await?;
            }
            Ok(())
        }
        WorkMessage::Deliver => Ok(()),
    }
}

/// An agent scans, and S3 says that there is a result.
async fn scan(ports: &Ports, service: &Service, body: &str) -> Result<(), AppError> {
    let task: Task = serde_json::from_str(body).expect("a task");
    if service.begin_task(AGENT, &task.run, task.number).await? != Begun::GoOn {
        return Ok(());
    }
    let now = ports.clock.now().seconds();
    let day = (now - TestClock::default().now().seconds()) / 86_400;
    let text = NmapText::of(&format!("-v {} -p{} {}", task.options, task.ports, task.targets.join(" ")));
    let text = text.at(now - NmapText::BEGINNING).lasting(0).tcp(&task.ports).of_total(256);
    let open: &[u16] = if day % 2 == 1 { &[22] } else { &[22, 3389] };
    let host = if task.number == 0 { "203.0.112.7" } else { "203.0.113.7" };
    let envelope = seal(honest_note(&task, now), &text.host(NmapHost::up(host).open(open)).bytes());
    let name = format!("uploads/{AGENT}/{}/{}/{}", task.run, task.key(), &digest(&envelope)[..16]);
    let key: BlobKey = name.parse().expect("a key");
    let put = ports.blobs.put(&key, envelope, PutMode::CreateOnly).await;
    put.map_err(|source| AppError::Blobs { operation: "store an upload".to_owned(), source })?;
    let event = WorkMessage::ingest(&key);
    let sent = ports.queue.send(&event.queue(), vec![event.outgoing()]).await;
    sent.map_err(|source| AppError::Queue { operation: "tell of an upload".to_owned(), source })
}

/// Two blocks at a time; in the first something changes, in the second at first.
fn imported(seconds: i64, open: &[u16], second: bool) -> NmapText {
    let text = NmapText::of("-sT -p20-30,3389 192.0.2.0/30 198.51.100.0/30").at(seconds);
    let text = text.tcp("20-30,3389").of_total(8).host(NmapHost::up("192.0.2.1").open(open));
    if second { text.host(NmapHost::up("198.51.100.1").open(&[22])) } else { text }
}

/// The imported results by their runs, in the order in which they come: the third comes late.
fn results() -> [(&'static str, NmapText); 4] {
    [
        ("first", imported(0, &[22], true)),
        ("second", imported(2_000, &[22, 3389], true)),
        ("late", imported(1_000, &[22, 25], true)),
        ("last", imported(3_000, &[22, 23], false)),
    ]
}

/// In which order messages and records of the stream come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    AsSent,
    Reversed,
}

/// Tells the story: `ports`, which do not fail, say what is to be done next, `perform` does it. `settings` is whom to
/// tell of changes.
pub async fn play(ports: &Ports, settings: ChannelSettings, order: Order, perform: impl AsyncFn(&Step)) {
    let scan = prepare(&ports.service(), settings).await;
    for (run, text) in results() {
        ports.clock.advance(600);
        perform(&Step::Import(run, text)).await;
        told(ports, run, order, &perform).await;
        // Imports send no message when they are done: the command line that imports does all of it.
        let finished = WorkMessage::RunFinished { run: run.parse().expect("an id"), from: None };
        perform(&Step::Work(finished.to_string())).await;
        perform(&Step::Deliver).await;
    }
    for day in 1..=2 {
        ports.clock.set(TestClock::default().now().shifted(day * 86_400));
        // The clock of tests begins on the 18th.
        let fire = WorkMessage::Fire { scan: scan.clone(), time: format!("2033-05-{}T03:33:20Z", 18 + day) };
        perform(&Step::Work(fire.to_string())).await;
        worked_off(ports, order, &perform).await;
    }
    // Messages that a death lost are sent again by the sweep, some minutes later.
    ports.clock.advance(400);
    let swept = ports.service().sweep(ports.clock.now()).await;
    assert!(swept.failures.is_empty(), "{swept:?}");
    worked_off(ports, order, &perform).await;
    for _ in 0..ROUNDS {
        ports.clock.advance(7_200);
        Step::Deliver.take(ports).await.expect("what is sound delivers");
    }
}

/// Somebody wants to be told, and wants a scan every day; its id.
async fn prepare(service: &Service, settings: ChannelSettings) -> String {
    for work in Work::ALL {
        service.queue().create(&QueueName::Work(work)).await.expect("queues can be made");
    }
    let site: SiteId = "office".parse().expect("an id");
    service.create_site(site.clone(), "Office", "").await.expect("it is new");
    let filter = ChannelFilter { at_once: true, ..ChannelFilter::default() };
    let draft = ChannelDraft { name: "team".to_owned(), enabled: true, settings: Some(settings), filter };
    service.create_channel(&draft).await.expect("the channel is well");
    let draft = ScanDraft {
        name: "Daily".to_owned(),
        targets: "203.0.112.0/23".to_owned(),
        ports: "20-30,3389".to_owned(),
        options: "-sT".to_owned(),
        sites: vec![site],
        overlap: Overlap::Skip,
        ..ScanDraft::default()
    };
    service.create_scan(&draft).await.expect("the scan is well").id
}

/// Everything that waits in a queue, and what comes of it.
async fn worked_off(ports: &Ports, order: Order, perform: &impl AsyncFn(&Step)) {
    let tasks = QueueName::Tasks("office".parse().expect("an id"));
    loop {
        let mut any = false;
        for queue in Work::ALL.map(QueueName::Work).into_iter().chain([tasks.clone()]) {
            for body in taken(&*ports.queue, &queue, order).await {
                any = true;
                if let Some(WorkMessage::RunFinished { run, .. }) = WorkMessage::read(&body) {
                    told(ports, run.as_str(), order, perform).await;
                }
                perform(&if queue == tasks { Step::Task(body) } else { Step::Work(body) }).await;
            }
        }
        perform(&Step::Deliver).await;
        if !any {
            return;
        }
    }
}

/// The delta batches of a run are told of, as the table's stream hands them over.
async fn told(ports: &Ports, run: &str, order: Order, perform: &impl AsyncFn(&Step)) {
    let mut batches = batches(&*ports.table, run).await;
    if order == Order::Reversed {
        batches.reverse();
    }
    for batch in &batches {
        perform(&Step::Work(WorkMessage::batch(batch).to_string())).await;
    }
}

/// The messages of a queue, which are gone from there then.
async fn taken(queue: &dyn Queue, name: &QueueName, order: Order) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let found = queue.receive(name, 10, Duration::ZERO, LEASE).await.expect("the queue answers");
        if found.is_empty() {
            break;
        }
        for delivery in found {
            queue.acknowledge(name, &delivery.receipt).await.expect("the queue answers");
            bodies.push(delivery.body);
        }
    }
    if order == Order::Reversed {
        bodies.reverse();
    }
    bodies
}

/// The keys of the delta batches of a run.
async fn batches(table: &dyn Table, run: &str) -> Vec<Key> {
    let (mut keys, mut query) = (Vec::new(), Query::partition(format!("RUN#{run}")));
    loop {
        let page = table.query_index(&query).await.expect("the table answers");
        keys.extend(page.items.into_iter().map(|item| item.key));
        match page.next {
            Some(next) => query = query.after(Some(next)),
            None => return keys,
        }
    }
}
