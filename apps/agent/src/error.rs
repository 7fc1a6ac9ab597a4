//! Why an agent does not start, or stops.

use std::io;
use std::path::PathBuf;

use crate::limits::LimitsError;
use crate::upstream::UpstreamError;

/// Why an agent does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The enrolment token is damaged.
    #[error("the enrolment token is not one that this agent can use")]
    BadToken,
    /// The proxy is no URL.
    #[error("the proxy is not a URL like http://proxy.example:3128")]
    BadProxy,
    /// No HTTP client could be made.
    #[error("could not prepare HTTPS connections")]
    Client {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The name is too long, or empty.
    #[error("an agent's name has 1 to 64 characters")]
    BadName,
    /// Nobody enrolled this agent.
    #[error("this agent is not enrolled: {} holds no enrolment", folder.display())]
    NotEnrolled {
        /// Its data folder.
        folder: PathBuf,
    },
    /// It belongs to a server already.
    #[error("this agent is enrolled already, at {server}")]
    Enrolled {
        /// Where.
        server: String,
    },
    /// Another agent works in this folder.
    #[error("another agent works in {}", folder.display())]
    Busy {
        /// The data folder.
        folder: PathBuf,
    },
    /// A file of the data folder could not be read or written.
    #[error("could not {operation} {}", path.display())]
    File {
        /// `read`, `write` ...
        operation: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the data folder does not hold what it should.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Others may read the private key.
    #[error("others may read {}", path.display())]
    KeyNotSafe {
        /// The key's file.
        path: PathBuf,
    },
    /// The owner's limits cannot be used.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// The server could not be asked, or said no.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The server's administrator has ended this agent.
    #[error("this agent was revoked: it gets no work any more")]
    Revoked,
    /// The server is older than this agent can work with.
    #[error("the server speaks version {server} of the protocol, and this agent needs {oldest} at least")]
    ServerTooOld {
        /// What the server speaks.
        server: u32,
        /// The oldest that would do.
        oldest: u32,
    },
    /// This agent is older than the server can work with.
    #[error("this agent is too old for the server: {detail}")]
    AgentTooOld {
        /// In the server's words.
        detail: String,
    },
    /// `--once`, and results are left.
    #[error("{results} of the results could not be uploaded; they stay in {}", folder.display())]
    Left {
        /// How many.
        results: u32,
        /// The spool.
        folder: PathBuf,
    },
}

/// Agents older than the server can work with are told so by this code, with status 426.
pub const AGENT_TOO_OLD: &str = "protocol.agent_too_old";

impl AgentError {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::BadToken => "bad_token",
            Self::BadProxy => "bad_proxy",
            Self::Client { .. } => "https_failed",
            Self::BadName => "bad_name",
            Self::NotEnrolled { .. } => "not_enrolled",
            Self::Enrolled { .. } => "already_enrolled",
            Self::Busy { .. } => "agent_running",
            Self::File { .. } => "agent_file",
            Self::Damaged { .. } => "agent_file_damaged",
            Self::KeyNotSafe { .. } => "key_not_safe",
            Self::Limits(error) => error.code(),
            Self::Upstream(error) => error.code(),
            Self::Revoked => "agent_revoked",
            Self::ServerTooOld { .. } => "server_too_old",
            Self::AgentTooOld { .. } => "agent_too_old",
            Self::Left { .. } => "results_left",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::BadToken => {
                "make a new one where the server runs (portdelta agents enrol), and copy all of it: it is one long word"
            }
            Self::BadProxy => "give --proxy http://HOST:PORT",
            Self::Client { .. } => "look at the certificates of this machine",
            Self::BadName => "give --name NAME",
            Self::NotEnrolled { .. } => "run `portdelta agent enrol TOKEN` first, with the same --data",
            Self::Enrolled { .. } => {
                "to give it to another server, or in anew, say --replace; for a second agent give another --data"
            }
            Self::Busy { .. } => "end it first, or give another --data",
            Self::File { .. } => "look at the rights and the space of that folder",
            Self::Damaged { .. } => "enrol again: portdelta agent enrol TOKEN --replace",
            Self::KeyNotSafe { .. } => "if nobody did, chmod 600 it; else enrol again with --replace",
            Self::Limits(error) => return error.hint(),
            Self::Upstream(error) => return error.hint(),
            Self::Revoked => {
                "ask the server's administrator; a revoked agent is enrolled anew with --replace"
            }
            Self::ServerTooOld { .. } => "update the server, or install the agent of its version",
            Self::AgentTooOld { .. } => "update Portdelta on this machine",
            Self::Left { .. } => "run the agent again when the server is back",
        };
        hint.to_owned()
    }

    /// Makes a refusal for its age what it is.
    pub(crate) fn of_refusal(error: UpstreamError) -> Self {
        match &error {
            UpstreamError::Refused { status, problem, .. }
                if *status == 426 || problem.code == AGENT_TOO_OLD =>
            {
                Self::AgentTooOld { detail: portdelta_core::escape::escape(&problem.detail).into_owned() }
            }
            _ => Self::Upstream(error),
        }
    }
}
