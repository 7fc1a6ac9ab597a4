//! State and deltas anew from the raw results that are kept.

use std::collections::{BTreeMap, BTreeSet};

use portdelta_core::delta::{Delta, DeltaId};
use portdelta_core::ids::{Order, SiteId};
use portdelta_core::{Block, UnixTime};

use crate::App;
use crate::error::{AppError, During};
use crate::finish::Telling;
use crate::ports::Action;
use crate::repositories::{
    ALERT_PARTITIONS, Batch, CARDS, Forgotten, KEPT, Mark, ResultRecord, ResultStatus, days_partition,
    delivery_partition, host_notes_partition, network_runs_partition,
};

/// What a rebuild did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// Results that were applied again.
    pub results: usize,
    /// Deltas that are derived now, first looks left out.
    pub deltas: usize,
    /// Deltas of before that are no longer derived; they stay, marked as withdrawn.
    pub withdrawn: usize,
}

impl App {
    /// Applies every result that is kept to `target`, an empty store over the same blobs, in the order of their
    /// evidence. Nobody is notified. The caller puts `target` in the place of this store when it is done.
    ///
    /// `progress` hears how many results of how many are done.
    ///
    /// # Errors
    /// Where the retention let raw results go: without them other things would be believed.
    pub async fn rebuild(
        &self,
        target: &App,
        progress: &(dyn Fn(usize, usize) + Send + Sync),
    ) -> Result<RebuildReport, AppError> {
        if let Some(before) = self.results_gone_before().await? {
            let before = jiff::Timestamp::from_second(before.seconds()).unwrap_or_default();
            return Err(AppError::Refused {
                code: "rebuild.results_gone",
                message: format!("raw results of before {before} are gone, as the retention wanted it"),
                hint: "A rebuild needs every result from the first on: bring them back from a back-up of the data \
                       folder that is older, or go on with the state as it is.",
            });
        }
        let mut report = RebuildReport::default();
        let target = &target.silent();
        self.copy_kept(target).await?;
        let sites = self.sites().await?;
        let mut records = Vec::new();
        for site in &sites {
            records.extend(self.results(&site.id).await?);
            self.copy_runs(target, &site.id).await?;
        }
        records.sort_by_key(|record| (record.evidence_time(), record.id));
        let mut marks = BTreeMap::new();
        for site in &sites {
            let forgotten = self.forgotten(&site.id).await?;
            marks.insert(site.id.clone(), (forgotten, 0));
        }
        let total = records.len();
        for record in records {
            forget_until(target, &mut marks, Some(record.evidence_time())).await?;
            let raw = self.raw_result(&record).await?;
            let sha256 = match record.sha256 {
                Some(known) => known,
                // It was taken in before that was kept.
                None => self.content_digest(&raw).await?,
            };
            let fresh = ResultRecord { status: ResultStatus::Stored, sha256: Some(sha256), ..record };
            target.restore_result(&fresh).await?;
            let applied = target.apply(fresh, &raw, &|_, _| {}).await?;
            report.results += 1;
            progress(report.results, total);
            if applied.record.task.is_some() {
                // The marks and reports of runs of saved scans say what was reported then: they were copied.
                continue;
            }
            // A run ended when it ended, not now.
            let run = self.run(&applied.record.judgement.run).await?;
            let ended = run.and_then(|run| run.finished).unwrap_or_else(|| self.now());
            target.finish_run_of(&applied.record, ended, Telling::Nobody).await?;
        }
        forget_until(target, &mut marks, None).await?;
        for site in &sites {
            self.withdraw_lost(target, &site.id, &mut report).await?;
            self.copy_partition(target, &host_notes_partition(&site.id)).await?;
            // What was reported on each day stays so, whatever the imports counted now.
            self.copy_partition(target, &days_partition(&site.id)).await?;
            for network in self.network_names().await? {
                self.copy_partition(target, &network_runs_partition(&site.id, &network)).await?;
            }
        }
        self.copy_partition(target, CARDS).await?;
        Ok(report)
    }

    /// Copies all that no result says: what people made, and what was done.
    async fn copy_kept(&self, target: &App) -> Result<(), AppError> {
        for partition in KEPT.into_iter().chain(ALERT_PARTITIONS) {
            self.copy_partition(target, partition).await?;
        }
        for channel in self.channel_records().await? {
            self.copy_partition(target, &delivery_partition(&channel.id)).await?;
        }
        for scan in self.scans().await? {
            self.copy_partition(target, &format!("SCAN#{}", scan.id)).await?;
        }
        Ok(())
    }

    async fn copy_partition(&self, target: &App, partition: &str) -> Result<(), AppError> {
        for item in self.partition(partition).await? {
            let operation = || format!("copy {}", item.key);
            let copy = vec![Action::put(item.clone())];
            target.table.transact(copy).await.during(operation)?;
        }
        Ok(())
    }

    async fn copy_runs(&self, target: &App, site: &SiteId) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let page = self.runs(site, None, after).await?;
            for run in &page.runs {
                self.copy_partition(target, &format!("RUN#{}", run.id)).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Keeps what was reported once and is no longer derived, marked as withdrawn.
    async fn withdraw_lost(
        &self,
        target: &App,
        site: &SiteId,
        report: &mut RebuildReport,
    ) -> Result<(), AppError> {
        // A block of which nothing is derived any more may have deltas all the same.
        let (old, new) = (self.heads(site).await?, target.heads(site).await?);
        let blocks: BTreeSet<Block> = old.into_iter().chain(new).map(|(block, _)| block).collect();
        for block in blocks {
            let derived: BTreeSet<DeltaId> = target
                .all_batches(site, block)
                .await?
                .into_iter()
                .flat_map(|batch| batch.deltas)
                .filter(|delta| !delta.first_look)
                .map(|delta| delta.id)
                .collect();
            report.deltas += derived.len();
            let mut withdrawn: BTreeMap<Order, Batch> = BTreeMap::new();
            let before = self.withdrawn_batches(site, block).await?;
            let forgotten = self.forgotten(site).await?;
            for batch in self.all_batches(site, block).await?.into_iter().chain(before) {
                let lost = |delta: &Delta| {
                    let is_forgotten = || forgotten.covers(delta.address, delta.time);
                    !delta.first_look && !derived.contains(&delta.id) && !is_forgotten()
                };
                let lost: Vec<_> = batch.deltas.iter().filter(|delta| lost(delta)).cloned().collect();
                if lost.is_empty() {
                    continue;
                }
                report.withdrawn += if batch.withdrawn { 0 } else { lost.len() };
                // A rebuild before may have withdrawn other deltas of the same result.
                let entry = withdrawn.entry(batch.order);
                entry.or_insert_with(|| Batch { deltas: Vec::new(), ..batch }).deltas.extend(lost);
            }
            for batch in withdrawn.into_values() {
                target.withdraw(batch).await?;
            }
        }
        Ok(())
    }

    async fn all_batches(&self, site: &SiteId, block: Block) -> Result<Vec<Batch>, AppError> {
        let mut batches = Vec::new();
        let mut after = None;
        loop {
            let page = self.block_batches(site, block, portdelta_core::UnixTime::EPOCH, after).await?;
            batches.extend(page.batches);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(batches),
            }
        }
    }
}

/// What was cleaned up at each site, and how many of its marks the rebuild came by.
type Marks = BTreeMap<SiteId, (Forgotten, usize)>;

/// Cleans up what was cleaned up before the evidence at `time`; everything that is left without.
async fn forget_until(target: &App, marks: &mut Marks, time: Option<UnixTime>) -> Result<(), AppError> {
    for (site, (forgotten, next)) in marks {
        let is_due = |mark: &Mark| time.is_none_or(|time| mark.at < time);
        while forgotten.marks.get(*next).is_some_and(is_due) {
            *next += 1;
            target.forget_anew(site, &forgotten.up_to(*next)).await?;
        }
    }
    Ok(())
}
