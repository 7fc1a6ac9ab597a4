//! Runs of saved scans from their schedule to their report.

mod begin;
mod blackout;
mod crashes;
mod drafts;
mod evidence;
pub mod golden;
mod large;
mod overlap;
mod refusals;
mod sites;
mod uploads;
pub mod world;
