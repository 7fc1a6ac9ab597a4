//! Agents as administrators see and decide about them, and what agents say.

use std::collections::BTreeMap;

use portdelta_core::UnixTime;
use portdelta_core::escape::escape_within;
use portdelta_core::ids::{RunId, SiteId};
use portdelta_protocol::PROTOCOL;
use portdelta_protocol::admin::AgentStatus;
use portdelta_protocol::agent::{Access, AskAccess, Lent, Standing, Status, StatusAnswer, TaskProgress};
use portdelta_protocol::signature::{CLOCK_TOLERANCE_SECONDS, access_message};

use crate::enrol::{check_protocol, harmless};
use crate::error::{AppError, During};
use crate::ports::{Action, Condition, Item, Key, LentAccess};
use crate::repositories::{Agent, LastSeen, no_agent};
use crate::{App, Service};

/// Agents report so often, in seconds.
pub const STATUS_SECONDS: u32 = 30;

/// Agents that wait for their approval ask so often, in seconds.
const ASK_AGAIN_SECONDS: u32 = 3;

/// An agent that said nothing for so long is offline, in seconds.
const OFFLINE_AFTER: i64 = 4 * STATUS_SECONDS as i64;

/// An agent that said nothing for so long is worth an alert, in seconds.
const SILENT_AFTER: i64 = 600;

/// Most tasks of one report that are kept.
const MOST_TASKS: usize = 64;

/// The longest name of a phase, in characters.
const MAX_PHASE: usize = 60;

/// The longest reason for taking no work, in characters.
const MAX_PAUSED: usize = 300;

/// An agent with what it last said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    /// The agent.
    pub agent: Agent,
    /// How it is now.
    pub status: AgentStatus,
    /// What it last said; `None` where it never said anything.
    pub seen: Option<LastSeen>,
}

/// Which agents to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentFilter {
    /// Of this site only.
    pub site: Option<SiteId>,
    /// Hidden ones too.
    pub hidden: bool,
}

/// An agent that should work and says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentAgent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its site.
    pub site: SiteId,
    /// When it last said anything, or was approved.
    pub since: UnixTime,
}

/// How an agent is, from what is known of it.
#[must_use]
pub fn status_of(agent: &Agent, seen: Option<&LastSeen>, now: UnixTime) -> AgentStatus {
    if agent.revoked.is_some() {
        return AgentStatus::Revoked;
    }
    if agent.approved.is_none() {
        return AgentStatus::Pending;
    }
    match seen {
        Some(seen) if !seen.leaving && now.since(seen.at) < OFFLINE_AFTER => {
            if seen.tasks.is_empty() {
                AgentStatus::Online
            } else {
                AgentStatus::Scanning
            }
        }
        _ => AgentStatus::Offline,
    }
}

/// Whether an agent has been silent for too long, and since when. One that nobody approved, or that was revoked or
/// hidden, owes nothing.
fn silent_since(agent: &Agent, seen: Option<&LastSeen>, now: UnixTime) -> Option<UnixTime> {
    let approved = agent.approved.filter(|_| agent.revoked.is_none() && !agent.hidden)?;
    let since = seen.map_or(approved, |seen| seen.at.max(approved));
    (now.since(since) >= SILENT_AFTER).then_some(since)
}

impl App {
    /// Agents in the order in which they enrolled.
    pub async fn agents(&self, filter: &AgentFilter) -> Result<Vec<AgentView>, AppError> {
        let now = self.now();
        let all = self.agents_seen().await?.into_iter();
        let wanted = all.filter(|(agent, _)| {
            (filter.hidden || !agent.hidden) && filter.site.as_ref().is_none_or(|site| *site == agent.site)
        });
        let view = |(agent, seen): (Agent, Option<LastSeen>)| {
            let status = status_of(&agent, seen.as_ref(), now);
            AgentView { agent, status, seen }
        };
        Ok(wanted.map(view).collect())
    }

    /// An agent with what it last said.
    pub async fn agent_view(&self, id: &str) -> Result<Option<AgentView>, AppError> {
        let Some(agent) = self.agent(id).await? else { return Ok(None) };
        let seen = self.last_seen(id).await?;
        let status = status_of(&agent, seen.as_ref(), self.now());
        Ok(Some(AgentView { agent, status, seen }))
    }

    /// Lets an agent work. One that was revoked stays so: it enrols again.
    pub async fn approve_agent(&self, id: &str) -> Result<Agent, AppError> {
        let now = self.now();
        self.change_agent(id, |agent| {
            if agent.revoked.is_some() {
                return Err(AppError::Refused {
                    code: "agent.revoked",
                    message: format!("agent {} was revoked", agent.name),
                    hint: "Let it enrol again with a new token.",
                });
            }
            agent.approved.get_or_insert(now);
            Ok(())
        })
        .await
    }

    /// Shuts an agent out at once and for good: what it was lent is void, and nothing is taken from it.
    pub async fn revoke_agent(&self, id: &str) -> Result<Agent, AppError> {
        let now = self.now();
        self.change_agent(id, |agent| {
            agent.revoked.get_or_insert(now);
            Ok(())
        })
        .await
    }

    /// Leaves an agent out of lists, or shows it again. It works on.
    pub async fn hide_agent(&self, id: &str, hidden: bool) -> Result<Agent, AppError> {
        self.change_agent(id, |agent| {
            agent.hidden = hidden;
            Ok(())
        })
        .await
    }

    /// Lets an agent work for another site, as soon as it has asked for access again.
    pub async fn move_agent(&self, id: &str, site: &SiteId) -> Result<Agent, AppError> {
        self.active_site(site).await?;
        self.change_agent(id, |agent| {
            agent.site = site.clone();
            Ok(())
        })
        .await
    }

    /// Agents that should work and have said nothing for ten minutes.
    pub async fn silent_agents(&self, now: UnixTime) -> Result<Vec<SilentAgent>, AppError> {
        let all = self.agents_seen().await?.into_iter();
        let silent = all.filter_map(|(agent, seen)| {
            let since = silent_since(&agent, seen.as_ref(), now)?;
            Some(SilentAgent { id: agent.id, name: agent.name, site: agent.site, since })
        });
        Ok(silent.collect())
    }

    /// Takes in what an agent says of its work; tells which of its runs nobody wants any more.
    pub async fn note_status(&self, id: &str, status: &Status) -> Result<StatusAnswer, AppError> {
        let now = self.now();
        let task = |task: &TaskProgress| TaskProgress {
            percent: task.percent.min(100),
            phase: escape_within(&task.phase, MAX_PHASE).to_string(),
            ..task.clone()
        };
        let seen = LastSeen {
            at: now,
            clock_ahead: ahead(status.at, now),
            tasks: status.tasks.iter().take(MOST_TASKS).map(task).collect(),
            spooled: status.spooled,
            load: status.load,
            leaving: status.leaving,
            paused: status.paused.as_deref().map(|text| escape_within(text, MAX_PAUSED).to_string()),
        };
        self.note_seen(id, &seen).await?;
        let mut runs: Vec<&RunId> = seen.tasks.iter().map(|task| &task.run).collect();
        runs.sort();
        runs.dedup();
        let mut cancelled = Vec::new();
        for run in runs {
            let wanted = self.scan_run(run).await?.is_some_and(|run| run.machine.is_open());
            if !wanted {
                cancelled.push(run.clone());
            }
        }
        Ok(StatusAnswer { server_time: now.seconds(), cancelled })
    }

    /// Takes a signature's random number; `false` where it was there before.
    async fn use_nonce(&self, ask: &AskAccess, now: UnixTime) -> Result<bool, AppError> {
        let key = Key::new(format!("NONCE#{}", ask.agent), ask.nonce.as_str());
        // Longer than any clock that would be accepted with it.
        let until = now.shifted(2 * CLOCK_TOLERANCE_SECONDS + 60);
        let once = Action::put(Item::new(key, Vec::new()).expiring(until)).when(Condition::MustNotExist);
        match self.table.transact(vec![once]).await {
            Err(crate::ports::TableError::ConditionFailed { .. }) => Ok(false),
            other => other.during(|| "note a signature".to_owned()).map(|()| true),
        }
    }
}

impl Service {
    /// Lends access to an agent that proves who it is. `server_name` is what agents sign: the server's address.
    pub async fn grant_access(&self, ask: &AskAccess, server_name: &str) -> Result<Access, AppError> {
        check_protocol(ask.protocol)?;
        let app = self.app();
        let now = app.now();
        let unproven = || AppError::Refused {
            code: "agent.signature",
            message: "the signature is not that of an agent of this server".to_owned(),
            hint: "Let the agent enrol, and reach the server by the address of its token.",
        };
        let random = ask.nonce.len() == 32 && ask.nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
        let agent = app.agent(&ask.agent).await?.filter(|_| random).ok_or_else(unproven)?;
        let message = access_message(&ask.agent, ask.at, &ask.nonce, server_name);
        if !agent.key.verifies(&message, &ask.signature) {
            return Err(unproven());
        }
        let off = ahead(ask.at, now);
        if off.abs() > CLOCK_TOLERANCE_SECONDS {
            return Err(AppError::Refused {
                code: "agent.clock",
                message: format!(
                    "the agent's clock is {} s {}",
                    off.abs(),
                    if off > 0 { "ahead" } else { "behind" }
                ),
                hint: "Set the clock of the agent's machine, or of the server's.",
            });
        }
        if !app.use_nonce(ask, now).await? {
            return Err(AppError::Refused {
                code: "agent.nonce_used",
                message: "this signature was used before".to_owned(),
                hint: "Sign anew, with another random number.",
            });
        }
        let agent = self.hear(ask, agent, now, off).await?;
        let standing = match (agent.revoked, agent.approved) {
            (Some(_), _) => Standing::Revoked,
            (None, None) => Standing::Pending,
            (None, Some(_)) => Standing::Approved,
        };
        let lent = match standing {
            Standing::Approved => Some(self.lend(&agent).await?),
            Standing::Pending | Standing::Revoked => None,
        };
        Ok(Access {
            standing,
            lent,
            site: agent.site,
            server_time: now.seconds(),
            ask_again_seconds: ASK_AGAIN_SECONDS,
            status_seconds: STATUS_SECONDS,
            // Whoever answers knows what an answer costs.
            busy_status_seconds: None,
            protocol: PROTOCOL,
        })
    }

    /// Remembers what the agent says about itself, and that it said something.
    async fn hear(&self, ask: &AskAccess, agent: Agent, now: UnixTime, off: i64) -> Result<Agent, AppError> {
        let app = self.app();
        if agent.revoked.is_some() {
            return Ok(agent);
        }
        let seen = app.last_seen(&agent.id).await?.unwrap_or_default();
        app.note_seen(&agent.id, &LastSeen { at: now, clock_ahead: off, leaving: false, ..seen }).await?;
        let facts = harmless(&ask.facts);
        app.change_agent(&agent.id, |agent| {
            agent.facts = facts.clone();
            Ok(())
        })
        .await
    }

    async fn lend(&self, agent: &Agent) -> Result<Lent, AppError> {
        let lent = self.credentials().lend(&agent.id, &agent.site).await;
        match lent.map_err(|source| AppError::Credentials { source })? {
            LentAccess::Token { token, expires } => Ok(Lent::Http { token, expires: expires.seconds() }),
            LentAccess::Cloud(cloud) => Ok(Lent::Cloud(cloud)),
        }
    }
}

/// How far a clock is ahead; a number that no clock shows is as far off as can be.
fn ahead(at: i64, now: UnixTime) -> i64 {
    at.saturating_sub(now.seconds())
}

impl AgentView {
    /// Whether it could work on a task now.
    #[must_use]
    pub fn is_able(&self) -> bool {
        matches!(self.status, AgentStatus::Online | AgentStatus::Scanning)
    }
}

impl App {
    /// How many agents could work on tasks of each site now; sites without any are left out.
    pub async fn able_agents_by_site(&self) -> Result<BTreeMap<SiteId, u64>, AppError> {
        let all = self.agents(&AgentFilter { site: None, hidden: true }).await?;
        let mut counts = BTreeMap::new();
        for view in all.into_iter().filter(AgentView::is_able) {
            *counts.entry(view.agent.site).or_default() += 1;
        }
        Ok(counts)
    }

    /// The agents that could work on tasks of a site now, as (id, name).
    pub(crate) async fn able_agents(&self, site: &SiteId) -> Result<Vec<(String, String)>, AppError> {
        let filter = AgentFilter { site: Some(site.clone()), hidden: true };
        let able = self.agents(&filter).await?.into_iter().filter(AgentView::is_able);
        Ok(able.map(|view| (view.agent.id, view.agent.name)).collect())
    }

    /// Why nothing of this agent is applied; `None` where it is. Whether it ever was lent the task is asked elsewhere.
    pub(crate) async fn agent_refusal(&self, id: &str) -> Result<Option<(&'static str, String)>, AppError> {
        let revoked = self.agent(id).await?.filter(|agent| agent.revoked.is_some());
        Ok(revoked.map(|agent| ("upload.agent_revoked", format!("agent {} was revoked", agent.name))))
    }

    /// An agent that must be there.
    pub async fn known_agent(&self, id: &str) -> Result<AgentView, AppError> {
        self.agent_view(id).await?.ok_or_else(|| no_agent(id))
    }
}
