//! What people write instead of the dialect.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::cron::CronTimes;
use super::field::{CRONTAB_WEEKDAY, DAY, Field, HOUR, MINUTE, MONTH, WEEKDAYS};
use super::mistake::ScheduleMistake;
use super::{Times, YEARS, rate};

/// `every ...`, the five fields of a crontab, or a time; `text` is a part of `whole`.
pub(super) fn read(whole: &str, text: &str, zone: &TimeZone) -> Result<Times, ScheduleMistake> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match lower[..] {
        ["every", _] if super::Unit::read(words[1]).is_some() => rate(whole, "1", words[1]),
        ["every", _, "at", _] => daily(whole, words[1], words[3]),
        ["every", _, _] => rate(whole, words[1], words[2]),
        [_, _, _, _, _] => crontab(whole, text, &words),
        // Six fields may begin with the minute or the second.
        [_, _, _, _, _, _] if text.starts_with(|first: char| first == '*' || first.is_ascii_digit()) => {
            Err(ScheduleMistake::form(whole, text))
        }
        _ => moment(text, zone).map(Times::At).ok_or_else(|| ScheduleMistake::form(whole, text)),
    }
}

fn cron(whole: &str, text: &str, fields: &str) -> Result<Times, ScheduleMistake> {
    let times = CronTimes::read(fields, fields);
    // What was made here is right unless what it was made of was not.
    times.map(|times| Times::Cron(Box::new(times))).map_err(|_| ScheduleMistake::form(whole, text))
}

/// `every weekday at 03:00`
fn daily(whole: &str, day: &str, time: &str) -> Result<Times, ScheduleMistake> {
    let Some((hour, minute)) = hour_and_minute(time) else { return Err(ScheduleMistake::form(whole, time)) };
    let name = day.to_ascii_uppercase();
    let weekday = WEEKDAYS.into_iter().find(|short| full_name(short) == name || **short == *name);
    let days = match (name.as_str(), weekday) {
        ("DAY", _) => "* * ?",
        ("WEEKDAY", _) => "? * MON-FRI",
        (_, Some(weekday)) => &format!("? * {weekday}"),
        _ => return Err(ScheduleMistake::form(whole, day)),
    };
    cron(whole, time, &format!("{minute} {hour} {days} *"))
}

fn full_name(short: &str) -> &'static str {
    match short {
        "SUN" => "SUNDAY",
        "MON" => "MONDAY",
        "TUE" => "TUESDAY",
        "WED" => "WEDNESDAY",
        "THU" => "THURSDAY",
        "FRI" => "FRIDAY",
        _ => "SATURDAY",
    }
}

/// `3:00`, `03:00`
pub(super) fn hour_and_minute(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, most: u8| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number <= most)
    };
    Some((number(hour, 23)?, number(minute, 59).filter(|_| minute.len() == 2)?))
}

/// `0 3 * * 1-5`: the weekday counts from Sunday, which is 0 or 7.
fn crontab(whole: &str, text: &str, pieces: &[&str]) -> Result<Times, ScheduleMistake> {
    let [minute, hour, day, month, weekday] = pieces else { return Err(ScheduleMistake::form(whole, text)) };
    for (piece, kind) in [(minute, &MINUTE), (hour, &HOUR), (month, &MONTH)] {
        Field::read(whole, piece, kind)?;
    }
    let days = Field::read(whole, day, &DAY)?;
    let weekdays = Field::read(whole, weekday, &CRONTAB_WEEKDAY)?;
    let (day, weekday) = match (&days, weekdays) {
        (_, Field::Every) => (*day, "?".to_owned()),
        (Field::Every, Field::Values(values)) => ("?", names(&values)),
        // A crontab means either of them, which the dialect can't say.
        _ => return Err(ScheduleMistake::both_days(whole, weekday)),
    };
    cron(whole, text, &format!("{minute} {hour} {day} {month} {weekday} *"))
}

/// `MON-FRI`, `SUN,SAT`
pub(super) fn names(crontab: &BTreeSet<u16>) -> String {
    let days: BTreeSet<usize> = crontab.iter().map(|day| usize::from(day % 7)).collect();
    let (first, last) = (days.first().copied().unwrap_or(0), days.last().copied().unwrap_or(0));
    if days.len() > 2 && last - first + 1 == days.len() {
        return format!("{}-{}", WEEKDAYS[first], WEEKDAYS[last]);
    }
    days.into_iter().map(|day| WEEKDAYS[day]).collect::<Vec<_>>().join(",")
}

/// A date and time without an offset: `2026-12-24T18:00:00`, seconds may be missing.
pub(super) fn civil(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let parts = |text: &str, separator: char, lengths: &[usize]| {
        let parts: Vec<&str> = text.split(separator).collect();
        let right = parts.len() == lengths.len()
            && parts.iter().zip(lengths).all(|(part, length)| {
                part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit())
            });
        right.then(|| parts.iter().filter_map(|part| part.parse::<i16>().ok()).collect::<Vec<_>>())
    };
    let date = parts(date, '-', &[4, 2, 2])?;
    let time = parts(time.trim(), ':', &[2, 2, 2]).or_else(|| parts(time.trim(), ':', &[2, 2]))?;
    let small = |number: i16| i8::try_from(number).ok();
    let second = time.get(2).copied().unwrap_or(0);
    // jiff would take a leap second for the one before.
    let day = Date::new(date[0], small(date[1])?, small(date[2])?).ok()?;
    let civil = day.at(0, 0, 0, 0).with().hour(small(time[0])?).minute(small(time[1])?);
    let civil = civil.second(small(second).filter(|second| *second < 60)?).build().ok()?;
    u16::try_from(civil.year()).is_ok_and(|year| YEARS.contains(&year)).then_some(civil)
}

/// A date and time; with an offset it is read as the clock of the zone shows it then.
fn moment(text: &str, zone: &TimeZone) -> Option<DateTime> {
    if let Some(civil) = civil(text) {
        return Some(civil);
    }
    let time: Timestamp = text.parse().ok()?;
    let civil = zone.to_datetime(time);
    let whole =
        civil.subsec_nanosecond() == 0 && zone.to_ambiguous_timestamp(civil).compatible().ok()? == time;
    (whole && u16::try_from(civil.year()).is_ok_and(|year| YEARS.contains(&year))).then_some(civil)
}
