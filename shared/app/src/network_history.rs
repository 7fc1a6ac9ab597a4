//! What changed in a network, newest run first.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::num::NonZeroUsize;

use portdelta_core::Block;
use portdelta_core::delta::{Delta, Kind};
use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::network_blocks::block_ranges;
use crate::places::{Places, UNASSIGNED};
use crate::ports::Cursor;
use crate::repositories::{Batch, Network, NetworkRun};

/// How many runs one request looks through.
const MOST_RUNS: usize = 400;

/// Runs read at once, of each site.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(25).expect("not zero");

/// Batches read at once.
const BATCHES: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

/// Which changes of a network are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkHistory {
    /// Of these kinds; of all where empty.
    pub kinds: Vec<Kind>,
    /// Seen from these sites.
    pub sites: Vec<SiteId>,
    /// Also what was seen for the first time, which is no change.
    pub first_looks: bool,
}

/// A place in the history of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPlace {
    /// The run that was read last: its site and position.
    run: Option<(SiteId, String)>,
    /// The run is read up to here; `None` where it is read.
    within: Option<WithinRun>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct WithinRun {
    range: usize,
    after: Option<Cursor>,
    /// So many of those of the batch behind the cursor were given.
    given: usize,
}

impl App {
    /// The changes of a network: at most `limit` from a place on, newest run first, those of a run by address; and
    /// the place to go on from, `None` at the end. May be fewer while there are more.
    ///
    /// `take` makes of each change what is wanted.
    pub async fn network_history<T: Send>(
        &self,
        network: &Network,
        wanted: &NetworkHistory,
        limit: usize,
        mut place: NetworkPlace,
        take: &(dyn Fn(&Batch, &Delta) -> T + Send + Sync),
    ) -> Result<(Vec<T>, Option<NetworkPlace>), AppError> {
        let networks = self.networks().await?;
        let reader =
            Reader { app: self, network, wanted, ranges: ranges(network), places: Places(&networks) };
        let mut lines = Lines::new(wanted, place.run.as_ref());
        let mut items = Vec::new();
        for _ in 0..MOST_RUNS {
            let (site, run, within) =
                if let (Some((site, position)), Some(within)) = (&place.run, place.within.take()) {
                    let run = position.split_once('#').and_then(|(_, id)| id.parse::<RunId>().ok());
                    let Some(run) = run else { continue };
                    (site.clone(), run, within)
                } else {
                    let Some(line) = lines.next(self, &network.name).await? else { return Ok((items, None)) };
                    place.run = Some((line.site.clone(), line.position()));
                    if !wanted.may_be_in(&line) {
                        continue;
                    }
                    (line.site, line.run, WithinRun::default())
                };
            place.within =
                reader.read_run(&site, &run, within, limit - items.len(), take, &mut items).await?;
            if items.len() >= limit {
                return Ok((items, Some(place)));
            }
        }
        Ok((items, Some(place)))
    }
}

impl NetworkHistory {
    fn may_be_in(&self, line: &NetworkRun) -> bool {
        let has = |kind: &Kind| line.changes.contains_key(kind.name());
        self.first_looks
            || if self.kinds.is_empty() { !line.changes.is_empty() } else { self.kinds.iter().any(has) }
    }

    fn wants(&self, delta: &Delta) -> bool {
        (self.first_looks || !delta.first_look) && (self.kinds.is_empty() || self.kinds.contains(&delta.kind))
    }
}

/// The lines of a network at several sites, newest first.
struct Lines {
    sites: Vec<(SiteId, VecDeque<NetworkRun>, Option<String>, bool)>,
}

impl Lines {
    /// Those after a run.
    fn new(wanted: &NetworkHistory, after: Option<&(SiteId, String)>) -> Self {
        let below = |site: &SiteId| {
            let (last, position) = after?;
            // Of equal positions at two sites, that of the first one comes first.
            Some(if site > last { format!("{position}\0") } else { position.clone() })
        };
        let sites = wanted.sites.iter();
        Self { sites: sites.map(|site| (site.clone(), VecDeque::new(), below(site), false)).collect() }
    }

    async fn next(&mut self, app: &App, network: &str) -> Result<Option<NetworkRun>, AppError> {
        for (site, lines, below, is_done) in &mut self.sites {
            if lines.is_empty() && !*is_done {
                let found = app.network_runs(site, network, below.as_deref(), AT_ONCE).await?;
                *is_done = found.len() < AT_ONCE.get();
                *below = found.last().map(NetworkRun::position);
                lines.extend(found);
            }
        }
        let newest = self.sites.iter_mut().filter(|(_, lines, ..)| !lines.is_empty()).max_by_key(
            |(site, lines, ..)| (lines.front().map(NetworkRun::position), std::cmp::Reverse(site.clone())),
        );
        Ok(newest.and_then(|(_, lines, ..)| lines.pop_front()))
    }
}

struct Reader<'a> {
    app: &'a App,
    network: &'a Network,
    wanted: &'a NetworkHistory,
    /// The blocks in which its addresses are; `None` for all.
    ranges: Vec<Option<(Block, Block)>>,
    places: Places<'a>,
}

impl Reader<'_> {
    /// Adds at most `limit` changes of a run; gives the place to go on from, or `None` at the end of the run.
    async fn read_run<T>(
        &self,
        site: &SiteId,
        run: &RunId,
        mut within: WithinRun,
        limit: usize,
        take: &(dyn Fn(&Batch, &Delta) -> T + Send + Sync),
        items: &mut Vec<T>,
    ) -> Result<Option<WithinRun>, AppError> {
        let enough = items.len() + limit;
        while let Some(&range) = self.ranges.get(within.range) {
            let page = self.app.run_batches_in(run, range, BATCHES, within.after.clone()).await?;
            for batch in page.batches.iter().filter(|batch| batch.site == *site && !batch.withdrawn) {
                let found = batch.deltas.iter();
                let found: Vec<_> =
                    found.filter(|delta| self.wanted.wants(delta) && self.is_here(delta.address)).collect();
                let room = enough - items.len();
                items.extend(found.iter().skip(within.given).take(room).map(|delta| take(batch, delta)));
                if within.given + room < found.len() {
                    within.given += room;
                    return Ok(Some(within));
                }
                within = WithinRun { after: Some(batch.end_in_run()), given: 0, ..within };
            }
            within = match page.next {
                Some(after) => WithinRun { after: Some(after), given: 0, ..within },
                None => WithinRun { range: within.range + 1, ..WithinRun::default() },
            };
            if items.len() >= enough && within.range < self.ranges.len() {
                return Ok(Some(within));
            }
        }
        Ok(None)
    }

    fn is_here(&self, address: IpAddr) -> bool {
        self.places.of(address) == self.network.name
    }
}

fn ranges(network: &Network) -> Vec<Option<(Block, Block)>> {
    if network.name == UNASSIGNED {
        return vec![None];
    }
    block_ranges(&network.prefixes).into_iter().map(Some).collect()
}
