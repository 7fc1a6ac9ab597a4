//! Cleans up a site, a network of it or some addresses: as if nothing had ever looked at them.
//!
//! First a mark is stored: from then on, nothing that a scan had seen by then counts for these addresses, whenever and how
//! often it comes; see [`Forgotten`](crate::repositories::Forgotten). Then what is there goes, in slices, so that neither a
//! request nor a function has to take as long as a large site does; the sweep goes on with it. Every step may be done
//! twice. Raw results hold other addresses as well, and go only with a whole site; what people set up always stays.

mod blocks;
mod networks;
mod pass;
mod preview;

use std::collections::BTreeSet;

use portdelta_core::ids::SiteId;
use portdelta_core::targets::parse_exclusions;
use portdelta_core::{AddressSet, UnixTime};

use self::pass::Pass;
pub use self::preview::CleanUpPreview;

use crate::App;
use crate::active_site::unknown_site;
use crate::check::invalid_target;
use crate::error::{AppError, Invalid};
use crate::places::{Places, all_addresses};
use crate::repositories::{CleanUp, CleanUpCounts, CleanUpPhase, CleanUpScope, FIRST_VERSION};
use crate::steps::Steps;
use crate::sweep::GoesOn;

/// Most ranges of addresses of one clean-up of addresses.
const MOST_RANGES: usize = 1_000;

/// Steps of a slice: a few seconds where each is a write over a network. A request does one.
const STEPS_OF_A_SLICE: u32 = 300;

/// Slices of a sweep; the next one goes on.
const SLICES_OF_A_SWEEP: u32 = 20;

/// What was being written when the clean-up began is looked for again after so long, in seconds.
const SETTLES_AFTER: i64 = 300;

/// What people want to clean up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanUpDraft {
    /// The site.
    pub site: SiteId,
    /// Only this network of it, or `unassigned`.
    pub network: Option<String>,
    /// Only these addresses of it, in the grammar of targets.
    pub targets: Option<String>,
}

impl App {
    /// What a draft comes to: nobody's yet, and nothing is marked.
    async fn wanted(&self, draft: &CleanUpDraft) -> Result<CleanUp, AppError> {
        let site = draft.site.clone();
        if self.site(&site).await?.is_none() {
            return Err(unknown_site("site", &site).into());
        }
        let (scope, addresses) = match (&draft.network, &draft.targets) {
            (Some(_), Some(_)) => {
                let message = "both a network and targets are given";
                let hint = "give the network, or the addresses, or neither for the whole site";
                return Err(Invalid::field("targets", "one_of", message, hint).into());
            }
            (None, None) => (CleanUpScope::Site, all_addresses()),
            (Some(name), None) => {
                let networks = self.networks().await?;
                let addresses = Places(&networks).addresses_of(name).ok_or_else(|| {
                    let name = portdelta_core::escape::escape_within(name, 100);
                    let message = format!("there is no network {name}");
                    let hint = "look for a typing error in its name, or give the addresses as targets";
                    Invalid::field("network", "network_unknown", message, hint)
                })?;
                (CleanUpScope::Network(name.clone()), addresses)
            }
            (None, Some(text)) => (CleanUpScope::Addresses, addresses_of(text)?),
        };
        let first_phase = if scope == CleanUpScope::Site { CleanUpPhase::Days } else { CleanUpPhase::Blocks };
        Ok(CleanUp {
            id: String::new(),
            site,
            scope,
            addresses,
            who: String::new(),
            at: self.now(),
            number: 0,
            phase: Some(first_phase),
            from: None,
            again: false,
            removed: CleanUpCounts::default(),
        })
    }

    /// Begins to clean up for `who`: from then on it happens, and the sweep does all of it that nobody does before.
    pub async fn begin_clean_up(&self, draft: &CleanUpDraft, who: &str) -> Result<CleanUp, AppError> {
        let wanted = self.wanted(draft).await?;
        let clean_up = CleanUp { id: self.ids.new_id(), who: who.to_owned(), ..wanted };
        self.mark_clean_up(clean_up).await
    }

    /// Removes the first slice of one that was just begun, as long as there is time. [`CleanUp::is_done`] says whether
    /// that was all.
    pub async fn clean_first_slice(
        &self,
        clean_up: &mut CleanUp,
        goes_on: GoesOn<'_>,
    ) -> Result<(), AppError> {
        self.go_on_cleaning(clean_up, FIRST_VERSION, goes_on).await
    }

    /// Clean-ups that go on, and those of the last 90 days; newest first.
    pub async fn clean_ups(&self) -> Result<Vec<CleanUp>, AppError> {
        Ok(self.loaded_clean_ups().await?.into_iter().map(|(clean_up, _)| clean_up).collect())
    }

    /// A clean-up by its id.
    pub async fn clean_up_of(&self, id: &str) -> Result<Option<CleanUp>, AppError> {
        Ok(self.clean_ups().await?.into_iter().find(|clean_up| clean_up.id == id))
    }

    /// Removes the next slice, and stores how far that got, also where something failed.
    async fn go_on_cleaning(
        &self,
        clean_up: &mut CleanUp,
        mut version: i64,
        goes_on: GoesOn<'_>,
    ) -> Result<(), AppError> {
        let mut pass = Pass::removing(Steps::new(STEPS_OF_A_SLICE, goes_on));
        loop {
            let before = std::mem::take(&mut clean_up.removed);
            let begun_with = clean_up.phase;
            let done = self.clean_slice(clean_up, &mut pass).await;
            let gone = std::mem::replace(&mut clean_up.removed, before);
            version = self.add_to_clean_up(clean_up, version, gone).await?;
            done?;
            // What changed today is stored as gone at once: whoever went over it again would take what was counted since.
            if begun_with != Some(CleanUpPhase::Days) || !pass.steps.any() {
                return Ok(());
            }
        }
    }

    async fn clean_slice(&self, clean_up: &mut CleanUp, pass: &mut Pass<'_>) -> Result<(), AppError> {
        let was_again = clean_up.again;
        while let Some(phase) = clean_up.phase.filter(|_| clean_up.again == was_again) {
            pass.steps.take(1);
            if !self.clean_phase(phase, clean_up, pass).await? {
                break;
            }
            clean_up.from = None;
            clean_up.phase = match next_phase(phase, &clean_up.scope) {
                None if !was_again => {
                    clean_up.again = true;
                    Some(CleanUpPhase::Blocks)
                }
                next => next,
            };
            if phase == CleanUpPhase::Days || !pass.steps.any() {
                break;
            }
        }
        Ok(())
    }

    /// Goes over one kind of things; `false` where it could not come to the end.
    async fn clean_phase(
        &self,
        phase: CleanUpPhase,
        clean_up: &mut CleanUp,
        pass: &mut Pass<'_>,
    ) -> Result<bool, AppError> {
        match phase {
            CleanUpPhase::Days => {
                // One that an earlier version began may be about less.
                if clean_up.scope == CleanUpScope::Site {
                    let behind = clean_up.from.as_deref();
                    clean_up.from =
                        self.remove_days(&clean_up.site, clean_up.at, behind, &mut pass.steps).await?;
                }
                Ok(clean_up.from.is_none())
            }
            CleanUpPhase::Blocks => self.clean_blocks(clean_up, &mut pass.steps).await,
            CleanUpPhase::Alerts => self.pass_alerts(clean_up, pass).await,
            CleanUpPhase::Notes => self.pass_notes(clean_up, pass).await,
            CleanUpPhase::Runs => self.pass_runs(clean_up, pass).await,
            CleanUpPhase::Results => self.pass_results(clean_up, pass).await,
            CleanUpPhase::Networks => self.clean_networks(clean_up, &mut pass.steps).await,
        }
    }

    /// Goes on with what was begun, and looks again for what was being written then, as long as there is time.
    pub(crate) async fn sweep_clean_ups(&self, now: UnixTime, goes_on: GoesOn<'_>) -> Result<(), AppError> {
        // Those that failed in this sweep wait for the next one, and hold up no other.
        let (mut failed, mut first) = (BTreeSet::new(), Ok(()));
        for _ in 0..SLICES_OF_A_SWEEP {
            let is_open = |clean_up: &CleanUp| {
                let waits = clean_up.again && now.since(clean_up.at) < SETTLES_AFTER;
                clean_up.phase.is_some() && !waits && !failed.contains(&clean_up.id)
            };
            let open = self.loaded_clean_ups().await?.into_iter().rfind(|(clean_up, _)| is_open(clean_up));
            let Some((mut clean_up, version)) = open.filter(|_| goes_on()) else { break };
            let done = self.go_on_cleaning(&mut clean_up, version, goes_on).await;
            if done.is_err() {
                failed.insert(clean_up.id);
                first = first.and(done);
            }
        }
        first
    }
}

/// Runs and results are of the site as a whole.
fn next_phase(phase: CleanUpPhase, scope: &CleanUpScope) -> Option<CleanUpPhase> {
    match phase {
        CleanUpPhase::Days => Some(CleanUpPhase::Blocks),
        CleanUpPhase::Blocks => Some(CleanUpPhase::Alerts),
        CleanUpPhase::Alerts => Some(CleanUpPhase::Notes),
        CleanUpPhase::Notes if *scope != CleanUpScope::Site => Some(CleanUpPhase::Networks),
        CleanUpPhase::Notes => Some(CleanUpPhase::Runs),
        CleanUpPhase::Runs => Some(CleanUpPhase::Results),
        CleanUpPhase::Results => Some(CleanUpPhase::Networks),
        CleanUpPhase::Networks => None,
    }
}

fn addresses_of(text: &str) -> Result<AddressSet, Invalid> {
    let addresses = parse_exclusions(text).map_err(|mistake| invalid_target("targets", &mistake))?;
    if addresses.is_empty() {
        let hint =
            "give addresses and prefixes, like 192.0.2.7, 10.1.0.0/16; leave it out for the whole site";
        return Err(Invalid::field("targets", "empty", "no address is named", hint));
    }
    let ranges = addresses.ranges().len();
    if ranges > MOST_RANGES {
        let message =
            format!("there are {ranges} ranges of addresses, and at most {MOST_RANGES} are allowed");
        return Err(Invalid::field(
            "targets",
            "too_many",
            message,
            "give a prefix around them, or less at once",
        ));
    }
    Ok(addresses)
}
