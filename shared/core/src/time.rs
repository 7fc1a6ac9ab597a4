//! Points in time, as scanners write them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z, the resolution of every scanner output that we read.
///
/// The range is limited to the years 1970 to 9999, so that every value can be printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnixTime(i64);

impl UnixTime {
    /// 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
    pub const MAX: Self = Self(253_402_300_799);
    /// The epoch itself. Scanners write it for "unknown"; readers should rather say `None`.
    pub const EPOCH: Self = Self(0);

    /// The time at `seconds` since the epoch, or `None` outside the years 1970 to 9999.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        (0..=Self::MAX.0).contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since the epoch, never negative.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// This time moved by `seconds`, kept within the representable range.
    #[must_use]
    pub fn shifted(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds).clamp(0, Self::MAX.0))
    }

    /// This time after `duration`, a part of a second counted as one; kept within the representable range.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
        self.shifted(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// Seconds from `earlier` to this time; negative where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_outside_the_printable_years_do_not_exist() {
        assert_eq!(UnixTime::from_seconds(-1), None);
        assert_eq!(UnixTime::from_seconds(99_999_999_999_999), None);
        assert_eq!(UnixTime::from_seconds(0), Some(UnixTime::EPOCH));
        assert_eq!(UnixTime::EPOCH.shifted(-5), UnixTime::EPOCH);
        assert_eq!(UnixTime::MAX.shifted(1), UnixTime::MAX);
    }
}
