//! What may be in an export: every kind of item, with the shape of its key and a reader of its value.
//!
//! The same list decides what is written and what is taken, so that a file can't bring in what nobody exports: the key
//! of an agent that was not approved here, a token that was not asked for, a row in somebody else's index.

use std::collections::BTreeSet;

use portdelta_core::escape::escape;
use portdelta_core::ids::SiteId;

use super::error::MoveError;
use crate::ports::{BlobKey, Item};
use crate::repositories::{
    self as stored, Agent, ChannelRecord, Report, ResultRecord, RunRecord, Scan, Token,
};
use crate::stored::StoredError;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// For people and counts, in the plural.
    pub name: &'static str,
    /// Belongs to one site, which nobody else writes while it is moved: another one in its place is a mistake.
    pub strict: bool,
}

const fn of_site(name: &'static str) -> Kind {
    Kind { name, strict: true }
}

const fn of_all(name: &'static str) -> Kind {
    Kind { name, strict: false }
}

/// Which things are wanted.
pub(super) struct Wanted<'a> {
    /// The sites of the export.
    pub sites: &'a BTreeSet<SiteId>,
    /// Tokens are among it.
    pub secrets: bool,
}

enum Wrong {
    Foreign,
    Unreadable(StoredError),
}

impl From<StoredError> for Wrong {
    fn from(error: StoredError) -> Self {
        Self::Unreadable(error)
    }
}

/// The kind of an item; refuses one that no export holds, or that can't be read.
pub(super) fn kind_of(item: &Item, wanted: &Wanted<'_>, frame: u32) -> Result<Kind, MoveError> {
    let what = || escape(&item.key.to_string()).into_owned();
    match known(item, wanted) {
        Ok(kind) => Ok(kind),
        Err(Wrong::Foreign) => Err(MoveError::Foreign { frame, what: what() }),
        Err(Wrong::Unreadable(source)) => Err(MoveError::Unreadable { frame, what: what(), source }),
    }
}

fn known(item: &Item, wanted: &Wanted<'_>) -> Result<Kind, Wrong> {
    let (partition, sort) = (item.key.partition.as_str(), item.key.sort.as_str());
    let (family, name) = partition.split_once('#').unwrap_or((partition, ""));
    let index = item.index.as_ref().map(|index| index.partition.as_str());
    let no_index = |kind: Kind| if index.is_none() { Ok(kind) } else { Err(Wrong::Foreign) };
    let of_known_site = |site: &str| wanted.sites.iter().any(|known| known.as_str() == site);
    let require = |holds: bool| if holds { Ok(()) } else { Err(Wrong::Foreign) };
    match family {
        "SITE" => {
            require(of_known_site(name))?;
            if sort.starts_with("SCOPE#") {
                stored::check_scope(item)?;
                return no_index(of_site("scopes"));
            }
            require(sort.starts_with("HEAD#"))?;
            stored::check_head(item)?;
            no_index(of_site("blocks"))
        }
        "BLK" => {
            let site = name.rsplit_once('#').map_or("", |(site, _)| site);
            require(of_known_site(site))?;
            if sort == "BODY" {
                stored::check_body(item)?;
                return no_index(of_site("bodies"));
            }
            require(sort.starts_with("D#") || sort.starts_with("W#"))?;
            stored::check_batch(item)?;
            require(index.is_some_and(|index| index.starts_with("RUN#")))?;
            Ok(of_site("delta batches"))
        }
        "RESULT" => {
            require(of_known_site(name))?;
            require(ResultRecord::read(item)?.site.as_str() == name)?;
            no_index(of_site("results"))
        }
        "RESULTPART" => {
            let site = wanted.sites.iter().find(|known| known.as_str() == name).ok_or(Wrong::Foreign)?;
            require(stored::check_result_part(item, site)?)?;
            no_index(of_site("parts of results"))
        }
        "RUN" => of_run(item, wanted),
        "SCAN" => {
            if sort.starts_with("NOTE#") {
                stored::check_note(item)?;
            } else if sort.starts_with("ACTIVE#") {
                stored::check_slot(item)?;
            } else {
                let points = sort.starts_with("RUN#") || sort.starts_with("ENDED#");
                require(points && item.value.is_empty())?;
            }
            no_index(of_all("notes of scans"))
        }
        "ALERT" => {
            let alert = stored::check_alert(item)?;
            require(sort == alert && name.len() == 1 && alert.starts_with(name))?;
            require(index.is_none_or(|index| matches!(index, "ALERTS#live" | "ALERTS#past")))?;
            Ok(of_all("alerts"))
        }
        "SENT" => {
            stored::check_delivery(item)?;
            require(index.is_none_or(|index| index == "DELIVERIES#pending"))?;
            Ok(of_all("deliveries"))
        }
        "BUNDLE" => {
            if sort.starts_with("N#") {
                stored::check_notice(item)?;
            } else {
                require(matches!(sort, "OPEN" | "CLOSED") && item.value.is_empty())?;
            }
            require(index.is_none_or(|index| index == "BUNDLES#open"))?;
            Ok(of_all("notices"))
        }
        "DAYS" => {
            require(of_known_site(name) && stored::is_day(item))?;
            no_index(of_all("days"))
        }
        "HOSTNOTES" => {
            require(of_known_site(name))?;
            stored::check_host_note(item)?;
            no_index(of_all("notes of hosts"))
        }
        "NETRUNS" => {
            let (site, network) = stored::check_network_run(item)?;
            require(wanted.sites.contains(&site) && name == format!("{site}#{network}"))?;
            no_index(of_all("histories of networks"))
        }
        _ => alone(item, wanted),
    }
}

fn of_run(item: &Item, wanted: &Wanted<'_>) -> Result<Kind, Wrong> {
    let require = |holds: bool| if holds { Ok(()) } else { Err(Wrong::Foreign) };
    let sort = item.key.sort.as_str();
    let kind = match sort.split_once('#').map_or(sort, |(family, _)| family) {
        "RUN" => {
            let run = RunRecord::read(item)?;
            require(wanted.sites.contains(&run.site))?;
            let place = item.index.as_ref().map(|index| index.partition.clone());
            require(place == Some(format!("RUNS#{}", run.site)))?;
            return Ok(of_all("runs"));
        }
        "REPORT" => {
            let report = Report::read(item)?;
            require(wanted.sites.contains(&report.site))?;
            require(item.index.as_ref().is_some_and(|index| index.partition == "REPORTS"))?;
            return Ok(of_all("reports"));
        }
        "PLAN" => {
            stored::check_plan(item)?;
            of_all("plans")
        }
        "TASK" | "LATE" => {
            stored::check_mark(item)?;
            of_all("tasks")
        }
        "LENT" => {
            stored::check_lent(item)?;
            of_all("tasks")
        }
        "REFUSED" => {
            stored::check_task_refusal(item)?;
            of_all("tasks")
        }
        "COUNT" | "PUTOFF" => {
            require(item.value.is_empty())?;
            of_all("tasks")
        }
        _ => return Err(Wrong::Foreign),
    };
    require(item.index.is_none())?;
    Ok(kind)
}

/// Kinds whose partition has one name.
fn alone(item: &Item, wanted: &Wanted<'_>) -> Result<Kind, Wrong> {
    let require = |holds: bool| if holds { Ok(()) } else { Err(Wrong::Foreign) };
    let sort = item.key.sort.as_str();
    let kind = match item.key.partition.as_str() {
        "NETWORKS" => {
            stored::check_network(item)?;
            of_all("networks")
        }
        stored::EXPECTATIONS => {
            require(stored::check_expectation(item)? == sort)?;
            of_all("expectations")
        }
        stored::CARDS => {
            if sort.contains('#') {
                let (site, network) = stored::check_network_run(item)?;
                require(wanted.sites.contains(&site) && sort == format!("{site}#{network}"))?;
            } else {
                require(wanted.sites.iter().any(|site| site.as_str() == sort) && item.value.is_empty())?;
            }
            of_all("histories of networks")
        }
        "WATCHED" => {
            require(sort == "RULES")?;
            stored::check_watched_ports(item)?;
            of_all("lists of watched ports")
        }
        "RETENTION" => {
            require(sort == "SETTING")?;
            stored::check_retention(item)?;
            of_all("settings")
        }
        stored::FORGOTTEN => {
            require(wanted.sites.iter().any(|site| site.as_str() == sort))?;
            stored::check_forgotten(item)?;
            of_site("marks of clean-ups")
        }
        stored::CLEAN_UPS => {
            require(wanted.sites.contains(&stored::check_clean_up(item)?))?;
            of_all("clean-ups")
        }
        "AGENTS" => {
            let agent = Agent::read(item)?;
            // Their keys must not open anything here.
            require(agent.id == sort && agent.revoked.is_some() && agent.hidden)?;
            of_all("agents of the past")
        }
        "CHANNELS" if sort.starts_with("STATUS#") => {
            stored::check_channel_status(item)?;
            of_all("channels")
        }
        "CHANNELS" => {
            let channel = ChannelRecord::read(item)?;
            require(sort == format!("CHANNEL#{}", channel.id))?;
            of_all("channels")
        }
        "REFUSED" => {
            stored::check_refused_upload(item)?;
            let place = item.index.as_ref().map(|index| index.partition.as_str());
            require(place == Some("REFUSED"))?;
            return Ok(of_all("refused uploads"));
        }
        "TOKENS" => {
            require(wanted.secrets)?;
            require(Token::read(item)?.id == sort)?;
            of_all("tokens")
        }
        "OPEN" | "UNTOLD" => {
            require(item.value.is_empty())?;
            of_all("runs to be ended or told of")
        }
        "SCANS" => {
            require(Scan::read(item)?.id == sort)?;
            of_all("scans")
        }
        _ => return Err(Wrong::Foreign),
    };
    require(item.index.is_none())?;
    Ok(kind)
}

/// Whether an export may hold a blob of this name.
pub(super) fn is_blob_of_export(key: &BlobKey, wanted: &Wanted<'_>) -> bool {
    let Some((folder, rest)) = key.as_str().split_once('/') else { return false };
    match folder {
        "bodies" | "batches" | "plans" | "deliveries" => content_hash(key).is_some(),
        "results" => rest
            .split_once('/')
            .is_some_and(|(site, _)| wanted.sites.iter().any(|known| known.as_str() == site)),
        "refused" => true,
        _ => false,
    }
}

/// The hash that the content of a blob has, where its name says so.
pub(super) fn content_hash(key: &BlobKey) -> Option<[u8; 32]> {
    let (folder, name) = key.as_str().split_once('/')?;
    if !matches!(folder, "bodies" | "batches" | "plans" | "deliveries") {
        return None;
    }
    data_encoding::HEXLOWER.decode(name.as_bytes()).ok()?.try_into().ok()
}

/// The name of the blob that an item's value is in.
pub(super) fn blob_of(item: &Item) -> Option<&str> {
    item.text(stored::BLOB)
}
