//! Times of day.

use super::boundary::{digits, ends, number, part};
use crate::script::words;

pub(super) struct Clock {
    /// Where it ends.
    pub(super) end: usize,
    /// It has seconds, a half of the day or a zone: `4:18` alone may be anything.
    pub(super) stands_alone: bool,
}

/// `04:18:32.123 +01:00`, `4:18PM`, `26:03:04`
pub(super) fn clock(line: &[u8], at: usize) -> Option<Clock> {
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
pub(super) fn zone(line: &[u8], end: usize) -> usize {
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
pub(super) fn zoned(line: &[u8], end: usize) -> Option<usize> {
    let end = fraction(line, end);
    ends(line, zone(line, end)).filter(|&zone| zone > end)
}

/// `second`, or the end of the fraction behind it.
pub(super) fn fraction(line: &[u8], second: usize) -> usize {
    match line.get(second) {
        Some(b'.' | b',') if digits(line, second + 1) > 0 => second + 1 + digits(line, second + 1),
        _ => second,
    }
}

/// The end of the `041832` at `at`.
pub(super) fn compact_clock(line: &[u8], at: usize) -> Option<usize> {
    let hour = part(line, at, 2, 0..=24)?;
    let minute = part(line, hour, 2, 0..=59)?;
    part(line, minute, 2, 0..=60)
}
