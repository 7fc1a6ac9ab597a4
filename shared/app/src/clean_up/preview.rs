//! What a clean-up would remove. Nothing is.

use portdelta_core::{Block, UnixTime};

use super::CleanUpDraft;
use super::blocks::ranges_of;
use super::pass::Pass;
use crate::App;
use crate::error::AppError;
use crate::repositories::{CleanUp, CleanUpCounts, CleanUpPhase, LoadedHead};
use crate::steps::Steps;
use crate::sweep::GoesOn;

/// Most blocks that are looked into; of others, what their heads say is counted.
const MOST_BLOCKS: u32 = 1_000;

/// Addresses of a block.
const BLOCK_ADDRESSES: u128 = 256;

/// What would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanUpPreview {
    /// How much of what.
    pub counts: CleanUpCounts,
    /// There is more than was counted: it is too much to look into now.
    pub at_least: bool,
}

impl App {
    /// What would go now, as far as there is time to count it: a little of each kind always is. Nothing is removed.
    pub async fn preview_clean_up(
        &self,
        draft: &CleanUpDraft,
        goes_on: GoesOn<'_>,
    ) -> Result<CleanUpPreview, AppError> {
        let mut clean_up = self.wanted(draft).await?;
        let mut pass = Pass::counting(Steps::unlimited(goes_on));
        let mut all = self.count_blocks(&mut clean_up, goes_on).await?;
        let mut phase = Some(CleanUpPhase::Alerts);
        while let Some(now) = phase {
            clean_up.from = None;
            all &= match now {
                CleanUpPhase::Alerts => self.pass_alerts(&mut clean_up, &mut pass).await?,
                CleanUpPhase::Notes => self.pass_notes(&mut clean_up, &mut pass).await?,
                CleanUpPhase::Runs => self.pass_runs(&mut clean_up, &mut pass).await?,
                CleanUpPhase::Results => self.pass_results(&mut clean_up, &mut pass).await?,
                CleanUpPhase::Days | CleanUpPhase::Blocks | CleanUpPhase::Networks => true,
            };
            phase = super::next_phase(now, &clean_up.scope);
        }
        Ok(CleanUpPreview { counts: clean_up.removed, at_least: !all })
    }

    /// Whether all of them were looked into.
    async fn count_blocks(&self, clean_up: &mut CleanUp, goes_on: GoesOn<'_>) -> Result<bool, AppError> {
        let mut steps = Steps::new(MOST_BLOCKS, goes_on);
        let (mut all, mut begun) = (true, false);
        for range in ranges_of(clean_up) {
            let mut after = None;
            loop {
                if begun && !goes_on() {
                    return Ok(false);
                }
                begun = true;
                let (heads, next) = self.heads_between(&clean_up.site, range, after).await?;
                for (block, loaded) in heads {
                    if steps.any() {
                        steps.take(1);
                        all &= self.count_block(clean_up, (block, &loaded), goes_on).await?;
                        continue;
                    }
                    all = false;
                    // A head does not say which of its hosts are wanted.
                    if clean_up.addresses.within(block).count() == BLOCK_ADDRESSES {
                        clean_up.removed.hosts += u64::from(loaded.head.up);
                        clean_up.removed.open_ports += loaded.open.unwrap_or(0);
                    }
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Whether all of its deltas were counted.
    async fn count_block(
        &self,
        clean_up: &mut CleanUp,
        (block, loaded): (Block, &LoadedHead),
        goes_on: GoesOn<'_>,
    ) -> Result<bool, AppError> {
        let CleanUp { site, addresses, removed, .. } = clean_up;
        let state = self.state(site, block, &loaded.head).await?;
        for (&index, host) in &state.hosts {
            if addresses.contains(block.address(index)) {
                removed.hosts += 1;
                removed.open_ports += host.open_ports().count() as u64;
            }
        }
        let mut after = None;
        loop {
            let page = self.block_batches(site, block, UnixTime::EPOCH, after).await?;
            let deltas = page.batches.iter().flat_map(|batch| &batch.deltas);
            removed.deltas += deltas.filter(|delta| addresses.contains(delta.address)).count() as u64;
            after = page.next;
            if after.is_none() {
                return Ok(true);
            }
            if !goes_on() {
                return Ok(false);
            }
        }
    }
}
