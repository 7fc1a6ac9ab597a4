#![doc = include_str!("../README.md")]

use std::time::{SystemTime, UNIX_EPOCH};

use portdelta_app::ports::{Clock, Ids};
use portdelta_core::UnixTime;
use uuid::Uuid;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
impl Clock for SystemClock {
    /// A machine whose clock stands outside the years 1970 to 9999 gets the nearer end.
    fn now(&self) -> UnixTime {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixTime::EPOCH.shifted(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }
}

/// Ids from the machine's clock and random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

#[expect(clippy::disallowed_methods, reason = "this is the port's adapter")]
impl Ids for SystemIds {
    fn new_id(&self) -> String {
        Uuid::now_v7().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend() {
        let ids: Vec<_> = (0..1000).map(|_| SystemIds.new_id()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'7'));
    }
}
