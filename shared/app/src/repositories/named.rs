//! Things that people name: sites and networks.

use portdelta_core::ids::SiteId;
use portdelta_core::{AddressSet, UnixTime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::all_items;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, Query, TableError};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;

/// A vantage point: agents that see the network the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created: UnixTime,
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

impl App {
    async fn put_named(
        &self,
        partition: &str,
        name: &str,
        value: &impl Serialize,
        condition: Condition,
    ) -> Result<(), AppError> {
        let operation = || format!("store {name}");
        let item = Item::new(Key::new(partition, name), pack(VERSION, value).during(operation)?);
        let must_exist = condition == Condition::MustExist;
        match self.table.transact(vec![Action::put(item).when(condition)]).await {
            Err(TableError::ConditionFailed { .. }) if must_exist => {
                Err(AppError::Unknown { what: name.to_owned() })
            }
            Err(TableError::ConditionFailed { .. }) => Err(AppError::Exists { what: name.to_owned() }),
            other => other.during(operation),
        }
    }

    async fn all_named<T: DeserializeOwned>(&self, partition: &'static str) -> Result<Vec<T>, AppError> {
        let operation = || format!("list {}", partition.to_lowercase());
        let items = all_items(&*self.table, Query::partition(partition), false).await.during(operation)?;
        items.iter().map(|item| unpack("named thing", VERSION, &item.value).during(operation)).collect()
    }

    /// Makes a site; fails where there is one with this id.
    pub async fn add_site(&self, site: &Site) -> Result<(), AppError> {
        self.put_named("SITES", site.id.as_str(), site, Condition::MustNotExist).await
    }

    /// Makes a site unless it is there.
    pub async fn ensure_site(&self, id: &SiteId) -> Result<(), AppError> {
        let site = Site { id: id.clone(), name: id.to_string(), created: self.clock.now() };
        match self.add_site(&site).await {
            Err(AppError::Exists { .. }) => Ok(()),
            other => other,
        }
    }

    /// All sites by id.
    pub async fn sites(&self) -> Result<Vec<Site>, AppError> {
        self.all_named("SITES").await
    }

    /// Makes a network; fails where there is one of this name.
    pub async fn add_network(&self, network: &Network) -> Result<(), AppError> {
        self.put_named("NETWORKS", &network.name, network, Condition::MustNotExist).await
    }

    /// Changes a network; fails where there is none of this name.
    pub async fn edit_network(&self, network: &Network) -> Result<(), AppError> {
        self.put_named("NETWORKS", &network.name, network, Condition::MustExist).await
    }

    /// All networks by name.
    pub async fn networks(&self) -> Result<Vec<Network>, AppError> {
        self.all_named("NETWORKS").await
    }
}
