//! Blackout windows: times in which nothing of a scan begins.
//!
//! | text | when |
//! |---|---|
//! | `MON-FRI 08:00-18:00 Europe/Berlin` | on these days of the week, by the clock on the wall of that zone |
//! | `22:00-06:00 Europe/Berlin` | every night; the day is the one on which it begins |
//! | `SAT,SUN 00:00-24:00` | whole days, in UTC |
//! | `2026-12-24T18:00 to 2027-01-02T06:00 UTC` | once |
//!
//! It is the clock on the wall that counts: an hour that comes twice when summer time ends is in a window both times, and
//! one that is skipped when it begins makes the window shorter.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use portdelta_core::UnixTime;

use super::field::{Field, WEEKDAY, WEEKDAYS};
use super::{Schedule, ScheduleMistake, civil_in, friendly, read_zone, words};

/// The longest text of a window, in bytes.
pub const MAX_WINDOW_BYTES: usize = 120;

/// Most windows of a scan.
pub const MOST_WINDOWS: usize = 20;

/// So many windows one after the other without a time between them count as one without an end.
const MOST_IN_A_ROW: usize = 1_000;

const DAY_SECONDS: i64 = 86_400;

/// The blackout windows of a scan.
#[derive(Clone, Debug, Default)]
pub struct BlackoutWindows(Vec<BlackoutWindow>);

/// One window that was understood. It displays as the text that is to be stored, with its zone.
#[derive(Clone, Debug)]
pub struct BlackoutWindow {
    times: WindowTimes,
    zone: TimeZone,
    zone_name: String,
}

#[derive(Clone, Debug)]
enum WindowTimes {
    /// On days of the week, Sunday is 1; one that ends at or before its beginning goes on into the next day.
    Weekly {
        days: BTreeSet<u16>,
        from: Time,
        until: Time,
    },
    Once {
        from: DateTime,
        until: DateTime,
    },
}

impl BlackoutWindows {
    /// Reads all windows of a scan; refuses those that leave no time at all.
    pub fn read(texts: &[String]) -> Result<Self, ScheduleMistake> {
        if texts.len() > MOST_WINDOWS {
            return Err(ScheduleMistake::windows_too_many(texts.len()));
        }
        let windows = Self(texts.iter().map(|text| BlackoutWindow::parse(text)).collect::<Result<_, _>>()?);
        if windows.holds(UnixTime::EPOCH) && windows.until(UnixTime::EPOCH).is_none() {
            return Err(ScheduleMistake::windows_always());
        }
        Ok(windows)
    }

    /// Whether a time is in one of them.
    #[must_use]
    pub fn holds(&self, time: UnixTime) -> bool {
        self.0.iter().any(|window| window.holds(time))
    }

    /// The first time from `time` on that is in none of them, where `time` itself is in one.
    #[must_use]
    pub fn until(&self, time: UnixTime) -> Option<UnixTime> {
        let mut end = time;
        for _ in 0..MOST_IN_A_ROW {
            match self.0.iter().find(|window| window.holds(end)) {
                Some(window) => end = window.end_after(end)?,
                None => return (end > time).then_some(end),
            }
        }
        None
    }

    /// The first time of a schedule after `after` that is in no window; `None` where there is none any more. `since` is
    /// from when a rate counts.
    #[must_use]
    pub fn next_of(&self, schedule: &Schedule, since: UnixTime, after: UnixTime) -> Option<UnixTime> {
        let mut next = schedule.next_after(since, after)?;
        for _ in 0..MOST_IN_A_ROW {
            if !self.holds(next) {
                return Some(next);
            }
            next = schedule.next_after(since, self.until(next)?.shifted(-1))?;
        }
        None
    }

    /// The next `count` of these times; fewer where it ends before.
    #[must_use]
    pub fn next_times(
        &self,
        schedule: &Schedule,
        since: UnixTime,
        after: UnixTime,
        count: usize,
    ) -> Vec<UnixTime> {
        let next = |after: &UnixTime| self.next_of(schedule, since, *after);
        std::iter::successors(next(&after), next).take(count).collect()
    }

    /// For people, in the order in which they were written.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(BlackoutWindow::words).collect()
    }

    /// As they are stored.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl BlackoutWindow {
    /// Reads one window. Where it names no zone it is in UTC.
    pub fn parse(text: &str) -> Result<Self, ScheduleMistake> {
        if text.len() > MAX_WINDOW_BYTES {
            return Err(ScheduleMistake::window_too_long(text.len()));
        }
        let pieces: Vec<&str> = text.split_whitespace().collect();
        let (times, zone) = match pieces[..] {
            [from, to, until, ref rest @ ..] if to.eq_ignore_ascii_case("to") => {
                (once(text, from, until)?, rest)
            }
            [times, ref rest @ ..] if times.contains(':') => (weekly(text, None, times)?, rest),
            [days, times, ref rest @ ..] => (weekly(text, Some(days), times)?, rest),
            _ => return Err(ScheduleMistake::window(text, text)),
        };
        let zone = match zone {
            [] => "UTC",
            [zone] => zone,
            [_, more, ..] => return Err(ScheduleMistake::window(text, more)),
        };
        let (zone, zone_name) = read_zone(zone).map_err(ScheduleMistake::of_window)?;
        Ok(Self { times, zone, zone_name })
    }

    fn holds(&self, time: UnixTime) -> bool {
        civil_in(&self.zone, time).is_some_and(|face| self.shows(face))
    }

    /// Whether it is a window while the clock shows this.
    fn shows(&self, face: DateTime) -> bool {
        match &self.times {
            WindowTimes::Once { from, until } => (*from..*until).contains(&face),
            WindowTimes::Weekly { days, from, until } => {
                let weekday = face.weekday().to_sunday_one_offset();
                let (today, yesterday) = (sunday_one(weekday), sunday_one(weekday - 1));
                let time = face.time();
                if from < until {
                    return days.contains(&today) && (*from..*until).contains(&time);
                }
                (days.contains(&today) && time >= *from) || (days.contains(&yesterday) && time < *until)
            }
        }
    }

    /// When a window that holds at `time` ends.
    fn end_after(&self, time: UnixTime) -> Option<UnixTime> {
        let face = civil_in(&self.zone, time)?;
        let end = match &self.times {
            WindowTimes::Once { until, .. } => *until,
            WindowTimes::Weekly { from, until, .. } => {
                let tomorrow = from >= until && face.time() >= *from;
                let date = if tomorrow { face.date().tomorrow().ok()? } else { face.date() };
                date.to_datetime(*until)
            }
        };
        let end = self.zone.to_ambiguous_timestamp(end);
        let ends = [end.compatible().ok()?, end.later().ok()?];
        let mut ends = ends.into_iter().filter_map(|end| UnixTime::from_seconds(end.as_second()));
        let end = ends.find(|end| *end > time);
        // Where the clock is set meanwhile the window may end, and where its end comes twice this may be the second.
        let set = |after: UnixTime| {
            let next = self.zone.following(Timestamp::from_second(after.seconds()).ok()?).next()?;
            UnixTime::from_seconds(next.timestamp().as_second())
        };
        let limit = end.unwrap_or(time.shifted(2 * DAY_SECONDS));
        std::iter::successors(set(time), |last| set(*last))
            .take_while(|set| *set < limit)
            .find(|set| !self.holds(*set))
            .or(end)
    }

    fn words(&self) -> String {
        let zone = &self.zone_name;
        match &self.times {
            WindowTimes::Once { from, until } => {
                format!("from {} to {}, {zone}", words::moment(*from), words::moment(*until))
            }
            WindowTimes::Weekly { days, from, until } => {
                let (from, until) = (clock(*from), end_clock(*until));
                format!("{} from {from} to {until}, {zone}", words::weekdays(days))
            }
        }
    }
}

/// The text that reads as this window.
impl fmt::Display for BlackoutWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.times {
            WindowTimes::Once { from, until } => {
                let form = "%Y-%m-%dT%H:%M:%S";
                write!(f, "{} to {} {}", from.strftime(form), until.strftime(form), self.zone_name)
            }
            WindowTimes::Weekly { days, from, until } => {
                if days.len() < WEEKDAYS.len() {
                    write!(f, "{} ", friendly::names(&days.iter().map(|day| day - 1).collect()))?;
                }
                write!(f, "{}-{} {}", clock(*from), end_clock(*until), self.zone_name)
            }
        }
    }
}

/// 1 for Sunday to 7; the day before Sunday is Saturday.
fn sunday_one(weekday: i8) -> u16 {
    if weekday < 1 { 7 } else { weekday.unsigned_abs().into() }
}

fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn end_clock(time: Time) -> String {
    if time == Time::midnight() { "24:00".to_owned() } else { clock(time) }
}

/// `MON-FRI`, `08:00-18:00`
fn weekly(whole: &str, days: Option<&str>, times: &str) -> Result<WindowTimes, ScheduleMistake> {
    let wrong = |piece: &str| ScheduleMistake::window(whole, piece);
    let (from, until) = times.split_once('-').ok_or_else(|| wrong(times))?;
    let read = |text: &str| {
        let (hour, minute) = friendly::hour_and_minute(text)?;
        Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()
    };
    let begin = read(from).ok_or_else(|| wrong(times))?;
    let end = if until == "24:00" { Some(Time::midnight()) } else { read(until) };
    let end = end.ok_or_else(|| wrong(times))?;
    let days = match days.map(|days| Field::read(whole, days, &WEEKDAY)).transpose() {
        Ok(None | Some(Field::Every)) => (WEEKDAY.least..=WEEKDAY.most).collect(),
        Ok(Some(Field::Values(days))) => days,
        Ok(Some(_)) => return Err(wrong(days.unwrap_or(whole))),
        Err(mistake) => return Err(ScheduleMistake::of_window(mistake)),
    };
    Ok(WindowTimes::Weekly { days, from: begin, until: end })
}

/// `2026-12-24T18:00`, `2027-01-02T06:00`
fn once(whole: &str, from: &str, until: &str) -> Result<WindowTimes, ScheduleMistake> {
    let read = |piece: &str| friendly::civil(piece).ok_or_else(|| ScheduleMistake::window(whole, piece));
    let (begin, end) = (read(from)?, read(until)?);
    if begin >= end {
        return Err(ScheduleMistake::window_reversed(whole, until));
    }
    Ok(WindowTimes::Once { from: begin, until: end })
}
