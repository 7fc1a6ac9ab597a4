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

/// Whether an emulator is known not to behave like the service in a case; says why.
#[must_use]
pub fn is_gap(gaps: &[(&str, &str)], case: &str) -> bool {
    let gap = gaps.iter().find(|(name, _)| *name == case);
    if let Some((_, reason)) = gap {
        eprintln!("not tried: {reason}");
    }
    gap.is_some()
}
