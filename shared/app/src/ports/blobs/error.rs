//! Why a store of blobs refused or failed.

use std::error::Error;

use super::key::BlobKey;
use crate::ports::ErrorClass;

/// Why an operation on blobs did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// A blob is larger than the reader takes.
    #[error("blob {key} has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The blob.
        key: BlobKey,
        /// Its size.
        bytes: u64,
        /// The largest that the reader takes.
        limit: u64,
    },
    /// What was to be stored did not come whole, or was not what it should be.
    #[error("the content of a blob did not come whole")]
    Source(#[source] Box<dyn Error + Send + Sync>),
    /// There is no room left to write.
    #[error("there is no room for blob {key}")]
    StoreFull {
        /// The blob.
        key: BlobKey,
        /// What the store said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store did not answer in time or can't be reached; the operation may or may not have taken effect.
    #[error("the store did not answer when asked to {operation} {what}")]
    Unavailable {
        /// What was asked for, as a verb: `put`, `get`, `list`, `delete`.
        operation: &'static str,
        /// The blob's key or the prefix.
        what: String,
        /// What the driver said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store failed in a way that no other variant names.
    #[error("the store failed to {operation} {what}")]
    Backend {
        /// What was asked for, as a verb: `open the folder`, `put`, `get`, `list`, `delete`.
        operation: &'static str,
        /// The blob's key, the prefix or the folder.
        what: String,
        /// What the driver said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BlobError {
    /// A name of the cause that stays the same from version to version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "blobs.too_large",
            Self::Source(_) => "blobs.source",
            Self::StoreFull { .. } => "blobs.store_full",
            Self::Unavailable { .. } => "blobs.unavailable",
            Self::Backend { .. } => "blobs.backend",
        }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::TooLarge { .. } | Self::Source(_) => ErrorClass::Caller,
            Self::StoreFull { .. } | Self::Unavailable { .. } => ErrorClass::Retry,
            Self::Backend { .. } => ErrorClass::Bug,
        }
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "Raise the limit, or cut the scan into smaller ones.",
            Self::Source(_) => "Send it again.",
            Self::StoreFull { .. } => "Free some disk space; nothing that was acknowledged is lost.",
            Self::Unavailable { .. } => "Try again later.",
            Self::Backend { .. } => {
                "Look at the cause; check that the data folder is readable, writable and on a sound disk."
            }
        }
    }
}
