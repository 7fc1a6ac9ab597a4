//! Agents and how they come in.

use portdelta_core::ids::SiteId;
use serde::{Deserialize, Serialize};

use super::Time;
use crate::agent::{AgentFacts, Load, Spooled, TaskProgress};

/// An agent as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    /// A UUID.
    pub id: String,
    /// What its owner called it.
    pub name: String,
    /// Whose tasks it gets.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// How it is.
    pub status: AgentStatus,
    /// It is left out of lists.
    pub hidden: bool,
    /// When it enrolled.
    pub enrolled: Time,
    /// When it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Time>,
    /// When it last said anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Time>,
    /// The first 16 digits of its public key, for comparing with what the agent prints.
    pub key: String,
    /// What it says about itself.
    pub facts: AgentFacts,
    /// How far its clock is ahead of the server's, in seconds; negative where behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead: Option<i64>,
    /// What it works on.
    pub tasks: Vec<TaskProgress>,
    /// What waits in its spool.
    pub spooled: Spooled,
    /// Load of its machine.
    pub load: Load,
}

/// How an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AgentStatus {
    /// Nobody has approved it yet.
    Pending,
    /// It waits for work.
    Online,
    /// It works.
    Scanning,
    /// It has been silent for too long.
    Offline,
    /// It never gets work again, and its results are refused.
    Revoked,
}

impl AgentStatus {
    /// `pending`, `online`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Online => "online",
            Self::Scanning => "scanning",
            Self::Offline => "offline",
            Self::Revoked => "revoked",
        }
    }
}

/// `POST /agents/{agent}/move`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoveAgent {
    /// Whose tasks it gets from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
}

/// `POST /enrolments`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEnrolment {
    /// The site of the agent that will use it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// It can be used for so long, 1 to 43,200 (30 days).
    #[serde(default = "one_day")]
    pub expires_minutes: u32,
}

fn one_day() -> u32 {
    24 * 60
}

/// An enrolment that nobody has used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// Names it in a list; not a secret.
    pub id: String,
    /// The site of the agent that will use it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// When it was made.
    pub created: Time,
    /// After this it is void.
    pub expires: Time,
}

/// The answer to `POST /enrolments`: the only time at which the token is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedEnrolment {
    /// The enrolment.
    #[serde(flatten)]
    pub enrolment: Enrolment,
    /// For `portdelta agent enrol`: `pde_...`. Works once.
    pub token: String,
}
