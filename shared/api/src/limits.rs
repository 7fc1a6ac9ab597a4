//! What requests may cost.

use std::num::NonZeroU32;
use std::time::Duration;

use portdelta_app::moving::MOST_FRAME_BYTES;
use portdelta_app::password::PasswordCost;

/// Limits on hostile or mistaken clients, one problem for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiLimits {
    /// Bytes of a body of JSON: 413.
    pub max_json_bytes: usize,
    /// Bytes of an agent's upload, packed: 413.
    pub max_upload_bytes: usize,
    /// Bytes of a part of an export, packed: 413.
    pub max_frame_bytes: usize,
    /// Bytes of an import, packed or not: 413.
    pub max_import_bytes: usize,
    /// Uploads and imports that are taken in at once, each with a few MiB in memory; others wait.
    pub large_bodies_at_once: usize,
    /// The same of one agent, user or token.
    pub large_bodies_of_one: usize,
    /// For requests without a body of its own size: 503.
    pub patience: Duration,
    /// How long a test of a channel waits for the other side, which has failed then; less than `patience`.
    pub channel_test: Duration,
    /// For uploads and imports: 503.
    pub large_patience: Duration,
    /// Requests of one address without a good token: 429.
    pub anonymous_rate: Rate,
    /// Requests of one token: 429.
    pub token_rate: Rate,
    /// Agents at work report so often, in seconds, where that is oftener than they do anyway. A cancelled run is heard
    /// of so soon; where each request costs money, `None`.
    pub busy_status_seconds: Option<u32>,
    /// What hashing one password costs.
    pub password_cost: PasswordCost,
    /// Passwords that are hashed at once; others wait, and after a while get 503.
    pub passwords_at_once: usize,
    /// Exports that are written at once: 503.
    pub exports_at_once: usize,
    /// Streams of events look so often for what is new; `None` where an answer can't be streamed.
    pub event_interval: Option<Duration>,
    /// Streams of events that go on at once: 503.
    pub event_streams: usize,
    /// A stream of events ends after so long; its reader comes again, and is asked anew who it is.
    pub event_stream_lasts: Duration,
}

/// So many at once, then one for each interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: NonZeroU32,
    /// Until the next is allowed.
    pub interval: Duration,
}

impl Default for ApiLimits {
    fn default() -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            max_json_bytes: 1 << 20,
            max_upload_bytes: 64 << 20,
            max_frame_bytes: MOST_FRAME_BYTES,
            max_import_bytes: 256 << 20,
            large_bodies_at_once: 4,
            large_bodies_of_one: 2,
            patience: Duration::from_secs(45),
            channel_test: Duration::from_secs(40),
            large_patience: Duration::from_mins(10),
            anonymous_rate: Rate { burst: number(40), interval: Duration::from_millis(250) },
            token_rate: Rate { burst: number(400), interval: Duration::from_millis(10) },
            busy_status_seconds: None,
            password_cost: PasswordCost::default(),
            passwords_at_once: 2,
            exports_at_once: 8,
            event_interval: Some(Duration::from_secs(2)),
            event_streams: 64,
            event_stream_lasts: Duration::from_mins(5),
        }
    }
}

impl ApiLimits {
    /// Bytes of a body, and how long a request may take, by the template of its path.
    pub(crate) fn of(&self, path: &str) -> (usize, Duration) {
        match path {
            "/sites/{site}/imports" => (self.max_import_bytes, self.large_patience),
            "/moves/{move}/frames/{frame}" => (self.max_frame_bytes, self.large_patience),
            "/agent/results/{run}/{task}/{name}" => (self.max_upload_bytes, self.large_patience),
            _ => (self.max_json_bytes, self.patience),
        }
    }
}
