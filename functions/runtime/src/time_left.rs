//! How much time an invocation has.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// When an invocation is broken off, whatever it is doing.
#[derive(Clone, Copy, Debug)]
pub struct TimeLeft {
    end: Instant,
}

impl TimeLeft {
    /// The time that Lambda gives an invocation.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "Lambda tells the end by the clock of its own machine")]
    pub fn of(context: &lambda_runtime::Context) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::lasting(Duration::from_millis(context.deadline).saturating_sub(now))
    }

    /// So much, from now on.
    #[must_use]
    pub fn lasting(time: Duration) -> Self {
        Self { end: Instant::now() + time }
    }

    /// Whether something that takes so long can still be begun.
    #[must_use]
    pub fn is_enough_for(&self, work: Duration) -> bool {
        self.end.saturating_duration_since(Instant::now()) >= work
    }

    /// Does something that is dropped where it takes so long that less than `rest` is left: `None` then. Whatever is
    /// done so must bear to be broken off anywhere, as a function may be at any time.
    pub async fn leaving<T>(&self, rest: Duration, work: impl Future<Output = T>) -> Option<T> {
        let end = self.end.checked_sub(rest).unwrap_or_else(Instant::now);
        tokio::time::timeout_at(end, work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_goes_by() {
        let left = TimeLeft::lasting(Duration::from_secs(10));
        assert!(left.is_enough_for(Duration::from_secs(10)));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert!(left.is_enough_for(Duration::from_secs(3)));
        assert!(!left.is_enough_for(Duration::from_secs(4)));
        tokio::time::advance(Duration::from_mins(1)).await;
        assert!(!left.is_enough_for(Duration::from_millis(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_dropped() {
        let left = TimeLeft::lasting(Duration::from_secs(10));
        let lasting = async |seconds: u64| tokio::time::sleep(Duration::from_secs(seconds)).await;
        assert_eq!(left.leaving(Duration::from_secs(2), lasting(5)).await, Some(()));
        assert_eq!(left.leaving(Duration::from_secs(2), lasting(5)).await, None);
        assert!(left.is_enough_for(Duration::from_secs(2)), "eight seconds have passed");
    }

    #[test]
    fn an_end_in_the_past_leaves_nothing() {
        let mut context = lambda_runtime::Context::default();
        context.deadline = 1;
        assert!(!TimeLeft::of(&context).is_enough_for(Duration::from_millis(1)));
    }
}
