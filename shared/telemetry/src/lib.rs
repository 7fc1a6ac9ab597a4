#![doc = include_str!("../README.md")]

mod logs;
mod metrics;

pub use logs::{NotALevel, begin_json};
pub use metrics::{Metrics, Unit};
