//! The digest of a finished run.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use portdelta_core::alert::Alert;
use portdelta_core::ids::{RunId, SiteId};

use super::batch::Evaluation;
use super::digest::{Digest, DigestRun, is_opening, services_of};
use super::expected::Judging;
use super::happen::{Occasion, run_bundle};
use super::route::{Route, route};
use crate::error::AppError;
use crate::ports::Notification;
use crate::repositories::{Batch, ChannelRecord, Notice};
use crate::{App, Service};

/// Batches read at a time.
const PAGE: NonZeroUsize = NonZeroUsize::new(100).expect("not zero");

impl Service {
    /// Tells of a finished run: one digest for each channel that wants one, and nothing where nothing happened.
    ///
    /// Evaluates all batches of the run first, so that the digest holds the alerts of every one, whichever message
    /// came first. May be called again. A run that has not finished, or is not there, is nothing.
    pub async fn notify_run(&self, run: &RunId) -> Result<(), AppError> {
        let app = self.app();
        let Some(about) = app.digest_run(run).await? else { return Ok(()) };
        app.judge_run(run).await?;
        let evaluation = app.evaluation(run).await?;
        let mut digests: Vec<(&ChannelRecord, Digest)> =
            evaluation.channels.iter().map(|channel| (channel, Digest::default())).collect();
        app.evaluate_run(run, &evaluation, &mut digests).await?;
        let live = app.live_alerts().await?;
        app.look_at_sleeping(&live, Some(&about.site)).await?;
        app.judge_run_expected(run, &about.site, &evaluation, &live).await?;
        app.note_in_networks(run).await?;
        let bundle = run_bundle(run);
        app.close_bundle(&bundle).await?;
        let mut told = ToldAtOnce::default();
        let mut after = None;
        loop {
            let (notices, next) = app.notices(&bundle, after).await?;
            for notice in &notices {
                for (channel, digest) in &mut digests {
                    if route(channel, notice) != Route::Never
                        && !app.was_told(channel, notice, &mut told).await?
                    {
                        digest.notices.add(notice);
                    }
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        for (channel, digest) in &digests {
            if digest.is_worth_telling(channel, &about) {
                app.tell(channel, digest.notification(channel, &about)).await?;
            }
        }
        app.bundle_was_told(&bundle).await
    }
}

/// The alerts and episodes that notifications at once named, by channel and notification.
type ToldAtOnce = BTreeMap<(String, String), BTreeSet<(String, u64)>>;

fn named_alerts(notification: &Notification) -> BTreeSet<(String, u64)> {
    let alerts = notification.data["alerts"].as_array().into_iter().flatten();
    alerts
        .filter_map(|alert| Some((alert["alert"].as_str()?.to_owned(), alert["episode"].as_u64()?)))
        .collect()
}

impl App {
    /// Whether a channel got a notice at once.
    async fn was_told(
        &self,
        channel: &ChannelRecord,
        notice: &Notice,
        told: &mut ToldAtOnce,
    ) -> Result<bool, AppError> {
        let Some(at_once) = &notice.at_once else { return Ok(false) };
        let place = (channel.id.clone(), at_once.clone());
        if !told.contains_key(&place) {
            let delivery = self.loaded_delivery(&channel.id, at_once).await?;
            let named =
                delivery.map(|(delivery, _)| named_alerts(&delivery.notification)).unwrap_or_default();
            told.insert(place.clone(), named);
        }
        let named = (notice.alert.to_string(), u64::from(notice.episode));
        Ok(told.get(&place).is_some_and(|all| all.contains(&named)))
    }

    /// What the digest says of a run; `None` where it has not finished.
    async fn digest_run(&self, id: &RunId) -> Result<Option<DigestRun>, AppError> {
        if self.scan_run(id).await?.is_some() {
            return Ok(self.report(id).await?.map(|report| DigestRun::of_report(&report)));
        }
        let run = self.run(id).await?;
        Ok(run.filter(|run| run.finished.is_some()).map(|run| DigestRun::of_import(&run)))
    }

    /// Looks at everything that a run may have covered: what was never open makes no delta, and may be expected.
    async fn judge_run_expected(
        &self,
        run: &RunId,
        site: &SiteId,
        with: &Evaluation,
        live: &[Alert],
    ) -> Result<(), AppError> {
        let plan = if with.scan.is_some() { self.plan(run).await? } else { None };
        let occasion = Occasion {
            run: Some(run),
            scan: with.scan.as_deref(),
            channels: &with.channels,
            ..Occasion::default()
        };
        let how = Judging { occasion, quiet: false, anew: false };
        let only = plan.as_ref().map(|plan| &plan.addresses);
        self.judge_expected(&with.watching, (site, only), live, how).await
    }

    /// Evaluates all batches of a run, and adds them to the digests.
    async fn evaluate_run(
        &self,
        run: &RunId,
        with: &Evaluation,
        digests: &mut [(&ChannelRecord, Digest)],
    ) -> Result<(), AppError> {
        let Some(known) = self.scan_run(run).await? else {
            let mut after = None;
            loop {
                let page = self.run_batches(run, Some(PAGE), after).await?;
                for batch in page.batches.iter().filter(|batch| !batch.withdrawn) {
                    self.evaluate_for_digests(batch, with, digests).await?;
                }
                after = page.next;
                if after.is_none() {
                    return Ok(());
                }
            }
        };
        // The index of batches may lag; marks do not.
        let mut after = None;
        loop {
            let (marks, next) = self.task_marks(run, after).await?;
            for (block, order) in marks.iter().flat_map(|mark| &mark.batches) {
                if let Some(batch) = self.batch_of(&known.site, *block, *order).await? {
                    self.evaluate_for_digests(&batch, with, digests).await?;
                }
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn evaluate_for_digests(
        &self,
        batch: &Batch,
        with: &Evaluation,
        digests: &mut [(&ChannelRecord, Digest)],
    ) -> Result<(), AppError> {
        self.evaluate_batch(batch, with).await?;
        // Services are no part of the deltas of ports.
        let is_named = digests.iter().any(|(_, digest)| digest.has_room());
        let loaded = if is_named && batch.deltas.iter().any(is_opening) {
            self.block(&batch.site, batch.block).await?
        } else {
            None
        };
        let services = services_of(batch, loaded.as_ref().map(|loaded| &loaded.state));
        for (channel, digest) in digests {
            digest.add(channel, batch, &services, with);
        }
        Ok(())
    }
}
