#![doc = include_str!("../README.md")]

mod collect;
mod count;
mod detect;
mod input;
mod json;
mod limits;
mod lines;
mod masscan;
mod naabu;
mod nmap_grepable;
mod nmap_xml;
mod plain;
mod read;
pub mod report;
mod rustscan;
mod text;
mod warnings;

pub use collect::{CollectedFile, Documents, collect};
pub use count::{Counts, FileSummary, Tallied, summarise};
pub use detect::Format;
pub use input::unpacked_chunks;
pub use limits::{Refusal, ResultLimits};
pub use read::{DocumentSink, ReadOptions, Reading, read};
pub use warnings::Warning;
