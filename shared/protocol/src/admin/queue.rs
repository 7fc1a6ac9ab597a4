//! What waits, and what was given up.

use serde::{Deserialize, Serialize};

use super::Time;

/// How full a queue is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueView {
    /// `tasks-office`, `work-ingest`
    pub name: String,
    /// Could be received now, or after their delay.
    pub waiting: u64,
    /// Held by somebody.
    pub leased: u64,
    /// Given up.
    pub dead: u64,
}

/// A message that nobody could finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// When it was sent.
    pub sent: Time,
    /// As sent.
    pub body: String,
}

/// The answer to `POST /queues/{queue}/redrive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Redriven {
    /// How many messages are tried again.
    pub messages: u64,
}
