//! What is expected, and what is so: alerts follow results, edits and time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use portdelta_core::alert::{Alert, AlertEvent, AlertId, AlertSubject, Facts, Truth};
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::expectation::{
    Expectation, Expected, ExpectedState, Finding, Look, Unmet, findings, look,
};
use portdelta_core::ids::SiteId;
use portdelta_core::state::{BlockState, Presence};
use portdelta_core::watch::{Severity, WatchRule};
use portdelta_core::{AddressSet, Block, Port};
use portdelta_formats::report::service_text;

use super::evaluate::{Sighting, Watch};
use super::happen::Occasion;
use super::network_of::network_of;
use super::progress::Slice;
use crate::App;
use crate::error::AppError;
use crate::network_blocks::block_ranges;
use crate::repositories::{Batch, LoadedHead, Network};

/// What decides which alerts there are, as it is now.
pub(crate) struct Watching {
    pub rules: Vec<WatchRule>,
    pub networks: Vec<Network>,
    /// Those in force, of all sites.
    pub expectations: Vec<Expectation>,
}

/// How alerts follow.
#[derive(Clone, Copy)]
pub(crate) struct Judging<'a> {
    pub occasion: Occasion<'a>,
    /// Nobody is told of what opens.
    pub quiet: bool,
    /// Expectations changed, not what is so: the evidence that is there counts again, for watched ports too.
    pub anew: bool,
}

impl Watching {
    pub fn watch(&self) -> Watch<'_> {
        Watch { rules: &self.rules, networks: &self.networks, expectations: &self.expectations }
    }
}

impl<'a> Watch<'a> {
    /// What is expected at a site.
    pub fn expected_at(&self, site: &SiteId) -> impl Iterator<Item = &'a Expectation> {
        self.expectations.iter().filter(move |one| one.site == *site)
    }

    /// Whether somebody expects a port to be open: then it is not watched.
    pub fn is_expected(&self, site: &SiteId, address: IpAddr, port: Port) -> bool {
        Expected::of(self.expected_at(site), address, port).is_some_and(Expected::wants_open)
    }

    /// Whether anything is expected of an alert's place; nothing else would ever resolve it.
    pub fn still_expects(&self, site: &SiteId, address: IpAddr, port: Option<Port>, unmet: Unmet) -> bool {
        let mut here = self.expected_at(site).filter(|one| one.addresses.contains(address));
        match (port, unmet) {
            (Some(port), Unmet::UnexpectedOpen) => here.any(|one| one.ports.contains(port)),
            (Some(port), Unmet::Missing) => {
                Expected::of(here, address, port).is_some_and(Expected::wants_open)
            }
            (None, _) => here.any(|one| one.state == ExpectedState::Open),
        }
    }

    /// What a batch says about what is expected: `state` is that of its block as it is now. Only addresses with a delta
    /// are looked at; the end of the run looks at all.
    pub fn expected_of_batch(
        &self,
        batch: &Batch,
        state: &BlockState,
        quiet_first_looks: bool,
    ) -> Vec<Sighting> {
        let all: Vec<Expectation> = self.expected_at(&batch.site).cloned().collect();
        let mut sightings = Vec::new();
        if batch.withdrawn || all.is_empty() {
            return sightings;
        }
        let mut deltas: BTreeMap<IpAddr, Vec<&Delta>> = BTreeMap::new();
        for delta in &batch.deltas {
            deltas.entry(delta.address).or_default().push(delta);
        }
        for (address, deltas) in deltas {
            let network = network_of(address, self.networks).map(str::to_owned);
            let sighting = |subject, event, first_look, only_known| Sighting {
                subject,
                event,
                network: network.clone(),
                first_look,
                only_known,
            };
            let mut unmet = BTreeSet::new();
            for finding in findings(&all, address, state) {
                let Some((subject, facts)) = self.unmet(&batch.site, &finding) else { continue };
                let about = |delta: &&&Delta| delta.port == finding.port || delta.kind == Kind::HostNew;
                let first_look = deltas.iter().filter(about).any(|delta| delta.first_look);
                let quiet = first_look && quiet_first_looks;
                unmet.insert(subject.id());
                let event = AlertEvent::Holds { order: finding.order, facts, quiet };
                sightings.push(sighting(subject, event, first_look, false));
            }
            for (port, kind) in deltas.iter().flat_map(|delta| touched(delta)) {
                let subject =
                    AlertSubject::Expectation { site: batch.site.clone(), address, port, unmet: kind };
                let is_new = unmet.insert(subject.id());
                let is_expected = || all.iter().any(|one| one.addresses.contains(address));
                if let Some(event) = as_it_is(state, address, port, kind).filter(|_| is_new && is_expected())
                {
                    sightings.push(sighting(subject, event, false, true));
                }
            }
        }
        sightings
    }

    /// What an alert about a finding says; `None` where nobody knows whether it is as expected.
    fn unmet(&self, site: &SiteId, finding: &Finding<'_>) -> Option<(AlertSubject, Facts)> {
        let &Finding { address, port, expected, service, .. } = finding;
        let unmet = finding.unmet?;
        let title = match (unmet, port) {
            (Unmet::UnexpectedOpen, Some(port)) if expected.wants_open() => {
                format!("{port} is open at {address} with another service than expected")
            }
            (Unmet::UnexpectedOpen, Some(port)) => format!("{port} is open at {address} and should not be"),
            (_, Some(port)) => format!("{port} is not open at {address} and should be"),
            (_, None) => format!("{address} is down, and should have open ports"),
        };
        let is_open = unmet == Unmet::UnexpectedOpen;
        let severity = port.filter(|_| is_open).and_then(|port| {
            let network = network_of(address, self.networks);
            let rules = self.rules.iter().filter(|rule| rule.watches(address, network, port));
            rules.filter(|rule| rule.fits(service)).map(|rule| rule.severity).max()
        });
        let one = expected.expectation();
        let mut detail: Vec<String> = service.map(service_text).into_iter().collect();
        detail.extend(Some(one.reason.clone()).filter(|reason| !reason.is_empty()));
        detail.extend(Some(&one.owner).filter(|owner| !owner.is_empty()).map(|owner| format!("ask {owner}")));
        let facts =
            Facts { severity: severity.unwrap_or(Severity::Medium), title, detail: detail.join("; ") };
        Some((AlertSubject::Expectation { site: site.clone(), address, port, unmet }, facts))
    }
}

/// The things of which a delta may be the end.
fn touched(delta: &Delta) -> Vec<(Option<Port>, Unmet)> {
    match (delta.kind, delta.port) {
        (Kind::PortOpened | Kind::PortReopened | Kind::PortClosed | Kind::ServiceChanged, port @ Some(_)) => {
            vec![(port, Unmet::UnexpectedOpen), (port, Unmet::Missing)]
        }
        (Kind::HostNew | Kind::HostBack, _) => vec![(None, Unmet::Missing)],
        _ => Vec::new(),
    }
}

/// What becomes of an alert whose thing is not among the findings; `None` while nothing has looked.
fn as_it_is(state: &BlockState, address: IpAddr, port: Option<Port>, unmet: Unmet) -> Option<AlertEvent> {
    let index = Block::index_of(address);
    let fails = |order, note: &str| Some(AlertEvent::Fails { order, note: note.to_owned() });
    let up = state.hosts.get(&index).filter(|host| host.presence == Presence::Up);
    let Some(port) = port else {
        return up.and_then(|_| fails(Some(state.layers.last_up(index)?.order), "it is up"));
    };
    match (look(state, address, port), unmet) {
        (Look::Open(order), _) => fails(order, "as expected"),
        (Look::NotOpen(order), Unmet::UnexpectedOpen) => fails(Some(order), "covered, and not open"),
        // It is not wanted any more.
        (Look::NotOpen(_), Unmet::Missing) => None,
        (Look::Down(order), _) => Some(AlertEvent::WentWithHost { order }),
        (Look::Unknown, _) => Some(AlertEvent::Host { order: up?.came, up: true }),
    }
}

/// What becomes of an alert that is not among the findings any more.
fn settled(alert: &Alert, watch: &Watch<'_>, state: &BlockState) -> Option<AlertEvent> {
    let AlertSubject::Expectation { site, address, port, unmet } = &alert.subject else { return None };
    if !watch.still_expects(site, *address, *port, *unmet) {
        return Some(AlertEvent::RuleGone);
    }
    match as_it_is(state, *address, *port, *unmet)? {
        // Not what is so changed, but what is expected.
        AlertEvent::Fails { order, .. } if order <= alert.evidence => Some(AlertEvent::RuleGone),
        event => Some(event),
    }
}

impl App {
    /// What decides which alerts there are.
    pub(crate) async fn watching(&self) -> Result<Watching, AppError> {
        let now = self.clock.now();
        let expectations = self.expectations().await?.into_iter().map(|(expectation, _)| expectation);
        Ok(Watching {
            rules: self.watched_ports().await?,
            networks: self.networks().await?,
            expectations: expectations.filter(|one| one.is_in_force(now)).collect(),
        })
    }

    /// Compares what is believed of a site, or of some addresses of it, with what is expected, and lets alerts follow.
    /// `live` are the alerts that are wrong now.
    pub(crate) async fn judge_expected(
        &self,
        watching: &Watching,
        place: (&SiteId, Option<&AddressSet>),
        live: &[Alert],
        how: Judging<'_>,
    ) -> Result<(), AppError> {
        self.judge_expected_from(watching, place, live, how, (None, &mut Slice::whole())).await.map(drop)
    }

    /// The same from a block on; gives the one to go on with where there is no time for all.
    pub(super) async fn judge_expected_from(
        &self,
        watching: &Watching,
        (site, only): (&SiteId, Option<&AddressSet>),
        live: &[Alert],
        how: Judging<'_>,
        (from, slice): (Option<Block>, &mut Slice<'_>),
    ) -> Result<Option<Block>, AppError> {
        let watch = watching.watch();
        let all: Vec<Expectation> = watch.expected_at(site).cloned().collect();
        let is_left = |block: Block| from.is_none_or(|from| block >= from);
        let mut known: BTreeMap<Block, Vec<&Alert>> = BTreeMap::new();
        for alert in live {
            if let AlertSubject::Expectation { site: at, address, .. } = &alert.subject
                && at == site
                && is_left(Block::of(*address))
                && only.is_none_or(|only| only.contains(*address))
            {
                known.entry(Block::of(*address)).or_default().push(alert);
            }
        }
        let expected: AddressSet =
            all.iter().flat_map(|one| one.addresses.ranges().iter().copied()).collect();
        let scope = match only {
            Some(only) if how.anew => only.clone(),
            Some(only) => expected.intersection(only),
            None => expected,
        };
        let judged = Judged { site, all: &all, watch: &watch, scope: &scope };
        for (first, last) in block_ranges(&scope).into_iter().filter(|(_, last)| is_left(*last)) {
            let range = (from.map_or(first, |from| first.max(from)), last);
            let mut after = None;
            loop {
                let (heads, next) = self.heads_between(site, range, after).await?;
                for (block, head) in heads {
                    // In the order of blocks, so that one of them says how far it came.
                    if let Some(left) = self.judge_known(&judged, &mut known, Some(block), how, slice).await?
                    {
                        return Ok(Some(left));
                    }
                    if !slice.begins() {
                        return Ok(Some(block));
                    }
                    let alerts = known.remove(&block).unwrap_or_default();
                    if alerts.is_empty() && !judged.may_differ(block, &head, how.anew) {
                        continue;
                    }
                    let Some(loaded) = self.block(site, block).await? else { continue };
                    self.judge_block(&judged, block, &loaded.state, &alerts, how).await?;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        self.judge_known(&judged, &mut known, None, how, slice).await
    }

    /// Judges the blocks before one, or all, that have alerts and are not compared: nothing is known or expected there
    /// any more.
    async fn judge_known(
        &self,
        judged: &Judged<'_>,
        known: &mut BTreeMap<Block, Vec<&Alert>>,
        before: Option<Block>,
        how: Judging<'_>,
        slice: &mut Slice<'_>,
    ) -> Result<Option<Block>, AppError> {
        while let Some(entry) = known.first_entry() {
            let block = *entry.key();
            if before.is_some_and(|before| block >= before) {
                break;
            }
            if !slice.begins() {
                return Ok(Some(block));
            }
            let alerts = entry.remove();
            let state = self.block(judged.site, block).await?.map(|loaded| loaded.state).unwrap_or_default();
            self.judge_block(judged, block, &state, &alerts, how).await?;
        }
        Ok(None)
    }

    async fn judge_block(
        &self,
        judged: &Judged<'_>,
        block: Block,
        state: &BlockState,
        alerts: &[&Alert],
        how: Judging<'_>,
    ) -> Result<(), AppError> {
        let Judged { site, all, watch, scope } = *judged;
        let mut unmet: BTreeSet<AlertId> = BTreeSet::new();
        for address in (0..=u8::MAX).map(|index| block.address(index)) {
            if !scope.contains(address) {
                continue;
            }
            let network = network_of(address, watch.networks);
            for finding in findings(all, address, state) {
                let Some((subject, facts)) = watch.unmet(site, &finding) else { continue };
                unmet.insert(subject.id());
                if alerts.iter().any(|alert| alert.subject == subject && says(alert, &facts)) {
                    continue;
                }
                let order = finding.order.filter(|_| !how.anew);
                let event = AlertEvent::Holds { order, facts, quiet: how.quiet };
                self.happen(&subject, &event, Occasion { network, ..how.occasion }).await?;
            }
        }
        if how.anew {
            for sighting in watch.open_now(site, block, state, how.quiet) {
                if sighting.subject.address().is_some_and(|address| scope.contains(address)) {
                    let network = sighting.network.as_deref();
                    let occasion = Occasion { network, ..how.occasion };
                    self.happen(&sighting.subject, &sighting.event, occasion).await?;
                }
            }
        }
        for alert in alerts.iter().filter(|alert| !unmet.contains(&alert.id())) {
            let Some(event) = settled(alert, watch, state) else { continue };
            let network = alert.subject.address().and_then(|address| network_of(address, watch.networks));
            let occasion = Occasion { network, only_known: true, ..how.occasion };
            self.happen(&alert.subject, &event, occasion).await?;
        }
        Ok(())
    }
}

/// Whether an alert says just this already.
fn says(alert: &Alert, facts: &Facts) -> bool {
    alert.truth == Truth::Holds
        && (alert.severity, &alert.title) == (facts.severity, &facts.title)
        && (facts.detail.is_empty() || alert.detail == facts.detail)
}

/// What is compared with what.
#[derive(Clone, Copy)]
struct Judged<'a> {
    site: &'a SiteId,
    /// What is expected at the site.
    all: &'a [Expectation],
    watch: &'a Watch<'a>,
    scope: &'a AddressSet,
}

impl Judged<'_> {
    /// Whether a block can hold anything that is not as expected, by what its head says.
    fn may_differ(&self, block: Block, head: &LoadedHead, anew: bool) -> bool {
        let open = &head.head.open_ports;
        let here = self.all.iter().filter(|one| !one.addresses.within(block).is_empty());
        anew && !open.is_empty()
            || here
                .into_iter()
                .any(|one| one.state == ExpectedState::Open || !one.ports.intersection(open).is_empty())
    }
}
