#![doc = include_str!("../README.md")]

pub mod contract;

mod authority;
mod clock;
mod faults;
mod faulty;
mod ids;
mod listener;
mod mail_catcher;
mod memory_blobs;
mod memory_channel;
mod memory_queue;
mod memory_schedules;
mod memory_server;
mod memory_table;
mod nmap_text;
mod process;
mod upload_note;
mod wait;
mod web_catcher;

pub use authority::{TestAuthority, TestCertificate};
pub use clock::TestClock;
pub use faults::{Fault, Faults, InjectedFault};
pub use faulty::{FaultyBlobs, FaultyQueue, FaultyTable};
pub use ids::CountedIds;
pub use listener::{Listener, closed_port};
pub use mail_catcher::{CaughtMail, MailCatcher, MailMode, MailTls};
pub use memory_blobs::MemoryBlobs;
pub use memory_channel::MemoryChannels;
pub use memory_queue::MemoryQueue;
pub use memory_schedules::MemorySchedules;
pub use memory_server::MemoryServer;
pub use memory_table::MemoryTable;
pub use nmap_text::{NmapHost, NmapText};
pub use process::Process;
pub use upload_note::honest_note;
pub use wait::{wait_for, wait_until};
pub use web_catcher::{CaughtRequest, WebCatcher, WebMode};
