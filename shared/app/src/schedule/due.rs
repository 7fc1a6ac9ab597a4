//! Which times of a schedule are to be fired now.

use portdelta_core::UnixTime;
use portdelta_core::escape::escape_within;
use sha2::{Digest, Sha256};

use super::{MAX_SPREAD_MINUTES, Schedule, ScheduleMistake};
use crate::ports::{ScheduleEntry, ScheduleError};

/// Most missed times that are named; more are counted.
pub const MOST_MISSED: usize = 100;

/// Most times that are counted one by one after a long stop.
const MOST_COUNTED: u64 = 20_000;

/// What is due of one schedule. Times are the scheduled ones, without their spread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueTimes {
    /// The time to fire for: the latest one.
    pub fire: Option<UnixTime>,
    /// Earlier times, which are not fired any more; ascending, the latest [`MOST_MISSED`] of them.
    pub missed: Vec<UnixTime>,
    /// How many were missed; after a very long stop at least so many.
    pub missed_count: u64,
}

/// What of a schedule is due after `handled`, the time up to which it was dealt with, and up to `now`.
///
/// Each time is due once: the caller remembers [`DueTimes::fire`] as `handled`. After a stop only the latest time
/// fires, since many runs of one scan at once tell no more than one.
pub fn due(entry: &ScheduleEntry, handled: UnixTime, now: UnixTime) -> Result<DueTimes, ScheduleMistake> {
    let mut found = DueTimes::default();
    if !entry.enabled {
        return Ok(found);
    }
    let schedule = Schedule::parse(&entry.expression, &entry.time_zone)?;
    let mut from = handled;
    let mut counted = 0;
    while let Some(time) = schedule.next_after(entry.since, from) {
        let after = schedule.next_after(entry.since, time);
        if time > now || time.shifted(put_off(entry, time, after)) > now {
            break;
        }
        if let Some(missed) = found.fire.replace(time) {
            found.missed_count += 1;
            if found.missed.len() == MOST_MISSED {
                found.missed.remove(0);
            }
            found.missed.push(missed);
        }
        from = time;
        counted += 1;
        if counted == MOST_COUNTED {
            // Years of a stop: what lies between is passed over, so that a start takes no minutes.
            from = from.max(now.shifted(-2 * 86_400));
        }
    }
    Ok(found)
}

/// By how many seconds the firing of a scheduled time is put off: 0 to the entry's spread, always the same for the
/// same scan and time, and never up to the `next` time.
#[must_use]
pub fn put_off(entry: &ScheduleEntry, time: UnixTime, next: Option<UnixTime>) -> i64 {
    let spread = i64::from(entry.spread_minutes.min(MAX_SPREAD_MINUTES)) * 60;
    let room = next.map_or(i64::MAX, |next| next.since(time));
    let most = spread.min(room - 1);
    if most <= 0 {
        return 0;
    }
    let mut hash = Sha256::new();
    hash.update(entry.scan.as_bytes());
    hash.update([0]);
    hash.update(time.seconds().to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let number = u64::from_be_bytes([
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
    ]);
    i64::try_from(number % (most.unsigned_abs() + 1)).unwrap_or(0)
}

/// Whether a scan with this id may have a schedule; see [`ScheduleEntry::scan`].
#[must_use]
pub fn may_have_schedule(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

impl ScheduleEntry {
    /// Refuses what can't fire, and scans that can't have a schedule; for adapters.
    pub fn check(&self) -> Result<(), ScheduleError> {
        if !may_have_schedule(&self.scan) {
            let shown = escape_within(&self.scan, 80);
            let message = format!("`{shown}` is not the id of a scan: 1 to 64 of a-z, A-Z, 0-9, -, _ and .");
            return Err(ScheduleError::Invalid { message });
        }
        self.read().map(drop).map_err(|mistake| ScheduleError::Invalid { message: mistake.to_string() })
    }

    /// Its schedule.
    pub fn read(&self) -> Result<Schedule, ScheduleMistake> {
        if self.spread_minutes > MAX_SPREAD_MINUTES {
            return Err(ScheduleMistake::spread(self.spread_minutes));
        }
        Schedule::parse(&self.expression, &self.time_zone)
    }
}
