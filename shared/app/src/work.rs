//! What the server tells itself to do: messages of the work queues.

use portdelta_core::UnixTime;
use portdelta_core::ids::{RunId, SiteId};
use serde::{Deserialize, Serialize};

use crate::ports::{BlobKey, Key, Outgoing, QueueName, Work};

/// Why a run is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Due {
    /// Its schedule: the scheduled time, not that of the call.
    At(UnixTime),
    /// Somebody asked: the idempotency key of the request, 1 to 200 characters.
    Now(String),
}

/// One piece of work. Delivered at least once and in any order; every use case behind it makes repeats harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub enum WorkMessage {
    /// A schedule has come: [`Service::fire_scheduled`](crate::Service::fire_scheduled).
    Fire {
        /// The scan's id.
        scan: String,
        /// For which time, as RFC 3339; anything else where the scheduler does not say.
        time: String,
    },
    /// Begin a run: [`Service::begin_run`](crate::Service::begin_run).
    Begin {
        /// The scan's id.
        scan: String,
        /// Where.
        site: SiteId,
        /// Why.
        due: Due,
    },
    /// Send the next tasks of a run: [`Service::dispatch_slice`](crate::Service::dispatch_slice).
    Slice {
        /// The run.
        run: RunId,
    },
    /// Apply an upload: [`Service::take_upload`](crate::Service::take_upload).
    Ingest {
        /// The blob's key.
        key: String,
    },
    /// Tell of a committed delta batch.
    Batch {
        /// Its partition.
        partition: String,
        /// Its sort key.
        sort: String,
    },
    /// Bring out what is to be told: [`Service::deliver_pending`](crate::Service::deliver_pending).
    Deliver,
    /// Tell of a finished run: [`Service::notify_run_while`](crate::Service::notify_run_while); then
    /// [`App::run_was_told`](crate::App::run_was_told).
    RunFinished {
        /// The run.
        run: RunId,
        /// Which message of those that go on with it this is; none for the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<i64>,
    },
}

impl WorkMessage {
    /// The work for an upload that was stored.
    #[must_use]
    pub fn ingest(key: &BlobKey) -> Self {
        Self::Ingest { key: key.to_string() }
    }

    /// The work for a delta batch that was committed.
    #[must_use]
    pub fn batch(key: &Key) -> Self {
        Self::Batch { partition: key.partition.clone(), sort: key.sort.clone() }
    }

    /// The queue that it belongs into.
    #[must_use]
    pub fn queue(&self) -> QueueName {
        QueueName::Work(match self {
            Self::Fire { .. } | Self::Begin { .. } | Self::Slice { .. } => Work::Dispatch,
            Self::Ingest { .. } => Work::Ingest,
            Self::Batch { .. } | Self::Deliver | Self::RunFinished { .. } => Work::Notify,
        })
    }

    /// As a message to send at once.
    #[must_use]
    pub fn outgoing(&self) -> Outgoing {
        Outgoing { body: self.to_string(), delay: std::time::Duration::ZERO }
    }

    /// The message that has this body; `None` where it is none of ours.
    #[must_use]
    pub fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }
}

/// JSON in one line.
impl std::fmt::Display for WorkMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_back() {
        let (site, run): (SiteId, RunId) = ("office".parse().expect("an id"), "r-1".parse().expect("an id"));
        let begin = |due| WorkMessage::Begin { scan: "s".to_owned(), site: site.clone(), due };
        for message in [
            WorkMessage::Fire { scan: "s".to_owned(), time: "2033-06-01T03:00:00Z".to_owned() },
            begin(Due::At(UnixTime::EPOCH.shifted(5))),
            begin(Due::Now("key \"1\"".to_owned())),
            WorkMessage::Slice { run: run.clone() },
            WorkMessage::ingest(&"uploads/a/b".parse().expect("a key")),
            WorkMessage::batch(&Key::new("BLK#1", "D#2")),
            WorkMessage::Deliver,
            WorkMessage::RunFinished { run: run.clone(), from: None },
            WorkMessage::RunFinished { run, from: Some(3) },
        ] {
            assert_eq!(WorkMessage::read(&message.outgoing().body), Some(message));
        }
        assert_eq!(WorkMessage::read("{}"), None);
        assert_eq!(WorkMessage::read(r#"{"work":"deliver"}"#), Some(WorkMessage::Deliver));
        assert_eq!(
            WorkMessage::Slice { run: "r".parse().expect("an id") }.to_string(),
            r#"{"work":"slice","run":"r"}"#
        );
    }
}
