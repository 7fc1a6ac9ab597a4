//! Works out what a finished run found in each network, so that cards and histories need not walk through everything.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use portdelta_core::delta::Delta;
use portdelta_core::ids::{ResultId, RunId, SiteId};
use portdelta_core::state::Presence;
use portdelta_core::{AddressSet, Block, UnixTime};

use crate::App;
use crate::close_run::change_counts;
use crate::error::AppError;
use crate::network_blocks::{ALL_BLOCKS, block_ranges};
use crate::places::{BlockPlace, Places, UNASSIGNED};
use crate::posture::postures;
use crate::repositories::{Network, NetworkRun, Report, ReportFilter, Standing, position};
use crate::steps::Steps;

/// So many runs of a site are worked out anew when networks change.
const NOTED_ANEW: NonZeroUsize = NonZeroUsize::new(20).expect("not zero");

/// Steps that one of them is taken for, as most touch a few networks.
const STEPS_OF_A_REPORT: u32 = 10;

/// What there is in a network, and whether a run touched it.
#[derive(Clone, Copy, Debug, Default)]
struct Surveyed {
    standing: Standing,
    touched: bool,
}

impl App {
    /// Notes what a finished run found in each network that it touched. Again and again, in any order.
    pub(crate) async fn note_in_networks(&self, run: &RunId) -> Result<(), AppError> {
        let Some(report) = self.report(run).await? else { return Ok(()) };
        let networks = self.networks().await?;
        self.note_report(&report, &networks, true).await?;
        self.note_up_to(&report.site, &position(report.finished, run)).await
    }

    /// Notes what nobody has: runs that ended where there was no server.
    pub(crate) async fn note_what_is_left(&self) -> Result<(), AppError> {
        let Some(newest) = self.newest_report().await? else { return Ok(()) };
        let is_noted = |report: &Report, known: Option<String>| {
            known.is_some_and(|known| known >= position(report.finished, &report.run))
        };
        if is_noted(&newest, self.noted_up_to(&newest.site).await?) {
            return Ok(());
        }
        let networks = self.networks().await?;
        for site in self.sites().await? {
            self.note_site_anew(&site.id, &networks).await?;
        }
        Ok(())
    }

    /// Works out anew what the last runs found, after the network of this name was made, changed or removed: it took
    /// addresses from others, or gave them back.
    pub(crate) async fn note_networks_anew(&self, changed: &str) -> Result<(), AppError> {
        let networks = self.networks().await?;
        for site in self.sites().await? {
            self.forget_network_runs(&site.id, changed).await?;
            self.note_site_anew(&site.id, &networks).await?;
        }
        Ok(())
    }

    /// Works out anew what the last runs of a site found.
    async fn note_site_anew(&self, site: &SiteId, networks: &[Network]) -> Result<(), AppError> {
        self.note_some_anew(site, networks, None, &mut Steps::unlimited(&|| true)).await.map(drop)
    }

    /// The same for those behind a position, oldest first, run by run, as telling of them does; the position of the last
    /// one that is done where there were no steps for all of them.
    pub(crate) async fn note_some_anew(
        &self,
        site: &SiteId,
        networks: &[Network],
        behind: Option<&str>,
        steps: &mut Steps<'_>,
    ) -> Result<Option<String>, AppError> {
        let filter = ReportFilter { site: Some(site.clone()), ..ReportFilter::default() };
        let newest = self.reports(&filter, NOTED_ANEW, None).await?.reports;
        for (place, report) in newest.iter().enumerate().rev() {
            let position = position(report.finished, &report.run);
            if behind.is_some_and(|behind| position.as_str() <= behind) {
                continue;
            }
            self.note_report(report, networks, place == 0).await?;
            steps.take(STEPS_OF_A_REPORT);
            if place > 0 && !steps.any() {
                return Ok(Some(position));
            }
        }
        if let Some(report) = newest.first() {
            self.note_up_to(site, &position(report.finished, &report.run)).await?;
        }
        Ok(None)
    }

    /// `is_newest`: what there is now is what there was when the run had ended.
    async fn note_report(
        &self,
        report: &Report,
        networks: &[Network],
        is_newest: bool,
    ) -> Result<(), AppError> {
        let places = Places(networks);
        let plan = self.plan(&report.run).await?;
        let planned: Option<BTreeSet<&str>> =
            plan.as_ref().map(|plan| places.touched(&plan.addresses).into_iter().collect());
        let results = match &planned {
            Some(_) => Vec::new(),
            None => self.run(&report.run).await?.map(|run| run.results).unwrap_or_default(),
        };
        let mut surveyed = if is_newest || planned.is_none() {
            self.survey(&report.site, networks, planned.as_ref(), &results).await?
        } else {
            BTreeMap::new()
        };
        let mut changes: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        if !report.totals.changes.is_empty() {
            self.each_change(report, &mut |delta| {
                let network = changes.entry(places.of(delta.address).to_owned()).or_default();
                *network.entry(delta.kind.name().to_owned()).or_default() += 1;
            })
            .await?;
        }
        let mut touched: BTreeSet<String> = changes.keys().cloned().collect();
        if let Some(planned) = &planned {
            touched.extend(planned.iter().map(|&name| name.to_owned()));
        } else {
            let names = surveyed.iter().filter(|(_, surveyed)| surveyed.touched);
            touched.extend(names.map(|(name, _)| name.clone()));
        }
        let evidence = self.evidence_of(report, &results).await?;
        let alerts = if is_newest { self.live_alerts().await? } else { Vec::new() };
        let postures = postures(&alerts, &report.site, networks);
        for network in touched {
            let changes = changes.remove(&network).unwrap_or_default();
            let posture = Some(postures.get(&network).copied().unwrap_or(100));
            let standing = surveyed.remove(&network).unwrap_or_default().standing;
            let standing = Standing { posture, ..standing };
            let line = line_of((report, evidence), network, changes, is_newest.then_some(standing));
            self.note_network_run(&line).await?;
        }
        Ok(())
    }

    /// When the hosts were looked at of which a report tells: what is imported may have been scanned long before.
    async fn evidence_of(&self, report: &Report, results: &[ResultId]) -> Result<UnixTime, AppError> {
        let mut newest = None;
        for &id in results {
            let record = self.result(&report.site, id).await?;
            newest = newest.max(record.map(|record| record.evidence_time()));
        }
        Ok(newest.map_or(report.finished, |newest| newest.min(report.finished)))
    }

    /// Gives every change that counts in a report.
    async fn each_change(
        &self,
        report: &Report,
        take: &mut (dyn FnMut(&Delta) + Send),
    ) -> Result<(), AppError> {
        let mut after = None;
        if self.scan_run(&report.run).await?.is_none() {
            loop {
                let page = self.run_batches(&report.run, None, after).await?;
                let batches = page.batches.iter().filter(|batch| !batch.withdrawn);
                batches
                    .flat_map(|batch| &batch.deltas)
                    .filter(|delta| !delta.first_look)
                    .for_each(&mut *take);
                after = page.next;
                if after.is_none() {
                    return Ok(());
                }
            }
        }
        // The index of batches may lag; marks do not.
        loop {
            let (marks, next) = self.task_marks(&report.run, after).await?;
            for (block, order) in
                marks.iter().filter(|mark| !mark.changes.is_empty()).flat_map(|m| &m.batches)
            {
                let batch = self.batch_of(&report.site, *block, *order).await?;
                let deltas = batch.iter().flat_map(|batch| &batch.deltas);
                deltas.filter(|delta| !delta.first_look).for_each(&mut *take);
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// What there is in each network, or in some of them; and those in which these results covered something last.
    async fn survey(
        &self,
        site: &SiteId,
        networks: &[Network],
        only: Option<&BTreeSet<&str>>,
        results: &[ResultId],
    ) -> Result<BTreeMap<String, Surveyed>, AppError> {
        let places = Places(networks);
        let is_wanted = |name: &str| only.is_none_or(|only| only.contains(name));
        let mut all: BTreeMap<String, Surveyed> = BTreeMap::new();
        for range in wanted_blocks(networks, only) {
            let mut after = None;
            loop {
                let (heads, next) = self.heads_between(site, range, after).await?;
                for (block, loaded) in heads {
                    let touched = loaded.head.is_from(results);
                    let place = places.of_block(block);
                    match (place, loaded.open) {
                        (BlockPlace::Whole(name), _) if !is_wanted(name) => {}
                        (BlockPlace::Whole(name), Some(open)) => {
                            let entry = all.entry(name.to_owned()).or_default();
                            entry.standing.hosts_up += u64::from(loaded.head.up);
                            entry.standing.open_ports += open;
                            entry.touched |= touched;
                        }
                        (BlockPlace::Mixed, _) | (_, None) => {
                            self.survey_block(site, block, places, touched, &mut all).await?;
                        }
                    }
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        all.retain(|name, _| is_wanted(name));
        Ok(all)
    }

    /// A block of which the head does not say enough.
    async fn survey_block(
        &self,
        site: &SiteId,
        block: Block,
        places: Places<'_>,
        touched: bool,
        all: &mut BTreeMap<String, Surveyed>,
    ) -> Result<(), AppError> {
        let Some(loaded) = self.block(site, block).await? else { return Ok(()) };
        for (&index, host) in &loaded.state.hosts {
            let entry = all.entry(places.of(block.address(index)).to_owned()).or_default();
            entry.standing.hosts_up += u64::from(host.presence == Presence::Up);
            entry.standing.open_ports += host.open_ports().count() as u64;
            entry.touched |= touched;
        }
        Ok(())
    }
}

/// The blocks of the networks that are wanted, as ranges that do not overlap; all there are where some may be in none.
fn wanted_blocks(networks: &[Network], only: Option<&BTreeSet<&str>>) -> Vec<(Block, Block)> {
    let Some(only) = only.filter(|only| !only.contains(UNASSIGNED)) else { return vec![ALL_BLOCKS] };
    let wanted = networks.iter().filter(|network| only.contains(network.name.as_str()));
    let ranges: AddressSet = wanted.flat_map(|network| network.prefixes.ranges().iter().copied()).collect();
    block_ranges(&ranges)
}

fn line_of(
    (report, evidence): (&Report, UnixTime),
    network: String,
    changes: BTreeMap<String, u64>,
    standing: Option<Standing>,
) -> NetworkRun {
    let counts = change_counts(&changes);
    let score = counts.score();
    NetworkRun {
        network,
        site: report.site.clone(),
        run: report.run.clone(),
        scan: report.scan.clone(),
        title: report.scan_name.clone(),
        started: report.started,
        finished: report.finished,
        evidence,
        outcome: report.outcome,
        changes,
        score: score.value(),
        class: score.class(),
        status: counts.status(),
        standing,
    }
}
