//! The digests of a finished run go out.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::Digest;
use super::happen::run_bundle;
use super::route::{Route, route};
use super::run::ToldRun;
use crate::App;
use crate::error::AppError;
use crate::ports::Notification;
use crate::repositories::{ChannelRecord, Notice};

/// The alerts and episodes that notifications at once named, by channel and notification.
type ToldAtOnce = BTreeMap<(String, String), BTreeSet<(String, u64)>>;

fn named_alerts(notification: &Notification) -> BTreeSet<(String, u64)> {
    let alerts = notification.data["alerts"].as_array().into_iter().flatten();
    alerts
        .filter_map(|alert| Some((alert["alert"].as_str()?.to_owned(), alert["episode"].as_u64()?)))
        .collect()
}

impl App {
    /// Closes the bundle of a run, and makes a delivery for each channel that hears of it.
    pub(super) async fn tell_digests(
        &self,
        told: &ToldRun<'_>,
        digests: &mut [(String, Digest)],
    ) -> Result<(), AppError> {
        let channels = &told.with.channels;
        let channel_of = |id: &str| channels.iter().find(|channel| channel.id == id);
        let mut digests: Vec<(&ChannelRecord, &mut Digest)> =
            digests.iter_mut().filter_map(|(id, digest)| Some((channel_of(id)?, digest))).collect();
        let bundle = run_bundle(told.id);
        self.close_bundle(&bundle).await?;
        let mut at_once = ToldAtOnce::default();
        let mut after = None;
        loop {
            let (notices, next) = self.notices(&bundle, after).await?;
            for notice in &notices {
                for (channel, digest) in &mut digests {
                    if route(channel, notice) != Route::Never
                        && !self.was_told(channel, notice, &mut at_once).await?
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
            if digest.is_worth_telling(channel, told.about) {
                self.tell(channel, digest.notification(channel, told.about)).await?;
            }
        }
        self.bundle_was_told(&bundle).await
    }

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
}
