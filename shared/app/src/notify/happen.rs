//! Lets something happen to an alert, together with what is to be told of it.

use std::borrow::Cow;

use portdelta_core::alert::{Alert, AlertEvent, AlertSubject, Telling, step};
use portdelta_core::ids::RunId;

use super::route::{Route, route};
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::TableError;
use crate::repositories::{ChannelRecord, Forgotten, Notice, alert_action, news_action, notice_actions};

/// A run's bundle that nobody closes is told after so long, in seconds.
const RUN_BUNDLE_SECONDS: i64 = 8 * 86_400;

/// On what occasion something happens to an alert.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Occasion<'a> {
    /// The run of the evidence.
    pub run: Option<&'a RunId>,
    /// Its scan.
    pub scan: Option<&'a str>,
    /// The notification for channels that want it at once.
    pub batch: Option<&'a str>,
    /// The network of the address.
    pub network: Option<&'a str>,
    /// Nothing had looked there before.
    pub first_look: bool,
    /// All channels.
    pub channels: &'a [ChannelRecord],
    /// Nothing happens where there is no such alert.
    pub only_known: bool,
    /// What was cleaned up at the site, where that was read before.
    pub forgotten: Option<&'a Forgotten>,
}

/// The bundle of a run.
pub(crate) fn run_bundle(run: &RunId) -> String {
    format!("run-{run}")
}

impl App {
    /// Lets an event happen to an alert, and puts what is to be told into bundles, in one transaction. Gives the alert
    /// as it is then, and whether that changed anything; `None` where there is none.
    pub(crate) async fn happen(
        &self,
        subject: &AlertSubject,
        event: &AlertEvent,
        occasion: Occasion<'_>,
    ) -> Result<Option<(Alert, bool)>, AppError> {
        let id = subject.id();
        let (mut run_is_told, mut later) = (occasion.run.is_none(), 0);
        for _ in 0..MOST_TRIES {
            let now = self.clock.now();
            let loaded = self.loaded_alert(id).await?;
            let place = subject.site().zip(subject.address());
            let forgotten = match (place, occasion.forgotten) {
                (Some(_), Some(known)) => Cow::Borrowed(known),
                (Some((site, _)), None) => Cow::Owned(self.forgotten(site).await?),
                (None, _) => Cow::default(),
            };
            let is_forgotten = |time| place.is_some_and(|(_, address)| forgotten.covers(address, time));
            // A batch that was read before its address was cleaned up.
            if event.order().is_some_and(|order| is_forgotten(order.time)) {
                return Ok(None);
            }
            let version = loaded.as_ref().map(|&(_, version)| version);
            // One that is about to be cleaned up is none any more.
            let before = loaded.map(|(alert, _)| alert).filter(|alert| !is_forgotten(alert.heard()));
            if before.is_none() && occasion.only_known {
                return Ok(None);
            }
            let alert = before.clone().unwrap_or_else(|| Alert::unheard(subject.clone(), now));
            let (alert, tellings) = step(alert, event.clone(), now);
            if before.as_ref() == Some(&alert) {
                return Ok(Some((alert, false)));
            }
            let mut actions = vec![alert_action(&alert, version)?];
            for telling in tellings {
                let mut notice = notice_of(&alert, telling, &occasion, now);
                let Some(run) = occasion.run.filter(|_| !run_is_told) else {
                    // A closed one is of the past, or the clock was set back.
                    let minute = now.seconds() / 60 + later;
                    let end = portdelta_core::UnixTime::EPOCH.shifted((minute + 1) * 60);
                    actions.extend(notice_actions(&format!("minute-{minute}"), &notice, end)?);
                    continue;
                };
                let is_urgent = |channel: &ChannelRecord| route(channel, &notice) == Route::AtOnce;
                let at_once = occasion.batch.filter(|_| occasion.channels.iter().any(is_urgent));
                notice.at_once = at_once.map(str::to_owned);
                let end = now.shifted(RUN_BUNDLE_SECONDS);
                actions.extend(notice_actions(&run_bundle(run), &notice, end)?);
                if let Some(batch) = at_once {
                    actions.extend(notice_actions(batch, &notice, now.shifted(60))?);
                }
            }
            actions.extend(news_action(before.as_ref(), &alert, now)?);
            match self.table.transact(actions).await {
                Ok(()) => return Ok(Some((alert, true))),
                // The alert is the first action; every other condition is that of a bundle.
                Err(TableError::ConditionFailed { failed }) => {
                    if failed.iter().any(|&place| place > 0) {
                        later += i64::from(run_is_told);
                        run_is_told = true;
                    }
                }
                Err(TableError::Conflict) => {}
                Err(error) => return Err(error).during(|| format!("store alert {id}")),
            }
        }
        Err(AppError::Contended { what: format!("alert {id}"), tries: MOST_TRIES })
    }
}

fn notice_of(
    alert: &Alert,
    telling: Telling,
    occasion: &Occasion<'_>,
    now: portdelta_core::UnixTime,
) -> Notice {
    Notice {
        alert: alert.id(),
        episode: alert.episode,
        telling,
        severity: alert.severity,
        title: alert.title.clone(),
        detail: alert.detail.clone(),
        site: alert.subject.site().cloned(),
        address: alert.subject.address(),
        port: alert.subject.port(),
        network: occasion.network.map(str::to_owned),
        rule: alert.subject.rule().to_owned(),
        first_look: occasion.first_look,
        flapping: alert.is_flapping(now),
        opened: alert.opened,
        time: now,
        scan: occasion.scan.map(str::to_owned),
        run: occasion.run.cloned(),
        at_once: None,
    }
}
