//! The contract suites of the ports on every adapter, and what only the embedded ones have:
//! files that are opened again, shared by processes, foreign, of a newer version, damaged, or on a full disk.
//!
//! The adapters of AWS are tried on emulators that `cargo xtask test` starts; without their addresses in the environment
//! their tests say that they were skipped.

mod agent_in_the_cloud;
mod blob_links;
mod channels;
mod clocks;
mod cloud_channels;
mod cloud_schedules;
mod cloud_sessions;
mod dynamodb;
mod embedded_blobs;
mod embedded_outbox;
mod embedded_queue;
mod embedded_rebuild;
mod embedded_table;
mod emulators;
mod faulty;
mod memory;
mod opening;
mod processes;
mod relay;
mod s3;
mod schedules;
mod sqs;
mod tokens;
