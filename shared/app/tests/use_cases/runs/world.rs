//! A server on stores in memory, agents that work for it, and the networks that they see.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use portdelta_app::ports::channel::{Channel, ChannelSettings};
use portdelta_app::ports::queue::{DeadLetter, QueueDepth};
use portdelta_app::ports::{
    Blobs, Channels, Clock, Credentials, CredentialsError, Delivery, LentAccess, Outgoing, Queue, QueueError,
    QueueName, Receipt, ScheduleEntry, ScheduleError, Schedules, Table, Work,
};
use portdelta_app::repositories::{Report, Scan, ScanDraft, Site};
use portdelta_app::{App, AppError, Due, RunBegun, Service, WorkMessage};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::port_spec::PortSpec;
use portdelta_core::targets::parse;
use portdelta_protocol::agent::{AgentFacts, Begun, Enrol, Status, Task};
use portdelta_protocol::signature::PrivateKey;
use portdelta_protocol::upload::{digest, seal};
pub use portdelta_testkit::honest_note as note;
use portdelta_testkit::{CountedIds, MemoryTable, NmapHost, NmapText};

use crate::store::{Memory, site};

/// What scans without their own time begin at, see [`NmapText::at`].
const BEGINNING: i64 = 1_999_000_000;

/// A server whose processes come and go.
pub struct World {
    pub memory: Memory,
    ids: Arc<CountedIds>,
    pub queue: Arc<Mailbox>,
    pub schedules: Arc<Timetable>,
}

/// The hosts that an agent sees: address → open TCP ports.
#[derive(Clone, Debug, Default)]
pub struct Net(pub BTreeMap<String, Vec<u16>>);

impl Net {
    pub fn of(hosts: &[(&str, &[u16])]) -> Self {
        Self(hosts.iter().map(|(address, ports)| ((*address).to_owned(), ports.to_vec())).collect())
    }
}

impl World {
    pub fn new() -> Self {
        let memory = Memory::new();
        let operations = MemoryTable::new(memory.clock.clone()).obeying(memory.faults.clone());
        let queue = Mailbox::new(operations);
        Self { memory, ids: Arc::default(), queue: Arc::new(queue), schedules: Arc::default() }
    }

    /// The same over stores that are there.
    pub fn over(memory: &Memory) -> Self {
        let Memory { clock, faults, table, blobs } = memory;
        let memory = Memory {
            clock: clock.clone(),
            faults: faults.clone(),
            table: table.clone(),
            blobs: blobs.clone(),
        };
        Self { memory, ..Self::new() }
    }

    /// A process that has just started.
    pub fn service(&self) -> Service {
        let (schedules, channels, credentials) =
            (self.schedules.clone(), Arc::new(Nowhere), Arc::new(Nowhere));
        let Memory { table, blobs, clock, .. } = &self.memory;
        let app = App::new(table.clone(), blobs.clone(), clock.clone(), self.ids.clone());
        Service::new(app, self.queue.clone(), schedules, channels, credentials)
    }

    /// A scan of these targets and ports at the usual site.
    pub async fn scan(&self, targets: &str, ports: &str) -> Scan {
        self.scan_of(&draft(targets, ports)).await
    }

    pub async fn scan_of(&self, draft: &ScanDraft) -> Scan {
        let service = self.service();
        for id in &draft.sites {
            let known = service.app().site(id).await.expect("sites are readable");
            if known.is_none() {
                let site = Site::new(id.clone(), id.to_string(), self.memory.clock.now());
                service.app().add_site(&site).await.expect("the site is new");
            }
        }
        service.create_scan(draft).await.expect("the scan is well")
    }

    /// Begins a run at the usual site, a minute later than whatever was before, and sends its tasks.
    pub async fn begin(&self, scan: &Scan) -> RunId {
        self.begin_at(scan, &site()).await
    }

    pub async fn begin_at(&self, scan: &Scan, site: &SiteId) -> RunId {
        self.memory.clock.advance(60);
        let due = Due::At(self.memory.clock.now());
        let begun = self.service().begin_run(&scan.id, site, &due).await.expect("the run begins");
        let RunBegun::Begun(run) = begun else { panic!("{begun:?}") };
        self.work().await.expect("tasks are sent");
        run
    }

    /// Does all work that waits, in order. A message is acknowledged when it is done.
    pub async fn work(&self) -> Result<(), AppError> {
        let service = self.service();
        loop {
            let mut any = false;
            for work in Work::ALL {
                let queue = QueueName::Work(work);
                for delivery in self.queue.take(&queue, 10) {
                    any = true;
                    let message = WorkMessage::read(&delivery.body).expect("a message of ours");
                    perform(&service, message).await?;
                    self.queue.acknowledge(&queue, &delivery.receipt).await.expect("it is acknowledged");
                }
            }
            if !any {
                return Ok(());
            }
        }
    }

    /// An agent that was enrolled, approved and heard of; its id.
    pub async fn enrolled(&self, name: &str, site: &SiteId) -> String {
        let service = self.service();
        let app = service.app();
        let secret = app.make_enrolment(site, 60).await.expect("it can be made").secret;
        let number = u8::try_from(name.len()).expect("a short name");
        let ask = Enrol {
            secret,
            name: name.to_owned(),
            public_key: PrivateKey::from_bytes(&[number; 32]).public(),
            protocol: portdelta_protocol::PROTOCOL,
            facts: AgentFacts::default(),
        };
        let agent = app.enrol(&ask).await.expect("it comes in").agent;
        app.approve_agent(&agent).await.expect("it is approved");
        app.note_status(&agent, &Status::default()).await.expect("it is heard");
        agent
    }

    /// An agent takes all tasks of the usual site that wait, scans and uploads; then the server works.
    pub async fn agent(&self, agent: &str, net: &Net) {
        self.agent_at(agent, &site(), net).await;
    }

    pub async fn agent_at(&self, agent: &str, site: &SiteId, net: &Net) {
        while self.one_task(agent, site, net).await.expect("the task is done") {}
        self.work().await.expect("the work is done");
    }

    /// An agent takes one task, scans and uploads; `false` where there is none.
    pub async fn one_task(&self, agent: &str, site: &SiteId, net: &Net) -> Result<bool, AppError> {
        let queue = QueueName::Tasks(site.clone());
        let Some(delivery) = self.queue.take(&queue, 1).pop() else { return Ok(false) };
        let task: Task = serde_json::from_str(&delivery.body).expect("a task");
        let service = self.service();
        if service.begin_task(agent, &task.run, task.number).await? == Begun::GoOn {
            let envelope =
                seal(note(&task, self.memory.clock.now().seconds()), &scanned(&task, net, self).bytes());
            self.upload(agent, &task, envelope).await?;
        }
        self.queue.acknowledge(&queue, &delivery.receipt).await.expect("it is acknowledged");
        Ok(true)
    }

    /// Stores an upload as the endpoint of agents does.
    pub async fn upload(&self, agent: &str, task: &Task, envelope: Vec<u8>) -> Result<(), AppError> {
        let key = upload_key(agent, task, &envelope);
        let put =
            self.memory.blobs.put(&key, envelope, portdelta_app::ports::blobs::PutMode::CreateOnly).await;
        put.map_err(|source| AppError::Blobs { operation: "store an upload".to_owned(), source })?;
        let work = WorkMessage::ingest(&key);
        let sent = self.queue.send(&work.queue(), vec![work.outgoing()]).await;
        sent.map_err(|source| AppError::Queue { operation: "send".to_owned(), source })
    }

    /// A whole run: begun, scanned by one agent, reported.
    pub async fn run(&self, scan: &Scan, net: &Net) -> Report {
        let run = self.begin(scan).await;
        self.memory.clock.advance(60);
        self.agent("agent-1", net).await;
        self.report(&run).await
    }

    pub async fn report(&self, run: &RunId) -> Report {
        let report = self.service().app().report(run).await.expect("reports are readable");
        report.unwrap_or_else(|| panic!("run {run} has no report"))
    }

    /// What changed in a run, in words; first looks left out.
    pub async fn changes(&self, run: &RunId) -> Vec<String> {
        let many = std::num::NonZeroUsize::MAX;
        let (deltas, _) =
            self.service().app().report_deltas(run, many, None).await.expect("deltas are readable");
        let mut words: Vec<String> = Vec::new();
        for reported in deltas {
            let late = if reported.late { " late" } else { "" };
            words.extend(crate::store::changes(&[reported.delta]).into_iter().map(|word| word + late));
        }
        words.sort();
        words
    }
}

/// A scan that wants nothing special.
pub fn draft(targets: &str, ports: &str) -> ScanDraft {
    ScanDraft {
        name: "Office".to_owned(),
        targets: targets.to_owned(),
        ports: ports.to_owned(),
        options: "-sT".to_owned(),
        sites: vec![site()],
        deadline_minutes: 60,
        ..ScanDraft::default()
    }
}

pub async fn perform(service: &Service, message: WorkMessage) -> Result<(), AppError> {
    match message {
        WorkMessage::Fire { scan, time } => service.fire_scheduled(&scan, &time).await,
        WorkMessage::Begin { scan, site, due } => service.begin_run(&scan, &site, &due).await.map(drop),
        WorkMessage::Slice { run } => service.dispatch_slice(&run).await.map(drop),
        WorkMessage::Ingest { key } => service.take_upload(&key.parse().expect("a key")).await.map(drop),
        WorkMessage::Batch { .. } | WorkMessage::Deliver => Ok(()),
        WorkMessage::RunFinished { run, .. } => service.app().run_was_told(&run).await,
    }
}

pub fn upload_key(agent: &str, task: &Task, envelope: &[u8]) -> portdelta_app::ports::BlobKey {
    let name = format!("uploads/{agent}/{}/{}/{}", task.run, task.key(), &digest(envelope)[..16]);
    name.parse().expect("a key")
}

/// What nmap writes about a task.
pub fn scanned(task: &Task, net: &Net, world: &World) -> NmapText {
    let targets = parse(&task.targets.join(" ")).expect("targets");
    let ports: Option<PortSpec> = (!task.ports.is_empty()).then(|| task.ports.parse().expect("ports"));
    let arguments = format!("-v {} -p{} {}", task.options, task.ports, task.targets.join(" "));
    let mut text = NmapText::of(&arguments).at(world.memory.clock.now().seconds() - BEGINNING).lasting(0);
    let total = u64::try_from(targets.count()).expect("a task is small");
    text = text.of_total(total);
    let set = ports.as_ref().and_then(PortSpec::set).cloned().unwrap_or_default();
    if !task.ports.is_empty() {
        text = text.tcp(&task.ports);
    }
    for (address, open) in &net.0 {
        if targets.contains(address.parse().expect("an address")) {
            let open: Vec<u16> =
                open.iter().copied().filter(|port| set.contains(portdelta_core::Port::tcp(*port))).collect();
            text = text.host(NmapHost::up(address).open(&open));
        }
    }
    text
}

/// Queues in memory whose leases end when a test says so.
pub struct Mailbox {
    /// Makes operations fail where the test says so.
    operations: MemoryTable,
    boxes: Mutex<BTreeMap<String, Vec<Message>>>,
    numbers: AtomicUsize,
}

#[derive(Clone, Debug)]
struct Message {
    number: usize,
    body: String,
    held: bool,
    dead: bool,
}

impl Mailbox {
    /// Every message of a queue was delivered too often.
    pub fn bury(&self, queue: &QueueName) {
        self.with(queue, |messages| messages.iter_mut().for_each(|message| message.dead = true));
    }

    /// Empty queues; `operations` makes their operations fail.
    pub fn new(operations: MemoryTable) -> Self {
        Self { operations, boxes: Mutex::default(), numbers: AtomicUsize::default() }
    }

    async fn operation<T>(&self, work: impl FnOnce() -> T) -> Result<T, QueueError> {
        let probe = portdelta_app::ports::Key::new("queue", "operation");
        let failed = |error| QueueError::Unavailable { operation: "work", source: Box::new(error) };
        self.operations.get(&probe).await.map_err(failed)?;
        Ok(work())
    }

    fn with<T>(&self, queue: &QueueName, work: impl FnOnce(&mut Vec<Message>) -> T) -> T {
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        work(boxes.entry(queue.to_string()).or_default())
    }

    /// Receives at once, without counting as an operation.
    pub fn take(&self, queue: &QueueName, most: usize) -> Vec<Delivery> {
        self.with(queue, |messages| {
            let free = messages.iter_mut().filter(|message| !message.held && !message.dead).take(most);
            free.map(|message| {
                message.held = true;
                Delivery {
                    receipt: Receipt(message.number.to_string()),
                    body: message.body.clone(),
                    deliveries: 1,
                    sent: portdelta_core::UnixTime::EPOCH,
                }
            })
            .collect()
        })
    }

    /// All leases end: whoever held a message is dead.
    pub fn end_leases(&self) {
        let mut boxes = self.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        boxes.values_mut().flatten().for_each(|message| message.held = false);
    }

    /// The bodies of a queue, in order.
    pub fn bodies(&self, queue: &QueueName) -> Vec<String> {
        self.with(queue, |messages| messages.iter().map(|message| message.body.clone()).collect())
    }

    /// Every message is there twice, the last one first.
    pub fn repeat_and_reverse(&self, queue: &QueueName) {
        self.with(queue, |messages| {
            let all = messages.clone();
            messages.extend(all);
            messages.reverse();
            for message in messages {
                message.number = self.numbers.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    /// Loses all messages of a queue.
    pub fn lose(&self, queue: &QueueName) {
        self.with(queue, Vec::clear);
    }
}

#[async_trait]
impl Queue for Mailbox {
    async fn create(&self, _queue: &QueueName) -> Result<(), QueueError> {
        self.operation(|| ()).await
    }

    async fn remove(&self, queue: &QueueName) -> Result<(), QueueError> {
        self.operation(|| self.lose(queue)).await
    }

    async fn send(&self, queue: &QueueName, sent: Vec<Outgoing>) -> Result<(), QueueError> {
        self.operation(|| {
            self.with(queue, |messages| {
                for message in sent {
                    let number = self.numbers.fetch_add(1, Ordering::SeqCst);
                    messages.push(Message { number, body: message.body, held: false, dead: false });
                }
            });
        })
        .await
    }

    async fn receive(
        &self,
        queue: &QueueName,
        max: usize,
        _wait: Duration,
        _lease: Duration,
    ) -> Result<Vec<Delivery>, QueueError> {
        self.operation(|| self.take(queue, max)).await
    }

    async fn extend(
        &self,
        _queue: &QueueName,
        _receipt: &Receipt,
        _lease: Duration,
    ) -> Result<(), QueueError> {
        Ok(())
    }

    async fn acknowledge(&self, queue: &QueueName, receipt: &Receipt) -> Result<(), QueueError> {
        let number = receipt.0.parse();
        self.with(queue, |messages| messages.retain(|message| Ok(message.number) != number));
        Ok(())
    }

    async fn depth(&self, queue: &QueueName) -> Result<QueueDepth, QueueError> {
        Ok(self.with(queue, |messages| {
            let mut depth = QueueDepth::default();
            for message in messages {
                *match (message.dead, message.held) {
                    (true, _) => &mut depth.dead,
                    (false, true) => &mut depth.leased,
                    (false, false) => &mut depth.waiting,
                } += 1;
            }
            depth
        }))
    }

    async fn dead_letters(&self, queue: &QueueName, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let sent = portdelta_core::UnixTime::EPOCH;
        Ok(self.with(queue, |messages| {
            let dead = messages.iter().filter(|message| message.dead).take(max);
            dead.map(|message| DeadLetter { body: message.body.clone(), sent }).collect()
        }))
    }

    async fn redrive(&self, queue: &QueueName) -> Result<u64, QueueError> {
        Ok(self.with(queue, |messages| {
            let dead = messages.iter().filter(|message| message.dead).count();
            for message in messages {
                (message.dead, message.held) = (false, false);
            }
            dead as u64
        }))
    }
}

/// Schedules that a test fires by hand.
#[derive(Default)]
pub struct Timetable(Mutex<BTreeMap<String, ScheduleEntry>>);

impl Timetable {
    pub fn entries(&self) -> Vec<ScheduleEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

#[async_trait]
impl Schedules for Timetable {
    async fn put(&self, entry: &ScheduleEntry) -> Result<(), ScheduleError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(entry.scan.clone(), entry.clone());
        Ok(())
    }

    async fn delete(&self, scan: &str) -> Result<(), ScheduleError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(scan);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<ScheduleEntry>, ScheduleError> {
        Ok(self.entries())
    }
}

/// No channels, and no access for anybody.
pub struct Nowhere;

impl Channels for Nowhere {
    fn open(
        &self,
        _settings: &ChannelSettings,
    ) -> Result<Box<dyn Channel>, portdelta_app::ports::ChannelError> {
        Err(portdelta_app::ports::ChannelError::Never("there are no channels".to_owned()))
    }
}

#[async_trait]
impl Credentials for Nowhere {
    async fn lend(&self, agent: &str, _site: &SiteId) -> Result<LentAccess, CredentialsError> {
        Err(CredentialsError { agent: agent.to_owned(), reason: "nobody lends".to_owned() })
    }
}
