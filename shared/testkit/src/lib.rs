#![doc = include_str!("../README.md")]

pub mod contract;

mod clock;
mod faults;
mod ids;
mod memory_blobs;
mod memory_table;
mod nmap_text;

pub use clock::TestClock;
pub use faults::{Fault, Faults, InjectedFault};
pub use ids::CountedIds;
pub use memory_blobs::MemoryBlobs;
pub use memory_table::MemoryTable;
pub use nmap_text::{NmapHost, NmapText};
