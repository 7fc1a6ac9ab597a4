//! Things that people name: sites and networks.

use portdelta_core::ids::SiteId;
use portdelta_core::targets::parse_exclusions;
use portdelta_core::{AddressSet, UnixTime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::all_items;
use super::version::{FIRST_VERSION, LOCK, check_seen, unchanged, version_of as version_of_item};
use crate::App;
use crate::check::{invalid_target, line, paragraph, words};
use crate::error::{AppError, During, Invalid};
use crate::ingest::MOST_TRIES;
use crate::places::UNASSIGNED;
use crate::ports::{Action, Condition, Item, Key, Query, TableError};
use crate::stored::{StoredError, pack, unpack, version_of};

const SITE_VERSION: u8 = 2;
const NETWORK_VERSION: u8 = 1;

/// A vantage point: agents that see the network the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created: UnixTime,
    /// Whatever people want to remember.
    pub notes: String,
    /// Runs begin here. What was found at a site that is not active stays.
    pub active: bool,
}

/// A site as version 1 stored it.
#[derive(Deserialize)]
struct SiteV1 {
    id: SiteId,
    name: String,
    created: UnixTime,
}

/// A named set of prefixes that people think of as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Unique.
    pub name: String,
    /// Its addresses; an address belongs to the network with the longest matching prefix.
    pub prefixes: AddressSet,
    /// Who answers for it.
    pub owner: String,
    /// Whatever people want to remember.
    pub notes: String,
    /// Short words to find it by.
    pub labels: Vec<String>,
}

/// A network as people write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkDraft {
    /// Unique; one line of at most 100 characters.
    pub name: String,
    /// Addresses, blocks and ranges as targets are written; of any size.
    pub prefixes: String,
    /// Who answers for it.
    #[serde(default)]
    pub owner: String,
    /// Whatever people want to remember.
    #[serde(default)]
    pub notes: String,
    /// Short words to find it by.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl Site {
    /// A site that is new now.
    #[must_use]
    pub fn new(id: SiteId, name: impl Into<String>, created: UnixTime) -> Self {
        Self { id, name: name.into(), created, notes: String::new(), active: true }
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        if version_of(&item.value) == 1 {
            let SiteV1 { id, name, created } = unpack("site", SITE_VERSION, &item.value)?;
            return Ok(Self::new(id, name, created));
        }
        unpack("site", SITE_VERSION, &item.value)
    }
}

impl NetworkDraft {
    /// The network that this describes.
    pub fn check(&self) -> Result<Network, Invalid> {
        let prefixes =
            parse_exclusions(&self.prefixes).map_err(|mistake| invalid_target("prefixes", &mistake))?;
        if prefixes.is_empty() {
            return Err(Invalid::field(
                "prefixes",
                "no_targets",
                "no prefixes are given",
                "give addresses, blocks or ranges: 192.0.2.0/24",
            ));
        }
        let name = line("name", &self.name)?;
        if name == UNASSIGNED {
            let message = format!("{UNASSIGNED} is what addresses of no network are called");
            return Err(Invalid::field("name", "name_reserved", message, "give it another name"));
        }
        Ok(Network {
            name,
            prefixes,
            owner: if self.owner.trim().is_empty() { String::new() } else { line("owner", &self.owner)? },
            notes: paragraph("notes", &self.notes)?,
            labels: words("labels", &self.labels)?,
        })
    }
}

impl App {
    async fn add_named(
        &self,
        (partition, version): (&str, u8),
        name: &str,
        value: &impl Serialize,
    ) -> Result<(), AppError> {
        let operation = || format!("store {name}");
        let item = Item::new(Key::new(partition, name), pack(version, value).during(operation)?);
        let put = Action::put(item.with(LOCK, FIRST_VERSION)).when(Condition::MustNotExist);
        match self.table.transact(vec![put]).await {
            Err(TableError::ConditionFailed { .. }) => Err(AppError::Exists { what: name.to_owned() }),
            other => other.during(operation),
        }
    }

    /// Stores what a thing is now, unless somebody else did since `known` was read; its version.
    async fn replace_named(
        &self,
        (what, version): (String, u8),
        known: &Item,
        value: &impl Serialize,
    ) -> Result<i64, AppError> {
        let operation = || format!("store {what}");
        let next = version_of_item(Some(known)) + 1;
        let item = Item::new(known.key.clone(), pack(version, value).during(operation)?).with(LOCK, next);
        match self.table.transact(vec![Action::put(item).when(unchanged(Some(known)))]).await {
            Ok(()) => Ok(next),
            Err(TableError::ConditionFailed { .. } | TableError::Conflict) => Err(AppError::Stale { what }),
            Err(error) => Err(error).during(operation),
        }
    }

    async fn all_named<T>(
        &self,
        partition: &'static str,
        read: fn(&Item) -> Result<T, StoredError>,
    ) -> Result<Vec<T>, AppError> {
        let operation = || format!("list {}", partition.to_lowercase());
        let items = all_items(&*self.table, Query::partition(partition), false).await.during(operation)?;
        items.iter().map(|item| read(item).during(operation)).collect()
    }

    /// Makes a site; fails where there is one with this id.
    pub async fn add_site(&self, site: &Site) -> Result<(), AppError> {
        self.add_named(("SITES", SITE_VERSION), site.id.as_str(), site).await
    }

    /// Makes a site of what people give; fails where there is one with this id.
    pub async fn create_site(&self, id: SiteId, name: &str, notes: &str) -> Result<Site, AppError> {
        let name = if name.trim().is_empty() { id.to_string() } else { line("name", name)? };
        let site = Site { notes: paragraph("notes", notes)?, ..Site::new(id, name, self.clock.now()) };
        self.add_site(&site).await?;
        Ok(site)
    }

    /// Changes what people call a site and remember of it, and whether runs begin there; gives its version. Fails with
    /// [`AppError::Stale`] where it is not the one that was `seen`.
    pub async fn edit_site(&self, site: &Site, seen: Option<i64>) -> Result<(Site, i64), AppError> {
        let what = || format!("site {}", site.id);
        let item = self.site_item(&site.id).await?.ok_or_else(|| AppError::Unknown { what: what() })?;
        check_seen(Some(&item), seen, what)?;
        let known = Site::read(&item).during(|| format!("read {}", what()))?;
        let (name, notes) = (line("name", &site.name)?, paragraph("notes", &site.notes)?);
        let site = Site { name, notes, active: site.active, ..known };
        let version = self.replace_named((what(), SITE_VERSION), &item, &site).await?;
        Ok((site, version))
    }

    /// Lets no more runs begin at a site; what was found there stays.
    pub async fn deactivate_site(&self, id: &SiteId) -> Result<Site, AppError> {
        for _ in 0..MOST_TRIES {
            let known = self.versioned_site(id).await?;
            let (known, seen) = known.ok_or_else(|| AppError::Unknown { what: format!("site {id}") })?;
            match self.edit_site(&Site { active: false, ..known }, Some(seen)).await {
                Err(AppError::Stale { .. }) => {}
                other => return other.map(|(site, _)| site),
            }
        }
        Err(AppError::Contended { what: format!("site {id}"), tries: MOST_TRIES })
    }

    async fn site_item(&self, id: &SiteId) -> Result<Option<Item>, AppError> {
        let item = self.table.get(&Key::new("SITES", id.as_str())).await;
        item.during(|| format!("read site {id}"))
    }

    /// A site by its id.
    pub async fn site(&self, id: &SiteId) -> Result<Option<Site>, AppError> {
        Ok(self.versioned_site(id).await?.map(|(site, _)| site))
    }

    /// A site and the version that [`App::edit_site`] wants.
    pub async fn versioned_site(&self, id: &SiteId) -> Result<Option<(Site, i64)>, AppError> {
        let Some(item) = self.site_item(id).await? else { return Ok(None) };
        let site = Site::read(&item).during(|| format!("read site {id}"))?;
        Ok(Some((site, version_of_item(Some(&item)))))
    }

    /// Makes a site unless it is there.
    pub async fn ensure_site(&self, id: &SiteId) -> Result<(), AppError> {
        match self.add_site(&Site::new(id.clone(), id.to_string(), self.clock.now())).await {
            Err(AppError::Exists { .. }) => Ok(()),
            other => other,
        }
    }

    /// All sites by id.
    pub async fn sites(&self) -> Result<Vec<Site>, AppError> {
        self.all_named("SITES", Site::read).await
    }

    /// Makes a network; fails where there is one of this name.
    pub async fn add_network(&self, network: &Network) -> Result<(), AppError> {
        self.add_named(("NETWORKS", NETWORK_VERSION), &network.name, network).await
    }

    /// Stores a network as it is now, and gives its version; fails where there is none of this name, and with
    /// [`AppError::Stale`] where it is not the one that was `seen`.
    pub(crate) async fn replace_network(
        &self,
        network: &Network,
        seen: Option<i64>,
    ) -> Result<i64, AppError> {
        let what = || format!("network {}", network.name);
        let item =
            self.network_item(&network.name).await?.ok_or_else(|| AppError::Unknown { what: what() })?;
        check_seen(Some(&item), seen, what)?;
        self.replace_named((what(), NETWORK_VERSION), &item, network).await
    }

    /// Removes a network; fails where there is none of this name.
    pub(crate) async fn remove_network(&self, name: &str) -> Result<(), AppError> {
        let gone = Action::delete(Key::new("NETWORKS", name)).when(Condition::MustExist);
        match self.table.transact(vec![gone]).await {
            Err(TableError::ConditionFailed { .. }) => {
                Err(AppError::Unknown { what: format!("network {name}") })
            }
            other => other.during(|| format!("remove network {name}")),
        }
    }

    async fn network_item(&self, name: &str) -> Result<Option<Item>, AppError> {
        self.table.get(&Key::new("NETWORKS", name)).await.during(|| format!("read network {name}"))
    }

    /// A network by its name.
    pub async fn network(&self, name: &str) -> Result<Option<Network>, AppError> {
        Ok(self.versioned_network(name).await?.map(|(network, _)| network))
    }

    /// A network and the version that [`App::edit_network`] wants.
    pub async fn versioned_network(&self, name: &str) -> Result<Option<(Network, i64)>, AppError> {
        let Some(item) = self.network_item(name).await? else { return Ok(None) };
        let network = network_of(&item).during(|| format!("read network {name}"))?;
        Ok(Some((network, version_of_item(Some(&item)))))
    }

    /// All networks by name.
    pub async fn networks(&self) -> Result<Vec<Network>, AppError> {
        self.all_named("NETWORKS", network_of).await
    }
}

fn network_of<T: DeserializeOwned>(item: &Item) -> Result<T, StoredError> {
    unpack("network", NETWORK_VERSION, &item.value)
}

/// Whether it can be read.
pub(crate) fn check_network(item: &Item) -> Result<(), StoredError> {
    unpack::<Network>("network", NETWORK_VERSION, &item.value).map(drop)
}

impl Site {
    /// The item of a site.
    pub(crate) fn item(&self) -> Result<Item, AppError> {
        let bytes = pack(SITE_VERSION, self).during(|| format!("store site {}", self.id))?;
        Ok(Item::new(Key::new("SITES", self.id.as_str()), bytes))
    }
}
