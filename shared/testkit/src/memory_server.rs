//! A server whose stores are in memory, and what people and agents do with it.
#![expect(clippy::missing_panics_doc, reason = "what does not work ends the test")]

use std::sync::Arc;
use std::time::Duration;

use portdelta_app::ports::{Queue, QueueName, Work};
use portdelta_app::repositories::{Scan, ScanDraft};
use portdelta_app::{App, Due, RunBegun, Service, TableCredentials, UploadTaken};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_protocol::PROTOCOL;
use portdelta_protocol::agent::{AgentFacts, Begun, Enrol, Status, Task};
use portdelta_protocol::signature::PrivateKey;
use portdelta_protocol::upload::{digest, seal};

use crate::{
    CountedIds, Faults, MemoryBlobs, MemoryChannels, MemoryQueue, MemorySchedules, MemoryTable, NmapHost,
    NmapText, TestClock, honest_note,
};

/// A lease in which a test does what it does.
const LEASE: Duration = Duration::from_hours(1);

/// The use cases on stores in memory.
pub struct MemoryServer {
    /// Decides what time it is.
    pub clock: Arc<TestClock>,
    /// Lets the stores fail.
    pub faults: Arc<Faults>,
    /// Items.
    pub table: Arc<MemoryTable>,
    /// Results.
    pub blobs: Arc<MemoryBlobs>,
    /// Messages.
    pub queue: Arc<MemoryQueue>,
    /// What was delivered.
    pub channels: Arc<MemoryChannels>,
    /// What the scheduler was told.
    pub schedules: Arc<MemorySchedules>,
    /// The use cases.
    pub service: Arc<Service>,
}

impl MemoryServer {
    /// Nothing is remembered yet; the queues of the server itself are there.
    pub async fn new() -> Self {
        let (clock, faults) = (Arc::new(TestClock::default()), Arc::new(Faults::default()));
        let table = Arc::new(MemoryTable::new(clock.clone()).obeying(faults.clone()));
        let blobs = Arc::new(MemoryBlobs::default().obeying(faults.clone()));
        let queue = Arc::new(MemoryQueue::new(clock.clone()).obeying(faults.clone()));
        for work in Work::ALL {
            queue.create(&QueueName::Work(work)).await.expect("queues can be made");
        }
        let (channels, schedules) =
            (Arc::new(MemoryChannels::default()), Arc::new(MemorySchedules::default()));
        let credentials = Arc::new(TableCredentials::new(table.clone(), clock.clone()));
        let ids = Arc::new(CountedIds::default());
        let app = App::new(table.clone(), blobs.clone(), clock.clone(), ids);
        let (told, ways) = (schedules.clone(), channels.clone());
        let service = Arc::new(Service::new(app, queue.clone(), told, ways, credentials));
        Self { clock, faults, table, blobs, queue, channels, schedules, service }
    }

    /// A site, where there is none of this name.
    pub async fn site(&self, id: &str) -> SiteId {
        let id: SiteId = id.parse().expect("the test names a site");
        self.service.app().ensure_site(&id).await.expect("a site");
        id
    }

    /// A scan of these TCP ports at these targets and this site, by hand only.
    pub async fn scan(&self, site: &SiteId, targets: &str, ports: &str) -> Scan {
        let draft = ScanDraft {
            name: format!("{targets} {ports}"),
            targets: targets.to_owned(),
            ports: ports.to_owned(),
            options: "-sT".to_owned(),
            sites: vec![site.clone()],
            deadline_minutes: 1_440,
            ..ScanDraft::default()
        };
        self.service.create_scan(&draft).await.expect("the scan is well")
    }

    /// An agent that was enrolled, approved and heard of; its id.
    pub async fn agent(&self, site: &SiteId, name: &str) -> String {
        let app = self.service.app();
        let secret = app.make_enrolment(site, 60).await.expect("an enrolment").secret;
        let number = u8::try_from(name.len()).expect("a short name");
        let ask = Enrol {
            secret,
            name: name.to_owned(),
            public_key: PrivateKey::from_bytes(&[number; 32]).public(),
            protocol: PROTOCOL,
            facts: AgentFacts::default(),
        };
        let agent = app.enrol(&ask).await.expect("it comes in").agent;
        app.approve_agent(&agent).await.expect("it is approved");
        app.note_status(&agent, &Status::default()).await.expect("it is heard");
        agent
    }

    /// The tasks that wait at a site, as an agent would take them; they are acknowledged.
    pub async fn take_tasks(&self, site: &SiteId) -> Vec<Task> {
        let name = QueueName::Tasks(site.clone());
        let mut tasks = Vec::new();
        loop {
            let received = self.queue.receive(&name, 10, Duration::ZERO, LEASE).await.expect("a queue");
            if received.is_empty() {
                return tasks;
            }
            for delivery in received {
                tasks.push(serde_json::from_str(&delivery.body).expect("a task"));
                self.queue.acknowledge(&name, &delivery.receipt).await.expect("it is held");
            }
        }
    }

    /// What an agent uploads that found these TCP ports of one host open; it began the task before.
    pub async fn result_of(&self, agent: &str, task: &Task, host: &str, open: &[u16]) -> Vec<u8> {
        let begun = self.service.begin_task(agent, &task.run, task.number).await.expect("a known task");
        assert_eq!(begun, Begun::GoOn, "somebody wants the task");
        let now = self.service.app().now().seconds();
        let note = honest_note(task, now);
        let targets = task.targets.join(" ");
        let arguments = format!("-v {} -p{} {targets}", task.options, task.ports);
        let text = NmapText::of(&arguments).tcp(&task.ports).of_total(1);
        let text = text.host(NmapHost::up(host).open(open));
        seal(note, &text.at(now - NmapText::BEGINNING).lasting(0).bytes())
    }

    /// A whole run of a scan with one task, a minute later than whatever was before: its agent finds these TCP ports of
    /// one host open, and what it uploaded is applied. Nobody is told yet.
    pub async fn run(&self, scan: &Scan, agent: &str, host: &str, open: &[u16]) -> RunId {
        self.clock.advance(60);
        let site = &scan.draft.sites[0];
        let due = Due::At(self.service.app().now());
        let begun = self.service.begin_run(&scan.id, site, &due).await.expect("it begins");
        let RunBegun::Begun(run) = begun else { panic!("{begun:?}") };
        self.service.dispatch_slice(&run).await.expect("it is sent");
        let task = self.take_tasks(site).await.remove(0);
        let result = self.result_of(agent, &task, host, open).await;
        self.service.keep_upload(agent, &run, task.number, result.clone()).await.expect("it is kept");
        let key = format!("uploads/{agent}/{run}/{}/{}", task.key(), &digest(&result)[..16]);
        let taken = self.service.take_upload(&key.parse().expect("a key")).await.expect("it is taken");
        assert!(matches!(taken, UploadTaken::Applied { .. }), "{taken:?}");
        run
    }

    /// The bodies of the messages of a queue, which are held for an hour from then on.
    pub async fn bodies(&self, queue: &QueueName) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let received = self.queue.receive(queue, 10, Duration::ZERO, LEASE).await.expect("a queue");
            if received.is_empty() {
                return bodies;
            }
            bodies.extend(received.into_iter().map(|delivery| delivery.body));
        }
    }
}
