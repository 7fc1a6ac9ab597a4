//! How far this machine's clock is off, as the server's answers tell.

use std::sync::{Arc, Mutex, PoisonError};

use portdelta_app::ports::Clock;
use portdelta_core::UnixTime;

/// The machine's clock beside the server's.
#[derive(Clone)]
pub struct Clocks {
    clock: Arc<dyn Clock>,
    ahead: Arc<Mutex<Option<i64>>>,
}

impl Clocks {
    /// Nothing is known of the server's clock yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ahead: Arc::default() }
    }

    /// This machine's time.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }

    /// Seconds that this machine's clock is ahead of the server's, as it last was; negative where behind.
    #[must_use]
    pub fn ahead(&self) -> Option<i64> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's time, as far as it is known.
    #[must_use]
    pub fn server_now(&self) -> i64 {
        self.now().seconds() - self.ahead().unwrap_or_default()
    }

    /// Hears the server's time in the answer to a request sent at `asked`: it was read about half-way.
    pub fn hear(&self, asked: UnixTime, server_time: i64) {
        let half_way = asked.seconds() + self.now().since(asked) / 2;
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(half_way - server_time);
    }
}

/// The seconds of the `Date` of an answer: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn of_http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct At(i64);

    impl Clock for At {
        fn now(&self) -> UnixTime {
            UnixTime::EPOCH.shifted(self.0)
        }
    }

    #[test]
    fn the_offset_is_that_half_way() {
        let clocks = Clocks::new(Arc::new(At(1_010)));
        assert_eq!((clocks.ahead(), clocks.server_now()), (None, 1_010));
        clocks.hear(UnixTime::EPOCH.shifted(1_000), 900);
        assert_eq!((clocks.ahead(), clocks.server_now()), (Some(105), 905));
    }

    #[test]
    fn dates_of_answers_are_read() {
        assert_eq!(of_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(of_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(of_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for text in ["", "now", "Sunday, 06-Nov-94 08:49:37 GMT"] {
            assert_eq!(of_http_date(text), None, "{text}");
        }
    }
}
