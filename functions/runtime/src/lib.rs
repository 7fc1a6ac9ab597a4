#![doc = include_str!("../README.md")]

mod absent;
mod batch;
mod in_time;
mod settings;
mod stack;
mod time_left;

pub use absent::Absent;
pub use batch::work_off;
pub use in_time::{InTime, LONGEST_DELIVERY};
pub use settings::{NotSet, Settings};
pub use stack::Stack;
pub use time_left::TimeLeft;
