//! How well what is there fits what should be, network by network: what is wrong now, by how much it matters.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portdelta_core::Port;
use portdelta_core::alert::{Alert, Truth};
use portdelta_core::ids::SiteId;
use portdelta_core::score::WrongCounts;
use portdelta_core::watch::Severity;

use crate::App;
use crate::error::AppError;
use crate::places::Places;
use crate::repositories::{Network, Report};

/// The posture scores of the networks of a site in which anything is wrong; all others have 100.
///
/// A port counts once, however many rules it violates. What somebody ignores is wrong all the same; what somebody
/// expects is not.
pub(crate) fn postures(live: &[Alert], site: &SiteId, networks: &[Network]) -> BTreeMap<String, u8> {
    let mut worst: BTreeMap<(IpAddr, Option<Port>), Severity> = BTreeMap::new();
    for alert in live.iter().filter(|alert| alert.truth == Truth::Holds && alert.subject.site() == Some(site))
    {
        let Some(address) = alert.subject.address() else { continue };
        let known = worst.entry((address, alert.subject.port())).or_insert(alert.severity);
        *known = (*known).max(alert.severity);
    }
    let mut counts: BTreeMap<String, WrongCounts> = BTreeMap::new();
    for ((address, _), severity) in worst {
        counts.entry(Places(networks).of(address).to_owned()).or_default().add(severity);
    }
    counts.into_iter().map(|(network, counts)| (network, counts.posture())).collect()
}

impl App {
    /// How well what was open when a run had ended fitted what should be, by network.
    pub async fn report_postures(&self, report: &Report) -> Result<BTreeMap<String, u8>, AppError> {
        let names = match &report.networks[..] {
            // An import does not say what it touched.
            [] => self.network_names().await?,
            names => names.to_vec(),
        };
        let mut found = BTreeMap::new();
        for name in names {
            let line = self.network_run(&report.site, &name, (report.finished, &report.run)).await?;
            let posture = line.and_then(|line| line.standing).and_then(|standing| standing.posture);
            found.extend(posture.map(|posture| (name, posture)));
        }
        Ok(found)
    }

    /// Writes the posture scores of now on the cards of the networks.
    pub(crate) async fn note_postures(&self) -> Result<(), AppError> {
        let lines = self.newest_network_runs().await?;
        if lines.is_empty() {
            return Ok(());
        }
        let (live, networks) = (self.live_alerts().await?, self.networks().await?);
        let mut of_sites: BTreeMap<SiteId, BTreeMap<String, u8>> = BTreeMap::new();
        for line in lines {
            let of_site =
                of_sites.entry(line.site.clone()).or_insert_with(|| postures(&live, &line.site, &networks));
            let posture = of_site.get(&line.network).copied().unwrap_or(100);
            self.note_posture(&line, posture).await?;
        }
        Ok(())
    }
}
