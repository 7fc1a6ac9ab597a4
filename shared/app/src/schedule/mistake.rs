//! What can be wrong with a schedule, and what to do about it.

use portdelta_core::escape::escape;
use portdelta_core::place::Place;

use super::field::Kind;
use super::{MAX_EXPRESSION_BYTES, MAX_SPREAD_MINUTES, MAX_WINDOW_BYTES, MOST_WINDOWS};
use crate::error::Invalid;

/// A mistake in a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleMistake {
    /// The field of the scan that is wrong.
    pub field: &'static str,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence; what it quotes is escaped.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Where in the expression.
    pub place: Option<Box<Place>>,
}

const EXPRESSION: &str = "schedule.expression";

/// The field of blackout windows.
const WINDOWS: &str = "blackout_windows";

/// How blackout windows look.
const WINDOW_FORMS: &str = "write MON-FRI 08:00-18:00 Europe/Berlin, 22:00-06:00 UTC, or 2026-12-24T18:00 to \
                            2027-01-02T06:00 Europe/Berlin";

/// How expressions look.
const FORMS: &str = "write every 15 minutes, every weekday at 03:00, rate(15 minutes), cron(0 3 ? * MON-FRI *) or \
                     at(2026-12-24T18:00:00)";

/// How cron looks.
const CRON: &str =
    "write cron(minute hour day-of-month month weekday year), for example cron(0 3 ? * MON-FRI *)";

impl ScheduleMistake {
    fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { field: EXPRESSION, code, message: message.into(), hint: hint.into(), place: None }
    }

    /// The same, pointing at a piece of the whole expression.
    fn pointing(mut self, whole: &str, piece: &str) -> Self {
        // A piece is a part of the whole, so that their addresses tell where.
        let offset = (piece.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
        let start = offset.filter(|start| start + piece.len() <= whole.len());
        self.place = start.map(|start| Box::new(Place::of(whole, start, start + piece.len())));
        self
    }

    pub(super) fn empty() -> Self {
        Self::new("schedule_empty", "there is no schedule", FORMS)
    }

    pub(super) fn too_long(bytes: usize) -> Self {
        let message =
            format!("the schedule has {bytes} bytes, and at most {MAX_EXPRESSION_BYTES} are allowed");
        Self::new("schedule_too_long", message, "write a shorter expression")
    }

    pub(super) fn never(whole: &str) -> Self {
        let message = format!("`{}` never fires", escape(whole.trim()));
        Self::new("schedule_never", message, "name days, months and years that go together")
    }

    pub(super) fn zone(name: &str) -> Self {
        let message = format!("there is no time zone `{}`", escape(name));
        let hint = "take a name of the IANA database, such as Europe/Berlin, America/New_York or UTC";
        Self { field: "schedule.time_zone", ..Self::new("time_zone_unknown", message, hint) }
    }

    pub(super) fn spread(minutes: u16) -> Self {
        let message = format!("{minutes} minutes is not from 0 to {MAX_SPREAD_MINUTES}");
        let hint = format!("give minutes from 0 to {MAX_SPREAD_MINUTES}");
        Self { field: "schedule.spread_minutes", ..Self::new("out_of_range", message, hint) }
    }

    pub(super) fn form(whole: &str, piece: &str) -> Self {
        let message = format!("`{}` is no schedule", escape(piece));
        Self::new("schedule_form", message, FORMS).pointing(whole, piece)
    }

    pub(super) fn open(whole: &str, piece: &str) -> Self {
        let message = "the closing parenthesis is missing";
        Self::new("schedule_form", message, FORMS).pointing(whole, &piece[piece.len()..])
    }

    pub(super) fn rate(whole: &str, piece: &str) -> Self {
        let message = format!("`{}` is not a number and a unit", escape(piece));
        Self::new("schedule_rate", message, "write rate(15 minutes)").pointing(whole, piece)
    }

    pub(super) fn unit(whole: &str, piece: &str) -> Self {
        let message = format!("`{}` is no unit of a rate", escape(piece));
        Self::new("schedule_rate", message, "take minutes, hours or days").pointing(whole, piece)
    }

    pub(super) fn rate_range(whole: &str, piece: &str) -> Self {
        let message = format!("a rate of {} is not from 1 minute to 365 days", escape(piece));
        Self::new("schedule_rate", message, "take a number that fits").pointing(whole, piece)
    }

    pub(super) fn at(whole: &str, piece: &str) -> Self {
        let message = format!("`{}` is no date and time", escape(piece));
        Self::new("schedule_at", message, "write at(2026-12-24T18:00:00), without an offset")
            .pointing(whole, piece)
    }

    pub(super) fn fields(whole: &str, piece: &str, found: usize) -> Self {
        let message = format!("there are {found} fields instead of six");
        Self::new("schedule_cron", message, CRON).pointing(whole, piece)
    }

    pub(super) fn both_days(whole: &str, piece: &str) -> Self {
        let message = "the day of the month and the weekday are both given";
        let hint = "put ? in the place of the one that does not matter; AWS knows no schedule of both";
        Self::new("schedule_days", message, hint).pointing(whole, piece)
    }

    pub(super) fn no_days(whole: &str, piece: &str) -> Self {
        let message = "neither the day of the month nor the weekday is given";
        Self::new("schedule_days", message, "only one of them is ?; write * for every day")
            .pointing(whole, piece)
    }

    pub(super) fn value(whole: &str, piece: &str, kind: &Kind) -> Self {
        let message = format!("`{}` is no {}", escape(piece), kind.name);
        Self::new("schedule_cron", message, kind.hint()).pointing(whole, piece)
    }

    pub(super) fn reversed(whole: &str, piece: &str, kind: &Kind) -> Self {
        let message = format!("the range `{}` ends before it begins", escape(piece));
        let hint = format!("make two ranges of it; {}", kind.hint());
        Self::new("schedule_cron", message, hint).pointing(whole, piece)
    }

    pub(super) fn alone(whole: &str, piece: &str) -> Self {
        let message = format!("`{}` must stand alone", escape(piece));
        Self::new("schedule_cron", message, "make a scan of its own for each of them").pointing(whole, piece)
    }
}

impl ScheduleMistake {
    /// The same of a blackout window.
    pub(super) fn of_window(self) -> Self {
        Self { field: WINDOWS, ..self }
    }

    pub(super) fn window(whole: &str, piece: &str) -> Self {
        let message = format!("`{}` is no blackout window", escape(piece.trim()));
        Self::new("window_form", message, WINDOW_FORMS).pointing(whole, piece).of_window()
    }

    pub(super) fn window_reversed(whole: &str, piece: &str) -> Self {
        let message = format!("the blackout window ends at {}, before it begins", escape(piece));
        Self::new("window_form", message, WINDOW_FORMS).pointing(whole, piece).of_window()
    }

    pub(super) fn window_too_long(bytes: usize) -> Self {
        let message =
            format!("a blackout window has {bytes} bytes, and at most {MAX_WINDOW_BYTES} are allowed");
        Self::new("window_form", message, WINDOW_FORMS).of_window()
    }

    pub(super) fn windows_too_many(count: usize) -> Self {
        let message = format!("there are {count} blackout windows, and at most {MOST_WINDOWS} are allowed");
        Self::new("windows_too_many", message, "name several days in one window: MON,WED,FRI 08:00-18:00")
            .of_window()
    }

    pub(super) fn windows_always() -> Self {
        let message = "the blackout windows leave no time to scan in";
        Self::new("windows_always", message, "leave some time between them, or switch the schedule off")
            .of_window()
    }

    /// No time of the schedule is outside the windows.
    pub(crate) fn windows_hide_schedule() -> Self {
        let message = "the schedule fires only within the blackout windows, so the scan would never run";
        Self::new("windows_hide_schedule", message, "move the schedule, or make the windows smaller")
            .of_window()
    }
}

impl From<ScheduleMistake> for Invalid {
    fn from(mistake: ScheduleMistake) -> Self {
        let ScheduleMistake { field, code, message, hint, place } = mistake;
        Self { field, code, message, hint, position: place }
    }
}
