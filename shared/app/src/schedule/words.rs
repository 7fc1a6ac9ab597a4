//! Schedules for people.

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use super::cron::CronTimes;
use super::field::Field;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Most times of a day that are named one by one.
const MOST_TIMES: usize = 6;

/// `at 03:00 on Monday to Friday`
pub(super) fn cron(times: &CronTimes) -> String {
    let mut words = time(times);
    let day = day(times);
    if !day.is_empty() {
        words.push(' ');
        words.push_str(&day);
    }
    if let Field::Values(months) = &times.months {
        words.push_str(" in ");
        words.push_str(&list(months, &|month| MONTHS[usize::from(month - 1)].to_owned()));
    }
    if let Field::Values(years) = &times.years {
        words.push_str(if matches!(times.months, Field::Values(_)) { " of " } else { " in " });
        words.push_str(&list(years, &|year| year.to_string()));
    }
    words
}

/// `18:00 on 24 December 2026`
pub(super) fn moment(civil: DateTime) -> String {
    let month = usize::try_from(civil.month()).map_or("", |month| MONTHS[month - 1]);
    let seconds = if civil.second() == 0 { String::new() } else { format!(":{:02}", civil.second()) };
    format!("{:02}:{:02}{seconds} on {} {month} {}", civil.hour(), civil.minute(), civil.day(), civil.year())
}

/// `every day`, `Monday to Friday`; Sunday is 1.
pub(super) fn weekdays(days: &BTreeSet<u16>) -> String {
    if days.len() == WEEKDAYS.len() {
        return "every day".to_owned();
    }
    list(days, &|day| WEEKDAYS[usize::from(day - 1)].to_owned())
}

fn all(from: u16, to: u16) -> BTreeSet<u16> {
    (from..=to).collect()
}

fn time(times: &CronTimes) -> String {
    let values = |field: &Field, most| match field {
        Field::Values(values) => values.clone(),
        _ => all(0, most),
    };
    let (minutes, hours) = (values(&times.minutes, 59), values(&times.hours, 23));
    if minutes.len() * hours.len() <= MOST_TIMES {
        let times =
            hours.iter().flat_map(|hour| minutes.iter().map(move |minute| format!("{hour:02}:{minute:02}")));
        return format!("at {}", and(&times.collect::<Vec<_>>()));
    }
    let every_hour = hours.len() == 24;
    let during = || {
        let hours = list(&hours, &|hour| hour.to_string());
        let word = if hours.contains(' ') { "hours" } else { "hour" };
        format!(" during {word} {hours}")
    };
    if let Some(step) = step_of(&minutes, 60) {
        let words = if step == 1 { "every minute".to_owned() } else { format!("every {step} minutes") };
        return if every_hour { words } else { words + &during() };
    }
    if let (Some(step), [minute]) = (step_of(&hours, 24), &minutes.iter().copied().collect::<Vec<_>>()[..]) {
        let hours = if step == 1 { "every hour".to_owned() } else { format!("every {step} hours") };
        return match minute {
            0 => hours,
            minute => format!("{hours} at {minute} minutes past"),
        };
    }
    let minutes = format!("at {} minutes past the hour", list(&minutes, &|minute| minute.to_string()));
    if every_hour { minutes } else { minutes + &during() }
}

/// The step where values go round evenly from 0: `0,15,30,45` of 60.
fn step_of(values: &BTreeSet<u16>, round: u16) -> Option<u16> {
    let step = round / u16::try_from(values.len()).ok()?;
    let even = values.iter().copied().eq((0..round).step_by(usize::from(step)));
    (values.len() > 1 && round.is_multiple_of(step) && even).then_some(step)
}

fn day(times: &CronTimes) -> String {
    let weekday = |day: u16| WEEKDAYS[usize::from(day - 1)].to_owned();
    match (&times.days, &times.weekdays) {
        (Field::Values(days), _) => {
            let word = if days.len() == 1 { "day" } else { "days" };
            format!("on {word} {} of the month", list(days, &|day| day.to_string()))
        }
        (Field::LastDay, _) => "on the last day of the month".to_owned(),
        (Field::LastWorkday, _) => "on the last day of Monday to Friday of the month".to_owned(),
        (Field::Nearest(day), _) => {
            format!("on the day of Monday to Friday nearest to day {day} of the month")
        }
        (_, Field::Values(days)) if days.len() < 7 => format!("on {}", list(days, &weekday)),
        (_, Field::LastOf(day)) => format!("on the last {} of the month", weekday(*day)),
        (_, Field::Nth(day, nth)) => {
            let nth = ["first", "second", "third", "fourth", "fifth"][usize::from(nth - 1)];
            format!("on the {nth} {} of the month", weekday(*day))
        }
        // A single time says nothing of days yet.
        _ if time(times).starts_with("at ") && !matches!(times.hours, Field::Every) => "every day".to_owned(),
        _ => String::new(),
    }
}

/// `Monday to Friday`, `1, 3 and 5`, `8 to 12 and 14`.
fn list(values: &BTreeSet<u16>, name: &dyn Fn(u16) -> String) -> String {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for &value in values {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => ranges.push((value, value)),
        }
    }
    let words = ranges.into_iter().flat_map(|(first, last)| match last - first {
        0 => vec![name(first)],
        1 => vec![name(first), name(last)],
        _ => vec![format!("{} to {}", name(first), name(last))],
    });
    and(&words.collect::<Vec<_>>())
}

fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
