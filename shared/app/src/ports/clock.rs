//! The time of day.

use portdelta_core::UnixTime;

/// Tells the time, so that tests can decide what time it is.
pub trait Clock: Send + Sync {
    /// The present second. May repeat and, when the system's clock is set, go back.
    fn now(&self) -> UnixTime;
}
