//! Lists of alerts.

use std::num::NonZeroUsize;

use portdelta_core::alert::{Alert, AlertState};
use portdelta_core::ids::SiteId;
use portdelta_core::watch::Severity;

use super::network_of::network_of;
use crate::App;
use crate::error::{AppError, Invalid};
use crate::repositories::{AlertList, Network, alert_position};

/// Which alerts are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// In one of these states; where empty, all that are not resolved.
    pub states: Vec<AlertState>,
    /// At least so severe.
    pub min_severity: Option<Severity>,
    /// At this site.
    pub site: Option<SiteId>,
    /// At an address of this network.
    pub network: Option<String>,
    /// Of this rule, or this kind of trouble.
    pub rule: Option<String>,
    /// At this address.
    pub address: Option<std::net::IpAddr>,
}

/// A stretch of alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertPage {
    /// What is wrong now first, then what was; newest first by when they opened.
    pub alerts: Vec<Alert>,
    /// What to ask for the next page; `None` when this is the last one.
    pub next: Option<String>,
}

impl App {
    /// Alerts. `after` is [`AlertPage::next`] of the page before. The index behind it may lag.
    pub async fn alerts(
        &self,
        filter: &AlertFilter,
        limit: NonZeroUsize,
        after: Option<&str>,
    ) -> Result<AlertPage, AppError> {
        let wants_past = filter.states.contains(&AlertState::Resolved);
        let wants_live =
            filter.states.is_empty() || filter.states.iter().any(|state| *state != AlertState::Resolved);
        let networks = if filter.network.is_some() { self.networks().await? } else { Vec::new() };
        let (begin, mut below) = match after {
            None => (AlertList::Live, None),
            Some(after) => {
                let (list, below) = cursor(after)?;
                (list, Some(below))
            }
        };
        let mut page = AlertPage::default();
        for list in [AlertList::Live, AlertList::Past] {
            let is_wanted = if list == AlertList::Live { wants_live } else { wants_past };
            if !is_wanted || begin == AlertList::Past && list == AlertList::Live {
                continue;
            }
            if begin != list {
                below = None;
            }
            loop {
                let (alerts, more) = self.alert_page(list, below.as_deref()).await?;
                below = alerts.last().map(alert_position);
                for alert in alerts {
                    if !self.wants_alert(filter, &networks, &alert) {
                        continue;
                    }
                    if page.alerts.len() == limit.get() {
                        page.next = page.alerts.last().map(|last| next(last, list));
                        return Ok(page);
                    }
                    page.alerts.push(alert);
                }
                if !more || below.is_none() {
                    break;
                }
            }
        }
        Ok(page)
    }

    fn wants_alert(&self, filter: &AlertFilter, networks: &[Network], alert: &Alert) -> bool {
        let is = alert.state(self.clock.now());
        let address = alert.subject.address();
        let is_state =
            if filter.states.is_empty() { is != AlertState::Resolved } else { filter.states.contains(&is) };
        is_state
            && filter.min_severity.is_none_or(|least| least <= alert.severity)
            && filter.site.as_ref().is_none_or(|site| alert.subject.site() == Some(site))
            && filter.rule.as_ref().is_none_or(|rule| alert.subject.rule() == rule)
            && filter.address.is_none_or(|wanted| address == Some(wanted))
            && filter.network.as_ref().is_none_or(|wanted| {
                address.and_then(|address| network_of(address, networks)) == Some(wanted.as_str())
            })
    }
}

/// The place behind the last alert of a page. The first one of the next page may be in the list after its own.
fn next(alert: &Alert, list: AlertList) -> String {
    let own =
        if alert.truth == portdelta_core::alert::Truth::Fails { AlertList::Past } else { AlertList::Live };
    match (own, list) {
        (AlertList::Live, AlertList::Past) => "past:~".to_owned(),
        (AlertList::Live, AlertList::Live) => format!("live:{}", alert_position(alert)),
        (AlertList::Past, _) => format!("past:{}", alert_position(alert)),
    }
}

fn cursor(text: &str) -> Result<(AlertList, String), AppError> {
    let invalid = || {
        let message = "it is not the cursor of a list of alerts";
        Invalid::field("cursor", "cursor", message, "give the one of the page before, or none")
    };
    let (name, below) = text.split_once(':').ok_or_else(invalid)?;
    if below.is_empty() || below.len() > 100 {
        return Err(invalid().into());
    }
    match name {
        "live" => Ok((AlertList::Live, below.to_owned())),
        "past" => Ok((AlertList::Past, below.to_owned())),
        _ => Err(invalid().into()),
    }
}
