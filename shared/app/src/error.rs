//! What can go wrong in a use case.

use portdelta_core::place::Place;

use crate::moving::MoveError;
use crate::ports::{BlobError, CredentialsError, ErrorClass, QueueError, ScheduleError, TableError};
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
    /// A queue failed.
    #[error("could not {operation}")]
    Queue {
        /// What was being done.
        operation: String,
        /// Why.
        #[source]
        source: QueueError,
    },
    /// The scheduler failed.
    #[error("could not {operation}")]
    Schedule {
        /// What was being done.
        operation: String,
        /// Why.
        #[source]
        source: ScheduleError,
    },
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    Random {
        /// Why.
        #[source]
        source: getrandom::Error,
    },
    /// Nothing could be lent to an agent.
    #[error("could not let an agent work")]
    Credentials {
        /// Why.
        #[source]
        source: CredentialsError,
    },
    /// An export or import stopped.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// Something that a person or program gave is wrong.
    #[error("{}: {}", .0.field, .0.message)]
    Invalid(Box<Invalid>),
    /// It was changed since it was read.
    #[error("{what} was changed by somebody else meanwhile")]
    Stale {
        /// What.
        what: String,
    },
    /// Somebody tried too often to sign in.
    #[error("too many attempts to sign in failed")]
    Locked {
        /// The next attempt is looked at after so many seconds.
        seconds: u64,
    },
    /// It failed when a part of it was done, which stays.
    #[error("{} of {of} were done before it failed", .done.len())]
    Halfway {
        /// What was done, by ids.
        done: Vec<String>,
        /// How many there were to do.
        of: usize,
        /// Why it failed.
        #[source]
        source: Box<AppError>,
    },
    /// It is possible, and not now.
    #[error("{message}")]
    Refused {
        /// Stable, for programs: `scan.inactive`.
        code: &'static str,
        /// A sentence.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
}

/// What is wrong with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field, in the words of the API: `targets`, `schedule.expression`.
    pub field: &'static str,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence without the field's name. May quote the input; control characters are escaped.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Where in the field's text, if it is a text.
    pub position: Option<Box<Place>>,
}

impl Invalid {
    /// A field that is wrong as a whole.
    #[must_use]
    pub fn field(
        field: &'static str,
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { field, code, message: message.into(), hint: hint.into(), position: None }
    }

    /// The same with the place of the mistake.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.position = Some(Box::new(place));
        self
    }
}

impl From<Invalid> for AppError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(Box::new(invalid))
    }
}

impl AppError {
    /// The same error after a part of it was done.
    pub(crate) fn after(self, done: Vec<String>, of: usize) -> Self {
        if done.is_empty() { self } else { Self::Halfway { done, of, source: Box::new(self) } }
    }

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
            Self::Queue { source, .. } => source.code(),
            Self::Schedule { source: ScheduleError::Invalid { .. }, .. } => "schedule.invalid",
            Self::Schedule { source: ScheduleError::Unavailable { .. }, .. } => "schedule.unavailable",
            Self::Random { .. } => "random",
            Self::Credentials { .. } => "credentials",
            Self::Move(error) => error.code(),
            Self::Invalid(invalid) => invalid.code,
            Self::Stale { .. } => "stale",
            Self::Locked { .. } => "session.locked",
            Self::Refused { code, .. } => code,
            Self::Halfway { source, .. } => source.code(),
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
            | Self::Unknown { .. }
            | Self::Invalid(_)
            | Self::Stale { .. }
            | Self::Locked { .. }
            | Self::Refused { .. } => ErrorClass::Caller,
            Self::Move(error) => error.class(),
            Self::Halfway { source, .. } => source.class(),
            Self::Queue { source, .. } => source.class(),
            Self::Schedule { source, .. } => source.class(),
            Self::Contended { .. } | Self::Random { .. } | Self::Credentials { .. } => ErrorClass::Retry,
            Self::Stored { source: StoredError::Damaged { .. }, .. } | Self::Missing { .. } => {
                ErrorClass::Bug
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Table { source, .. } => source.hint(),
            Self::Blobs { source, .. } => Some(source.hint()),
            Self::Stored { source: StoredError::Newer { .. }, .. } => {
                Some("Use the version of Portdelta that wrote the store, or a newer one.")
            }
            Self::Stored { source: StoredError::Damaged { .. }, .. } | Self::Missing { .. } => {
                Some("`portdelta rebuild` makes the state anew from the results that are kept.")
            }
            Self::Contended { .. } | Self::Random { .. } | Self::Credentials { .. } => Some("Try again."),
            Self::Stale { .. } => Some("Read it again, and change what it is now."),
            Self::Locked { .. } => {
                Some("Wait, or ask an administrator for an invitation to set a new password.")
            }
            Self::Move(error) => Some(error.hint()),
            Self::Invalid(invalid) => Some(&invalid.hint),
            Self::Refused { hint, .. } => Some(hint),
            Self::Halfway { source, .. } => source.hint(),
            Self::Exists { .. } | Self::Unknown { .. } | Self::Queue { .. } | Self::Schedule { .. } => None,
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

impl<T> During<T> for Result<T, QueueError> {
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, AppError> {
        self.map_err(|source| AppError::Queue { operation: operation(), source })
    }
}

impl<T> During<T> for Result<T, ScheduleError> {
    fn during(self, operation: impl FnOnce() -> String) -> Result<T, AppError> {
        self.map_err(|source| AppError::Schedule { operation: operation(), source })
    }
}
