//! Looks for what is new as long as anybody watches.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;

use super::event::{self, Told};
use super::seen::LOOK_BACK;
use crate::Api;

/// Tells everybody what is new, until nobody listens any more or the server stops; `told` are the ids of what the first
/// of them knows already.
pub(super) async fn watch(
    api: &Api,
    every: Duration,
    events: &broadcast::Sender<Arc<Told>>,
    mut told: BTreeSet<String>,
) {
    let (app, version) = (api.service.app(), &api.settings.version);
    let mut before = None;
    // What happened while the store could not be read is told when it can be.
    let mut looked = app.now();
    let mut is_failing = false;
    while events.receiver_count() > 0 {
        tokio::select! {
            () = api.settings.stopping.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let now = app.now();
        let since = looked.min(now).shifted(-LOOK_BACK);
        let (activity, news) = match (app.activity().await, app.news(since).await) {
            (Ok(activity), Ok(news)) => (activity, news),
            (Err(error), _) | (_, Err(error)) => {
                if !std::mem::replace(&mut is_failing, true) {
                    let cause = portdelta_core::escape::escape(&error.to_string()).into_owned();
                    tracing::warn!(code = error.code(), cause, "what goes on can't be read");
                    let message = "the store can't be read just now";
                    let _ = events.send(Arc::new(event::system(app.now(), version, "failed", message)));
                }
                continue;
            }
        };
        (is_failing, looked) = (false, now);
        let changed = match &before {
            Some(before) => event::changed(app.now(), version, before, &activity),
            // Readers got all of this as they came; one that came before another may get it again.
            None => event::now(app.now(), version, &activity),
        };
        let happened = event::happened(&news);
        let ids: BTreeSet<String> = happened.iter().map(|told| told.id().to_owned()).collect();
        let fresh = happened.into_iter().filter(|one| !told.contains(one.id()));
        for one in changed.into_iter().chain(fresh) {
            let _ = events.send(Arc::new(one));
        }
        told = ids;
        before = Some(activity);
    }
}
