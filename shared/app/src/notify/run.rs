//! The digest of a finished run.

use portdelta_core::Block;
use portdelta_core::alert::Alert;
use portdelta_core::ids::RunId;

use super::batch::Evaluation;
use super::digest::{Digest, DigestRun};
use super::expected::Judging;
use super::happen::Occasion;
use super::progress::{DigestProgress, DigestStep, Slice};
use crate::error::AppError;
use crate::sweep::GoesOn;
use crate::work::WorkMessage;
use crate::{App, Service};

/// The run that is told of.
pub(super) struct ToldRun<'a> {
    pub id: &'a RunId,
    pub about: &'a DigestRun,
    pub with: &'a Evaluation,
}

impl Service {
    /// Tells of a finished run: one digest for each channel that wants one, and nothing where nothing happened.
    ///
    /// Evaluates all batches of the run first, so that the digest holds the alerts of every one, whichever message
    /// came first. May be called again. A run that has not finished, or is not there, is nothing.
    pub async fn notify_run(&self, run: &RunId) -> Result<(), AppError> {
        self.notify_run_while(run, None, &|| true).await.map(drop)
    }

    /// The same as long as `goes_on` says so, and one step at least; `false` where that was not all: a message sees to
    /// the rest, or somebody does already.
    ///
    /// How far it came is stored with what was added up so far, under a number that counts up. `from` is the number of
    /// the message: where it is another one by now, the message comes late or twice, and nothing is done. A message
    /// without a number lets what is expected be looked at once more, for results that came late.
    pub async fn notify_run_while(
        &self,
        run: &RunId,
        from: Option<i64>,
        goes_on: GoesOn<'_>,
    ) -> Result<bool, AppError> {
        let app = self.app();
        let Some(about) = app.digest_run(run).await? else { return Ok(true) };
        let stored = app.digest_progress(run).await?;
        let number = stored.as_ref().map(|(_, number)| *number);
        if let Some(from) = from.filter(|from| number != Some(*from)) {
            if number == Some(from + 1) {
                // Whoever had this message may have died before it sent the next one.
                self.send_finished(run, number).await?;
            }
            return Ok(false);
        }
        let evaluation = app.evaluation(run).await?;
        let mut progress = if let Some(mut progress) = stored.and_then(|(progress, _)| progress) {
            if from.is_none() {
                progress.look_again();
            }
            progress
        } else {
            app.judge_run(run).await?;
            DigestProgress::new(&evaluation.channels)
        };
        let told = ToldRun { id: run, about: &about, with: &evaluation };
        let mut slice = Slice::lasting(goes_on);
        if let Some(step) = Box::pin(app.tell_run(&told, &mut progress, &mut slice)).await? {
            progress.step = step;
            let number = app.keep_digest_progress(run, &progress, number).await?;
            if number.is_some() {
                self.send_finished(run, number).await?;
            }
            return Ok(false);
        }
        if let Some(number) = number {
            app.forget_digest_progress(run, number).await?;
        }
        Ok(true)
    }

    /// Sends the message that tells of a finished run, or goes on with that where it was begun.
    pub(crate) async fn send_untold(&self, run: &RunId) -> Result<(), AppError> {
        let begun = self.app().digest_progress(run).await?;
        self.send_finished(run, begun.map(|(_, number)| number)).await
    }

    async fn send_finished(&self, run: &RunId, from: Option<i64>) -> Result<(), AppError> {
        self.send_work(WorkMessage::RunFinished { run: run.clone(), from }).await
    }
}

impl App {
    /// Does step after step; gives the one to go on with where there is no time for all.
    async fn tell_run(
        &self,
        told: &ToldRun<'_>,
        progress: &mut DigestProgress,
        slice: &mut Slice<'_>,
    ) -> Result<Option<DigestStep>, AppError> {
        let mut live: Option<Vec<Alert>> = None;
        loop {
            if matches!(progress.step, DigestStep::Sleeping(_) | DigestStep::Expected(_)) && live.is_none() {
                live = Some(self.live_alerts().await?);
            }
            let live = live.as_deref().unwrap_or_default();
            let left = match &progress.step {
                DigestStep::Batches(from) => {
                    let left = self.evaluate_run(told, from.clone(), &mut progress.digests, slice).await?;
                    left.map(|last| DigestStep::Batches(Some(last)))
                }
                DigestStep::Sleeping(from) => {
                    let site = Some(&told.about.site);
                    let left = self.look_at_sleeping(live, site, *from, slice).await?;
                    left.map(|next| DigestStep::Sleeping(Some(next)))
                }
                DigestStep::Expected(from) => {
                    let left = self.judge_run_expected(told, live, *from, slice).await?;
                    left.map(|next| DigestStep::Expected(Some(next)))
                }
                DigestStep::Networks | DigestStep::Digests if !slice.begins() => Some(progress.step.clone()),
                DigestStep::Networks => {
                    self.note_in_networks(told.id).await?;
                    None
                }
                DigestStep::Digests => {
                    self.tell_digests(told, &mut progress.digests).await?;
                    return Ok(None);
                }
            };
            if left.is_some() {
                return Ok(left);
            }
            progress.step = progress.step.next();
        }
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
        told: &ToldRun<'_>,
        live: &[Alert],
        from: Option<Block>,
        slice: &mut Slice<'_>,
    ) -> Result<Option<Block>, AppError> {
        let with = told.with;
        let plan = if with.scan.is_some() { self.plan(told.id).await? } else { None };
        let occasion = Occasion {
            run: Some(told.id),
            scan: with.scan.as_deref(),
            channels: &with.channels,
            ..Occasion::default()
        };
        let how = Judging { occasion, quiet: false, anew: false };
        let only = plan.as_ref().map(|plan| &plan.addresses);
        self.judge_expected_from(&with.watching, (&told.about.site, only), live, how, (from, slice)).await
    }
}

impl DigestProgress {
    /// Nothing was added up yet. Who subscribes after that is not told of this run.
    fn new(channels: &[crate::repositories::ChannelRecord]) -> Self {
        let digests = channels.iter().map(|channel| (channel.id.clone(), Digest::default())).collect();
        Self { step: DigestStep::Batches(None), digests }
    }
}
