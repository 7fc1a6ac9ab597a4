//! Durations, and numbers that only a label makes times.

use super::boundary::{digits, ends};
use super::clock::fraction;
use crate::script::words;

/// How far back a label is looked for, in bytes.
const LABEL_REACH: usize = 32;

/// `3d04h`, `2h03m10s`, `254.20ms`, `5 days`
pub(super) fn duration(line: &[u8], at: usize) -> Option<usize> {
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
pub(super) fn labelled_count(line: &[u8], at: usize) -> Option<usize> {
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
pub(super) fn labelled_clock(line: &[u8], at: usize) -> bool {
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
