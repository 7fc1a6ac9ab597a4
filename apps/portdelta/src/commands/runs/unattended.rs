//! Runs that wait because nobody is there to work on them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use portdelta_core::ids::SiteId;
use portdelta_protocol::admin::{Run, RunState, Site};

use crate::client::Client;
use crate::failure::warn;

/// How often it is asked who is there.
const EVERY: Duration = Duration::from_secs(10);

/// What is said of a site where no agent is online, and what to do about it.
pub fn sentence(site: &SiteId) -> String {
    format!(
        "no agent of the site {site} is online, so its tasks wait; see `portdelta agents list`, or let one in: \
         `portdelta agents enrol --site {site}`"
    )
}

/// Says so where no agent of a site is online.
pub async fn warn_of(client: &Client, site: &SiteId) {
    if is_unattended(client, site).await {
        warn(&sentence(site));
    }
}

/// Whether no agent of a site is there to work. `false` where the server does not say.
async fn is_unattended(client: &Client, site: &SiteId) -> bool {
    let site = client.get(&["sites", site.as_str()]).answer::<Site>().await;
    site.is_ok_and(|site| site.agents_online == 0)
}

/// The sites of runs at which nobody is there, looked at again every ten seconds.
#[derive(Debug, Default)]
pub struct Unattended {
    sites: BTreeSet<SiteId>,
    told: BTreeSet<SiteId>,
    looked: Option<Instant>,
}

impl Unattended {
    /// Looks where runs wait for somebody to work on them; gives the sites that were not told of before.
    pub async fn look(&mut self, client: &Client, runs: &[Run]) -> Vec<SiteId> {
        if self.looked.is_some_and(|looked| looked.elapsed() < EVERY) {
            return Vec::new();
        }
        self.looked = Some(Instant::now());
        self.sites.clear();
        let waiting: BTreeSet<&SiteId> = runs.iter().filter(|run| waits(run)).map(|run| &run.site).collect();
        for site in waiting {
            if is_unattended(client, site).await {
                self.sites.insert(site.clone());
            }
        }
        self.sites.iter().filter(|site| self.told.insert((*site).clone())).cloned().collect()
    }

    /// Whether a run waits because nobody is there.
    pub fn holds(&self, run: &Run) -> bool {
        waits(run) && self.sites.contains(&run.site)
    }
}

/// Whether it has tasks that somebody could work on now.
pub fn waits(run: &Run) -> bool {
    matches!(run.state, RunState::Dispatching | RunState::Running)
        && run.held_until.is_none()
        && run.progress.is_some_and(|progress| progress.done + progress.partial < progress.tasks)
}
