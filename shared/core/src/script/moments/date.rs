//! Dates, with the clock behind them.

use super::boundary::{digits, ends, number, part, run};
use super::clock::{clock, compact_clock, fraction, zone, zoned};
use crate::script::words;

/// `Sat Nov 21 04:18:32 2026`, `Sat, 21 Nov 2026 04:18:32 GMT`, `November 21, 2026`, `Nov 21 04:18`
pub(super) fn named(line: &[u8], at: usize) -> Option<usize> {
    if let Some(end) = words::weekday(line, at) {
        let dot = end + usize::from(matches!(line.get(end), Some(b'.' | b',')));
        let next = dot + run(line, dot, b' ');
        if next == end {
            return None;
        }
        return month_first(line, next).or_else(|| date(line, next));
    }
    month_first(line, at)
}

/// `Nov 21 04:18:32 CET 2026`, `Nov 21  2026`, `November 21st, 2026 04:18`
fn month_first(line: &[u8], at: usize) -> Option<usize> {
    let name = words::month(line, at)?;
    let dot = name + usize::from(line.get(name) == Some(&b'.'));
    let spaces = run(line, dot, b' ');
    let day = number(line, dot + spaces, 1..=2, 1..=31)?;
    if spaces == 0 {
        return None;
    }
    let ordinal = day
        + [&b"st"[..], b"nd", b"rd", b"th"].iter().find(|end| line[day..].starts_with(end)).map_or(0, |_| 2);
    let comma = ordinal + usize::from(line.get(ordinal) == Some(&b','));
    let next = comma + run(line, comma, b' ');
    if next == comma {
        return None;
    }
    if let Some(year) = year(line, next) {
        return Some(with_clock(line, year));
    }
    let clock = clock(line, next)?.end;
    let behind = clock + run(line, clock, b' ');
    Some(year(line, behind).filter(|_| behind > clock).unwrap_or(clock))
}

/// A date in digits or with the day first, with the clock behind it.
pub(super) fn date(line: &[u8], at: usize) -> Option<usize> {
    match digits(line, at) {
        1 | 2 => day_first(line, at).or_else(|| slashed(line, at)),
        4 => year_first(line, at),
        8 => {
            let day = compact_date(line, at)?;
            if !matches!(line.get(day), Some(b'T' | b't')) {
                return None;
            }
            let second = compact_clock(line, day + 1)?;
            ends(line, zone(line, fraction(line, second)))
        }
        // Generalised time of LDAP and of certificates; the zone is what tells it from any number.
        14 => zoned(line, compact_clock(line, compact_date(line, at)?)?),
        12 => zoned(line, compact_clock(line, compact_day(line, at + 2)?)?),
        _ => None,
    }
}

/// `2026-11-21`, `2026/11/21`, with or without a clock
fn year_first(line: &[u8], at: usize) -> Option<usize> {
    let year = number(line, at, 4..=4, 1600..=2999)?;
    let &separator = line.get(year).filter(|byte| matches!(byte, b'-' | b'/'))?;
    let month = number(line, year + 1, 2..=2, 1..=12)?;
    if line.get(month) != Some(&separator) {
        return None;
    }
    let day = number(line, month + 1, 2..=2, 1..=31)?;
    if matches!(line.get(day), Some(b'T' | b't' | b'_' | b':' | b'-'))
        && let Some(clock) = clock(line, day + 1)
    {
        return Some(clock.end);
    }
    ends(line, day).map(|day| with_clock(line, day))
}

/// `21 Nov 2026`, `21-Nov-26`, `21/Nov/2026:04:18:32 +0000`
fn day_first(line: &[u8], at: usize) -> Option<usize> {
    let day = number(line, at, 1..=2, 1..=31)?;
    let &separator = line.get(day).filter(|byte| matches!(byte, b' ' | b'-' | b'/'))?;
    let month = words::month(line, day + 1)?;
    let comma = month + usize::from(separator == b' ' && line.get(month) == Some(&b','));
    if line.get(comma) != Some(&separator) {
        return None;
    }
    let end = match number(line, comma + 1, 4..=4, 1600..=2999) {
        Some(year) => year,
        None if separator != b' ' => number(line, comma + 1, 2..=2, 0..=99)?,
        // The listing of an FTP server: the year is this one.
        None => return Some(clock(line, comma + 1)?.end),
    };
    if line.get(end) == Some(&b':')
        && let Some(clock) = clock(line, end + 1)
    {
        return Some(clock.end);
    }
    ends(line, end).map(|end| with_clock(line, end))
}

/// `11/21/2026`, `21/11/2026`, `11-21-2026`; with a year of two digits only before a clock: `11-21-26  04:18AM`
fn slashed(line: &[u8], at: usize) -> Option<usize> {
    let first = number(line, at, 1..=2, 1..=31)?;
    let &separator = line.get(first).filter(|byte| matches!(byte, b'-' | b'/'))?;
    let second = number(line, first + 1, 1..=2, 1..=31)?;
    if line.get(second) != Some(&separator) {
        return None;
    }
    if let Some(year) = number(line, second + 1, 4..=4, 1900..=2199) {
        return ends(line, year).map(|year| with_clock(line, year));
    }
    let year = number(line, second + 1, 2..=2, 0..=99)?;
    let clock = with_clock(line, year);
    (clock > year).then_some(clock)
}

/// `end` of a date, or the end of the clock that follows after a comma, an `at`, or spaces.
fn with_clock(line: &[u8], end: usize) -> usize {
    let mut next = end + usize::from(line.get(end) == Some(&b','));
    next += run(line, next, b' ');
    if line[next.min(line.len())..].starts_with(b"at ") {
        next += 3;
    }
    clock(line, next).filter(|_| next > end).map_or(end, |clock| clock.end)
}

fn compact_date(line: &[u8], at: usize) -> Option<usize> {
    let year = part(line, at, 4, 1600..=2999)?;
    compact_day(line, year)
}

/// The end of the `1121` at `at`.
fn compact_day(line: &[u8], at: usize) -> Option<usize> {
    let month = part(line, at, 2, 1..=12)?;
    part(line, month, 2, 1..=31)
}

/// The end of a year of four digits, where the word ends too.
fn year(line: &[u8], at: usize) -> Option<usize> {
    number(line, at, 4..=4, 1600..=2999).and_then(|end| ends(line, end))
}
