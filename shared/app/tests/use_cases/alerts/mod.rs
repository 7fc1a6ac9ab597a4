//! From results to what people are told.

mod channels;
mod crashes;
mod deliveries;
mod digests;
mod expectations;
mod expectations_golden;
pub mod golden;
mod life;
mod lists;
mod networks;
pub mod office;
mod watched;
