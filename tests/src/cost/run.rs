//! Runs of a scan of a /16, task by task, as a server and its agents do them, on a table that is counted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use portdelta_app::ports::blobs::PutMode;
use portdelta_app::ports::{BlobKey, Blobs, Key, Query, Queue, QueueName, Table, Work};
use portdelta_app::repositories::{Scan, ScanDraft};
use portdelta_app::{App, Due, RunBegun, Service, TableCredentials, WorkMessage};
use portdelta_benches::generate::{Plan, Side, write_scan};
use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_protocol::agent::Task;
use portdelta_protocol::upload::{UploadNote, digest, seal};
use portdelta_testkit::{CountedIds, MemoryChannels, MemoryQueue, MemorySchedules, TestClock};
use serde::{Deserialize, Serialize};

/// What a generated scan found, by the third byte of the address.
struct Found {
    /// The ports that were probed, as `scaninfo` writes them.
    services: String,
    /// Its hosts as elements, by block.
    hosts: BTreeMap<u8, Vec<String>>,
    start: i64,
    end: i64,
}

/// An installation that scans.
pub struct Installation {
    service: Service,
    queue: Arc<MemoryQueue>,
    clock: Arc<TestClock>,
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    site: SiteId,
    agent: &'static str,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Done {
    /// Tasks, each of a /24.
    pub tasks: u64,
    /// Delta batches: blocks in which something changed or was seen for the first time.
    pub batches: u64,
    /// Changes, first looks left out.
    pub changes: u64,
    /// Bytes of the uploads, packed.
    pub uploaded: u64,
}

impl Installation {
    /// On this table and these blobs, which obey `clock`.
    pub async fn new(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, clock: Arc<TestClock>) -> Result<Self> {
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        let app = App::new(table.clone(), blobs.clone(), clock.clone(), Arc::new(CountedIds::default()));
        let credentials = Arc::new(TableCredentials::new(table.clone(), clock.clone()));
        let (schedules, channels) =
            (Arc::new(MemorySchedules::default()), Arc::new(MemoryChannels::default()));
        let service = Service::new(app, queue.clone(), schedules, channels, credentials);
        for work in Work::ALL {
            queue.create(&QueueName::Work(work)).await?;
        }
        let site: SiteId = "office".parse().map_err(|_| anyhow!("a bad id"))?;
        service.app().create_site(site.clone(), "Office", "").await?;
        Ok(Self { service, queue, clock, table, blobs, site, agent: "agent-1" })
    }

    /// A scan of the first `blocks` blocks of the generated /16.
    pub async fn scan(&self, plan: &Plan, blocks: u16) -> Result<Scan> {
        let found = Found::read(plan, Side::Old)?;
        let last = blocks.clamp(1, 256) - 1;
        let draft = ScanDraft {
            name: "Everything".to_owned(),
            targets: if last == 255 { "10.20.0.0/16".to_owned() } else { format!("10.20.0-{last}.0-255") },
            ports: found.services,
            options: "-sS".to_owned(),
            sites: vec![self.site.clone()],
            ..ScanDraft::default()
        };
        Ok(self.service.create_scan(&draft).await?)
    }

    /// A whole run over what one side of the plan says, until everybody is told.
    pub async fn run(&self, scan: &Scan, plan: &Plan, side: Side) -> Result<Done> {
        let found = Found::read(plan, side)?;
        self.clock.set(time(found.start - 60));
        let due = Due::At(time(found.start - 60));
        let begun = self.service.begin_run(&scan.id, &self.site, &due).await?;
        let RunBegun::Begun(run) = begun else { return Err(anyhow!("the run did not begin: {begun:?}")) };
        self.work().await?;
        let mut done = Done::default();
        for body in self.take(&QueueName::Tasks(self.site.clone())).await? {
            let task: Task = serde_json::from_str(&body)?;
            self.task(&task, &found, &mut done).await?;
        }
        self.tell(&run).await?;
        let report = self.service.app().report(&run).await?.context("the run has no report")?;
        ensure!(report.tasks.complete == report.tasks_total, "not all was covered: {report:?}");
        ensure!(report.warnings.is_empty(), "not all was understood: {report:?}");
        done.changes = report.totals.changes.values().sum();
        done.batches = self.batches(&run).await?.len() as u64;
        Ok(done)
    }

    /// What an agent does with a task, and then the server.
    async fn task(&self, task: &Task, found: &Found, done: &mut Done) -> Result<()> {
        self.clock.set(time(found.start - 30));
        self.service.begin_task(self.agent, &task.run, task.number).await?;
        self.clock.set(time(found.end + 60));
        // As agents pack it.
        let packed = zstd::encode_all(found.xml(task)?.as_bytes(), 3)?;
        let envelope = seal(found.note(task), &packed);
        done.tasks += 1;
        done.uploaded += envelope.len() as u64;
        let name = format!("uploads/{}/{}/{}/{}", self.agent, task.run, task.key(), &digest(&envelope)[..16]);
        let key: BlobKey = name.parse()?;
        self.blobs.put(&key, envelope, PutMode::CreateOnly).await?;
        self.service.take_upload(&key).await?;
        Ok(())
    }

    /// What the notify function does about a run.
    async fn tell(&self, run: &RunId) -> Result<()> {
        for key in self.batches(run).await? {
            self.service.notify_batch(&key).await?;
        }
        self.work().await?;
        let report = self.service.deliver_pending().await?;
        report.failures.into_iter().next().map_or(Ok(()), |error| Err(error.into()))
    }

    /// The keys of the delta batches of a run.
    async fn batches(&self, run: &RunId) -> Result<Vec<Key>> {
        let (mut keys, mut query) = (Vec::new(), Query::partition(format!("RUN#{run}")));
        loop {
            let page = self.table.query_index(&query).await?;
            keys.extend(page.items.into_iter().map(|item| item.key));
            match page.next {
                Some(next) => query = query.after(Some(next)),
                None => return Ok(keys),
            }
        }
    }

    /// Does what waits for the server.
    async fn work(&self) -> Result<()> {
        loop {
            let mut any = false;
            for work in Work::ALL {
                for body in self.take(&QueueName::Work(work)).await? {
                    any = true;
                    match WorkMessage::read(&body).context("a message of ours")? {
                        WorkMessage::Slice { run } => drop(self.service.dispatch_slice(&run).await?),
                        WorkMessage::RunFinished { run, .. } => self.service.notify_run(&run).await?,
                        other => return Err(anyhow!("nobody sends {other:?} here")),
                    }
                }
            }
            if !any {
                return Ok(());
            }
        }
    }

    /// All messages of a queue.
    async fn take(&self, queue: &QueueName) -> Result<Vec<String>> {
        let mut bodies = Vec::new();
        loop {
            let found = self.queue.receive(queue, 10, Duration::ZERO, Duration::from_mins(5)).await?;
            if found.is_empty() {
                return Ok(bodies);
            }
            for delivery in found {
                bodies.push(delivery.body);
                self.queue.acknowledge(queue, &delivery.receipt).await?;
            }
        }
    }
}

impl Found {
    fn read(plan: &Plan, side: Side) -> Result<Self> {
        plan.check().map_err(|error| anyhow!("{error}"))?;
        let mut xml = Vec::new();
        write_scan(plan, side, &mut xml)?;
        let text = String::from_utf8(xml)?;
        let between = |from: &str, to: &str| -> Result<&str> {
            let (_, rest) = text.split_once(from).with_context(|| format!("no {from}"))?;
            rest.split_once(to).map(|(found, _)| found).with_context(|| format!("no {to}"))
        };
        let services = between(" services=\"", "\"")?.to_owned();
        let start = between("start=\"", "\"")?.parse()?;
        let end = between("<finished time=\"", "\"")?.parse()?;
        let mut hosts: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        let mut rest = text.as_str();
        while let Some(begin) = rest.find("<host ") {
            let length = rest[begin..].find("</host>").context("a host has no end")? + "</host>".len();
            let host = &rest[begin..begin + length];
            let (_, address) = host.split_once("addr=\"10.20.").context("a host has no address")?;
            let third = address.split('.').next().context("an address is cut")?.parse()?;
            hosts.entry(third).or_default().push(host.to_owned());
            rest = &rest[begin + length..];
        }
        Ok(Self { services, hosts, start, end })
    }

    /// What nmap writes about a task.
    fn xml(&self, task: &Task) -> Result<String> {
        let [target] = &task.targets[..] else { return Err(anyhow!("a task of {:?}", task.targets)) };
        let third: u8 = target.split('.').nth(2).context("a target is cut")?.parse()?;
        let hosts = self.hosts.get(&third).map(Vec::as_slice).unwrap_or_default();
        let (start, end, up, down) = (self.start, self.end, hosts.len(), 256 - hosts.len());
        Ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner=\"nmap\" args=\"nmap -v \
             {options} -p {ports} {target}\" start=\"{start}\" version=\"7.93\" xmloutputversion=\"1.05\">\n<scaninfo \
             type=\"syn\" protocol=\"tcp\" numservices=\"1000\" services=\"{services}\"/>\n{hosts}\n<runstats><finished \
             time=\"{end}\" exit=\"success\"/><hosts up=\"{up}\" down=\"{down}\" total=\"256\"/></runstats>\n</nmaprun>\n",
            options = task.options,
            ports = task.ports,
            services = self.services,
            hosts = hosts.join("\n"),
        ))
    }

    fn note(&self, task: &Task) -> UploadNote {
        UploadNote {
            run: task.run.clone(),
            task: task.number,
            began: self.start - 30,
            ended: self.end,
            at: self.end + 60,
            clock_ahead: Some(0),
            nmap_version: "7.93".to_owned(),
            arguments: vec!["-sS".to_owned()],
            exit_code: Some(0),
            cut: None,
            complaints: String::new(),
            sha256: String::new(),
        }
    }
}

fn time(seconds: i64) -> UnixTime {
    UnixTime::EPOCH.shifted(seconds)
}
