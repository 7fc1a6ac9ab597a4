//! Finds times, dates and durations in a line.
//!
//! One pass over the bytes: only a digit or the first letter of a month or weekday is looked at twice, and only
//! where a word begins there. Everything that merely contains digits (fingerprints, addresses, versions, names)
//! fails at the boundary before or behind it.

use std::ops::Range;

use super::words;

/// How far back a label is looked for, in bytes.
const LABEL_REACH: usize = 32;

/// What may come of a byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Digit,
    Name,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_digit() {
            classes[byte as usize] = Class::Digit;
        } else if words::begins_name(byte) {
            classes[byte as usize] = Class::Name;
        }
        byte += 1;
    }
    classes
};

/// The first time, date or duration of `line` at or after `from`; neighbours are one.
///
/// Both ends of the range are next to an ASCII character of it.
pub(super) fn find(line: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        at += line.get(at..)?.iter().position(|&byte| CLASSES[usize::from(byte)] != Class::Other)?;
        match CLASSES[usize::from(line[at])] {
            Class::Other => at += 1,
            Class::Name => {
                if starts_word(line, at)
                    && let Some(end) = named(line, at)
                {
                    return Some(at..joined(line, end));
                }
                at += 1;
            }
            Class::Digit => {
                if let Some(start) = starts_number(line, at, from)
                    && let Some(end) = moment(line, at)
                {
                    return Some(start..joined(line, end));
                }
                at += digits(line, at);
            }
        }
    }
}

/// The end of a moment at `end` with all that follow it: `1 day, 2:03:04` is one.
fn joined(line: &[u8], mut end: usize) -> usize {
    loop {
        let comma = usize::from(line.get(end) == Some(&b','));
        let spaces = run(line, end + comma, b' ');
        let next = end + comma + spaces;
        let Some(&byte) = line.get(next) else { return end };
        if !(1..=2).contains(&spaces) {
            return end;
        }
        let longer = match CLASSES[usize::from(byte)] {
            Class::Digit => moment(line, next).or_else(|| Some(clock(line, next)?.end)),
            Class::Name => named(line, next),
            Class::Other => None,
        };
        match longer {
            Some(longer) => end = longer,
            None => return end,
        }
    }
}

/// What begins with the number at `at`.
fn moment(line: &[u8], at: usize) -> Option<usize> {
    date(line, at)
        .or_else(|| {
            clock(line, at)
                .filter(|clock| clock.stands_alone || labelled_clock(line, at))
                .map(|clock| clock.end)
        })
        .or_else(|| duration(line, at))
        .or_else(|| labelled_count(line, at))
}

/// `Sat Nov 21 04:18:32 2026`, `Sat, 21 Nov 2026 04:18:32 GMT`, `November 21, 2026`, `Nov 21 04:18`
fn named(line: &[u8], at: usize) -> Option<usize> {
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
fn date(line: &[u8], at: usize) -> Option<usize> {
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
        12 => {
            let month = number(line, at + 2, 2..=2, 1..=12)?;
            let day = number(line, month, 2..=2, 1..=31)?;
            zoned(line, compact_clock(line, day)?)
        }
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

struct Clock {
    end: usize,
    /// It has seconds, a half of the day or a zone: `4:18` alone may be anything.
    stands_alone: bool,
}

/// `04:18:32.123 +01:00`, `4:18PM`, `26:03:04`
fn clock(line: &[u8], at: usize) -> Option<Clock> {
    let hour = number(line, at, 1..=3, 0..=999)?;
    let minute = number(line, hour.checked_add(1).filter(|_| line.get(hour) == Some(&b':'))?, 2..=2, 0..=59)?;
    let second =
        if line.get(minute) == Some(&b':') { Some(number(line, minute + 1, 2..=2, 0..=60)?) } else { None };
    if second.is_none() {
        number(line, at, 1..=2, 0..=24)?;
    }
    let time = second.map_or(minute, |second| fraction(line, second));
    let half = half_of_day(line, time);
    let zone = zone(line, half);
    let end = ends(line, zone).or_else(|| ends(line, half)).or_else(|| ends(line, time))?;
    Some(Clock { end, stands_alone: second.is_some() || end > time })
}

/// `time`, or the end of `AM`, ` pm` or ` p.m.` behind it.
fn half_of_day(line: &[u8], time: usize) -> usize {
    let start = time + usize::from(line.get(time) == Some(&b' '));
    let rest = line.get(start..).unwrap_or_default();
    let Some((&letter, behind)) = rest.split_first() else { return time };
    if !matches!(letter, b'A' | b'P' | b'a' | b'p') {
        return time;
    }
    match behind {
        [b'M' | b'm', ..] => start + 2,
        [b'.', b'm', b'.', ..] => start + 4,
        _ => time,
    }
}

/// `end`, or the end of the zones behind it: `Z`, `+01:00`, ` -0700 (PDT)`, ` GMT+2`.
fn zone(line: &[u8], end: usize) -> usize {
    if matches!(line.get(end), Some(b'Z' | b'z')) {
        return end + 1;
    }
    let mut end = offset(line, end).unwrap_or(end);
    for _ in 0..2 {
        let space = end + usize::from(line.get(end) == Some(&b' '));
        let bracket = space + usize::from(line.get(space) == Some(&b'('));
        if let Some(name) = words::zone(line, bracket) {
            end = offset(line, name).unwrap_or(name);
            end += usize::from(bracket > space && line.get(end) == Some(&b')'));
        } else if bracket > end
            && let Some(offset) = offset(line, bracket).filter(|offset| offset - bracket >= 5)
        {
            end = offset + usize::from(bracket > space && line.get(offset) == Some(&b')'));
        }
    }
    end
}

/// The end of `+01`, `-0700`, `+05:30`.
fn offset(line: &[u8], at: usize) -> Option<usize> {
    if !matches!(line.get(at), Some(b'+' | b'-')) {
        return None;
    }
    match digits(line, at + 1) {
        4 => Some(at + 5),
        1 | 2 => {
            let hour = at + 1 + digits(line, at + 1);
            if line.get(hour) == Some(&b':') { number(line, hour + 1, 2..=2, 0..=59) } else { Some(hour) }
        }
        _ => None,
    }
}

/// The end of a zone that must be there, after an optional fraction.
fn zoned(line: &[u8], end: usize) -> Option<usize> {
    let end = fraction(line, end);
    ends(line, zone(line, end)).filter(|&zone| zone > end)
}

/// `second`, or the end of the fraction behind it.
fn fraction(line: &[u8], second: usize) -> usize {
    match line.get(second) {
        Some(b'.' | b',') if digits(line, second + 1) > 0 => second + 1 + digits(line, second + 1),
        _ => second,
    }
}

fn compact_date(line: &[u8], at: usize) -> Option<usize> {
    let text = line.get(at..at + 8)?;
    within(&text[..4], 1600..=2999)?;
    within(&text[4..6], 1..=12)?;
    within(&text[6..], 1..=31)?;
    Some(at + 8)
}

fn compact_clock(line: &[u8], at: usize) -> Option<usize> {
    let text = line.get(at..at + 6)?;
    within(&text[..2], 0..=24)?;
    within(&text[2..4], 0..=59)?;
    within(&text[4..], 0..=60)?;
    Some(at + 6)
}

/// `3d04h`, `2h03m10s`, `254.20ms`, `5 days`
fn duration(line: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    let mut above = u8::MAX;
    loop {
        let whole = end + digits(line, end);
        let number = fraction(line, whole);
        let spaced = number + usize::from(line.get(number) == Some(&b' '));
        let (unit, unit_end) = words::unit(line, spaced)?;
        let detached = spaced > number;
        if unit.rank >= above
            || (detached && unit.is_short && unit.rank != 2)
            || (number > whole && unit.rank > 5)
        {
            return None;
        }
        // Versions: 1.1.1d is none of these, 9.8h is.
        if number > whole && unit.is_short && unit.rank > 3 {
            return None;
        }
        let first_and_only = above == u8::MAX;
        above = unit.rank;
        if line.get(unit_end).is_some_and(u8::is_ascii_digit) {
            end = unit_end;
            continue;
        }
        let end = ends(line, unit_end)?;
        if first_and_only && unit.is_short && line[unit_end - 1] == b'd' && is_hex_group(line, at, end) {
            return None;
        }
        return Some(end);
    }
}

/// Whether `line[start..end]` stands in a row of hexadecimal groups of its length, as digests are printed.
fn is_hex_group(line: &[u8], start: usize, end: usize) -> bool {
    let length = end - start;
    let is_group = |group: Option<&[u8]>| group.is_some_and(|group| group.iter().all(u8::is_ascii_hexdigit));
    let before = start.checked_sub(length + 1).filter(|_| is_separator(line, start - 1));
    let behind = Some(end + 1).filter(|_| is_separator(line, end));
    is_group(before.and_then(|at| line.get(at..at + length)))
        || is_group(behind.and_then(|at| line.get(at..at + length)))
}

fn is_separator(line: &[u8], at: usize) -> bool {
    matches!(line.get(at), Some(b' ' | b',' | b';' | b'|'))
}

/// A number that only its label makes a time: `uptime=1234`, `timestamp: 1795234712`, `Age: 77`.
fn labelled_count(line: &[u8], at: usize) -> Option<usize> {
    let length = digits(line, at);
    let label = label(line, at)?;
    let ends_like = |suffixes: &[&str]| suffixes.iter().any(|suffix| ends_with_word(label, suffix));
    let is_time = if contains(label, b"uptime") || label.eq_ignore_ascii_case(b"age") {
        true
    } else {
        // Seconds of this age have nine or ten digits, then come milli-, micro- and nanoseconds.
        matches!(length, 9 | 10 | 13 | 16 | 19)
            && ends_like(&[
                "time",
                "timestamp",
                "epoch",
                "date",
                "clock",
                "expires",
                "expiry",
                "since",
                "seen",
                "now",
            ])
    };
    if !is_time {
        return None;
    }
    ends(line, fraction(line, at + length))
}

/// Whether a clock without seconds is called a time: `Local time is now 04:18.`
fn labelled_clock(line: &[u8], at: usize) -> bool {
    let reach = &line[at.saturating_sub(LABEL_REACH)..at];
    contains(reach, b"time")
}

/// The word before the `=`, `:` or spaces before `at`.
fn label(line: &[u8], at: usize) -> Option<&[u8]> {
    let before = &line[at.saturating_sub(LABEL_REACH)..at];
    let end = before.iter().rposition(|byte| !matches!(byte, b' ' | b'=' | b':' | b'"' | b'\''))? + 1;
    let start = before[..end]
        .iter()
        .rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')))
        .map_or(0, |before| before + 1);
    (end < before.len() && start < end).then_some(&before[start..end])
}

fn ends_with_word(label: &[u8], suffix: &str) -> bool {
    label.len() >= suffix.len() && label[label.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// Where a number that begins at `at` begins with its sign, if nothing before `at` makes it part of something
/// else.
fn starts_number(line: &[u8], at: usize, floor: usize) -> Option<usize> {
    let Some(before) = at.checked_sub(1) else { return Some(at) };
    match line[before] {
        b'-' | b'+' if before >= floor => (before == 0
            || matches!(line[before - 1], b' ' | b'(' | b'[' | b'=' | b',' | b':' | b'"' | b'\t' | b'|'))
        .then_some(before),
        b':' => after_label(line, before).then_some(at),
        _ => starts_word(line, at).then_some(at),
    }
}

/// Whether the colon at `colon` ends a label rather than parts a fingerprint or an address.
fn after_label(line: &[u8], colon: usize) -> bool {
    let word =
        line[..colon].iter().rev().take(5).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    let (length, hex) =
        word.fold((0, true), |(length, hex), byte| (length + 1, hex && byte.is_ascii_hexdigit()));
    length > 0 && (length > 4 || !hex)
}

/// Whether a word may begin at `at`.
fn starts_word(line: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    match line[before] {
        b'.' | b'_' | b'/' | b'-' | b'+' | b':' | b'%' | b'$' | b'\\' => false,
        // nmap writes unprintable bytes as \x0A, so what comes behind one begins a word.
        byte if byte.is_ascii_alphanumeric() => before >= 3 && line[before - 3..before - 1] == *b"\\x",
        _ => true,
    }
}

/// `end`, if nothing behind it continues the word.
fn ends(line: &[u8], end: usize) -> Option<usize> {
    let continues = match line.get(end) {
        None => false,
        Some(b'_' | b'%') => true,
        Some(b'.' | b'-' | b'/' | b'+') => line.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(b':') => line.get(end + 1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b':'),
        Some(byte) => byte.is_ascii_alphanumeric(),
    };
    (!continues).then_some(end)
}

/// The end of a year of four digits, where the word ends too.
fn year(line: &[u8], at: usize) -> Option<usize> {
    number(line, at, 4..=4, 1600..=2999).and_then(|end| ends(line, end))
}

/// The end of the whole number at `at`, if it has so many digits and such a value.
fn number(
    line: &[u8],
    at: usize,
    length: std::ops::RangeInclusive<usize>,
    value: std::ops::RangeInclusive<u32>,
) -> Option<usize> {
    let count = digits(line, at);
    if !length.contains(&count) {
        return None;
    }
    within(&line[at..at + count], value)?;
    Some(at + count)
}

fn within(digits: &[u8], range: std::ops::RangeInclusive<u32>) -> Option<()> {
    let value = digits
        .iter()
        .fold(0_u32, |value, digit| value.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    range.contains(&value).then_some(())
}

/// How many digits stand at `at`.
fn digits(line: &[u8], at: usize) -> usize {
    line.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// How often `byte` stands at `at` in a row.
fn run(line: &[u8], at: usize, byte: u8) -> usize {
    line.get(at..).unwrap_or_default().iter().take_while(|&&next| next == byte).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(line: &str) -> String {
        let (mut out, mut done) = (String::new(), 0);
        while let Some(found) = find(line.as_bytes(), done) {
            out.push_str(&line[done..found.start]);
            out.push('@');
            done = found.end;
        }
        out + &line[done..]
    }

    #[test]
    fn times_dates_and_durations_are_found() {
        for (line, expected) in [
            ("2026-11-21", "@"),
            ("at 2026-11-21T04:18:32+00:00.", "at @."),
            ("2026-11-21T04:18:32.123Z; x", "@; x"),
            ("2026-11-21 04:18:32,123 UTC", "@"),
            ("2026/11/21 04:18", "@"),
            ("Date:2026-11-21", "Date:@"),
            ("20261121T041832Z", "@"),
            ("currentTime: 20261121041832.0Z", "currentTime: @"),
            ("Sat Nov 21 04:18:32 2026", "@"),
            ("Sat Nov  1 04:18:32 CEST 2026", "@"),
            ("Date: Sat, 21 Nov 2026 04:18:32 GMT", "Date: @"),
            ("expires=Sat, 21-Nov-26 04:18:32 GMT; path=/", "expires=@; path=/"),
            ("Saturday, 21-Nov-26 04:18:32 GMT", "@"),
            ("Sat 2026-11-21 04:18:32 CET", "@"),
            ("November 21st, 2026 at 04:18", "@"),
            (
                "-rw-r--r--   1 ftp      ftp          1024 Nov 21 04:18 notes",
                "-rw-r--r--   1 ftp      ftp          1024 @ notes",
            ),
            ("drwxr-xr-x   2 ftp Nov 21  2026 pub", "drwxr-xr-x   2 ftp @ pub"),
            ("03-18-17  01:06AM       <DIR>", "@       <DIR>"),
            ("[21/Nov/2026:04:18:32 +0000] \"GET /", "[@] \"GET /"),
            ("12:34:56", "@"),
            ("time:12:34:56", "time:@"),
            ("4:18 p.m. today", "@ today"),
            ("04:18:32 -0700 (PDT)", "@"),
            ("Local time is now 14:18. Server port: 21.", "Local time is now @. Server port: 21."),
            ("up 1 day, 2:03:04, load", "up @, load"),
            ("up 12 days,  3:04, 2 users", "up @, 2 users"),
            ("3d04h", "@"),
            ("mean: 2h03m10s, deviation: -1s", "mean: @, deviation: @"),
            ("+78y130d18h26m04s from local", "@ from local"),
            ("avg: 254.20ms; min: 12 ms", "avg: @; min: @"),
            ("in 10 Seconds", "in @"),
            ("expires in 12d", "expires in @"),
            ("uptime_in_seconds:1234", "uptime_in_seconds:@"),
            ("Uptime: 77", "Uptime: @"),
            ("timestamp = 1795234712", "timestamp = @"),
            ("localTime: 1795234712123", "localTime: @"),
            ("Age: 77", "Age: @"),
            ("\\x0D\\x0A04:18:32 ready", "\\x0D\\x0A@ ready"),
            ("\u{e9} 5\u{b5}s\u{2026}", "\u{e9} @\u{2026}"),
            ("11/21/2026 4:18:32 PM", "@"),
        ] {
            assert_eq!(blank(line), expected);
        }
    }

    #[test]
    fn what_is_no_time_stays() {
        for line in [
            "2048 a8:8f:d9:6f:12:34:56:e3:ef:54 (RSA)",
            "12:34:56:78:9a:bc",
            "00:11:22:33:44:55 (Example)",
            "2001:db8::12:34:56",
            "[::1]:22 and 192.0.2.1:80:443",
            "10.0.0.1, 10.12.13.14",
            "SHA256:12h/3d04h+10s",
            "MD5:   aa75 123d 0000 2d4a",
            "aa 5d 33",
            "OpenSSL/1.0.2s mod_ssl/2.2.8",
            "OpenSSH_7.2p2 Ubuntu-4ubuntu2.8",
            "Apache/2.4.10 (Debian) 5.10h",
            "CVE-2026-11-21 CVE-2014-0160",
            "550e8400-e29b-41d4-a716-446655440000",
            "2026-11-211 x2026-11-21 2026-13-01",
            "Ports 10:22, ratio 4:30",
            "1795234712 bytes, id=1795234712",
            "Version: 20261121, 2026",
            "March of the Mon 3x, Sat on a May",
            "TLSv1.2 3des 100mb 4k 2.4GHz 10m-foo 12h.example.com",
            "MonoDevelop Marvel Nov21",
            "user-10s.example %3d04h /2026-11-21/",
            "20261121041832 202611210418",
            "Thread 3 of 4 days-off",
        ] {
            assert_eq!(blank(line), line);
        }
    }

    #[test]
    fn a_long_row_of_digits_takes_linear_time() {
        let line = "1".repeat(1 << 20) + &" 1".repeat(1 << 18) + &"1,".repeat(1 << 18);
        assert_eq!(blank(&line), line);
    }
}
