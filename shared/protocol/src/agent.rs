//! What an agent and its server say to each other, in the order in which it happens.
//!
//! | request | body | answer | |
//! |---|---|---|---|
//! | `POST /agent/enrol` | [`Enrol`] | [`Enrolled`] | once, with the one-time token |
//! | `POST /agent/access` | [`AskAccess`] | [`Access`] | signed; until approved it is [`Standing::Pending`] |
//! | `POST /agent/tasks/receive` | [`Receive`] | [`Received`] | waits for work |
//! | `POST /agent/tasks/begin` | [`Begin`] | [`Begun`] | before the scan |
//! | `POST /agent/tasks/extend` | [`Extend`] | 204, or 410 when the lease was lost | while it scans |
//! | `PUT /agent/results/{run}/{task}/{name}` | an [upload](crate::upload) | 201, or 200 when it was there | |
//! | `POST /agent/tasks/acknowledge` | [`Acknowledge`] | 204 | after the upload, never before |
//! | `POST /agent/tasks/release` | [`Release`] | 204 | hands work back |
//! | `POST /agent/tasks/refuse` | [`Refuse`] | 204 | the owner's limits forbid it; then `release` |
//! | `POST /agent/status` | [`Status`] | [`StatusAnswer`] | every [`Access::status_seconds`], oftener at work |
//!
//! All but the first two carry `Authorization: Bearer <token>` with the token that was [lent](Lent). Receipts belong to
//! one delivery of one message: after the lease has run out they are void, and the task comes to somebody else.
//!
//! With [`Lent::Cloud`] tasks come from a queue and results go into a bucket of the server's cloud: `receive`, `extend`,
//! `results`, `acknowledge` and `release` are then calls of these services, all others stay as they are.
//!
//! How agents take other answers, all with a [`Problem`](crate::problem::Problem):
//!
//! | status | where | what the agent does |
//! |---|---|---|
//! | 401; 403 with no code, `token.…` or `agent.…` | with a token | asks for access again, and then tries again |
//! | 4xx | `access` | tries again later; where the answer's `Date` is minutes off its clock, at once with that time |
//! | 410 | `extend`, `acknowledge`, `release` | the lease is lost: goes on, as a result that comes twice counts once |
//! | 408, 425, 429, 5xx | any | tries again, later each time |
//! | 426 or code `protocol.agent_too_old` | `enrol`, `access` | ends: it must be updated |
//! | code `upload.damaged` | upload | sends it again |
//! | other 4xx | upload | throws the result away and acknowledges: it will never be taken |
//! | other 4xx | `begin` | hands the task back |

use portdelta_core::ids::{RunId, SiteId};
use portdelta_core::nmap_options::NmapOptions;
use serde::{Deserialize, Serialize};

use crate::signature::{PublicKey, Signature};

/// `POST /agent/enrol`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrol {
    /// The secret part of the [enrolment token](crate::enrolment::EnrolmentToken).
    pub secret: String,
    /// What the agent is to be called; 1 to 64 characters.
    pub name: String,
    /// The key that it made for itself.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub public_key: PublicKey,
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// What it says about itself.
    pub facts: AgentFacts,
}

/// The answer to [`Enrol`]; the same key with the same secret gets the same answer again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    /// Its id from now on: a UUID.
    pub agent: String,
    /// The site whose tasks it will get.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// What the server speaks.
    pub protocol: u32,
}

/// What an agent says about itself. Nothing of this is ever called back or trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AgentFacts {
    /// Version of Portdelta.
    pub version: String,
    /// Version of nmap; none where there is no nmap.
    pub nmap_version: Option<String>,
    /// Host name.
    pub host_name: String,
    /// MAC addresses of its interfaces, `00:00:5e:00:53:01`.
    pub macs: Vec<String>,
    /// Addresses of its interfaces.
    pub addresses: Vec<String>,
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// What its owner allows, in words: `10.0.0.0/8 except 10.9.0.0/16; ports all; at most 500 packets a second`.
    pub limits: String,
    /// The ranges that its owner allows, as targets; empty for all.
    pub allowed: String,
    /// It may send raw packets.
    pub privileged: bool,
    /// How many tasks it works on at once.
    pub concurrency: u32,
}

/// `POST /agent/access`: who am I, and what may I use?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskAccess {
    /// Its id.
    pub agent: String,
    /// Its clock; a signature is refused when it is more than five minutes off.
    pub at: i64,
    /// Random, never the same twice: 16 bytes in hexadecimal digits.
    pub nonce: String,
    /// Of [`signature::access_message`](crate::signature::access_message).
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub signature: Signature,
    /// The version of the protocol that it speaks.
    pub protocol: u32,
    /// What it says about itself now.
    pub facts: AgentFacts,
}

/// The answer to [`AskAccess`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Access {
    /// Whether it gets work.
    pub standing: Standing,
    /// What it works with; only while [`Standing::Approved`].
    pub lent: Option<Lent>,
    /// Its site; may change when an administrator moves it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// The server's clock, from which the agent knows how far its own is off.
    pub server_time: i64,
    /// How long to wait before asking again while pending.
    pub ask_again_seconds: u32,
    /// How often to report the status.
    pub status_seconds: u32,
    /// How often while it works on something, where that is oftener: so soon it hears that its work is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_status_seconds: Option<u32>,
    /// What the server speaks.
    pub protocol: u32,
}

/// Whether an agent gets work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Nobody has approved it yet.
    Pending,
    /// It gets work.
    Approved,
    /// Never again; what it sends is kept and not applied.
    Revoked,
}

/// Narrow, short-lived access.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Lent {
    /// Everything goes over the server's own endpoints.
    Http {
        /// For `Authorization: Bearer`.
        token: String,
        /// When it ends. Ask for the next one before.
        expires: i64,
    },
    /// Tasks and results go over a queue and a bucket, the rest over the server's own endpoints.
    Cloud(Box<CloudAccess>),
}

impl Lent {
    /// For `Authorization: Bearer`.
    #[must_use]
    pub fn token(&self) -> &str {
        match self {
            Self::Http { token, .. } => token,
            Self::Cloud(cloud) => &cloud.token,
        }
    }

    /// When it ends.
    #[must_use]
    pub fn expires(&self) -> i64 {
        match self {
            Self::Http { expires, .. } => *expires,
            Self::Cloud(cloud) => cloud.expires,
        }
    }
}

/// A queue of SQS and a folder of an S3 bucket, with keys that open nothing else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CloudAccess {
    /// For `Authorization: Bearer` at the server's own endpoints.
    pub token: String,
    /// When the first of token and keys ends. Ask for the next ones before.
    pub expires: i64,
    /// The region of queue and bucket: `eu-central-1`.
    pub region: String,
    /// Where the services are, if not at AWS itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The address of the queue with the site's tasks.
    pub queue: String,
    /// The bucket for results.
    pub bucket: String,
    /// Keys of results begin with this, and go on with `<run>/<task>/<name>`; ends with a slash. They are created with
    /// `If-None-Match: *`, and refused without.
    pub folder: String,
    /// The id of the key.
    pub access_key: String,
    /// The key.
    pub secret_key: String,
    /// Goes with the key.
    pub session_token: String,
}

/// Without the secrets.
impl std::fmt::Debug for CloudAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudAccess")
            .field("expires", &self.expires)
            .field("queue", &self.queue)
            .field("bucket", &self.bucket)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Lent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http { expires, .. } => {
                f.debug_struct("Http").field("expires", expires).finish_non_exhaustive()
            }
            Self::Cloud(cloud) => f.debug_tuple("Cloud").field(cloud).finish(),
        }
    }
}

/// `POST /agent/tasks/receive`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receive {
    /// At most so many, 1 to 10.
    pub max: u32,
    /// Wait so long for the first, 0 to 20 seconds.
    pub wait_seconds: u32,
}

/// The answer to [`Receive`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Received {
    /// Work; may be none.
    pub tasks: Vec<DeliveredTask>,
}

/// A task with the receipt of this delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveredTask {
    /// Names this delivery in [`Extend`], [`Acknowledge`] and [`Release`].
    pub receipt: String,
    /// How often this message was delivered, this time included.
    pub attempt: u32,
    /// When others may get it, unless the lease is extended.
    pub lease_seconds: u32,
    /// What to do.
    pub task: Task,
}

/// One piece of a run: a set of addresses × a set of ports. The body of a queued message, at most 256 KB of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// Its run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// Its number in the run, from 0.
    pub number: u32,
    /// The site it is for.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub site: SiteId,
    /// What it belongs to, for people: the name of the scan.
    pub scan: String,
    /// Addresses as nmap takes them, none of them excluded ones: `192.0.2.0/25 192.0.2.130`. Never empty.
    pub targets: Vec<String>,
    /// Ports as [`PortSpec`](portdelta_core::port_spec::PortSpec) reads them. Ignored where ports are not probed.
    pub ports: String,
    /// Options in nmap's spelling; the agent reads them with its own allow-list before it runs anything.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub options: NmapOptions,
    /// The result must be uploaded before this time.
    pub deadline: i64,
    /// How long it takes at worst, as the server reckons; a hint for time limits and progress.
    pub worst_case_seconds: u32,
}

impl Task {
    /// The name under which results and marks are stored: `00042`.
    #[must_use]
    pub fn key(&self) -> String {
        task_key(self.number)
    }
}

/// The name of task `number` in keys and addresses; sorts like the number.
#[must_use]
pub fn task_key(number: u32) -> String {
    format!("{number:05}")
}

/// `POST /agent/tasks/begin`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Begin {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The task.
    pub task: u32,
}

/// The answer to [`Begin`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Begun {
    /// Scan.
    GoOn,
    /// Nobody wants it any more: acknowledge and forget it.
    Drop {
        /// `cancelled`, `finished`, `done`, `replaced`.
        reason: String,
    },
}

/// `POST /agent/tasks/extend`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Extend {
    /// Which delivery.
    pub receipt: String,
    /// From now on, 1 to 43,200.
    pub seconds: u32,
}

/// `POST /agent/tasks/acknowledge`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledge {
    /// Which delivery.
    pub receipt: String,
}

/// `POST /agent/tasks/release`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Release {
    /// Which delivery.
    pub receipt: String,
    /// Others get it after so long, 0 to 900.
    pub delay_seconds: u32,
}

/// `POST /agent/tasks/refuse`: this agent will never do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refuse {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The task.
    pub task: u32,
    /// Stable: `target_not_allowed`, `port_not_allowed`, `option_not_allowed`, `rate_not_allowed`, `needs_root`,
    /// `no_nmap`, `invalid_task`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// `POST /agent/status`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// The agent's clock.
    pub at: i64,
    /// What it works on.
    pub tasks: Vec<TaskProgress>,
    /// Results that wait in its spool, and their size.
    pub spooled: Spooled,
    /// Load of its machine.
    pub load: Load,
    /// It ends: SIGTERM, or `--once` and no more work.
    #[serde(default)]
    pub leaving: bool,
    /// Why it takes no work at present, in words: its spool is full, its owner's limits can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskProgress {
    /// The run.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub run: RunId,
    /// The task.
    pub task: u32,
    /// 0 to 100, of nmap's present phase.
    pub percent: u8,
    /// `SYN Stealth Scan`, `upload`, ...
    pub phase: String,
    /// When it began, by the agent's clock.
    pub began: i64,
    /// When nmap expects the phase to end, by the agent's clock.
    pub ends: Option<i64>,
}

/// What waits in an agent's spool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spooled {
    /// Results.
    pub results: u32,
    /// Bytes.
    pub bytes: u64,
    /// Bytes that are free on the disk that they are on; none where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<u64>,
}

/// Load of an agent's machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Load {
    /// Busy share of all processors, 0 to 100.
    pub cpu_percent: u8,
    /// Memory in use, in bytes.
    pub memory_used: u64,
    /// Memory there is, in bytes.
    pub memory_total: u64,
}

/// The answer to [`Status`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusAnswer {
    /// The server's clock.
    pub server_time: i64,
    /// Runs among those it works on that nobody wants any more: end nmap, drop the results, acknowledge.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub cancelled: Vec<RunId>,
}
