//! The batches of a finished run: their alerts happen, and they are added up for the digests.

use std::num::NonZeroUsize;

use super::digest::{Digest, is_opening, services_of};
use super::progress::{BatchPlace, Slice};
use super::run::ToldRun;
use crate::App;
use crate::error::AppError;
use crate::ports::Cursor;
use crate::repositories::{Batch, cursor_behind_task};

/// Batches read at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(100).expect("not zero");

impl App {
    /// Evaluates the batches of a run behind a place, and adds them to the digests. Gives the last one where there is no
    /// time for all.
    pub(super) async fn evaluate_run(
        &self,
        told: &ToldRun<'_>,
        from: Option<BatchPlace>,
        digests: &mut [(String, Digest)],
        slice: &mut Slice<'_>,
    ) -> Result<Option<BatchPlace>, AppError> {
        match from {
            Some(BatchPlace::Task(task, done)) => {
                self.evaluate_tasks(told, Some((task, done)), digests, slice).await
            }
            Some(BatchPlace::Import(key, index)) => {
                let after = Some(Cursor { key, index: Some(index) });
                self.evaluate_import(told, after, digests, slice).await
            }
            None if self.scan_run(told.id).await?.is_some() => {
                self.evaluate_tasks(told, None, digests, slice).await
            }
            None => self.evaluate_import(told, None, digests, slice).await,
        }
    }

    async fn evaluate_import(
        &self,
        told: &ToldRun<'_>,
        mut after: Option<Cursor>,
        digests: &mut [(String, Digest)],
        slice: &mut Slice<'_>,
    ) -> Result<Option<BatchPlace>, AppError> {
        let mut last = None;
        loop {
            let page = self.run_batches(told.id, Some(PAGE), after).await?;
            for batch in page.batches.iter().filter(|batch| !batch.withdrawn) {
                // The first of a call always begins: there is a last one then.
                if !slice.begins()
                    && let Some(last) = last
                {
                    return Ok(Some(last));
                }
                self.evaluate_for_digests(batch, told, digests).await?;
                last = BatchPlace::of_import(batch.end_in_run());
            }
            after = page.next;
            if after.is_none() {
                return Ok(None);
            }
        }
    }

    /// The index of batches may lag; marks do not. `from`: the task, and how many of its batches were done.
    async fn evaluate_tasks(
        &self,
        told: &ToldRun<'_>,
        from: Option<(u32, usize)>,
        digests: &mut [(String, Digest)],
        slice: &mut Slice<'_>,
    ) -> Result<Option<BatchPlace>, AppError> {
        let site = &told.about.site;
        let (first, skipped) = from.unwrap_or_default();
        let mut after = first.checked_sub(1).map(|before| cursor_behind_task(told.id, before));
        loop {
            let (marks, next) = self.task_marks(told.id, after).await?;
            for mark in &marks {
                let skipped = if mark.task == first { skipped } else { 0 };
                for (place, (block, order)) in mark.batches.iter().enumerate().skip(skipped) {
                    if !slice.begins() {
                        return Ok(Some(BatchPlace::Task(mark.task, place)));
                    }
                    if let Some(batch) = self.batch_of(site, *block, *order).await? {
                        self.evaluate_for_digests(&batch, told, digests).await?;
                    }
                }
            }
            after = next;
            if after.is_none() {
                return Ok(None);
            }
        }
    }

    async fn evaluate_for_digests(
        &self,
        batch: &Batch,
        told: &ToldRun<'_>,
        digests: &mut [(String, Digest)],
    ) -> Result<(), AppError> {
        let with = told.with;
        self.evaluate_batch(batch, with).await?;
        // Services are no part of the deltas of ports.
        let is_named = digests.iter().any(|(_, digest)| digest.has_room());
        let loaded = if is_named && batch.deltas.iter().any(is_opening) {
            self.block(&batch.site, batch.block).await?
        } else {
            None
        };
        let services = services_of(batch, loaded.as_ref().map(|loaded| &loaded.state));
        for (id, digest) in digests {
            if let Some(channel) = with.channels.iter().find(|channel| channel.id == *id) {
                digest.add(channel, batch, &services, with);
            }
        }
        Ok(())
    }
}
