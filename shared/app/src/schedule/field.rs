//! One field of a cron expression.

use std::collections::BTreeSet;

use super::YEARS;
use super::mistake::ScheduleMistake;

/// What a field is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// For people.
    pub(super) name: &'static str,
    pub(super) least: u16,
    pub(super) most: u16,
    /// Names of the values from `named` on.
    names: &'static [&'static str],
    named: u16,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
pub(super) const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

pub(super) static MINUTE: Kind = Kind { name: "minute", least: 0, most: 59, names: &[], named: 0 };
pub(super) static HOUR: Kind = Kind { name: "hour", least: 0, most: 23, names: &[], named: 0 };
pub(super) static DAY: Kind = Kind { name: "day of the month", least: 1, most: 31, names: &[], named: 0 };
pub(super) static MONTH: Kind = Kind { name: "month", least: 1, most: 12, names: &MONTHS, named: 1 };
pub(super) static WEEKDAY: Kind = Kind { name: "weekday", least: 1, most: 7, names: &WEEKDAYS, named: 1 };
pub(super) static YEAR: Kind =
    Kind { name: "year", least: *YEARS.start(), most: *YEARS.end(), names: &[], named: 0 };
/// As in a crontab: 0 and 7 are Sunday.
pub(super) static CRONTAB_WEEKDAY: Kind =
    Kind { name: "weekday", least: 0, most: 7, names: &WEEKDAYS, named: 0 };

impl Kind {
    pub(super) fn hint(&self) -> String {
        let numbers = format!("it goes from {} to {}", self.least, self.most);
        match self.names {
            [first, .., last] => format!("{numbers}, or {first} to {last}; * for all, a-b, a,b, a/step"),
            _ => format!("{numbers}; * for all, a-b, a,b, a/step"),
        }
    }

    fn read(&self, text: &str) -> Option<u16> {
        let named = self.names.iter().zip(self.named..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        let number = || {
            let digits = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let value = named.map(|(_, value)| value).or_else(number)?;
        (self.least..=self.most).contains(&value).then_some(value)
    }
}

/// What a field asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `?`
    Unset,
    /// `*`
    Every,
    /// These values, at least one.
    Values(BTreeSet<u16>),
    /// `L` of the days of a month.
    LastDay,
    /// `LW`: the last of Monday to Friday in a month.
    LastWorkday,
    /// `15W`: the day of Monday to Friday that is nearest, in the same month.
    Nearest(u16),
    /// `6L`: the last such weekday of a month.
    LastOf(u16),
    /// `6#2`: the second such weekday of a month.
    Nth(u16, u16),
}

impl Field {
    /// Reads one field; `piece` is a part of `whole`.
    pub(super) fn read(whole: &str, piece: &str, kind: &'static Kind) -> Result<Self, ScheduleMistake> {
        let wrong = |part: &str| ScheduleMistake::value(whole, part, kind);
        if piece == "*" {
            return Ok(Self::Every);
        }
        if let Some(Special(field)) = special(piece, kind) {
            return field.ok_or_else(|| wrong(piece));
        }
        let mut values = BTreeSet::new();
        for part in piece.split(',') {
            if piece.len() > part.len() && special(part, kind).is_some() {
                return Err(ScheduleMistake::alone(whole, part));
            }
            let (range, step) = match part.split_once('/') {
                None => (part, None),
                Some((range, step)) => {
                    let digits =
                        (1..=4).contains(&step.len()) && step.bytes().all(|byte| byte.is_ascii_digit());
                    let number = step.parse().ok().filter(|step| digits && (1..=kind.most).contains(step));
                    (range, Some(number.ok_or_else(|| wrong(part))?))
                }
            };
            let (from, to) = match range.split_once('-') {
                None if range == "*" => (kind.least, kind.most),
                None => {
                    let from = kind.read(range).ok_or_else(|| wrong(range_or(part, range)))?;
                    (from, if step.is_some() { kind.most } else { from })
                }
                Some((from, to)) => {
                    let read = |text| kind.read(text).ok_or_else(|| wrong(range_or(part, text)));
                    (read(from)?, read(to)?)
                }
            };
            if from > to {
                return Err(ScheduleMistake::reversed(whole, part, kind));
            }
            values.extend((from..=to).step_by(usize::from(step.unwrap_or(1))));
        }
        Ok(Self::Values(values))
    }

    /// For croner, which reads only what was checked here.
    pub(super) fn croner(&self) -> String {
        match self {
            Self::Unset | Self::Every => "*".to_owned(),
            Self::Values(values) => join(values),
            Self::LastDay => "L".to_owned(),
            Self::LastWorkday => "LW".to_owned(),
            Self::Nearest(day) => format!("{day}W"),
            Self::LastOf(day) => format!("{day}L"),
            Self::Nth(day, nth) => format!("{day}#{nth}"),
        }
    }
}

/// `1,2,3`
pub(super) fn join(values: &BTreeSet<u16>) -> String {
    values.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

/// The smaller piece, unless it is empty and nothing could be pointed at.
fn range_or<'a>(part: &'a str, piece: &'a str) -> &'a str {
    if piece.is_empty() { part } else { piece }
}

/// What stands for days that depend on the month, and may be no value of the field.
struct Special(Option<Field>);

/// Reads [`Special`]; `None` where nothing of the kind is meant.
fn special(text: &str, kind: &'static Kind) -> Option<Special> {
    let text = text.to_ascii_uppercase();
    if kind == &DAY {
        return match text.as_str() {
            "?" => Some(Special(Some(Field::Unset))),
            "L" => Some(Special(Some(Field::LastDay))),
            "LW" => Some(Special(Some(Field::LastWorkday))),
            _ => text.strip_suffix('W').map(|day| Special(kind.read(day).map(Field::Nearest))),
        };
    }
    if kind == &WEEKDAY {
        if text == "?" {
            return Some(Special(Some(Field::Unset)));
        }
        // The last day of the week.
        if text == "L" {
            return Some(Special(Some(Field::Values(BTreeSet::from([7])))));
        }
        if let Some(day) = text.strip_suffix('L') {
            return Some(Special(kind.read(day).map(Field::LastOf)));
        }
        let (day, nth) = text.split_once('#')?;
        let number = nth.parse::<u16>().ok().filter(|number| (1..=5).contains(number) && nth.len() == 1);
        return Some(Special(kind.read(day).zip(number).map(|(day, nth)| Field::Nth(day, nth))));
    }
    None
}
