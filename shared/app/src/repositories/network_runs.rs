//! What runs changed in each network: a line a run, and the newest one of each network and site on a card.
//!
//! Derived from reports and batches when a run ends, and anew when networks change: nothing is decided by them.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::run::RunOutcome;
use portdelta_core::score::{RunStatus, ScoreClass};
use serde::{Deserialize, Serialize};

use super::all_items;
use super::version::{LOCK, at_version};
use crate::App;
use crate::error::{AppError, During};
use crate::ingest::MOST_TRIES;
use crate::ports::table::SortRange;
use crate::ports::{Action, Condition, Item, Key, Query, TableError};
use crate::steps::{READ_AT_ONCE, Steps};
use crate::stored::{StoredError, pack, unpack, version_of};

/// 2 adds when the evidence was taken.
const VERSION: u8 = 2;
/// The partition of the cards.
pub(crate) const CARDS: &str = "NETCARDS";
/// Lines that one transaction removes.
const REMOVED_AT_ONCE: usize = 50;

/// What one run found in one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkRun {
    /// The network, or [`UNASSIGNED`](crate::UNASSIGNED).
    pub network: String,
    /// Where it ran.
    pub site: SiteId,
    /// The run.
    pub run: RunId,
    /// The scan; empty for an import or a scan of the command line.
    pub scan: String,
    /// The scan's name, or what was imported.
    pub title: String,
    /// When it began.
    pub started: UnixTime,
    /// When its report was written.
    pub finished: UnixTime,
    /// When hosts were looked at last: earlier than it finished where it is an import.
    pub evidence: UnixTime,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Changes in this network by the name of their kind, first looks and late results left out.
    pub changes: BTreeMap<String, u64>,
    /// The score of these changes, 0 to 100.
    pub score: u8,
    /// The score in a word.
    pub class: ScoreClass,
    /// What was found in a word.
    pub status: RunStatus,
    /// What there was when the run had ended; `None` where that was worked out later.
    pub standing: Option<Standing>,
}

/// A line as version 1 stored it.
#[derive(Deserialize)]
struct NetworkRunV1 {
    network: String,
    site: SiteId,
    run: RunId,
    scan: String,
    title: String,
    started: UnixTime,
    finished: UnixTime,
    outcome: RunOutcome,
    changes: BTreeMap<String, u64>,
    score: u8,
    class: ScoreClass,
    status: RunStatus,
    standing: Option<Standing>,
}

impl From<NetworkRunV1> for NetworkRun {
    fn from(line: NetworkRunV1) -> Self {
        Self {
            network: line.network,
            site: line.site,
            run: line.run,
            scan: line.scan,
            title: line.title,
            started: line.started,
            finished: line.finished,
            // Nobody noted it.
            evidence: line.finished,
            outcome: line.outcome,
            changes: line.changes,
            score: line.score,
            class: line.class,
            status: line.status,
            standing: line.standing,
        }
    }
}

/// What is there in a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Hosts that are up.
    pub hosts_up: u64,
    /// Open ports of all of them.
    pub open_ports: u64,
    /// How well that is, 0 to 100; `None` where nobody judged it.
    pub posture: Option<u8>,
}

impl NetworkRun {
    /// Where it stands among the runs of its network and site: by when it finished.
    #[must_use]
    pub fn position(&self) -> String {
        position(self.finished, &self.run)
    }

    /// Which of two is the newer one. Many files are imported within a second: of those it is what looked last.
    fn age(&self) -> (UnixTime, UnixTime, &RunId) {
        (self.finished, self.evidence, &self.run)
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        const WHAT: &str = "line of a network";
        match version_of(&item.value) {
            1 => unpack::<NetworkRunV1>(WHAT, VERSION, &item.value).map(Self::from),
            _ => unpack(WHAT, VERSION, &item.value),
        }
    }
}

pub(crate) fn position(finished: UnixTime, run: &RunId) -> String {
    format!("{:012}#{run}", finished.seconds())
}

/// The partition of the lines of a network at a site.
pub(crate) fn network_runs_partition(site: &SiteId, network: &str) -> String {
    format!("NETRUNS#{site}#{network}")
}

/// Sites have no `#` in their names.
fn card_key(site: &SiteId, network: &str) -> Key {
    Key::new(CARDS, format!("{site}#{network}"))
}

/// How far a site's runs were noted.
fn noted_key(site: &SiteId) -> Key {
    Key::new(CARDS, site.as_str())
}

impl App {
    /// Notes what a run found in a network; the newest one becomes its card. Again and again, in any order.
    pub(crate) async fn note_network_run(&self, line: &NetworkRun) -> Result<(), AppError> {
        let (run, network) = (&line.run, &line.network);
        let operation = || format!("note what run {run} found in network {network}");
        let key = Key::new(network_runs_partition(&line.site, &line.network), line.position());
        let mut line = line.clone();
        if line.standing.is_none() {
            // What there was then is known if it was noted then.
            let known = self.table.get(&key).await.during(operation)?;
            let known = known.as_ref().map(NetworkRun::read).transpose().during(operation)?;
            line.standing = known.and_then(|known| known.standing);
        }
        let bytes = pack(VERSION, &line).during(operation)?;
        let card = card_key(&line.site, &line.network);
        for _ in 0..MOST_TRIES {
            let known = self.table.get(&card).await.during(operation)?;
            if known.as_ref().is_some_and(|known| known.value == bytes) {
                return Ok(());
            }
            let mut actions = vec![Action::put(Item::new(key.clone(), bytes.clone()))];
            let newest = known.as_ref().map(NetworkRun::read).transpose().during(operation)?;
            if newest.is_none_or(|newest| newest.age() <= line.age()) {
                let version = known.as_ref().and_then(|item| item.number(LOCK));
                let item = Item::new(card.clone(), bytes.clone()).with(LOCK, version.unwrap_or(0) + 1);
                actions.push(Action::put(item).when(at_version(version)));
            }
            match self.table.transact(actions).await {
                Ok(()) => return Ok(()),
                Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {}
                Err(error) => return Err(error).during(operation),
            }
        }
        Err(AppError::Contended { what: format!("the card of network {}", line.network), tries: MOST_TRIES })
    }

    /// The newest line of each network at each site, by site and network.
    pub(crate) async fn newest_network_runs(&self) -> Result<Vec<NetworkRun>, AppError> {
        let operation = || "list what was found in each network".to_owned();
        let items = all_items(&*self.table, Query::partition(CARDS), false).await.during(operation)?;
        let cards = items.iter().filter(|item| item.key.sort.contains('#'));
        cards.map(|item| NetworkRun::read(item).during(operation)).collect()
    }

    /// What one run found in a network.
    pub(crate) async fn network_run(
        &self,
        site: &SiteId,
        network: &str,
        (finished, run): (UnixTime, &RunId),
    ) -> Result<Option<NetworkRun>, AppError> {
        let operation = || format!("read what run {run} found in network {network}");
        let key = Key::new(network_runs_partition(site, network), position(finished, run));
        let item = self.table.get(&key).await.during(operation)?;
        item.as_ref().map(NetworkRun::read).transpose().during(operation)
    }

    /// Writes a posture score on the card with this line; nothing where it says so, or is another line by now.
    pub(crate) async fn note_posture(&self, line: &NetworkRun, posture: u8) -> Result<(), AppError> {
        let operation = || format!("note the posture of network {}", line.network);
        let Some(standing) = line.standing.filter(|standing| standing.posture != Some(posture)) else {
            return Ok(());
        };
        let key = card_key(&line.site, &line.network);
        let Some(known) = self.table.get(&key).await.during(operation)? else { return Ok(()) };
        let version = known.number(LOCK);
        let Some(version) = version.filter(|_| NetworkRun::read(&known).is_ok_and(|known| known == *line))
        else {
            return Ok(());
        };
        let line =
            NetworkRun { standing: Some(Standing { posture: Some(posture), ..standing }), ..line.clone() };
        let item = Item::new(key, pack(VERSION, &line).during(operation)?).with(LOCK, version + 1);
        match self.table.transact(vec![Action::put(item).when(Condition::equals(LOCK, version))]).await {
            // Whoever was faster knows as much; the next sweep looks again.
            Ok(()) | Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(()),
            Err(error) => Err(error).during(operation),
        }
    }

    /// What runs found in a network at a site, newest first: those below a [`NetworkRun::position`].
    pub async fn network_runs(
        &self,
        site: &SiteId,
        network: &str,
        below: Option<&str>,
        limit: NonZeroUsize,
    ) -> Result<Vec<NetworkRun>, AppError> {
        let operation = || format!("list the runs of network {network}");
        let mut query = Query::partition(network_runs_partition(site, network)).backward().limit(limit);
        if let Some(below) = below {
            query = query.range(SortRange::Below(below.to_owned()));
        }
        let mut lines = Vec::new();
        loop {
            let page = self.table.query(&query).await.during(operation)?;
            for item in page.items.iter().take(limit.get() - lines.len()) {
                lines.push(NetworkRun::read(item).during(operation)?);
            }
            match page.next {
                Some(next) if lines.len() < limit.get() => query = query.after(Some(next)),
                _ => return Ok(lines),
            }
        }
    }

    /// Forgets what was found in a network at a site.
    pub(crate) async fn forget_network_runs(&self, site: &SiteId, network: &str) -> Result<(), AppError> {
        let operation = || format!("forget what was found in network {network}");
        let query = Query::partition(network_runs_partition(site, network));
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        let mut gone: Vec<_> = items.into_iter().map(|item| Action::delete(item.key)).collect();
        gone.push(Action::delete(card_key(site, network)));
        for some in gone.chunks(REMOVED_AT_ONCE) {
            self.table.transact(some.to_vec()).await.during(operation)?;
        }
        Ok(())
    }

    /// Forgets what a run found in any network; cards stay, for what is believed stays.
    pub(crate) async fn forget_run_in_networks(&self, site: &SiteId, position: &str) -> Result<(), AppError> {
        let operation = || format!("forget a run of site {site}");
        let names = self.network_names().await?;
        let line = |name: &String| Action::delete(Key::new(network_runs_partition(site, name), position));
        for some in names.chunks(REMOVED_AT_ONCE) {
            self.table.transact(some.iter().map(line).collect()).await.during(operation)?;
        }
        Ok(())
    }

    /// Removes the cards of a site whose runs had finished by then, from behind one on; the last one that is done where it
    /// did not come to the end.
    pub(crate) async fn remove_cards(
        &self,
        site: &SiteId,
        at: UnixTime,
        behind: Option<&str>,
        steps: &mut Steps<'_>,
    ) -> Result<Option<String>, AppError> {
        let operation = || format!("remove the cards of site {site}");
        let all = Query::partition(CARDS).prefix(format!("{site}#")).limit(READ_AT_ONCE);
        let mut query = all.behind(behind);
        loop {
            let page = self.table.query(&query).await.during(operation)?;
            steps.take(1);
            for item in page.items {
                if NetworkRun::read(&item).during(operation)?.finished <= at {
                    let gone = Action::delete(item.key.clone()).when(at_version(item.number(LOCK)));
                    match self.table.transact(vec![gone]).await {
                        // A newer run stands there by now.
                        Ok(()) | Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {}
                        Err(error) => return Err(error).during(operation),
                    }
                    steps.take(1);
                }
                if !steps.any() {
                    return Ok(Some(item.key.sort));
                }
            }
            let Some(next) = page.next else { return Ok(None) };
            query = query.after(Some(next));
        }
    }

    /// The position of the newest run of a site that was noted.
    pub(crate) async fn noted_up_to(&self, site: &SiteId) -> Result<Option<String>, AppError> {
        let operation = || format!("read which runs of site {site} were noted");
        let item = self.table.get(&noted_key(site)).await.during(operation)?;
        Ok(item.and_then(|item| item.text("position").map(str::to_owned)))
    }

    /// Notes that the runs of a site were noted up to a position.
    pub(crate) async fn note_up_to(&self, site: &SiteId, position: &str) -> Result<(), AppError> {
        let operation = || format!("note which runs of site {site} were noted");
        if self.noted_up_to(site).await?.is_some_and(|known| known.as_str() >= position) {
            return Ok(());
        }
        let item = Item::new(noted_key(site), Vec::new()).with("position", position);
        self.table.transact(vec![Action::put(item)]).await.during(operation)
    }
}

/// Whether it can be read, and where it belongs: (site, network).
pub(crate) fn check_network_run(item: &Item) -> Result<(SiteId, String), StoredError> {
    NetworkRun::read(item).map(|line| (line.site, line.network))
}
