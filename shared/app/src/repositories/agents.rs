//! Agents: who they are, and how they are.

use std::collections::HashMap;

use portdelta_core::UnixTime;
use portdelta_core::escape::escape;
use portdelta_core::ids::SiteId;
use portdelta_protocol::agent::{AgentFacts, Load, Spooled, TaskProgress};
use portdelta_protocol::signature::PublicKey;
use serde::{Deserialize, Serialize};

use super::version::LOCK;
use crate::App;
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key};
use crate::stored::{StoredError, pack, unpack};

const VERSION: u8 = 1;
const PARTITION: &str = "AGENTS";
const SEEN_VERSION: u8 = 1;
const SEEN_PARTITION: &str = "AGENTSEEN";

/// An agent as it was enrolled, and what administrators decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// A UUID.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Whose tasks it gets.
    pub site: SiteId,
    /// The key with which it proves who it is.
    pub key: PublicKey,
    /// What it says about itself; harmless texts of limited length.
    pub facts: AgentFacts,
    /// When it enrolled.
    pub enrolled: UnixTime,
    /// When it was approved; before, it gets nothing.
    pub approved: Option<UnixTime>,
    /// When it was revoked; from then on it gets nothing and nothing is taken from it.
    pub revoked: Option<UnixTime>,
    /// It is left out of lists.
    pub hidden: bool,
    /// Grows with every change, from 1.
    pub version: i64,
}

/// An agent as it is stored. What it says about itself is JSON, so that programs of other versions can say more.
#[derive(Serialize, Deserialize)]
struct StoredAgent {
    id: String,
    name: String,
    site: SiteId,
    key: PublicKey,
    facts: String,
    enrolled: UnixTime,
    approved: Option<UnixTime>,
    revoked: Option<UnixTime>,
    hidden: bool,
    version: i64,
}

/// What an agent last said of its work. Kept apart from the agent and under no lock: it changes all the time, and the
/// latest word counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastSeen {
    /// When it last said anything.
    pub at: UnixTime,
    /// How far its clock is ahead, in seconds.
    pub clock_ahead: i64,
    /// What it works on.
    pub tasks: Vec<TaskProgress>,
    /// What waits in its spool.
    pub spooled: Spooled,
    /// Load of its machine.
    pub load: Load,
    /// It has said that it ends.
    pub leaving: bool,
    /// Why it takes no work; harmless.
    pub paused: Option<String>,
}

impl Agent {
    pub(crate) fn action(&self, condition: Condition) -> Result<Action, StoredError> {
        Ok(Action::put(self.item()?).when(condition))
    }

    pub(crate) fn item(&self) -> Result<Item, StoredError> {
        let stored = StoredAgent {
            id: self.id.clone(),
            name: self.name.clone(),
            site: self.site.clone(),
            key: self.key,
            facts: to_json(&self.facts)?,
            enrolled: self.enrolled,
            approved: self.approved,
            revoked: self.revoked,
            hidden: self.hidden,
            version: self.version,
        };
        Ok(Item::new(key(&self.id), pack(VERSION, &stored)?).with(LOCK, self.version))
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoredError> {
        let stored: StoredAgent = unpack("agent", VERSION, &item.value)?;
        let StoredAgent { id, name, site, key, facts, enrolled, approved, revoked, hidden, version } = stored;
        let facts = from_json("agent", &facts)?;
        Ok(Self { id, name, site, key, facts, enrolled, approved, revoked, hidden, version })
    }
}

fn to_json(value: &impl Serialize) -> Result<String, StoredError> {
    serde_json::to_string(value)
        .map_err(|error| StoredError::Damaged { what: "value", detail: error.to_string() })
}

fn from_json<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, StoredError> {
    serde_json::from_str(text).map_err(|error| StoredError::Damaged { what, detail: error.to_string() })
}

fn key(id: &str) -> Key {
    // An id that no agent can have must not make a bad key.
    Key::new(PARTITION, if id.is_empty() || id.len() > 64 { "-" } else { id })
}

pub(crate) fn no_agent(id: &str) -> AppError {
    AppError::Unknown { what: format!("agent {}", escape(id)) }
}

impl App {
    /// An agent by its id.
    pub async fn agent(&self, id: &str) -> Result<Option<Agent>, AppError> {
        let operation = || format!("read agent {}", escape(id));
        let item = self.table.get(&key(id)).await.during(operation)?;
        item.map(|item| Agent::read(&item).during(operation)).transpose()
    }

    /// All agents with what they last said, in the order in which they enrolled.
    pub(crate) async fn agents_seen(&self) -> Result<Vec<(Agent, Option<LastSeen>)>, AppError> {
        let operation = || "list agents".to_owned();
        let mut seen = HashMap::new();
        for item in self.partition(SEEN_PARTITION).await? {
            seen.insert(item.key.sort.clone(), read_seen(&item).during(operation)?);
        }
        let mut agents = Vec::new();
        for item in self.partition(PARTITION).await? {
            let agent = Agent::read(&item).during(operation)?;
            let last = seen.remove(&agent.id);
            agents.push((agent, last));
        }
        Ok(agents)
    }

    /// What an agent last said.
    pub async fn last_seen(&self, id: &str) -> Result<Option<LastSeen>, AppError> {
        let operation = || format!("read what agent {} last said", escape(id));
        let item = self.table.get(&Key::new(SEEN_PARTITION, key(id).sort)).await.during(operation)?;
        item.map(|item| read_seen(&item).during(operation)).transpose()
    }

    pub(crate) async fn note_seen(&self, id: &str, seen: &LastSeen) -> Result<(), AppError> {
        let operation = || format!("note what agent {id} said");
        let text = to_json(seen).during(operation)?;
        let item = Item::new(Key::new(SEEN_PARTITION, id), pack(SEEN_VERSION, &text).during(operation)?);
        match self.table.transact(vec![Action::put(item)]).await {
            // Another word of the same agent, at the same time: either is the latest.
            Err(crate::ports::TableError::Conflict) => Ok(()),
            other => other.during(operation),
        }
    }

    /// Changes an agent under its lock; `change` may refuse.
    pub(crate) async fn change_agent(
        &self,
        id: &str,
        change: impl Fn(&mut Agent) -> Result<(), AppError>,
    ) -> Result<Agent, AppError> {
        for _ in 0..crate::ingest::MOST_TRIES {
            let mut agent = self.agent(id).await?.ok_or_else(|| no_agent(id))?;
            let before = agent.clone();
            change(&mut agent)?;
            if agent == before {
                return Ok(agent);
            }
            agent.version += 1;
            let operation = || format!("store agent {id}");
            let action = agent.action(Condition::equals(LOCK, before.version)).during(operation)?;
            if self.all_or_nothing(vec![action], operation).await? {
                return Ok(agent);
            }
        }
        Err(AppError::Contended { what: format!("agent {id}"), tries: crate::ingest::MOST_TRIES })
    }
}

fn read_seen(item: &Item) -> Result<LastSeen, StoredError> {
    let text: String = unpack("status of an agent", SEEN_VERSION, &item.value)?;
    from_json("status of an agent", &text)
}
