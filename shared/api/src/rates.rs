//! How often somebody may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::limits::{ApiLimits, Rate};

/// After so many requests, those who have long been quiet are forgotten.
const FORGET_EVERY: u32 = 1024;

/// Who asked how often.
pub(crate) struct Rates {
    peers: DefaultKeyedRateLimiter<IpAddr>,
    tokens: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
    asked: AtomicU32,
}

/// Too often; the next request is allowed after so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooOften(pub(crate) Duration);

impl Rates {
    pub(crate) fn new(limits: &ApiLimits) -> Self {
        Self {
            peers: RateLimiter::dashmap(quota(limits.anonymous_rate)),
            tokens: RateLimiter::dashmap(quota(limits.token_rate)),
            clock: DefaultClock::default(),
            asked: AtomicU32::new(0),
        }
    }

    /// Counts a request without a good token.
    pub(crate) fn peer(&self, peer: IpAddr) -> Result<(), TooOften> {
        self.forget_the_quiet();
        self.peers.check_key(&neighbourhood(peer)).map_err(|denied| self.too_often(&denied))
    }

    /// Counts a request with a good token.
    pub(crate) fn token(&self, id: &str) -> Result<(), TooOften> {
        self.forget_the_quiet();
        self.tokens.check_key(&id.to_owned()).map_err(|denied| self.too_often(&denied))
    }

    fn too_often(&self, denied: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> TooOften {
        TooOften(denied.wait_time_from(self.clock.now()))
    }

    /// Addresses are free to make up: what is kept of them must not grow.
    fn forget_the_quiet(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.peers.retain_recent();
            self.tokens.retain_recent();
            self.peers.shrink_to_fit();
            self.tokens.shrink_to_fit();
        }
    }
}

fn quota(rate: Rate) -> Quota {
    let quota = Quota::with_period(rate.interval).unwrap_or(Quota::per_second(NonZeroU32::MIN));
    quota.allow_burst(rate.burst)
}

/// Who has an address of IPv6 has 2⁶⁴ of them.
pub(crate) fn neighbourhood(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_neighbourhood_has_one_rate() {
        let rate = Rate { burst: NonZeroU32::MIN, interval: Duration::from_hours(1) };
        let rates = Rates::new(&ApiLimits { anonymous_rate: rate, ..ApiLimits::default() });
        let peer = |text: &str| rates.peer(text.parse().expect("an address"));
        assert_eq!(peer("2001:db8::1"), Ok(()));
        assert!(peer("2001:db8::2").is_err());
        assert_eq!(peer("2001:db8:0:1::1"), Ok(()));
        assert_eq!(peer("192.0.2.1"), Ok(()));
        assert!(peer("::ffff:192.0.2.1").is_err());
        assert_eq!(peer("192.0.2.2"), Ok(()));
    }
}
