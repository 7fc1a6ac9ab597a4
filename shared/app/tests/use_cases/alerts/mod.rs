//! From results to what people are told.

mod channels;
mod crashes;
mod deliveries;
mod digests;
mod expectations;
mod expectations_golden;
mod expected_evidence;
pub mod golden;
mod late;
mod life;
mod lists;
mod networks;
pub mod office;
mod slices;
mod watched;
