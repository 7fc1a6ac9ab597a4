//! What can go wrong in a use case.

use crate::ports::{BlobError, ErrorClass, TableError};
use crate::stored::StoredError;

/// Why a use case failed. The display says what was being done, the source why it failed.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The table failed.
    #[error("could not {operation}")]
    Table {
        /// What was being done: `read the head of 192.0.2.0/24`.
        operation: String,
        /// Why.
        #[source]
        source: TableError,
    },
    /// The blobs failed.
    #[error("could not {operation}")]
    Blobs {
        /// What was being done.
        operation: String,
        /// Why.
        #[source]
        source: BlobError,
    },
    /// Something stored can't be read.
    #[error("could not {operation}")]
    Stored {
        /// What was being done.
        operation: String,
        /// Why.
        #[source]
        source: StoredError,
    },
    /// Others kept writing the same thing.
    #[error("{what} was being changed by others all the time, {tries} tries")]
    Contended {
        /// What: a block or a run.
        what: String,
        /// How often it was tried.
        tries: u32,
    },
    /// Something that an item or blob names is not there.
    #[error("{what} is missing from the store")]
    Missing {
        /// What.
        what: String,
    },
    /// There is one already.
    #[error("{what} exists already")]
    Exists {
        /// What.
        what: String,
    },
    /// There is none.
    #[error("there is no {what}")]
    Unknown {
        /// What.
        what: String,
    },
}

impl AppError {
    /// Stable, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Table { source, .. } => source.code(),
            Self::Blobs { source, .. } => source.code(),
            Self::Stored { source: StoredError::Newer { .. }, .. } => "stored.newer",
            Self::Stored { source: StoredError::Damaged { .. }, .. } => "stored.damaged",
            Self::Contended { .. } => "contended",
            Self::Missing { .. } => "missing",
            Self::Exists { .. } => "exists",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Table { source, .. } => source.class(),
            Self::Blobs { source, .. } => source.class(),
            Self::Stored { source: StoredError::Newer { .. }, .. }
            | Self::Exists { .. }
            | Self::Unknown { .. } => ErrorClass::Caller,
            Self::Contended { .. } => ErrorClass::Retry,
            Self::Stored { source: StoredError::Damaged { .. }, .. } | Self::Missing { .. } => {
                ErrorClass::Bug
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Table { source, .. } => source.hint(),
            Self::Blobs { source, .. } => Some(source.hint()),
            Self::Stored { source: StoredError::Newer { .. }, .. } => {
                Some("Use the version of Portdelta that wrote the store, or a newer one.")
            }
            Self::Stored { source: StoredError::Damaged { .. }, .. } | Self::Missing { .. } => {
                Some("`portdelta rebuild` makes the state anew from the results that are kept.")
            }
            Self::Contended { .. } => Some("Try again."),
            Self::Exists { .. } | Self::Unknown { .. } => None,
        }
    }
}

/// Names the operation of an error.
pub(crate) trait During<T> {
    /// The error with what was being done; `operation` continues "could not".
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, AppError>;
}

impl<T> During<T> for Result<T, TableError> {
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, AppError> {
        self.map_err(|source| AppError::Table { operation: operation(), source })
    }
}

impl<T> During<T> for Result<T, BlobError> {
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, AppError> {
        self.map_err(|source| AppError::Blobs { operation: operation(), source })
    }
}

impl<T> During<T> for Result<T, StoredError> {
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, AppError> {
        self.map_err(|source| AppError::Stored { operation: operation(), source })
    }
}
