//! What changed at an address.

use std::net::IpAddr;
use std::num::NonZeroUsize;

use portdelta_core::delta::{Delta, Kind};
use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::{Block, Port, UnixTime};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::AppError;
use crate::ports::Cursor;

/// How many batches are read at once.
const BATCHES: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

/// How many stretches of batches one page looks through.
const MOST_STRETCHES: usize = 64;

/// One change in the history of an address.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// The change, or first look.
    pub delta: Delta,
    /// The run that made it.
    pub run: RunId,
    /// It came late: a later result had been applied before.
    pub late: bool,
}

/// Which changes of an address are wanted; everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// Only of this port.
    pub port: Option<Port>,
    /// Only of these kinds; of all where there are none.
    pub kinds: Vec<Kind>,
    /// Only what was seen since then.
    pub since: Option<UnixTime>,
    /// Only what was seen until then.
    pub until: Option<UnixTime>,
    /// Without what was seen for the first time, which is no change.
    pub without_first_looks: bool,
}

/// A place in the history of an address: so many of the changes of the batch behind the cursor were given. Batches that
/// come meanwhile move nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPlace {
    after: Option<Cursor>,
    given: usize,
}

impl HistoryFilter {
    fn takes(&self, delta: &Delta) -> bool {
        self.port.is_none_or(|port| delta.port == Some(port))
            && (self.kinds.is_empty() || self.kinds.contains(&delta.kind))
            && !(self.without_first_looks && delta.first_look)
            && self.since.is_none_or(|since| delta.time >= since)
            && self.until.is_none_or(|until| delta.time <= until)
    }
}

impl App {
    /// At most `limit` changes and first looks of an address, newest first, from a place on; gives the place to go on
    /// from, `None` at the end. A page may have fewer of them, even none, while there are more: changes of a block of
    /// 256 addresses are stored together, and one page reads at most 1,024 results that changed something there.
    pub async fn history_page(
        &self,
        site: &SiteId,
        address: IpAddr,
        filter: &HistoryFilter,
        mut place: HistoryPlace,
        limit: usize,
    ) -> Result<(Vec<HistoryEntry>, Option<HistoryPlace>), AppError> {
        let block = Block::of(address);
        let times = (filter.since, filter.until);
        let mut entries = Vec::new();
        for _ in 0..MOST_STRETCHES {
            let page = self.newest_batches(site, block, times, BATCHES, place.after.clone()).await?;
            for batch in page.batches {
                let end = batch.end_in_block();
                let (run, late) = (batch.run, batch.late);
                let here = batch.deltas.into_iter();
                let here: Vec<_> =
                    here.filter(|delta| delta.address == address && filter.takes(delta)).collect();
                let (count, room) = (here.len(), limit - entries.len());
                let here = here.into_iter().skip(place.given).take(room);
                entries.extend(here.map(|delta| HistoryEntry { delta, run: run.clone(), late }));
                if place.given.saturating_add(room) < count {
                    place.given += room;
                    return Ok((entries, Some(place)));
                }
                place = HistoryPlace { after: Some(end), given: 0 };
            }
            let Some(after) = page.next else { return Ok((entries, None)) };
            place = HistoryPlace { after: Some(after), given: 0 };
            if entries.len() == limit {
                break;
            }
        }
        Ok((entries, Some(place)))
    }

    /// All changes and first looks of an address that are wanted, newest first.
    pub async fn history(
        &self,
        site: &SiteId,
        address: IpAddr,
        filter: &HistoryFilter,
    ) -> Result<Vec<HistoryEntry>, AppError> {
        let (mut entries, mut place) = (Vec::new(), Some(HistoryPlace::default()));
        while let Some(here) = place {
            let (more, next) = self.history_page(site, address, filter, here, usize::MAX).await?;
            entries.extend(more);
            place = next;
        }
        Ok(entries)
    }
}
