//! Deltas and reports as text, JSON and CSV.

mod delta_view;
mod safe_json;
mod sentence;

pub use delta_view::{DeltaView, WhyView, rfc3339, value_json};
pub use safe_json::{to_line, to_pretty};
pub use sentence::{change, service_text, value_text, why};
