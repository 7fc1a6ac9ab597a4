//! Writes all that an installation knows.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Write;
use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use sha2::{Digest, Sha256};

use super::file::FrameWriter;
use super::frame::{BlobPart, Entry, FRAME_BYTES, FRAME_ENTRIES, Frame, MoveHead, MovedItem, PART_BYTES};
use super::kind::{Wanted, blob_of, kind_of};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::blobs::BlobPrefix;
use crate::ports::{BlobKey, ChannelSettings, Item, Query};
use crate::repositories::{
    ALERT_PARTITIONS, Agent, CARDS, CLEAN_UPS, ChannelRecord, EXPECTATIONS, FORGOTTEN, OUTBOX, RAW,
    ResultRecord, ResultStatus, bundle_partition, check_refused_upload, days_partition, delivery_partition,
    host_notes_partition, network_runs_partition, out_of_time, raw_key, result_parts_partition,
};

/// Blobs above this stay behind: whoever imports holds one in memory. 256 MiB.
pub(super) const MOST_BLOB_BYTES: u64 = 256 << 20;

/// What goes into an export besides what always does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// Raw results, and uploads that were refused.
    pub results: bool,
    /// Passwords and keys of channels, and administrators' tokens.
    pub secrets: bool,
    /// The version of Portdelta, for the file.
    pub program: String,
}

/// What an export holds, and what it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Names the export: a UUID.
    pub id: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// How much of what kind there is.
    pub counts: BTreeMap<String, u64>,
    /// Runs that go on; on the other side their time is over.
    pub cut_runs: Vec<RunId>,
    /// Channels that are switched off in the export, as their secrets are not in it.
    pub without_secrets: Vec<String>,
    /// Results that were received and are not applied yet; they are not in it.
    pub uploads_left: u64,
    /// Raw results that are not in it although they were asked for, and why.
    pub left_out: Vec<String>,
}

/// Hears the kind of what is being written and how much was written in all.
pub type ExportProgress<'a> = &'a (dyn Fn(&str, u64) + Send + Sync);

struct Exporter<'a> {
    app: &'a App,
    options: &'a ExportOptions,
    sites: BTreeSet<SiteId>,
    writer: FrameWriter<'a>,
    waiting: Vec<Entry>,
    waiting_bytes: usize,
    blobs: HashSet<String>,
    written: u64,
    without_raw: bool,
    report: ExportReport,
    progress: ExportProgress<'a>,
    now: UnixTime,
}

impl App {
    /// Writes all that is known to `out`. Nothing may be written to this installation meanwhile.
    ///
    /// What stays: schedules, which follow from scans; messages in queues; agents' keys and enrolments, which are good
    /// for one server only; users, who are invited anew, and their sessions; lent access.
    pub async fn export_all(
        &self,
        options: &ExportOptions,
        out: &mut (dyn Write + Send),
        progress: ExportProgress<'_>,
    ) -> Result<ExportReport, AppError> {
        let sites = self.sites().await?;
        let id = self.ids.new_id();
        let mut exporter = Exporter {
            app: self,
            options,
            sites: sites.iter().map(|site| site.id.clone()).collect(),
            writer: FrameWriter::new(out)?,
            waiting: Vec::new(),
            waiting_bytes: 0,
            blobs: HashSet::new(),
            written: 0,
            without_raw: false,
            report: ExportReport { id: id.clone(), ..ExportReport::default() },
            progress,
            now: self.now(),
        };
        // Without their versions: where they come in, they begin anew.
        let plain = |item: Item| Item::new(item.key, item.value);
        let items: Vec<Item> = self.partition("SITES").await?.into_iter().map(plain).collect();
        exporter.writer.frame(&Frame::Head(MoveHead {
            id,
            made: exporter.now,
            program: options.program.clone(),
            results: options.results,
            secrets: options.secrets,
            sites: items.iter().map(MovedItem::from).collect(),
        }))?;
        exporter.report.counts.insert("sites".to_owned(), sites.len() as u64);
        for site in &sites {
            exporter.evidence(&site.id).await?;
            exporter.runs(&site.id).await?;
        }
        exporter.settings().await?;
        exporter.alerts().await?;
        for site in &sites {
            exporter.heads(&site.id).await?;
        }
        for partition in ["OPEN", "UNTOLD", "SCANS"] {
            exporter.whole(Query::partition(partition)).await?;
        }
        exporter.report.uploads_left = exporter.uploads().await?;
        let gone = if exporter.without_raw {
            Some(exporter.now.shifted(1))
        } else {
            self.results_gone_before().await?
        };
        exporter.end(gone)
    }
}

impl Exporter<'_> {
    /// Scopes, bodies, deltas and results of a site; deltas that nobody was told of come after the heads.
    async fn evidence(&mut self, site: &SiteId) -> Result<(), AppError> {
        self.whole(Query::partition(format!("SITE#{site}")).prefix("SCOPE#")).await?;
        self.some(Query::partition(FORGOTTEN), |item| item.key.sort == site.as_str()).await?;
        for (block, _) in self.app.heads(site).await? {
            let query = Query::partition(crate::repositories::block_partition(site, block));
            self.some(query, |item| item.number(OUTBOX).is_none()).await?;
        }
        self.whole(Query::partition(result_parts_partition(site))).await?;
        let mut query = Query::partition(format!("RESULT#{site}"));
        loop {
            let page = self.page(&query).await?;
            for item in page.items {
                let item = self.result(item).await?;
                self.item(&item).await?;
            }
            match page.next {
                Some(next) => query = query.after(Some(next)),
                None => return Ok(()),
            }
        }
    }

    /// The record of a result, which says so where its raw bytes stay behind. Those of one that is not applied yet go
    /// along in any case: it can't be ended without.
    async fn result(&mut self, item: Item) -> Result<Item, AppError> {
        if item.text(RAW).is_some() {
            return Ok(item);
        }
        let record = ResultRecord::read(&item).during(|| format!("read {}", item.key))?;
        let is_open = record.status == ResultStatus::Stored;
        if self.options.results || is_open {
            let key = raw_key(&record.site, record.id)?;
            let Some(why) = self.blob(&key).await? else { return Ok(item) };
            self.report.left_out.push(format!("{} {why}", record.source));
        }
        self.without_raw = true;
        Ok(item.with(RAW, "gone"))
    }

    async fn runs(&mut self, site: &SiteId) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let page = self.app.runs(site, None, after).await?;
            for run in &page.runs {
                let mut query = Query::partition(format!("RUN#{}", run.id));
                loop {
                    let page = self.page(&query).await?;
                    for item in page.items {
                        match out_of_time(&item, self.now)? {
                            Some(cut) => {
                                self.report.cut_runs.push(run.id.clone());
                                self.item(&cut).await?;
                            }
                            None => self.item(&item).await?,
                        }
                    }
                    match page.next {
                        Some(next) => query = query.after(Some(next)),
                        None => break,
                    }
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// What people made, other than scans.
    async fn settings(&mut self) -> Result<(), AppError> {
        for scan in self.app.scans().await? {
            self.whole(Query::partition(format!("SCAN#{}", scan.id))).await?;
        }
        for site in self.sites.clone() {
            self.whole(Query::partition(days_partition(&site))).await?;
            self.whole(Query::partition(host_notes_partition(&site))).await?;
            for network in self.app.network_names().await? {
                self.whole(Query::partition(network_runs_partition(&site, &network))).await?;
            }
        }
        for partition in ["NETWORKS", EXPECTATIONS, CARDS, "WATCHED", "RETENTION", CLEAN_UPS] {
            self.some(Query::partition(partition), |item| item.key.sort != "GONE").await?;
        }
        for item in self.app.partition("AGENTS").await? {
            let operation = || format!("read {}", item.key);
            let agent = Agent::read(&item).during(operation)?;
            // Past runs name it. It enrols again: its key is for the address of this server.
            let revoked = Some(agent.revoked.unwrap_or(self.now));
            let past = Agent { revoked, hidden: true, ..agent };
            self.item(&past.item().during(operation)?).await?;
        }
        for channel in self.app.channel_records().await? {
            let channel = self.channel(channel);
            self.item(&channel.item()?).await?;
            self.whole(Query::partition("CHANNELS").prefix(format!("STATUS#{}", channel.id))).await?;
        }
        if self.options.results {
            for item in self.app.partition("REFUSED").await? {
                let name = check_refused_upload(&item).during(|| format!("read {}", item.key))?;
                if let Ok(key) = name.parse::<BlobKey>()
                    && let Some(why) = self.blob(&key).await?
                {
                    self.report.left_out.push(format!("{name} {why}"));
                }
                self.item(&item).await?;
            }
        }
        if self.options.secrets {
            self.whole(Query::partition("TOKENS")).await?;
        }
        Ok(())
    }

    /// A channel as it is exported: without secrets, and then switched off if it had some.
    fn channel(&mut self, mut channel: ChannelRecord) -> ChannelRecord {
        if self.options.secrets {
            return channel;
        }
        let had_some = match &mut channel.settings {
            ChannelSettings::Smtp { password, .. } => password.take().is_some(),
            ChannelSettings::Webhook { secret, .. } => !std::mem::take(secret).is_empty(),
            // Who knows the address may write there.
            ChannelSettings::Slack { url, .. } => !std::mem::take(url).is_empty(),
            ChannelSettings::Program { .. } | ChannelSettings::Topic { .. } | ChannelSettings::Bus { .. } => {
                false
            }
        };
        if had_some {
            channel.enabled = false;
            self.report.without_secrets.push(channel.name.clone());
        }
        channel
    }

    async fn alerts(&mut self) -> Result<(), AppError> {
        for partition in ALERT_PARTITIONS {
            self.whole(Query::partition(partition)).await?;
        }
        for bundle in self.app.untold_bundles().await? {
            self.whole(Query::partition(bundle_partition(&bundle))).await?;
        }
        for channel in self.app.channel_records().await? {
            self.whole(Query::partition(delivery_partition(&channel.id))).await?;
        }
        Ok(())
    }

    async fn heads(&mut self, site: &SiteId) -> Result<(), AppError> {
        self.whole(Query::partition(format!("SITE#{site}")).prefix("HEAD#")).await?;
        for (block, _) in self.app.heads(site).await? {
            let query = Query::partition(crate::repositories::block_partition(site, block)).prefix("D#");
            self.some(query, |item| item.number(OUTBOX).is_some()).await?;
        }
        Ok(())
    }

    async fn uploads(&self) -> Result<u64, AppError> {
        let Ok(prefix) = "uploads/".parse::<BlobPrefix>() else { return Ok(0) };
        let (mut count, mut after) = (0, None);
        loop {
            let limit = NonZeroUsize::MIN.saturating_add(999);
            let page = self.app.blobs.list(&prefix, after.as_ref(), limit).await;
            let page = page.during(|| "list uploads".to_owned())?;
            count += page.entries.len() as u64;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(count),
            }
        }
    }

    async fn page(&self, query: &Query) -> Result<crate::ports::Page, AppError> {
        self.app.table.query(query).await.during(|| format!("read {}", query.partition))
    }

    async fn whole(&mut self, query: Query) -> Result<(), AppError> {
        self.some(query, |_| true).await
    }

    async fn some(
        &mut self,
        mut query: Query,
        wanted: impl Fn(&Item) -> bool + Send,
    ) -> Result<(), AppError> {
        loop {
            let page = self.page(&query).await?;
            for item in page.items.iter().filter(|item| wanted(item)) {
                self.item(item).await?;
            }
            match page.next {
                Some(next) => query = query.after(Some(next)),
                None => return Ok(()),
            }
        }
    }

    async fn item(&mut self, item: &Item) -> Result<(), AppError> {
        let wanted = Wanted { sites: &self.sites, secrets: self.options.secrets };
        let kind = kind_of(item, &wanted, self.writer.next())?;
        if let Some(name) = blob_of(item) {
            let missing = || AppError::Missing { what: format!("blob {name}") };
            let key = name.parse().map_err(|_| missing())?;
            if self.blob(&key).await?.is_some() {
                return Err(missing());
            }
        }
        *self.report.counts.entry(kind.name.to_owned()).or_default() += 1;
        self.written += 1;
        (self.progress)(kind.name, self.written);
        self.entry(Entry::Item(MovedItem::from(item)), item.size_bytes())
    }

    /// Writes a blob once; why not, where it can't be.
    async fn blob(&mut self, key: &BlobKey) -> Result<Option<&'static str>, AppError> {
        if !self.blobs.insert(key.to_string()) {
            return Ok(None);
        }
        let operation = || format!("read blob {key}");
        let Some(mut reader) = self.app.blobs.open(key).await.during(operation)? else {
            return Ok(Some("is missing"));
        };
        if reader.bytes > MOST_BLOB_BYTES {
            return Ok(Some("is larger than 256 MiB"));
        }
        let (mut part, mut number, mut hash) = (Vec::new(), 0, Sha256::new());
        while let Some(chunk) = reader.chunks.next().await.during(operation)? {
            hash.update(&chunk);
            part.extend_from_slice(&chunk);
            // The last part is written below, with the hash.
            while part.len() > PART_BYTES {
                let rest = part.split_off(PART_BYTES);
                self.part(key, number, None, std::mem::replace(&mut part, rest))?;
                number += 1;
            }
        }
        self.part(key, number, Some(hash.finalize().into()), part)?;
        *self.report.counts.entry("blobs".to_owned()).or_default() += 1;
        Ok(None)
    }

    fn part(
        &mut self,
        key: &BlobKey,
        number: u32,
        whole: Option<[u8; 32]>,
        bytes: Vec<u8>,
    ) -> Result<(), AppError> {
        let size = bytes.len();
        self.entry(Entry::Blob(BlobPart { key: key.to_string(), number, whole, bytes }), size)
    }

    fn entry(&mut self, entry: Entry, bytes: usize) -> Result<(), AppError> {
        self.waiting.push(entry);
        self.waiting_bytes += bytes;
        let is_full = self.waiting_bytes >= FRAME_BYTES || self.waiting.len() >= FRAME_ENTRIES;
        if is_full { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), AppError> {
        self.waiting_bytes = 0;
        if !self.waiting.is_empty() {
            self.writer.frame(&Frame::Entries(std::mem::take(&mut self.waiting)))?;
        }
        Ok(())
    }

    fn end(mut self, gone: Option<UnixTime>) -> Result<ExportReport, AppError> {
        self.flush()?;
        let (_, bytes) = self.writer.end(self.report.counts.clone(), gone)?;
        Ok(ExportReport { bytes, ..self.report })
    }
}
