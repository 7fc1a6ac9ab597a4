//! Closes bundles and makes one delivery for each channel.

use std::num::NonZeroUsize;

use portdelta_core::ids::RunId;

use super::render::alerts_notification;
use crate::App;
use crate::error::AppError;
use crate::ports::Notification;
use crate::repositories::{ChannelRecord, DeliveryRecord, Notice};

/// Notifications at once of one run and channel; what comes after them waits for the digest.
const MOST_AT_ONCE: NonZeroUsize = NonZeroUsize::new(10).expect("not zero");

/// Notices that a notification names; the others are counted.
pub(crate) const MOST_NOTICES: usize = 50;

/// The most severe notices of many.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    /// The most severe ones.
    pub named: Vec<Notice>,
    /// How many there are besides.
    pub more: usize,
}

impl Notices {
    /// Takes the next one; they come by severity.
    pub fn add(&mut self, notice: &Notice) {
        if self.named.len() < MOST_NOTICES { self.named.push(notice.clone()) } else { self.more += 1 }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.named.len() + self.more
    }
}

impl App {
    /// Closes a bundle and tells of it: each channel gets one notification with what `wants` says. Nothing where that
    /// was done.
    ///
    /// `run`: how many notifications a run may send at once is limited.
    pub(crate) async fn tell_bundle(
        &self,
        bundle: &str,
        run: Option<&RunId>,
        channels: &[ChannelRecord],
        wants: impl Fn(&ChannelRecord, &Notice) -> bool,
    ) -> Result<(), AppError> {
        let (first, _) = self.notices(bundle, None).await?;
        if first.is_empty() || self.is_bundle_told(bundle).await? {
            return Ok(());
        }
        self.close_bundle(bundle).await?;
        let mut parts: Vec<(&ChannelRecord, Notices)> =
            channels.iter().map(|channel| (channel, Notices::default())).collect();
        let mut after = None;
        loop {
            let (notices, next) = self.notices(bundle, after).await?;
            for notice in &notices {
                for (channel, part) in &mut parts {
                    if wants(channel, notice) {
                        part.add(notice);
                    }
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        for (channel, part) in parts.into_iter().filter(|(_, part)| part.count() > 0) {
            if let Some(run) = run {
                let before = format!("alerts-{run}-");
                let sent = self.count_deliveries(&channel.id, &before, MOST_AT_ONCE).await?;
                if sent >= MOST_AT_ONCE.get() {
                    continue;
                }
            }
            self.tell(channel, alerts_notification(bundle, &part)).await?;
        }
        self.bundle_was_told(bundle).await
    }

    /// Makes a delivery unless it was made before.
    pub(crate) async fn tell(
        &self,
        channel: &ChannelRecord,
        notification: Notification,
    ) -> Result<(), AppError> {
        self.add_delivery(&DeliveryRecord::new(&*channel.id, notification, self.clock.now())).await
    }
}
