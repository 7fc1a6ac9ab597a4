#![doc = include_str!("../README.md")]

mod database;
mod folder;
mod folder_blobs;
mod rows;
mod schema;
mod select;
mod sqlite_table;
mod system;

pub use database::{Database, DatabaseOptions};
pub use folder_blobs::FolderBlobs;
pub use sqlite_table::SqliteTable;
pub use system::{SystemClock, SystemIds};
