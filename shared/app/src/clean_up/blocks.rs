//! Takes addresses out of blocks: their deltas, and what is believed of them.

use portdelta_core::Block;
use portdelta_core::forget::forget;
use portdelta_core::ids::SiteId;

use crate::App;
use crate::error::AppError;
use crate::ingest::MOST_TRIES;
use crate::network_blocks::{ALL_BLOCKS, block_ranges};
use crate::repositories::{CleanUp, CleanUpScope, Forgotten, LoadedHead, block_key, block_of_key};
use crate::steps::{READ_AT_ONCE, Steps};

/// How far a clean-up went over blocks: `from` of it while these are gone over.
struct Reached<'a> {
    /// The last block that was begun.
    block: Block,
    /// The version of its head while that was done, and the last batch of it that was; `None` where it is done. Who writes
    /// the block meanwhile may add deltas before that one: then it begins anew.
    within: Option<(i64, &'a str)>,
}

impl<'a> Reached<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if let Some(block) = text.strip_suffix('~') {
            return Some(Self { block: block_of_key(block)?, within: None });
        }
        let (block, rest) = text.split_once('#')?;
        let (version, batch) = rest.split_once('#')?;
        Some(Self { block: block_of_key(block)?, within: Some((version.parse().ok()?, batch)) })
    }

    /// Sorts behind all that comes before: a block that is done behind the same one in part.
    fn text(&self) -> String {
        let block = block_key(self.block);
        match self.within {
            Some((version, batch)) => format!("{block}#{version}#{batch}"),
            None => format!("{block}~"),
        }
    }
}

/// The blocks of a clean-up, as ranges.
pub(super) fn ranges_of(clean_up: &CleanUp) -> Vec<(Block, Block)> {
    if clean_up.scope == CleanUpScope::Site { vec![ALL_BLOCKS] } else { block_ranges(&clean_up.addresses) }
}

impl App {
    /// Cleans blocks; `false` where there were no steps for all of them.
    pub(super) async fn clean_blocks(
        &self,
        clean_up: &mut CleanUp,
        steps: &mut Steps<'_>,
    ) -> Result<bool, AppError> {
        let site = clean_up.site.clone();
        let forgotten = self.forgotten(&site).await?;
        let begun = clean_up.from.clone();
        let begun = begun.as_deref().and_then(Reached::read);
        let left = ranges_of(clean_up).into_iter();
        for (first, last) in left.filter(|(_, last)| begun.as_ref().is_none_or(|begun| *last >= begun.block))
        {
            let range = (begun.as_ref().map_or(first, |begun| first.max(begun.block)), last);
            let mut after = None;
            loop {
                steps.take(1);
                let (heads, next) = self.some_heads_between(&site, range, Some(READ_AT_ONCE), after).await?;
                for (block, head) in heads {
                    let begun = begun.as_ref().filter(|begun| begun.block == block);
                    if begun.is_some_and(|begun| begun.within.is_none()) {
                        continue;
                    }
                    let behind = begun.and_then(|begun| begun.within);
                    if !self.clean_block(clean_up, (block, head), behind, &forgotten, steps).await? {
                        return Ok(false);
                    }
                    clean_up.from = Some(Reached { block, within: None }.text());
                    if !steps.any() {
                        return Ok(false);
                    }
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
        behind: Option<(i64, &str)>,
        forgotten: &Forgotten,
        steps: &mut Steps<'_>,
    ) -> Result<bool, AppError> {
        let site = clean_up.site.clone();
        steps.take(1);
        for _ in 0..MOST_TRIES {
            let behind =
                behind.filter(|(version, _)| Some(*version) == loaded.version).map(|(_, batch)| batch);
            let of = (&clean_up.addresses, clean_up.at);
            let deltas = &mut clean_up.removed.deltas;
            if let Some(batch) = self.clean_batches((&site, block), of, behind, deltas, steps).await? {
                let within = loaded.version.map(|version| (version, batch.as_str()));
                clean_up.from = Some(Reached { block, within }.text());
                return Ok(false);
            }
            if !loaded.is_known() || loaded.cleaned >= forgotten.number {
                return Ok(true);
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
                return Ok(true);
            }
            loaded = self.head(&site, block).await?;
        }
        Err(AppError::Contended { what: block.to_string(), tries: MOST_TRIES })
    }

    /// Takes what a rebuild made out of a block again, as a clean-up did then. Blobs stay: they are those of the store
    /// that is rebuilt.
    pub(crate) async fn forget_anew(&self, site: &SiteId, forgotten: &Forgotten) -> Result<(), AppError> {
        self.restore_forgotten(site, forgotten).await?;
        let Some(mark) = forgotten.marks.last() else { return Ok(()) };
        let of = (&mark.addresses, mark.at);
        for range in block_ranges(&mark.addresses) {
            let mut after = None;
            loop {
                let (heads, next) = self.heads_between(site, range, after).await?;
                for (block, mut loaded) in heads {
                    let steps = &mut Steps::unlimited(&|| true);
                    self.clean_batches((site, block), of, None, &mut 0, steps).await?;
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
