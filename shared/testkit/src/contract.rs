//! What every adapter of a port must do, as tests that take the adapter.
//!
//! A case is an async function that panics where the adapter breaks a rule. The macros list all cases of a suite.
#![expect(clippy::missing_panics_doc, reason = "panicking is how a case fails")]

pub mod blobs;
pub mod channel;
pub mod credentials;
pub mod ids;
pub mod queue;
pub mod schedules;
pub mod table;

pub use blobs::BlobsUnderTest;
pub use channel::ChannelUnderTest;
pub use credentials::CredentialsUnderTest;
pub use queue::QueueUnderTest;
pub use schedules::SchedulesUnderTest;
pub use table::TableUnderTest;
