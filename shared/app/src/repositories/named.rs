//! Things that people name: sites and networks.

use portdelta_core::ids::SiteId;
use portdelta_core::targets::parse_exclusions;
use portdelta_core::{AddressSet, UnixTime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::all_items;
use crate::App;
use crate::check::{invalid_target, line, paragraph, words};
use crate::error::{AppError, During, Invalid};
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
    async fn put_named(
        &self,
        (partition, version): (&str, u8),
        name: &str,
        value: &impl Serialize,
        condition: Condition,
    ) -> Result<(), AppError> {
        let operation = || format!("store {name}");
        let item = Item::new(Key::new(partition, name), pack(version, value).during(operation)?);
        let must_exist = condition == Condition::MustExist;
        match self.table.transact(vec![Action::put(item).when(condition)]).await {
            Err(TableError::ConditionFailed { .. }) if must_exist => {
                Err(AppError::Unknown { what: name.to_owned() })
            }
            Err(TableError::ConditionFailed { .. }) => Err(AppError::Exists { what: name.to_owned() }),
            other => other.during(operation),
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
        self.put_named(("SITES", SITE_VERSION), site.id.as_str(), site, Condition::MustNotExist).await
    }

    /// Makes a site of what people give; fails where there is one with this id.
    pub async fn create_site(&self, id: SiteId, name: &str, notes: &str) -> Result<Site, AppError> {
        let name = if name.trim().is_empty() { id.to_string() } else { line("name", name)? };
        let site = Site { notes: paragraph("notes", notes)?, ..Site::new(id, name, self.clock.now()) };
        self.add_site(&site).await?;
        Ok(site)
    }

    /// Changes what people call a site and remember of it, and whether runs begin there.
    pub async fn edit_site(&self, site: &Site) -> Result<Site, AppError> {
        let known = self.site(&site.id).await?;
        let known = known.ok_or_else(|| AppError::Unknown { what: format!("site {}", site.id) })?;
        let (name, notes) = (line("name", &site.name)?, paragraph("notes", &site.notes)?);
        let site = Site { name, notes, active: site.active, ..known };
        self.put_named(("SITES", SITE_VERSION), site.id.as_str(), &site, Condition::MustExist).await?;
        Ok(site)
    }

    /// Lets no more runs begin at a site; what was found there stays.
    pub async fn deactivate_site(&self, id: &SiteId) -> Result<Site, AppError> {
        let known = self.site(id).await?;
        let known = known.ok_or_else(|| AppError::Unknown { what: format!("site {id}") })?;
        self.edit_site(&Site { active: false, ..known }).await
    }

    /// A site by its id.
    pub async fn site(&self, id: &SiteId) -> Result<Option<Site>, AppError> {
        let operation = || format!("read site {id}");
        let item = self.table.get(&Key::new("SITES", id.as_str())).await.during(operation)?;
        item.map(|item| Site::read(&item).during(operation)).transpose()
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
        self.put_named(("NETWORKS", NETWORK_VERSION), &network.name, network, Condition::MustNotExist).await
    }

    /// Stores a network as it is now; fails where there is none of this name.
    pub(crate) async fn replace_network(&self, network: &Network) -> Result<(), AppError> {
        self.put_named(("NETWORKS", NETWORK_VERSION), &network.name, network, Condition::MustExist).await
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

    /// A network by its name.
    pub async fn network(&self, name: &str) -> Result<Option<Network>, AppError> {
        let operation = || format!("read network {name}");
        let item = self.table.get(&Key::new("NETWORKS", name)).await.during(operation)?;
        item.map(|item| network_of(&item).during(operation)).transpose()
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
