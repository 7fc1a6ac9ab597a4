//! A server that tells, results that come in, and what its channels got.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use portdelta_app::notify::WatchedPortDraft;
use portdelta_app::ports::channel::Channel;
use portdelta_app::ports::{ChannelError, ChannelSettings, Channels, Key, Notification, Table};
use portdelta_app::repositories::ChannelRecord;
use portdelta_app::{App, AppError, Service};
use portdelta_core::ids::RunId;
use portdelta_core::watch::Severity;
use portdelta_protocol::admin::{ChannelDraft, ChannelFilter, ChannelSettings as Asked};
use portdelta_testkit::{CountedIds, MemoryTable, NmapHost, NmapText};

use crate::runs::world::{Mailbox, Nowhere, Timetable};
use crate::store::{Memory, ingest, of_run, run_id, upload};

/// A server on stores in memory.
pub struct Office {
    pub memory: Memory,
    pub mail: Arc<PostOffice>,
    ids: Arc<CountedIds>,
}

/// What channels do, and what they got.
pub struct PostOffice {
    /// Makes deliveries fail where the test says so.
    operations: MemoryTable,
    letters: Mutex<Vec<(String, Notification)>>,
    trouble: Mutex<BTreeMap<String, bool>>,
}

impl Office {
    pub fn new() -> Self {
        let memory = Memory::new();
        let operations = MemoryTable::new(memory.clock.clone()).obeying(memory.faults.clone());
        let mail = PostOffice { operations, letters: Mutex::default(), trouble: Mutex::default() };
        Self { memory, mail: Arc::new(mail), ids: Arc::default() }
    }

    /// A process that has just started.
    pub fn service(&self) -> Service {
        let Memory { table, blobs, clock, .. } = &self.memory;
        let app = App::new(table.clone(), blobs.clone(), clock.clone(), self.ids.clone());
        let queue = Arc::new(Mailbox::new(MemoryTable::new(clock.clone())));
        let channels = Arc::new(Post(self.mail.clone()));
        Service::new(app, queue, Arc::new(Timetable::default()), channels, Arc::new(Nowhere))
    }

    /// A channel that is called so and gets what the filter says.
    pub async fn channel(&self, name: &str, filter: ChannelFilter) -> ChannelRecord {
        self.service().create_channel(&draft(name, filter)).await.expect("the channel is well")
    }

    /// A result of a run comes in; nobody is told yet.
    pub async fn result(&self, run: &str, scan: &NmapText) {
        ingest(self.service().app(), of_run(upload(scan.bytes()), run)).await;
    }

    /// The keys of all batches of a run.
    pub fn batches(&self, run: &str) -> Vec<Key> {
        let index = format!("RUN#{run}");
        let items = self.memory.table.items().into_iter();
        items
            .filter(|item| item.index.as_ref().is_some_and(|place| place.partition == index))
            .filter(|item| item.key.sort.starts_with("D#"))
            .map(|item| item.key)
            .collect()
    }

    /// A result comes in as a run of its own, and everybody is told.
    pub async fn run(&self, run: &str, scan: &NmapText) {
        self.memory.clock.advance(600);
        self.result(run, scan).await;
        self.tell(run).await.expect("everybody is told");
    }

    /// Does what the notify worker does about a run.
    pub async fn tell(&self, run: &str) -> Result<(), AppError> {
        let service = self.service();
        for key in self.batches(run) {
            service.notify_batch(&key).await?;
        }
        service.notify_run(&run_id(run)).await?;
        self.deliver().await
    }

    /// Delivers all that is due, a minute later too.
    pub async fn deliver(&self) -> Result<(), AppError> {
        for _ in 0..2 {
            let report = self.service().deliver_pending().await?;
            if let Some(error) = report.failures.into_iter().next() {
                return Err(error);
            }
            self.memory.clock.advance(61);
        }
        Ok(())
    }

    /// What a channel got: (id, subject).
    pub fn got(&self, channel: &str) -> Vec<(String, String)> {
        self.letters(channel).into_iter().map(|letter| (letter.id, letter.subject)).collect()
    }

    /// What a channel got.
    pub fn letters(&self, channel: &str) -> Vec<Notification> {
        let letters = lock(&self.mail.letters);
        letters.iter().filter(|(to, _)| to == channel).map(|(_, letter)| letter.clone()).collect()
    }

    /// What a channel was told of alerts: (alert, episode, event) for every time it was, repeated letters once.
    pub fn told(&self, channel: &str) -> Vec<(String, u64, String)> {
        let mut told = Vec::new();
        let once: BTreeMap<_, _> =
            self.letters(channel).into_iter().map(|letter| (letter.id.clone(), letter)).collect();
        for letter in once.into_values() {
            for alert in letter.data["alerts"].as_array().into_iter().flatten() {
                let text = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
                told.push((text("title"), alert["episode"].as_u64().unwrap_or(0), text("event")));
            }
        }
        told.sort();
        told
    }

    /// All alerts in words: title, state, episode.
    pub async fn alerts(&self) -> Vec<String> {
        use portdelta_core::alert::AlertState;
        let states = vec![
            AlertState::Open,
            AlertState::Acknowledged,
            AlertState::Actioned,
            AlertState::Ignored,
            AlertState::Dormant,
            AlertState::Resolved,
        ];
        let filter = portdelta_app::notify::AlertFilter { states, ..Default::default() };
        let many = std::num::NonZeroUsize::MAX;
        let service = self.service();
        let page = service.app().alerts(&filter, many, None).await.expect("alerts are readable");
        let now = service.app().now();
        let mut words: Vec<_> = page
            .alerts
            .iter()
            .map(|alert| format!("{}: {:?} {}", alert.title, alert.state(now), alert.episode))
            .collect();
        words.sort();
        words
    }

    /// The id of the only alert with this title.
    pub async fn alert_id(&self, title: &str) -> String {
        let many = std::num::NonZeroUsize::MAX;
        let service = self.service();
        let page = service
            .app()
            .alerts(&portdelta_app::notify::AlertFilter::default(), many, None)
            .await
            .expect("alerts are readable");
        let found = page.alerts.iter().find(|alert| alert.title == title);
        found.unwrap_or_else(|| panic!("no alert {title}")).id().to_string()
    }
}

impl PostOffice {
    /// From now on a channel fails: for good, or for now.
    pub fn fail(&self, channel: &str, for_good: bool) {
        lock(&self.trouble).insert(channel.to_owned(), for_good);
    }

    /// From now on a channel works.
    pub fn mend(&self, channel: &str) {
        lock(&self.trouble).remove(channel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A channel by name: the name is its address.
pub fn draft(name: &str, filter: ChannelFilter) -> ChannelDraft {
    let settings = Asked::Slack { url: Some(format!("https://{name}.example/secret")), allow_private: false };
    ChannelDraft { name: name.to_owned(), enabled: true, settings: Some(settings), filter }
}

struct Post(Arc<PostOffice>);

struct PostChannel {
    office: Arc<PostOffice>,
    name: String,
}

impl Channels for Post {
    fn open(&self, settings: &ChannelSettings) -> Result<Box<dyn Channel>, ChannelError> {
        let ChannelSettings::Slack { url, .. } = settings else {
            return Err(ChannelError::Never("only the post office delivers here".to_owned()));
        };
        let name = url.trim_start_matches("https://").split('.').next().unwrap_or_default().to_owned();
        Ok(Box::new(PostChannel { office: self.0.clone(), name }))
    }
}

#[async_trait]
impl Channel for PostChannel {
    async fn deliver(&self, notification: &Notification) -> Result<(), ChannelError> {
        let probe = Key::new("post", "office");
        let operation = |error: portdelta_app::ports::TableError| ChannelError::Later(error.to_string());
        match lock(&self.office.trouble).get(&self.name) {
            Some(true) => return Err(ChannelError::Never("550 no such user".to_owned())),
            Some(false) => return Err(ChannelError::Later("451 later".to_owned())),
            None => {}
        }
        let reached = self.office.operations.get(&probe).await;
        if let Err(error) = &reached
            && !format!("{error:?}").contains("After")
        {
            return reached.map(drop).map_err(operation);
        }
        lock(&self.office.letters).push((self.name.clone(), notification.clone()));
        reached.map(drop).map_err(operation)
    }
}

/// A scan of four addresses and ports 20 to 30 and 3389 at a time, that sees these hosts with these ports.
pub fn scan(seconds: i64, hosts: &[(&str, &[u16])]) -> NmapText {
    let text = NmapText::of("-sT -p20-30,3389 192.0.2.0/30").at(seconds).tcp("20-30,3389").of_total(4);
    hosts.iter().fold(text, |text, (address, open)| text.host(NmapHost::up(address).open(open)))
}

pub const RDP: &str = "3389/tcp (RDP) is open at 192.0.2.1";

/// The usual run id as a type.
pub fn id(run: &str) -> RunId {
    run_id(run)
}

/// A rule that watches a port everywhere.
pub fn watch(port: u16) -> WatchedPortDraft {
    WatchedPortDraft {
        id: None,
        protocol: "tcp".to_owned(),
        first: port,
        last: port,
        networks: Vec::new(),
        addresses: String::new(),
        service: None,
        severity: Severity::High,
        name: "Mine".to_owned(),
    }
}
