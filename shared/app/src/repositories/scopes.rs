//! Scopes, stored once per site under their hash.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use portdelta_core::ids::SiteId;
use portdelta_core::scope::{Scope, ScopeId};

use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, TableError};
use crate::stored::{pack, unpack};

const VERSION: u8 = 1;

/// Scopes that this process knows to be stored; they never change.
#[derive(Default)]
pub(crate) struct ScopeCache(Mutex<HashMap<(SiteId, ScopeId), Arc<Scope>>>);

impl ScopeCache {
    fn get(&self, site: &SiteId, id: ScopeId) -> Option<Arc<Scope>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(site.clone(), id)).cloned()
    }

    fn put(&self, site: &SiteId, id: ScopeId, scope: Arc<Scope>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((site.clone(), id), scope);
    }
}

fn key(site: &SiteId, id: ScopeId) -> Key {
    Key::new(format!("SITE#{site}"), format!("SCOPE#{id}"))
}

impl App {
    /// The scopes with these hashes.
    pub(crate) async fn scopes(
        &self,
        site: &SiteId,
        ids: impl IntoIterator<Item = ScopeId>,
    ) -> Result<HashMap<ScopeId, Arc<Scope>>, AppError> {
        let mut found = HashMap::new();
        for id in ids {
            if found.contains_key(&id) {
                continue;
            }
            if let Some(scope) = self.scope_cache.get(site, id) {
                found.insert(id, scope);
                continue;
            }
            let operation = || format!("read scope {id}");
            let item = self.table.get(&key(site, id)).await.during(operation)?;
            let item = item.ok_or_else(|| AppError::Missing { what: format!("scope {id}") })?;
            let scope: Arc<Scope> = Arc::new(unpack("scope", VERSION, &item.value).during(operation)?);
            self.scope_cache.put(site, id, scope.clone());
            found.insert(id, scope);
        }
        Ok(found)
    }

    /// Stores the scopes that are not known to be stored. Comes before the block that refers to them.
    pub(crate) async fn store_scopes(
        &self,
        site: &SiteId,
        scopes: BTreeMap<ScopeId, Arc<Scope>>,
    ) -> Result<(), AppError> {
        for (id, scope) in scopes {
            if self.scope_cache.get(site, id).is_some() {
                continue;
            }
            let operation = || format!("store scope {id}");
            let item = Item::new(key(site, id), pack(VERSION, &*scope).during(operation)?);
            match self.table.transact(vec![Action::put(item).when(Condition::MustNotExist)]).await {
                Ok(()) | Err(TableError::ConditionFailed { .. }) => {}
                Err(error) => return Err(error).during(operation),
            }
            self.scope_cache.put(site, id, scope);
        }
        Ok(())
    }
}

/// Whether it can be read.
pub(crate) fn check_scope(item: &Item) -> Result<(), crate::stored::StoredError> {
    unpack::<Scope>("scope", VERSION, &item.value).map(drop)
}
