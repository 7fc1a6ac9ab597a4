#![doc = include_str!("../README.md")]

mod collect;
mod count;
mod detect;
pub mod expectations;
mod json;
mod limits;
mod lines;
mod masscan_json;
mod masscan_list;
mod naabu;
mod nmap_grepable;
mod nmap_xml;
mod plain;
mod port_record;
mod read;
mod refusal;
pub mod report;
mod rustscan;
mod tally;
mod text;
mod unpack;
mod warnings;
mod window;

pub use collect::{CollectedFile, Documents, collect};
pub use count::{Counts, FileSummary, Tallied, summarise};
pub use detect::Format;
pub use limits::ResultLimits;
pub use read::{Detail, DocumentSink, ReadOptions, Reading, read};
pub use refusal::Refusal;
pub use unpack::unpacked_chunks;
pub use warnings::Warning;
