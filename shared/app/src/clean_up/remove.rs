//! What a clean-up removes. All of it may be done twice, and by two at once.

use std::net::IpAddr;

use portdelta_core::alert::Alert;
use portdelta_core::forget::forget;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::{Block, UnixTime};

use super::Steps;
use crate::App;
use crate::error::AppError;
use crate::ingest::MOST_TRIES;
use crate::network_blocks::{ALL_BLOCKS, block_ranges};
use crate::repositories::{
    ALERT_PARTITIONS, CleanUp, CleanUpPhase, CleanUpScope, Forgotten, LoadedHead, ResultRecord, ResultStatus,
};

impl App {
    /// Goes over one kind of things; `false` where it could not come to the end.
    pub(super) async fn clean_phase(
        &self,
        phase: CleanUpPhase,
        clean_up: &mut CleanUp,
        steps: &mut Steps,
    ) -> Result<bool, AppError> {
        let is_site = clean_up.scope == CleanUpScope::Site;
        match phase {
            CleanUpPhase::Days => {
                if is_site {
                    self.remove_days(&clean_up.site, clean_up.at).await?;
                }
                Ok(true)
            }
            CleanUpPhase::Blocks => self.clean_blocks(clean_up, steps).await,
            CleanUpPhase::Alerts => self.clean_alerts(clean_up, steps).await,
            CleanUpPhase::Notes => self.clean_notes(clean_up, steps).await,
            CleanUpPhase::Runs => self.clean_runs(clean_up, steps).await,
            CleanUpPhase::Results => self.clean_results(clean_up, steps).await,
            CleanUpPhase::Networks => {
                if is_site {
                    self.remove_cards(&clean_up.site, clean_up.at).await?;
                }
                self.note_site_anew(&clean_up.site, &self.networks().await?).await?;
                Ok(true)
            }
        }
    }

    async fn clean_blocks(&self, clean_up: &mut CleanUp, steps: &mut Steps) -> Result<bool, AppError> {
        let forgotten = self.forgotten(&clean_up.site).await?;
        let mut ranges = block_ranges(&clean_up.addresses);
        if clean_up.scope == CleanUpScope::Site {
            ranges = vec![ALL_BLOCKS];
        }
        let from = clean_up.from;
        let left = ranges.into_iter().filter(|&(_, last)| from.is_none_or(|from| last >= from));
        for (first, last) in left {
            let range = (from.map_or(first, |from| first.max(from)), last);
            let mut after = None;
            loop {
                let (heads, next) = self.heads_between(&clean_up.site, range, after).await?;
                for (block, head) in heads {
                    if !steps.any() {
                        clean_up.from = Some(block);
                        return Ok(false);
                    }
                    steps.take();
                    self.clean_block(clean_up, (block, head), &forgotten, steps).await?;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(true)
    }

    /// Deltas first: without its head, nobody would find them any more.
    async fn clean_block(
        &self,
        clean_up: &mut CleanUp,
        (block, mut loaded): (Block, LoadedHead),
        forgotten: &Forgotten,
        steps: &mut Steps,
    ) -> Result<(), AppError> {
        let site = clean_up.site.clone();
        for _ in 0..MOST_TRIES {
            let (deltas, writes) =
                self.clean_batches((&site, block), &clean_up.addresses, clean_up.at).await?;
            clean_up.removed.deltas += deltas;
            (0..writes).for_each(|_| steps.take());
            if !loaded.is_known() || loaded.cleaned >= forgotten.number {
                return Ok(());
            }
            let mut state = self.state(&site, block, &loaded.head).await?;
            let hosts = forgotten.after(block, loaded.cleaned);
            let here: Vec<_> = state.hosts.iter().filter(|(index, _)| hosts.contains(**index)).collect();
            let known = here.len() as u64;
            let open: usize = here.iter().map(|(_, host)| host.open_ports().count()).sum();
            forget(&mut state, &hosts);
            loaded.cleaned = forgotten.number;
            if self.commit_cleaned((&site, block), &loaded, &state).await? {
                clean_up.removed.hosts += known;
                clean_up.removed.open_ports += open as u64;
                return Ok(());
            }
            loaded = self.head(&site, block).await?;
        }
        Err(AppError::Contended { what: block.to_string(), tries: MOST_TRIES })
    }

    async fn clean_alerts(&self, clean_up: &mut CleanUp, steps: &mut Steps) -> Result<bool, AppError> {
        for partition in ALERT_PARTITIONS {
            for (alert, version) in self.loaded_alerts(partition).await? {
                if !is_of(clean_up, &alert) {
                    continue;
                }
                if !steps.any() {
                    return Ok(false);
                }
                steps.take();
                let was_one = alert.episode > 0;
                clean_up.removed.alerts += u64::from(self.remove_alert(&alert, version).await? && was_one);
            }
        }
        Ok(true)
    }

    async fn clean_notes(&self, clean_up: &mut CleanUp, steps: &mut Steps) -> Result<bool, AppError> {
        let site = clean_up.site.clone();
        for (address, changed, version) in self.noted_hosts(&site).await? {
            if !is_old_note(clean_up, address, changed) {
                continue;
            }
            if !steps.any() {
                return Ok(false);
            }
            steps.take();
            let gone = self.remove_host_note(&site, address, version).await?;
            clean_up.removed.notes += u64::from(gone);
        }
        Ok(true)
    }

    /// Those that ended, and of which everybody was told: others are about to be needed.
    async fn clean_runs(&self, clean_up: &mut CleanUp, steps: &mut Steps) -> Result<bool, AppError> {
        let mut after = None;
        loop {
            let (runs, next) = self.ended_runs(&clean_up.site, clean_up.at.shifted(1), after).await?;
            for run in &runs {
                if !steps.any() {
                    return Ok(false);
                }
                // With its tasks, of which there may be hundreds.
                (0..10).for_each(|_| steps.take());
                self.remove_run(run).await?;
                clean_up.removed.runs += 1;
            }
            after = next;
            if after.is_none() {
                return Ok(true);
            }
        }
    }

    async fn clean_results(&self, clean_up: &mut CleanUp, steps: &mut Steps) -> Result<bool, AppError> {
        let site = clean_up.site.clone();
        let mut ended = None;
        for record in self.results(&site).await? {
            if !self.is_old_result(&record, clean_up.at, &mut ended).await? {
                continue;
            }
            if !steps.any() {
                return Ok(false);
            }
            steps.take();
            self.remove_result(&site, record.id).await?;
            clean_up.removed.results += 1;
            clean_up.removed.bytes += record.bytes;
        }
        Ok(true)
    }

    /// Whether a result was received by then and is needed by nothing that goes on. `ended` remembers the last run that
    /// was looked at.
    pub(super) async fn is_old_result(
        &self,
        record: &ResultRecord,
        at: UnixTime,
        ended: &mut Option<(RunId, bool)>,
    ) -> Result<bool, AppError> {
        if record.status == ResultStatus::Stored || record.received > at {
            return Ok(false);
        }
        let id = &record.judgement.run;
        if let Some((known, is_over)) = ended
            && known == id
        {
            return Ok(*is_over);
        }
        let is_over = self.run(id).await?.is_none_or(|run| run.finished.is_some());
        *ended = Some((id.clone(), is_over));
        Ok(is_over)
    }

    /// Takes what a rebuild made out of a block again, as a clean-up did then. Blobs stay: they are those of the store
    /// that is rebuilt.
    pub(crate) async fn forget_anew(&self, site: &SiteId, forgotten: &Forgotten) -> Result<(), AppError> {
        self.restore_forgotten(site, forgotten).await?;
        let Some(mark) = forgotten.marks.last() else { return Ok(()) };
        for range in block_ranges(&mark.addresses) {
            let mut after = None;
            loop {
                let (heads, next) = self.heads_between(site, range, after).await?;
                for (block, mut loaded) in heads {
                    self.clean_batches((site, block), &mark.addresses, mark.at).await?;
                    let mut state = self.state(site, block, &loaded.head).await?;
                    forget(&mut state, &forgotten.after(block, loaded.cleaned));
                    loaded.cleaned = forgotten.number;
                    self.commit_cleaned((site, block), &loaded, &state).await?;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Whether an alert is about one of the addresses, and nothing was heard of it since.
pub(super) fn is_of(clean_up: &CleanUp, alert: &Alert) -> bool {
    let is_here = alert.subject.address().is_some_and(|address| clean_up.addresses.contains(address));
    is_here && alert.subject.site() == Some(&clean_up.site) && alert.heard() <= clean_up.at
}

/// Whether a note is of one of the addresses, and was not written since.
pub(super) fn is_old_note(clean_up: &CleanUp, address: IpAddr, changed: Option<UnixTime>) -> bool {
    clean_up.addresses.contains(address) && changed.is_none_or(|changed| changed <= clean_up.at)
}
