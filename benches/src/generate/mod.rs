//! Deterministic nmap XML: the same [`Plan`] gives the same bytes, on every machine.

mod catalog;
mod document;
mod host_element;
mod hosts;
mod noise;
mod plan;
mod port_element;
mod port_list;
mod scripts;
mod truth;

#[cfg(test)]
mod tests;

pub use document::write_scan;
pub use plan::{Plan, PlanError, Shape, Side};
pub use truth::{Cause, Kind, TrueChange, true_changes, write_truth};
