//! Deltas and reports as text, JSON, CSV, HTML and ZIP.

mod archive;
mod by_host;
mod csv_file;
mod delta_view;
mod format;
mod html;
mod safe_json;
mod sentence;
mod text;
mod value_words;
mod view;
mod words;
mod writer;

pub use archive::ReportArchive;
pub use by_host::{Direction, HostChanges, by_host, described};
pub use csv_file::REPORT_COLUMNS;
pub use delta_view::{Cover, DeltaView, WhyView, rfc3339, value_json};
pub use format::ReportFormat;
pub(crate) use safe_json::is_unsafe;
pub use safe_json::{to_line, to_pretty};
pub use sentence::{change, service_text, value_text, why};
pub use text::{write_notes, write_summary};
pub use value_words::value_words;
pub use view::{Count, CoverageView, ReportDelta, ReportView, ScoreView, WarningView};
pub use words::missing_text;
pub use writer::ReportWriter;

#[cfg(test)]
mod tests;
