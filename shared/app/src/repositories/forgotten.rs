//! Which addresses of a site were cleaned up and when: one item a site.
//!
//! What a scan that had begun by then says about such an address does not count, whenever it comes, and however often.
//! Each mark has a number, and a block's head says up to which number it was cleaned: whoever writes the block next cleans
//! it first.

use std::net::IpAddr;

use portdelta_core::evidence::BlockEvidence;
use portdelta_core::ids::SiteId;
use portdelta_core::scope::Hosts;
use portdelta_core::{AddressSet, Block, UnixTime};
use serde::{Deserialize, Serialize};

use super::version::{LOCK, unchanged};
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Item, Key};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
/// The partition of the marks, by site.
pub(crate) const FORGOTTEN: &str = "FORGOTTEN";

/// Most ranges of addresses that the marks of a site have together: as many as an item holds, and every result reads them.
pub(super) const MOST_RANGES: usize = 5_000;

/// Addresses that were cleaned up at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Counts up at its site, from 1.
    pub number: i64,
    /// What scans say that had begun by then does not count.
    pub at: UnixTime,
    /// Which.
    pub addresses: AddressSet,
}

/// What was cleaned up at a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forgotten {
    /// The number of the newest mark; 0 where there never was one.
    pub number: i64,
    /// Oldest first. One whose addresses are all in a later one is left out.
    pub marks: Vec<Mark>,
}

fn hosts_in(addresses: &AddressSet, block: Block) -> Hosts {
    addresses.within(block).addresses().map(Block::index_of).collect()
}

impl Mark {
    /// Its hosts in a block.
    pub fn hosts(&self, block: Block) -> Hosts {
        hosts_in(&self.addresses, block)
    }
}

impl Forgotten {
    fn hosts_of(&self, block: Block, counts: impl Fn(&Mark) -> bool) -> Hosts {
        let mut hosts = Hosts::default();
        for mark in self.marks.iter().filter(|mark| counts(mark)) {
            hosts.add(&mark.hosts(block));
        }
        hosts
    }

    /// The hosts of a block about which a scan that began at `start` says nothing that counts.
    pub fn since(&self, block: Block, start: UnixTime) -> Hosts {
        self.hosts_of(block, |mark| mark.at >= start)
    }

    /// The hosts of a block that were marked after it was cleaned up to `number`.
    pub fn after(&self, block: Block, number: i64) -> Hosts {
        self.hosts_of(block, |mark| mark.number > number)
    }

    /// Whether what was known of an address at a time was cleaned up.
    pub fn covers(&self, address: IpAddr, time: UnixTime) -> bool {
        self.marks.iter().any(|mark| mark.at >= time && mark.addresses.contains(address))
    }

    /// The evidence without what does not count, and how many addresses that leaves out; `None` where nothing does.
    pub fn left_of(&self, evidence: &BlockEvidence, start: UnixTime) -> Option<(BlockEvidence, u64)> {
        let left_out = self.since(evidence.block, start).both(&evidence.covered());
        if left_out.is_empty() {
            return None;
        }
        let mut left = evidence.clone();
        left.leave_out(&left_out);
        Some((left, u64::from(left_out.count())))
    }

    /// Only the first marks, as they were before the others came.
    pub fn up_to(&self, count: usize) -> Self {
        let marks: Vec<Mark> = self.marks.iter().take(count).cloned().collect();
        // Of marks that a later one took the place of, the last number counts all the same.
        let number =
            if count < self.marks.len() { marks.last().map_or(0, |mark| mark.number) } else { self.number };
        Self { number, marks }
    }

    /// These with a mark more; `None` where that is more than can be kept.
    pub fn with(&self, at: UnixTime, addresses: AddressSet) -> Option<Self> {
        // A clock that was set back must not make a mark that is older than the one before.
        let at = self.marks.last().map_or(at, |last| last.at.max(at));
        let mark = Mark { number: self.number + 1, at, addresses };
        let stays = |old: &&Mark| !old.addresses.without(&mark.addresses).is_empty();
        let mut marks: Vec<Mark> = self.marks.iter().filter(stays).cloned().collect();
        marks.push(mark);
        let ranges = marks.iter().map(|mark| mark.addresses.ranges().len()).sum::<usize>();
        (ranges <= MOST_RANGES).then_some(Self { number: self.number + 1, marks })
    }
}

fn key(site: &SiteId) -> Key {
    Key::new(FORGOTTEN, site.as_str())
}

impl App {
    /// What was cleaned up at a site.
    pub(crate) async fn forgotten(&self, site: &SiteId) -> Result<Forgotten, AppError> {
        Ok(self.loaded_forgotten(site).await?.0)
    }

    /// The same, with the item that it was read from.
    pub(crate) async fn loaded_forgotten(
        &self,
        site: &SiteId,
    ) -> Result<(Forgotten, Option<Item>), AppError> {
        let operation = || format!("read what was cleaned up at site {site}");
        let Some(item) = self.table.get(&key(site)).await.during(operation)? else {
            return Ok((Forgotten::default(), None));
        };
        let marks = unpack("list of what was cleaned up", VERSION, &item.value);
        let marks = marks.during(operation)?;
        Ok((Forgotten { number: item.number(LOCK).unwrap_or(0), marks }, Some(item)))
    }

    /// Stores what was cleaned up, unless somebody else did since `known` was read.
    pub(crate) fn forgotten_action(
        site: &SiteId,
        forgotten: &Forgotten,
        known: Option<&Item>,
    ) -> Result<Action, AppError> {
        let bytes = pack(VERSION, &forgotten.marks);
        let bytes = bytes.during(|| format!("store what is cleaned up at site {site}"))?;
        let item = Item::new(key(site), bytes).with(LOCK, forgotten.number);
        Ok(Action::put(item).when(unchanged(known)))
    }
}

/// Whether it can be read.
pub(crate) fn check_forgotten(item: &Item) -> Result<(), StoredError> {
    unpack::<Vec<Mark>>("list of what was cleaned up", VERSION, &item.value).map(drop)
}
