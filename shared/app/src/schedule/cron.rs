//! Six fields: minute, hour, day of the month, month, weekday, year.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use portdelta_core::UnixTime;

use super::field::{DAY, Field, HOUR, MINUTE, MONTH, WEEKDAY, YEAR};
use super::mistake::ScheduleMistake;
use super::{YEARS, civil_in};

/// Times of the clock.
#[derive(Clone, Debug)]
pub(super) struct CronTimes {
    text: String,
    pub(super) minutes: Field,
    pub(super) hours: Field,
    pub(super) days: Field,
    pub(super) months: Field,
    pub(super) weekdays: Field,
    pub(super) years: Field,
    cron: Cron,
}

impl CronTimes {
    /// Reads what stands between the parentheses; `inner` is a part of `whole`.
    pub(super) fn read(whole: &str, inner: &str) -> Result<Self, ScheduleMistake> {
        let pieces: Vec<&str> = inner.split_whitespace().collect();
        let [minute, hour, day, month, weekday, year] = pieces[..] else {
            return Err(ScheduleMistake::fields(whole, inner, pieces.len()));
        };
        let minutes = Field::read(whole, minute, &MINUTE)?;
        let hours = Field::read(whole, hour, &HOUR)?;
        let days = Field::read(whole, day, &DAY)?;
        let months = Field::read(whole, month, &MONTH)?;
        let weekdays = Field::read(whole, weekday, &WEEKDAY)?;
        let years = Field::read(whole, year, &YEAR)?;
        match (&days, &weekdays) {
            (Field::Unset, Field::Unset) => return Err(ScheduleMistake::no_days(whole, weekday)),
            (Field::Unset, _) | (_, Field::Unset) => {}
            _ => return Err(ScheduleMistake::both_days(whole, weekday)),
        }
        let fields = [&minutes, &hours, &days, &months, &weekdays, &years].map(Field::croner).join(" ");
        let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Required);
        let parser = parser.alternative_weekdays(true).build();
        // Everything was checked, with places: this has no mistake of its own to tell.
        let cron = parser.parse(&format!("0 {fields}")).map_err(|_| ScheduleMistake::form(whole, inner))?;
        let text = pieces.join(" ").to_ascii_uppercase();
        Ok(Self { text, minutes, hours, days, months, weekdays, years, cron })
    }

    /// The fields as they were written, in capitals.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The first time after `after` in a zone.
    ///
    /// The search runs on the clock's face, where each time comes once, and is mapped to the zone afterwards: a time
    /// that the zone skips is none, and of one that comes twice the first counts.
    pub(super) fn next_after(&self, zone: &TimeZone, after: UnixTime) -> Option<UnixTime> {
        let mut face = civil_in(zone, after)?;
        loop {
            face = self.next_on_the_face(face)?;
            let ambiguous = zone.to_ambiguous_timestamp(face);
            let offset = match ambiguous.offset() {
                AmbiguousOffset::Unambiguous { offset } => offset,
                AmbiguousOffset::Fold { before, .. } => before,
                AmbiguousOffset::Gap { .. } => continue,
            };
            let time = offset.to_timestamp(face).ok()?;
            let time = UnixTime::from_seconds(time.as_second());
            // Before 1970 by a zone's offset, or past while the clock's face is read the second time.
            if let Some(time) = time.filter(|time| *time > after) {
                return Some(time);
            }
        }
    }

    fn next_on_the_face(&self, after: DateTime) -> Option<DateTime> {
        let after = after.to_zoned(TimeZone::UTC).ok()?;
        let next = self.cron.find_next_occurrence(&after, false).ok()?.datetime();
        // West of Greenwich the epoch is in 1969.
        (next.year().unsigned_abs() <= *YEARS.end()).then_some(next)
    }
}
