#![doc = include_str!("../README.md")]

mod adapters;
mod certificate;
mod data_folder;
mod error;
mod first_start;
mod listen;
mod local_agent;
mod loops;
mod machine;
mod options;
mod private_file;
mod recent_logs;
mod server;
mod worker;

pub use adapters::{Parts, Stores};
pub use certificate::Identity;
pub use data_folder::DataFolder;
pub use error::ServeError;
pub use first_start::{ADDRESS_FILE, TOKEN_FILE};
pub use options::{ServerOptions, TlsOptions};
pub use recent_logs::RecentLogs;
pub use server::Server;
