#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    reason = "the suites panic to fail a test; everything here is for tests"
)]

pub mod contract;

mod clock;
mod faults;
mod ids;
mod memory_blobs;
mod memory_table;

pub use clock::TestClock;
pub use faults::{Fault, Faults, InjectedFault};
pub use ids::CountedIds;
pub use memory_blobs::MemoryBlobs;
pub use memory_table::MemoryTable;
