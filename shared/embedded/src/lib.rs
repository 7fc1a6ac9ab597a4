#![doc = include_str!("../README.md")]

mod alone;
mod database;
mod folder;
mod folder_blobs;
mod outbox;
mod rows;
mod schema;
mod select;
mod sqlite_queue;
mod sqlite_table;
mod take_over;

pub use alone::Alone;
pub use database::{Database, DatabaseOptions};
pub use folder_blobs::FolderBlobs;
pub use sqlite_queue::SqliteQueue;
pub use sqlite_table::SqliteTable;
