//! What people remember of hosts: it belongs to the address at its site, whatever answers there.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portdelta_core::ids::SiteId;
use portdelta_core::{Block, UnixTime};
use serde::{Deserialize, Serialize};

use super::version::{LOCK, at_version};
use super::{all_items, block_key, block_of_key};
use crate::App;
use crate::check::{line, paragraph, words};
use crate::error::{AppError, During};
use crate::ports::table::SortRange;
use crate::ports::{Action, Item, Key, Query, TableError};
use crate::steps::READ_AT_ONCE;
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
/// What people remember of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostNote {
    /// Who answers for it; may be empty.
    pub owner: String,
    /// Whatever people want to remember; may be empty.
    pub notes: String,
    /// Short words to find it by.
    pub labels: Vec<String>,
    /// When it was last changed; `None` where nobody wrote anything.
    pub changed: Option<UnixTime>,
}

/// A host that people remember something of.
pub(crate) struct NotedHost {
    /// Where its note stands among those of its site.
    pub position: String,
    pub address: IpAddr,
    /// When the note was last changed.
    pub changed: Option<UnixTime>,
    pub version: i64,
}

/// The partition of the notes of a site.
pub(crate) fn host_notes_partition(site: &SiteId) -> String {
    format!("HOSTNOTES#{site}")
}

fn key(site: &SiteId, address: IpAddr) -> Key {
    let sort = format!("{}#{:02x}", block_key(Block::of(address)), Block::index_of(address));
    Key::new(host_notes_partition(site), sort)
}

/// The address that the item is about.
fn address_of(sort: &str) -> Option<IpAddr> {
    let (block, index) = sort.split_once('#')?;
    Some(block_of_key(block)?.address(u8::from_str_radix(index, 16).ok()?))
}

impl App {
    /// What people remember of the hosts from one address to another, both included, IPv4 before IPv6. Those of which
    /// nobody wrote anything are absent.
    pub async fn host_notes(
        &self,
        site: &SiteId,
        (first, last): (IpAddr, IpAddr),
    ) -> Result<BTreeMap<IpAddr, HostNote>, AppError> {
        let operation = || format!("read the notes of hosts at {site}");
        let range = SortRange::Between(key(site, first).sort, key(site, last).sort);
        let query = Query::partition(host_notes_partition(site)).range(range);
        let items = all_items(&*self.table, query, false).await.during(operation)?;
        let mut notes = BTreeMap::new();
        for item in &items {
            let damaged = || StoredError::Damaged { what: "note of a host", detail: "its key".to_owned() };
            let address = address_of(&item.key.sort).ok_or_else(damaged).during(operation)?;
            notes.insert(address, read(item).during(operation)?);
        }
        Ok(notes)
    }

    /// A page of the hosts of a site that people remember something of, from one address to another, both included,
    /// behind a position; and the position behind which the next page begins.
    pub(crate) async fn noted_hosts(
        &self,
        site: &SiteId,
        (first, last): (IpAddr, IpAddr),
        behind: Option<&str>,
    ) -> Result<(Vec<NotedHost>, Option<String>), AppError> {
        let operation = || format!("list the notes of hosts at {site}");
        let range = SortRange::Between(key(site, first).sort, key(site, last).sort);
        let query = Query::partition(host_notes_partition(site)).range(range);
        let page = self.table.query(&query.limit(READ_AT_ONCE).behind(behind)).await.during(operation)?;
        let mut hosts = Vec::with_capacity(page.items.len());
        for item in page.items {
            let Some(address) = address_of(&item.key.sort) else { continue };
            let changed = read(&item).during(operation)?.changed;
            let version = item.number(LOCK).unwrap_or(0);
            hosts.push(NotedHost { position: item.key.sort, address, changed, version });
        }
        Ok((hosts, page.next.map(|next| next.key.sort)))
    }

    /// Removes what people remember of a host; `false`, and it stays, where somebody wrote since `version` was read.
    pub(crate) async fn remove_host_note(
        &self,
        site: &SiteId,
        address: IpAddr,
        version: i64,
    ) -> Result<bool, AppError> {
        let gone = Action::delete(key(site, address)).when(at_version(Some(version)));
        match self.table.transact(vec![gone]).await {
            Ok(()) => Ok(true),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Ok(false),
            Err(error) => Err(error).during(|| format!("remove the note of {address}")),
        }
    }

    /// What people remember of a host, and the version that [`App::set_host_note`] wants; empty and 0 where nobody wrote
    /// anything.
    pub async fn host_note(&self, site: &SiteId, address: IpAddr) -> Result<(HostNote, i64), AppError> {
        let operation = || format!("read the note of {address}");
        let Some(item) = self.table.get(&key(site, address)).await.during(operation)? else {
            return Ok((HostNote::default(), 0));
        };
        Ok((read(&item).during(operation)?, item.number(LOCK).unwrap_or(0)))
    }

    /// Replaces what people remember of a host, unless somebody else did since `version` was read. Whether a host ever
    /// answered there does not matter.
    pub async fn set_host_note(
        &self,
        site: &SiteId,
        address: IpAddr,
        note: &HostNote,
        version: i64,
    ) -> Result<(HostNote, i64), AppError> {
        let operation = || format!("store the note of {address}");
        let owner = note.owner.trim();
        let note = HostNote {
            owner: if owner.is_empty() { String::new() } else { line("owner", owner)? },
            notes: paragraph("notes", &note.notes)?,
            labels: words("labels", &note.labels)?,
            changed: Some(self.clock.now()),
        };
        let item = Item::new(key(site, address), pack(VERSION, &note).during(operation)?);
        let unchanged = at_version((version != 0).then_some(version));
        let put = Action::put(item.with(LOCK, version + 1)).when(unchanged);
        match self.table.transact(vec![put]).await {
            Ok(()) => Ok((note, version + 1)),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => {
                Err(AppError::Stale { what: format!("the note of {address}") })
            }
            Err(error) => Err(error).during(operation),
        }
    }
}

fn read(item: &Item) -> Result<HostNote, StoredError> {
    unpack("note of a host", VERSION, &item.value)
}

/// Whether it can be read.
pub(crate) fn check_host_note(item: &Item) -> Result<(), StoredError> {
    read(item).map(drop)
}
