//! What a clean-up would remove. Nothing is.

use super::CleanUpDraft;
use super::remove::{is_of, is_old_note};
use crate::App;
use crate::error::AppError;
use crate::network_blocks::{ALL_BLOCKS, block_ranges};
use crate::repositories::{ALERT_PARTITIONS, CleanUp, CleanUpCounts, CleanUpScope, LoadedHead};

/// Most blocks that are looked into; of others, what their heads say is counted.
const MOST_BLOCKS: u32 = 1_000;

/// What would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanUpPreview {
    /// How much of what.
    pub counts: CleanUpCounts,
    /// There are more hosts that are gone, and more deltas, than were counted: it is too much to look into now.
    pub at_least: bool,
}

impl App {
    /// What would go now. Nothing is removed.
    pub async fn preview_clean_up(&self, draft: &CleanUpDraft) -> Result<CleanUpPreview, AppError> {
        let clean_up = self.wanted(draft).await?;
        let mut preview = self.count_blocks(&clean_up).await?;
        let counts = &mut preview.counts;
        for partition in ALERT_PARTITIONS {
            for (alert, _) in self.loaded_alerts(partition).await? {
                counts.alerts += u64::from(is_of(&clean_up, &alert) && alert.episode > 0);
            }
        }
        for (address, changed, _) in self.noted_hosts(&clean_up.site).await? {
            counts.notes += u64::from(is_old_note(&clean_up, address, changed));
        }
        if clean_up.scope == CleanUpScope::Site {
            self.count_old_runs(&clean_up, counts).await?;
        }
        Ok(preview)
    }

    async fn count_blocks(&self, clean_up: &CleanUp) -> Result<CleanUpPreview, AppError> {
        let mut preview = CleanUpPreview::default();
        let mut ranges = block_ranges(&clean_up.addresses);
        if clean_up.scope == CleanUpScope::Site {
            ranges = vec![ALL_BLOCKS];
        }
        let mut looked = 0;
        for range in ranges {
            let mut after = None;
            loop {
                let (heads, next) = self.heads_between(&clean_up.site, range, after).await?;
                for (block, loaded) in heads {
                    if looked == MOST_BLOCKS {
                        preview.at_least = true;
                        preview.counts.hosts += u64::from(loaded.head.up);
                        preview.counts.open_ports += loaded.open.unwrap_or(0);
                        continue;
                    }
                    looked += 1;
                    self.count_block(clean_up, (block, &loaded), &mut preview.counts).await?;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(preview)
    }

    async fn count_block(
        &self,
        clean_up: &CleanUp,
        (block, loaded): (portdelta_core::Block, &LoadedHead),
        counts: &mut CleanUpCounts,
    ) -> Result<(), AppError> {
        let state = self.state(&clean_up.site, block, &loaded.head).await?;
        for (&index, host) in &state.hosts {
            if clean_up.addresses.contains(block.address(index)) {
                counts.hosts += 1;
                counts.open_ports += host.open_ports().count() as u64;
            }
        }
        let mut after = None;
        loop {
            let start = portdelta_core::UnixTime::EPOCH;
            let page = self.block_batches(&clean_up.site, block, start, after).await?;
            let deltas = page.batches.iter().flat_map(|batch| &batch.deltas);
            counts.deltas += deltas.filter(|delta| clean_up.addresses.contains(delta.address)).count() as u64;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn count_old_runs(&self, clean_up: &CleanUp, counts: &mut CleanUpCounts) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let (runs, next) = self.ended_runs(&clean_up.site, clean_up.at.shifted(1), after).await?;
            counts.runs += runs.len() as u64;
            after = next;
            if after.is_none() {
                break;
            }
        }
        let mut ended = None;
        for record in self.results(&clean_up.site).await? {
            if self.is_old_result(&record, clean_up.at, &mut ended).await? {
                counts.results += 1;
                counts.bytes += record.bytes;
            }
        }
        Ok(())
    }
}
