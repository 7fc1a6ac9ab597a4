//! Alerts about Portdelta's own work, and what time does to alerts.

use std::collections::BTreeMap;

use portdelta_core::Block;
use portdelta_core::alert::{Alert, AlertEvent, AlertSubject, Facts, Trouble, Truth};
use portdelta_core::ids::SiteId;
use portdelta_core::watch::Severity;

use super::happen::Occasion;
use super::network_of::network_of;
use super::progress::Slice;
use crate::App;
use crate::error::AppError;

impl App {
    /// Says that something is wrong: an alert, unless it is one already. Told within a minute.
    ///
    /// `text` is one line for people; it is escaped where it is shown.
    pub async fn raise(&self, trouble: &Trouble, severity: Severity, text: &str) -> Result<(), AppError> {
        let facts = Facts { severity, title: text.to_owned(), detail: String::new() };
        let event = AlertEvent::Holds { order: None, facts, quiet: false };
        self.happen(&AlertSubject::Trouble(trouble.clone()), &event, Occasion::default()).await.map(drop)
    }

    /// Says that it is all right again; nothing where it was not wrong.
    pub async fn settle(&self, trouble: &Trouble) -> Result<(), AppError> {
        let event = AlertEvent::Fails { order: None, note: "it is all right again".to_owned() };
        let occasion = Occasion { only_known: true, ..Occasion::default() };
        self.happen(&AlertSubject::Trouble(trouble.clone()), &event, occasion).await.map(drop)
    }

    /// Lets time go by for all alerts: ends ignoring, resolves what is gone for long, and wakes or resolves what a
    /// result covered since its host is back. For the sweep.
    pub async fn sweep_alerts(&self) -> Result<(), AppError> {
        let now = self.clock.now();
        let live = self.live_alerts().await?;
        self.look_at_sleeping(&live, None, None, &mut Slice::whole()).await?;
        // A batch that was being evaluated while rules or networks changed went by the former ones.
        let watching = self.watching().await?;
        self.withdraw_unwatched(&live, &watching.watch()).await?;
        for alert in live {
            let ignore_is_over = alert.ignored.as_ref().is_some_and(|ignored| ignored.until <= now);
            if ignore_is_over || matches!(alert.truth, Truth::Dormant { gone_since: Some(_) }) {
                let network = self.network_of_alert(&alert).await?;
                let occasion =
                    Occasion { network: network.as_deref(), only_known: true, ..Occasion::default() };
                self.happen(&alert.subject, &AlertEvent::Tick, occasion).await?;
            }
        }
        Ok(())
    }

    async fn network_of_alert(&self, alert: &Alert) -> Result<Option<String>, AppError> {
        let Some(address) = alert.subject.address() else { return Ok(None) };
        Ok(network_of(address, &self.networks().await?).map(str::to_owned))
    }

    /// Alerts whose host went, and whose port may have been covered since: a port that stays closed makes no delta.
    /// `from`: those of one site from this block on. Gives the block to go on with where there is no time for all.
    pub(crate) async fn look_at_sleeping(
        &self,
        live: &[Alert],
        only_at: Option<&SiteId>,
        from: Option<Block>,
        slice: &mut Slice<'_>,
    ) -> Result<Option<Block>, AppError> {
        let mut sleeping: BTreeMap<(SiteId, Block), Vec<&Alert>> = BTreeMap::new();
        for alert in live.iter().filter(|alert| matches!(alert.truth, Truth::Dormant { .. })) {
            let AlertSubject::Port { site, address, .. } = &alert.subject else { continue };
            if from.is_some_and(|from| Block::of(*address) < from) {
                continue;
            }
            if only_at.is_none_or(|only| only == site) {
                sleeping.entry((site.clone(), Block::of(*address))).or_default().push(alert);
            }
        }
        if sleeping.is_empty() {
            return Ok(None);
        }
        let watching = self.watching().await?;
        let watch = watching.watch();
        for ((site, block), alerts) in sleeping {
            if !slice.begins() {
                return Ok(Some(block));
            }
            let Some(loaded) = self.block(&site, block).await? else { continue };
            for alert in alerts {
                let Some(event) = watch.asleep(&alert.subject, (block, &loaded.state)) else { continue };
                let occasion = Occasion { only_known: true, ..Occasion::default() };
                self.happen(&alert.subject, &event, occasion).await?;
            }
        }
        Ok(None)
    }
}
