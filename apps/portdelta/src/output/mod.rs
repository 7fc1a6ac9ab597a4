//! Output: tables for people, JSON and CSV for programs, all harmless whatever stands in them.

mod changes;
mod facts;
mod listing;
mod run_summary;

pub use changes::{
    delta_json, delta_listing, heading, print_changes, print_explained, print_report_changes,
    report_delta_listing,
};
pub use facts::{Facts, tell};
pub use listing::{Listing, print_line, print_wrapped};
pub use run_summary::{RunSummary, change_counts};

use anstyle::{AnsiColor, Style};
use portdelta_core::UnixTime;

/// For what people should see first.
pub const BOLD: Style = Style::new().bold();
/// For what they may skip.
pub const DIM: Style = Style::new().dimmed();

/// A coloured style.
pub const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(colour)))
}

/// `2026-01-31 12:00:05Z`
pub fn time_text(time: UnixTime) -> String {
    portdelta_formats::report::rfc3339(time).replace('T', " ")
}

/// `2026-01-31 12:00Z`, where room is scarce.
pub fn minute_text(time: UnixTime) -> String {
    let text = time_text(time);
    text.get(..16).map(|minute| format!("{minute}Z")).unwrap_or(text)
}

/// `1 host`, `2 hosts`
pub fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `2 minutes`, `3 hours`, `5 days`: the largest unit of which there are two.
pub fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    plural(count, unit)
}

/// How many columns output may take.
pub fn columns() -> u16 {
    let terminal = terminal_size::terminal_size().map(|(width, _)| width.0);
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.or(named).unwrap_or(80).max(40)
}
