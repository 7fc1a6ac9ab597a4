//! The words that make a number a time.

/// Names of months, the short form is the first three letters.
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

/// Names of weekdays, the short form is the first three letters.
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Zones as clocks print them. A list, as `GET` after a clock is part of a log line and no zone.
const ZONES: [&str; 36] = [
    "UTC", "GMT", "UT", "WET", "WEST", "CET", "CEST", "EET", "EEST", "MSK", "BST", "IST", "EST", "EDT",
    "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST", "AST", "ADT", "BRT", "ART", "SAST",
    "JST", "KST", "HKT", "SGT", "AEST", "AEDT", "NZST", "NZDT",
];

/// Units of durations, the longest first, each with its rank.
const UNITS: [(&[&str], u8); 9] = [
    (&["years", "year", "y"], 9),
    (&["months", "month"], 8),
    (&["weeks", "week", "w"], 7),
    (&["days", "day", "d"], 6),
    (&["hours", "hour", "hrs", "hr", "h"], 5),
    (&["minutes", "minute", "mins", "min", "m"], 4),
    (&["seconds", "second", "secs", "sec", "s"], 3),
    (&["milliseconds", "millisecond", "msecs", "msec", "ms"], 2),
    (
        &[
            "microseconds",
            "microsecond",
            "usecs",
            "usec",
            "us",
            "\u{b5}s",
            "\u{3bc}s",
            "nanoseconds",
            "nsec",
            "ns",
        ],
        1,
    ),
];

/// A unit of a duration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unit {
    /// Years are 9, micro- and nanoseconds 1: a duration names its units from high to low.
    pub rank: u8,
    /// The unit is a letter or two and stands directly behind its number, unless it is `ms`.
    pub is_short: bool,
}

/// Whether `byte` begins a month or a weekday.
pub(super) const fn begins_name(byte: u8) -> bool {
    matches!(byte, b'J' | b'F' | b'M' | b'A' | b'S' | b'O' | b'N' | b'D' | b'T' | b'W')
}

/// Where a month's name that begins at `at` ends.
pub(super) fn month(line: &[u8], at: usize) -> Option<usize> {
    name(line, at, &MONTHS)
}

/// Where a weekday's name that begins at `at` ends.
pub(super) fn weekday(line: &[u8], at: usize) -> Option<usize> {
    name(line, at, &WEEKDAYS)
}

fn name(line: &[u8], at: usize, names: &[&str]) -> Option<usize> {
    let word = word(line, at);
    // Nearly every word with a capital is no name, and mostly by its second letter.
    let second = word.get(1)?.to_ascii_lowercase();
    if !names.iter().any(|name| name.as_bytes()[1] == second) {
        return None;
    }
    let known = names.iter().any(|name| {
        let name = name.as_bytes();
        word.eq_ignore_ascii_case(&name[..3])
            || word.eq_ignore_ascii_case(name)
            || (word == b"Sept" && name[0] == b'S')
    });
    known.then_some(at + word.len())
}

/// Where a zone's name that begins at `at` ends.
pub(super) fn zone(line: &[u8], at: usize) -> Option<usize> {
    let word = word(line, at);
    ZONES.iter().any(|zone| zone.as_bytes() == word).then_some(at + word.len())
}

/// The unit that begins at `at`, and where it ends. Short units are lower case, words are in any case.
pub(super) fn unit(line: &[u8], at: usize) -> Option<(Unit, usize)> {
    let rest = line.get(at..)?;
    let micro =
        if rest.starts_with("\u{b5}".as_bytes()) || rest.starts_with("\u{3bc}".as_bytes()) { 2 } else { 0 };
    let letters = rest[micro..].iter().take(16).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let length = micro + letters;
    let word = &rest[..length];
    let &first = word.first()?;
    if !(matches!(first | 0x20, b'y' | b'm' | b'w' | b'd' | b'h' | b's' | b'u' | b'n') || first >= 0x80) {
        return None;
    }
    UNITS.iter().find_map(|&(spellings, rank)| {
        let spelling = spellings.iter().find(|spelling| spelling.as_bytes().eq_ignore_ascii_case(word))?;
        let is_short = spelling.chars().count() <= 2 && *spelling != "hr";
        (!is_short || word == spelling.as_bytes()).then_some((Unit { rank, is_short }, at + length))
    })
}

/// The ASCII letters from `at` on; at most 12, no word here is longer.
fn word(line: &[u8], at: usize) -> &[u8] {
    let rest = line.get(at..).unwrap_or_default();
    &rest[..rest.iter().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count()]
}
