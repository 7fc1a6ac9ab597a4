//! A clock that stands still.

use std::sync::atomic::{AtomicI64, Ordering};

use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;

/// Tells the time that a test has set. Begins at 2033-05-18T03:33:20Z, so that a store which expires items by the
/// real time does not interfere.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock at `time`.
    #[must_use]
    pub fn at(time: UnixTime) -> Self {
        Self(AtomicI64::new(time.seconds()))
    }

    /// Sets the time, forward or back.
    pub fn set(&self, time: UnixTime) {
        self.0.store(time.seconds(), Ordering::SeqCst);
    }

    /// Lets `seconds` go by.
    pub fn advance(&self, seconds: i64) {
        self.set(self.now().shifted(seconds));
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::at(UnixTime::EPOCH.shifted(2_000_000_000))
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixTime {
        UnixTime::EPOCH.shifted(self.0.load(Ordering::SeqCst))
    }
}
