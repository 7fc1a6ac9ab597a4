//! A large installation: a data folder as a server has it after weeks of scans.
//!
//! All goes through the use cases that a server and its agents go through, at the speed of the machine: the clock is put
//! forward by hand.

mod campus;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use portdelta_app::ports::{Clock as _, QueueName};
use portdelta_app::repositories::{NetworkDraft, ScanDraft};
use portdelta_app::{Due, ExpectationDraft, RunBegun, Service};
use portdelta_core::UnixTime;
use portdelta_core::expectation::ExpectedState;
use portdelta_core::ids::SiteId;
use portdelta_protocol::agent::{AgentFacts, Begun, Enrol, Status, Task};
use portdelta_protocol::signature::PrivateKey;
use portdelta_protocol::upload::seal;
use portdelta_server::{Parts, Server, ServerOptions, TlsOptions};
use portdelta_testkit::{CountedIds, MemoryChannels, TestClock, honest_note};

use self::campus::{Campus, NETWORKS, scanned};

/// A run begins so long after the one before, in seconds.
const BETWEEN: i64 = 2_700;

/// Of so many runs one is of everything, and so is the last; the others are of the servers of one network after the other.
const OF_EVERYTHING: u32 = 64;

/// What to fill a folder with. The same again is the same networks, hosts and changes.
#[derive(Clone, Copy, Debug)]
pub struct Seeding {
    /// How many hosts: a power of two from 256 to 65,536. All of them are up.
    pub hosts: u32,
    /// How many runs.
    pub runs: u32,
    /// All runs have ended by then; the last began 45 minutes before.
    pub until: UnixTime,
}

/// Fills an empty data folder; after each run, says how many there are.
///
/// # Errors
/// If there can't be so many hosts, or the folder can't be filled; it may be half full then.
pub async fn seed(data: &Path, seeding: &Seeding, after: impl FnMut(u32)) -> anyhow::Result<()> {
    let campus = Campus::of(seeding.hosts)?;
    let begin = seeding.until.shifted(-i64::from(seeding.runs) * BETWEEN);
    let clock = Arc::new(TestClock::at(begin));
    let ids = Arc::new(CountedIds::default());
    let channels = Arc::new(MemoryChannels::default());
    let parts = Parts { clock: clock.clone(), ids, channels, around: |stores| stores };
    let mut options = ServerOptions::new(data, (std::net::Ipv4Addr::LOCALHOST, 0).into());
    options.tls = TlsOptions::Plain { insecure: false };
    (options.local_agent, options.background) = (false, false);
    let server = Server::start(options, parts).await?;
    let seed = Seed { campus, begin, clock, service: Arc::clone(server.service()), server: &server };
    let filled = seed.fill(seeding.runs, after).await;
    server.stop().await;
    filled
}

struct Seed<'a> {
    campus: Campus,
    begin: UnixTime,
    clock: Arc<TestClock>,
    service: Arc<Service>,
    server: &'a Server,
}

/// Who scans where.
struct Place {
    site: SiteId,
    agent: String,
}

impl Seed<'_> {
    async fn fill(&self, runs: u32, mut after: impl FnMut(u32)) -> anyhow::Result<()> {
        let place = self.place().await?;
        let everything = self.scan("Whole campus", self.campus.all(), &place.site).await?;
        let mut servers = Vec::new();
        for (number, name) in (0..).zip(NETWORKS) {
            self.network(number, name, &place.site).await?;
            let targets = self.campus.servers(number);
            servers.push(self.scan(&format!("{name}, servers"), targets, &place.site).await?);
        }
        let mut one_after_the_other = servers.iter().cycle();
        for run in 0..runs {
            let is_of_everything = run.is_multiple_of(OF_EVERYTHING) || run + 1 == runs;
            let next = if is_of_everything { None } else { one_after_the_other.next() };
            let scan = next.unwrap_or(&everything);
            self.clock.set(self.begin.shifted(i64::from(run) * BETWEEN));
            self.run(scan, &place, run).await.with_context(|| format!("run {run} of {runs}"))?;
            after(run + 1);
        }
        Ok(())
    }

    async fn place(&self) -> anyhow::Result<Place> {
        let (app, site): (_, SiteId) = (self.service.app(), "campus".parse()?);
        self.service.create_site(site.clone(), "Campus", "").await?;
        let ask = Enrol {
            secret: app.make_enrolment(&site, 60).await?.secret,
            name: "campus-1".to_owned(),
            public_key: PrivateKey::from_bytes(&[7; 32]).public(),
            protocol: portdelta_protocol::PROTOCOL,
            facts: AgentFacts::default(),
        };
        let agent = app.enrol(&ask).await?.agent;
        app.approve_agent(&agent).await?;
        Ok(Place { site, agent })
    }

    /// A network, and what is expected of its first addresses.
    async fn network(&self, number: u32, name: &str, site: &SiteId) -> anyhow::Result<()> {
        let owner = "operations@example.org".to_owned();
        let network = NetworkDraft {
            name: name.to_owned(),
            prefixes: self.campus.network(number),
            owner: owner.clone(),
            notes: String::new(),
            labels: vec![if number < 12 { "users" } else { "devices" }.to_owned()],
        };
        self.service.app().create_network(&network).await?;
        let expectation = ExpectationDraft {
            site: site.clone(),
            targets: self.campus.gateways(number),
            ports: "21,8080".to_owned(),
            state: ExpectedState::Closed,
            service: None,
            owner,
            reason: format!("Gateways of {name} are managed by SSH only"),
            expires: None,
        };
        self.service.app().create_expectation(&expectation, None).await?;
        Ok(())
    }

    async fn scan(&self, name: &str, targets: String, site: &SiteId) -> anyhow::Result<String> {
        // Without a schedule: what fires by itself would be further runs.
        let draft = ScanDraft {
            name: name.to_owned(),
            targets,
            ports: campus::ports(),
            options: "-sS -sV".to_owned(),
            sites: vec![site.clone()],
            ..ScanDraft::default()
        };
        Ok(self.service.create_scan(&draft).await?.id)
    }

    /// Begins a run, does all its tasks, and sees that there is a report.
    async fn run(&self, scan: &str, place: &Place, number: u32) -> anyhow::Result<()> {
        self.service.app().note_status(&place.agent, &Status::default()).await?;
        let begun = self.service.begin_run(scan, &place.site, &Due::Now(format!("seed-{number}"))).await?;
        let RunBegun::Begun(run) = begun else { bail!("it did not begin: {begun:?}") };
        loop {
            self.server.tick().await?;
            if !self.work(place, number).await? {
                break;
            }
        }
        self.clock.advance(30);
        self.server.tick().await?;
        self.service.app().report(&run).await?.context("it has no report")?;
        Ok(())
    }

    /// Does the tasks that wait; `false` where there are none.
    async fn work(&self, place: &Place, run: u32) -> anyhow::Result<bool> {
        // A run's tasks wait for the second after the run before.
        self.clock.advance(2);
        let queue = QueueName::Tasks(place.site.clone());
        let taken = self.service.queue().receive(&queue, 10, Duration::ZERO, Duration::from_mins(10)).await?;
        for delivery in &taken {
            let task: Task = serde_json::from_str(&delivery.body)?;
            self.task(&place.agent, &task, run).await?;
            self.service.queue().acknowledge(&queue, &delivery.receipt).await?;
        }
        Ok(!taken.is_empty())
    }

    async fn task(&self, agent: &str, task: &Task, run: u32) -> anyhow::Result<()> {
        if self.service.begin_task(agent, &task.run, task.number).await? != Begun::GoOn {
            return Ok(());
        }
        let now = self.clock.now().seconds();
        let output = scanned(&task.targets, now, run)?;
        let envelope = seal(honest_note(task, now), &zstd::bulk::compress(&output, 1)?);
        self.service.keep_upload(agent, &task.run, task.number, envelope).await?;
        Ok(())
    }
}
