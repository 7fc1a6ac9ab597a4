#![doc = include_str!("../README.md")]

mod causes;
mod logs;
mod metrics;

pub use causes::with_causes;
pub use logs::{NotALevel, begin_json};
pub use metrics::{Metrics, Unit};
