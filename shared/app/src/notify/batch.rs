//! From a committed delta batch to alerts.

use portdelta_core::ids::RunId;

use super::expected::Watching;
use super::happen::Occasion;
use super::route::{Route, route};
use crate::error::AppError;
use crate::ports::Key;
use crate::repositories::{Batch, ChannelRecord};
use crate::{App, Service};

/// What all batches of a run are evaluated with.
pub(crate) struct Evaluation {
    pub watching: Watching,
    pub channels: Vec<ChannelRecord>,
    /// The scan of the run, and whether first looks are told.
    pub scan: Option<String>,
    pub tells_first_looks: bool,
}

impl Service {
    /// Evaluates a committed delta batch: alerts open, sleep, wake and resolve, and channels that want it at once get one
    /// notification. A batch that is not there, or was withdrawn, is nothing.
    ///
    /// May be called again and in any order.
    pub async fn notify_batch(&self, key: &Key) -> Result<(), AppError> {
        let app = self.app();
        let Some(batch) = app.batch_at(key).await? else { return Ok(()) };
        let evaluation = app.evaluation(&batch.run).await?;
        app.evaluate_batch(&batch, &evaluation).await
    }
}

impl App {
    /// What batches of a run are evaluated with, as it is now.
    pub(crate) async fn evaluation(&self, run: &RunId) -> Result<Evaluation, AppError> {
        let run = self.scan_run(run).await?;
        let tells_first_looks = match &run {
            Some(run) => self.plan(&run.id).await?.is_none_or(|plan| plan.first_look_digest),
            None => true,
        };
        Ok(Evaluation {
            watching: self.watching().await?,
            channels: self.channel_records().await?,
            scan: run.map(|run| run.scan),
            tells_first_looks,
        })
    }

    /// Lets the alerts of a batch happen, and tells who wants to know at once.
    pub(crate) async fn evaluate_batch(&self, batch: &Batch, with: &Evaluation) -> Result<(), AppError> {
        let watch = with.watching.watch();
        let loaded =
            if watch.needs_state(batch) { self.block(&batch.site, batch.block).await? } else { None };
        let state = loaded.as_ref().map(|loaded| &loaded.state);
        let mut sightings = watch.sightings(batch, state, !with.tells_first_looks);
        if let Some(state) = state {
            sightings.extend(watch.expected_of_batch(batch, state, !with.tells_first_looks));
        }
        if sightings.is_empty() {
            return Ok(());
        }
        let bundle = batch.bundle();
        // Once for all of them: a clean-up that begins meanwhile looks for their alerts a second time.
        let forgotten = self.forgotten(&batch.site).await?;
        for sighting in &sightings {
            let occasion = Occasion {
                run: Some(&batch.run),
                scan: with.scan.as_deref(),
                batch: Some(&bundle),
                network: sighting.network.as_deref(),
                first_look: sighting.first_look,
                channels: &with.channels,
                only_known: sighting.only_known,
                forgotten: Some(&forgotten),
            };
            self.happen(&sighting.subject, &sighting.event, occasion).await?;
        }
        // Whoever comes here has seen every alert of the batch happen, by itself or another.
        self.tell_bundle(&bundle, Some(&batch.run), &with.channels, |channel, notice| {
            route(channel, notice) == Route::AtOnce
        })
        .await
    }
}
