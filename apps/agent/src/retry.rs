//! How long to wait before trying again.

use std::time::Duration;

/// Waits that double, each shortened by chance so that many agents do not come back in the same moment.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    /// Half a second at first, a minute at most.
    pub(crate) fn new() -> Self {
        Self { next: Duration::from_millis(500), most: Duration::from_mins(1) }
    }

    /// How long to wait this time: between half of it and all of it.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.next.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.next = (self.next * 2).min(self.most);
        wait
    }

    /// It worked.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..10).map(|_| backoff.next()).collect();
        assert!(waits[0] >= Duration::from_millis(250) && waits[0] <= Duration::from_millis(500));
        assert!(waits[9] >= Duration::from_secs(30) && waits[9] <= Duration::from_mins(1));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(500));
    }
}
