//! Brings notifications out of the door, and tries again what failed.

use std::collections::BTreeMap;

use portdelta_core::escape::escape_within;
use serde_json::json;

use super::route::{Route, route};
use crate::Service;
use crate::error::AppError;
use crate::ports::{ChannelError, Notification};
use crate::repositories::{ChannelRecord, ChannelStatus, DeliveryRecord, DeliveryState};
use crate::sweep::GoesOn;

/// Nobody else tries a delivery for so long, in seconds: longer than any channel takes.
const LEASE_SECONDS: i64 = 900;

/// How often a delivery is tried: with the pauses between, for about a day.
const MOST_ATTEMPTS: u32 = 18;

/// The pause after the first failure; it doubles from then on. In seconds.
const FIRST_PAUSE: i64 = 30;

/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 7_200;

/// How much of an error is kept, in columns.
const MAX_ERROR: usize = 300;

/// What [`Service::deliver_pending`] did.
#[derive(Debug, Default)]
pub struct DeliveryReport {
    /// Taken by the other side.
    pub sent: usize,
    /// Tried again later.
    pub later: usize,
    /// Not tried any more.
    pub failed: usize,
    /// Whether there was no time for all of it.
    pub cut_off: bool,
    /// What the store did not do; the next call tries again.
    pub failures: Vec<AppError>,
}

/// How a delivery went.
enum Outcome {
    Sent,
    Later,
    Failed,
    /// Somebody else has it.
    Nothing,
}

impl Service {
    /// Closes bundles whose time has come, and delivers what is due, the oldest first.
    pub async fn deliver_pending(&self) -> Result<DeliveryReport, AppError> {
        self.deliver_while(&|| true).await
    }

    /// The same as long as `goes_on` says that there is time for one more delivery, which takes as long as its channel
    /// lets it. What is left is due with the next call.
    ///
    /// After a failure a channel rests until the next call, so that one that hangs holds up the others once. A delivery
    /// that a crash interrupted is tried again with the same id, a quarter of an hour later.
    pub async fn deliver_while(&self, goes_on: GoesOn<'_>) -> Result<DeliveryReport, AppError> {
        let app = self.app();
        let channels = app.channel_records().await?;
        let mut report = DeliveryReport::default();
        for bundle in app.open_bundles(app.now()).await? {
            if !goes_on() {
                report.cut_off = true;
                return Ok(report);
            }
            app.tell_bundle(&bundle, None, &channels, |channel, notice| {
                // Bundles of one batch are for those who want it at once; all others are the last chance.
                let wanted = route(channel, notice);
                wanted == Route::AtOnce || wanted == Route::Together && !bundle.starts_with("alerts-")
            })
            .await?;
        }
        let mut resting: Vec<String> = Vec::new();
        for (channel, notification) in app.due_deliveries(app.now()).await? {
            if resting.contains(&channel) {
                continue;
            }
            if !goes_on() {
                report.cut_off = true;
                break;
            }
            let record = channels.iter().find(|known| known.id == channel);
            match self.try_delivery(&channel, record, &notification).await {
                Ok(Outcome::Sent) => report.sent += 1,
                Ok(Outcome::Later) => {
                    report.later += 1;
                    resting.push(channel);
                }
                Ok(Outcome::Failed) => report.failed += 1,
                Ok(Outcome::Nothing) => {}
                Err(error) => report.failures.push(error),
            }
        }
        Ok(report)
    }

    async fn try_delivery(
        &self,
        channel: &str,
        record: Option<&ChannelRecord>,
        notification: &str,
    ) -> Result<Outcome, AppError> {
        let app = self.app();
        let now = app.now();
        let Some((mut delivery, version)) = app.loaded_delivery(channel, notification).await? else {
            return Ok(Outcome::Nothing);
        };
        let DeliveryState::Pending { next } = delivery.progress.state else { return Ok(Outcome::Nothing) };
        if next > now {
            return Ok(Outcome::Nothing);
        }
        // Somebody may have made it, or switched it on, since all of them were read: nobody tries again what is given up.
        let changed = match record {
            Some(record) if record.enabled => None,
            _ => match app.channel_record(channel).await {
                Err(AppError::Unknown { .. }) => None,
                found => Some(found?),
            },
        };
        let Some(record) = changed.as_ref().or(record).filter(|record| record.enabled) else {
            delivery.progress.state = DeliveryState::Failed { at: now };
            delivery.progress.error = Some("the channel was removed or switched off".to_owned());
            app.commit_delivery(&delivery, version).await?;
            return Ok(Outcome::Failed);
        };
        delivery.progress.attempts += 1;
        delivery.progress.state = DeliveryState::Pending { next: now.shifted(LEASE_SECONDS) };
        if !app.commit_delivery(&delivery, version).await? {
            return Ok(Outcome::Nothing);
        }
        let sent = match self.channels().open(&record.settings) {
            Ok(channel) => channel.deliver(&delivery.notification).await,
            Err(error) => Err(error),
        };
        self.note_outcome(record, delivery, version + 1, sent).await
    }

    async fn note_outcome(
        &self,
        channel: &ChannelRecord,
        mut delivery: DeliveryRecord,
        version: i64,
        sent: Result<(), ChannelError>,
    ) -> Result<Outcome, AppError> {
        let app = self.app();
        let now = app.now();
        let mut status = app.channel_status(&channel.id).await?;
        let progress = &mut delivery.progress;
        progress.error = sent.as_ref().err().map(error_text);
        let outcome = match sent {
            Ok(()) => {
                status = ChannelStatus { last_delivered: Some(now), last_error: None };
                progress.state = DeliveryState::Sent { at: now };
                Outcome::Sent
            }
            Err(ChannelError::Later(_)) if progress.attempts < MOST_ATTEMPTS => {
                progress.state = DeliveryState::Pending { next: now.shifted(pause(progress.attempts)) };
                Outcome::Later
            }
            Err(_) => {
                progress.state = DeliveryState::Failed { at: now };
                Outcome::Failed
            }
        };
        status.last_error.clone_from(&progress.error);
        app.commit_delivery(&delivery, version).await?;
        app.put_channel_status(&channel.id, &status).await?;
        Ok(outcome)
    }

    /// Sends a test by a channel now, whether or not it is switched on. The error is that of the channel, which takes as long
    /// as it does: who can't wait ends it, and says so by [`Service::note_channel_test`].
    pub async fn test_channel(&self, id: &str) -> Result<Result<(), ChannelError>, AppError> {
        let app = self.app();
        let channel = app.channel_record(id).await?;
        let name = escape_within(&channel.name, 60).to_string();
        let notification = Notification {
            id: format!("test-{}", app.ids.new_id()),
            kind: "test".to_owned(),
            subject: super::render::subject(&format!("Test of channel {name}")),
            text: format!("This is a test of channel {name}.\nNothing has changed on any network.\n"),
            attributes: [("kind".to_owned(), "test".to_owned())].into(),
            several: BTreeMap::new(),
            data: json!({ "test": true }),
        };
        let sent = match self.channels().open(&channel.settings) {
            Ok(open) => open.deliver(&notification).await,
            Err(error) => Err(error),
        };
        self.note_channel_test(id, sent.as_ref().err()).await?;
        Ok(sent)
    }

    /// Notes how the test of a channel went.
    pub async fn note_channel_test(&self, id: &str, error: Option<&ChannelError>) -> Result<(), AppError> {
        let app = self.app();
        let mut status = app.channel_status(id).await?;
        status.last_error = error.map(error_text);
        if error.is_none() {
            status.last_delivered = Some(app.now());
        }
        app.put_channel_status(id, &status).await
    }
}

fn error_text(error: &ChannelError) -> String {
    escape_within(&error.to_string(), MAX_ERROR).to_string()
}

/// The pause after so many failures, in seconds.
fn pause(attempts: u32) -> i64 {
    let doubled = FIRST_PAUSE.saturating_mul(1_i64 << attempts.saturating_sub(1).min(20));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod pauses {
    use super::*;

    #[test]
    fn a_delivery_is_tried_for_about_a_day_and_no_longer() {
        assert_eq!((pause(1), pause(2), pause(9)), (30, 60, LONGEST_PAUSE));
        let total: i64 = (1..MOST_ATTEMPTS).map(pause).sum();
        assert!((12 * 3_600..30 * 3_600).contains(&total), "{total}");
    }
}
