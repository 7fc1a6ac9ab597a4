//! When scans run by themselves: expressions in the dialect of EventBridge Scheduler, for every runtime.
//!
//! | expression | fires |
//! |---|---|
//! | `rate(15 minutes)` | every so many minutes, hours or days since the scan was made |
//! | `cron(0 3 ? * MON-FRI *)` | minute, hour, day of the month, month, weekday, year; in the schedule's time zone |
//! | `at(2026-12-24T18:00:00)` | once, in the schedule's time zone |
//!
//! As on AWS, a time of the clock that is skipped when summer time begins is left out, and one that comes twice when
//! it ends fires the first time.

mod cron;
mod due;
mod field;
mod friendly;
mod kept;
mod mistake;
mod windows;
mod words;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use portdelta_core::UnixTime;

pub use due::{DueTimes, MOST_MISSED, due, may_have_schedule, put_off};
pub use kept::{DueSchedule, TableSchedules};
pub use mistake::ScheduleMistake;
pub use windows::{BlackoutWindow, BlackoutWindows, MAX_WINDOW_BYTES, MOST_WINDOWS};

use cron::CronTimes;

/// The longest expression, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 200;

/// The longest spread, in minutes.
pub const MAX_SPREAD_MINUTES: u16 = 1_440;

/// The longest rate: a year, in minutes.
const MAX_RATE_MINUTES: i64 = 365 * 24 * 60;

/// Years that an expression may name, and in which it may fire.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=2199;

/// A schedule that was understood.
#[derive(Clone, Debug)]
pub struct Schedule {
    times: Times,
    zone: TimeZone,
    zone_name: String,
}

#[derive(Clone, Debug)]
enum Times {
    Rate { count: i64, unit: Unit },
    Cron(Box<CronTimes>),
    At(DateTime),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
}

impl Unit {
    const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    fn minutes(self) -> i64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 24 * 60,
        }
    }

    /// `minute`, `minutes`, in any case.
    fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let text = text.strip_suffix('s').unwrap_or(&text);
        Self::ALL.into_iter().find(|unit| unit.name() == text)
    }
}

impl Schedule {
    /// The schedule that an expression and the IANA name of a time zone describe.
    ///
    /// Besides the dialect this takes what people write: `every 15 minutes`, `every weekday at 03:00`, the five
    /// fields of a crontab (`0 3 * * 1-5`), a time (`2026-12-24T18:00`). [`Schedule`] displays as the dialect, which
    /// is what is to be stored. An expression that can never fire is refused.
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, ScheduleMistake> {
        let (zone, zone_name) = read_zone(time_zone)?;
        if expression.len() > MAX_EXPRESSION_BYTES {
            return Err(ScheduleMistake::too_long(expression.len()));
        }
        let times = read_times(expression, &zone)?;
        let schedule = Self { times, zone, zone_name };
        if schedule.next_after(UnixTime::EPOCH, UnixTime::EPOCH).is_none() {
            return Err(ScheduleMistake::never(expression));
        }
        Ok(schedule)
    }

    /// The first time after `after`; `since` is from when a rate counts. `None` where there is none any more.
    #[must_use]
    pub fn next_after(&self, since: UnixTime, after: UnixTime) -> Option<UnixTime> {
        match &self.times {
            Times::Rate { count, unit } => {
                let step = count * unit.minutes() * 60;
                let done = after.since(since).max(0) / step;
                let next = since.seconds() + (done + 1) * step;
                UnixTime::from_seconds(next)
            }
            Times::Cron(times) => times.next_after(&self.zone, after),
            Times::At(civil) => self.instant(*civil).filter(|time| *time > after),
        }
    }

    /// The latest time up to and including `until`; `None` where there was none in the last ten years.
    #[must_use]
    pub fn last_until(&self, since: UnixTime, until: UnixTime) -> Option<UnixTime> {
        if let Times::Rate { count, unit } = &self.times {
            let step = count * unit.minutes() * 60;
            let done = until.since(since) / step;
            return if done > 0 { UnixTime::from_seconds(since.seconds() + done * step) } else { None };
        }
        // There is no search backwards: ever longer looks back, of which all but the last find nothing.
        let day = 86_400;
        [day / 24, day, 8 * day, 367 * day, 3_653 * day].into_iter().find_map(|back| {
            let times = |after: &UnixTime| self.next_after(since, *after).filter(|time| *time <= until);
            std::iter::successors(times(&until.shifted(-back)), times).last()
        })
    }

    /// The next `count` times after `after`; fewer where it ends before.
    #[must_use]
    pub fn next_times(&self, since: UnixTime, after: UnixTime, count: usize) -> Vec<UnixTime> {
        let next = |after: &UnixTime| self.next_after(since, *after);
        std::iter::successors(next(&after), next).take(count).collect()
    }

    /// What it does, for people: `at 03:00 on Monday to Friday, Europe/Berlin`, `every 15 minutes`.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.times {
            Times::Rate { count: 1, unit } => format!("every {}", unit.name()),
            Times::Rate { count, unit } => format!("every {count} {}s", unit.name()),
            Times::Cron(times) => format!("{}, {}", words::cron(times), self.zone_name),
            Times::At(civil) => format!("once at {}, {}", words::moment(*civil), self.zone_name),
        }
    }

    /// It fires every so often, wherever the clock stands.
    #[must_use]
    pub fn is_rate(&self) -> bool {
        matches!(self.times, Times::Rate { .. })
    }

    /// The name of its time zone as the database of time zones spells it.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.zone_name
    }

    /// When a civil time is: the first of two, and behind the gap where the clock skips it.
    fn instant(&self, civil: DateTime) -> Option<UnixTime> {
        let time = self.zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        UnixTime::from_seconds(time.as_second())
    }
}

/// The expression in the dialect.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.times {
            Times::Rate { count: 1, unit } => write!(f, "rate(1 {})", unit.name()),
            Times::Rate { count, unit } => write!(f, "rate({count} {}s)", unit.name()),
            Times::Cron(times) => write!(f, "cron({})", times.text()),
            Times::At(civil) => write!(f, "at({})", civil.strftime("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

fn read_zone(name: &str) -> Result<(TimeZone, String), ScheduleMistake> {
    let unknown = || ScheduleMistake::zone(name);
    // The reader of a database in files must see nothing but names.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
        return Err(unknown());
    }
    let zone = TimeZone::get(name).map_err(|_| unknown())?;
    let spelt = zone.iana_name().ok_or_else(unknown)?.to_owned();
    Ok((zone, spelt))
}

fn read_times(expression: &str, zone: &TimeZone) -> Result<Times, ScheduleMistake> {
    let text = expression.trim();
    if text.is_empty() {
        return Err(ScheduleMistake::empty());
    }
    for (name, read) in [
        ("rate", read_rate as fn(&str, &str) -> Result<Times, ScheduleMistake>),
        ("cron", |whole, inner| CronTimes::read(whole, inner).map(|times| Times::Cron(Box::new(times)))),
        ("at", |whole, inner| {
            friendly::civil(inner).map(Times::At).ok_or_else(|| ScheduleMistake::at(whole, inner))
        }),
    ] {
        let begins = text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let Some(rest) = begins.then(|| text[name.len()..].trim_start()) else { continue };
        let Some(inner) = rest.strip_prefix('(') else { continue };
        let inner = inner.strip_suffix(')').ok_or_else(|| ScheduleMistake::open(expression, text))?;
        return read(expression, inner.trim());
    }
    friendly::read(expression, text, zone)
}

/// `15 minutes`
fn read_rate(whole: &str, inner: &str) -> Result<Times, ScheduleMistake> {
    let words: Vec<&str> = inner.split_whitespace().collect();
    let [count, unit] = words[..] else { return Err(ScheduleMistake::rate(whole, inner)) };
    rate(whole, count, unit)
}

fn rate(whole: &str, count: &str, unit: &str) -> Result<Times, ScheduleMistake> {
    let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(ScheduleMistake::rate(whole, count));
    }
    let unit = Unit::read(unit).ok_or_else(|| ScheduleMistake::unit(whole, unit))?;
    match count.parse::<i64>() {
        Ok(number) if (1..=MAX_RATE_MINUTES / unit.minutes()).contains(&number) => {
            Ok(Times::Rate { count: number, unit })
        }
        _ => Err(ScheduleMistake::rate_range(whole, count)),
    }
}

/// The civil time in UTC, on which the search for a time of the clock runs.
fn civil_in(zone: &TimeZone, time: UnixTime) -> Option<DateTime> {
    Timestamp::from_second(time.seconds()).ok().map(|time| zone.to_datetime(time))
}

#[cfg(test)]
mod tests;
